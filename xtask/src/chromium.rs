//! The browser in which the tests look at pages.

use std::path::PathBuf;

use crate::apt::{self, runs};
use crate::process::Result;

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
    apt::install("chromium", &hint)?;
    found().ok_or_else(|| format!("there is no Chromium on this machine\n  hint: {hint}"))
}

/// The full path of the first browser that runs: what drives it does not look along `PATH`.
fn found() -> Option<PathBuf> {
    let name = NAMES.into_iter().find(|name| runs(name))?;
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}
