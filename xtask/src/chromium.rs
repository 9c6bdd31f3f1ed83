//! The browser in which the tests look at pages.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::process::{Result, output, run};

/// Names another program than those of [`NAMES`].
const VARIABLE: &str = "OUTERLOOP_TEST_CHROMIUM";
/// What it is called on different systems.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The program; installed when it is missing and this may install it.
pub fn chromium() -> Result<PathBuf> {
    if let Some(program) = std::env::var_os(VARIABLE) {
        return Ok(program.into());
    }
    if let Some(program) = found() {
        return Ok(program);
    }
    let hint = format!(
        "install Chromium (Debian: apt-get install chromium), or name a browser of its kind in \
         {VARIABLE}"
    );
    let may_install = output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if may_install && runs("apt-get") {
        eprintln!("installing chromium (once)");
        let install = ["install", "--yes", "--quiet", "--no-install-recommends", "chromium"];
        let apt = |arguments: &[&str]| {
            run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
        };
        if apt(&install).is_err() {
            apt(&["update", "--quiet"])
                .and_then(|()| apt(&install))
                .map_err(|e| format!("{e}\n  hint: {hint}"))?;
        }
    }
    found().ok_or_else(|| format!("there is no Chromium on this machine\n  hint: {hint}"))
}

/// The full path of the first browser that runs: what drives it does not look along `PATH`.
fn found() -> Option<PathBuf> {
    let name = NAMES.into_iter().find(|name| runs(name))?;
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
