//! The store in a folder: `blobs/sha256/ab/<hex>`, one read-only file a blob.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::package::Manifest;
use crate::files::place::{self, Mode, NewFile};
use crate::files::stream;
use crate::ports::store::{ArtifactStore, FileAddress, Progress, StoreCapabilities};

/// Name of this program's own folder in a repository; it keeps itself out of version control.
const OWN_FOLDER: &str = ".outerloop";

/// Content-addressed storage in a folder. It may be shared by processes, and over a network file
/// system by machines: a blob gets its name by a rename, when it is whole.
#[derive(Debug, Clone)]
pub struct FolderStore {
    root: PathBuf,
}

impl FolderStore {
    /// The store in `root`; the folder is made when the first blob is put.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self { root: std::path::absolute(&root).unwrap_or(root) }
    }

    fn place(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.root.join("blobs").join("sha256").join(&hex[..2]).join(hex)
    }

    /// Whether the blob is there with this many bytes. One of another length was cut short behind
    /// this program's back, and is better written again.
    fn holds(&self, digest: &Digest, size: u64) -> bool {
        fs::metadata(self.place(digest)).is_ok_and(|m| m.is_file() && m.len() == size)
    }

    fn is_there(&self, digest: &Digest) -> Result<bool> {
        let place = self.place(digest);
        match fs::metadata(&place) {
            Ok(metadata) => Ok(metadata.is_file()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(Error::io("read", &place, e)),
        }
    }

    fn put_bytes(&self, bytes: &[u8]) -> Result<Digest> {
        let digest = Digest::of(bytes);
        if !self.holds(&digest, bytes.len() as u64) {
            self.keep_out_of_git()?;
            let target = self.place(&digest);
            let mut new = NewFile::beside(&target, Mode::ReadOnly)?;
            new.file().write_all(bytes).map_err(|e| Error::io("write", &target, e))?;
            new.commit()?;
        }
        Ok(digest)
    }

    fn keep_out_of_git(&self) -> Result<()> {
        let Some(own) = self.root.ancestors().find(|f| f.ends_with(OWN_FOLDER)) else {
            return Ok(());
        };
        let file = own.join(".gitignore");
        if file.exists() {
            return Ok(());
        }
        place::write(&file, b"*\n", Mode::Ordinary)
    }

    fn missing(&self, digest: &Digest) -> Error {
        Error::not_found(format!("{digest} is not in the store {}", self.root.display()))
            .hint("is this the store that the package was registered with? See `store.path`")
    }

    fn tampered(&self, digest: &Digest, found: &Digest) -> Error {
        let place = self.place(digest);
        Error::integrity(format!("{} has the digest {found}", place.display()))
            .hint("the file was changed or cut short; remove it and register the package again")
    }

    fn not_there(&self, digest: &Digest, error: Error) -> Error {
        match error.kind() {
            ErrorKind::NotFound => self.missing(digest),
            _ => error,
        }
    }
}

impl ArtifactStore for FolderStore {
    fn uri(&self, package: &Digest) -> String {
        let place = self.place(package);
        match reqwest::Url::from_file_path(&place) {
            Ok(url) => url.to_string(),
            Err(()) => format!("file://{}", place.display()),
        }
    }

    fn contains(&self, package: &Digest) -> Result<bool> {
        self.is_there(package)
    }

    fn put_file(&self, at: FileAddress<'_>, source: &Path, progress: Progress<'_>) -> Result<()> {
        let size = fs::metadata(source).map_err(|e| Error::io("read", source, e))?.len();
        if self.holds(at.digest, size) {
            progress(size);
            return Ok(());
        }
        self.keep_out_of_git()?;
        let target = self.place(at.digest);
        let mut new = NewFile::beside(&target, Mode::ReadOnly)?;
        let copied = stream::copy(source, new.file(), &target, progress)?;
        if copied.digest != *at.digest {
            return Err(stream::another(source, &copied.digest, at.digest));
        }
        new.commit()
    }

    fn put_manifest(&self, manifest: &Manifest) -> Result<Digest> {
        if let Some(file) = manifest.files.iter().find(|f| !self.holds(&f.digest, f.size)) {
            return Err(self.missing(&file.digest).during(file.path.clone()));
        }
        self.put_bytes(&manifest.to_bytes()?)
    }

