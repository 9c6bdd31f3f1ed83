//! Control limits (Shewhart 1931): a value held to the earlier values of the same number.

/// Standard deviations between the mean and a limit.
const WIDTH: f64 = 3.0;
/// Share of the mean that the standard deviation counts as at least: a history without any spread
/// would make an alarm of every last digit.
const LEAST: f64 = 0.01;

/// The band in which a number is expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Arithmetic mean of the earlier values.
    pub mean: f64,
    /// Three standard deviations below it.
    pub low: f64,
    /// Three standard deviations above it.
    pub high: f64,
}

/// The band of these earlier values: mean ± 3 standard deviations (divisor n − 1), each at least
/// 1 % of the mean. None with fewer than `fewest` values, or than two, or where one is not finite.
pub fn band(values: &[f64], fewest: usize) -> Option<Band> {
    if values.len() < fewest.max(2) || !values.iter().all(|v| v.is_finite()) {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().map(|v| v / n).sum::<f64>();
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    let deviation = (squares / (n - 1.0)).sqrt().max(LEAST * mean.abs());
    let band = Band { mean, low: mean - WIDTH * deviation, high: mean + WIDTH * deviation };
    (band.low.is_finite() && band.high.is_finite()).then_some(band)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_band_is_three_standard_deviations_wide() {
        // Mean 3, standard deviation √2.5.
        let found = band(&[1.0, 2.0, 3.0, 4.0, 5.0], 5).expect("a band");
        assert!((found.mean - 3.0).abs() < 1e-12);
        assert!((found.high - 3.0 - 3.0 * 2.5f64.sqrt()).abs() < 1e-12);
        assert!((found.mean - found.low - (found.high - found.mean)).abs() < 1e-12);
    }

    #[test]
    fn too_few_or_no_numbers_have_none() {
        assert_eq!(band(&[1.0; 4], 5), None);
        assert_eq!(band(&[1.0], 0), None);
        assert_eq!(band(&[1.0, f64::NAN, 1.0], 2), None);
        assert_eq!(band(&[f64::MAX, -f64::MAX, 0.0], 2), None);
    }

    #[test]
    fn a_history_without_spread_keeps_a_little() {
        let found = band(&[0.8; 6], 5).expect("a band");
        assert!((found.low - 0.776).abs() < 1e-12 && (found.high - 0.824).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter_and_the_mean_is_inside(
            mut values in prop::collection::vec(-1e6..1e6f64, 5..30),
        ) {
            let found = band(&values, 5).expect("a band");
            prop_assert!(found.low <= found.mean && found.mean <= found.high);
            values.reverse();
            let again = band(&values, 5).expect("a band");
            prop_assert!((found.low - again.low).abs() <= 1e-6 * (1.0 + found.low.abs()));
        }
    }
}
