//! Jensen-Shannon distance.

/// The square root of the Jensen-Shannon divergence of two sets of counts, with logarithms to base
/// 2: from 0 (the same shares) to 1 (nothing in common). `None` where either set is empty.
///
/// `baseline` and `current` hold the counts of the same bins. NannyML and Azure Machine Learning
/// take base 2; Evidently takes natural logarithms: see [`nats`].
pub fn bits(baseline: &[u64], current: &[u64]) -> Option<f64> {
    Some((divergence(baseline, current)? / std::f64::consts::LN_2).sqrt().min(1.0))
}

/// The same with natural logarithms: from 0 to √ln 2 ≈ 0.833.
pub fn nats(baseline: &[u64], current: &[u64]) -> Option<f64> {
    Some(divergence(baseline, current)?.sqrt())
}

fn divergence(baseline: &[u64], current: &[u64]) -> Option<f64> {
    let (p, q) = (super::bins::shares(baseline)?, super::bins::shares(current)?);
    let part = |a: f64, m: f64| if a > 0.0 { a * (a / m).ln() } else { 0.0 };
    let sum: f64 = p
        .iter()
        .zip(&q)
        .map(|(p, q)| {
            let middle = (p + q) / 2.0;
            part(*p, middle) + part(*q, middle)
        })
        .sum();
    Some((sum / 2.0).max(0.0))
}
