//! Paths, folders and patterns into the list of files to read.

use std::path::{Path, PathBuf};

use super::layout::{ENDINGS, ending};
use crate::domain::error::{Error, Result};

/// Deepest nesting of folders that is followed.
const MAX_DEPTH: usize = 8;

/// The files that `paths` mean: a file itself; of a folder every file with a known ending, also in
/// the folders below it; of a pattern (`*` and `?` in the last part) what matches. Within one path
/// the order is by name; hidden files and those that begin with `_` are left out of folders.
///
/// # Errors
/// A path that does not exist, a folder or a pattern without any file, no paths at all.
pub(super) fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            walk(path, 0, &mut files)?;
            if files.len() == before {
                return Err(Error::input(format!("{} holds no data file", path.display()))
                    .hint(format!("known endings: {}", ENDINGS.join(", "))));
            }
        } else if is_pattern(path) && !path.exists() {
            files.extend(matching(path)?);
        } else {
            std::fs::metadata(path).map_err(|e| Error::io("read", path, e))?;
            files.push(path.clone());
        }
    }
    if files.is_empty() {
        return Err(Error::usage("no data file is named").hint("give at least one path"));
    }
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<std::fs::DirEntry>> {
    let failed = |e| Error::io("read", folder, e);
    let mut list: Vec<_> =
        std::fs::read_dir(folder).map_err(failed)?.collect::<Result<_, _>>().map_err(failed)?;
    list.sort_by_key(std::fs::DirEntry::file_name);
    Ok(list)
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in entries(folder)? {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let path = entry.path();
        let kind = entry.file_type().map_err(|e| Error::io("read", &path, e))?;
        if name.starts_with(['.', '_']) {
            continue;
        }
        if kind.is_dir() && depth < MAX_DEPTH {
            walk(&path, depth + 1, files)?;
        } else if path.is_file() && has_known_ending(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn has_known_ending(path: &Path) -> bool {
    ENDINGS.contains(&ending(path).as_str())
}

fn is_pattern(path: &Path) -> bool {
    path.file_name().is_some_and(|n| n.to_string_lossy().contains(['*', '?']))
}

fn matching(pattern: &Path) -> Result<Vec<PathBuf>> {
    let folder = match pattern.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let name = pattern.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let wanted: Vec<char> = name.chars().collect();
    let mut found = Vec::new();
    for entry in entries(folder)? {
        let candidate: Vec<char> = entry.file_name().to_string_lossy().chars().collect();
        if entry.path().is_file() && matches(&wanted, &candidate) {
            found.push(folder.join(entry.file_name()));
        }
    }
    if found.is_empty() {
        return Err(Error::new(
            crate::domain::error::ErrorKind::NotFound,
            format!("no file matches {}", pattern.display()),
        )
        .hint("`*` and `?` may stand in the last part of the path"));
    }
    Ok(found)
}

/// `*` stands for any run of characters, `?` for one.
fn matches(pattern: &[char], name: &[char]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), _) => (0..=name.len()).any(|skip| matches(rest, &name[skip..])),
        (Some(('?', rest)), Some((_, tail))) => matches(rest, tail),
        (Some((a, rest)), Some((b, tail))) => a == b && matches(rest, tail),
        _ => false,
    }
}
