//! Many numbers compared exactly without sorting them all.
//!
//! Both samples go into buckets in the order of the values, each with its counts and the sum of its
//! values. Where the distribution functions cannot cross within a bucket, the area between them
//! there follows from the sum alone. Only buckets in which they may cross, in which their distance
//! may be the largest, or in which a tenth of the baseline ends are sorted.

use std::collections::HashMap;

use super::bins::shares;
use super::numeric::{BARS, Groups, Numeric, ONE_EACH, group_ranks, of_steps};
use super::profile::{BinNames, Bins};
use super::scale::Scale;

/// Values that are looked at to choose the buckets.
const SAMPLE: usize = 2048;
/// Fewest and most buckets: few values share one, and all of them stay in a near cache.
const BUCKETS: (usize, usize) = (1024, 16_384);
/// Values that should share a bucket.
const SHARED: usize = 128;
/// Distinct values in the sample up to which counting each value is tried.
const FEW: usize = 256;
/// Distinct values at which counting gives up.
const TOO_MANY: usize = 1024;

/// Compares two samples. `None` where either has no usable value, or no choice of buckets spreads
/// them well enough to be worth it.
pub(super) fn compare(a: &[f64], b: &[f64]) -> Option<Numeric> {
    let own = sample(a);
    let mut sample = [&own[..], &sample(b)].concat();
    sample.sort_unstable_by(f64::total_cmp);
    let mut distinct = sample.clone();
    distinct.dedup();
    if distinct.len() <= FEW
        && let Some((found, missing)) = count(a, b)
    {
        return of_steps(&found, missing);
    }
    // A baseline of few distinct values has a bin for each, which are not looked for here.
    if own.chunk_by(f64::eq).count() <= ONE_EACH {
        return None;
    }
    let buckets = ((a.len() + b.len()) / SHARED).next_power_of_two().clamp(BUCKETS.0, BUCKETS.1);
    let scale = Scale::choose(&distinct, buckets)?;
    let pivot = *own.get(own.len() / 2)?;
    Bucketed::of(scale, pivot, a, b)?.finish(a, b)
}

/// Some finite values, evenly over the rows, ascending.
fn sample(values: &[f64]) -> Vec<f64> {
    let step = values.len().div_ceil(SAMPLE / 2).max(1);
    let taken = values.iter().step_by(step);
    let mut sample: Vec<f64> = taken.filter(|x| x.is_finite()).map(|x| x + 0.0).collect();
    sample.sort_unstable_by(f64::total_cmp);
    sample
}

/// Distinct values with how often either side has them, and how many of each side are missing.
type Counted = (Vec<(f64, u64, u64)>, (u64, u64));

/// The distinct values of both; `None` where there are too many.
fn count(a: &[f64], b: &[f64]) -> Option<Counted> {
    let mut missing = (0, 0);
    let mut places: HashMap<u64, usize> = HashMap::new();
    let mut found: Vec<(f64, u64, u64)> = Vec::new();
    // A small table in front of the map: the place that a value was found at last.
    let mut recent = vec![usize::MAX; 4096];
    let mut place = |x: f64, found: &mut Vec<(f64, u64, u64)>| -> Option<usize> {
        let bits = x.to_bits();
        let slot = (bits.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 52) as usize;
        let known = recent[slot];
        if known < found.len() && found[known].0.to_bits() == bits {
            return Some(known);
        }
        let at = *places.entry(bits).or_insert(found.len());
        if at == found.len() {
            if found.len() == TOO_MANY {
                return None;
            }
            found.push((x, 0, 0));
        }
        recent[slot] = at;
        Some(at)
    };
    for x in a {
        if x.is_finite() {
            let at = place(x + 0.0, &mut found)?;
            found[at].1 += 1;
        } else {
            missing.0 += 1;
        }
    }
    for x in b {
        if x.is_finite() {
            let at = place(x + 0.0, &mut found)?;
            found[at].2 += 1;
        } else {
            missing.1 += 1;
        }
    }
    found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    Some((found, missing))
}

/// Counts of one sample by bucket, and the sums of the values above each bucket's origin.
struct Side {
    counts: Vec<u32>,
    sums: Vec<f64>,
    missing: u64,
    low: f64,
    high: f64,
    /// Sums of the distances from a value in the middle, and of their squares.
    apart: (f64, f64),
}

