//! The acceleration of a BCa interval, from leaving rows out.

use super::block::{Counts, LANES};
use super::plan::Plan;
use crate::stats::generator::Generator;

/// Up to so many rows or groups are left out one by one; of more, this many parts at once.
///
/// With the rows dealt out to g parts by chance, Σd³ and Σd² have the same expected values as with
/// single rows; the acceleration, which is of the order of 1/√n, is then off by about 0.65 / g.
const PARTS: usize = 1000;

/// Which rows are left out together.
#[derive(Debug)]
pub(super) struct Jackknife {
    part_of: Vec<u32>,
    /// Number of parts.
    pub(super) parts: usize,
}

impl Jackknife {
    pub(super) fn new(plan: &Plan, rows: usize, seed: u64) -> Self {
        let units = match plan {
            Plan::Groups(_, groups) => *groups,
            _ => rows,
        };
        let parts = units.min(PARTS);
        let mut part_of: Vec<u32> = (0..units).map(|unit| (unit % parts) as u32).collect();
        if units > parts {
            let mut generator = Generator::new(seed, u64::MAX - 1);
            for last in (1..units).rev() {
                part_of.swap(last, generator.below(last as u64 + 1) as usize);
            }
        }
        if let Plan::Groups(group_of, _) = plan {
            part_of = group_of.iter().map(|group| part_of[*group as usize]).collect();
        }
        Self { part_of, parts }
    }

    /// Counts every row but, in lane l, those of part `first` + l.
    pub(super) fn leave_out(&self, counts: &mut [Counts], first: usize) {
        for (count, part) in counts.iter_mut().zip(&self.part_of) {
            *count = [1; LANES];
            let lane = (*part as usize).wrapping_sub(first);
            if lane < LANES {
                count[lane] = 0;
            }
        }
    }
}

/// Σd³ / (6 (Σd²)^1.5), with d the mean of the values less the value without a part (Efron 1987). 0
/// where nothing varies. A part without which there is no value says nothing.
pub(super) fn acceleration(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let power = |n: i32| values.iter().map(|value| (mean - value).powi(n)).sum::<f64>();
    let (squares, cubes) = (power(2), power(3));
    let root = squares.sqrt();
    if root > 0.0 { cubes / (squares * root) / 6.0 } else { 0.0 }
}