    fn get_file(&self, at: FileAddress<'_>, target: &Path, progress: Progress<'_>) -> Result<()> {
        let digest = at.digest;
        if !self.is_there(digest)? {
            return Err(self.missing(digest));
        }
        let mut new = NewFile::beside(target, Mode::Ordinary)?;
        let copied = stream::copy(&self.place(digest), new.file(), target, progress)
            .map_err(|e| self.not_there(digest, e))?;
        if copied.digest != *digest {
            return Err(self.tampered(digest, &copied.digest));
        }
        new.commit()
    }

    fn get_manifest(&self, package: &Digest) -> Result<Vec<u8>> {
        let place = self.place(package);
        let bytes =
            fs::read(&place).map_err(|e| self.not_there(package, Error::io("read", &place, e)))?;
        let found = Digest::of(&bytes);
        match found == *package {
            true => Ok(bytes),
            false => Err(self.tampered(package, &found)),
        }
    }

    fn check_writable(&self) -> Result<bool> {
        // The folder is made with the first blob: until then, what it will be made in counts.
        let made = self.root.ancestors().find(|folder| folder.exists()).unwrap_or(&self.root);
        let probe = tempfile::Builder::new().prefix(".outerloop-doctor").tempfile_in(made);
        probe.map(|_| true).map_err(|e| Error::io("write into", made, e))
    }

    fn capabilities(&self) -> StoreCapabilities {
        StoreCapabilities { shared: false, deduplicates: true, names: false, documents: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::store as suite;

    struct InFolder {
        store: FolderStore,
        _root: tempfile::TempDir,
    }

    impl InFolder {
        fn replace(&self, digest: &Digest, bytes: &[u8]) {
            let place = self.store.place(digest);
            fs::remove_file(&place).expect("removes");
            fs::write(place, bytes).expect("writes");
        }
    }

    impl suite::Subject for InFolder {
        fn store(&self) -> &dyn ArtifactStore {
            &self.store
        }

        fn overwrite_file(&self, at: FileAddress<'_>, bytes: &[u8]) {
            self.replace(at.digest, bytes);
        }

        fn overwrite_manifest(&self, package: &Digest, bytes: &[u8]) {
            self.replace(package, bytes);
        }

        fn kept(&self) -> usize {
            let mut count = 0;
            let mut folders = vec![self.store.root.join("blobs")];
            while let Some(folder) = folders.pop() {
                for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                    match entry.file_type().expect("a type").is_dir() {
                        true => folders.push(entry.path()),
                        false => count += 1,
                    }
                }
            }
            count
        }
    }

    fn make() -> Box<dyn suite::Subject> {
        let root = tempfile::tempdir().expect("a temporary folder");
        Box::new(InFolder { store: FolderStore::new(root.path().join("a store")), _root: root })
    }

    #[test]
    fn keeps_the_promises_of_a_store() {
        suite::run(&make).expect("every promise holds");
    }

    #[test]
    fn the_address_is_a_file_url_of_the_manifest() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let store = FolderStore::new(root.path().join("a store"));
        let digest = store.put_bytes(b"{}").expect("puts");
        let uri = store.uri(&digest);
        assert!(uri.starts_with("file:///") && uri.contains("a%20store/blobs/sha256/"), "{uri}");
        let path = reqwest::Url::parse(&uri).expect("a URL").to_file_path().expect("a path");
        assert_eq!(fs::read(path).expect("reads"), b"{}");
    }

    #[test]
    fn its_own_folder_is_kept_out_of_git_and_others_are_not_touched() {
        let root = tempfile::tempdir().expect("a temporary folder");
        FolderStore::new(root.path().join(".outerloop/store")).put_bytes(b"x").expect("puts");
        let ignore = root.path().join(".outerloop/.gitignore");
        assert_eq!(fs::read_to_string(ignore).expect("reads"), "*\n");
        FolderStore::new(root.path().join("elsewhere")).put_bytes(b"x").expect("puts");
        assert!(!root.path().join(".gitignore").exists());
        assert!(!root.path().join("elsewhere/.gitignore").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let root = tempfile::tempdir().expect("a temporary folder");
        fs::write(root.path().join("file"), b"").expect("writes");
        let store = FolderStore::new(root.path().join("file/store"));
        let error = store.put_bytes(b"x").expect_err("not a folder");
        assert!(error.to_string().contains("file/store"), "{error}");
    }
}
