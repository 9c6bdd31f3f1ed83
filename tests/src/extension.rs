//! The extension for Azure DevOps, packed by `cargo xtask dist` and unpacked as an agent has it.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::task::{machine, write};
use crate::{Ran, binary, programs};

/// A packed and unpacked extension.
pub struct Extension {
    folder: tempfile::TempDir,
}

impl Extension {
    /// Packs the extension with a program that hands over to the binary under test: to pack that one
    /// itself, unoptimised as it is, would take a minute.
    pub fn of_binary() -> Self {
        let script = format!("#!/usr/bin/env bash\nexec '{}' \"$@\"\n", binary().display());
        Self::with_program(&script, &[])
    }

    /// Packs the extension with a script as this machine's program, and more arguments.
    ///
    /// # Panics
    /// It cannot be packed.
    pub fn with_program(script: &str, arguments: &[&str]) -> Self {
        let extension = Self { folder: tempfile::tempdir().expect("a folder") };
        let program = extension.folder.path().join("program");
        write(&program, script.as_bytes(), 0o755);
        extension.pack(&program, arguments).exits(0);
        extension.unpack();
        extension
    }

    fn pack(&self, program: &Path, arguments: &[&str]) -> Ran {
        let binary = format!("{}={}", machine().0, program.display());
        let mut command = Command::new(xtask());
        command.args(["dist", "--binary", &binary, "--out"]).arg(self.release()).args(arguments);
        command.env("SOURCE_DATE_EPOCH", "1700000000").stdin(Stdio::null());
        programs::output(&mut command)
    }

    fn unpack(&self) {
        let bytes = std::fs::read(self.file()).expect("the extension");
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip file");
        for index in 0..zip.len() {
            let mut entry = zip.by_index(index).expect("an entry");
            let name = entry.enclosed_name().expect("a name inside the extension");
            let mut bytes = Vec::new();
            std::io::copy(&mut entry, &mut bytes).expect("reads");
            // The server and the agent keep no rights.
            write(&self.folder.path().join("unpacked").join(name), &bytes, 0o644);
        }
    }

    /// Folder with the archives, `SHA256SUMS` and the extension.
    pub fn release(&self) -> PathBuf {
        self.folder.path().join("release")
    }

    /// The extension's file.
    pub fn file(&self) -> PathBuf {
        self.release().join(format!("outerloop-{}.vsix", env!("CARGO_PKG_VERSION")))
    }

    /// The unpacked extension.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("unpacked")
    }

    /// Folder of a task: `OuterloopValidate`.
    pub fn task(&self, name: &str) -> PathBuf {
        self.root().join(name).join(format!("{name}V0"))
    }

    /// A tool cache for agents.
    pub fn tools(&self) -> PathBuf {
        self.folder.path().join("tools")
    }
}

fn xtask() -> PathBuf {
    let test = std::env::current_exe().unwrap_or_default();
    let built = test.ancestors().nth(2).map(|folder| folder.join("xtask"));
    match built {
        Some(path) if path.is_file() => path,
        _ => panic!("build first: cargo build --workspace --bins (or cargo xtask test)"),
    }
}
