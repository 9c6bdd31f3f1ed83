//! Power: what a comparison of this size can show, from the standard error of what was measured.
//! A test at `level` sees a true difference of (z₁₋α⸝₂ + z_power) standard errors with probability
//! `power`; the standard error shrinks with the root of the rows.

use crate::stats::normal;

/// The usual power: a true difference is seen four times in five.
pub const USUAL: f64 = 0.8;

/// The smallest true difference from the bound that is shown with probability `power` (0.5–1) by a
/// two-sided interval at `level`, in the unit of the standard error.
pub fn smallest_difference(standard_error: f64, level: f64, power: f64) -> f64 {
    reach(level, power) * standard_error
}

/// Rows that would show a true `difference` from the bound with probability `power`, where `rows`
/// rows gave `standard_error`. Infinite without a difference.
pub fn rows_needed(
    rows: usize,
    standard_error: f64,
    difference: f64,
    level: f64,
    power: f64,
) -> f64 {
    if standard_error == 0.0 {
        return if difference == 0.0 { f64::INFINITY } else { rows as f64 };
    }
    rows as f64 * (smallest_difference(standard_error, level, power) / difference.abs()).powi(2)
}

/// The probability with which a two-sided interval at `level` lies wholly above the bound, where
/// the true value is `difference` above it.
pub fn power(standard_error: f64, difference: f64, level: f64) -> f64 {
    normal::cdf(difference / standard_error - normal::quantile(0.5 + level / 2.0))
}

fn reach(level: f64, power: f64) -> f64 {
    normal::quantile(0.5 + level / 2.0) + normal::quantile(power)
}
