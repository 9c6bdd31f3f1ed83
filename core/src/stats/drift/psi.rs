//! Population stability index.

/// Σ (p − q) · ln(p / q) over the shares of two sets of counts, where an empty share counts as
/// 0.0001, or as a millionth of the smallest share when that is not larger (Evidently's rule).
/// `None` where either set is empty.
///
/// `baseline` and `current` hold the counts of the same bins.
pub fn filled(baseline: &[u64], current: &[u64]) -> Option<f64> {
    Some(index(&fill(super::bins::shares(baseline)?), &fill(super::bins::shares(current)?)))
}

/// The same with one added to every count (Laplace's rule, as Azure Machine Learning does).
pub fn laplace(baseline: &[u64], current: &[u64]) -> Option<f64> {
    let add = |counts: &[u64]| counts.iter().map(|c| c + 1).collect::<Vec<_>>();
    Some(index(&super::bins::shares(&add(baseline))?, &super::bins::shares(&add(current))?))
}

/// The same of counts out of given totals, of which some values may lie in no bin.
pub fn laplace_of(baseline: (&[u64], usize), current: (&[u64], usize)) -> f64 {
    let shares = |(counts, total): (&[u64], usize)| -> Vec<f64> {
        let total = (total + counts.len()) as f64;
        counts.iter().map(|c| (c + 1) as f64 / total).collect()
    };
    index(&shares(baseline), &shares(current))
}

pub(super) fn fill(mut shares: Vec<f64>) -> Vec<f64> {
    let smallest = shares.iter().copied().filter(|s| *s > 0.0).fold(f64::INFINITY, f64::min);
    let filler = if smallest <= 1e-4 { smallest / 1e6 } else { 1e-4 };
    shares.iter_mut().filter(|s| **s == 0.0).for_each(|s| *s = filler);
    shares
}

fn index(p: &[f64], q: &[f64]) -> f64 {
    p.iter().zip(q).map(|(p, q)| (p - q) * (p / q).ln()).sum()
}
