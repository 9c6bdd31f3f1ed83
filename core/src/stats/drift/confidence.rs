//! The confidence of predictions that are probabilities: the larger of p and 1 − p, compared with
//! what a stored profile of p tells of it.
//!
//! With F the distribution function of p, as many confidences are not above c as p lie from 1 − c to
//! c: F(c) − F((1 − c)⁻). Where the profile keeps points of F, each of the two ranks is wrong by at
//! most what the profile states, and one of them lies between two points, so that the derived points
//! have twice the error and once the largest gap. Their standard deviation is unknown then, and
//! `wasserstein-normed` is left out.

use super::profile::{Comparison, Current, compare};
use super::steps::Steps;
use crate::domain::profile::{
    ColumnProfile, ColumnValues, Distinct, Distribution, NumberProfile, Point, Points,
};

/// Where both outcomes are alike.
const EVEN: f64 = 0.5;

/// The name under which the confidence of a column of predictions is told.
pub fn name_of(prediction: &str) -> String {
    format!("{prediction} (confidence)")
}

/// Compares the confidence of the current predictions with that of the profiled ones: the derived
/// profile with the comparison. Missing values are those of the predictions themselves and are not
/// counted again.
///
/// `None` where either side holds something else than probabilities, or the baseline nothing but
/// 0 and 1.
pub fn compare_confidence(
    baseline: &ColumnProfile,
    current: &Current<'_>,
) -> Option<(ColumnProfile, Comparison)> {
    let ColumnValues::Number(before) = &baseline.values else { return None };
    let inside = |numbers: &NumberProfile| numbers.min >= 0.0 && numbers.max <= 1.0;
    let known = Steps::of(&before.distribution);
    let graded = known.values.iter().any(|p| (f64::MIN_POSITIVE..1.0).contains(p));
    let classes = known.exact && !graded;
    if baseline.count == 0 || !inside(before) || classes {
        return None;
    }
    let folded = of_steps(baseline, &known);
    let found = match current {
        Current::Numbers(values) => {
            let values = of_values(&known, values)?;
            compare(&folded, &Current::Numbers(&values))
        }
        Current::Profile(now) => match &now.values {
            ColumnValues::Number(numbers) if now.count > 0 && inside(numbers) => {
                let steps = known.snapped_steps(&Steps::of(&numbers.distribution));
                compare(&folded, &Current::Profile(&of_steps(now, &steps)))
            }
            _ => None,
        },
        Current::Levels { .. } => None,
    };
    let mut found = found?;
    found.null_p = None;
    found.metrics.retain(|name, _| !name.starts_with("null-rate"));
    if !folded.is_exact() {
        found.metrics.remove("wasserstein-normed");
        found.errors.remove("wasserstein-normed");
    }
    Some((folded, found))
}

/// The confidences of finite values; `None` where one is no probability. A value that is a known one
/// in single precision counts as that one, as it does among the predictions.
fn of_values(known: &Steps, values: &[f64]) -> Option<Vec<f64>> {
    let mut present: Vec<f64> = values.iter().copied().filter(|p| !p.is_nan()).collect();
    if present.iter().any(|p| !(0.0..=1.0).contains(p)) {
        return None;
    }
    present.sort_unstable_by(f64::total_cmp);
    Some(known.snapped(&present).iter().map(|p| confidence(*p)).collect())
}

fn confidence(p: f64) -> f64 {
    p.max(1.0 - p)
}

/// The profile of the confidence. Sums are not carried over.
fn of_steps(column: &ColumnProfile, steps: &Steps) -> ColumnProfile {
    let points = points(steps);
    let (low, high) = (points.points.first(), points.points.last());
    let bound = |point: Option<&Point>| point.map_or(EVEN, |p| p.value);
    let (mean, std) = moments(&points);
    let numbers = NumberProfile {
        min: bound(low),
        max: bound(high),
        mean,
        std,
        zeros: 0,
        negative: 0,
        sum: Default::default(),
        squares: Default::default(),
        distribution: Distribution::Points { points },
    };
    ColumnProfile {
        name: name_of(&column.name),
        role: column.role,
        count: column.count,
        nulls: 0,
        nan: 0,
        plus_infinite: 0,
        minus_infinite: 0,
        distinct: Distinct { registers: None, ..column.distinct.clone() },
        values: ColumnValues::Number(numbers),
    }
}

