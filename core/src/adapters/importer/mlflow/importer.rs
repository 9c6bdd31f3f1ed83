//! The importer itself.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::address::Wanted;
use super::{download, found};
use crate::adapters::mlflow::Server;
use crate::domain::error::{Error, Result};
use crate::ports::import::{Brought, Importer};
use crate::ports::store::Progress;

/// Fetches models from an MLflow server.
#[derive(Debug)]
pub struct MlflowImporter {
    server: Arc<Server>,
}

impl MlflowImporter {
    /// Of the server `server`; nothing is sent yet.
    pub fn new(server: Arc<Server>) -> Self {
        Self { server }
    }

    /// Whether `address` is one of MLflow's.
    pub fn knows(address: &str) -> bool {
        Wanted::is_meant(address)
    }

    fn describe(&self, run: &str, brought: &mut Brought) -> Result<()> {
        let answer: Value = self.server.get("runs/get", &[("run_id", run)])?;
        let (info, data) = (&answer["run"]["info"], &answer["run"]["data"]);
        for metric in data["metrics"].as_array().into_iter().flatten() {
            let Some(key) = metric["key"].as_str() else { continue };
            // What is no number says nothing.
            if let Some(value) = metric["value"].as_f64().filter(|value| value.is_finite()) {
                brought.metrics.insert(key.to_owned(), value);
            }
        }
        for param in data["params"].as_array().into_iter().flatten() {
            if let (Some(key), Some(value)) = (param["key"].as_str(), param["value"].as_str()) {
                brought.params.insert(key.to_owned(), value.to_owned());
            }
        }
        let tag = |name: &str| {
            let tags = data["tags"].as_array()?;
            let found = tags.iter().find(|tag| tag["key"] == name)?;
            found["value"].as_str().map(str::to_owned)
        };
        let is_commit =
            |text: &String| text.len() == 40 && text.chars().all(|c| c.is_ascii_hexdigit());
        let experiment = info["experiment_id"].as_str().unwrap_or_default();
        brought.commit = tag("mlflow.source.git.commit").filter(is_commit);
        brought.run = Some(format!("{}/#/experiments/{experiment}/runs/{run}", self.server.base()));
        Ok(())
    }
}

impl Importer for MlflowImporter {
    fn bring(&self, address: &str, into: &Path, progress: Progress<'_>) -> Result<Brought> {
        let wanted: Wanted = address.parse()?;
        let fetch = || {
            self.server.check_version()?;
            let found = found::find(&self.server, &wanted)?;
            let artifacts = found.artifacts(&self.server)?;
            let model = into.join("model");
            if download::fetch(&*artifacts, &found.below, &model, progress)? == 0 {
                return Err(Error::not_found("there are no files")
                    .hint("somebody deleted them, or the model was never logged whole"));
            }
            let mut brought = Brought { model, ..Brought::default() };
            if let Some(run) = &found.run {
                self.describe(run, &mut brought)?;
            }
            Ok(brought)
        };
        fetch().map_err(|e| e.during(format!("import {address}")))
    }
}
