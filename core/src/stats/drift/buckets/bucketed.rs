//! Both samples in the same buckets: which of them are opened, and what follows from all.

use super::super::bars::BARS;
use super::super::bins::shares;
use super::super::numeric::{Groups, Numeric, group_ranks};
use super::super::profile::{BinNames, Bins};
use super::super::scale::Scale;
use super::side::Side;
use super::walk::Walk;

/// Both samples in buckets.
pub(super) struct Bucketed {
    /// The lowest value of every bucket but the first.
    edges: Vec<f64>,
    pivot: f64,
    before: Side,
    now: Side,
    n: i64,
    m: i64,
}

/// What is known once the opened buckets are sorted.
struct Opened {
    /// Values of the opened buckets, ascending.
    before: Vec<f64>,
    now: Vec<f64>,
    flags: Vec<bool>,
}

impl Bucketed {
    /// `None` where either has no usable value, or both have so many that counts times counts
    /// do not fit.
    pub(super) fn of(scale: Scale, pivot: f64, a: &[f64], b: &[f64]) -> Option<Self> {
        let edges = scale.edges();
        let before = Side::of(&scale, &edges, pivot, a);
        let now = Side::of(&scale, &edges, pivot, b);
        let (n, m) = (i64::try_from(before.usable()).ok()?, i64::try_from(now.usable()).ok()?);
        let fits = n.checked_mul(m).is_some_and(|product| product <= i64::MAX / 4);
        (n > 0 && m > 0 && fits).then_some(Self { edges, pivot, before, now, n, m })
    }

    fn buckets(&self) -> usize {
        self.before.buckets.len()
    }

    /// By how much the baseline's function is ahead over a bucket, times n·m.
    fn step(&self, k: usize) -> (i64, i64) {
        let (a, b) = (self.before.buckets[k].count, self.now.buckets[k].count);
        (i64::from(a) * self.m, i64::from(b) * self.n)
    }

    /// `None` where the values are too large to be squared.
    pub(super) fn finish(self, a: &[f64], b: &[f64]) -> Option<Numeric> {
        let ranks = group_ranks(self.n as u64);
        let opened = self.open(a, b, &ranks);
        let (largest, wasserstein, groups) = self.walk(&opened, &ranks);
        let (mean, std) = self.before.moments(self.pivot, self.n as f64)?;
        let (low, high) = (self.before.low, self.before.high);
        let inside = self.now.low >= low && self.now.high <= high;
        let beyond = |x: &f64| x.is_finite() & ((*x < low) | (*x > high));
        let outside = if inside { 0 } else { b.iter().map(|x| u64::from(beyond(x))).sum() };
        Some(Numeric {
            counts: (self.n as u64, self.m as u64),
            missing: (self.before.missing, self.now.missing),
            ks: largest as f64 / (self.n * self.m) as f64,
            wasserstein,
            mean,
            std,
            outside,
            groups,
            drawn: self.drawn(),
        })
    }

    fn open(&self, a: &[f64], b: &[f64], ranks: &[u64]) -> Opened {
        let flags = self.flags(ranks);
        let (before, now) = (self.before.sorted(a, &flags), self.now.sorted(b, &flags));
        Opened { before, now, flags }
    }

    /// Which buckets have to be sorted.
    fn flags(&self, ranks: &[u64]) -> Vec<bool> {
        let mut largest = 0;
        let mut ahead = 0i64;
        for k in 0..self.buckets() {
            let (up, down) = self.step(k);
            ahead += up - down;
            largest = largest.max(ahead.abs());
        }
        let (mut ahead, mut upto) = (0i64, 0u64);
        let mut ranks = ranks.iter().peekable();
        let flag = |k: usize| {
            let (up, down) = self.step(k);
            let (lowest, highest) = (ahead - down, ahead + up);
            ahead += up - down;
            upto += u64::from(self.before.buckets[k].count);
            let mut ends = false;
            while ranks.next_if(|rank| **rank <= upto).is_some() {
                ends = true;
            }
            let crosses = lowest < 0 && highest > 0;
            up + down > 0 && (crosses || ends || highest > largest || -lowest > largest)
        };
        (0..self.buckets()).map(flag).collect()
    }

    /// The largest distance times n·m, the area, and the bins.
    fn walk(&self, opened: &Opened, ranks: &[u64]) -> (i64, f64, Groups) {
        let edges = &self.edges;
        let product = (self.n * self.m) as f64;
        let mut state = Walk::new(ranks);
        for k in 0..self.buckets() {
            let (before, now) = (self.before.buckets[k], self.now.buckets[k]);
            let (a, b) = (before.count as usize, now.count as usize);
            if opened.flags[k] {
                let before = &opened.before[state.read.0..state.read.0 + a];
                let now = &opened.now[state.read.1..state.read.1 + b];
                state.read = (state.read.0 + a, state.read.1 + b);
                let ends = (edges.get(k.wrapping_sub(1)).copied(), edges.get(k).copied());
                state.inside(before, now, ends, (self.n, self.m));
            } else {
                let (up, down) = self.step(k);
                state.ahead += up - down;
                state.largest = state.largest.max(state.ahead.abs());
                state.upto = (state.upto.0 + a as u64, state.upto.1 + b as u64);
                let sums = now.sum / self.m as f64 - before.sum / self.n as f64;
                let width = match (k.checked_sub(1).map(|k| edges[k]), edges.get(k)) {
                    (Some(left), Some(right)) if state.ahead != 0 => right - left,
                    _ => 0.0,
                };
                state.area += (width * (state.ahead as f64 / product) + sums).abs();
            }
        }
        let totals = (self.n as u64, self.m as u64);
        (state.largest, state.area, state.groups(totals))
    }

    /// Bars along the buckets, between the outermost two hundredths of both together.
    fn drawn(&self) -> Option<Bins> {
        let all = (self.n + self.m) as f64;
        let weight = |k: usize| {
            f64::from(self.before.buckets[k].count) + f64::from(self.now.buckets[k].count)
        };
        let reach = |share: f64| {
            let mut upto = 0.0;
            (0..self.buckets()).find(|k| {
                upto += weight(*k);
                upto >= share * all
            })
        };
        let (low, high) = (reach(0.005)?, reach(0.995)?.min(self.buckets() - 2));
        let span = high.max(low + BARS) - low;
        let edges = &self.edges;
        let places: Vec<usize> =
            (1..=BARS).map(|i| (low + span * i / BARS).min(edges.len() - 1)).collect();
        let counted = |side: &Side| {
            let mut counts = vec![0u64; BARS];
            for (k, bucket) in side.buckets.iter().enumerate() {
                let bar = places.partition_point(|place| *place < k).min(BARS - 1);
                counts[bar] += u64::from(bucket.count);
            }
            shares(&counts)
        };
        let names = BinNames::UpTo(places.iter().map(|k| edges[*k]).collect());
        Some(Bins { names, baseline: counted(&self.before)?, current: counted(&self.now)? })
    }
}
