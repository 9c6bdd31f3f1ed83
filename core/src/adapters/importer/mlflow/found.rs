//! Where the model's files are, and the run that made it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::address::Wanted;
use crate::adapters::mlflow::{Artifacts, Server, open};
use crate::domain::error::{Error, ErrorKind, Result};

/// A model that was found.
#[derive(Debug)]
pub(super) struct Found {
    /// Address of the artifacts, as the server tells it.
    pub uri: String,
    /// The run that they are of; none: they have an address of their own.
    pub of: Option<String>,
    /// Folder of the model among them; empty: all of them.
    pub below: String,
    /// The training run, where there is one.
    pub run: Option<String>,
}

impl Found {
    fn at(uri: String) -> Self {
        Self { uri, of: None, below: String::new(), run: None }
    }

    fn trained(self, run: Option<String>) -> Self {
        Self { run: run.or(self.run), ..self }
    }

    /// The artifacts.
    ///
    /// # Errors
    /// They are in a place that this program cannot reach.
    pub fn artifacts(&self, server: &Arc<Server>) -> Result<Arc<dyn Artifacts>> {
        open(server, &self.uri, self.of.as_deref())
    }
}

/// Finds the model.
pub(super) fn find(server: &Arc<Server>, wanted: &Wanted) -> Result<Found> {
    match wanted {
        Wanted::Version { name, number } => {
            let query = [("name", name.as_str()), ("version", number.as_str())];
            let answer: Value = server.get("model-versions/get", &query)?;
            version(server, name, &answer["model_version"])
        }
        Wanted::Alias { name, alias } => {
            let query = [("name", name.as_str()), ("alias", alias.as_str())];
            let answer: Value = server.get("registered-models/alias", &query)?;
            version(server, name, &answer["model_version"])
        }
        Wanted::Logged { id } => logged(server, id),
        Wanted::Run { id, path } => of_run(server, id, path),
    }
}

fn version(server: &Arc<Server>, name: &str, version: &Value) -> Result<Found> {
    let run = text(&version["run_id"]);
    let number = text(&version["version"]).unwrap_or_default();
    let query = [("name", name), ("version", number.as_str())];
    let answer: Value = server.get("model-versions/get-download-uri", &query)?;
    let uri = text(&answer["artifact_uri"]).or_else(|| text(&version["source"]));
    let uri = uri.ok_or_else(|| {
        Error::not_found(format!("MLflow does not say where {name} {number} is"))
            .hint("log the model again, or give its run: runs:/RUN/model")
    })?;
    // A version may point at a model of its run, or at a logged model.
    let found = match uri.parse::<Wanted>() {
        Ok(Wanted::Run { id, path }) => of_run(server, &id, &path)?,
        Ok(Wanted::Logged { id }) => logged(server, &id)?,
        _ => Found::at(uri),
    };
    Ok(found.trained(run))
}

fn logged(server: &Server, id: &str) -> Result<Found> {
    let answer: Value = server.get(&format!("logged-models/{id}"), &[])?;
    let info = &answer["model"]["info"];
    let uri = text(&info["artifact_uri"]).ok_or_else(|| {
        Error::not_found(format!("MLflow does not say where the logged model {id} is"))
            .hint("is it whole? Log the model again")
    })?;
    Ok(Found::at(uri).trained(text(&info["source_run_id"])))
}

/// A folder of the run's artifacts; since MLflow 3 also a model that the run logged by that name.
fn of_run(server: &Arc<Server>, id: &str, path: &str) -> Result<Found> {
    let answer: Value = server.get("runs/get", &[("run_id", id)])?;
    let info = &answer["run"]["info"];
    if let Some(uri) = text(&info["artifact_uri"]) {
        let run = Some(id.to_owned());
        let below = path.trim_matches('/').to_owned();
        let found = Found { uri, of: run.clone(), below, run };
        if !found.artifacts(server)?.files(&found.below)?.is_empty() {
            return Ok(found);
        }
    }
    let body = json!({
        "experiment_ids": [info["experiment_id"]],
        "filter": format!("source_run_id = '{id}' AND name = '{path}'"),
        "max_results": 2,
    });
    let answer = match server.set::<Value>("logged-models/search", &body) {
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::Unavailable) => Value::Null,
        answer => answer?,
    };
    let model = &answer["models"][0]["info"];
    let uri = text(&model["artifact_uri"]).ok_or_else(|| {
        Error::not_found(format!("the run {id} has no model `{path}`"))
            .hint("the run's page in MLflow lists its models and artifacts")
    })?;
    Ok(Found::at(uri).trained(Some(id.to_owned())))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
