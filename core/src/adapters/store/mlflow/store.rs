//! The store itself: the port's calls over one server.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use super::artifacts::{place, sizes, split};
use super::runs::{self, PackageRun};
use crate::adapters::http::Upload;
use crate::adapters::mlflow::{BytesSink, FileSink, Server};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::package::{MANIFEST, Manifest};
use crate::files::place::{Mode, NewFile};
use crate::files::stream;
use crate::ports::store::{ArtifactStore, FileAddress, Progress, StoreCapabilities};

/// How often an upload's progress is told.
const TELL: Duration = Duration::from_millis(100);

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
        let experiment = runs::need_experiment(&self.server)?;
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

    /// Sends the file and gives the digest of what was sent.
    fn send(&self, to: &str, source: &Path, size: u64, progress: Progress<'_>) -> Result<Digest> {
        let upload = Upload::new(source, size);
        let (done, ended) = mpsc::channel();
        std::thread::scope(|scope| {
            let sending = scope.spawn(|| {
                let sent = self.server.put(to, upload.clone());
                // Nobody listens any more only where the other side is gone.
                let _ = done.send(());
                sent
            });
            let mut told = 0;
            let mut tell = || {
                let sent = upload.sent();
                if sent > told {
                    progress(sent - told);
                    told = sent;
                }
            };
            while ended.recv_timeout(TELL).is_err() && !sending.is_finished() {
                tell();
            }
            tell();
            match sending.join() {
                Ok(sent) => sent,
                Err(_) => Err(Error::internal("the sending thread panicked")),
            }
        })?;
        Ok(upload.digest())
    }

    fn check_files(&self, run: &PackageRun, manifest: &Manifest) -> Result<()> {
        let places: Vec<(String, &crate::domain::package::FileEntry)> =
            manifest.files.iter().map(|file| (place(&run.root, &file.path), file)).collect();
        let mut folders = BTreeSet::new();
        for (place, _) in &places {
            folders.insert(split(place)?.0);
        }
        let mut listed = BTreeMap::new();
        for folder in folders {
            listed.insert(folder, sizes(&self.server, folder)?);
        }
        for (place, file) in &places {
            let (folder, name) = split(place)?;
            match listed.get(folder).and_then(|sizes| sizes.get(name)) {
                Some(size) if *size == file.size => {}
                Some(size) => {
                    return Err(Error::integrity(format!(
                        "{} has {size} bytes on the MLflow server, and {} here",
                        file.path, file.size
                    ))
                    .hint("run the same command again: it is sent anew"));
                }
                None => {
                    return Err(Error::not_found(format!(
                        "{} is not on the MLflow server",
                        file.path
                    ))
                    .hint("run the same command again: it is sent anew"));
                }
            }
        }
        Ok(())
    }
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
        let to = place(&run.root, at.path);
        if !run.own {
            let (folder, name) = split(&to)?;
            if sizes(&self.server, folder)?.get(name) == Some(&size) {
                progress(size);
                return Ok(());
            }
        }
        let sent = self.send(&to, source, size, progress)?;
        if sent != *at.digest {
            self.server.remove(&to)?;
            return Err(stream::another(source, &sent, at.digest));
        }
        Ok(())
    }

    fn put_manifest(&self, manifest: &Manifest) -> Result<Digest> {
        let bytes = manifest.to_bytes()?;
        let package = Digest::of(&bytes);
        let run = self.need(&package)?;
        self.check_files(&run, manifest)?;
        if run.whole {
            return Ok(package);
        }
        let folder = tempfile::tempdir()
            .map_err(|e| Error::io("make", Path::new("a temporary folder"), e))?;
        self.server.put_bytes(&format!("{}/{MANIFEST}", run.root), bytes, folder.path())?;
        let now = self.server.clock().now().as_millisecond();
        runs::describe(&self.server, &run, manifest, now)?;
        runs::finish(&self.server, &run, now)?;
        self.known().runs.insert(package, PackageRun { whole: true, ..run });
        Ok(package)
    }

    fn get_file(&self, at: FileAddress<'_>, target: &Path, progress: Progress<'_>) -> Result<()> {
        let run = self.whole(at.package)?.ok_or_else(|| self.missing(at.package))?;
        let from = place(&run.root, at.path);
        let mut new = NewFile::beside(target, Mode::Ordinary)?;
        let mut sink = FileSink::new(new.file(), progress);
        self.server.fetch(&from, &mut sink).map_err(|e| match e.kind() {
            ErrorKind::NotFound => Error::not_found(format!("{from} is not on the MLflow server"))
                .hint("somebody deleted it there; register the package again"),
            _ => e,
        })?;
        let found = sink.digest();
        if found != *at.digest {
            return Err(Error::integrity(format!(
                "{from} on the MLflow server has the digest {found}"
            ))
            .hint("it was changed or cut short there; delete it and register the package again"));
        }
        new.commit()
    }

    fn get_manifest(&self, package: &Digest) -> Result<Vec<u8>> {
        let run = self.whole(package)?.ok_or_else(|| self.missing(package))?;
        let from = format!("{}/{MANIFEST}", run.root);
        let mut sink = BytesSink::default();
        self.server.fetch(&from, &mut sink).map_err(|e| match e.kind() {
            ErrorKind::NotFound => self.missing(package),
            _ => e,
        })?;
        let found = Digest::of(&sink.bytes);
        if found == *package {
            return Ok(sink.bytes);
        }
        Err(Error::integrity(format!("{from} on the MLflow server has the digest {found}"))
            .hint("it was changed there; delete the run and register the package again"))
    }

    fn capabilities(&self) -> StoreCapabilities {
        StoreCapabilities { shared: true, deduplicates: false, names: false, documents: false }
    }
}
