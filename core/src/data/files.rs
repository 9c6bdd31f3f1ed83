//! Paths, folders and patterns into the list of files to read.

use std::path::{Component, Path, PathBuf};

use super::layout::{ENDINGS, ending};
use super::partitions::keys;
use crate::domain::error::{Error, Result};
use crate::domain::pattern::Pattern;

/// Deepest nesting of folders that is followed.
const MAX_DEPTH: usize = 24;

/// A file, and what its folders say.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// The `key=value` folders between what was named and the file; of a file that is named itself
    /// none.
    pub(super) keys: Vec<(String, Option<String>)>,
}

/// The files that `paths` mean: a file itself; of a folder every file with a known ending, also in
/// the folders below it; of a pattern what matches: `*` and `?` within a part of the path, `**` for
/// any number of folders. Within one path the order is by name; what is hidden (`.…`) or put aside
/// (`_…`) is left out of folders and of patterns that do not ask for it.
///
/// # Errors
/// A path that does not exist, a folder or a pattern without any file, no paths at all.
pub(super) fn expand(paths: &[PathBuf]) -> Result<Vec<Found>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            walk(path, path, &Wanted::Data, 0, &mut files)?;
            if files.len() == before {
                return Err(Error::input(format!("{} holds no data file", path.display()))
                    .hint(format!("known endings: {}", ENDINGS.join(", "))));
            }
        } else if is_pattern(path) && !path.exists() {
            files.extend(matching(path)?);
        } else {
            std::fs::metadata(path).map_err(|e| Error::io("read", path, e))?;
            files.push(Found { path: path.clone(), keys: Vec::new() });
        }
    }
    if files.is_empty() {
        return Err(Error::usage("no data file is named").hint("give at least one path"));
    }
    Ok(files)
}

/// The files that folders and patterns mean, for those that read no table.
///
/// # Errors
/// As [`super::read::read`], for the files themselves.
pub fn paths_of(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    Ok(expand(paths)?.into_iter().map(|found| found.path).collect())
}

/// Which files of a folder are wanted.
enum Wanted {
    /// Those with a known ending.
    Data,
    /// Those whose path below the folder matches.
    Matching(Pattern),
}

impl Wanted {
    fn file(&self, below: &str, path: &Path) -> bool {
        match self {
            Self::Data => !is_aside(path) && has_known_ending(path),
            Self::Matching(pattern) => pattern.matches(below),
        }
    }

    fn folder(&self, below: &str, path: &Path) -> bool {
        match self {
            Self::Data => !is_aside(path),
            Self::Matching(pattern) => pattern.may_hold(below),
        }
    }
}

fn is_aside(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(['.', '_']))
}

fn entries(folder: &Path) -> Result<Vec<std::fs::DirEntry>> {
    let failed = |e| Error::io("read", folder, e);
    let mut list: Vec<_> =
        std::fs::read_dir(folder).map_err(failed)?.collect::<Result<_, _>>().map_err(failed)?;
    list.sort_by_key(std::fs::DirEntry::file_name);
    Ok(list)
}

/// Adds the wanted files of `folder`, which is `base` or below it.
fn walk(
    base: &Path,
    folder: &Path,
    wanted: &Wanted,
    depth: usize,
    files: &mut Vec<Found>,
) -> Result<()> {
    for entry in entries(folder)? {
        let path = entry.path();
        let kind = entry.file_type().map_err(|e| Error::io("read", &path, e))?;
        let below = below(base, &path);
        if kind.is_dir() {
            if depth < MAX_DEPTH && wanted.folder(&below, &path) {
                walk(base, &path, wanted, depth + 1, files)?;
            }
        } else if wanted.file(&below, &path) && path.is_file() {
            files.push(Found { keys: keys(&below), path });
        }
    }
    Ok(())
}

/// The path below `base`, with `/` on every system.
fn below(base: &Path, path: &Path) -> String {
    let rest = path.strip_prefix(base).unwrap_or(path);
    let parts = rest.components().map(|c| c.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// Whether a file of a folder is read as data, by its name.
pub fn has_known_ending(path: &Path) -> bool {
    ENDINGS.contains(&ending(path).as_str())
}

fn is_pattern(path: &Path) -> bool {
    path.to_str().is_some_and(Pattern::is_in)
}

/// The files that match, searched from the last folder that is named in full.
fn matching(path: &Path) -> Result<Vec<Found>> {
    let is_wild = |part: &Component<'_>| Pattern::is_in(&part.as_os_str().to_string_lossy());
    let parts: Vec<Component<'_>> = path.components().collect();
    let first = parts.iter().position(is_wild).unwrap_or(parts.len());
    let (fixed, wild) = parts.split_at(first);
    let base: PathBuf = match fixed {
        [] => PathBuf::from("."),
        fixed => fixed.iter().collect(),
    };
    let wild: Vec<_> = wild.iter().map(|part| part.as_os_str().to_string_lossy()).collect();
    let wanted = Wanted::Matching(Pattern::new(&wild.join("/")));
    let mut found = Vec::new();
    if base.is_dir() {
        walk(&base, &base, &wanted, 0, &mut found)?;
    }
    if found.is_empty() {
        let message = format!("no file matches {}", path.display());
        return Err(Error::not_found(message)
            .hint("`*` and `?` stand within a part of the path, `**` for any number of folders"));
    }
    // Those of the folder itself keep the short names that they were given.
    if fixed.is_empty() {
        for file in &mut found {
            if let Ok(short) = file.path.strip_prefix(".") {
                file.path = short.to_owned();
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("creates");
            std::fs::write(path, "x\n1\n").expect("writes");
        }
        folder
    }

    fn found(folder: &tempfile::TempDir, path: &str) -> Vec<String> {
        let found = expand(&[folder.path().join(path)]).unwrap_or_default();
        found.iter().map(|file| below(folder.path(), &file.path)).collect()
    }

    #[test]
    fn folders_of_patterns_are_searched() {
        let folder = tree(&[
            "a/2026/11/01/x.csv",
            "a/2026/11/02/x.csv",
            "a/2026/12/01/x.csv",
            "a/_old/x.csv",
            "a/2026/11/01/.x.csv",
            "a/2026/11/01/x.md",
        ]);
        let names = |path| found(&folder, path).into_iter();
        assert_eq!(names("a/**/*.csv").count(), 3);
        assert_eq!(names("a/2026/1?/01/*.csv").count(), 2);
        assert_eq!(names("a/2026/11/*/x.*").count(), 3, "a pattern takes every ending");
        assert_eq!(names("a").count(), 3);
        assert_eq!(names("a/_old/*").collect::<Vec<_>>(), ["a/_old/x.csv"]);
        assert!(expand(&[folder.path().join("b/*.csv")]).is_err());
    }
}
