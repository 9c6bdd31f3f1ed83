//! Twins of `slices`.

use super::super::testing::World;
use super::*;
use crate::data::{Categories, Values};

fn gate() -> Slicing {
    Slicing {
        metric: Metric::ACCURACY,
        columns: vec!["region".into()],
        min: None,
        max: None,
        max_gap: None,
        max_loss: None,
        unclear: None,
        min_rows: None,
        quantiles: None,
        max_slices: None,
        resamples: Some(200),
        level: None,
    }
}

/// Rows of two regions and a few of a third; in the second the challenger is wrong in `wrong` of its
/// first rows, the champion never.
fn world(wrong: usize) -> World {
    let mut world = World::new().with_predictions(420).with_champion();
    let region = |i: usize| {
        if i < 200 {
            "north"
        } else if i < 400 {
            "south"
        } else {
            "west"
        }
    };
    let values = Values::Category(Categories::of((0..420).map(|i| Some(region(i)))));
    world.column("region", values);
    world.labels(|i| f64::from(i % 2 == 0));
    let right = |i: usize| if i.is_multiple_of(2) { 0.9 } else { 0.1 };
    world.scores(|i, _| right(i));
    world.tie();
    world.scores(|i, _| if (200..200 + wrong).contains(&i) { 1.0 - right(i) } else { right(i) });
    world
}

fn answer(gate: &Slicing, world: &World) -> Vec<(Verdict, String)> {
    let findings = gate.evaluate(&world.evidence());
    findings.into_iter().map(|f| (f.verdict, f.code)).collect()
}

#[test]
fn twins_on_both_sides_of_a_bound() {
    let min = |min| Slicing { min: Some(min), ..gate() };
    let world = world(30);
    let found = answer(&min(0.85), &world);
    assert_eq!(found[0], (Verdict::Pass, "slices-within-bounds".into()));
    assert_eq!(found[1], (Verdict::Warn, "slices-left-out".into()));
    assert_eq!(answer(&min(0.851), &world)[0], (Verdict::Fail, "slice-out-of-bounds".into()));
    let findings = min(0.851).evaluate(&world.evidence());
    assert!(findings[0].message.contains("region=south (200 rows)"), "{}", findings[0].message);
    assert!(findings[1].message.contains("region=west (20 rows)"), "{}", findings[1].message);
    assert_eq!(findings[0].evidence[0].value, 0.85);
    let most = Slicing { max: Some(0.99), ..gate() };
    assert_eq!(answer(&most, &world)[0].1, "slice-out-of-bounds");
}

/// 170 of 200 right is Wilson's 0.7939 to 0.8929; 200 of 200 is 0.9812 to 1.
#[test]
fn every_group_and_the_gap_between_two_have_an_interval() {
    let close = |found: Option<Interval>, low: f64, high: f64| {
        let found = found.expect("an interval");
        assert!((found.low - low).abs() < 1e-4 && (found.high - high).abs() < 1e-4, "{found:?}");
    };
    let world = world(30);
    let min = Slicing { min: Some(0.7), ..gate() }.evaluate(&world.evidence()).remove(0);
    assert_eq!(min.evidence[0].what, "region=south");
    close(min.evidence[0].interval, 0.79394, 0.89286);
    close(min.evidence[1].interval, 0.9812, 1.0);
    assert_eq!(min.interval, min.evidence[0].interval);
    let gap = Slicing { max_gap: Some(0.2), ..gate() }.evaluate(&world.evidence()).remove(0);
    // Newcombe's difference of both shares.
    let rate = |share| crate::stats::rates::Rate { share, rows: 200.0 };
    let newcombe = crate::stats::rates::difference(&rate(1.0), &rate(0.85), 0.95);
    close(gap.interval, newcombe.low, newcombe.high);
    let metric = Metric::BRIER;
    let loss = Slicing { metric, max: Some(1.0), ..gate() }.evaluate(&world.evidence()).remove(0);
    let figure = &loss.evidence[0];
    let around = figure.interval.expect("by resampling");
    assert!(around.low < figure.value && figure.value < around.high, "{figure:?}");
}