/// The points of the confidence. Those of a profile that keeps points begin at ½: what lies between
/// two points may be as unsure as that.
fn points(steps: &Steps) -> Points {
    // Each confidence with the probability below ½ that it is of, where that is known.
    let mut ends: Vec<(f64, Option<f64>)> = Vec::with_capacity(steps.values.len() + 1);
    ends.extend((!steps.exact).then_some((EVEN, None)));
    ends.extend(steps.values.iter().map(|p| (confidence(*p), (*p < EVEN).then_some(*p))));
    ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.is_some().cmp(&a.1.is_some())));
    ends.dedup_by(|later, first| later.0 == first.0);
    let whole = |rank: f64| rank.round().max(0.0) as u64;
    let mut points: Vec<Point> = Vec::with_capacity(ends.len());
    let mut counted = 0;
    for (high, low) in ends {
        let low = low.unwrap_or(1.0 - high);
        let below = steps.rank_below(high) - steps.rank_upto(low);
        let upto = steps.rank_upto(high) - steps.rank_below(low);
        let below = if points.is_empty() { 0 } else { whole(below).clamp(counted, steps.total) };
        counted = whole(upto).clamp(below, steps.total);
        points.push(Point { value: high, below, upto: counted });
    }
    if let Some(last) = points.last_mut() {
        last.upto = steps.total;
    }
    let share = |part: f64| (part * steps.total as f64).ceil() as u64;
    let error = if steps.exact { 0 } else { share(2.0 * steps.rank_error + steps.gap) };
    Points { points, error: error.min(steps.total) }
}

