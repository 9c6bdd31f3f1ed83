//! The step: read, assess, record once.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::against::{self, Against};
use super::align::{self, read_options};
use super::assess::{Assessment, assess, assess_beside, assess_labels, assess_profile};
use super::labels::{self, Joined, Sources};
use super::record::{Found, Recorded, monitored, record_once};
use super::span::{self, Asked, Moment, Selected};
use super::{bounds, chunks, performance};
use crate::config::valid::MonitorConfig;
use crate::data::read::digest;
use crate::data::seen::Seen;
use crate::data::{Column, Columns, ReadOptions, Table, nearest};
use crate::domain::digest::Digest;
use crate::domain::drift::DriftStatus;
use crate::domain::error::{Error, Result};
use crate::domain::event::Monitored;
use crate::domain::name::ModelName;
use crate::domain::package::Manifest;
use crate::domain::profile::{ColumnRole, Profile};
use crate::domain::signal::Signal;
use crate::domain::version::Version;
use crate::domain::window::{Labels, Span};
use crate::ports::registry::{Origin, Registry};
use crate::stats::drift::confidence;
use crate::steps::compare::Side;
use crate::steps::profile::{self, is_profile};

/// What to monitor.
#[derive(Debug)]
pub struct MonitorInput<'a> {
    /// The model.
    pub model: &'a ModelName,
    /// The version that serves.
    pub version: &'a Version,
    /// Its package; the baseline profile is in it.
    pub manifest: &'a Manifest,
    /// Current data: files, folders or patterns; request logs or tables. None: nothing came.
    pub current: &'a [PathBuf],
    /// The rows of a baseline that are compared with, in the place of the profile.
    pub against: Option<&'a Against>,
    /// Labels that came later.
    pub labels: &'a [PathBuf],
    /// Earlier windows whose predictions labels may belong to.
    pub earlier: &'a [PathBuf],
    /// Rows before this are left out.
    pub since: Option<Moment>,
    /// Rows from this on are left out.
    pub until: Option<Moment>,
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
    /// The `monitored` event; none where the window is empty, which is no evidence of anything.
    pub event: Option<Digest>,
    /// False when the same window was recorded before; nothing was written then.
    pub created: bool,
    /// The columns in full, for the report.
    pub assessment: Assessment,
    /// The last windows of the version up to this one, oldest first, for the report.
    pub windows: Vec<Monitored>,
}

/// Compares the current data with the version's baseline and records the answer. The same bytes
/// monitored again for the same version return the recorded answer and write nothing; with labels
/// that were not there before, only the performance is recorded, as an event of its own.
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
    let kept = current_profile(input)?;
    let seen = Arc::new(Seen::default());
    let selected = selected(input, baseline, registry, kept.is_some(), &seen)?;
    let data = &*selected.data;
    check_names(input, baseline, &names(kept.as_ref(), data), &seen)?;
    let joined = joined(input, baseline, data)?;
    let truth = joined.as_ref().map(|joined| &joined.truth);
    let (assessment, preset) = match &kept {
        Some(kept) => (assess_profile(baseline, kept, input.config), None),
        None => assessed(input, baseline, &selected, truth)?,
    };
    let of_labels = truth.and_then(|truth| assess_labels(baseline, truth, input.config));
    let ruled = preset.is_some() && input.config.signals.iter().any(|rule| rule.is_of_columns());
    let beside = ruled.then(|| assess(baseline, data, input.config)).transpose()?;
    let (whole, notes) = whole(input, baseline, &selected, &assessment, joined)?;
    let alone =
        whole.labels.clone().map(|labels| alone(&whole, labels, &notes, of_labels.as_ref()));
    let record = |monitored: Monitored, assessment: Option<&Assessment>| {
        let is_alone = monitored.is_labels_alone();
        let preset = preset.as_deref().filter(|_| !is_alone);
        let beside = beside.as_ref().filter(|_| !is_alone);
        let found = Found { monitored, assessment, preset, beside };
        record_once(input.model, &found, input.config, input.now, &input.origin, registry)
    };
    let record_alone = |alone: Monitored| record(alone, of_labels.as_ref());
    if whole.rows == 0 {
        return match alone {
            Some(alone) => Ok(outcome(record_alone(alone)?, assessment)),
            None => Ok(empty(whole, assessment)),
        };
    }
    let recorded = record(with(whole, notes), Some(&assessment))?;
    let labels = |found: &Monitored| found.labels.as_ref().map(|labels| labels.digest);
    match alone.filter(|alone| labels(alone) != labels(&recorded.monitored)) {
        Some(alone) => Ok(outcome(record_alone(alone)?, assessment)),
        None => Ok(outcome(recorded, assessment)),
    }
}

