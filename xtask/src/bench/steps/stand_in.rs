//! A program as large as the released one that does nothing: what is measured is what carries it.

use std::path::{Path, PathBuf};

use crate::bench::timing::Random;
use crate::dist;
use crate::process::{Result, target};

/// Bytes of the released binary, stripped, and how many of them do not compress.
const SIZE: usize = 17_900_000;
const INCOMPRESSIBLE: usize = 7_000_000;

/// The target that is packed; the stand-in is a program of this machine.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The stand-in, packed as a release.
pub struct StandIn {
    /// The program.
    pub program: PathBuf,
    /// What `cargo xtask dist` made of it.
    pub release: PathBuf,
    folder: PathBuf,
}

impl StandIn {
    /// Makes the program and packs it.
    pub fn make(folder: &Path) -> Result<Self> {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            return Err("bench steps needs Linux on x86-64".to_owned());
        }
        let program = folder.join("outerloop");
        let mut bytes = read(Path::new("/bin/true"))?;
        let mut random = Random(1);
        while bytes.len() < INCOMPRESSIBLE {
            bytes.extend(random.next().to_le_bytes());
        }
        bytes.resize(SIZE, 0);
        write(&program, &bytes)?;
        run_mode(&program)?;
        let release = folder.join("release");
        let given = format!("{TARGET}={}", program.display());
        dist::run(&dist::Options::of_binary(given, release.clone(), true))?;
        Ok(Self { program, release, folder: folder.to_owned() })
    }

    /// Sizes: the extension without programs, and with the released one where it is built.
    pub fn sizes(&self) -> Result<Vec<(String, u64)>> {
        let mut sizes =
            vec![("the extension without programs".to_owned(), extension(&self.release)?)];
        let released = target()?.join("release/outerloop");
        if !released.is_file() {
            eprintln!("LEFT OUT: the released binary is not built: cargo xtask bench binary");
            return Ok(sizes);
        }
        let folder = self.folder.join("released");
        let given = format!("{TARGET}={}", released.display());
        dist::run(&dist::Options::of_binary(given, folder.clone(), false))?;
        sizes.push(("the released binary".to_owned(), length(&released)?));
        sizes
            .push(("the extension with the binary for one system".to_owned(), extension(&folder)?));
        Ok(sizes)
    }

    /// Its checksums for `run.sh`, and for the shim.
    pub fn sums(&self) -> PathBuf {
        self.release.join("SHA256SUMS")
    }
}

fn extension(folder: &Path) -> Result<u64> {
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|ending| ending == "vsix") {
            return length(&path);
        }
    }
    Err(format!("{}: no extension", folder.display()))
}

fn length(file: &Path) -> Result<u64> {
    std::fs::metadata(file).map(|m| m.len()).map_err(|e| format!("{}: {e}", file.display()))
}

/// Reads a whole file.
pub fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))
}

/// Writes a file and the folders above it.
pub fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    let folder = file.parent().unwrap_or(file);
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    std::fs::write(file, bytes).map_err(|e| format!("{}: {e}", file.display()))
}

/// Gives the right to run.
pub fn run_mode(file: &Path) -> Result<()> {
    crate::process::run(std::process::Command::new("chmod").arg("+x").arg(file))
}
