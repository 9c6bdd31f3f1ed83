//! The step: read, assess, record once.

use std::path::PathBuf;

use super::align::read_options;
use super::assess::{Assessment, assess};
use super::performance;
use crate::config::valid::MonitorConfig;
use crate::data::read::{digest, read};
use crate::domain::digest::Digest;
use crate::domain::drift::{DriftStatus, Performance};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::event::{Monitored, What};
use crate::domain::name::ModelName;
use crate::domain::package::Manifest;
use crate::domain::record::LoggedEvent;
use crate::domain::version::Version;
use crate::ports::registry::{Entry, Origin, Registry};

/// Attempts to record while others write to the same history.
const ATTEMPTS: usize = 5;

/// What to monitor.
#[derive(Debug)]
pub struct MonitorInput<'a> {
    /// The model.
    pub model: &'a ModelName,
    /// The version that serves.
    pub version: &'a Version,
    /// Its package; the baseline profile is in it.
    pub manifest: &'a Manifest,
    /// Current data: files, folders or patterns; request logs or tables.
    pub current: &'a [PathBuf],
    /// Thresholds and columns.
    pub config: &'a MonitorConfig,
    /// Who acts.
    pub origin: Origin,
}

/// Answer of monitoring.
#[derive(Debug, Clone, PartialEq)]
pub struct MonitorOutcome {
    /// The answer: as recorded, when the same window was monitored before.
    pub status: DriftStatus,
    /// Columns that drifted.
    pub drifted: Vec<String>,
    /// The answer in plain words; the last line says so where today's settings give another one
    /// than was recorded.
    pub summary: Vec<String>,
    /// Performance on labelled rows.
    pub performance: Vec<Performance>,
    /// Digest of the files' bytes.
    pub window: Digest,
    /// The `monitored` event.
    pub event: Digest,
    /// False when the same window was recorded before; nothing was written then.
    pub created: bool,
    /// The columns in full, for the report.
    pub assessment: Assessment,
}

/// Compares the current data with the version's baseline and records the answer. The same bytes
/// monitored again for the same version return the recorded answer and write nothing.
///
/// # Errors
/// A package without a baseline; data that cannot be read; what the registry says.
pub fn run(input: &MonitorInput<'_>, registry: &dyn Registry) -> Result<MonitorOutcome> {
    let baseline = input.manifest.baseline.as_ref().ok_or_else(|| {
        Error::input(format!("{}@{} has no baseline profile", input.model, input.version))
            .hint("set `package.baseline.path` in outerloop.yaml and package the model again")
    })?;
    let window = digest(input.current)?;
    let table = read(input.current, &read_options(baseline, input.config))?;
    let assessment = assess(baseline, &table, input.config);
    let measured = performance::measure(baseline, &table, input.config, &input.manifest.metrics);
    let found = Monitored {
        version: input.version.clone(),
        status: assessment.status,
        rows: assessment.rows,
        window,
        drifted: assessment.drifted(),
        summary: assessment.summary.iter().cloned().chain(measured.notes).collect(),
        performance: measured.performance,
    };
    let (found, event, created) = record_once(input, found, registry)?;
    let mut summary = found.summary;
    summary.extend(otherwise_today(found.status, &found.drifted, &assessment));
    Ok(MonitorOutcome {
        status: found.status,
        drifted: found.drifted,
        summary,
        performance: found.performance,
        window,
        event,
        created,
        assessment,
    })
}

/// Says where the recorded answer is not the one that today's settings give.
fn otherwise_today(status: DriftStatus, drifted: &[String], today: &Assessment) -> Option<String> {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    let (before, now) = (sorted(drifted), sorted(&today.drifted()));
    let told = |status: DriftStatus, names: &[String]| match names {
        [] => status.as_str().to_owned(),
        names => format!("{} ({})", status.as_str(), names.join(", ")),
    };
    (status != today.status || before != now).then(|| {
        format!(
            "recorded before as {}; with today's settings it would be {}",
            told(status, &before),
            told(today.status, &now)
        )
    })
}

/// Appends the event unless the window is in the history. The event must follow the newest that
/// was looked at, so that of two at once only one records.
fn record_once(
    input: &MonitorInput<'_>,
    found: Monitored,
    registry: &dyn Registry,
) -> Result<(Monitored, Digest, bool)> {
    let mut attempt = 1;
    loop {
        let history = registry.history(input.model)?;
        if let Some((id, known)) = recorded(&history, &found) {
            return Ok((known.clone(), id, false));
        }
        let entry = Entry {
            model: input.model.clone(),
            what: What::Monitored(found.clone()),
            only_after: history.last().map(|l| l.id),
            origin: input.origin.clone(),
        };
        match registry.record(&entry) {
            Ok(logged) => return Ok((found, logged.id, true)),
            Err(e) if e.kind() == ErrorKind::Conflict && attempt < ATTEMPTS => attempt += 1,
            Err(e) => return Err(e.during("record what was monitored")),
        }
    }
}

fn recorded<'a>(history: &'a [LoggedEvent], found: &Monitored) -> Option<(Digest, &'a Monitored)> {
    history.iter().rev().find_map(|logged| match &logged.event.what {
        What::Monitored(known)
            if known.window == found.window && known.version == found.version =>
        {
            Some((logged.id, known))
        }
        _ => None,
    })
}