/// The event of the window without its signals, and what there is to say of its performance.
fn whole(
    input: &MonitorInput<'_>,
    baseline: &Profile,
    selected: &Selected,
    assessment: &Assessment,
    joined: Option<Joined>,
) -> Result<(Monitored, Vec<String>)> {
    let (data, metrics) = (&*selected.data, &input.manifest.metrics);
    let measured = match &joined {
        Some(joined) => performance::of_columns(&joined.truth, &joined.scores, metrics),
        None => performance::measure(baseline, data, input.config, metrics)?,
    };
    let told = joined.as_ref().map(|joined| labels::note(&joined.labels));
    let monitored = Monitored {
        version: input.version.clone(),
        status: assessment.status,
        rows: assessment.rows,
        window: window(input, selected.span.as_ref())?,
        drifted: assessment.drifted(),
        summary: assessment.summary.clone(),
        performance: measured.performance,
        signals: Vec::new(),
        alerts: Vec::new(),
        span: selected.span.clone(),
        chunks: match data.rows() {
            0 => Vec::new(),
            _ => chunks::chunks(selected, baseline, input.config)?,
        },
        labels: joined.map(|joined| joined.labels),
    };
    let notes = told.into_iter().chain(measured.notes).collect();
    Ok((with(monitored, span::notes(selected)), notes))
}

fn with(mut found: Monitored, lines: Vec<String>) -> Monitored {
    found.summary.extend(lines);
    found
}

/// The comparison with the profile, or with the rows of a baseline and the preset's signals.
fn assessed(
    input: &MonitorInput<'_>,
    baseline: &Profile,
    selected: &Selected,
    labels: Option<&Column>,
) -> Result<(Assessment, Option<Vec<Signal>>)> {
    let Some(against) = input.against.filter(|_| !input.current.is_empty()) else {
        let found = assess_beside(baseline, &*selected.data, labels, input.config)?;
        return Ok((found, None));
    };
    let (assessment, signals) =
        against::assess(against, input.current, selected, baseline, input.config)?;
    Ok((assessment, Some(signals)))
}

/// The profile that stands in for current data, or several put together; none where rows are
/// named. Of a profile no rows can be chosen, and none can be joined with labels.
fn current_profile(input: &MonitorInput<'_>) -> Result<Option<Profile>> {
    let profiles = input.current.iter().filter(|path| is_profile(path)).count();
    if profiles == 0 {
        return Ok(None);
    }
    let rowwise = input.since.is_some()
        || input.until.is_some()
        || input.against.is_some()
        || !input.labels.is_empty();
    if rowwise || profiles < input.current.len() {
        return Err(Error::usage("a profile holds no rows to choose from, or to join with others")
            .hint("name profiles alone, without --since, --until, --labels and --baseline"));
    }
    profile::merge(input.current).map(Some)
}

/// Names of the columns of the current data; none where there is no row.
fn names<'a>(kept: Option<&'a Profile>, current: &'a dyn Columns) -> Vec<&'a str> {
    match kept {
        Some(kept) => kept.columns.iter().map(|c| c.name.as_str()).collect(),
        None if current.rows() == 0 => Vec::new(),
        None => current.names(),
    }
}

/// Refuses names of the configuration that neither the baseline nor the current data has.
fn check_names(
    input: &MonitorInput<'_>,
    baseline: &Profile,
    current: &[&str],
    seen: &Seen,
) -> Result<()> {
    align::check(input.config, baseline, current)?;
    if current.is_empty() {
        return Ok(());
    }
    let before = baseline.columns.iter().map(|c| c.name.as_str());
    let ignored = seen.of(&input.config.ignore);
    let sure = baseline.columns.iter().filter(|c| c.role == ColumnRole::Prediction);
    let sure: Vec<String> = sure.map(|c| confidence::name_of(&c.name)).collect();
    let mut names: Vec<&str> = before.chain(current.iter().copied()).chain(ignored).collect();
    names.extend(sure.iter().map(String::as_str));
    nearest::check_slips(&input.config.ignore, &names, "monitor.ignore")
}

