//! Programs of others that tests run: act, actionlint, zizmor, Node scripts. `cargo xtask test`
//! installs them; without it the tests that need them are ignored, with that reason.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Ran;

/// A program that `tests/requirements.txt` installs, as a command.
///
/// # Panics
/// It was not installed.
pub fn program(name: &str) -> Command {
    let mut command = Command::new(folder("OUTERLOOP_TEST_PROGRAMS").join(name));
    command.stdin(Stdio::null());
    command
}

/// A script of `tests/node`, as a command of Node.
///
/// # Panics
/// Its packages were not installed.
pub fn node_script(name: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(folder("OUTERLOOP_TEST_NODE").join(name)).stdin(Stdio::null());
    command
}

/// Chromium, or a browser of its kind.
///
/// # Panics
/// It was not installed.
pub fn chromium() -> PathBuf {
    folder("OUTERLOOP_TEST_CHROMIUM")
}

/// A folder for what a test leaves behind to be looked at.
pub fn target() -> PathBuf {
    let test = std::env::current_exe().unwrap_or_default();
    let target = test.ancestors().nth(3).map(Path::to_path_buf);
    target.unwrap_or_else(std::env::temp_dir)
}

/// The schema of Azure Pipelines that check-jsonschema carries.
///
/// # Panics
/// It was not installed.
pub fn pipeline_schema() -> PathBuf {
    let find = "import check_jsonschema, pathlib; \
                print(pathlib.Path(check_jsonschema.__file__).parent / 'builtin_schemas/vendor')";
    let ran = output(program("python").args(["-c", find])).exits(0);
    Path::new(ran.stdout.trim()).join("azure-pipelines.json")
}

/// The Python with the packages of the example.
///
/// # Panics
/// It was not installed.
pub fn example_python() -> PathBuf {
    folder("OUTERLOOP_PYTHON")
}

/// Runs a command to its end.
///
/// # Panics
/// It does not start.
pub fn output(command: &mut Command) -> Ran {
    match command.output() {
        Ok(out) => Ran {
            code: out.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
        },
        Err(e) => panic!("{command:?}: {e}"),
    }
}

pub(crate) fn folder(variable: &str) -> PathBuf {
    match std::env::var_os(variable) {
        Some(path) => path.into(),
        None => panic!("{variable} is not set: run cargo xtask test, which installs this"),
    }
}
