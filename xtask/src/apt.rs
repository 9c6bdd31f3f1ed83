//! Programs that Debian has as packages.

use std::process::{Command, Stdio};

use crate::process::{Result, output, run};

/// Sees that `program` runs here; its package of the same name is installed when it is missing and
/// this may install it.
///
/// # Errors
/// It is not there and cannot be installed, with `hint`.
pub fn program(name: &str, hint: &str) -> Result<()> {
    if runs(name) {
        return Ok(());
    }
    install(name, hint)?;
    match runs(name) {
        true => Ok(()),
        false => Err(format!("there is no {name} on this machine\n  hint: {hint}")),
    }
}

/// Installs a package, where this user may and the machine has packages of Debian's; else does
/// nothing.
///
/// # Errors
/// The installation fails, with `hint`.
pub fn install(package: &str, hint: &str) -> Result<()> {
    let is_root = output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !is_root || !runs("apt-get") {
        return Ok(());
    }
    eprintln!("installing {package} (once)");
    let install = ["install", "--yes", "--quiet", "--no-install-recommends", package];
    let apt = |arguments: &[&str]| {
        run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    if apt(&install).is_ok() {
        return Ok(());
    }
    apt(&["update", "--quiet"])
        .and_then(|()| apt(&install))
        .map_err(|e| format!("{e}\n  hint: {hint}"))
}

/// Whether the program can say its version.
pub fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
