//! Tests of `absolute`.

use super::super::testing::World;
use super::*;

fn gate(min: f64) -> Absolute {
    Absolute { metric: "roc-auc".into(), min: Some(min), ..Absolute::default() }
}

fn answer(gate: &Absolute, world: &World) -> (Verdict, String) {
    let finding = gate.evaluate(&world.evidence()).remove(0);
    (finding.verdict, finding.code)
}

#[test]
fn twins_on_both_sides_of_the_bound() {
    let mut world = World::new();
    world.challenger.metrics.insert("roc_auc".into(), 0.85);
    assert_eq!(answer(&gate(0.85), &world), (Verdict::Pass, "within-bounds".into()));
    world.challenger.metrics.insert("roc_auc".into(), 0.849_999_9);
    assert_eq!(answer(&gate(0.85), &world), (Verdict::Fail, "below-minimum".into()));
    let warned = Absolute { warn_below: Some(0.9), ..gate(0.8) };
    assert_eq!(answer(&warned, &world), (Verdict::Warn, "near-minimum".into()));
    let most = Absolute { min: None, max: Some(0.8), ..gate(0.0) };
    assert_eq!(answer(&most, &world), (Verdict::Fail, "above-maximum".into()));
}

#[test]
fn a_value_that_rounds_to_its_bound_is_told_from_it() {
    let mut world = World::new();
    world.challenger.metrics.insert("roc-auc".into(), 0.849_999_9);
    let finding = gate(0.85).evaluate(&world.evidence()).remove(0);
    assert!(finding.message.contains("0.8499999 in the package, below the minimum 0.85"));
}

#[test]
fn what_is_missing_or_no_number_never_passes() {
    let mut world = World::new();
    assert_eq!(answer(&gate(0.1), &world), (Verdict::Error, "metric-missing".into()));
    for value in [f64::NAN, f64::INFINITY] {
        world.challenger.metrics.insert("roc-auc".into(), value);
        assert_eq!(answer(&gate(0.1), &world), (Verdict::Fail, "metric-not-finite".into()));
    }
    let asked = Absolute { source: Some(Source::Predictions), ..gate(0.1) };
    assert_eq!(answer(&asked, &world), (Verdict::Error, "no-predictions".into()));
}

#[test]
fn predictions_go_before_the_package_unless_it_is_asked_for() {
    let mut world = World::new().with_predictions(200);
    world.challenger.metrics.insert("roc-auc".into(), 0.1);
    assert_eq!(answer(&gate(0.5), &world).0, Verdict::Pass);
    let packaged = Absolute { source: Some(Source::Package), ..gate(0.5) };
    assert_eq!(answer(&packaged, &world).0, Verdict::Fail);
    let regression = Absolute { metric: "rmse".into(), ..packaged };
    assert_eq!(answer(&regression, &world).1, "metric-missing");
}

#[test]
fn rows_that_show_nothing_never_pass() {
    let code = |world: &World| answer(&gate(0.0), world).1;
    assert_eq!(code(&World::new().with_predictions(0)), "no-rows");
    assert_eq!(code(&World::new().with_predictions(20)), "too-few-rows");
    let mut world = World::new().with_predictions(200);
    world.labels(|_| 1.0);
    assert_eq!(code(&world), "one-class");
    let mut world = World::new().with_predictions(200);
    world.scores(|i, score| if i == 7 { f64::NAN } else { score });
    assert_eq!(code(&world), "not-a-number");
}

#[test]
fn with_a_level_the_whole_interval_must_keep_the_bound() {
    let world = World::new().with_predictions(600);
    for metric in ["accuracy", "recall", "precision", "roc-auc", "f1"] {
        let gate = |min: f64, level| Absolute {
            metric: metric.into(),
            min: Some(min),
            level,
            ..Absolute::default()
        };
        let found = gate(0.0, Some(0.95)).evaluate(&world.evidence()).remove(0);
        assert_eq!(found.verdict, Verdict::Pass, "{}", found.message);
        let (Some(interval), Some(value)) = (found.interval, found.value) else {
            panic!("{metric} has an interval")
        };
        assert!(interval.low < value && value < interval.high, "{metric} {interval:?} {value}");
        let between = f64::midpoint(interval.low, value);
        let unclear = (Verdict::Inconclusive, "minimum-unclear".to_owned());
        assert_eq!(answer(&gate(between, Some(0.95)), &world), unclear, "{metric}");
        assert_eq!(answer(&gate(between, None), &world).0, Verdict::Pass, "{metric}");
        assert_eq!(answer(&gate(interval.low, Some(0.95)), &world).0, Verdict::Pass, "{metric}");
        assert_eq!(answer(&gate(value + 1e-6, Some(0.95)), &world).0, Verdict::Fail, "{metric}");
        let most = Absolute { max: Some(between), min: None, ..gate(0.0, Some(0.95)) };
        assert_eq!(answer(&most, &world).1, "above-maximum");
        let most = Absolute { max: Some(f64::midpoint(value, interval.high)), ..most };
        assert_eq!(answer(&most, &world).1, "maximum-unclear");
    }
}

#[test]
fn an_interval_that_cannot_be_had_is_no_pass() {
    let asked = Absolute { level: Some(0.95), ..gate(0.5) };
    let mut world = World::new();
    world.challenger.metrics.insert("roc-auc".into(), 0.9);
    assert_eq!(answer(&asked, &world), (Verdict::Error, "no-predictions".into()));
    let mut world = World::new().with_predictions(60);
    world.scores(|i, _| f64::from(i % 2 == 0));
    assert_eq!(answer(&gate(0.5), &world).0, Verdict::Pass);
    assert_eq!(answer(&asked, &world), (Verdict::Inconclusive, "interval-unclear".into()));
    let perfect = Absolute { metric: "accuracy".into(), ..asked };
    assert_eq!(answer(&perfect, &world), (Verdict::Pass, "within-bounds".into()));
    let all = Absolute { min: Some(1.0), ..perfect };
    assert_eq!(answer(&all, &world), (Verdict::Inconclusive, "minimum-unclear".into()));
}
