//! The z-test of two proportions.

use statrs::function::erf::erfc;

use super::chi_squared::Test;

/// Whether `a` of `n` and `b` of `m` are samples of one share: normal approximation with the pooled
/// variance, two-sided. `None` where a sample is empty or all values of both are alike.
pub fn two_samples(a: u64, n: u64, b: u64, m: u64) -> Option<Test> {
    if n == 0 || m == 0 {
        return None;
    }
    let (a, n, b, m) = (a as f64, n as f64, b as f64, m as f64);
    let pooled = (a + b) / (n + m);
    let deviation = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    if deviation == 0.0 {
        return None;
    }
    let statistic = (a / n - b / m) / deviation;
    Some(Test { statistic, p_value: erfc(statistic.abs() / std::f64::consts::SQRT_2) })
}
