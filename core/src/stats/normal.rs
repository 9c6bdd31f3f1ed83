//! The standard normal distribution, to about 1e-14 of the value also far out in the tails.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use statrs::function::erf::erfc_inv;

/// Share below `z`.
pub fn cdf(z: f64) -> f64 {
    if z > 0.0 { 1.0 - tail(z) } else { tail(-z) }
}

/// The number that a share `p` lies below; `p` between 0 and 1.
pub fn quantile(p: f64) -> f64 {
    // The approximation has ten digits; one step of Newton's method doubles them.
    let z = -erfc_inv(2.0 * p) / FRAC_1_SQRT_2;
    let density = libm::exp(-z * z / 2.0) / (2.0 * PI).sqrt();
    if p == 0.5 || density == 0.0 || !z.is_finite() {
        return if p == 0.5 { 0.0 } else { z };
    }
    match p < 0.5 {
        true => z - (cdf(z) - p) / density,
        false => z + (tail(z) - (1.0 - p)) / density,
    }
}

/// Share that lies as far from 0 as `z` or further, on both sides.
pub fn two_sided(z: f64) -> f64 {
    (2.0 * tail(z.abs())).min(1.0)
}

/// Share above `z`, which is not negative.
fn tail(z: f64) -> f64 {
    let density = libm::exp(-z * z / 2.0) / (2.0 * PI).sqrt();
    if z < 2.0 {
        // Φ(z) = 1/2 + φ(z) (z + z³/3 + z⁵/(3·5) + …): all terms have one sign.
        let (mut term, mut sum, mut odd) = (z, z, 1.0);
        while term > sum * 1e-17 {
            odd += 2.0;
            term *= z * z / odd;
            sum += term;
        }
        return 0.5 - density * sum;
    }
    // Laplace's continued fraction: φ(z) / (z + 1/(z + 2/(z + 3/(z + …)))).
    let fraction = (1..=100).rev().fold(z, |below, n| z + f64::from(n) / below);
    density / fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_scipy() {
        // scipy.stats.norm: ppf of a share; cdf(1); 2 sf(2.5), 2 sf(3), 2 sf(10).
        let close = |found: f64, reference: f64| {
            assert!((found - reference).abs() < 1e-13 * reference.abs(), "{found} {reference}");
        };
        close(quantile(0.975), 1.959963984540054);
        close(quantile(0.995), 2.5758293035489004);
        close(quantile(0.6), 0.2533471031357997);
        close(cdf(1.0), 0.8413447460685429);
        close(quantile(1e-10), -6.361340902404056);
        close(two_sided(2.5), 0.012419330651552265);
        close(two_sided(-3.0), 0.0026997960632601866);
        close(two_sided(10.0), 1.5239706048321053e-23);
    }
}
