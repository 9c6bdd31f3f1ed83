//! Every number that was looked at as a signal, with its bound and what that says.

use super::assess::Assessment;
use super::bounds::{Bound, bound, rule};
use super::detect::{self, Asked};
use crate::config::monitoring::SHORTEST_HISTORY;
use crate::config::valid::{Limit, MonitorConfig, SignalRule};
use crate::domain::drift::{ColumnDrift, DriftStatus, Performance};
use crate::domain::event::Monitored;
use crate::domain::metric::canonical_name;
use crate::domain::profile::ColumnRole;
use crate::domain::signal::{Basis, Signal, SignalKind, SignalVerdict};
use crate::stats::control::{Band, band};

/// Most signals that an event keeps.
pub(super) const MOST: usize = 1000;
/// Metrics of a column whose distance has a test, and the code of what fires.
const DISTANCES: [(&str, &str); 4] = [
    ("psi", "psi-above-threshold"),
    ("jensen-shannon", "jensen-shannon-above-threshold"),
    ("ks", "ks-above-threshold"),
    ("wasserstein-normed", "wasserstein-normed-above-threshold"),
];
/// Metrics of what is wrong with the values.
const QUALITY: [(&str, &str); 3] = [
    ("null-rate", "null-rate-rose"),
    ("out-of-range", "out-of-range"),
    ("new-categories", "new-categories"),
];
/// Whether a column is there and holds what it held: 0 yes, 1 no.
pub(super) const SCHEMA: &str = "schema";

/// What the signals are judged by.
pub(super) struct Judge<'a> {
    pub(super) config: &'a MonitorConfig,
    /// What was monitored of the same version before, oldest first.
    pub(super) before: &'a [&'a Monitored],
}

