//! A package into a store, and out of it.

use std::path::Path;

use rayon::prelude::*;

use super::open::{open, parse, read_manifest};
use crate::domain::digest::Digest;
use crate::domain::error::{ErrorKind, Result};
use crate::domain::package::{FILES, FileEntry, MANIFEST, Manifest};
use crate::files::place::{self, Mode, NewFolder};
use crate::files::stream;
use crate::ports::store::{ArtifactStore, FileAddress, Progress};

/// Puts the package in `folder` into the store: every file, and last the manifest, so that a
/// manifest in the store always has its files. Each file is verified on its way. Returns the
/// package digest.
///
/// # Errors
/// No package there, a file that no longer has its digest, or the store fails. What was put
/// before the failure stays, and is found again by the next try.
pub fn store(folder: &Path, store: &dyn ArtifactStore) -> Result<Digest> {
    store_with(folder, store, &stream::silent)
}

/// As [`store()`], and tells `progress` the bytes as they are read.
///
/// # Errors
/// As [`store()`].
pub fn store_with(
    folder: &Path,
    store: &dyn ArtifactStore,
    progress: Progress<'_>,
) -> Result<Digest> {
    let (manifest, package) = read_manifest(folder)?;
    manifest.files.par_iter().try_for_each(|file| {
        let source = folder.join(FILES).join(&file.path);
        store.put_file(address(&package, file), &source, progress)
    })?;
    store.put_manifest(&manifest)
}

/// Where a file of the package is in a store.
pub fn address<'a>(package: &'a Digest, file: &'a FileEntry) -> FileAddress<'a> {
    FileAddress { package, path: &file.path, digest: &file.digest }
}

/// The manifest of the package with this digest.
///
/// # Errors
/// It is not in the store, its bytes do not match the digest, or they are no manifest.
pub fn manifest(digest: &Digest, store: &dyn ArtifactStore) -> Result<Manifest> {
    parse(&store.get_manifest(digest)?).map_err(|e| e.during(format!("package {digest}")))
}

