//! Lists the files of a model, and refuses what does not belong into a package.

use std::fs;
use std::path::{Path, PathBuf};

use crate::domain::error::{Error, Result};
use crate::domain::package::is_safe_path;

/// A file to be packaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Path below the root, with `/` between its parts.
    pub path: String,
    /// Where its bytes are.
    pub source: PathBuf,
    /// Size in bytes.
    pub size: u64,
}

/// All files of `root` (a folder, or one file), ordered by path. Symbolic links that stay inside
/// are followed.
///
/// # Errors
/// By name: a link that leaves the folder or leads nowhere or in a circle, a socket, pipe or
/// device, a name that is not UTF-8 or could not be unpacked elsewhere, a folder that cannot be
/// read, a folder without files.
pub fn files(root: &Path) -> Result<Vec<Found>> {
    let real = fs::canonicalize(root).map_err(|e| Error::io("read", root, e))?;
    let metadata = fs::metadata(&real).map_err(|e| Error::io("read", root, e))?;
    let mut walk = Walk { root: real.clone(), found: Vec::new(), open: vec![real.clone()] };
    if metadata.is_dir() {
        walk.folder(&real, "")?;
    } else {
        let name = utf8_name(root, root.file_name().unwrap_or(real.as_os_str()))?;
        walk.entry(&real, name)?;
    }
    walk.found.sort_by(|a, b| a.path.cmp(&b.path));
    match walk.found.is_empty() {
        true => Err(Error::input(format!("{} holds no files", root.display()))
            .hint("name the model's file, or the folder that holds it")),
        false => Ok(walk.found),
    }
}

struct Walk {
    root: PathBuf,
    found: Vec<Found>,
    /// Real paths of the folders that are being listed, outermost first.
    open: Vec<PathBuf>,
}

impl Walk {
    fn folder(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        let cannot = |e| Error::io("list", folder, e);
        for entry in fs::read_dir(folder).map_err(cannot)? {
            let entry = entry.map_err(cannot)?;
            let name = utf8_name(&entry.path(), &entry.file_name())?;
            let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            self.entry(&entry.path(), path)?;
        }
        Ok(())
    }

    fn entry(&mut self, place: &Path, path: String) -> Result<()> {
        if !is_safe_path(&path) {
            let message = format!("the file name {} cannot be packaged", path.escape_debug());
            return Err(Error::input(message).hint("rename it without `\\` and `:`"));
        }
        let link = fs::symlink_metadata(place).map_err(|e| Error::io("read", place, e))?;
        let real = if link.is_symlink() { self.follow(place)? } else { place.to_owned() };
        let metadata = fs::metadata(&real).map_err(|e| Error::io("read", place, e))?;
        if metadata.is_dir() {
            return self.sub_folder(real, &path, place);
        }
        if !metadata.is_file() {
            return Err(Error::input(format!(
                "{} is a socket, pipe or device, not a file",
                place.display()
            ))
            .hint("a package holds ordinary files only; move it out of the model's folder"));
        }
        self.found.push(Found { path, source: real, size: metadata.len() });
        Ok(())
    }

    fn sub_folder(&mut self, real: PathBuf, path: &str, place: &Path) -> Result<()> {
        let real = fs::canonicalize(&real).map_err(|e| Error::io("read", place, e))?;
        if self.open.contains(&real) {
            return Err(Error::input(format!("the link {} leads in a circle", place.display()))
                .hint("remove the link from the model's folder"));
        }
        self.open.push(real.clone());
        self.folder(&real, path)?;
        self.open.pop();
        Ok(())
    }

    fn follow(&self, link: &Path) -> Result<PathBuf> {
        let real = fs::canonicalize(link).map_err(|e| {
            Error::input(format!("the link {} leads nowhere: {e}", link.display()))
                .hint("remove the link, or put the file there")
        })?;
        if real.starts_with(&self.root) {
            return Ok(real);
        }
        Err(Error::input(format!("the link {} leaves the model's folder", link.display()))
            .hint("put the file itself there, for example with `cp -rL`"))
    }
}

fn utf8_name(place: &Path, name: &std::ffi::OsStr) -> Result<String> {
    name.to_str().map(str::to_owned).ok_or_else(|| {
        Error::input(format!("the name of {} is not UTF-8", place.display()))
            .hint("rename the file")
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder() -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir_all(root.path().join("m/sub")).expect("makes");
        fs::write(root.path().join("m/a.bin"), b"a").expect("writes");
        fs::write(root.path().join("m/sub/b.bin"), b"bb").expect("writes");
        fs::write(root.path().join("secret"), b"s").expect("writes");
        root
    }

    fn refused(root: &Path, name: &str, why: &str) {
        let error = files(&root.join("m")).expect_err("refused");
        assert!(error.to_string().contains(name) && error.to_string().contains(why), "{error}");
        assert!(error.hint_text().is_some());
    }

    #[test]
    fn links_inside_are_followed_and_order_is_by_path() {
        let root = folder();
        symlink("sub/b.bin", root.path().join("m/0")).expect("links");
        symlink("sub", root.path().join("m/z")).expect("links");
        let found = files(&root.path().join("m")).expect("lists");
        let paths: Vec<(&str, u64)> = found.iter().map(|f| (f.path.as_str(), f.size)).collect();
        assert_eq!(paths, [("0", 2), ("a.bin", 1), ("sub/b.bin", 2), ("z/b.bin", 2)]);
    }

    #[test]
    fn links_that_leave_break_or_circle_are_refused() {
        for (target, why) in [
            ("../secret", "leaves"),
            ("/etc/hostname", "lea"),
            ("gone", "nowhere"),
            (".", "circle"),
        ] {
            let root = folder();
            symlink(target, root.path().join("m/link")).expect("links");
            refused(root.path(), "m/link", why);
        }
    }

    #[test]
    fn sockets_pipes_and_strange_names_are_refused() {
        let root = folder();
        let _socket = std::os::unix::net::UnixListener::bind(root.path().join("m/sock"));
        refused(root.path(), "m/sock", "socket");

        let root = folder();
        fs::write(root.path().join("m/c:d"), b"").expect("writes");
        refused(root.path(), "c:d", "cannot be packaged");

        let root = folder();
        let name = std::ffi::OsStr::from_bytes(b"m/\xff.bin");
        fs::write(root.path().join(name), b"").expect("writes");
        refused(root.path(), ".bin", "not UTF-8");
    }

    #[test]
    fn an_empty_folder_is_refused() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let error = files(root.path()).expect_err("refused");
        assert!(error.to_string().contains("holds no files"), "{error}");
    }
}
