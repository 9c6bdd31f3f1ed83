//! Hellinger distance.

use super::bins::{histogram, shares, sturges};

/// √(½ Σ (√p − √q)²) over the shares of two sets of counts, from 0 (the same shares) to 1 (nothing
/// in common). `None` where either set is empty.
///
/// `baseline` and `current` hold the counts of the same bins.
pub fn distance(baseline: &[u64], current: &[u64]) -> Option<f64> {
    let (p, q) = (shares(baseline)?, shares(current)?);
    let sum: f64 = p.iter().zip(&q).map(|(p, q)| (p.sqrt() - q.sqrt()).powi(2)).sum();
    Some((sum / 2.0).sqrt().min(1.0))
}

/// √(1 − Σ √(p·q)), the same by another formula, as Evidently computes it of categories: where the
/// shares agree it is 0 or the root of a rounding error.
pub fn by_overlap(baseline: &[u64], current: &[u64]) -> Option<f64> {
    let (p, q) = (shares(baseline)?, shares(current)?);
    let overlap: f64 = p.iter().zip(&q).map(|(p, q)| (p * q).sqrt()).sum();
    Some((1.0 - overlap.min(1.0)).max(0.0).sqrt())
}

/// Of numbers as Evidently computes it: from the densities over bins by Sturges' rule of the
/// *distinct* values of both samples. `None` where either is empty.
pub fn of_densities(baseline: &[f64], current: &[f64], whole: bool) -> Option<f64> {
    let mut distinct: Vec<f64> = baseline.iter().chain(current).copied().collect();
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    let edges = sturges(&distinct, &[], whole)?;
    let bins = (edges.len() - 1) as f64;
    let width = (edges[edges.len() - 1] - edges[0]) / bins;
    let (p, q) = (shares(&histogram(baseline, &edges))?, shares(&histogram(current, &edges))?);
    let density = |share: &f64, i: usize| share / (edges[i + 1] - edges[i]);
    let overlap: f64 =
        (0..p.len()).map(|i| (density(&p[i], i) * density(&q[i], i)).sqrt() * width).sum();
    Some((1.0 - overlap.clamp(0.0, 1.0)).sqrt())
}