/// Makes the package with this digest in the folder `target`, whole or not at all. A target that
/// holds this very package, intact, is left as it is; another package is replaced.
///
/// # Errors
/// A blob is missing from the store or does not match its digest; the target holds something that
/// is no package, or cannot be written.
pub fn fetch(digest: &Digest, store: &dyn ArtifactStore, target: &Path) -> Result<Manifest> {
    if let Ok((manifest, found)) = open(target)
        && found == *digest
    {
        return Ok(manifest);
    }
    let manifest = manifest(digest, store)?;
    let new = NewFolder::beside(target, MANIFEST)?;
    let files = new.path().join(FILES);
    place::make_folder(&files)?;
    manifest.files.par_iter().try_for_each(|file| {
        let target = files.join(&file.path);
        store.get_file(address(digest, file), &target, &stream::silent).map_err(|e| {
            match e.kind() {
                ErrorKind::NotFound | ErrorKind::Integrity => e.during(file.path.clone()),
                _ => e,
            }
        })
    })?;
    place::write(&new.path().join(MANIFEST), &manifest.to_bytes()?, Mode::Ordinary)?;
    match new.commit() {
        // Somebody else made the same package here meanwhile: that is as good.
        Err(error) => match read_manifest(target) {
            Ok((_, found)) if found == *digest => Ok(manifest),
            _ => Err(error),
        },
        Ok(()) => Ok(manifest),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::adapters::store::FolderStore;
    use crate::domain::package::Format;

    fn package(folder: &Path) -> Digest {
        let mut files = Vec::new();
        for (path, bytes) in [("a/model.bin", &b"weights"[..]), ("b.txt", b"")] {
            place::write(&folder.join(FILES).join(path), bytes, Mode::Ordinary).expect("writes");
            files.push(FileEntry::of(path, bytes));
        }
        let manifest = Manifest::of(Format::Generic, files);
        fs::write(folder.join(MANIFEST), manifest.to_bytes().expect("bytes")).expect("writes");
        manifest.digest().expect("a digest")
    }

    struct Scene {
        root: tempfile::TempDir,
        store: FolderStore,
        digest: Digest,
    }

    fn scene() -> Scene {
        let root = tempfile::tempdir().expect("a temporary folder");
        let digest = package(&root.path().join("package"));
        let store = FolderStore::new(root.path().join("store"));
        Scene { root, store, digest }
    }

    #[test]
    fn a_package_comes_out_of_the_store_as_it_went_in() {
        let scene = scene();
        let path = scene.root.path();
        assert_eq!(store(&path.join("package"), &scene.store).expect("stores"), scene.digest);
        let target = path.join("out");
        let fetched = fetch(&scene.digest, &scene.store, &target).expect("fetches");
        let (manifest, digest) = open(&target).expect("opens");
        assert_eq!((manifest, digest), (fetched, scene.digest));
        assert_eq!(fs::read(target.join("files/a/model.bin")).expect("reads"), b"weights");
        fetch(&scene.digest, &scene.store, &target).expect("fetches again");
    }

    #[test]
    fn a_damaged_copy_is_replaced_by_fetching_again() {
        let scene = scene();
        let target = scene.root.path().join("package");
        store(&target, &scene.store).expect("stores");
        fs::write(target.join("files/a/model.bin"), b"WEIGHTS").expect("writes");
        fetch(&scene.digest, &scene.store, &target).expect("fetches");
        assert_eq!(open(&target).expect("opens").1, scene.digest);
    }

    #[test]
    fn changed_missing_longer_and_unlisted_files_are_named() {
        type Harm = fn(&Path);
        let harms: [(Harm, &str); 5] = [
            (
                |f| fs::write(f.join("a/model.bin"), b"WEIGHTS").expect("writes"),
                "model.bin has the digest",
            ),
            (|f| fs::write(f.join("a/model.bin"), b"w").expect("writes"), "model.bin has 1 bytes"),
            (|f| fs::remove_file(f.join("b.txt")).expect("removes"), "b.txt is missing"),
            (|f| fs::write(f.join("evil"), b"").expect("writes"), "evil is not in"),
            (
                |f| fs::write(f.join("../outerloop-package.json"), b"{ }").expect("writes"),
                "not a package manifest",
            ),
        ];
        for (harm, message) in harms {
            let scene = scene();
            let package = scene.root.path().join("package");
            harm(&package.join(FILES));
            let error = open(&package).expect_err("refused");
            assert!(error.to_string().contains(message), "{error}");
        }
    }

    #[test]
    fn a_manifest_edited_by_hand_is_refused() {
        let scene = scene();
        let place = scene.root.path().join("package").join(MANIFEST);
        let mut text = fs::read_to_string(&place).expect("reads");
        text.push('\n');
        fs::write(&place, text).expect("writes");
        let error = open(&scene.root.path().join("package")).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Integrity);
    }

    #[test]
    fn a_changed_file_does_not_get_into_the_store_and_a_failed_fetch_leaves_nothing() {
        let scene = scene();
        let path = scene.root.path();
        fs::write(path.join("package/files/a/model.bin"), b"WEIGHTS").expect("writes");
        let error = store(&path.join("package"), &scene.store).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Integrity);
        assert!(!scene.store.contains(&scene.digest).expect("asks"));

        package(&path.join("package"));
        store(&path.join("package"), &scene.store).expect("stores");
        let hex = Digest::of(b"weights").hex();
        fs::remove_file(path.join("store/blobs/sha256").join(&hex[..2]).join(&hex))
            .expect("removes");
        let error = fetch(&scene.digest, &scene.store, &path.join("out")).expect_err("refused");
        assert!(error.to_string().contains("a/model.bin"), "{error}");
        let left: Vec<_> =
            fs::read_dir(path).expect("lists").flatten().map(|e| e.file_name()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }
}