impl Side {
    /// Of the first bucket the origin is its upper edge, of the others the lower one.
    fn of(scale: &Scale, edges: &[f64], pivot: f64, values: &[f64]) -> Self {
        let origins: Vec<f64> = std::iter::once(edges[0]).chain(edges.iter().copied()).collect();
        let mut side = Self {
            counts: vec![0; origins.len()],
            sums: vec![0.0; origins.len()],
            missing: 0,
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            apart: (0.0, 0.0),
        };
        for block in values.chunks(1024) {
            side.summarise(block, pivot);
            match scale {
                Scale::Even(even) => side.fill(block, &origins, |x| even.place(x)),
                Scale::Bits(bits) => side.fill(block, &origins, |x| bits.place(x)),
            }
        }
        side
    }

    fn fill(&mut self, block: &[f64], origins: &[f64], place: impl Fn(f64) -> usize) {
        for x in block.iter().filter(|x| x.is_finite()) {
            let at = place(*x);
            self.counts[at] += 1;
            self.sums[at] += x - origins[at];
        }
    }

    fn summarise(&mut self, block: &[f64], pivot: f64) {
        const LANES: usize = 8;
        let (mut low, mut high) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        let (mut sum, mut squares) = ([0.0; LANES], [0.0; LANES]);
        let mut missing = [0u64; LANES];
        for part in block.chunks(LANES) {
            for (lane, x) in part.iter().enumerate() {
                let finite = x.is_finite();
                missing[lane] += u64::from(!finite);
                low[lane] = if finite { low[lane].min(*x) } else { low[lane] };
                high[lane] = if finite { high[lane].max(*x) } else { high[lane] };
                let apart = if finite { x - pivot } else { 0.0 };
                sum[lane] += apart;
                squares[lane] += apart * apart;
            }
        }
        self.missing += missing.iter().sum::<u64>();
        self.low = low.into_iter().fold(self.low, f64::min);
        self.high = high.into_iter().fold(self.high, f64::max);
        self.apart.0 += sum.iter().sum::<f64>();
        self.apart.1 += squares.iter().sum::<f64>();
    }

    fn usable(&self, values: &[f64]) -> u64 {
        values.len() as u64 - self.missing
    }

    /// Mean and standard deviation; `None` where the squares of the distances overflow. The middle
    /// is at most a standard deviation from the mean, so that next to no digits are lost.
    fn moments(&self, pivot: f64, n: f64) -> Option<(f64, f64)> {
        let (shift, square) = (self.apart.0 / n, self.apart.1 / n);
        let variance = (square - shift * shift).max(0.0);
        square.is_finite().then(|| (pivot + shift, variance.sqrt()))
    }
}

/// Both samples in buckets.
struct Bucketed {
    scale: Scale,
    /// The lowest value of every bucket but the first.
    edges: Vec<f64>,
    pivot: f64,
    before: Side,
    now: Side,
    n: i128,
    m: i128,
}

/// What is known once the opened buckets are sorted.
struct Opened {
    /// Values of the opened buckets, ascending.
    before: Vec<f64>,
    now: Vec<f64>,
    flags: Vec<bool>,
}

impl Bucketed {
    /// `None` where either has no usable value.
    fn of(scale: Scale, pivot: f64, a: &[f64], b: &[f64]) -> Option<Self> {
        let edges = scale.edges();
        let before = Side::of(&scale, &edges, pivot, a);
        let now = Side::of(&scale, &edges, pivot, b);
        let (n, m) = (i128::from(before.usable(a)), i128::from(now.usable(b)));
        (n > 0 && m > 0).then_some(Self { scale, edges, pivot, before, now, n, m })
    }

    fn buckets(&self) -> usize {
        self.before.counts.len()
    }

    /// By how much the baseline's function is ahead over a bucket, times n·m.
    fn step(&self, k: usize) -> (i128, i128) {
        let (a, b) = (self.before.counts[k], self.now.counts[k]);
        (i128::from(a) * self.m, i128::from(b) * self.n)
    }