fn selected(
    input: &MonitorInput<'_>,
    baseline: &Profile,
    registry: &dyn Registry,
    without_rows: bool,
    seen: &Arc<Seen>,
) -> Result<Selected> {
    let asked = Asked { since: input.since, until: input.until };
    let history = registry.history(input.model)?;
    let before: Vec<&Monitored> =
        monitored(&history).into_iter().filter(|m| m.version == *input.version).collect();
    let span = span::resolve(asked, input.config, &before, input.now)?;
    let side = match input.current {
        [] => None,
        _ if without_rows => None,
        files => {
            let within = span.as_ref().and_then(span::within);
            let seen = Arc::clone(seen);
            let options = ReadOptions { within, seen, ..read_options(baseline, input.config) };
            Some(Side::open(files, &options, None)?)
        }
    };
    span::select(side, span)
}

fn joined(
    input: &MonitorInput<'_>,
    baseline: &Profile,
    current: &dyn Columns,
) -> Result<Option<Joined>> {
    if input.labels.is_empty() {
        return Ok(None);
    }
    let earlier: Box<dyn Columns> = match input.earlier {
        [] => Box::<Table>::default(),
        files => Box::new(Side::open(files, &read_options(baseline, input.config), None)?),
    };
    let sources = Sources { labels: input.labels, predictions: vec![&*earlier, current] };
    labels::join(&sources, baseline, input.config).map(Some)
}

/// The digest of the window: its bytes, and the ends that rows were left out by.
fn window(input: &MonitorInput<'_>, span: Option<&Span>) -> Result<Digest> {
    let bytes = match input.current {
        [] => Digest::of(b""),
        files => digest(files)?,
    };
    Ok(match span.filter(|span| is_bounded(Some(span))) {
        None => bytes,
        Some(Span { column, since, until, .. }) => {
            Digest::of(format!("{bytes}\n{column}\n{since:?}\n{until:?}\n").as_bytes())
        }
    })
}

fn is_bounded(span: Option<&Span>) -> bool {
    span.is_some_and(|span| span.since.is_some() || span.until.is_some())
}

/// The event of labels that came for rows that were monitored before: the performance, and the
/// labels themselves.
fn alone(
    whole: &Monitored,
    labels: Labels,
    notes: &[String],
    found: Option<&Assessment>,
) -> Monitored {
    let measured = !whole.performance.is_empty();
    Monitored {
        status: match found.map(|found| found.status) {
            Some(status) if status != DriftStatus::Inconclusive => status,
            _ if measured => DriftStatus::Ok,
            _ => DriftStatus::Inconclusive,
        },
        rows: 0,
        window: Digest::of(format!("labels\n{}\n{}\n", whole.window, labels.digest).as_bytes()),
        drifted: found.map(Assessment::drifted).unwrap_or_default(),
        summary: notes
            .iter()
            .chain(found.iter().flat_map(|f| f.summary.iter().skip(1)))
            .cloned()
            .collect(),
        span: None,
        chunks: Vec::new(),
        labels: Some(Labels { alone: true, ..labels }),
        ..whole.clone()
    }
}

fn outcome(recorded: Recorded, assessment: Assessment) -> MonitorOutcome {
    let mut summary = recorded.monitored.summary.clone();
    summary.extend(recorded.otherwise);
    MonitorOutcome {
        found: recorded.monitored,
        summary,
        event: Some(recorded.event),
        created: recorded.created,
        assessment,
        windows: recorded.windows,
    }
}

/// A window without a row: no answer, and nothing to record.
fn empty(whole: Monitored, assessment: Assessment) -> MonitorOutcome {
    let mut summary =
        vec!["empty-window: there is no row to look at; nothing is recorded".to_owned()];
    summary.extend(whole.summary.iter().skip(1).cloned());
    let found = Monitored { status: DriftStatus::Inconclusive, ..whole };
    MonitorOutcome { found, summary, event: None, created: false, assessment, windows: Vec::new() }
}
