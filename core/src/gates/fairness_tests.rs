//! Twins of `fairness`.

use super::super::testing::World;
use super::*;
use crate::data::{Categories, Values};

/// Two groups of the same size; of each the first rows of every ten get a favourable decision. All
/// even rows deserve one.
fn world(rows: usize, north: usize, south: usize) -> World {
    let mut world = World::new().with_predictions(2 * rows);
    let group = move |i: usize| if i < rows { ("north", north) } else { ("south", south) };
    let values = Values::Category(Categories::of((0..2 * rows).map(|i| Some(group(i).0))));
    world.column("region", values);
    world.labels(|i| f64::from(i / 10 % 2 == 0));
    world.scores(|i, _| if i % 10 < group(i).1 { 0.9 } else { 0.1 });
    world
}

fn gate(criterion: Criterion, max: Option<f64>) -> Fairness {
    Fairness {
        column: "region".into(),
        criterion,
        max,
        min_ratio: None,
        favourable: None,
        reference: None,
        min_rows: None,
        level: None,
    }
}

fn answer(gate: &Fairness, world: &World) -> Vec<(Verdict, String)> {
    let findings = gate.evaluate(&world.evidence());
    findings.into_iter().map(|f| (f.verdict, f.code)).collect()
}

#[test]
fn twins_of_every_criterion() {
    let (fair, unfair) = (world(5000, 5, 5), world(5000, 3, 6));
    for gate in [
        gate(Criterion::DemographicParity, Some(0.1)),
        gate(Criterion::EqualisedOdds, Some(0.1)),
        gate(Criterion::EqualOpportunity, Some(0.1)),
        gate(Criterion::DisparateImpact, None),
    ] {
        assert_eq!(answer(&gate, &fair), [(Verdict::Pass, "fair".into())], "{gate:?}");
        assert_eq!(answer(&gate, &unfair), [(Verdict::Fail, "unfair".into())], "{gate:?}");
    }
}

#[test]
fn the_interval_decides_and_small_groups_show_nothing() {
    let gate = gate(Criterion::DemographicParity, Some(0.15));
    assert_eq!(answer(&gate, &world(5000, 4, 5))[0].1, "fair");
    assert_eq!(
        answer(&gate, &world(50, 4, 5)),
        [(Verdict::Inconclusive, "fairness-unclear".into())]
    );
    let found = gate.evaluate(&world(5000, 4, 5).evidence()).remove(0);
    assert!((found.value.expect("a value") - 0.1).abs() < 1e-12);
    assert!(found.interval.is_some_and(|i| i.low < 0.1 && i.high > 0.1));
    let tiny = answer(&gate, &world(20, 4, 5));
    assert_eq!(tiny[0], (Verdict::Inconclusive, "no-groups".into()));
    assert_eq!(tiny[1], (Verdict::Inconclusive, "groups-too-small".into()));
}

#[test]
fn the_reference_may_be_named() {
    let named = |level: &str| Fairness {
        reference: Some(level.into()),
        ..gate(Criterion::DisparateImpact, None)
    };
    let unfair = world(5000, 3, 6);
    assert_eq!(answer(&named("south"), &unfair)[0].1, "unfair");
    assert_eq!(answer(&named("north"), &unfair)[0].1, "fair");
    assert_eq!(answer(&named("east"), &unfair)[0], (Verdict::Inconclusive, "no-reference".into()));
}

#[test]
fn what_cannot_be_compared_never_passes() {
    let parity = gate(Criterion::DemographicParity, Some(1.0));
    assert_eq!(answer(&parity, &World::new()), [(Verdict::Inconclusive, "no-predictions".into())]);
    let other = Fairness { column: "colour".into(), ..parity.clone() };
    assert_eq!(answer(&other, &world(100, 5, 5)), [(Verdict::Error, "no-groups".into())]);
    let impact = gate(Criterion::DisparateImpact, None);
    let none = answer(&impact, &world(100, 0, 0));
    assert_eq!(none, [(Verdict::Inconclusive, "no-favourable-decisions".into())]);
    let mut broken = world(100, 5, 5);
    broken.scores(|i, score| if i == 3 { f64::NAN } else { score });
    assert_eq!(answer(&parity, &broken), [(Verdict::Error, "not-a-number".into())]);
    let mut numbers = world(100, 5, 5);
    numbers.regression();
    assert_eq!(answer(&parity, &numbers)[0].1, "metric-not-computable");
    let wrong = Fairness { favourable: Some("maybe".into()), ..parity };
    assert_eq!(answer(&wrong, &world(100, 5, 5))[0].1, "favourable-unknown");
}

#[test]
fn bounds_must_go_with_the_criterion() {
    assert!(gate(Criterion::DemographicParity, None).check("k").is_err());
    assert!(gate(Criterion::DemographicParity, Some(2.0)).check("k").is_err());
    assert!(gate(Criterion::DisparateImpact, Some(0.1)).check("k").is_err());
    assert!(gate(Criterion::DisparateImpact, None).check("k").is_ok());
    let ratio = Fairness { min_ratio: Some(0.8), ..gate(Criterion::EqualisedOdds, Some(0.1)) };
    assert!(ratio.check("k").is_err());
}
