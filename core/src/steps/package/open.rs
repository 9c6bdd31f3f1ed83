//! Reads a package folder and believes nothing that its digests do not show.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rayon::prelude::*;

use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::package::{FILES, FileEntry, MANIFEST, Manifest};
use crate::files::{stream, walk};
use crate::ports::store::Progress;

/// Reads the package in `folder` and verifies it: the manifest is canonical, each file has its
/// size and digest, and there are no others. Returns the manifest and the package digest.
///
/// # Errors
/// No package there; a manifest that cannot be read; a file that is missing, changed, cut short
/// or not listed, by its name.
pub fn open(folder: &Path) -> Result<(Manifest, Digest)> {
    open_with(folder, &stream::silent)
}

/// As [`open`], and tells `progress` the bytes as they are read.
///
/// # Errors
/// As [`open`].
pub fn open_with(folder: &Path, progress: Progress<'_>) -> Result<(Manifest, Digest)> {
    let (manifest, digest) = read_manifest(folder)?;
    let files = folder.join(FILES);
    refuse_unlisted(&manifest, &files)?;
    manifest.files.par_iter().try_for_each(|entry| verify(entry, &files, progress))?;
    Ok((manifest, digest))
}

/// Reads the manifest alone; the files are not looked at.
///
/// # Errors
/// No package there, or a manifest that cannot be read or is not canonical.
pub fn read_manifest(folder: &Path) -> Result<(Manifest, Digest)> {
    let place = folder.join(MANIFEST);
    let bytes = fs::read(&place).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => {
            Error::not_found(format!("{} is not a package: it has no {MANIFEST}", folder.display()))
                .hint("run `outerloop package` first, or name the package's folder")
        }
        _ => Error::io("read", &place, e),
    })?;
    let manifest = parse(&bytes).map_err(|e| e.during(folder.display().to_string()))?;
    Ok((manifest, Digest::of(&bytes)))
}

/// Reads manifest bytes and refuses any that this program would not have written.
pub(super) fn parse(bytes: &[u8]) -> Result<Manifest> {
    let manifest = Manifest::from_bytes(bytes)?;
    if manifest.to_bytes()? != bytes {
        return Err(Error::integrity(format!("{MANIFEST} is not in canonical form"))
            .hint("it was edited by hand; package the model again"));
    }
    Ok(manifest)
}

fn refuse_unlisted(manifest: &Manifest, files: &Path) -> Result<()> {
    let listed: BTreeSet<&str> = manifest.files.iter().map(|f| f.path.as_str()).collect();
    for found in walk::files(files)? {
        if !listed.contains(found.path.as_str()) {
            let place = files.join(&found.path);
            return Err(Error::integrity(format!("{} is not in {MANIFEST}", place.display()))
                .hint("it was added after packaging; package the model again"));
        }
    }
    Ok(())
}

fn verify(entry: &FileEntry, files: &Path, progress: Progress<'_>) -> Result<()> {
    let place = files.join(&entry.path);
    let changed = |what: String| {
        Error::integrity(format!("{} {what}", place.display()))
            .hint("the file was changed after it was packaged; package the model again")
    };
    let size = match fs::metadata(&place) {
        Ok(metadata) => metadata.len(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(changed("is missing".to_owned()));
        }
        Err(e) => return Err(Error::io("read", &place, e)),
    };
    if size != entry.size {
        return Err(changed(format!("has {size} bytes, expected {}", entry.size)));
    }
    let found = stream::hash(&place, progress)?.digest;
    if found != entry.digest {
        return Err(changed(format!("has the digest {found}, expected {}", entry.digest)));
    }
    Ok(())
}