impl Judge<'_> {
    /// The signals of the columns.
    pub(super) fn columns(&self, found: &Assessment) -> Vec<Signal> {
        let mut signals: Vec<Signal> =
            found.columns.iter().flat_map(|column| self.column(column)).collect();
        if let Some(few) = &found.few {
            let why = few.split_once(": ").map_or(few.as_str(), |(_, why)| why);
            for signal in &mut signals {
                (signal.verdict, signal.why) = (SignalVerdict::Inconclusive, why.to_owned());
            }
        }
        signals
    }

    /// Labels that are not there yet: their alerts stay as they were.
    pub(super) fn awaited(&self, found: &Assessment) -> Option<Signal> {
        let awaited = found.awaited.as_ref()?;
        let mut signal = empty(SignalKind::Quality, Some(&awaited.column), SCHEMA);
        (signal.verdict, signal.why) = (SignalVerdict::Inconclusive, awaited.why.clone());
        Some(signal)
    }

    /// Those that `monitor.signals` has a rule for.
    pub(super) fn ruled(&self, found: &Assessment) -> Vec<Signal> {
        let mut signals = self.columns(found);
        signals.retain(|signal| {
            let column = signal.column.as_deref();
            column.is_some_and(|column| rule(self.config, &signal.metric, column).is_some())
        });
        signals
    }

    fn column(&self, column: &ColumnDrift) -> Vec<Signal> {
        let mut signals = vec![schema(column)];
        for (metric, code) in DISTANCES {
            let value = column.metrics.get(metric).copied();
            let kind = match column.role {
                ColumnRole::Prediction => SignalKind::Prediction,
                ColumnRole::Feature | ColumnRole::Label => SignalKind::Drift,
            };
            signals.extend(self.measured(kind, column, metric, value, code));
        }
        for (metric, code) in QUALITY {
            let of = |name: &str| column.metrics.get(name).copied();
            let value = match metric {
                "null-rate" => of("null-rate-current").zip(of("null-rate-baseline")),
                other => of(other).map(|value| (value, 0.0)),
            };
            let value = value.map(|(now, before)| now - before);
            signals.extend(self.measured(SignalKind::Quality, column, metric, value, code));
        }
        signals
    }

    fn measured(
        &self,
        kind: SignalKind,
        column: &ColumnDrift,
        metric: &str,
        value: Option<f64>,
        code: &str,
    ) -> Option<Signal> {
        let value = value.filter(|v| v.is_finite())?;
        let mut signal = empty(kind, Some(&column.name), metric);
        signal.value = Some(value);
        match bound(self.config, metric, &column.name)? {
            Bound::History => self.by_history(&mut signal, true, false),
            Bound::Detector(detector) => {
                let asked = Asked { detector, above: true, below: false };
                detect::judge(self, &mut signal, asked, None);
            }
            Bound::Value(limit) => {
                signal.above = Some(limit);
                let fired = column.reasons.iter().find(|r| r.split(':').next() == Some(code));
                if let Some(reason) = fired {
                    signal.verdict = SignalVerdict::Breach;
                    signal.why =
                        reason.split_once(": ").map_or(reason.as_str(), |r| r.1).to_owned();
                } else if value > limit {
                    signal.why = "above its bound, which chance explains".to_owned();
                }
            }
        }
        Some(signal)
    }

    /// The signals of performance that the configuration asks for.
    pub(super) fn performance(&self, measured: &[Performance]) -> Vec<Signal> {
        let of_model = |rule: &&SignalRule| !rule.is_of_columns();
        let mut rules: Vec<&SignalRule> = Vec::new();
        for rule in self.config.signals.iter().filter(of_model) {
            rules.retain(|earlier| earlier.metric != rule.metric);
            rules.push(rule);
        }
        rules.into_iter().map(|rule| self.one_performance(rule, measured)).collect()
    }

    fn one_performance(&self, rule: &SignalRule, measured: &[Performance]) -> Signal {
        let mut signal = empty(SignalKind::Performance, None, &rule.metric);
        let found = measured.iter().find(|p| canonical_name(&p.metric) == rule.metric);
        let Some(found) = found.filter(|p| p.value.is_finite()) else {
            signal.verdict = SignalVerdict::Inconclusive;
            signal.why = "was not measured".to_owned();
            return signal;
        };
        signal.value = Some(found.value);
        let end = |v: f64| v.is_finite().then_some(v);
        (signal.low, signal.high) = (end(found.low), end(found.high));
        let is = |limit: Option<Limit>, of: Limit| limit == Some(of);
        let by = |of: Limit| (is(rule.above, of), is(rule.below, of));
        if let (above, below) = by(Limit::History)
            && (above || below)
        {
            self.by_history(&mut signal, above, below);
        }
        if let Some(detector) = rule.detector() {
            let (above, below) = by(Limit::Detector(detector));
            let asked = Asked { detector, above, below };
            detect::judge(self, &mut signal, asked, Some(found));
        }
        by_threshold(&mut signal, found, rule);
        signal
    }

    /// Holds a signal to mean ± 3 standard deviations of its own earlier values.
    fn by_history(&self, signal: &mut Signal, above: bool, below: bool) {
        signal.basis = Basis::History;
        let Some(value) = signal.value else { return };
        let values = self.values(signal);
        let Some(Band { mean, low, high }) = band(&values, SHORTEST_HISTORY) else {
            signal.verdict = SignalVerdict::Inconclusive;
            signal.why = format!(
                "{} earlier windows, at least {SHORTEST_HISTORY} make a history",
                values.len()
            );
            return;
        };
        signal.above = above.then_some(high);
        signal.below = below.then_some(low);
        if (above && value > high) || (below && value < low) {
            let (side, end) = if value > high { ("above", high) } else { ("below", low) };
            signal.verdict = SignalVerdict::Breach;
            signal.why = format!(
                "{} {value:.4} is {side} {end:.4}: {mean:.4} in the mean of {} earlier windows",
                signal.metric,
                values.len()
            );
        }
    }

    /// The signal's values in the last windows that said something and did not breach.
    fn values(&self, signal: &Signal) -> Vec<f64> {
        let says = |m: &&&Monitored| {
            signal.kind == SignalKind::Performance
                || (m.status != DriftStatus::Inconclusive && !m.is_labels_alone())
        };
        let values = self.before.iter().filter(says).filter_map(|m| {
            let earlier = m.signal(&signal.name)?;
            earlier.value.filter(|_| !earlier.is_breach())
        });
        let values: Vec<f64> = values.collect();
        values[values.len().saturating_sub(self.config.history)..].to_vec()
    }

    /// Whether the configuration names this very signal, or holds it to its past: a breach then
    /// makes the answer, whatever the other columns say.
    pub(super) fn is_own(&self, signal: &Signal) -> bool {
        let named = |column: &str| {
            rule(self.config, &signal.metric, column).is_some_and(|rule| rule.column.is_some())
        };
        signal.basis.is_past() || signal.column.as_deref().is_none_or(named)
    }
}

