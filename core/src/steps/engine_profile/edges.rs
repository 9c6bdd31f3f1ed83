//! Where a distribution is cut, from what is known of it so far.

use crate::domain::profile::{Point, Points};
use crate::stats::sketch::points::{allowed, roundest};

/// Steps that a distribution is to have, about.
const STEPS: u64 = 160;
/// Edges of one round, about.
const EDGES: usize = 192;
/// Edges of the first round in even distances, and in even ratios of positive numbers.
const EVEN: u32 = 48;
const RATIOS: i32 = 40;

/// What is known of a distribution while it is counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Exact points.
    pub(super) points: Points,
    /// The smallest and the largest value of some steps.
    pub(super) extents: Vec<(f64, f64)>,
}

/// One step as it was counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// Its number: 2 i + 1 at edge i, 2 i below it.
    pub(super) number: u64,
    pub(super) count: u64,
    pub(super) lo: f64,
    pub(super) hi: f64,
}

impl Known {
    /// Adds the steps at these edges, in any order. The first and the last may be cut nowhere: how
    /// many values are at the smallest or the largest number is then known to within their count.
    pub(super) fn add(&mut self, edges: &[f64], mut steps: Vec<Step>) {
        steps.sort_unstable_by_key(|s| s.number);
        let total: u64 = steps.iter().map(|s| s.count).sum();
        let mut found: Vec<Point> = Vec::new();
        let mut steps = steps.into_iter().peekable();
        let mut below = 0;
        let mut error = 0;
        for number in 0..=2 * edges.len() as u64 {
            let step = steps.next_if(|s| s.number == number);
            let upto = below + step.map_or(0, |s| s.count);
            match (step, edges.get(number as usize / 2)) {
                (_, Some(edge)) if number % 2 == 1 => {
                    if upto > 0 && below < total {
                        found.push(Point { value: *edge, below, upto });
                    }
                }
                (Some(step), _) if step.lo == step.hi => {
                    found.push(Point { value: step.lo, below, upto });
                }
                (Some(step), _) => {
                    self.extents.push((step.lo, step.hi));
                    if below == 0 && !self.has(step.lo) {
                        found.push(Point { value: step.lo, below, upto: 1 });
                        error = error.max(step.count - 1);
                    }
                    if upto == total && !self.has(step.hi) {
                        found.push(Point { value: step.hi, below: total - 1, upto });
                        error = error.max(step.count - 1);
                    }
                }
                (None, _) => {}
            }
            below = upto;
        }
        self.join(found, error);
    }

    fn has(&self, value: f64) -> bool {
        self.points.points.binary_search_by(|p| p.value.total_cmp(&value)).is_ok()
    }

    fn join(&mut self, found: Vec<Point>, error: u64) {
        self.points.points.extend(found);
        self.points.points.sort_by(|a, b| a.value.total_cmp(&b.value));
        self.points.points.dedup_by(|a, b| a.value == b.value);
        self.points.error = self.points.error.max(error);
    }

    /// A number near the middle.
    pub(super) fn median(&self) -> f64 {
        let half = self.points.total() / 2;
        let points = &self.points.points;
        let at = points.partition_point(|p| p.upto < half);
        let Some(to) = points.get(at) else { return 0.0 };
        let Some(from) = at.checked_sub(1).map(|at| points[at]) else { return to.value };
        match to.below.saturating_sub(from.upto) {
            0 => to.value,
            gap => {
                let share = half.saturating_sub(from.upto) as f64 / gap as f64;
                between(from.value, to.value, share.clamp(0.0, 1.0))
            }
        }
    }