/// Mean and standard deviation (divisor n) of the values at the points and of those between two,
/// which are taken to lie in the middle.
fn moments(points: &Points) -> (f64, f64) {
    let at = points.points.iter().map(|p| (p.value, p.upto - p.below));
    let pairs = points.points.windows(2);
    let between = pairs.map(|w| ((w[0].value + w[1].value) / 2.0, w[1].below - w[0].upto));
    let all: Vec<(f64, f64)> = at.chain(between).map(|(x, n)| (x, n as f64)).collect();
    let total: f64 = all.iter().map(|(_, n)| n).sum();
    let mean = all.iter().map(|(x, n)| x * n).sum::<f64>() / total;
    let squares: f64 = all.iter().map(|(x, n)| n * (x - mean) * (x - mean)).sum();
    (mean.clamp(EVEN, 1.0), (squares / total).sqrt())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::data::{Column, ProfileOptions, Table, Values, profile};

    fn profiled(values: &[f64]) -> ColumnProfile {
        let column = Column { name: "p".into(), values: Values::Number(values.to_vec()) };
        let table = Table { columns: vec![column], rows: values.len(), ..Table::default() };
        profile(&table, &ProfileOptions::default()).expect("a profile").columns.remove(0)
    }

    fn direct(before: &[f64], now: &[f64]) -> Comparison {
        let sure = |values: &[f64]| values.iter().map(|p| confidence(*p)).collect::<Vec<f64>>();
        let before = profiled(&sure(before));
        compare(&before, &Current::Numbers(&sure(now))).expect("numbers")
    }

    /// Fractions whose difference from 1 is exact.
    fn few(seed: u64, rows: usize) -> Vec<f64> {
        (0..rows as u64).map(|i| ((i * 7919 + seed * 104_729) % 65) as f64 / 64.0).collect()
    }

    #[test]
    fn of_known_values_it_is_the_profile_of_the_confidences() {
        let (before, now) = (few(1, 500), few(2, 300));
        let now: Vec<f64> =
            now.into_iter().map(|p| p * p).map(|p| (p * 64.0).floor() / 64.0).collect();
        let (_, found) =
            compare_confidence(&profiled(&before), &Current::Numbers(&now)).expect("one");
        let expected = direct(&before, &now);
        for metric in ["psi", "ks", "jensen-shannon", "wasserstein-normed", "out-of-range"] {
            let (a, b) = (found.metrics[metric], expected.metrics[metric]);
            assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{metric}: {a} {b}");
        }
        assert!(!found.metrics.contains_key("null-rate-current") && found.errors.is_empty());
        let profiled_now = profiled(&now);
        let (_, kept) =
            compare_confidence(&profiled(&before), &Current::Profile(&profiled_now)).expect("one");
        assert_eq!(kept.metrics, found.metrics);
    }

    #[test]
    fn what_is_no_probability_or_a_mere_class_has_none() {
        let classes = profiled(&few(0, 200).iter().map(|p| p.round()).collect::<Vec<f64>>());
        let graded = profiled(&few(0, 200));
        let now = few(3, 50);
        assert_eq!(compare_confidence(&classes, &Current::Numbers(&now)), None);
        assert_eq!(compare_confidence(&graded, &Current::Numbers(&[0.5, 1.5])), None);
        assert_eq!(compare_confidence(&graded, &Current::Numbers(&[0.5, f64::INFINITY])), None);
        assert!(compare_confidence(&graded, &Current::Numbers(&[0.5, f64::NAN])).is_some());
        let numbers = profiled(&[-1.0, 0.5, 0.25]);
        assert_eq!(compare_confidence(&numbers, &Current::Numbers(&now)), None);
    }

    #[test]
    fn single_precision_is_no_drift() {
        let thirds = |k: usize| [1.0, 2.0, 3.0, 5.0, 6.0][k % 5] / 7.0;
        let before: Vec<f64> = (0..700).map(thirds).collect();
        let now: Vec<f64> = before.iter().map(|p| f64::from(*p as f32)).collect();
        let (_, found) =
            compare_confidence(&profiled(&before), &Current::Numbers(&now)).expect("one");
        assert_eq!((found.metrics["psi"], found.metrics["ks"]), (0.0, 0.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn from_points_it_is_right_to_within_what_is_stated(
            power in 0.2..5.0f64, other in 0.2..5.0f64, rows in 2_000..6_000usize,
        ) {
            let drawn = |power: f64, seed: f64| -> Vec<f64> {
                (0..rows).map(|i| ((i as f64 * 0.754_877_666 + seed).fract()).powf(power)).collect()
            };
            let (before, now) = (drawn(power, 0.1), drawn(other, 0.7));
            let (folded, found) =
                compare_confidence(&profiled(&before), &Current::Numbers(&now)).expect("one");
            let ColumnValues::Number(numbers) = &folded.values else { panic!("numbers") };
            prop_assert!(numbers.distribution.points().is_sound());
            let mut sure: Vec<f64> = before.iter().map(|p| confidence(*p)).collect();
            sure.sort_by(f64::total_cmp);
            let (points, n) = (numbers.distribution.points(), rows as f64);
            for point in &points.points {
                let true_rank = sure.partition_point(|c| *c <= point.value) as f64;
                prop_assert!((true_rank - point.upto as f64).abs() <= points.error as f64 + 1.0);
            }
            let mut now_sure: Vec<f64> = now.iter().map(|p| confidence(*p)).collect();
            now_sure.sort_by(f64::total_cmp);
            let exact = crate::stats::drift::ks::statistic(&sure, &now_sure).expect("numbers");
            let off = (found.metrics["ks"] - exact).abs();
            prop_assert!(off <= found.errors["ks"] + 2.0 / n, "{off} {}", found.errors["ks"]);
            prop_assert!(found.errors["ks"] < 0.1 && !found.metrics.contains_key("wasserstein-normed"));
        }
    }
}
