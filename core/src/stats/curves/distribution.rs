//! How values spread: histograms over shared bins.

use super::calibration::quantile;

/// A histogram.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// Left edge of the first bin and right edge of the last. Values beyond are counted in the
    /// outermost bins.
    pub range: (f64, f64),
    /// Share of the values in each bin; together 1, or all 0 when there are no values.
    pub shares: Vec<f64>,
    /// Number of values.
    pub rows: u64,
}

/// Histograms of several groups of values over the same `bins` bins of equal width. Bins hold their
/// left edge, the last one also its right edge. Values that are not finite are left out.
pub fn distributions(
    values: impl IntoIterator<Item = (usize, f64)>,
    groups: usize,
    range: (f64, f64),
    bins: usize,
) -> Vec<Distribution> {
    let (low, high) = range;
    let width = high - low;
    let mut counts = vec![vec![0u64; bins.max(1)]; groups];
    for (group, value) in values.into_iter().filter(|(_, value)| value.is_finite()) {
        let Some(counts) = counts.get_mut(group) else { continue };
        let share = if width > 0.0 { (value - low) / width } else { 0.0 };
        let last = counts.len() - 1;
        counts[((share.max(0.0) * bins as f64) as usize).min(last)] += 1;
    }
    let finished = |counts: Vec<u64>| {
        let rows: u64 = counts.iter().sum();
        let share = |count: &u64| if rows > 0 { *count as f64 / rows as f64 } else { 0.0 };
        Distribution { range, shares: counts.iter().map(share).collect(), rows }
    };
    counts.into_iter().map(finished).collect()
}

/// The quantiles `at` (0 to 1) of the finite values, on straight lines between the two nearest; none
/// without such values.
pub fn quantiles(values: impl Iterator<Item = f64>, at: &[f64]) -> Option<Vec<f64>> {
    let mut sorted: Vec<f64> = values.filter(|v| v.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    (!sorted.is_empty()).then(|| at.iter().map(|q| quantile(&sorted, *q)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finite_value_is_counted_once() {
        let values = [(0, 0.0), (0, 0.5), (0, 1.0), (1, -9.0), (1, 9.0), (1, f64::NAN), (7, 0.1)];
        let found = distributions(values, 2, (0.0, 1.0), 2);
        assert_eq!(found[0].shares, [1.0 / 3.0, 2.0 / 3.0]);
        assert_eq!((found[1].rows, &*found[1].shares), (2, &[0.5, 0.5][..]));
        let same = distributions([(0, 3.0)], 1, (3.0, 3.0), 4);
        assert_eq!(same[0].shares, [1.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn nothing_has_no_quantiles() {
        assert_eq!(quantiles([f64::NAN].into_iter(), &[0.1]), None);
        let found = quantiles((0..=10).map(f64::from), &[0.1, 0.25, 0.9]);
        assert_eq!(found, Some(vec![1.0, 2.5, 9.0]));
    }
}
