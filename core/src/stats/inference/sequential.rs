//! Intervals that hold at every look at once, so that one may look as often as one likes and stop
//! at any time: the chance that the truth is ever outside is at most 1 − level.

use statrs::function::beta::ln_beta;

use super::test::{Untested, checked_level};
use crate::domain::verdict::Interval;

/// Both parameters of the prior beta distribution that shares are mixed with.
const PRIOR: f64 = 0.5;

/// A share, such as that of failed requests, at any time (Robbins 1970, *Statistical methods
/// related to the law of the iterated logarithm*; Howard, Ramdas, McAuliffe and Sekhon 2021).
///
/// The likelihood of what was seen, mixed over shares from Beta(½, ½), divided by that of the true
/// share is a martingale that begins at 1, so by Ville's inequality it ever reaches 1/α with chance
/// at most α. The interval holds the shares for which it has not.
///
/// # Errors
/// More successes than trials, a level that is not between 0 and 1.
pub fn share(successes: u64, trials: u64, level: f64) -> Result<Interval, Untested> {
    checked_level(level)?;
    if successes > trials {
        return Err(Untested::Option { what: "number of successes", value: successes as f64 });
    }
    let low = share_low(successes, trials, level);
    let high = 1.0 - share_low(trials - successes, trials, level);
    Ok(Interval { low, high, level })
}

fn share_low(successes: u64, trials: u64, level: f64) -> f64 {
    if successes == 0 {
        return 0.0;
    }
    let (k, n) = (successes as f64, trials as f64);
    let mixed = ln_beta(PRIOR + k, PRIOR + n - k) - ln_beta(PRIOR, PRIOR);
    let bound = mixed + (1.0 - level).ln();
    let misses = |p: f64| if n > k { (n - k) * (-p).ln_1p() } else { 0.0 };
    let outside = |p: f64| k * p.ln() + misses(p) < bound;
    let (mut low, mut high) = (0.0, k / n);
    while high - low > 1e-12 * high {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if outside(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// The difference of two shares, first − second, at any time: each share has half of the chance to
/// be missed. The two may grow at any rate and in any order.
///
/// # Errors
/// As [`share`].
pub fn difference(
    (successes, trials): (u64, u64),
    (other_successes, other_trials): (u64, u64),
    level: f64,
) -> Result<Interval, Untested> {
    let each = f64::midpoint(checked_level(level)?, 1.0);
    let first = share(successes, trials, each)?;
    let second = share(other_successes, other_trials, each)?;
    Ok(Interval { low: first.low - second.high, high: first.high - second.low, level })
}

/// The mean of values that lie between `low` and `high`, at any time: the normal mixture of Robbins
/// (1970) with Hoeffding's bound, by which such values are sub-Gaussian with σ = (high − low)/2
/// (Howard et al. 2021, equation 14). `tightest_at` is the number of values at which the interval is
/// to be tightest; it must be chosen before looking.
///
/// # Errors
/// Values that are not bounded by finite numbers, a level that is not between 0 and 1.
pub fn mean(
    sum: f64,
    values: u64,
    (low, high): (f64, f64),
    tightest_at: u64,
    level: f64,
) -> Result<Interval, Untested> {
    checked_level(level)?;
    let width = high - low;
    if !(width.is_finite() && width > 0.0 && sum.is_finite()) {
        return Err(Untested::Option { what: "range of the values", value: width });
    }
    if values == 0 {
        return Ok(Interval { low, high, level });
    }
    let alpha = 1.0 - level;
    let twice = -2.0 * alpha.ln();
    let variance = width * width / 4.0;
    let prior = tightest_at.max(1) as f64 * variance / (twice + twice.ln_1p());
    let intrinsic = values as f64 * variance;
    let root = ((intrinsic + prior) * ((intrinsic + prior) / (alpha * alpha * prior)).ln()).sqrt();
    let (mean, spread) = (sum / values as f64, root / values as f64);
    Ok(Interval { low: (mean - spread).max(low), high: (mean + spread).min(high), level })
}
