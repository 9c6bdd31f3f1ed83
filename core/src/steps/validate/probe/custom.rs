//! Asks a program of the user's.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::look::Case;
use crate::config::env;
use crate::config::valid::Config;
use crate::domain::error::{Error, Result};
use crate::domain::metric::Task;
use crate::domain::package::{FILES, Manifest};
use crate::domain::record::VersionRecord;
use crate::files::place::{self, Mode};
use crate::gates::Predictions;
use crate::gates::custom::Custom;
use crate::gates::probes::Answered;
use crate::ports::programs::Run;
use crate::steps::validate::Backends;

/// Most bytes that an answer may have.
const MOST: usize = 1 << 20;
/// What stands for the path of the input in the command.
const INPUT: &str = "{input}";

/// Writes what is known to a file and runs the program with it.
pub(super) fn ask(
    settings: &Custom,
    case: &Case<'_>,
    package: Option<PathBuf>,
    backends: &Backends<'_>,
    config: &Config,
) -> Result<Answered> {
    let folder =
        tempfile::tempdir().map_err(|e| Error::unavailable(format!("no temporary folder: {e}")))?;
    let input = folder.path().join("input.json");
    let known = known(settings, case, package.map(|folder| folder.join(FILES)))?;
    place::write(&input, known.to_string().as_bytes(), Mode::Ordinary)?;
    let input = input.display().to_string();
    let command: Vec<String> =
        settings.command.iter().map(|part| part.replace(INPUT, &input)).collect();
    let run = Run {
        command: &command,
        folder: &config.root,
        variables: &[(env::GATE_INPUT.to_owned(), input)],
        timeout: settings.timeout(),
        most: MOST,
    };
    let ran = backends.programs.run(&run)?;
    Ok(Answered { failure: ran.failure, output: ran.output, words: ran.words })
}

/// The JSON that the program reads; docs/gates/custom.md describes it.
fn known(settings: &Custom, case: &Case<'_>, files: Option<PathBuf>) -> Result<Value> {
    let version = |(record, manifest): (&VersionRecord, &Manifest)| -> Result<Value> {
        let manifest = serde_json::to_value(manifest)
            .map_err(|e| Error::internal(format!("the manifest is no JSON: {e}")))?;
        Ok(json!({
            "version": record.version.to_string(),
            "digest": record.digest.to_string(),
            "package": manifest,
        }))
    };
    Ok(json!({
        "format": 1,
        "name": settings.name,
        "model": case.challenger.0.model.to_string(),
        "challenger": version(case.challenger)?,
        "champion": case.champion.map(version).transpose()?,
        "predictions": case.predictions.map(predictions),
        "files": files.map(|folder| folder.display().to_string()),
    }))
}

fn predictions(loaded: &Predictions) -> Value {
    let task = match loaded.task {
        Task::Binary => "binary",
        Task::Multiclass => "multiclass",
        Task::Regression => "regression",
    };
    json!({"source": loaded.source, "rows": loaded.rows(), "task": task})
}
