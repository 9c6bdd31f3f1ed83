//! Wasserstein distance of order one (earth mover's distance).

/// ∫ |F(x) − G(x)| dx of the empirical distributions of two sorted samples, in the unit of the
/// values. `None` where either is empty.
pub fn distance(baseline: &[f64], current: &[f64]) -> Option<f64> {
    if baseline.is_empty() || current.is_empty() {
        return None;
    }
    let (n, m) = (baseline.len() as f64, current.len() as f64);
    let (mut i, mut j) = (0, 0);
    let mut last = baseline[0].min(current[0]);
    let mut area = 0.0;
    while i < baseline.len() || j < current.len() {
        let next = match (baseline.get(i), current.get(j)) {
            (Some(a), Some(b)) => a.min(*b),
            (Some(x), None) | (None, Some(x)) => *x,
            (None, None) => break,
        };
        area += (i as f64 / n - j as f64 / m).abs() * (next - last);
        last = next;
        i += usize::from(baseline.get(i) == Some(&next));
        j += usize::from(current.get(j) == Some(&next));
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
