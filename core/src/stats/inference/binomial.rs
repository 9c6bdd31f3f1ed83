//! The binomial distribution, exact for any number of trials (Loader 2000, *Fast and accurate
//! computation of binomial probabilities*: no difference of large logarithms).

use std::f64::consts::PI;

use statrs::function::gamma::ln_gamma;

/// P(X = k) of `n` trials with chance `p` each.
pub(super) fn probability(k: u64, n: u64, p: f64) -> f64 {
    if k > n {
        return 0.0;
    }
    let q = 1.0 - p;
    let (x, m) = (k as f64, n as f64);
    if p <= 0.0 {
        return if k == 0 { 1.0 } else { 0.0 };
    }
    if q <= 0.0 {
        return if k == n { 1.0 } else { 0.0 };
    }
    if k == 0 {
        return (m * (-p).ln_1p()).exp();
    }
    if k == n {
        return (m * p.ln()).exp();
    }
    let exponent = stirling_error(n)
        - stirling_error(k)
        - stirling_error(n - k)
        - deviance(x, m * p)
        - deviance(m - x, m * q);
    exponent.exp() * (m / (2.0 * PI * x * (m - x))).sqrt()
}

/// P(X ≤ k).
pub(super) fn at_most(k: u64, n: u64, p: f64) -> f64 {
    if k >= n {
        1.0
    } else if (k as f64) < n as f64 * p {
        lower_tail(k, n, p)
    } else {
        (1.0 - lower_tail(n - k - 1, n, 1.0 - p)).max(0.0)
    }
}

/// P(X ≥ k).
pub(super) fn at_least(k: u64, n: u64, p: f64) -> f64 {
    if k == 0 {
        1.0
    } else if k > n {
        0.0
    } else {
        at_most(n - k, n, 1.0 - p)
    }
}

/// P(X ≤ k) for k below the mean: the terms fall from k on downwards.
fn lower_tail(k: u64, n: u64, p: f64) -> f64 {
    let odds = (1.0 - p) / p;
    let mut term = probability(k, n, p);
    let mut sum = term;
    for j in (1..=k).rev() {
        term *= j as f64 / (n - j + 1) as f64 * odds;
        sum += term;
        if term <= sum * 1e-18 {
            break;
        }
    }
    sum.min(1.0)
}

/// ln n! − ln(√(2πn) (n/e)ⁿ): the error of Stirling's formula.
fn stirling_error(n: u64) -> f64 {
    let x = n as f64;
    if n == 0 {
        return 0.0;
    }
    if n < 16 {
        return ln_gamma(x + 1.0) - (x + 0.5) * x.ln() + x - 0.5 * (2.0 * PI).ln();
    }
    let r = 1.0 / (x * x);
    (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0)))) / x
}

/// x ln(x/mean) + mean − x, by its series where both are near.
fn deviance(x: f64, mean: f64) -> f64 {
    let off = x - mean;
    if off.abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() - off;
    }
    let v = off / (x + mean);
    let mut sum = off * v;
    let mut power = 2.0 * x * v;
    for j in 1..1000u32 {
        power *= v * v;
        let next = sum + power / f64::from(2 * j + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}
