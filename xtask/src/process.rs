//! Runs other programs and says what was run when one fails.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The result of every command here: the error is for people.
pub type Result<T, E = String> = std::result::Result<T, E>;

/// Root of the repository: the one that `cargo run` names, else the nearest from the current folder
/// on. It is asked when this runs: clones that share a target folder share this program.
pub fn root() -> PathBuf {
    let named = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    root_of(named.as_deref(), &std::env::current_dir().unwrap_or_default())
}

fn root_of(named: Option<&Path>, here: &Path) -> PathBuf {
    let named = named.and_then(Path::parent);
    let mut folders = named.into_iter().chain(here.ancestors());
    let found = folders.find(|folder| folder.join("xtask/Cargo.toml").is_file());
    found.unwrap_or(here).to_owned()
}

/// Cargo's target folder, wherever `CARGO_TARGET_DIR` or a configuration file puts it.
pub fn target() -> Result<PathBuf> {
    let out = output(cargo().args(["metadata", "--format-version=1", "--no-deps"]))?;
    let metadata: serde_json::Value =
        serde_json::from_str(&out).map_err(|e| format!("cargo metadata: {e}"))?;
    let folder = metadata["target_directory"].as_str().ok_or("cargo metadata names no target")?;
    Ok(PathBuf::from(folder))
}

/// `cargo`, in the root of the repository.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Builds every binary and gives the path of `outerloop`.
pub fn build(release: bool) -> Result<PathBuf> {
    let mut command = cargo();
    command.args(["build", "--workspace", "--bins", "--locked"]);
    if release {
        command.arg("--release");
    }
    run(&mut command)?;
    let profile = if release { "release" } else { "debug" };
    Ok(target()?.join(profile).join("outerloop"))
}

/// Runs to the end; output goes where ours goes.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|e| format!("{}: {e}", shown(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", shown(command))) }
}

/// Runs to the end and gives standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let out = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("{}: {e}", shown(command)))?;
    if !out.status.success() {
        return Err(format!("{} ended with {}", shown(command), out.status));
    }
    String::from_utf8(out.stdout).map_err(|e| format!("{}: {e}", shown(command)))
}

/// The command as one would type it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|w| w.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_that_of_the_clone_that_runs() {
        let clones = std::env::temp_dir().join(format!("outerloop-clones-{}", std::process::id()));
        let [one, other] = ["one", "other"].map(|name| clones.join(name));
        for clone in [&one, &other] {
            std::fs::create_dir_all(clone.join("xtask/src")).unwrap();
            std::fs::create_dir_all(clone.join("core")).unwrap();
            std::fs::write(clone.join("xtask/Cargo.toml"), "").unwrap();
        }
        assert_eq!(root_of(Some(&one.join("xtask")), &other), one);
        assert_eq!(root_of(None, &other.join("xtask/src")), other);
        // What another project's cargo left in the environment is no root.
        assert_eq!(root_of(Some(&clones.join("elsewhere/crate")), &one.join("core")), one);
        assert_eq!(root_of(None, &clones), clones);
        std::fs::remove_dir_all(clones).unwrap();
    }
}
