//! The whole release, in one folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use super::binaries::{self, Built};
use super::{archive, extension, sums};
use crate::process::{Result, output, root, target};

/// What to pack.
#[derive(Args)]
pub struct Options {
    /// Build a release for this target; this machine's own when nothing is given
    #[arg(long)]
    target: Vec<String>,
    /// Pack this program instead of building one
    #[arg(long, value_name = "TARGET=PATH")]
    binary: Vec<String>,
    /// Folder for the result; target/dist when left out
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Leave the programs out of the extension: its installer then downloads them
    #[arg(long)]
    without_binaries: bool,
}

impl Options {
    /// Packs one program (`TARGET=PATH`) into `out`.
    pub fn of_binary(binary: String, out: PathBuf, without_binaries: bool) -> Self {
        Self { target: Vec::new(), binary: vec![binary], out: Some(out), without_binaries }
    }
}

/// What is said of the release as a whole.
pub struct Release {
    /// Version of the workspace, without `v`.
    pub version: String,
    /// Where the archives will be, without the version.
    pub repository: String,
    /// Seconds since 1970, for every file.
    pub time: u64,
}

impl Release {
    /// As the workspace and its last commit say.
    fn read() -> Result<Self> {
        let file = root().join("Cargo.toml");
        let text =
            std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let key = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
            value.map(|v| v.trim_matches('"').to_owned()).ok_or(format!("Cargo.toml has no {name}"))
        };
        Ok(Self { version: key("version")?, repository: key("repository")?, time: time()? })
    }

    /// `outerloop-<version>-<target>`.
    pub fn name(&self, target: &str) -> String {
        format!("outerloop-{}-{target}", self.version)
    }

    /// Where `run.sh` and the installer find the archives.
    pub fn download(&self) -> String {
        format!("{}/releases/download/v{}", self.repository, self.version)
    }
}

/// `SOURCE_DATE_EPOCH`, else the time of the last commit.
fn time() -> Result<u64> {
    let said = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(said) => said,
        Err(_) => {
            let log = ["log", "-1", "--format=%ct"];
            output(Command::new("git").args(log).current_dir(root()))?
        }
    };
    said.trim().parse().map_err(|_| format!("SOURCE_DATE_EPOCH: no number of seconds: {said}"))
}

/// Packs everything and says what it weighs.
///
/// # Errors
/// A program that cannot be built or read, a manifest that names what is not there, a folder that
/// cannot be written.
pub fn run(options: &Options) -> Result<()> {
    let release = Release::read()?;
    let built = binaries::gather(&options.target, &options.binary)?;
    let folder = match &options.out {
        Some(folder) => folder.clone(),
        None => target()?.join("dist"),
    };
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let packed = built
        .iter()
        .map(|built| archive::pack(&release, built, &folder))
        .collect::<Result<Vec<_>>>()?;
    let sums = sums::Sums::of(&release, &packed);
    write(&folder, "SHA256SUMS", sums.text().as_bytes())?;
    let carried: &[Built] = if options.without_binaries { &[] } else { &built };
    let extension = extension::pack(&root().join("tasks"), &release, &sums, carried)?;
    write(&folder, &format!("outerloop-{}.vsix", release.version), &extension)?;
    eprintln!("in {}", folder.display());
    Ok(())
}

/// Writes a file of the result and says so.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let file = folder.join(name);
    std::fs::write(&file, bytes).map_err(|e| format!("{}: {e}", file.display()))?;
    eprintln!("{:>12} bytes  {name}", bytes.len());
    Ok(())
}
