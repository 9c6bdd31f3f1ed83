//! Artifacts in a folder that this machine shares with the server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::place::{Artifacts, Fetch};
use crate::adapters::objects::Whole;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::package::is_safe_path;
use crate::files::place::{Mode, NewFile};
use crate::files::stream;
use crate::ports::store::Progress;

/// Artifacts in a folder.
#[derive(Debug)]
pub(super) struct InFolder {
    root: PathBuf,
}

impl InFolder {
    /// At `uri`: a path, or `file:` before one.
    ///
    /// # Errors
    /// The folder of the experiments is not on this machine: what is written here nobody else finds.
    pub(super) fn at(uri: &str) -> Result<Self> {
        let path = uri.strip_prefix("file:").unwrap_or(uri);
        let path = path.strip_prefix("//").unwrap_or(path);
        let decoded = percent_decoded(path);
        let root = PathBuf::from(&decoded);
        // <folder>/<experiment>/<run>/artifacts: the client makes the last three.
        let shared = root.ancestors().nth(3).filter(|shared| shared.parent().is_some());
        let there = shared.is_some_and(Path::is_dir);
        let climbs = root.components().any(|c| matches!(c, std::path::Component::ParentDir));
        if !root.is_absolute() || climbs || !there {
            let message = format!(
                "the MLflow server keeps files in the folder {}, which is not on this machine",
                decoded.escape_debug()
            );
            return Err(Error::new(ErrorKind::Unsupported, message).hint(
                "start the server with --serve-artifacts, mount the folder here, or name another \
                 store by store.url",
            ));
        }
        Ok(Self { root })
    }
}

/// `%20` and its like, as `file:` addresses have them.
fn percent_decoded(path: &str) -> String {
    let url = reqwest::Url::parse(&format!("file://{path}")).ok();
    let decoded = url.and_then(|url| url.to_file_path().ok());
    decoded.filter(|_| path.contains('%')).map_or(path.to_owned(), |p| p.display().to_string())
}

impl Artifacts for InFolder {
    fn files(&self, folder: &str) -> Result<BTreeMap<String, u64>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.root.join(folder)];
        while let Some(folder) = folders.pop() {
            let entries = match std::fs::read_dir(&folder) {
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                entries => entries.map_err(|e| Error::io("read", &folder, e))?,
            };
            for entry in entries {
                let entry = entry.map_err(|e| Error::io("read", &folder, e))?;
                let path = entry.path();
                let kept = entry.metadata().map_err(|e| Error::io("read", &path, e))?;
                if kept.is_dir() {
                    folders.push(path);
                    continue;
                }
                let below = path.strip_prefix(&self.root).ok().and_then(Path::to_str);
                // What has no such name was put by nobody who uses MLflow.
                if let Some(below) = below.filter(|below| is_safe_path(below)) {
                    found.insert(below.to_owned(), kept.len());
                }
            }
        }
        Ok(found)
    }

    fn put(&self, path: &str, whole: Whole<'_>, progress: Progress<'_>) -> Result<()> {
        let target = self.root.join(path);
        let mut new = NewFile::beside(&target, Mode::Ordinary)?;
        let sent = stream::copy(whole.source, new.file(), &target, progress)?.digest;
        if sent != *whole.digest {
            return Err(stream::another(whole.source, &sent, whole.digest));
        }
        new.commit()
    }

    fn fetch(&self, path: &str, fetch: Fetch<'_>) -> Result<()> {
        let from = self.root.join(path);
        if !from.is_file() {
            return Err(Error::not_found(format!("{} is not there", from.display()))
                .hint("somebody deleted it"));
        }
        let mut new = NewFile::beside(fetch.into, Mode::Ordinary)?;
        let found = stream::copy(&from, new.file(), fetch.into, fetch.progress)?.digest;
        match fetch.digest {
            Some(digest) if *digest != found => {
                Err(Error::integrity(format!("{} has the digest {found}", from.display())).hint(
                    "it was changed or cut short there; delete it and register the package again",
                ))
            }
            _ => new.commit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::objects::Frame;
    use crate::domain::digest::Digest;
    use crate::files::stream::silent;

    #[test]
    fn files_are_put_listed_and_fetched_below_a_shared_folder() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("1/0a/artifacts");
        let there = InFolder::at(&format!("file://{}", root.display())).unwrap();
        let source = folder.path().join("in");
        std::fs::write(&source, b"acme").unwrap();
        let (good, bad) = (Digest::of(b"acme"), Digest::of(b"other"));
        let whole = |digest| Whole { source: &source, size: 4, digest, frame: Frame::default() };
        assert!(there.put("files/a b", whole(&bad), &silent).is_err());
        assert!(there.files("").unwrap().is_empty());
        there.put("files/a b", whole(&good), &silent).unwrap();
        assert_eq!(there.files("files").unwrap(), [("files/a b".to_owned(), 4)].into());
        let into = folder.path().join("out");
        let fetch = |digest| Fetch { into: &into, digest, progress: &silent };
        assert_eq!(
            there.fetch("files/a b", fetch(Some(&bad))).unwrap_err().kind(),
            ErrorKind::Integrity
        );
        assert!(!into.exists());
        there.fetch("files/a b", fetch(Some(&good))).unwrap();
        assert_eq!(std::fs::read(&into).unwrap(), b"acme");
        assert_eq!(there.fetch("none", fetch(None)).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn a_folder_of_another_machine_is_refused() {
        for uri in ["/none/mlruns/1/0a/artifacts", "file:///none/1/0a/x", "/1/0a/artifacts", "./x"]
        {
            let error = InFolder::at(uri).unwrap_err();
            assert!(
                error.hint_text().is_some_and(|hint| hint.contains("--serve-artifacts")),
                "{uri}"
            );
        }
        assert_eq!(percent_decoded("/a%20b"), "/a b");
    }
}
