//! The standard normal distribution.

use statrs::function::erf::{erfc, erfc_inv};

/// P(Z > z).
pub fn survival(z: f64) -> f64 {
    erfc(z / std::f64::consts::SQRT_2) / 2.0
}

/// P(|Z| ≥ |z|).
pub fn two_sided(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// The z that is exceeded with probability `tail` (0–1).
pub fn upper_quantile(tail: f64) -> f64 {
    std::f64::consts::SQRT_2 * erfc_inv(2.0 * tail)
}

/// The z with −z to z of probability `level`: 1.96 for 0.95.
pub fn two_sided_quantile(level: f64) -> f64 {
    upper_quantile((1.0 - level) / 2.0)
}
