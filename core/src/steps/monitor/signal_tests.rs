//! Signals, bounds and alerts in the step, over a real registry.

use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::MonitorOutcome;
use super::tests::{log, setting};
use crate::config::valid::{Limit, SignalRule};
use crate::domain::alert::AlertState;
use crate::domain::drift::DriftStatus;
use crate::domain::signal::{Basis, Signal, SignalKind, SignalVerdict};

fn signal<'a>(outcome: &'a MonitorOutcome, name: &str) -> &'a Signal {
    outcome.found.signal(name).unwrap_or_else(|| panic!("{name}: {:#?}", outcome.found.signals))
}

#[test]
fn every_number_is_a_signal_with_its_bound_and_what_drifted_is_an_alert() {
    let setting = setting();
    let calm = setting.monitor(&setting.file("calm.jsonl", &log(400, 1.0))).expect("outcome");
    let there = |s: &&Signal| s.column.as_deref() != Some("label");
    assert!(calm.found.signals.iter().filter(there).all(|s| s.verdict == SignalVerdict::Ok));
    assert!(calm.found.alerts.is_empty());
    let psi = signal(&calm, "drift.a.psi");
    assert_eq!((psi.above, psi.basis), (Some(0.2), Basis::Threshold));
    assert_eq!(signal(&calm, "prediction.score.ks").kind, SignalKind::Prediction);
    assert_eq!(signal(&calm, "quality.b.null-rate").value, Some(0.0));
    let apart = setting.monitor(&setting.file("apart.jsonl", &log(401, 2.0))).expect("outcome");
    assert_eq!(signal(&apart, "drift.a.psi").verdict, SignalVerdict::Breach);
    assert_eq!(signal(&apart, "prediction.score.psi").verdict, SignalVerdict::Ok);
    let opened: Vec<&str> = apart.found.alerts.iter().map(|a| a.signal.as_str()).collect();
    assert!(opened.contains(&"data-set") && opened.contains(&"drift.b.ks"), "{opened:?}");
    let few = setting.monitor(&setting.file("few.jsonl", &log(50, 2.0))).expect("outcome");
    assert!(few.found.signals.iter().all(|s| s.verdict == SignalVerdict::Inconclusive));
    assert!(few.found.alerts.iter().all(|a| a.state == AlertState::Open));
    let over = setting.monitor(&setting.file("over.jsonl", &log(402, 1.0))).expect("outcome");
    assert_eq!(over.found.alerts.len(), opened.len());
    assert!(over.found.alerts.iter().all(|a| a.state == AlertState::Closed));
}

#[test]
fn a_bound_of_its_own_counts_for_its_column_alone() {
    let mut setting = setting();
    let rule = |column: Option<&str>, above| SignalRule {
        metric: "psi".to_owned(),
        column: column.map(str::to_owned),
        above: Some(above),
        below: None,
    };
    setting.config.min_columns = 3;
    setting.config.signals = vec![rule(Some("a"), Limit::Value(0.15))];
    let apart = setting.monitor(&setting.file("apart.jsonl", &log(401, 2.0))).expect("outcome");
    assert_eq!(apart.found.status, DriftStatus::Drift, "whatever min-columns says");
    assert_eq!(signal(&apart, "drift.a.psi").above, Some(0.15));
    assert_eq!(signal(&apart, "drift.b.psi").above, Some(0.2));
    setting.config.signals = vec![rule(Some("bb"), Limit::Value(0.15))];
    let error = setting.monitor(Path::new("calm.jsonl")).expect_err("no such column");
    assert!(error.hint_text().expect("hint").contains("did you mean `b`"));
}

#[test]
fn a_signal_is_held_to_its_own_history_once_there_is_one() {
    let mut setting = setting();
    let by_history = |column: &str| SignalRule {
        metric: "psi".to_owned(),
        column: Some(column.to_owned()),
        above: Some(Limit::History),
        below: None,
    };
    setting.config.signals = vec![by_history("a")];
    for i in 0..5 {
        let name = format!("{i}.jsonl");
        let found = setting.monitor(&setting.file(&name, &log(400 + i, 1.0))).expect("outcome");
        let psi = signal(&found, "drift.a.psi");
        assert_eq!((psi.basis, psi.verdict), (Basis::History, SignalVerdict::Inconclusive));
        assert!(psi.why.contains(&format!("{i} earlier windows")), "{}", psi.why);
        assert_eq!(found.found.status, DriftStatus::Ok);
    }
    // Far below the usual 0.2, and far above what this column ever had.
    let mut rows = log(800, 1.0);
    rows.push_str(&log(60, 0.05).replace("\"id\":\"", "\"id\":\"x"));
    let found = setting.monitor(&setting.file("last.jsonl", &rows)).expect("outcome");
    let psi = signal(&found, "drift.a.psi");
    assert_eq!(psi.verdict, SignalVerdict::Breach, "{psi:?}");
    assert!(psi.value.expect("a value") < 0.2 && psi.above.expect("a bound") < 0.1, "{psi:?}");
    assert_eq!(found.found.status, DriftStatus::Drift);
    assert!(found.found.drifted.contains(&"a".to_owned()));
    assert!(found.summary.iter().any(|l| l.starts_with("drift.a.psi: psi")), "{:?}", found.summary);
}

#[test]
fn performance_breaches_when_its_whole_interval_does() {
    let mut setting = setting();
    let mut rng = StdRng::seed_from_u64(2);
    let mut text = String::from("a,b,score,label\n");
    for _ in 0..600 {
        let mut draw = || rng.random_range(0.0..1.0f64);
        let (a, b, score) = (draw(), draw(), draw());
        text.push_str(&format!("{a},{b},{score},{}\n", u8::from(draw() < score)));
    }
    let file = setting.file("labelled.csv", &text);
    let mut asked = |below: f64, width: f64| {
        setting.config.signals = vec![SignalRule {
            metric: "roc-auc".to_owned(),
            column: None,
            above: None,
            below: Some(Limit::Value(below)),
        }];
        // Other bytes, so that it is another window.
        std::fs::write(&file, format!("{text}{width},{width},,\n")).expect("file");
        setting.monitor(&file).expect("outcome")
    };
    // The area is 5/6.
    for (below, verdict, status) in [
        (0.7, SignalVerdict::Ok, DriftStatus::Ok),
        (0.85, SignalVerdict::Inconclusive, DriftStatus::Ok),
        (0.95, SignalVerdict::Breach, DriftStatus::Drift),
    ] {
        let found = asked(below, below);
        let auc = signal(&found, "performance.roc-auc");
        assert_eq!((auc.verdict, found.found.status), (verdict, status), "{below}: {auc:?}");
    }
}
