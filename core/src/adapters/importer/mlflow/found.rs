//! Where the model's files are, and the run that made it.

use serde_json::{Value, json};

use super::address::Wanted;
use crate::adapters::mlflow::Server;
use crate::domain::error::{Error, ErrorKind, Result};

/// A model that was found.
#[derive(Debug)]
pub(super) struct Found {
    /// Address of its folder, as the server tells it.
    pub uri: String,
    /// The training run, where there is one.
    pub run: Option<String>,
}

/// Finds the model.
pub(super) fn find(server: &Server, wanted: &Wanted) -> Result<Found> {
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

fn version(server: &Server, name: &str, version: &Value) -> Result<Found> {
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
        _ => Found { uri, run: None },
    };
    Ok(Found { run: run.or(found.run), uri: found.uri })
}

fn logged(server: &Server, id: &str) -> Result<Found> {
    let answer: Value = server.get(&format!("logged-models/{id}"), &[])?;
    let info = &answer["model"]["info"];
    let uri = text(&info["artifact_uri"]).ok_or_else(|| {
        Error::not_found(format!("MLflow does not say where the logged model {id} is"))
            .hint("is it whole? Log the model again")
    })?;
    Ok(Found { uri, run: text(&info["source_run_id"]) })
}

/// A folder of the run's artifacts; since MLflow 3 also a model that the run logged by that name.
fn of_run(server: &Server, id: &str, path: &str) -> Result<Found> {
    let answer: Value = server.get("runs/get", &[("run_id", id)])?;
    let info = &answer["run"]["info"];
    let listed: Value = server.get("artifacts/list", &[("run_id", id), ("path", path)])?;
    let there = listed["files"].as_array().is_some_and(|files| !files.is_empty());
    if there && let Some(root) = text(&info["artifact_uri"]) {
        let uri = format!("{}/{path}", root.trim_end_matches('/'));
        return Ok(Found { uri, run: Some(id.to_owned()) });
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
    Ok(Found { uri, run: Some(id.to_owned()) })
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
