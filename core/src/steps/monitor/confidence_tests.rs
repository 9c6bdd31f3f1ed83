//! The confidence of predictions beside the predictions, from rows and from a profile; and what
//! cannot be told.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::tests::{baseline_of, codes, config, table};
use super::*;
use crate::config::valid::MonitorConfig;
use crate::data::{Categories, ProfileOptions, Table, Values, profile};
use crate::domain::drift::DriftStatus;
use crate::domain::profile::{ColumnRole, Profile};

/// Probabilities that lie so far from ½, on either side.
fn scores(seed: u64, rows: usize, from: f64, to: f64) -> Table {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut score = |_| {
        let far = rng.random_range(from..to);
        if rng.random_bool(0.5) { 0.5 + far } else { 0.5 - far }
    };
    table(vec![("score", Values::Number((0..rows).map(&mut score).collect()))])
}

fn with_prediction(table: &Table) -> Profile {
    let options = ProfileOptions { prediction: Some("score".into()), ..ProfileOptions::default() };
    profile(table, &options).expect("a profile")
}

#[test]
fn a_model_that_is_less_sure_is_seen_in_its_confidence() {
    let baseline = with_prediction(&scores(1, 3000, 0.2, 0.5));
    let sure = scores(2, 2000, 0.2, 0.5);
    let unsure = scores(3, 2000, 0.0, 0.5);
    let config = config();
    let calm = assess(&baseline, &sure, &config).expect("a table");
    let names: Vec<&str> = calm.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!((calm.status, calm.drifted()), (DriftStatus::Ok, vec![]));
    let found = assess(&baseline, &unsure, &config).expect("a table");
    let column = found.columns.iter().find(|c| c.name == "score (confidence)").expect("a column");
    assert!(column.drifted && column.role == ColumnRole::Prediction, "{column:?}");
    assert!(!column.metrics.contains_key("null-rate-current"));
    let kept = assess_profile(&baseline, &with_prediction(&unsure), &config);
    assert!(kept.drifted().contains(&"score (confidence)".to_owned()), "{:?}", kept.summary);
    let without = MonitorConfig { ignore: vec!["score (confidence)".into()], ..config };
    let found = assess(&baseline, &unsure, &without).expect("a table");
    assert_eq!(found.drifted(), ["score"]);
    let kept = assess_profile(&baseline, &with_prediction(&unsure), &without);
    assert_eq!(kept.columns.len(), 1);
}

#[test]
fn a_baseline_of_few_rows_answers_nothing() {
    let baseline = with_prediction(&scores(1, 199, 0.2, 0.5));
    let far = scores(3, 2000, 0.0, 0.1);
    for found in [
        assess(&baseline, &far, &config()).expect("a table"),
        assess_profile(&baseline, &with_prediction(&far), &config()),
    ] {
        assert_eq!((found.status, found.drifted()), (DriftStatus::Inconclusive, vec![]));
        let said = "too-few-baseline-rows: the baseline has 199 rows, at least 200 are needed";
        assert_eq!(found.summary[0], said);
    }
    let fewer = MonitorConfig { min_rows: 100, ..config() };
    assert_eq!(assess(&baseline, &far, &fewer).expect("a table").status, DriftStatus::Drift);
}

#[test]
fn names_that_are_not_told_apart_are_said() {
    let names = |from: usize| {
        let name = |i: usize| Some(format!("n{}", from + i % 900));
        table(vec![("city", Values::Category(Categories::of((0..1000).map(name))))])
    };
    let found = assess(&baseline_of(&names(0)), &names(0), &config()).expect("a table");
    assert_eq!(codes(&found, "city"), ["not-comparable"]);
    assert!(found.summary.iter().any(|l| l.starts_with("not-comparable: `city`")), "{found:?}");
}

#[test]
fn rates_of_nulls_alone_are_no_comparison() {
    let nothing = || table(vec![("x", Values::Number(vec![f64::NAN; 500]))]);
    let found = assess(&baseline_of(&nothing()), &nothing(), &config()).expect("a table");
    assert_eq!(found.status, DriftStatus::Inconclusive, "{:?}", found.summary);
}
