//! The distribution of numbers that pass: blocks of sorted values, thinned out to points, sixteen
//! of which are put together and thinned out again, and so on.
//!
//! Which values share a block follows from their order alone, so that the same numbers in the same
//! order give the same points, however they were handed over. The bound of the error grows with the
//! logarithm of the number of values: about 0.1 % of them for each factor of sixteen.

use super::points::{merged, of_sorted, packed, thinned};
use crate::domain::profile::{EXACT_LEVELS, MOST_BYTES, Points};
use crate::stats::order;

/// Values of a block.
const BLOCK: usize = 8192;
/// Points that a block, or sixteen of them, is thinned out to.
const KEPT: usize = 1024;
/// How many are put together.
const TOGETHER: usize = 16;

/// The distribution so far.
#[derive(Debug, Clone, Default)]
pub struct Quantiles {
    block: Vec<f64>,
    levels: Vec<Vec<Points>>,
}

impl Quantiles {
    /// Adds finite values; −0 is to be made 0 before. Tells each block, sorted, once it is full.
    pub fn add(&mut self, mut values: &[f64], tell: &mut dyn FnMut(&Points)) {
        while !values.is_empty() {
            let (now, later) = values.split_at(values.len().min(BLOCK - self.block.len()));
            self.block.extend_from_slice(now);
            values = later;
            if self.block.len() == BLOCK {
                self.flush(tell);
            }
        }
    }

    /// Ends the block that is not full yet.
    pub fn flush(&mut self, tell: &mut dyn FnMut(&Points)) {
        let mut block = std::mem::take(&mut self.block);
        if !block.is_empty() {
            order::sort(&mut block);
            let points = of_sorted(&block);
            tell(&points);
            self.push(thinned(&points, KEPT), 0);
            block.clear();
        }
        self.block = block;
    }

    /// Adds points that others have found.
    pub fn merge(&mut self, points: Points) {
        self.push(points, 0);
    }

    fn push(&mut self, points: Points, level: usize) {
        if self.levels.len() == level {
            self.levels.push(Vec::new());
        }
        self.levels[level].push(points);
        if self.levels[level].len() == TOGETHER {
            let together = std::mem::take(&mut self.levels[level]);
            self.push(thinned(&merged(&together), KEPT), level + 1);
        }
    }

    /// All points that are known.
    pub fn points(&self) -> Points {
        let mut parts: Vec<Points> = self.levels.iter().rev().flatten().cloned().collect();
        if !self.block.is_empty() {
            let mut block = self.block.clone();
            order::sort(&mut block);
            parts.push(of_sorted(&block));
        }
        match parts.len() {
            1 => parts.remove(0),
            _ => merged(&parts),
        }
    }

    /// Few points, to keep.
    pub fn finish(&self) -> Points {
        packed(&self.points(), EXACT_LEVELS, MOST_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::seq::SliceRandom as _;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    fn of(values: &[f64]) -> Points {
        let mut all = Quantiles::default();
        all.add(values, &mut |_| ());
        all.finish()
    }

    /// The largest error of a rank, at the points and, as what lies between is spread evenly,
    /// between them; as a share.
    fn rank_errors(points: &Points, sorted: &[f64]) -> (f64, f64) {
        let n = sorted.len() as f64;
        let upto = |x: f64| sorted.partition_point(|v| *v <= x) as f64;
        let at = points.points.iter().map(|p| (upto(p.value) - p.upto as f64).abs());
        let between = points.points.windows(2).map(|w| {
            let middle = w[0].value / 2.0 + w[1].value / 2.0;
            (upto(middle) - (w[0].upto + w[1].below) as f64 / 2.0).abs()
        });
        (at.fold(0.0, f64::max) / n, between.fold(0.0, f64::max) / n)
    }

    fn samples(n: usize) -> Vec<(&'static str, Vec<f64>)> {
        let mut rng = StdRng::seed_from_u64(5);
        let uniform: Vec<f64> = (0..n).map(|_| rng.random::<f64>()).collect();
        let normal: Vec<f64> =
            (0..n).map(|_| (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0).collect();
        let skewed: Vec<f64> = uniform.iter().map(|u| (-(1.0 - u).ln()).exp()).collect();
        let whole: Vec<f64> = skewed.iter().map(|x| (x * 10.0).floor().min(5000.0)).collect();
        let rising: Vec<f64> = (0..n).map(|i| 1.7e9 + i as f64).collect();
        let spiked: Vec<f64> =
            uniform.iter().zip(&normal).map(|(u, x)| if *u < 0.3 { 0.0 } else { *x }).collect();
        vec![
            ("uniform", uniform),
            ("normal", normal),
            ("skewed", skewed),
            ("whole", whole),
            ("rising", rising),
            ("spiked", spiked),
        ]
    }

    #[test]
    fn ranks_are_right_to_within_the_stated_error() {
        for (name, values) in samples(300_000) {
            let points = of(&values);
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let (at, between) = rank_errors(&points, &sorted);
            let total = points.total() as f64;
            let (stated, gap) = (points.error as f64 / total, points.largest_gap() as f64 / total);
            assert!(points.is_sound() && points.total() == 300_000, "{name}");
            assert!(at <= stated && stated < 0.005, "{name}: {at} at points, {stated} stated");
            assert!(between <= stated + gap, "{name}: {between} between, {gap} gap");
            assert!(at < 0.001 && gap < 0.02, "{name}: {at}, {gap}");
            assert!(points.to_bytes().len() <= MOST_BYTES, "{name}");
        }
    }

    #[test]
    fn order_and_merging_change_ranks_by_no_more_than_the_error() {
        let mut rng = StdRng::seed_from_u64(6);
        for (name, mut values) in samples(60_000) {
            let whole = of(&values);
            values.shuffle(&mut rng);
            let shuffled = of(&values);
            let mut shards = Quantiles::default();
            values.chunks(7_777).rev().for_each(|chunk| shards.merge(of(chunk)));
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            for points in [whole, shuffled, shards.finish()] {
                let (at, _) = rank_errors(&points, &sorted);
                let stated = points.error as f64 / points.total() as f64;
                assert!(at <= stated && stated < 0.02, "{name}: {at}, {stated} stated");
            }
        }
    }

    #[test]
    fn batches_change_nothing() {
        for (name, values) in samples(30_000) {
            let mut pieces = Quantiles::default();
            let mut sizes = [1, 700, 8192, 20_000].iter().cycle();
            let mut rest = &values[..];
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rest.len().min(*sizes.next().expect("endless")));
                pieces.add(now, &mut |_| ());
                rest = later;
            }
            assert_eq!(pieces.finish(), of(&values), "{name}");
        }
    }
}
