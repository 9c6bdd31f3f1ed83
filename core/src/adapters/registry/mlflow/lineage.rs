//! What a version says of itself to those who look at it in MLflow.

use serde_json::{Value, json};

use crate::domain::digest::Digest;
use crate::domain::event::{Event, Registered};
use crate::domain::record::VersionRecord;

/// Version, as this program calls it.
pub(super) const VERSION: &str = "outerloop.version";
/// Digest of the package.
pub(super) const DIGEST: &str = "outerloop.digest";
/// Id of the event that made the version.
pub(super) const EVENT: &str = "outerloop.event";
/// `true`: put away.
pub(super) const ARCHIVED: &str = "outerloop.archived";
/// Answer of the newest validation.
pub(super) const VERDICT: &str = "outerloop.verdict";

/// The body of the call that makes the version of `record`. `made` is the event that registered it,
/// where it is at hand.
pub(super) fn version(record: &VersionRecord, made: Option<(&Event, &Registered)>) -> Value {
    let mut tags = vec![
        (VERSION, record.version.to_string()),
        (DIGEST, record.digest.to_string()),
        (EVENT, record.event.to_string()),
        ("outerloop.format", record.format.as_str().to_owned()),
    ];
    let commit = made.and_then(|(_, data)| data.commit.clone());
    tags.extend(commit.map(|commit| ("git.commit", commit)));
    let tags: Vec<Value> =
        tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    let mut body = json!({
        "name": record.model,
        "source": source(&record.uri, &record.digest),
        "description": description(record, made),
        "tags": tags,
    });
    if let Some(run) = run_of(&record.uri) {
        body["run_id"] = json!(run);
    }
    body
}

/// Where MLflow's own client finds the files. Of a place that MLflow does not know, only a name.
pub(super) fn source(uri: &str, digest: &Digest) -> String {
    let known = ["runs:/", "s3://", "gs://", "wasbs://", "abfss://", "dbfs:/"];
    if known.iter().any(|scheme| uri.starts_with(scheme)) && !uri.contains("..") {
        return uri.to_owned();
    }
    format!("outerloop://packages/{}", digest.hex())
}

/// The run in `runs:/<run>/…`.
fn run_of(uri: &str) -> Option<&str> {
    uri.strip_prefix("runs:/")?.split('/').next()
}

/// Markdown, as MLflow shows it.
fn description(record: &VersionRecord, made: Option<(&Event, &Registered)>) -> String {
    let mut lines = vec![
        format!("Version {} of {}, registered by Outerloop.", record.version, record.model),
        String::new(),
        format!("- package: `{}`", record.digest),
    ];
    if let Some((event, data)) = made {
        lines.push(format!("- by: {}", code(&event.actor)));
        lines.extend(data.commit.iter().map(|commit| format!("- commit: {}", code(commit))));
        lines.extend(event.run.iter().map(|run| format!("- run: {}", code(run))));
    }
    lines.join("\n")
}

/// Text from outside as code, on one line.
fn code(text: &str) -> String {
    let clean: String =
        text.chars().map(|c| if c.is_control() || c == '`' { ' ' } else { c }).take(400).collect();
    format!("`{}`", clean.trim())
}
