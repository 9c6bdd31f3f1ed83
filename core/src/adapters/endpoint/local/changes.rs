//! Changes to what is served, one at a time, each written down before it is so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

use super::child::{Child, Spec};
use super::folder::{Folder, Saved, State};
use super::library;
use super::onnx::OnnxModel;
use super::package::Package;
use super::probe;
use super::router::Router;
use super::server::Materialise;
use super::slot::{Backend, Place, Slot};
use super::traffic::Table;
use super::watchdog;
use crate::config::valid::{EndpointConfig, Runtime};
use crate::domain::digest::Digest;
use crate::domain::endpoint::{SlotStatus, Traffic};
use crate::domain::error::{Error, Result};
use crate::domain::name::ModelName;
use crate::domain::package::MANIFEST;
use crate::domain::rollout::Pinned;

/// Changes what a router serves.
pub(super) struct Changes {
    router: Arc<Router>,
    folder: Folder,
    config: EndpointConfig,
    materialise: Arc<Materialise>,
    program: PathBuf,
    port: u16,
    one_at_a_time: Mutex<()>,
}

impl Changes {
    /// Changes for `router`; `program` proves models.
    pub(super) fn new(
        router: Arc<Router>,
        folder: Folder,
        config: EndpointConfig,
        materialise: Arc<Materialise>,
        program: PathBuf,
        port: u16,
    ) -> Self {
        let one_at_a_time = Mutex::new(());
        Self { router, folder, config, materialise, program, port, one_at_a_time }
    }

    /// Loads a version and proves that it answers; one that is loaded already is left alone.
    ///
    /// # Errors
    /// It cannot be loaded or does not answer; another model is served. Nothing has changed then.
    pub(super) async fn load(&self, model: ModelName, pinned: Pinned) -> Result<SlotStatus> {
        let _change = self.begin().await;
        let table = self.router.table();
        if let Some(slot) = table.slots.get(&pinned.version.to_string()) {
            return loaded_already(slot, &model, &pinned);
        }
        if let Some(served) = table.model().filter(|served| **served != model) {
            return Err(Error::conflict(format!("the endpoint serves {served}, not {model}"))
                .hint("give each model an endpoint of its own"));
        }
        let wanted = format!("load {model}@{}", pinned.version);
        let slot = self.prepare(model, pinned).await.map_err(|e| e.during(wanted))?;
        let status = slot.status();
        let mut slots = table.slots.clone();
        slots.insert(slot.name.clone(), Arc::new(slot));
        self.apply(slots, table.traffic.clone())?;
        Ok(status)
    }

    /// Sets the shares.
    ///
    /// # Errors
    /// They do not sum to 100, or name a version that is not loaded.
    pub(super) async fn set_traffic(&self, traffic: Traffic) -> Result<()> {
        let _change = self.begin().await;
        let table = self.router.table();
        if table.traffic == traffic {
            return Ok(());
        }
        self.apply(table.slots.clone(), traffic)
    }

    /// Unloads a version that gets no traffic; one that is not loaded is no error.
    ///
    /// # Errors
    /// It gets traffic.
    pub(super) async fn unload(&self, name: &str) -> Result<()> {
        let _change = self.begin().await;
        let table = self.router.table();
        let Some(slot) = table.slots.get(name) else { return Ok(()) };
        if table.is_used(name) {
            return Err(Error::conflict(format!("version {name} gets traffic"))
                .hint("give its share to another version first"));
        }
        let mut slots = table.slots.clone();
        slots.remove(name);
        let mut traffic = table.traffic.clone();
        traffic.weights.remove(name);
        self.apply(slots, traffic)?;
        slot.stop(self.config.request_timeout).await;
        let digest = slot.pinned.digest;
        if !self.router.table().slots.values().any(|s| s.pinned.digest == digest) {
            let _ = std::fs::remove_dir_all(self.folder.package(&digest));
        }
        Ok(())
    }

    /// Serves what was served last. A version that does not load any more is left out with a
    /// warning, and the heaviest other takes its share.
    ///
    /// # Errors
    /// The state cannot be read.
    pub(super) async fn restore(&self) -> Result<()> {
        let _change = self.begin().await;
        let state = State { port: self.port, ..self.folder.state()? };
        self.folder.set_state(&state)?;
        let mut slots = BTreeMap::new();
        for saved in state.slots {
            let name = saved.pinned.version.to_string();
            match self.prepare(saved.model, saved.pinned).await {
                Ok(slot) => {
                    slots.insert(name, Arc::new(slot));
                }
                Err(error) => tracing::error!("version {name} is not served any more: {error}"),
            }
        }
        let traffic = without_missing(state.traffic, &slots);
        self.router.set(Table::new(slots, traffic)?);
        Ok(())
    }

    /// Stops everything that runs; what is served stays written down for the next start.
    pub(super) async fn stop(&self) {
        let _change = self.begin().await;
        let table = self.router.table();
        let stops = table.slots.values().map(|slot| {
            let (slot, drain) = (Arc::clone(slot), self.config.request_timeout);
            tokio::spawn(async move { slot.stop(drain).await })
        });
        for stop in stops.collect::<Vec<_>>() {
            let _ = stop.await;
        }
    }

