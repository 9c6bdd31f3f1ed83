//! The newest signals in the text format that Prometheus reads (version 0.0.4).

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::domain::drift::DriftStatus;
use crate::domain::event::Monitored;
use crate::domain::name::ModelName;
use crate::domain::signal::{Signal, SignalVerdict};

/// What is written.
#[derive(Debug, Clone, Copy)]
pub struct Exposed<'a> {
    /// The model.
    pub model: &'a ModelName,
    /// The newest window.
    pub found: &'a Monitored,
    /// When it was monitored.
    pub time: Timestamp,
}

/// Families of gauges, each with its help and its type; lines end with a line feed.
pub fn text(exposed: &Exposed<'_>) -> String {
    let Exposed { model, found, time } = exposed;
    let version = found.version.to_string();
    let mut page =
        Page { text: String::new(), common: [("model", model.as_str()), ("version", &version)] };
    page.head("outerloop_monitor_status", "The answer of the newest window: 1 for the one it is");
    for status in [DriftStatus::Ok, DriftStatus::Drift, DriftStatus::Inconclusive] {
        let is = f64::from(u8::from(found.status == status));
        page.line("outerloop_monitor_status", &[("status", status.as_str())], is);
    }
    page.head("outerloop_monitor_rows", "Rows of the newest window");
    page.line("outerloop_monitor_rows", &[], found.rows as f64);
    page.head(
        "outerloop_monitor_time_seconds",
        "When the newest window was monitored, in seconds since 1970",
    );
    page.line("outerloop_monitor_time_seconds", &[], time.as_millisecond() as f64 / 1e3);
    signals(&mut page, &found.signals);
    page.head("outerloop_alert_open", "Whether an alert is open after the newest window");
    for alert in &found.alerts {
        let open = f64::from(u8::from(alert.is_open()));
        page.line("outerloop_alert_open", &[("signal", &alert.signal)], open);
    }
    page.head(
        "outerloop_performance",
        "Performance on the labelled rows of the newest window, and the ends of its 95 % interval",
    );
    for p in &found.performance {
        for (of, value) in [("value", p.value), ("low", p.low), ("high", p.high)] {
            page.line("outerloop_performance", &[("metric", &p.metric), ("of", of)], value);
        }
    }
    page.text
}

fn signals(page: &mut Page<'_>, signals: &[Signal]) {
    let labels = |s: &Signal| {
        let column = s.column.clone().unwrap_or_default();
        [
            ("signal", s.name.clone()),
            ("kind", s.kind.as_str().to_owned()),
            ("column", column),
            ("metric", s.metric.clone()),
        ]
    };
    let mut each = |name: &str, help: &str, value: &dyn Fn(&Signal) -> Option<f64>| {
        page.head(name, help);
        for signal in signals {
            let labels = labels(signal);
            let labels = labels.each_ref().map(|(k, v)| (*k, v.as_str()));
            if let Some(value) = value(signal) {
                page.line(name, &labels, value);
            }
        }
    };
    each("outerloop_signal", "Value of a signal", &|s| s.value);
    each("outerloop_signal_above", "A signal must not be above this", &|s| s.above);
    each("outerloop_signal_below", "A signal must not be below this", &|s| s.below);
    each(
        "outerloop_signal_breach",
        "Whether a signal is beyond its bound; left out where nothing can be said",
        &|s| match s.verdict {
            SignalVerdict::Ok => Some(0.0),
            SignalVerdict::Breach => Some(1.0),
            SignalVerdict::Inconclusive => None,
        },
    );
}

struct Page<'a> {
    text: String,
    common: [(&'static str, &'a str); 2],
}

impl Page<'_> {
    fn head(&mut self, name: &str, help: &str) {
        let _ = writeln!(self.text, "# HELP {name} {help}.\n# TYPE {name} gauge");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<String> = self
            .common
            .iter()
            .chain(labels)
            .map(|(name, value)| format!("{name}=\"{}\"", escape(value)))
            .collect();
        let _ = writeln!(self.text, "{name}{{{}}} {}", labels.join(","), number(value));
    }
}

/// A label's value: backslash, quotation mark and line feed are written with a backslash.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn number(value: f64) -> String {
    match value {
        v if v.is_nan() => "NaN".to_owned(),
        v if v.is_infinite() => if v > 0.0 { "+Inf" } else { "-Inf" }.to_owned(),
        v => v.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::digest::Digest;
    use crate::domain::signal::{Basis, SignalKind};

    #[test]
    fn names_from_outside_stay_inside_their_quotation_marks() {
        let column = "a\"}\\\nevil 1";
        let signal = Signal {
            name: Signal::name_of(SignalKind::Drift, Some(column), "psi"),
            kind: SignalKind::Drift,
            column: Some(column.to_owned()),
            metric: "psi".to_owned(),
            value: Some(0.25),
            low: None,
            high: None,
            above: Some(0.2),
            below: None,
            basis: Basis::Threshold,
            verdict: SignalVerdict::Breach,
            why: String::new(),
        };
        let found = Monitored {
            version: "1.0.0".parse().unwrap(),
            status: DriftStatus::Drift,
            rows: 500,
            window: Digest::of(b"window"),
            drifted: Vec::new(),
            summary: Vec::new(),
            performance: Vec::new(),
            signals: vec![signal],
            alerts: Vec::new(),
            span: None,
            chunks: Vec::new(),
            labels: None,
        };
        let exposed =
            Exposed { model: &"acme".parse().unwrap(), found: &found, time: Timestamp::UNIX_EPOCH };
        let text = text(&exposed);
        assert!(text.lines().all(|l| l.starts_with("# ") || l.starts_with("outerloop_")), "{text}");
        assert!(text.contains(r#"column="a\"}\\\nevil 1",metric="psi"} 0.25"#), "{text}");
        assert!(text.contains("outerloop_signal_breach{") && text.ends_with('\n'));
    }
}
