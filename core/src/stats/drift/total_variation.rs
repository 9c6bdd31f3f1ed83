//! Total variation distance.

/// Half the sum of |p − q| over the shares of two sets of counts: the largest difference that any
/// set of bins can show, from 0 to 1. `None` where either set is empty.
pub fn distance(baseline: &[u64], current: &[u64]) -> Option<f64> {
    let (p, q) = (super::bins::shares(baseline)?, super::bins::shares(current)?);
    Some(p.iter().zip(&q).map(|(p, q)| (p - q).abs()).sum::<f64>() / 2.0)
}

/// The largest |p − q| of a single bin (NannyML's L-infinity).
pub fn largest(baseline: &[u64], current: &[u64]) -> Option<f64> {
    let (p, q) = (super::bins::shares(baseline)?, super::bins::shares(current)?);
    Some(p.iter().zip(&q).map(|(p, q)| (p - q).abs()).fold(0.0, f64::max))
}
