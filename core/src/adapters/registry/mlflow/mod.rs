//! The registry on an MLflow server: events are tags of the registered model, and versions, aliases
//! and tags show what they add up to.

mod calls;
mod claim;
mod lineage;
mod log;
mod mirror;
mod tags;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::ledger::LedgerRegistry;
use crate::adapters::mlflow::Server;
use crate::domain::name::ModelName;
use crate::ports::clock::Clock;

/// The registry on an MLflow server.
pub type MlflowRegistry = LedgerRegistry<Mlflow, Mlflow>;

/// One MLflow server, as log and as mirror.
#[derive(Debug, Clone)]
pub struct Mlflow {
    server: Arc<Server>,
    /// The claims that this process holds.
    held: Arc<Mutex<BTreeMap<ModelName, claim::Held>>>,
}

impl Mlflow {
    /// The registry on `server`. Nothing is sent yet.
    pub fn registry(server: Arc<Server>, clock: Arc<dyn Clock>) -> MlflowRegistry {
        let mlflow = Self { server, held: Arc::default() };
        LedgerRegistry::new(mlflow.clone(), mlflow, clock)
    }
}
