//! The acceleration of a BCa interval, from leaving rows out.

use rayon::prelude::*;

use super::plan::Plan;

/// Up to so many rows or groups are left out one by one; of more, this many parts at once.
///
/// With the rows dealt out to g parts, Σd³ and Σd² have the same expected values as with single
/// rows; the acceleration, which is of the order of 1/√n, is then off by about 0.65 / g.
const PARTS: usize = 1000;

/// Σd³ / (6 (Σd²)^1.5), with d the mean of the values without a part less the value without this
/// part (Efron 1987). 0 where nothing varies. A part without which there is no value says nothing.
pub(super) fn acceleration(
    plan: &Plan,
    rows: usize,
    statistic: impl Fn(&[u32]) -> Option<f64> + Sync,
) -> f64 {
    let (units, group_of) = match plan {
        Plan::Groups(group_of, groups) => (*groups, Some(group_of)),
        _ => (rows, None),
    };
    let parts = units.min(PARTS);
    let without = |part: usize, counts: &mut Vec<u32>| {
        for (row, count) in counts.iter_mut().enumerate() {
            let unit = group_of.map_or(row, |groups| groups[row] as usize);
            *count = u32::from(unit % parts != part);
        }
        statistic(counts)
    };
    let values: Vec<f64> = (0..parts)
        .into_par_iter()
        .map_init(|| vec![0; rows], |counts, part| without(part, counts))
        .flatten_iter()
        .collect();
    skewness(&values) / 6.0
}

/// Σd³ / (Σd²)^1.5 of the distances of the values from their mean, downwards.
fn skewness(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let power = |n: i32| values.iter().map(|value| (mean - value).powi(n)).sum::<f64>();
    let (squares, cubes) = (power(2), power(3));
    if squares > 0.0 { cubes / squares.powf(1.5) } else { 0.0 }
}