    /// `None` where the values are too large to be squared.
    fn finish(self, a: &[f64], b: &[f64]) -> Option<Numeric> {
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
        let gather = |values: &[f64]| {
            let mut kept: Vec<f64> = match &self.scale {
                Scale::Even(e) => values.iter().copied().filter(|x| flags[e.place(*x)]).collect(),
                Scale::Bits(s) => values.iter().copied().filter(|x| flags[s.place(*x)]).collect(),
            };
            kept.retain(|x| x.is_finite());
            kept.iter_mut().for_each(|x| *x += 0.0);
            kept.sort_unstable_by(f64::total_cmp);
            kept
        };
        let (before, now) = (gather(a), gather(b));
        Opened { before, now, flags }
    }

    /// Which buckets have to be sorted.
    fn flags(&self, ranks: &[u64]) -> Vec<bool> {
        let mut largest = 0;
        let mut ahead = 0i128;
        for k in 0..self.buckets() {
            let (up, down) = self.step(k);
            ahead += up - down;
            largest = largest.max(ahead.abs());
        }
        let (mut ahead, mut upto) = (0i128, 0u64);
        let mut ranks = ranks.iter().peekable();
        let flag = |k: usize| {
            let (up, down) = self.step(k);
            let (lowest, highest) = (ahead - down, ahead + up);
            ahead += up - down;
            upto += u64::from(self.before.counts[k]);
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
    fn walk(&self, opened: &Opened, ranks: &[u64]) -> (i128, f64, Groups) {
        let edges = &self.edges;
        let product = (self.n * self.m) as f64;
        let mut state = Walk::new(ranks);
        for k in 0..self.buckets() {
            let (a, b) = (self.before.counts[k] as usize, self.now.counts[k] as usize);
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
                let sums = self.now.sums[k] / self.m as f64 - self.before.sums[k] / self.n as f64;
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
        let weight = |k: usize| f64::from(self.before.counts[k]) + f64::from(self.now.counts[k]);
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
            for (k, n) in side.counts.iter().enumerate() {
                let bar = places.partition_point(|place| *place < k).min(BARS - 1);
                counts[bar] += u64::from(*n);
            }
            shares(&counts)
        };
        let names = BinNames::UpTo(places.iter().map(|k| edges[*k]).collect());
        Some(Bins { names, baseline: counted(&self.before)?, current: counted(&self.now)? })
    }
}

/// The walk through the buckets.
struct Walk<'a> {
    ahead: i128,
    largest: i128,
    area: f64,
    /// Values of either sample passed.
    upto: (u64, u64),
    /// Values of the opened buckets read.
    read: (usize, usize),
    ranks: &'a [u64],
    ends: Vec<f64>,
    passed: Vec<(u64, u64)>,
}

impl<'a> Walk<'a> {
    fn new(ranks: &'a [u64]) -> Self {
        Self {
            ahead: 0,
            largest: 0,
            area: 0.0,
            upto: (0, 0),
            read: (0, 0),
            ranks,
            ends: Vec::new(),
            passed: Vec::new(),
        }
    }

    /// Passes an opened bucket between its edges; the outermost two have one each.
    fn inside(
        &mut self,
        before: &[f64],
        now: &[f64],
        (left, right): (Option<f64>, Option<f64>),
        (n, m): (i128, i128),
    ) {
        let product = (n * m) as f64;
        let mut last = left;
        for (value, a, b) in super::merged::steps(before, now) {
            self.area += self.ahead.abs() as f64 / product * (value - last.unwrap_or(value));
            last = Some(value);
            self.ahead += i128::from(a) * m - i128::from(b) * n;
            self.largest = self.largest.max(self.ahead.abs());
            self.upto = (self.upto.0 + a, self.upto.1 + b);
            let reached = self.ranks.partition_point(|rank| *rank <= self.upto.0);
            if reached > 0 {
                self.ranks = &self.ranks[reached..];
                self.ends.push(value);
                self.passed.push(self.upto);
            }
        }
        if let (Some(last), Some(right)) = (last, right)
            && self.ahead != 0
        {
            self.area += self.ahead.abs() as f64 / product * (right - last);
        }
    }

