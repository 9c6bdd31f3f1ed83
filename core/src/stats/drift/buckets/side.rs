//! One sample in buckets.

use super::super::scale::Scale;
use crate::stats::order::{of_key, sort_key};

/// Values that are gone over at a time: they stay in the nearest cache.
const BLOCK: usize = 1024;

/// What one bucket holds of a sample. All of it is touched for each value: one line of the cache.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
pub(super) struct Bucket {
    /// Where its values are measured from: its lower edge, of the first bucket the upper one.
    origin: f64,
    /// Sum of the values above the origin.
    pub(super) sum: f64,
    /// How many values.
    pub(super) count: u32,
}

/// What is added up side by side.
const LANES: usize = 8;

/// Extremes and sums of every eighth value.
struct Lanes {
    low: [f64; LANES],
    high: [f64; LANES],
    sum: [f64; LANES],
    squares: [f64; LANES],
}

impl Default for Lanes {
    fn default() -> Self {
        let (low, high) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        Self { low, high, sum: [0.0; LANES], squares: [0.0; LANES] }
    }
}

impl Lanes {
    #[inline(always)]
    fn add(&mut self, values: &[f64; LANES], pivot: f64) {
        for (lane, x) in values.iter().enumerate() {
            self.add_one(*x, lane, pivot);
        }
    }

    #[inline(always)]
    fn add_one(&mut self, x: f64, lane: usize, pivot: f64) {
        self.low[lane] = if x < self.low[lane] { x } else { self.low[lane] };
        self.high[lane] = if x > self.high[lane] { x } else { self.high[lane] };
        let apart = x - pivot;
        self.sum[lane] += apart;
        self.squares[lane] += apart * apart;
    }
}

/// Whether all values are finite: zero times one that is not is no number.
fn is_finite(values: &[f64]) -> bool {
    let mut zeros = [0.0; LANES];
    let (whole, rest) = values.as_chunks::<LANES>();
    for part in whole {
        for (zero, x) in zeros.iter_mut().zip(part) {
            *zero += x * 0.0;
        }
    }
    zeros.iter().all(|zero| *zero == 0.0) && rest.iter().all(|x| x.is_finite())
}

/// Counts of one sample by bucket, and the sums of the values above each bucket's origin.
pub(super) struct Side {
    pub(super) buckets: Vec<Bucket>,
    pub(super) missing: u64,
    pub(super) low: f64,
    pub(super) high: f64,
    /// The bucket of each value; what is missing has any.
    places: Vec<u16>,
    /// Sums of the distances from a value in the middle, and of their squares.
    apart: (f64, f64),
}

impl Side {
    pub(super) fn of(scale: &Scale, edges: &[f64], pivot: f64, values: &[f64]) -> Self {
        let origins = edges.first().into_iter().chain(edges);
        let mut side = Self {
            buckets: origins.map(|at| Bucket { origin: *at, sum: 0.0, count: 0 }).collect(),
            missing: 0,
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            places: vec![0; values.len()],
            apart: (0.0, 0.0),
        };
        let mut places = std::mem::take(&mut side.places);
        for (block, places) in values.chunks(BLOCK).zip(places.chunks_mut(BLOCK)) {
            side.summarise(block, pivot);
            scale.places(block, places);
            side.fill(block, places);
        }
        side.places = places;
        side
    }

    fn fill(&mut self, block: &[f64], places: &[u16]) {
        for (x, place) in block.iter().zip(places) {
            if x.is_finite() {
                let bucket = &mut self.buckets[usize::from(*place)];
                bucket.count += 1;
                bucket.sum += x - bucket.origin;
            }
        }
    }

    /// Several sums side by side, so that the processor adds to all at once.
    fn summarise(&mut self, block: &[f64], pivot: f64) {
        let mut lanes = Lanes::default();
        if is_finite(block) {
            let (whole, rest) = block.as_chunks();
            whole.iter().for_each(|part| lanes.add(part, pivot));
            rest.iter().zip(0..).for_each(|(x, lane)| lanes.add_one(*x, lane, pivot));
        } else {
            for (row, x) in block.iter().enumerate() {
                let lane = row % LANES;
                if x.is_finite() {
                    lanes.add_one(*x, lane, pivot);
                } else {
                    self.missing += 1;
                }
            }
        }
        self.low = lanes.low.into_iter().fold(self.low, f64::min);
        self.high = lanes.high.into_iter().fold(self.high, f64::max);
        self.apart.0 += lanes.sum.iter().sum::<f64>();
        self.apart.1 += lanes.squares.iter().sum::<f64>();
    }

    /// The finite values of the flagged buckets, ascending.
    pub(super) fn sorted(&self, values: &[f64], flags: &[bool]) -> Vec<f64> {
        let mut ends = Vec::with_capacity(self.buckets.len());
        let mut room = 0;
        for (bucket, flag) in self.buckets.iter().zip(flags) {
            ends.push(room);
            room += if *flag { bucket.count as usize } else { 0 };
        }
        let mut keys = vec![0; room];
        let mut picked = [0u16; BLOCK];
        for (block, places) in values.chunks(BLOCK).zip(self.places.chunks(BLOCK)) {
            let mut many = 0;
            for (row, place) in (0..).zip(places) {
                picked[many] = row;
                many += usize::from(flags[usize::from(*place)]);
            }
            for row in picked[..many].iter().map(|row| usize::from(*row)) {
                if block[row].is_finite() {
                    let end = &mut ends[usize::from(places[row])];
                    keys[*end] = sort_key(block[row]);
                    *end += 1;
                }
            }
        }
        let mut from = 0;
        for (end, _) in ends.into_iter().zip(flags).filter(|(_, flag)| **flag) {
            keys[from..end].sort_unstable();
            from = end;
        }
        keys.into_iter().map(of_key).collect()
    }

    pub(super) fn usable(&self) -> u64 {
        self.places.len() as u64 - self.missing
    }

    /// Mean and standard deviation; `None` where the squares of the distances overflow. The middle
    /// is at most a standard deviation from the mean, so that next to no digits are lost.
    pub(super) fn moments(&self, pivot: f64, n: f64) -> Option<(f64, f64)> {
        let (shift, square) = (self.apart.0 / n, self.apart.1 / n);
        let variance = (square - shift * shift).max(0.0);
        square.is_finite().then(|| (pivot + shift, variance.sqrt()))
    }
}
