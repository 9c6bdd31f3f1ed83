//! Columns that a window does not have: a prediction is missed, a label is waited for.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::Against;
use super::tests::{Setting, setting};
use crate::domain::alert::AlertState;
use crate::domain::drift::DriftStatus;
use crate::domain::error::ErrorKind;
use crate::domain::event::Monitored;
use crate::domain::signal::SignalVerdict;
use crate::stats::drift::presets::Preset;

/// Rows with these columns beside `id`, `a` and `b`; every label is 1.
fn rows(seed: u64, columns: &[&str]) -> String {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut text =
        format!("id,a,b{}\n", columns.iter().map(|c| format!(",{c}")).collect::<String>());
    for i in 0..400 {
        let mut draw = || rng.random_range(0.0..1.0f64);
        text.push_str(&format!("{seed}-{i},{},{}", draw(), draw()));
        for column in columns {
            text.push_str(&if *column == "label" {
                ",1".to_owned()
            } else {
                format!(",{}", draw())
            });
        }
        text.push('\n');
    }
    text
}

fn state(found: &Monitored, signal: &str) -> Option<AlertState> {
    found.alerts.iter().find(|a| a.signal == signal).map(|a| a.state)
}

fn with_id() -> Setting {
    let mut setting = setting();
    setting.config.id = Some("id".into());
    setting
}

#[test]
fn a_prediction_that_is_gone_is_drift_and_its_alerts_stay() {
    let mut setting = with_id();
    setting.config.prediction = Some("score".into());
    let whole = rows(1, &["score"]).replace(",0.", ",3.");
    let found = setting.monitor(&setting.file("one.csv", &whole)).expect("outcome").found;
    assert_eq!(state(&found, "prediction.score.psi"), Some(AlertState::Opened));
    let gone = setting.monitor(&setting.file("two.csv", &rows(2, &[]))).expect("outcome");
    assert_eq!(
        (gone.found.status, &gone.found.drifted),
        (DriftStatus::Drift, &vec!["score".into()])
    );
    assert!(
        gone.summary[1].starts_with("score (prediction): missing-column"),
        "{:?}",
        gone.summary
    );
    assert_eq!(state(&gone.found, "prediction.score.psi"), Some(AlertState::Open));
    assert_eq!(state(&gone.found, "quality.score.schema"), Some(AlertState::Opened));
}

#[test]
fn a_prediction_that_is_gone_is_missed_by_presets_too() {
    let mut setting = with_id();
    setting.config.prediction = Some("score".into());
    let before = setting.file("before.csv", &rows(9, &["score"]));
    for (preset, verdict) in [
        (Preset::Outerloop, SignalVerdict::Breach),
        (Preset::Evidently, SignalVerdict::Inconclusive),
    ] {
        let baseline = vec![before.clone()];
        setting.against = Some(Against { baseline, preset, ignore: Vec::new() });
        let file = setting.file("now.csv", &rows(preset as u64, &[]));
        let found = setting.monitor(&file).expect("outcome").found;
        assert_eq!(found.signal("quality.score.schema").expect("a signal").verdict, verdict);
    }
}

#[test]
fn a_prediction_that_nobody_has_is_refused() {
    let mut setting = with_id();
    setting.config.prediction = Some("scoree".into());
    let error =
        setting.monitor(&setting.file("one.csv", &rows(1, &["score"]))).expect_err("a typo");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("`scoree`"), "{error}");
    assert!(error.hint_text().expect("a hint").starts_with("did you mean `score`?"));
    assert_eq!(setting.events(), ["registered"]);
    // The name in files: an endpoint logs the answer under a name of its own.
    let logged = setting.file("log.csv", &rows(1, &["prediction"]));
    assert_eq!(setting.monitor(&logged).expect("outcome").found.status, DriftStatus::Ok);
}

#[test]
fn a_slip_in_what_is_ignored_is_refused_and_what_other_data_has_is_not() {
    let mut setting = with_id();
    setting.config.ignore = vec!["scoer".into()];
    let file = setting.file("one.csv", &rows(1, &["score"]));
    let error = setting.monitor(&file).expect_err("a slip");
    assert!(error.to_string().contains("`monitor.ignore` of outerloop.yaml names"), "{error}");
    assert!(error.hint_text().expect("a hint").starts_with("did you mean `score`?"));
    setting.config.ignore = vec!["trace-id".into(), "score".into()];
    assert_eq!(setting.monitor(&file).expect("outcome").found.status, DriftStatus::Ok);
}

#[test]
fn labels_that_are_not_there_yet_leave_their_alerts_as_they_were() {
    let mut setting = with_id();
    let both = ["score", "label"];
    let found = setting.monitor(&setting.file("one.csv", &rows(1, &both))).expect("outcome").found;
    assert_eq!(
        (state(&found, "drift.label.psi"), &found.drifted),
        (Some(AlertState::Opened), &vec!["label".into()])
    );
    let later = setting.monitor(&setting.file("two.csv", &rows(2, &["score"]))).expect("outcome");
    assert_eq!(later.found.status, DriftStatus::Ok);
    assert_eq!(state(&later.found, "drift.label.psi"), Some(AlertState::Open));
    assert!(later.summary.contains(&"labels: `label` is not there yet".to_owned()));
    let waited = later.found.signal("quality.label.schema").expect("a signal");
    assert_eq!(waited.verdict, SignalVerdict::Inconclusive);
    // Left out by the settings, it is not looked at any more.
    setting.config.ignore = vec!["label".into()];
    let ignored = setting.monitor(&setting.file("three.csv", &rows(3, &["score"])));
    assert_eq!(
        state(&ignored.expect("outcome").found, "drift.label.psi"),
        Some(AlertState::Closed)
    );
}

#[test]
fn labels_that_were_joined_are_looked_at() {
    let mut setting = with_id();
    let labels = |seed: u64, rows: usize| {
        let row = |i: usize| format!("{seed}-{i},1\n");
        format!("id,label\n{}", (0..rows).map(row).collect::<String>())
    };
    let (one, two) = (rows(1, &["score"]), rows(2, &["score"]));
    setting.labels = vec![setting.file("one-labels.csv", &labels(1, 400))];
    let fresh = setting.monitor(&setting.file("one.csv", &one)).expect("outcome").found;
    assert_eq!((fresh.status, &fresh.drifted), (DriftStatus::Drift, &vec!["label".into()]));
    assert!(fresh.signal("drift.label.psi").expect("a signal").is_breach());
    // Of a window that was monitored before they are an event of their own.
    setting.labels.clear();
    let file = setting.file("two.csv", &two);
    assert_eq!(setting.monitor(&file).expect("outcome").found.status, DriftStatus::Ok);
    setting.labels = vec![setting.file("two-labels.csv", &labels(2, 400))];
    let alone = setting.monitor(&file).expect("outcome").found;
    assert!(alone.is_labels_alone() && alone.signal("drift.a.psi").is_none());
    assert_eq!((alone.status, &alone.drifted), (DriftStatus::Drift, &vec!["label".into()]));
    assert!(alone.signal("drift.label.psi").expect("a signal").is_breach());
    // Too few say nothing.
    setting.labels = vec![setting.file("few.csv", &labels(3, 50))];
    let few = setting.monitor(&setting.file("three.csv", &rows(3, &["score"]))).expect("outcome");
    assert!(few.found.signal("drift.label.psi").is_none(), "{:?}", few.found.signals);
    let line = "labels: `label` was joined to 50 rows, at least 200 are needed";
    assert!(few.summary.contains(&line.to_owned()), "{:?}", few.summary);
}
