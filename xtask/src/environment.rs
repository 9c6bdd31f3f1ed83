//! What the demo, the tests and the benchmarks need from Python and Node: pinned packages in the
//! target folder, made anew when the pins change.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Result, output, root, run, target};

/// A Python environment with pinned packages.
pub struct Python {
    /// The interpreter.
    pub program: PathBuf,
    /// Folder with the environment's programs.
    pub bin: PathBuf,
}

impl Python {
    /// The environment of the example: scikit-learn, skl2onnx, ONNX Runtime.
    pub fn of_example() -> Result<Self> {
        Self::with(&root().join("examples/employment/requirements.txt"))
    }

    /// The programs that the tests run: act, actionlint, zizmor, check-jsonschema.
    pub fn of_tests() -> Result<Self> {
        Self::with(&root().join("tests/requirements.txt"))
    }

    /// The engines that the tests ask: Sail, DuckDB.
    pub fn of_engines() -> Result<Self> {
        Self::with(&root().join("tests/requirements/engines.txt"))
    }

    /// MLflow's server and client.
    pub fn of_mlflow() -> Result<Self> {
        Self::with(&root().join("tests/requirements/mlflow.txt"))
    }

    /// An environment with the packages that `requirements` pins.
    pub fn with(requirements: &Path) -> Result<Self> {
        let pins = std::fs::read_to_string(requirements)
            .map_err(|e| format!("{}: {e}", requirements.display()))?;
        let folder = target()?.join(format!("python-{:016x}", fingerprint(&pins)));
        let python = Self { program: folder.join("bin/python"), bin: folder.join("bin") };
        if !folder.join("complete").exists() {
            python.install(&folder, requirements)?;
        }
        Ok(python)
    }

    fn install(&self, folder: &Path, requirements: &Path) -> Result<()> {
        eprintln!("installing {} (once)", requirements.display());
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder)).map_err(|e| {
            format!("{e}\n  hint: install Python 3 with its venv module (Debian: apt-get install python3-venv)")
        })?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
        run(Command::new(&self.program).args(pip).arg(requirements))?;
        std::fs::write(folder.join("complete"), "")
            .map_err(|e| format!("{}: {e}", folder.display()))
    }

    /// Path of ONNX Runtime's shared library.
    pub fn onnx_runtime(&self) -> Result<PathBuf> {
        let find = "import glob, os, importlib.util as u; \
                    d = os.path.dirname(u.find_spec('onnxruntime').origin); \
                    print(sorted(glob.glob(d + '/capi/libonnxruntime*.so*') + \
                                 glob.glob(d + '/capi/libonnxruntime*.dylib'))[0])";
        Ok(output(Command::new(&self.program).args(["-c", find]))?.trim().into())
    }
}

/// A folder with pinned packages of Node and the scripts that use them.
pub struct Node {
    /// The folder.
    pub folder: PathBuf,
}

impl Node {
    /// The packages and scripts of the tests.
    pub fn of_tests() -> Result<Self> {
        Self::with(&root().join("tests/node"))
    }

    /// A copy of `source` with the packages that its lock file pins.
    pub fn with(source: &Path) -> Result<Self> {
        let lock = source.join("package-lock.json");
        let pins =
            std::fs::read_to_string(&lock).map_err(|e| format!("{}: {e}", lock.display()))?;
        let folder = target()?.join(format!("node-{:016x}", fingerprint(&pins)));
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        copy_files(source, &folder)?;
        if !folder.join("complete").exists() {
            eprintln!("installing {} (once)", lock.display());
            let npm = ["ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"];
            run(Command::new("npm").args(npm).current_dir(&folder)).map_err(|e| {
                format!(
                    "{e}\n  hint: install Node 20 or newer with npm (Debian: apt-get install npm)"
                )
            })?;
            std::fs::write(folder.join("complete"), "")
                .map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        Ok(Self { folder })
    }
}

/// Copies the files of a folder, but no folders.
fn copy_files(from: &Path, to: &Path) -> Result<()> {
    let failed = |e: std::io::Error| format!("copy {}: {e}", from.display());
    for entry in std::fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.path().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).map_err(failed)?;
        }
    }
    Ok(())
}

/// FNV-1a: names a folder, protects nothing.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