    /// Edges inside of the steps that hold too many values; none where none does.
    pub(super) fn next(&self) -> Vec<f64> {
        let total = self.points.total();
        let step = (total / STEPS).max(1);
        let heavy = |w: &&[Point]| w[1].below - w[0].upto > allowed(w[1].below, total, step).max(1);
        let wide: Vec<&[Point]> = self.points.points.windows(2).filter(heavy).collect();
        let pieces = |w: &[Point]| {
            let most = allowed(w[1].below, total, step).max(1);
            (2 * (w[1].below - w[0].upto)).div_ceil(most) as f64
        };
        let all: f64 = wide.iter().map(|w| pieces(w)).sum();
        let fewer = (EDGES as f64 / all).min(1.0);
        let mut edges: Vec<f64> = Vec::new();
        for w in wide {
            let count = (pieces(w) * fewer).ceil().max(2.0) as u32;
            let (lo, hi) = self.extent(w[0].value, w[1].value);
            edges.extend([w[0].value, w[1].value]);
            edges.extend((0..=count).map(|j| cut(lo, hi, j, count)));
        }
        let ends = self.points.points.first().zip(self.points.points.last());
        edges.retain(|x| ends.is_some_and(|(low, high)| low.value <= *x && *x <= high.value));
        ascending(edges)
    }

    /// Where the values between two points lie, as far as that was seen.
    fn extent(&self, from: f64, to: f64) -> (f64, f64) {
        let inside = self.extents.iter().filter(|(lo, hi)| from <= *lo && *hi <= to);
        let width = |(lo, hi): &&(f64, f64)| hi - lo;
        inside.min_by(|a, b| width(a).total_cmp(&width(b))).copied().unwrap_or((from, to))
    }
}

/// Edges of the first round: even distances, even ratios, what is frequent, 0 and both ends.
pub(super) fn first(min: f64, max: f64, frequent: &[f64]) -> Vec<f64> {
    let mut edges = vec![min, max];
    edges.extend(frequent);
    edges.extend((1..EVEN).map(|j| cut(min, max, j, EVEN)));
    match () {
        () if min > 0.0 => edges.extend(ratios(min, max)),
        () if max < 0.0 => edges.extend(ratios(-max, -min).map(|x| -x)),
        () => {
            edges.push(0.0);
            edges.extend(towards_zero(max).chain(towards_zero(min)));
        }
    }
    edges.retain(|x| min <= *x && *x <= max);
    ascending(edges)
}

/// A round number near the `j`th of `count` even pieces.
fn cut(lo: f64, hi: f64, j: u32, count: u32) -> f64 {
    let at = |share: f64| between(lo, hi, share);
    let (j, count) = (f64::from(j), f64::from(count));
    round(at((j - 0.2) / count), at((j + 0.2) / count))
}

/// The roundest number from `low` to `high`.
fn round(low: f64, high: f64) -> f64 {
    if low < high && high.is_finite() { roundest(low, high) } else { low }
}

fn between(lo: f64, hi: f64, share: f64) -> f64 {
    lo * (1.0 - share) + hi * share
}

/// Round numbers in even ratios from `low` to `high`, both positive.
fn ratios(low: f64, high: f64) -> impl Iterator<Item = f64> {
    let (from, to) = (low.log2(), high.log2());
    let at = move |j: i32| (from + (to - from) * f64::from(j) / f64::from(RATIOS)).exp2();
    (1..RATIOS).map(at).filter(|x| x.is_finite()).map(|x| round(x, x * 1.05))
}

/// Round numbers between `x` and 0: halves at first, then sixteenths.
fn towards_zero(x: f64) -> impl Iterator<Item = f64> {
    let powers = (1..=12).chain((16..=68).step_by(4));
    let sized =
        move |power: i32| round(x.abs() * 0.5f64.powi(power), x.abs() * 0.5f64.powi(power) * 1.05);
    powers.map(move |power| sized(power).copysign(x))
}