    fn groups(mut self, totals: (u64, u64)) -> Groups {
        if let Some(last) = self.passed.last_mut() {
            *last = totals;
        }
        let before = std::iter::once((0, 0)).chain(self.passed.iter().copied());
        let counts: Vec<(u64, u64)> = self
            .passed
            .iter()
            .zip(before)
            .map(|(to, from)| (to.0 - from.0, to.1 - from.1))
            .collect();
        Groups {
            ends: self.ends,
            baseline: counts.iter().map(|c| c.0).collect(),
            current: counts.iter().map(|c| c.1).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::numeric::by_sorting;
    use super::*;
    use crate::stats::generator::Generator;

    /// False where the quick way gave no answer.
    fn agree(a: &[f64], b: &[f64]) -> bool {
        let (Some(quick), Some(plain)) = (compare(a, b), by_sorting(a, b)) else { return false };
        let near = |x: f64, y: f64| (x - y).abs() <= 1e-12 * y.abs() + f64::MIN_POSITIVE;
        assert_eq!((quick.counts, quick.missing), (plain.counts, plain.missing));
        assert!(near(quick.ks, plain.ks), "{} {}", quick.ks, plain.ks);
        let (w, exact) = (quick.wasserstein, plain.wasserstein);
        assert!(near(w, exact), "{w:e} {exact:e}");
        assert!((quick.mean - plain.mean).abs() <= 1e-12 * (plain.mean.abs() + plain.std));
        assert!((quick.std - plain.std).abs() <= 1e-9 * plain.std, "{} {}", quick.std, plain.std);
        assert_eq!(quick.outside, plain.outside);
        assert_eq!(quick.groups, plain.groups);
        let drawn = quick.drawn.expect("bars");
        assert!((drawn.baseline.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        true
    }

    fn values(kind: usize, seed: u64, rows: usize) -> Vec<f64> {
        let mut random = Generator::new(seed, kind as u64);
        (0..rows)
            .map(|i| {
                let (u, normal) = (random.unit(), random.normal());
                match kind {
                    0 => normal,
                    1 => (2.0 * normal).exp(),
                    2 => u * u,
                    3 if u < 0.7 => 0.0,
                    3 => normal.abs(),
                    4 => (normal * 50.0).round(),
                    5 => 1e15 + normal * 1e12,
                    6 if i % 97 == 0 => f64::NAN,
                    6 if i % 89 == 0 => 1e9 * normal,
                    6 => normal,
                    7 => (u * 5000.0).floor() / 10.0,
                    _ => (normal * 3.0).tan(),
                }
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn buckets_give_what_sorting_gives(
            kind in 0usize..9, seed in 0u64..1000, n in 1usize..6000, m in 1usize..6000,
            shift in prop_oneof![Just(0.0), -1.0..1.0f64], scale in prop_oneof![Just(1.0), 0.5..2.0f64],
        ) {
            let a = values(kind, seed, n);
            let b: Vec<f64> =
                values(kind, seed + 1, m).iter().map(|x| x * scale + shift).collect();
            agree(&a, &b);
            agree(&a, &a);
        }
    }

    #[test]
    fn ties_constants_and_extremes_agree() {
        let steps: Vec<f64> = (0..5000).map(|i| f64::from(i % 700) / 7.0).collect();
        let tied: Vec<f64> =
            (0..5000).map(|i| if i % 2 == 0 { 3.0 } else { f64::from(i) }).collect();
        let huge: Vec<f64> = (0..5000).map(|i| f64::from(i - 2500) * 1e300).collect();
        let zeros: Vec<f64> = (0..5000).map(|i| if i % 2 == 0 { -0.0 } else { 0.0 }).collect();
        let few: Vec<f64> = (0..9000).map(|i| f64::from(i % 7)).collect();
        let rich = values(0, 1, 12_000);
        assert_eq!(super::super::numeric::compare(&few, &rich), by_sorting(&few, &rich));
        let all = [&steps, &tied, &huge, &zeros, &vec![7.5; 5000]];
        for kind in 0..9 {
            let (a, b) = (values(kind, 1, 5000), values(kind, 2, 4000));
            assert!(agree(&a, &b), "{kind}: the quick way gave no answer");
        }
        for a in all {
            for b in all.iter().filter(|b| !std::ptr::eq(**b, &huge) || std::ptr::eq(a, &huge)) {
                agree(a, b);
            }
        }
    }
}
