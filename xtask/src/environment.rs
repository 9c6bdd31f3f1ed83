//! The Python environment that the demo, the tests and the benchmarks share: pinned packages in the
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

/// FNV-1a: names a folder, protects nothing.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
