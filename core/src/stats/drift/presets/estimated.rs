//! What NannyML estimates from 10,000 values of the baseline on, at the ends of 10,000 equal bins of
//! its range; below, both are exact.

use super::super::{bins, ks, wasserstein as exact};

/// Values of the baseline from which it is estimated, and bins.
const MANY: usize = 10_000;

/// Shares of both samples at or below the end of each bin, within the range of the baseline.
struct Bins {
    /// First and last edge.
    range: (f64, f64),
    width: f64,
    /// Of the baseline and of the current sample; the latter without what lies below the range.
    shares: Vec<(f64, f64)>,
}

impl Bins {
    /// `None` below [`MANY`] values of the baseline. Both are sorted.
    fn of(baseline: &[f64], current: &[f64]) -> Option<Self> {
        if baseline.len() < MANY || current.is_empty() {
            return None;
        }
        let edges = bins::equal_width(*baseline.first()?, *baseline.last()?, MANY);
        let (n, m) = (baseline.len() as f64, current.len() as f64);
        let (p, q) = (bins::histogram(baseline, &edges), bins::histogram(current, &edges));
        let (mut f, mut g) = (0.0, 0.0);
        let shares = p.iter().zip(&q).map(|(p, q)| {
            f += *p as f64 / n;
            g += *q as f64 / m;
            (f, g)
        });
        let shares = shares.collect();
        Some(Self { range: (edges[0], edges[MANY]), width: edges[1] - edges[0], shares })
    }
}

/// The largest distance of the distribution functions of two sorted samples. `None` where either is
/// empty.
pub(super) fn kolmogorov(baseline: &[f64], current: &[f64]) -> Option<f64> {
    let Some(bins) = Bins::of(baseline, current) else {
        return ks::statistic(baseline, current);
    };
    let below = current.partition_point(|x| *x < bins.range.0) as f64 / current.len() as f64;
    let apart = bins.shares.iter().map(|(f, g)| (f - (below + g)).abs());
    Some(apart.fold(0.0, f64::max))
}

/// The Wasserstein distance of two sorted samples, in the unit of the values. Outside the
/// baseline's range it is exact. `None` where either is empty.
pub(super) fn wasserstein(baseline: &[f64], current: &[f64]) -> Option<f64> {
    let Some(bins) = Bins::of(baseline, current) else {
        return exact::distance(baseline, current);
    };
    let m = current.len() as f64;
    let below = current.partition_point(|x| *x < bins.range.0);
    let above = &current[current.partition_point(|x| *x <= bins.range.1)..];
    let outside: f64 = current[..below].iter().map(|x| bins.range.0 - x).sum::<f64>()
        + above.iter().map(|x| x - bins.range.1).sum::<f64>();
    // As NannyML has it: where any value lies below, the end of the range counts as one more.
    let below = if below > 0 { (below + 1) as f64 / m } else { 0.0 };
    let within: f64 = bins.shares.iter().map(|(f, g)| (f - (below + g)).abs() * bins.width).sum();
    Some(within + outside / m)
}
