//! The paired permutation test (Fisher 1935, Pitman 1937): when two models are alike, the sign of
//! each row's difference is a toss of a coin. It assumes no distribution.

use rayon::prelude::*;

use super::test::{Alternative, Test, Untested, finite};
use crate::stats::generator::Generator;

/// How to permute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Number of random permutations, at least 99. All of them are tried when there are no more.
    pub permutations: usize,
    /// Seed; the same seed gives the same p-value.
    pub seed: u64,
    /// What to look for.
    pub alternative: Alternative,
}

impl Default for Options {
    fn default() -> Self {
        Self { permutations: 9999, seed: 42, alternative: Alternative::TwoSided }
    }
}

/// The test of the differences challenger − champion, one a row or, where rows belong together, one
/// sum a group. The statistic is their mean. The p-value counts the measured order as one of the
/// random ones, so that it is never 0 (Phipson and Smyth 2010); it is exact when all are tried.
///
/// # Errors
/// No rows, a number that is not finite, too few permutations.
pub fn sign_flip(differences: &[f64], options: &Options) -> Result<Test, Untested> {
    let rows = differences.len();
    if rows == 0 {
        return Err(Untested::TooFew { rows, needed: 1 });
    }
    finite(differences)?;
    if options.permutations < 99 {
        let value = options.permutations as f64;
        return Err(Untested::Option { what: "number of permutations", value });
    }
    let measured: f64 = differences.iter().sum();
    // Sums that differ by rounding alone are the same.
    let near = 1e-14 * differences.iter().map(|d| d.abs()).sum::<f64>();
    let counted = |sum: f64| Tails {
        above: u64::from(sum >= measured - near),
        below: u64::from(sum <= measured + near),
    };
    let every = u32::try_from(rows).ok().and_then(|rows| 1u64.checked_shl(rows));
    let p_value = match every.filter(|every| *every <= options.permutations as u64) {
        Some(every) => {
            let tails = Tails::of(every, |number| counted(signed_sum(differences, |_| number)));
            tails.p_value(every, 0, options.alternative)
        }
        None => {
            let random = options.permutations as u64;
            let tails = Tails::of(random, |number| {
                let mut generator = Generator::new(options.seed, number);
                counted(signed_sum(differences, |_| generator.bits()))
            });
            tails.p_value(random, 1, options.alternative)
        }
    };
    Ok(Test { statistic: measured / rows as f64, p_value })
}

/// Σ ±d; the signs are the bits that `word` gives for each 64 rows.
fn signed_sum(differences: &[f64], mut word: impl FnMut(usize) -> u64) -> f64 {
    let mut sum = 0.0;
    for (number, chunk) in differences.chunks(64).enumerate() {
        let mut bits = word(number);
        for difference in chunk {
            sum += if bits & 1 == 0 { *difference } else { -*difference };
            bits >>= 1;
        }
    }
    sum
}

#[derive(Clone, Copy, Default)]
pub(super) struct Tails {
    pub(super) above: u64,
    pub(super) below: u64,
}

impl Tails {
    pub(super) fn of(permutations: u64, one: impl Fn(u64) -> Self + Sync + Send) -> Self {
        let add = |a: Self, b: Self| Self { above: a.above + b.above, below: a.below + b.below };
        (0..permutations).into_par_iter().map(one).reduce(Self::default, add)
    }

    pub(super) fn p_value(self, permutations: u64, measured: u64, alternative: Alternative) -> f64 {
        let share = |count: u64| (count + measured) as f64 / (permutations + measured) as f64;
        match alternative {
            Alternative::TwoSided => (2.0 * share(self.above.min(self.below))).min(1.0),
            Alternative::Greater => share(self.above),
            Alternative::Less => share(self.below),
        }
    }
}