/// Performance is beyond a number when its whole interval is.
fn by_threshold(signal: &mut Signal, found: &Performance, rule: &SignalRule) {
    let number = |limit: Option<Limit>| match limit {
        Some(Limit::Value(value)) => Some(value),
        _ => None,
    };
    if let Some(limit) = number(rule.above) {
        signal.above = Some(limit);
        beyond(signal, found.low > limit, found.value > limit, ("above", limit));
    }
    if let Some(limit) = number(rule.below) {
        signal.below = Some(limit);
        beyond(signal, found.high < limit, found.value < limit, ("below", limit));
    }
}

fn beyond(signal: &mut Signal, surely: bool, perhaps: bool, (side, limit): (&str, f64)) {
    let [value, low, high] = [signal.value, signal.low, signal.high].map(Option::unwrap_or_default);
    let what = format!("{} {value:.4} ({low:.4} to {high:.4}) is {side} {limit}", signal.metric);
    if surely {
        (signal.verdict, signal.why) = (SignalVerdict::Breach, what);
    } else if perhaps && !signal.is_breach() {
        signal.verdict = SignalVerdict::Inconclusive;
        signal.why =
            format!("{what}, but its interval reaches over: more labelled rows would tell");
    }
}

fn schema(column: &ColumnDrift) -> Signal {
    let mut signal = empty(SignalKind::Quality, Some(&column.name), SCHEMA);
    let broken = column
        .reasons
        .iter()
        .find(|r| matches!(r.split(':').next(), Some("missing-column" | "type-changed")));
    signal.above = Some(0.0);
    signal.value = Some(f64::from(u8::from(broken.is_some())));
    if let Some(reason) = broken {
        (signal.verdict, signal.why) = (SignalVerdict::Breach, reason.clone());
    }
    signal
}

fn empty(kind: SignalKind, column: Option<&str>, metric: &str) -> Signal {
    Signal {
        name: Signal::name_of(kind, column, metric),
        kind,
        column: column.map(str::to_owned),
        metric: metric.to_owned(),
        value: None,
        low: None,
        high: None,
        above: None,
        below: None,
        basis: Basis::Threshold,
        verdict: SignalVerdict::Ok,
        why: String::new(),
    }
}

/// The signals that an event keeps: all, or of very many those that say something first. The
/// number of those left out comes back as a line for the summary.
pub(super) fn kept(mut signals: Vec<Signal>, judge: &Judge<'_>) -> (Vec<Signal>, Option<String>) {
    if signals.len() <= MOST {
        return (signals, None);
    }
    let over = |s: &Signal| match (s.value, s.above) {
        (Some(value), Some(above)) if above > 0.0 => value / above,
        _ => 0.0,
    };
    let own = |s: &Signal| s.kind == SignalKind::Performance || judge.is_own(s);
    signals.sort_by(|a, b| {
        let rank = |s: &Signal| (!s.is_breach(), !own(s));
        rank(a).cmp(&rank(b)).then_with(|| over(b).total_cmp(&over(a)))
    });
    let left = signals.len() - MOST;
    signals.truncate(MOST);
    (signals, Some(format!("{left} signals that are far from their bounds are not recorded")))
}
