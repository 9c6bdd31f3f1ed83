//! Signals that are held to a detector: their own values over all windows of the version, replayed
//! through it. Nothing is stored, so that the same windows always give the same answer.

use super::judge::Judge;
use crate::config::valid::{Detector, Detectors};
use crate::domain::drift::{DriftStatus, Performance};
use crate::domain::event::Monitored;
use crate::domain::metric::canonical_name;
use crate::domain::signal::{Basis, Signal, SignalKind, SignalVerdict};
use crate::stats::drift::stream::{self, Change, Level, Told, Watch, Window};

/// Which detector a rule asks, and which changes are a breach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) detector: Detector,
    /// A rise is.
    pub(super) above: bool,
    /// A fall is.
    pub(super) below: bool,
}

/// Holds a signal to what the detector tells at this window. `measured`: where the signal is of
/// performance, what it was measured as.
pub(super) fn judge(
    judge: &Judge<'_>,
    signal: &mut Signal,
    asked: Asked,
    measured: Option<&Performance>,
) {
    signal.basis = basis(asked.detector);
    let Some(value) = signal.value else { return };
    let detector = detector(asked.detector, &judge.config.detectors);
    let mut watch = Watch::new(detector);
    for earlier in judge.before.iter().filter_map(|m| earlier(judge, m, signal)) {
        watch.take(earlier);
    }
    let told = watch.take(Window { value, rows: measured.map_or(0, |found| found.rows) });
    (signal.verdict, signal.why) = said(told, asked, detector.fewest(), &signal.metric);
}

/// What the signal was in an earlier window, where that window says something of it. Windows that
/// breached count: after a change the detector itself begins anew.
fn earlier(judge: &Judge<'_>, monitored: &Monitored, signal: &Signal) -> Option<Window> {
    if signal.kind == SignalKind::Performance {
        let same = |p: &&Performance| canonical_name(&p.metric) == signal.metric;
        let found = monitored.performance.iter().find(same)?;
        return found.value.is_finite().then_some(Window { value: found.value, rows: found.rows });
    }
    let rows = match &monitored.labels {
        Some(labels) if labels.alone => labels.matched,
        _ => monitored.rows,
    };
    if monitored.status == DriftStatus::Inconclusive || rows < judge.config.min_rows {
        return None;
    }
    // The number of a preset has the name, and another definition.
    let found = monitored.signal(&signal.name).filter(|s| s.basis != Basis::Preset)?;
    found.value.map(|value| Window { value, rows })
}

fn basis(detector: Detector) -> Basis {
    match detector {
        Detector::Adwin => Basis::Adwin,
        Detector::PageHinkley => Basis::PageHinkley,
        Detector::Ddm => Basis::Ddm,
    }
}

fn detector(detector: Detector, settings: &Detectors) -> stream::Detector {
    let Detectors { delta, allowance, threshold, deviations } = *settings;
    match detector {
        Detector::Adwin => stream::Detector::Adwin { delta },
        Detector::PageHinkley => stream::Detector::PageHinkley { allowance, threshold },
        Detector::Ddm => stream::Detector::Ddm { deviations },
    }
}

fn said(told: Told, asked: Asked, fewest: usize, metric: &str) -> (SignalVerdict, String) {
    let name = asked.detector.as_str();
    match told {
        Told::Calm => (SignalVerdict::Ok, String::new()),
        Told::Few { earlier, anew: false } => {
            let why = format!("{earlier} earlier windows, {name} needs at least {fewest}");
            (SignalVerdict::Inconclusive, why)
        }
        Told::Few { earlier, anew: true } => {
            let why = format!(
                "{name} began anew after a change: {earlier} windows since, it needs at least \
                 {fewest}"
            );
            (SignalVerdict::Ok, why)
        }
        Told::Changed(change) if (change.up && asked.above) || (!change.up && asked.below) => {
            (SignalVerdict::Breach, words(&change, metric))
        }
        Told::Changed(change) => {
            let why = format!("{}; the rule does not ask for that", words(&change, metric));
            (SignalVerdict::Ok, why)
        }
    }
}

/// From which level to which, over how many windows.
fn words(change: &Change, metric: &str) -> String {
    let Change { up, before, after } = change;
    let level = |of: &Level, last: &str| match of.windows {
        1 => {
            format!("{:.4} in {}", of.mean, if last.is_empty() { "one window" } else { "this one" })
        }
        many => format!("{:.4} in the mean of {last}{many} windows", of.mean),
    };
    let moved = if *up { "rose" } else { "fell" };
    format!("{metric} {moved} from {} to {}", level(before, ""), level(after, "the last "))
}