    async fn begin(&self) -> MutexGuard<'_, ()> {
        self.one_at_a_time.lock().await
    }

    fn apply(&self, slots: BTreeMap<String, Arc<Slot>>, traffic: Traffic) -> Result<()> {
        let saved = slots
            .values()
            .map(|s| Saved { model: s.model.clone(), pinned: s.pinned.clone() })
            .collect();
        let table = Table::new(slots, traffic.clone())?;
        self.folder.set_state(&State { port: self.port, slots: saved, traffic })?;
        self.router.set(table);
        Ok(())
    }

    /// Fetches, proves and loads a version.
    async fn prepare(&self, model: ModelName, pinned: Pinned) -> Result<Slot> {
        let package = self.fetch(pinned.digest).await?;
        match &self.config.runtime {
            Runtime::Onnx => self.prepare_onnx(model, pinned, package).await,
            Runtime::Command { command, health, score } => {
                let spec = self.spec(&pinned, &package, command, health, score);
                let child = Child::start(spec).await?;
                let signature = package.manifest.signature.clone().unwrap_or_default();
                let slot = Slot::new(model, pinned, signature, Backend::Child(child));
                if let Err(error) = self.prove_child(&slot, &package).await {
                    slot.stop(Duration::ZERO).await;
                    return Err(error);
                }
                Ok(slot)
            }
        }
    }

    async fn prepare_onnx(
        &self,
        model: ModelName,
        pinned: Pinned,
        package: Package,
    ) -> Result<Slot> {
        let limit = self.config.load_timeout;
        package.onnx_file()?;
        let library = aside(library::find).await?;
        probe::in_process(&self.program, &package.folder, &library, limit).await?;
        let load = move || {
            let loaded = Arc::new(OnnxModel::load(&package)?);
            watchdog::guard(Arc::downgrade(&loaded));
            probe::prove(&loaded, &package, limit)?;
            Ok(loaded)
        };
        let loaded = aside(load).await?;
        let signature = loaded.signature();
        Ok(Slot::new(model, pinned, signature, Backend::Onnx(loaded)))
    }

    fn spec(
        &self,
        pinned: &Pinned,
        package: &Package,
        command: &[String],
        health: &str,
        score: &str,
    ) -> Spec {
        let file = |suffix: &str| {
            self.folder.children().join(format!(
                "{}-{}{suffix}",
                pinned.version,
                pinned.digest.short()
            ))
        };
        Spec {
            command: command.to_vec(),
            health: health.to_owned(),
            score: score.to_owned(),
            model: package.model_path(),
            files: package.files(),
            log: file(".log"),
            note: file(".pid"),
            load_timeout: self.config.load_timeout,
        }
    }

    async fn prove_child(&self, slot: &Slot, package: &Package) -> Result<()> {
        let Some(sample) = probe::sample(package)? else { return Ok(()) };
        let limit = self.config.load_timeout;
        match slot.run(&Arc::new(sample), limit, Place::Aside).await {
            Ok(_) => Ok(()),
            Err(f) => {
                Err(Error::input(format!("the model fails its sample request: {}", f.message())))
            }
        }
    }

    /// The package on this disk, whole and as its digest says.
    async fn fetch(&self, digest: Digest) -> Result<Package> {
        let target = self.folder.package(&digest);
        let materialise = Arc::clone(&self.materialise);
        aside(move || {
            if let Ok(package) = Package::open(&target) {
                match package.verify(&digest) {
                    Ok(()) => return Ok(package),
                    Err(error) => tracing::warn!("fetching the package again: {error}"),
                }
            }
            fetch_into(&target, &digest, &*materialise)
        })
        .await
    }
}

/// Materialises beside `target`, verifies, and renames.
fn fetch_into(target: &Path, digest: &Digest, materialise: &Materialise) -> Result<Package> {
    let parent = target.parent().unwrap_or(Path::new("."));
    let temporary = tempfile::Builder::new()
        .prefix(".fetch-")
        .tempdir_in(parent)
        .map_err(|e| Error::io("create a folder in", parent, e))?;
    let folder = temporary.path().join("package");
    let manifest = materialise(digest, &folder)?;
    let path = folder.join(MANIFEST);
    if !path.exists() {
        std::fs::write(&path, manifest.to_bytes()?).map_err(|e| Error::io("write", &path, e))?;
    }
    Package::open(&folder)?.verify(digest)?;
    if target.exists() {
        std::fs::remove_dir_all(target).map_err(|e| Error::io("remove", target, e))?;
    }
    std::fs::rename(&folder, target).map_err(|e| Error::io("write", target, e))?;
    Package::open(target)
}

fn loaded_already(slot: &Slot, model: &ModelName, pinned: &Pinned) -> Result<SlotStatus> {
    if slot.model == *model && slot.pinned == *pinned {
        return Ok(slot.status());
    }
    let (name, found) = (&slot.name, &slot.pinned.digest);
    Err(Error::conflict(format!("{}@{name} is loaded with digest {found}", slot.model))
        .hint("versions are immutable; unload it first"))
}

/// The shares without versions that are not there; the heaviest other takes theirs.
fn without_missing(mut traffic: Traffic, slots: &BTreeMap<String, Arc<Slot>>) -> Traffic {
    traffic.weights.retain(|name, _| slots.contains_key(name));
    traffic.mirror = traffic.mirror.filter(|m| slots.contains_key(&m.slot));
    let sum: u8 = traffic.weights.values().fold(0, |a, b| a.saturating_add(*b));
    if let Some(heaviest) = traffic.weights.values_mut().max() {
        *heaviest += 100 - sum.min(100);
    }
    traffic
}

/// Runs what blocks on a thread for it.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(panic) => Err(Error::internal(format!("loading broke off: {panic}"))),
    }
}
