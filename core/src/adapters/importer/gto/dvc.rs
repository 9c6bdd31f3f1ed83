//! Files that DVC keeps: `.dvc` files and `dvc.lock` name them by their MD5, the bytes are in DVC's
//! cache.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use git2::{ObjectType, Repository, Tree};
use md5::{Digest as _, Md5};
use serde::Deserialize;

use super::annotation::joined;
use super::repository::damaged;
use crate::domain::error::{Error, Result};

/// Bytes that are read at once.
const PART: usize = 1 << 18;
/// Bytes of the longest file that is taken for a text.
const LONGEST_TEXT: u64 = 64 << 20;

/// A file or folder that DVC keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Out {
    /// Path in the repository.
    pub path: String,
    /// MD5 in hexadecimal; `.dir` behind it means a folder.
    pub md5: String,
}

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    path: String,
    #[serde(default)]
    md5: Option<String>,
}

#[derive(Deserialize)]
struct Pointer {
    #[serde(default)]
    outs: Vec<Written>,
    #[serde(default)]
    wdir: Option<String>,
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    stages: BTreeMap<String, Pointer>,
}

#[derive(Deserialize)]
struct Listed {
    relpath: String,
    md5: String,
}

/// What DVC keeps of `path` at the commit of `tree`: what `path.dvc`, the `.dvc` file of a folder above
/// it, or the `dvc.lock` of a folder above it says.
///
/// # Errors
/// Input where one of them cannot be read.
pub(super) fn outs(repository: &Repository, tree: &Tree<'_>, path: &str) -> Result<Vec<Out>> {
    let mut found = Vec::new();
    let mut at = path;
    loop {
        let folder = at.rsplit_once('/').map_or("", |(folder, _)| folder);
        let pointer = format!("{at}.dvc");
        if let Some(bytes) = blob(repository, tree, &pointer)? {
            let read: Pointer = parse(&bytes, &pointer)?;
            found.extend(of(read, folder)?);
        }
        let lock =
            if folder.is_empty() { "dvc.lock".to_owned() } else { format!("{folder}/dvc.lock") };
        if let Some(bytes) = blob(repository, tree, &lock)? {
            let read: Lock = parse(&bytes, &lock)?;
            for stage in read.stages.into_values() {
                found.extend(of(stage, folder)?);
            }
        }
        if folder.is_empty() {
            break;
        }
        at = folder;
    }
    let below = |out: &Out| is_below(&out.path, path) || is_below(path, &out.path);
    found.retain(below);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found.dedup();
    Ok(found)
}

/// Whether `path` is `folder` or in it.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn of(pointer: Pointer, folder: &str) -> Result<Vec<Out>> {
    let base = match &pointer.wdir {
        Some(wdir) if wdir != "." => joined(folder, wdir)?,
        _ => folder.to_owned(),
    };
    let mut outs = Vec::new();
    for written in pointer.outs {
        // What is in a bucket by itself is none of the repository's paths.
        let Some(md5) = written.md5.filter(|md5| is_md5(md5)) else { continue };
        if written.path.contains("://") {
            continue;
        }
        outs.push(Out { path: joined(&base, &written.path)?, md5 });
    }
    Ok(outs)
}

fn is_md5(text: &str) -> bool {
    let hex = text.strip_suffix(".dir").unwrap_or(text);
    hex.len() == 32 && hex.chars().all(|c| c.is_ascii_hexdigit())
}

fn blob(repository: &Repository, tree: &Tree<'_>, path: &str) -> Result<Option<Vec<u8>>> {
    match tree.get_path(Path::new(path)) {
        Ok(entry) if entry.kind() == Some(ObjectType::Blob) => {
            let blob = repository.find_blob(entry.id()).map_err(|e| damaged(path, &e))?;
            Ok(Some(blob.content().to_vec()))
        }
        _ => Ok(None),
    }
}

fn parse<T: for<'a> Deserialize<'a>>(bytes: &[u8], file: &str) -> Result<T> {
    serde_saphyr::from_str(&String::from_utf8_lossy(bytes)).map_err(|e| {
        Error::input(format!("{file} there cannot be read as a file of DVC's: {e}"))
            .hint("package the model's files and register the version by hand")
    })
}

