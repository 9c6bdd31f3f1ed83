//! Numbers that were counted elsewhere, by an engine, into the same profile as those that passed
//! here.

use super::number::of_few;
use super::points::fitted;
use super::sum::{Sum, deviation, mean};
use crate::domain::profile::{
    Distinct, Distribution, EXACT_LEVELS, MOST_BYTES, NumberProfile, Point, Points,
};

/// What is known of finite numbers of which there are many distinct ones.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
    /// How many are 0.
    pub zeros: u64,
    /// How many are below 0.
    pub negative: u64,
    /// How many distinct ones there are.
    pub distinct: u64,
    /// Their sums.
    pub shifted: Shifted,
    /// Their distribution; the last point's `upto` is their number.
    pub points: Points,
}

/// Sums of x × 2^`power` − `pivot` over numbers x.
#[derive(Debug, Clone, Default)]
pub struct Shifted {
    /// What was taken off.
    pub pivot: f64,
    /// The power of two.
    pub power: i32,
    /// The sums of parts of the numbers.
    pub sums: Vec<f64>,
    /// The sums of the squares.
    pub squares: Vec<f64>,
}

/// The profile of numbers that are all known, ascending and each with its count (0 as +0).
pub fn of_counts(counts: &[(f64, u64)]) -> (NumberProfile, Distinct) {
    let (mut sum, mut squares) = (Sum::default(), Sum::default());
    let mut points = Points::default();
    let mut below = 0;
    for (value, count) in counts {
        sum.add_product(*count, *value, 1.0, 0);
        squares.add_product(*count, *value, *value, 0);
        points.points.push(Point { value: *value, below, upto: below + count });
        below += count;
    }
    let share = |of: &dyn Fn(f64) -> bool| {
        counts.iter().filter(|(value, _)| of(*value)).map(|(_, count)| count).sum()
    };
    let extreme = |pair: Option<&(f64, u64)>| pair.map_or(0.0, |(value, _)| *value);
    let (kept, distinct) = of_few(&points);
    let known = Known {
        count: below,
        min: extreme(counts.first()),
        max: extreme(counts.last()),
        zeros: share(&|x| x == 0.0),
        negative: share(&|x| x < 0.0),
    };
    (profile(&known, &sum, &squares, kept), distinct)
}

/// The profile of these numbers: the points are thinned out, and none is moved.
pub fn of_facts(facts: &Facts) -> (NumberProfile, Distinct) {
    let known = Known {
        count: facts.points.total(),
        min: facts.min,
        max: facts.max,
        zeros: facts.zeros,
        negative: facts.negative,
    };
    let (sum, squares) = facts.shifted.plain(known.count);
    let kept = fitted(&facts.points, EXACT_LEVELS, MOST_BYTES);
    let distinct = Distinct { count: facts.distinct, error: 0.0, registers: None };
    (profile(&known, &sum, &squares, kept), distinct)
}

struct Known {
    count: u64,
    min: f64,
    max: f64,
    zeros: u64,
    negative: u64,
}

fn profile(known: &Known, sum: &Sum, squares: &Sum, points: Points) -> NumberProfile {
    let Known { count, min, max, zeros, negative } = *known;
    let (sum, squares) = (sum.exact(), squares.exact());
    NumberProfile {
        min,
        max,
        mean: mean(&sum, count).clamp(min, max) + 0.0,
        std: deviation(&sum, &squares, count).unwrap_or(0.0),
        zeros,
        negative,
        sum,
        squares,
        distribution: Distribution::of(points),
    }
}

impl Shifted {
    /// Σx and Σx² of `count` numbers. With w = x s − p: Σx s = Σw + n p and
    /// Σx² s² = Σw² + 2 p Σw + n p², added up without rounding.
    fn plain(&self, count: u64) -> (Sum, Sum) {
        let (mut sum, mut squares) = (Sum::default(), Sum::default());
        let (p, back) = (self.pivot, -self.power);
        for w in &self.sums {
            sum.add_product(1, *w, 1.0, back);
            squares.add_product(2, *w, p, 2 * back);
        }
        for w in &self.squares {
            squares.add_product(1, *w, 1.0, 2 * back);
        }
        sum.add_product(count, p, 1.0, back);
        squares.add_product(count, p, p, 2 * back);
        (sum, squares)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::sketch::number::NumberSketch;

    fn passed(values: &[f64]) -> (NumberProfile, Distinct) {
        let mut sketch = NumberSketch::default();
        sketch.add(values);
        sketch.finish()
    }

    #[test]
    fn few_numbers_give_the_same_profile_as_passing_them() {
        for values in [vec![], vec![-2.5], vec![0.0, 0.0, 0.1, 0.1, 0.1, 7e300, -1e-300]] {
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let mut counts: Vec<(f64, u64)> = Vec::new();
            for x in sorted {
                match counts.last_mut() {
                    Some(last) if last.0 == x => last.1 += 1,
                    _ => counts.push((x, 1)),
                }
            }
            assert_eq!(of_counts(&counts), passed(&values), "{values:?}");
        }
    }

    #[test]
    fn shifted_sums_give_the_same_mean_and_deviation() {
        for (scale, power, far) in
            [(1.0, 0, 1.7e9), (1e-3, 0, 0.0), (1e200, -700, 0.0), (1e-250, 800, 0.0)]
        {
            let values: Vec<f64> =
                (0..5000).map(|i| far + scale * f64::from(i * 37 % 5000) / 7.0).collect();
            let (plain, _) = passed(&values);
            let factor = 2f64.powi(power);
            let pivot = (far + scale * 300.0) * factor;
            let parts = values.chunks(700).map(|chunk| {
                let shifted = chunk.iter().map(|x| x * factor - pivot);
                (shifted.clone().sum::<f64>(), shifted.map(|w| w * w).sum::<f64>())
            });
            let (sums, squares) = parts.unzip();
            let found = of_facts(&Facts {
                min: plain.min,
                max: plain.max,
                zeros: 0,
                negative: 0,
                distinct: 5000,
                shifted: Shifted { pivot, power, sums, squares },
                points: plain.distribution.points(),
            });
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-13 * b.abs();
            assert!(near(found.0.mean, plain.mean), "{} {}", found.0.mean, plain.mean);
            assert!(near(found.0.std, plain.std), "{} {}", found.0.std, plain.std);
        }
    }
}
