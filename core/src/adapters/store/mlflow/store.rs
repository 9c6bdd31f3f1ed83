//! The store itself: the port's calls over one server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use super::artifacts::place;
use super::runs::{self, PackageRun};
use crate::adapters::mlflow::{Fetch, Server};
use crate::adapters::objects::{Frame, Whole};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::package::{FILES, MANIFEST, Manifest};
use crate::files::stream;
use crate::ports::store::{ArtifactStore, FileAddress, Progress, StoreCapabilities};

/// Packages as artifacts of an MLflow server.
#[derive(Debug)]
pub struct MlflowStore {
    server: Arc<Server>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    experiment: Option<String>,
    runs: BTreeMap<Digest, PackageRun>,
}

impl MlflowStore {
    /// The store on `server`. Nothing is sent yet.
    pub fn new(server: Arc<Server>) -> Self {
        Self { server, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The run that holds the package, if there is one.
    fn find(&self, package: &Digest) -> Result<Option<PackageRun>> {
        let mut known = self.known();
        if let Some(run) = known.runs.get(package) {
            return Ok(Some(run.clone()));
        }
        if known.experiment.is_none() {
            known.experiment = runs::experiment(&self.server)?;
        }
        let Some(experiment) = &known.experiment else { return Ok(None) };
        let found = runs::find(&self.server, experiment, package)?;
        if let Some(run) = &found {
            known.runs.insert(*package, run.clone());
        }
        Ok(found)
    }

    /// The run that holds the package, or is to.
    fn need(&self, package: &Digest) -> Result<PackageRun> {
        if let Some(run) = self.find(package)? {
            return Ok(run);
        }
        // Held while the run is made: of several threads one makes it.
        let mut known = self.known();
        if let Some(run) = known.runs.get(package) {
            return Ok(run.clone());
        }
        let experiment = match known.experiment.clone() {
            Some(id) => id,
            None => runs::make_experiment(&self.server)?,
        };
        let now = self.server.clock().now();
        let run = runs::make(&self.server, &experiment, package, now)?;
        known.experiment = Some(experiment);
        known.runs.insert(*package, run.clone());
        Ok(run)
    }

    /// The run of a package that is whole.
    fn whole(&self, package: &Digest) -> Result<Option<PackageRun>> {
        if let Some(run) = self.find(package)?.filter(|run| run.whole) {
            return Ok(Some(run));
        }
        // Another process may have completed one meanwhile.
        let Some(experiment) = self.known().experiment.clone() else { return Ok(None) };
        Ok(runs::find(&self.server, &experiment, package)?.filter(|run| run.whole))
    }

    fn missing(&self, package: &Digest) -> Error {
        Error::not_found(format!(
            "package {package} is not on the MLflow server {}",
            self.server.base()
        ))
        .hint("is this the store that it was registered with? See `store` in outerloop.yaml")
    }
}

/// Holds what is there against the manifest.
fn check_files(run: &PackageRun, manifest: &Manifest) -> Result<()> {
    let there = run.artifacts.files(FILES)?;
    let again = "run the same command again: it is sent anew";
    for file in &manifest.files {
        match there.get(&place(&file.path)) {
            Some(size) if *size == file.size => {}
            Some(size) => {
                let message = format!(
                    "{} has {size} bytes on the MLflow server, and {} here",
                    file.path, file.size
                );
                return Err(Error::integrity(message).hint(again));
            }
            None => {
                let message = format!("{} is not on the MLflow server", file.path);
                return Err(Error::not_found(message).hint(again));
            }
        }
    }
    Ok(())
}

impl ArtifactStore for MlflowStore {
    fn uri(&self, package: &Digest) -> String {
        match self.find(package) {
            Ok(Some(run)) => format!("runs:/{}/files", run.id),
            _ => format!("mlflow-package:{}", package.hex()),
        }
    }

    fn contains(&self, package: &Digest) -> Result<bool> {
        Ok(self.whole(package)?.is_some())
    }

    fn put_file(&self, at: FileAddress<'_>, source: &Path, progress: Progress<'_>) -> Result<()> {
        let size = std::fs::metadata(source).map_err(|e| Error::io("read", source, e))?.len();
        let run = self.need(at.package)?;
        let path = place(at.path);
        if run.has(&path, size)? {
            progress(size);
            return Ok(());
        }
        let whole = Whole { source, size, digest: at.digest, frame: Frame::default() };
        run.artifacts.put(&path, whole, progress)
    }

    fn put_manifest(&self, manifest: &Manifest) -> Result<Digest> {
        let bytes = manifest.to_bytes()?;
        let package = Digest::of(&bytes);
        let run = self.need(&package)?;
        check_files(&run, manifest)?;
        if run.whole {
            return Ok(package);
        }
        let (_folder, source) = beside()?;
        std::fs::write(&source, &bytes).map_err(|e| Error::io("write", &source, e))?;
        let whole = Whole {
            source: &source,
            size: bytes.len() as u64,
            digest: &package,
            frame: Frame::default(),
        };
        run.artifacts.put(MANIFEST, whole, &stream::silent)?;
        let now = self.server.clock().now().as_millisecond();
        runs::finish(&self.server, &run, manifest, now)?;
        self.known().runs.insert(package, PackageRun { whole: true, ..run });
        Ok(package)
    }

    fn get_file(&self, at: FileAddress<'_>, target: &Path, progress: Progress<'_>) -> Result<()> {
        let run = self.whole(at.package)?.ok_or_else(|| self.missing(at.package))?;
        let fetch = Fetch { into: target, digest: Some(at.digest), progress };
        run.artifacts.fetch(&place(at.path), fetch).map_err(|e| match e.kind() {
            ErrorKind::NotFound => Error::integrity(e.to_string())
                .hint("somebody deleted it there; register the package again"),
            _ => e,
        })
    }

    fn get_manifest(&self, package: &Digest) -> Result<Vec<u8>> {
        let run = self.whole(package)?.ok_or_else(|| self.missing(package))?;
        let (_folder, into) = beside()?;
        let fetch = Fetch { into: &into, digest: Some(package), progress: &stream::silent };
        run.artifacts.fetch(MANIFEST, fetch).map_err(|e| match e.kind() {
            ErrorKind::NotFound => self.missing(package),
            _ => e,
        })?;
        std::fs::read(&into).map_err(|e| Error::io("read", &into, e))
    }

    fn capabilities(&self) -> StoreCapabilities {
        StoreCapabilities { shared: true, deduplicates: false, names: false, documents: false }
    }
}

/// A temporary folder, and a file in it.
fn beside() -> Result<(TempDir, PathBuf)> {
    let folder =
        tempfile::tempdir().map_err(|e| Error::io("make", Path::new("a temporary folder"), e))?;
    let file = folder.path().join(MANIFEST);
    Ok((folder, file))
}
