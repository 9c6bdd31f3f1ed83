//! Two-sample Cramér-von Mises test (Anderson 1962).

use statrs::function::gamma::ln_gamma;

use super::chi_squared::Test;
use super::merged::steps;

mod exact;

/// Values of a side up to which the p-value is exact, as in scipy.
const FEW: usize = 20;

/// The test of two sorted samples, with the exact distribution of the statistic up to 20 values a
/// side and the limiting one above. Equal values share the mean of their ranks. The statistic assumes that there are none: on few distinct values it is far too large and
/// the p-value means nothing, so nothing here is decided by it. `None` where either is empty.
pub fn two_samples(baseline: &[f64], current: &[f64]) -> Option<Test> {
    if baseline.is_empty() || current.is_empty() {
        return None;
    }
    let (n, m) = (baseline.len() as f64, current.len() as f64);
    let (all, product) = (n + m, n * m);
    let u = n * squared_ranks(baseline, current) + m * squared_ranks(current, baseline);
    let statistic = u / (product * all) - (4.0 * product - 1.0) / (6.0 * all);
    if baseline.len().max(current.len()) <= FEW {
        return Some(Test { statistic, p_value: exact::p_value(u, baseline.len(), current.len()) });
    }
    let mean = (1.0 + 1.0 / all) / 6.0;
    let variance = (all + 1.0) * (4.0 * product * all - 3.0 * (n * n + m * m) - 2.0 * product)
        / (45.0 * all * all * 4.0 * product);
    let normed = 1.0 / 6.0 + (statistic - mean) / (45.0 * variance).sqrt();
    let p_value = if normed < 0.003 { 1.0 } else { (1.0 - limit(normed)).max(0.0) };
    Some(Test { statistic, p_value })
}

/// Σ (rank among both − rank within the sample)² of one sample.
fn squared_ranks(of: &[f64], other: &[f64]) -> f64 {
    let (mut below, mut own, mut sum) = (0.0, 0.0, 0.0);
    for (_, here, there) in steps(of, other) {
        let (here, there) = (here as f64, there as f64);
        let rank = below + (here + there + 1.0) / 2.0;
        // Ranks within the sample run from own + 1 to own + here: a sum over an even spread.
        let apart = rank - own - (here + 1.0) / 2.0;
        sum += here * (apart * apart + (here * here - 1.0) / 12.0);
        below += here + there;
        own += here;
    }
    sum
}

/// P(W² ≤ x) in the limit, by the series of Anderson and Darling (1952).
fn limit(x: f64) -> f64 {
    let mut total = 0.0;
    for k in 0..200 {
        let k = f64::from(k);
        let weight = (ln_gamma(k + 0.5) - ln_gamma(k + 1.0)).exp()
            / (std::f64::consts::PI.powf(1.5) * x.sqrt());
        let y = 4.0 * k + 1.0;
        let term = weight * y.sqrt() * bessel_times_exp(y * y / (16.0 * x));
        total += term;
        if term.abs() < 1e-7 {
            break;
        }
    }
    total
}

/// e^(−q) K(¼, q), the modified Bessel function of the second kind, by the trapezoidal rule of
/// K(ν, q) = ∫₀^∞ e^(−q cosh t) cosh(νt) dt, which converges faster than any power of the step.
fn bessel_times_exp(q: f64) -> f64 {
    const STEP: f64 = 1.0 / 32.0;
    let mut sum = 0.5 * (-2.0 * q).exp();
    for i in 1..1000 {
        let t = f64::from(i) * STEP;
        let term = (-q * (1.0 + t.cosh())).exp() * (t / 4.0).cosh();
        sum += term;
        if term <= sum * 1e-18 {
            break;
        }
    }
    sum * STEP
}