#[test]
fn twins_of_the_largest_gap() {
    let gap = |gap| Slicing { max_gap: Some(gap), ..gate() };
    assert_eq!(answer(&gap(0.15), &world(30))[0], (Verdict::Pass, "gap-within-limit".into()));
    assert_eq!(answer(&gap(0.149), &world(30))[0], (Verdict::Fail, "gap-exceeded".into()));
    let large = Slicing { min_rows: Some(201), ..gap(0.1) };
    assert_eq!(answer(&large, &world(30))[0].1, "no-slices-judged");
}

#[test]
fn a_loss_in_one_group_is_shown_ruled_out_or_unclear() {
    let loss = |max_loss| Slicing { max_loss: Some(max_loss), ..gate() };
    assert_eq!(answer(&loss(0.05), &world(60))[0], (Verdict::Fail, "slice-inferior".into()));
    assert_eq!(answer(&loss(0.05), &world(0))[0], (Verdict::Pass, "slices-not-inferior".into()));
    let unclear = (Verdict::Inconclusive, "slice-loss-unclear".into());
    assert_eq!(answer(&loss(0.05), &world(9))[0], unclear);
    let warned = Slicing { unclear: Some(Unclear::Warn), ..loss(0.05) };
    assert_eq!(answer(&warned, &world(9))[0].0, Verdict::Warn);
    let mut unscored = world(0);
    unscored.forget_champion_scores();
    assert_eq!(answer(&loss(0.05), &unscored)[0].1, "no-champion-scores");
    let auc = Slicing { metric: Metric::ROC_AUC, ..loss(0.05) };
    assert_eq!(answer(&auc, &world(60))[0].1, "slice-inferior");
}

#[test]
fn what_cannot_be_sliced_never_passes() {
    let min = Slicing { min: Some(0.0), ..gate() };
    assert_eq!(answer(&min, &World::new()), [(Verdict::Inconclusive, "no-predictions".into())]);
    let unknown = Slicing { columns: vec!["colour".into()], ..min.clone() };
    assert_eq!(answer(&unknown, &world(0)), [(Verdict::Error, "no-slices".into())]);
    let bare = World::new().with_predictions(100);
    assert_eq!(answer(&Slicing { columns: vec![], ..min.clone() }, &bare)[0].1, "no-slices");
    let mut broken = world(0);
    broken.scores(|i, score| if i == 3 { f64::NAN } else { score });
    assert_eq!(answer(&min, &broken), [(Verdict::Error, "not-a-number".into())]);
    let rmse = Slicing { metric: Metric::RMSE, ..min };
    assert_eq!(answer(&rmse, &world(0))[0].1, "metric-not-computable");
}

#[test]
fn a_hundred_thousand_groups_do_not_hang() {
    let rows = 100_000;
    let mut world = World::new().with_predictions(rows);
    let values = Values::Category(Categories::of((0..rows).map(|i| Some(format!("c{i}")))));
    world.column("region", values);
    let one = Slicing { min: Some(0.0), min_rows: Some(1), max_slices: Some(10), ..gate() };
    let found = one.evaluate(&world.evidence());
    assert_eq!(found[0].code, "no-slices-judged");
    assert_eq!((found[1].code.as_str(), found[1].value), ("slices-left-out", Some(100_000.0)));
}

#[test]
fn settings_that_ask_nothing_are_refused() {
    assert!(gate().check("k").is_err());
    for bad in [
        Slicing { min: Some(f64::NAN), ..gate() },
        Slicing { max_gap: Some(-0.1), ..gate() },
        Slicing { min: Some(0.9), max: Some(0.1), ..gate() },
        Slicing { min: Some(0.9), quantiles: Some(1), ..gate() },
        Slicing { min: Some(0.9), max_slices: Some(0), ..gate() },
    ] {
        assert!(bad.check("k").is_err(), "{bad:?}");
    }
    assert!(Slicing { min: Some(0.9), ..gate() }.check("k").is_ok());
}
