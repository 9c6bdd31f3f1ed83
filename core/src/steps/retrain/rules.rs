//! The conditions of the policy: each looks at the windows of data that were monitored, and says
//! in plain words whether it is met.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::decision::words;
use crate::config::valid::{DriftRule, PerformanceRule, RetrainConfig};
use crate::domain::digest::Digest;
use crate::domain::drift::DriftStatus;
use crate::domain::event::{Monitored, What};
use crate::domain::metric::canonical_name;
use crate::domain::record::LoggedEvent;
use crate::domain::retrain::Reason;
use crate::domain::signal::{Signal, SignalVerdict};
use crate::domain::version::Version;

/// One window of data: where it was first seen, and what was last found of it.
#[derive(Debug, Clone)]
pub(super) struct Window<'a> {
    pub(super) event: Digest,
    pub(super) found: &'a Monitored,
}

/// What one condition says.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) code: &'static str,
    pub(super) met: bool,
    pub(super) text: String,
    /// Digests of the windows that it rests on.
    pub(super) windows: BTreeSet<Digest>,
    /// The newest monitored event that it rests on.
    pub(super) newest: Option<Digest>,
}

impl Answer {
    fn new(code: &'static str, met: bool, text: String, used: &[&Window<'_>]) -> Self {
        let windows = used.iter().map(|w| w.found.window).collect();
        Self { code, met, text, windows, newest: used.last().map(|w| w.event) }
    }

    pub(super) fn reason(&self) -> Reason {
        Reason { code: self.code.to_owned(), message: self.text.clone() }
    }
}

/// The distinct windows of a version after the event with this sequence, in the order in which
/// they were first seen. Of a window that was monitored again, the newest answer counts.
pub(super) fn windows<'a>(
    history: &'a [LoggedEvent],
    version: &Version,
    after: u64,
) -> Vec<Window<'a>> {
    let mut windows: Vec<Window<'a>> = Vec::new();
    for logged in history.iter().filter(|l| l.event.sequence > after) {
        let What::Monitored(found) = &logged.event.what else { continue };
        if found.version != *version {
            continue;
        }
        let window = Window { event: logged.id, found };
        match windows.iter_mut().find(|w| w.found.window == found.window) {
            Some(known) => *known = window,
            None => windows.push(window),
        }
    }
    windows
}

/// Asks every condition of the policy.
pub(super) fn ask(
    config: &RetrainConfig,
    windows: &[Window<'_>],
    registered: Timestamp,
    now: Timestamp,
) -> Vec<Answer> {
    let mut answers = Vec::new();
    answers.extend(config.drift.as_ref().map(|rule| drift(rule, windows)));
    answers.extend(config.performance.as_ref().map(|rule| performance(rule, windows)));
    answers.extend(config.age.map(|limit| {
        let age = now.duration_since(registered).unsigned_abs();
        let text = format!("the version is {} old, {} allowed", words(age), words(limit));
        Answer::new("age", age >= limit, text, &[])
    }));
    answers.extend(config.new_rows.map(|asked| new_rows(asked, windows)));
    answers
}

fn drift(rule: &DriftRule, windows: &[Window<'_>]) -> Answer {
    let conclusive: Vec<&Window<'_>> = windows.iter().filter(|w| says(rule, w.found)).collect();
    let hit = |w: &Window<'_>| breaches(rule, w.found);
    let (row, met) = in_a_row(&conclusive, rule.breaches, hit);
    let named: Vec<&str> = rule.columns.iter().chain(&rule.signals).map(String::as_str).collect();
    let of = if named.is_empty() { String::new() } else { format!(" of {}", named.join(", ")) };
    let text = format!(
        "drift{of} in the last {} windows in a row, {} asked for",
        row.len(),
        rule.breaches
    );
    Answer::new("drift", met, text, last(&row, rule.breaches))
}

/// Whether a window says anything about the rule. Labels that came later for rows that were
/// monitored before say nothing about the rows.
fn says(rule: &DriftRule, found: &Monitored) -> bool {
    let of_rows = !found.is_labels_alone() && found.status != DriftStatus::Inconclusive;
    let signal = |name: &String| {
        found.signal(name).is_some_and(|s| s.verdict != SignalVerdict::Inconclusive)
    };
    match rule.signals.as_slice() {
        [] => of_rows,
        names => (of_rows && !rule.columns.is_empty()) || names.iter().any(signal),
    }
}

fn breaches(rule: &DriftRule, found: &Monitored) -> bool {
    let column = |name: &String| rule.columns.contains(name);
    let signal = |name: &String| found.signal(name).is_some_and(Signal::is_breach);
    if rule.columns.is_empty() && rule.signals.is_empty() {
        return found.status == DriftStatus::Drift;
    }
    found.drifted.iter().any(column) || rule.signals.iter().any(signal)
}

fn performance(rule: &PerformanceRule, windows: &[Window<'_>]) -> Answer {
    let asked = canonical_name(&rule.metric);
    let of = |w: &Window<'_>| {
        w.found.performance.iter().find(|p| canonical_name(&p.metric) == asked).cloned()
    };
    let measured: Vec<&Window<'_>> = windows.iter().filter(|w| of(w).is_some()).collect();
    let hit = |w: &Window<'_>| {
        of(w).is_some_and(|p| {
            rule.min.is_some_and(|min| p.low < min) || rule.max.is_some_and(|max| p.high > max)
        })
    };
    let (row, met) = in_a_row(&measured, rule.breaches, hit);
    let newest = match measured.last().and_then(|w| of(w)) {
        Some(p) => format!("{} is {:.4} ({:.4} to {:.4})", rule.metric, p.value, p.low, p.high),
        None => format!("{} was not measured", rule.metric),
    };
    let bound = |word: &str, value: Option<f64>| value.map(|v| format!("{word} {v}"));
    let bounds: Vec<String> =
        bound("at least", rule.min).into_iter().chain(bound("at most", rule.max)).collect();
    let text = format!(
        "{newest}, {} asked for; breached in the last {} windows in a row, {} asked for",
        bounds.join(" and "),
        row.len(),
        rule.breaches
    );
    Answer::new("performance", met, text, last(&row, rule.breaches))
}

fn new_rows(asked: u64, windows: &[Window<'_>]) -> Answer {
    let rows: u64 = windows.iter().map(|w| w.found.rows).sum();
    let all: Vec<&Window<'_>> = windows.iter().collect();
    let text = format!("{rows} rows were monitored since the version took over, {asked} asked for");
    Answer::new("new-data", rows >= asked, text, &all)
}

fn in_a_row<'a, 'b>(
    windows: &[&'b Window<'a>],
    breaches: u32,
    hit: impl Fn(&Window<'a>) -> bool,
) -> (Vec<&'b Window<'a>>, bool) {
    let mut row: Vec<_> = windows.iter().rev().take_while(|w| hit(w)).copied().collect();
    row.reverse();
    let met = row.len() as u64 >= u64::from(breaches.max(1));
    (row, met)
}

fn last<'c, 'a, 'b>(row: &'c [&'b Window<'a>], breaches: u32) -> &'c [&'b Window<'a>] {
    &row[row.len().saturating_sub(breaches.max(1) as usize)..]
}
