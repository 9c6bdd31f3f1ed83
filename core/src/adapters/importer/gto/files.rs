//! The files of a path at a commit: in git, or where Git LFS and DVC keep them on this machine.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use git2::{ObjectType, Oid, Repository, Tree};

use super::dvc::{self, Cache};
use super::lfs;
use super::repository::damaged;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::package::is_safe_path;
use crate::files::place::{self, Mode};
use crate::files::stream;
use crate::ports::store::Progress;

/// A file of a symbolic link, in git's words.
const LINK: i32 = 0o120_000;

/// Where the bytes of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Bytes {
    /// In git.
    Blob(Oid),
    /// In a file that Git LFS keeps.
    Lfs(PathBuf, Digest),
    /// In a file of DVC's cache, with its MD5.
    Dvc(PathBuf, String),
}

/// A file of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Path in the repository.
    path: String,
    bytes: Bytes,
}

/// The files of `path` in `tree`.
///
/// # Errors
/// Not found where there are none, or where bytes were not fetched; input where a file cannot be
/// part of a package.
pub(super) fn find(repository: &Repository, tree: &Tree<'_>, path: &str) -> Result<Vec<Found>> {
    let mut finding = Finding { repository, found: Vec::new() };
    match tree.get_path(Path::new(path)) {
        Ok(entry) if entry.kind() == Some(ObjectType::Tree) => finding.folder(entry.id(), path)?,
        Ok(entry) => finding.entry(entry.kind(), entry.filemode(), entry.id(), path)?,
        Err(_) => {}
    }
    finding.of_dvc(tree, path)?;
    let mut found = finding.found;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found.dedup_by(|a, b| a.path == b.path);
    match found.is_empty() {
        false => Ok(found),
        true => Err(Error::not_found(format!("there is nothing at {} there", path.escape_debug()))
            .hint("it was not committed; package its files and register the version by hand")),
    }
}

struct Finding<'a> {
    repository: &'a Repository,
    found: Vec<Found>,
}

impl Finding<'_> {
    fn folder(&mut self, id: Oid, path: &str) -> Result<()> {
        let tree = self.repository.find_tree(id).map_err(|e| damaged(path, &e))?;
        for entry in &tree {
            let Ok(name) = entry.name() else {
                return Err(Error::input(format!("a file in {path} has a name that is not UTF-8"))
                    .hint("package the files and register the version by hand"));
            };
            let path = format!("{path}/{name}");
            match entry.kind() {
                Some(ObjectType::Tree) => self.folder(entry.id(), &path)?,
                kind => self.entry(kind, entry.filemode(), entry.id(), &path)?,
            }
        }
        Ok(())
    }

    fn entry(&mut self, kind: Option<ObjectType>, mode: i32, id: Oid, path: &str) -> Result<()> {
        let cannot = |what: &str| {
            Err(Error::input(format!("{} is {what}", path.escape_debug()))
                .hint("package the files and register the version by hand"))
        };
        if kind != Some(ObjectType::Blob) {
            return cannot("another repository (a submodule)");
        }
        if mode == LINK {
            return cannot("a symbolic link");
        }
        if !is_safe_path(path) {
            return cannot("a path that not every machine can write");
        }
        let bytes = match self.pointer(id, path)? {
            None => Bytes::Blob(id),
            Some(digest) => {
                let object = lfs::object(self.repository.commondir(), &digest);
                if !object.is_file() {
                    let path = path.escape_debug();
                    return Err(Error::not_found(format!(
                        "{path} is kept by Git LFS and not here"
                    ))
                    .hint("run `git lfs fetch --all` in that repository, and copy again"));
                }
                Bytes::Lfs(object, digest)
            }
        };
        self.found.push(Found { path: path.to_owned(), bytes });
        Ok(())
    }

    /// The digest of what a pointer of Git LFS stands for.
    fn pointer(&self, id: Oid, path: &str) -> Result<Option<Digest>> {
        let blob = self.repository.find_blob(id).map_err(|e| damaged(path, &e))?;
        Ok(lfs::pointer(blob.content()))
    }

    /// What DVC keeps stands for its `.dvc` file.
    fn of_dvc(&mut self, tree: &Tree<'_>, path: &str) -> Result<()> {
        let mut outs = dvc::outs(self.repository, tree, path)?;
        for found in &self.found {
            if let Some(kept) = found.path.strip_suffix(".dvc") {
                outs.extend(dvc::outs(self.repository, tree, kept)?);
            }
        }
        if outs.is_empty() {
            return Ok(());
        }
        let root = self.repository.workdir().unwrap_or_else(|| self.repository.path());
        let cache = Cache::of(root);
        let mut pointers = BTreeSet::new();
        for out in outs {
            pointers.insert(format!("{}.dvc", out.path));
            let here: BTreeSet<&str> = self.found.iter().map(|found| found.path.as_str()).collect();
            if here.contains(out.path.as_str()) {
                // Committed all the same, as `cache: false` does.
                continue;
            }
            for (file, place, md5) in cache.files(&out)? {
                if dvc::is_below(&file, path) {
                    self.found.push(Found { path: file, bytes: Bytes::Dvc(place, md5) });
                }
            }
        }
        self.found.retain(|found| !pointers.contains(&found.path));
        if self.found.is_empty() {
            let shown = path.escape_debug();
            return Err(Error::not_found(format!("{shown} is not in the folder that DVC keeps"))
                .hint("package the files and register the version by hand"));
        }
        Ok(())
    }
}

/// Writes the files of `path` into `into` and gives the model's file or folder there.
///
/// # Errors
/// Integrity where bytes are not what they should be; a disk that cannot be written.
pub(super) fn write(
    repository: &Repository,
    found: &[Found],
    path: &str,
    into: &Path,
    progress: Progress<'_>,
) -> Result<PathBuf> {
    // What is in the folder of `path`, with its name.
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let inside = |file: &str| {
        let rest = file.strip_prefix(folder).unwrap_or(file);
        into.join(rest.trim_start_matches('/'))
    };
    for Found { path: file, bytes } in found {
        let target = inside(file);
        match bytes {
            Bytes::Blob(id) => {
                let blob = repository.find_blob(*id).map_err(|e| damaged(file, &e))?;
                place::write(&target, blob.content(), Mode::Ordinary)?;
                progress(blob.size() as u64);
            }
            Bytes::Lfs(object, digest) => {
                let mut new = place::NewFile::beside(&target, Mode::Ordinary)?;
                let copied = stream::copy(object, new.file(), &target, progress)?;
                if copied.digest != *digest {
                    return Err(stream::another(object, &copied.digest, digest));
                }
                new.commit()?;
            }
            Bytes::Dvc(cached, md5) => {
                dvc::check(cached, md5)?;
                let mut new = place::NewFile::beside(&target, Mode::Ordinary)?;
                stream::copy(cached, new.file(), &target, progress)?;
                new.commit()?;
            }
        }
    }
    Ok(inside(path))
}
