//! The runs that hold packages.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::adapters::mlflow::{Artifacts, Server, open};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::package::{FILES, Manifest};

/// Name of the experiment.
const EXPERIMENT: &str = "outerloop";
/// Digest of the package that a run holds, in hex digits.
const PACKAGE: &str = "outerloop.package";
/// `true`: the package is whole.
const WHOLE: &str = "outerloop.whole";
/// Most metrics in one call.
const BATCH: usize = 500;

/// A run that holds a package.
#[derive(Debug, Clone)]
pub(super) struct PackageRun {
    /// Its id.
    pub id: String,
    /// What it holds.
    pub artifacts: Arc<dyn Artifacts>,
    /// The package is whole.
    pub whole: bool,
    /// This process made it, and nothing is there that this process did not put.
    pub own: bool,
    /// Bytes of the files that other processes have put, once they were looked up.
    pub there: Arc<OnceLock<BTreeMap<String, u64>>>,
}

impl PackageRun {
    /// Whether another process has put this file.
    pub fn has(&self, path: &str, size: u64) -> Result<bool> {
        if self.own {
            return Ok(false);
        }
        let there = match self.there.get() {
            Some(there) => there,
            None => {
                let found = self.artifacts.files(FILES)?;
                self.there.get_or_init(|| found)
            }
        };
        Ok(there.get(path) == Some(&size))
    }
}

#[derive(Deserialize)]
struct ExperimentAnswer {
    experiment: Experiment,
}

#[derive(Deserialize)]
struct Experiment {
    experiment_id: String,
    #[serde(default)]
    lifecycle_stage: String,
}

#[derive(Deserialize)]
struct Made {
    experiment_id: String,
}

#[derive(Deserialize)]
struct RunsAnswer {
    #[serde(default)]
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct RunAnswer {
    run: Run,
}

#[derive(Deserialize)]
struct Run {
    info: Info,
    #[serde(default)]
    data: Data,
}

#[derive(Deserialize)]
struct Info {
    run_id: String,
    artifact_uri: String,
    #[serde(default)]
    start_time: Option<i64>,
}

#[derive(Default, Deserialize)]
struct Data {
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

/// The experiment's id; none: it is not there yet.
pub(super) fn experiment(server: &Server) -> Result<Option<String>> {
    let asked = [("experiment_name", EXPERIMENT)];
    let found: Result<ExperimentAnswer> = server.get("experiments/get-by-name", &asked);
    match found {
        Ok(ExperimentAnswer { experiment }) if experiment.lifecycle_stage == "deleted" => {
            Err(Error::not_found(format!("the experiment `{EXPERIMENT}` was deleted in MLflow"))
                .hint(format!(
                    "restore it: mlflow experiments restore -x {}",
                    experiment.experiment_id
                )))
        }
        Ok(ExperimentAnswer { experiment }) => Ok(Some(experiment.experiment_id)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Makes the experiment, which was not there a moment ago, and gives its id.
pub(super) fn make_experiment(server: &Server) -> Result<String> {
    let made = server.create::<Made>("experiments/create", &json!({"name": EXPERIMENT}));
    match made {
        Ok(made) => Ok(made.experiment_id),
        // Somebody else was first, or nobody heard the answer: its name is there once.
        Err((error, _)) => experiment(server)?.ok_or(error),
    }
}

/// The run that holds the package: one where it is whole before any other.
pub(super) fn find(
    server: &Arc<Server>,
    experiment: &str,
    package: &Digest,
) -> Result<Option<PackageRun>> {
    let body = json!({
        "experiment_ids": [experiment],
        "filter": format!("tags.`{PACKAGE}` = '{}'", package.hex()),
        "max_results": 100,
    });
    let mut found: RunsAnswer = server.set("runs/search", &body)?;
    found.runs.sort_by(|a, b| {
        let key = |run: &Run| (!run.whole(), run.info.start_time, run.info.run_id.clone());
        key(a).cmp(&key(b))
    });
    found.runs.into_iter().next().map(|run| run.located(server, false)).transpose()
}

/// Makes a run for the package.
pub(super) fn make(
    server: &Arc<Server>,
    experiment: &str,
    package: &Digest,
    now: jiff::Timestamp,
) -> Result<PackageRun> {
    let body = json!({
        "experiment_id": experiment,
        "run_name": package.short(),
        "start_time": now.as_millisecond(),
        "tags": [{"key": PACKAGE, "value": package.hex()}],
    });
    match server.create::<RunAnswer>("runs/create", &body) {
        Ok(answer) => answer.run.located(server, true),
        Err((error, false)) => Err(error),
        // Nobody heard whether it was made; another one would do no harm, and is not needed.
        Err((error, true)) => find(server, experiment, package)?.ok_or(error),
    }
}

/// Shows metrics, and where the model came from, in the run, and says that the package is whole.
pub(super) fn finish(
    server: &Server,
    run: &PackageRun,
    manifest: &Manifest,
    now: i64,
) -> Result<()> {
    let metrics: Vec<Value> = manifest
        .metrics
        .iter()
        .filter(|(_, value)| value.is_finite())
        .map(|(key, value)| json!({"key": key, "value": value, "timestamp": now, "step": 0}))
        .collect();
    let body = json!({"run_id": run.id, "status": "FINISHED", "end_time": now});
    server.set::<Value>("runs/update", &body)?;
    for batch in metrics.chunks(BATCH) {
        let body = json!({"run_id": run.id, "metrics": batch});
        server.set::<Value>("runs/log-batch", &body)?;
    }
    let provenance = &manifest.provenance;
    let mut tags = vec![("outerloop.format", manifest.format.as_str().to_owned())];
    tags.extend(provenance.commit.iter().map(|c| ("mlflow.source.git.commit", c.clone())));
    tags.extend(provenance.repository.iter().map(|r| ("mlflow.source.git.repoURL", r.clone())));
    tags.extend(provenance.run.iter().map(|r| ("outerloop.run", r.clone())));
    tags.push((WHOLE, "true".to_owned()));
    let tags: Vec<Value> = tags
        .iter()
        .map(|(key, value)| json!({"key": key, "value": value.chars().take(4000).collect::<String>()}))
        .collect();
    server.set::<Value>("runs/log-batch", &json!({"run_id": run.id, "tags": tags})).map(|_| ())
}

impl Run {
    fn whole(&self) -> bool {
        self.data.tags.iter().any(|tag| tag.key == WHOLE && tag.value == "true")
    }

    fn located(self, server: &Arc<Server>, own: bool) -> Result<PackageRun> {
        let whole = self.whole();
        let Info { run_id: id, artifact_uri: uri, .. } = self.info;
        let artifacts = open(server, &uri, Some(&id))?;
        Ok(PackageRun { id, artifacts, whole, own, there: Arc::default() })
    }
}