fn ascending(mut edges: Vec<f64>) -> Vec<f64> {
    edges.iter_mut().for_each(|x| *x += 0.0);
    edges.sort_unstable_by(f64::total_cmp);
    edges.dedup();
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::profile::MOST_BYTES;
    use crate::stats::sketch::points::fitted;

    /// What an engine counts.
    fn counted(sorted: &[f64], edges: &[f64]) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for x in sorted {
            let at = edges.partition_point(|e| e < x);
            let number = (2 * at + usize::from(edges.get(at) == Some(x))) as u64;
            match steps.last_mut() {
                Some(last) if last.number == number => {
                    last.count += 1;
                    last.hi = *x;
                }
                _ => steps.push(Step { number, count: 1, lo: *x, hi: *x }),
            }
        }
        steps
    }

    fn rounds(sorted: &[f64]) -> (Known, usize) {
        let mut known = Known::default();
        let mut edges = first(sorted[0], sorted[sorted.len() - 1], &[]);
        let mut round = 0;
        while !edges.is_empty() && round < 5 {
            assert!(edges.len() < 3 * EDGES, "{}", edges.len());
            known.add(&edges, counted(sorted, &edges));
            assert!(known.points.is_sound(), "round {round}");
            edges = known.next();
            round += 1;
        }
        (known, round)
    }

    fn samples() -> Vec<(&'static str, Vec<f64>)> {
        let unit = |i: u32| (f64::from(i) + 0.5) / 20_000.0;
        let all = |f: &dyn Fn(f64) -> f64| (0..20_000).map(|i| f(unit(i))).collect::<Vec<f64>>();
        let mut outlier = all(&|u| 1.7e9 + u);
        outlier[0] = -1e12;
        vec![
            ("even", all(&|u| u)),
            ("normal", all(&|u| (u / (1.0 - u)).ln())),
            ("heavy", all(&|u| (3.0 * (u / (1.0 - u)).ln()).exp())),
            ("far", all(&|u| 1.7e18 + (u * 1e9).floor())),
            ("an outlier", outlier),
            ("negative", all(&|u| -1.0 / (1.0 - u))),
            ("huge", all(&|u| (u - 0.5) * 1.7e308 * 2.0)),
            ("tiny", all(&|u| u * 1e-300)),
            ("both", all(&|u| (u - 0.5).signum() * (1.0 / (0.5 - (u - 0.5).abs()).max(1e-9)))),
        ]
    }

    #[test]
    fn few_rounds_leave_small_steps_and_exact_points() {
        for (name, mut values) in samples() {
            values.sort_unstable_by(f64::total_cmp);
            let (known, rounds) = rounds(&values);
            assert!(rounds <= 4, "{name}: {rounds} rounds");
            for point in &known.points.points {
                let below = values.partition_point(|x| *x < point.value) as u64;
                let upto = values.partition_point(|x| *x <= point.value) as u64;
                assert_eq!((point.below, point.upto), (below, upto), "{name}");
            }
            let kept = fitted(&known.points, 200, MOST_BYTES);
            assert!(kept.to_bytes().len() <= MOST_BYTES && kept.is_sound(), "{name}");
            assert_eq!(kept.error, 0, "{name}");
            let gap = kept.largest_gap() as f64 / 20_000.0;
            assert!(gap < 0.02, "{name}: a gap of {gap} with {} points", kept.points.len());
            let median = values[values.len() / 2];
            let spread = values[values.len() * 3 / 4] - values[values.len() / 4];
            // Of two heaps any number between them is in the middle.
            let near = (known.median() - median).abs() <= 0.1 * spread;
            assert!(near || name == "both", "{name}: {}", known.median());
        }
    }

    #[test]
    fn ends_that_are_not_cut_are_known_to_within_their_steps() {
        let values = [1.0, 1.0, 2.0, 5.0, 7.0, 8.0, 8.0];
        let mut known = Known::default();
        known.add(&[5.0, 100.0], counted(&values, &[5.0, 100.0]));
        let points = &known.points;
        assert!(points.is_sound() && points.total() == 7, "{points:?}");
        let found: Vec<_> = points.points.iter().map(|p| (p.value, p.below, p.upto)).collect();
        assert_eq!((found, points.error), (vec![(1.0, 0, 1), (5.0, 3, 4), (8.0, 6, 7)], 2));
    }
}
