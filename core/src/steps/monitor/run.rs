//! The step: read, assess, record once.

use std::path::PathBuf;

use jiff::Timestamp;

use super::align::read_options;
use super::assess::{Assessment, assess};
use super::record::{Found, record_once};
use super::{bounds, performance};
use crate::config::valid::MonitorConfig;
use crate::data::read::{digest, read};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::event::Monitored;
use crate::domain::name::ModelName;
use crate::domain::package::Manifest;
use crate::domain::version::Version;
use crate::ports::registry::{Origin, Registry};

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
    /// The time now, since which an alert that opens is open.
    pub now: Timestamp,
    /// Who acts.
    pub origin: Origin,
}

/// Answer of monitoring.
#[derive(Debug, Clone, PartialEq)]
pub struct MonitorOutcome {
    /// What is recorded: as it was, when the same window was monitored before.
    pub found: Monitored,
    /// The answer in plain words; the last line says so where today's settings give another one
    /// than was recorded.
    pub summary: Vec<String>,
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
/// A package without a baseline; a rule for a column that it does not have; data that cannot be
/// read; what the registry says.
pub fn run(input: &MonitorInput<'_>, registry: &dyn Registry) -> Result<MonitorOutcome> {
    let baseline = input.manifest.baseline.as_ref().ok_or_else(|| {
        Error::input(format!("{}@{} has no baseline profile", input.model, input.version))
            .hint("set `package.baseline.path` in outerloop.yaml and package the model again")
    })?;
    bounds::check(input.config, baseline)?;
    let window = digest(input.current)?;
    let table = read(input.current, &read_options(baseline, input.config))?;
    let assessment = assess(baseline, &table, input.config);
    let measured = performance::measure(baseline, &table, input.config, &input.manifest.metrics);
    let monitored = Monitored {
        version: input.version.clone(),
        status: assessment.status,
        rows: assessment.rows,
        window,
        drifted: assessment.drifted(),
        summary: assessment.summary.iter().cloned().chain(measured.notes).collect(),
        performance: measured.performance,
        signals: Vec::new(),
        alerts: Vec::new(),
        span: None,
        chunks: Vec::new(),
        labels: None,
    };
    let found = Found { monitored, assessment: Some(&assessment) };
    let recorded =
        record_once(input.model, &found, input.config, input.now, &input.origin, registry)?;
    let mut summary = recorded.monitored.summary.clone();
    summary.extend(recorded.otherwise);
    Ok(MonitorOutcome {
        found: recorded.monitored,
        summary,
        event: recorded.event,
        created: recorded.created,
        assessment,
    })
}