/// DVC's cache of a repository.
#[derive(Debug, Clone)]
pub(super) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The cache of the repository whose work tree is `root`: where `.dvc/config.local` or
    /// `.dvc/config` says, else in `.dvc/cache`.
    pub fn of(root: &Path) -> Self {
        let dvc = root.join(".dvc");
        let named = ["config.local", "config"].iter().find_map(|name| {
            let text = std::fs::read_to_string(dvc.join(name)).ok()?;
            cache_folder(&text)
        });
        let folder = named.map_or_else(|| dvc.join("cache"), |named| dvc.join(named));
        Self { folder }
    }

    /// The file with this MD5, when it was fetched: as DVC 3 keeps it, else as DVC 2 did.
    pub fn file(&self, md5: &str) -> Option<PathBuf> {
        let (first, rest) = md5.split_at_checked(2)?;
        let places = [self.folder.join("files/md5"), self.folder.clone()];
        places.into_iter().map(|p| p.join(first).join(rest)).find(|path| path.is_file())
    }

    /// The files of an out: paths in the repository, and where they are.
    ///
    /// # Errors
    /// Not found where one was not fetched; input where a folder's list cannot be read.
    pub fn files(&self, out: &Out) -> Result<Vec<(String, PathBuf, String)>> {
        let there = self.file(&out.md5).ok_or_else(|| not_fetched(&out.path))?;
        if !out.md5.ends_with(".dir") {
            return Ok(vec![(out.path.clone(), there, out.md5.clone())]);
        }
        let bytes = std::fs::read(&there).map_err(|e| Error::io("read", &there, e))?;
        let listed: Vec<Listed> = serde_json::from_slice(&bytes).map_err(|e| {
            Error::input(format!("{} is no list of files of DVC's: {e}", there.display()))
                .hint("remove it and run `dvc fetch --all-tags`")
        })?;
        let file = |listed: Listed| {
            let path = joined(&out.path, &listed.relpath)?;
            let place = is_md5(&listed.md5).then(|| self.file(&listed.md5)).flatten();
            Ok((path.clone(), place.ok_or_else(|| not_fetched(&path))?, listed.md5))
        };
        listed.into_iter().map(file).collect()
    }
}

fn not_fetched(path: &str) -> Error {
    let path = path.escape_debug();
    Error::not_found(format!("{path} is kept by DVC and is not in its cache"))
        .hint("run `dvc fetch --all-tags` in that repository, and copy again")
}

/// `dir` of the section `cache`.
fn cache_folder(text: &str) -> Option<String> {
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            inside = section.trim_end_matches(']').trim_matches(['\'', '"']) == "cache";
        } else if let Some((key, value)) = line.split_once('=')
            && inside
            && key.trim() == "dir"
        {
            return Some(value.trim().to_owned());
        }
    }
    None
}

/// Proves that the file at `path` has the MD5 that DVC named: of its bytes as they are, or, as DVC 2
/// took it of texts, with the line ends of Unix.
///
/// # Errors
/// Integrity where it has not; a file that cannot be read.
pub(super) fn check(path: &Path, md5: &str) -> Result<()> {
    let read = |hash: &mut Md5| -> std::io::Result<u64> {
        let (mut file, mut size) = (File::open(path)?, 0);
        let mut part = vec![0; PART];
        loop {
            match file.read(&mut part)? {
                0 => return Ok(size),
                read => {
                    hash.update(part.get(..read).unwrap_or_default());
                    size += read as u64;
                }
            }
        }
    };
    let mut hash = Md5::new();
    let size = read(&mut hash).map_err(|e| Error::io("read", path, e))?;
    if hex(hash) == md5 {
        return Ok(());
    }
    if size <= LONGEST_TEXT {
        let bytes = std::fs::read(path).map_err(|e| Error::io("read", path, e))?;
        if hex(Md5::new_with_prefix(unix_lines(&bytes))) == md5 {
            return Ok(());
        }
    }
    Err(Error::integrity(format!("{} has not the MD5 {md5} that DVC knows it by", path.display()))
        .hint("remove the file from DVC's cache and run `dvc fetch --all-tags`"))
}

fn hex(hash: Md5) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unix_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
            lines.push(*byte);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_where_the_configuration_says() {
        let text = "[core]\n    remote = store\n['remote \"store\"']\n    url = s3://acme/dvc\n\
                    [cache]\n    dir = ../../shared\n";
        assert_eq!(cache_folder(text).as_deref(), Some("../../shared"));
        assert_eq!(cache_folder("['remote \"x\"']\n dir = y\n"), None);
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::of(folder.path());
        let md5 = "5d41402abc4b2a76b9719d911017c592";
        assert_eq!(cache.file(md5), None);
        let old = folder.path().join(".dvc/cache/5d/41402abc4b2a76b9719d911017c592");
        std::fs::create_dir_all(old.parent().unwrap()).unwrap();
        std::fs::write(&old, "hello").unwrap();
        assert_eq!(cache.file(md5), Some(old));
    }

    #[test]
    fn bytes_are_held_to_their_md5() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let checked = |bytes: &str, md5: &str| {
            std::fs::write(&path, bytes).unwrap();
            check(&path, md5)
        };
        checked("hello", "5d41402abc4b2a76b9719d911017c592").unwrap();
        checked("hullo", "5d41402abc4b2a76b9719d911017c592").unwrap_err();
        // Of a text as DVC 2 took it: with the line ends of Unix.
        checked("a\r\nb\r\n", "dd8c6a395b5dd36c56d23275028f526c").unwrap();
    }

    #[test]
    fn a_path_is_below_its_folders_only() {
        assert!(is_below("models/a", "models") && is_below("models", "models"));
        assert!(!is_below("models-2/a", "models") && !is_below("models", "models/a"));
    }
}
