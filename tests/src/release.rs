//! A release as `cargo xtask dist` makes it, with small programs, behind a server on loopback.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use crate::fake::{Call, Fake, Reply, Site};

/// Every target that is released, and its program's file name.
pub const TARGETS: [(&str, &str); 5] = [
    ("aarch64-apple-darwin", "outerloop"),
    ("aarch64-unknown-linux-gnu", "outerloop"),
    ("x86_64-apple-darwin", "outerloop"),
    ("x86_64-pc-windows-msvc", "outerloop.exe"),
    ("x86_64-unknown-linux-gnu", "outerloop"),
];

/// Version of the release.
pub const VERSION: &str = "9.8.7";

/// Files of a release by their name.
pub struct Files(pub BTreeMap<String, Vec<u8>>);

impl Site for Files {
    fn answer(&mut self, call: &Call) -> Reply {
        let name = call.segments.last().map(String::as_str).unwrap_or_default();
        match self.0.get(name) {
            Some(bytes) => Reply::bytes(200, "application/gzip", bytes.clone()),
            None => Reply::empty(404),
        }
    }
}

/// A release.
pub struct Release {
    /// Serves its archives.
    pub server: Fake<Files>,
    /// Its checksums, as `SHA256SUMS` holds them.
    pub sums: String,
}

impl Default for Release {
    fn default() -> Self {
        Self::new()
    }
}

impl Release {
    /// Makes the archives of all targets.
    pub fn new() -> Self {
        Self::of(Self::program)
    }

    /// Makes the archives of all targets with another program.
    pub fn of(program: impl Fn(&str) -> String) -> Self {
        let mut files = BTreeMap::new();
        let mut sums = String::new();
        for (target, file) in TARGETS {
            let name = format!("outerloop-{VERSION}-{target}");
            let program = program(target);
            let archive = archive(&name, file, program.as_bytes());
            sums += &format!("{}  {name}.tar.gz\n", sum(&archive));
            sums += &format!("{}  {name}/{file}\n", sum(program.as_bytes()));
            files.insert(format!("{name}.tar.gz"), archive);
        }
        Self { server: Fake::start(|_| Files(files)), sums }
    }

    /// A program that tells what it was asked; as a step it ends with 4.
    pub fn program(target: &str) -> String {
        format!(
            "#!/bin/sh\n[ \"$1\" = --version ] && echo outerloop {VERSION} && exit 0\n\
             echo \"{target} was asked: $*\"\nexit 4\n"
        )
    }
}

/// SHA-256 in hexadecimal digits.
pub fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A `.tar.gz` with one program in a folder.
fn archive(folder: &str, file: &str, program: &[u8]) -> Vec<u8> {
    let place = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(place.path().join(folder)).expect("a folder");
    std::fs::write(place.path().join(folder).join(file), program).expect("writes");
    let tar = Command::new("tar")
        .args(["-czf", "-", folder])
        .current_dir(place.path())
        .stderr(Stdio::inherit())
        .output()
        .expect("tar runs");
    assert!(tar.status.success(), "tar ended with {}", tar.status);
    tar.stdout
}
