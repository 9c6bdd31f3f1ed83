//! Wasserstein distance of order one (earth mover's distance).

/// ∫ |F(x) − G(x)| dx of the empirical distributions of two sorted samples, in the unit of the
/// values. `None` where either is empty.
pub fn distance(baseline: &[f64], current: &[f64]) -> Option<f64> {
    area(baseline, current, f64::abs)
}

/// ∫ of a function of F(x) − G(x) of two sorted samples. `None` where either is empty.
pub(super) fn area(baseline: &[f64], current: &[f64], of: fn(f64) -> f64) -> Option<f64> {
    if baseline.is_empty() || current.is_empty() {
        return None;
    }
    let (n, m) = (baseline.len() as f64, current.len() as f64);
    let (mut i, mut j) = (0u64, 0u64);
    let mut last = baseline[0].min(current[0]);
    let mut area = 0.0;
    for (value, here, there) in super::merged::steps(baseline, current) {
        area += of(i as f64 / n - j as f64 / m) * (value - last);
        last = value;
        i += here;
        j += there;
    }
    Some(area)
}

/// [`distance`] over the standard deviation (divisor n) of the baseline, which counts as 0.001 at
/// least (Evidently's rule).
pub fn normed(baseline: &[f64], current: &[f64]) -> Option<f64> {
    let n = baseline.len() as f64;
    let mean = baseline.iter().sum::<f64>() / n;
    let variance = baseline.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    Some(distance(baseline, current)? / variance.sqrt().max(0.001))
}

/// [`distance`] over the standard deviation of the baseline with divisor n − 1, which counts as
/// 0.001 at least (Azure Machine Learning's rule).
pub fn normed_by_sample(baseline: &[f64], current: &[f64]) -> Option<f64> {
    let n = baseline.len() as f64;
    let mean = baseline.iter().sum::<f64>() / n;
    let squares: f64 = baseline.iter().map(|x| (x - mean).powi(2)).sum();
    let std = (squares / (n - 1.0)).sqrt();
    Some(distance(baseline, current)? / std.max(0.001))
}
