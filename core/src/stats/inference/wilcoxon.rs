//! Wilcoxon's signed-rank test (1945): whether differences above and below 0 are as large and as
//! many. Rows without a difference are left out, as Wilcoxon did and scipy does when not told
//! otherwise.

use super::test::{Alternative, Test, Untested, finite};
use crate::stats::normal;

/// Most rows for which the distribution is exact when all differences are of different size.
const EXACT: usize = 50;
/// Most rows for which it is exact with ties or zeros; as scipy chooses.
const EXACT_WITH_TIES: usize = 13;

/// The test of the differences challenger − champion, one a row. The statistic is the smaller sum
/// of ranks, or with a one-sided alternative the sum of the ranks of the differences above 0.
///
/// Exact up to 50 rows, with ties or zeros up to 13; else by the normal distribution with the
/// correction for ties and none for continuity.
///
/// # Errors
/// A number that is not finite, no difference at all.
pub fn signed_rank(differences: &[f64], alternative: Alternative) -> Result<Test, Untested> {
    finite(differences)?;
    let ranks = Ranks::new(differences);
    if ranks.doubled.is_empty() {
        return Err(Untested::NoSpread { value: 0.0 });
    }
    let rows = differences.len();
    let plain = !ranks.tied && ranks.doubled.len() == rows;
    let [above, below] = if rows <= EXACT_WITH_TIES || (plain && rows <= EXACT) {
        ranks.exact_tails()
    } else {
        ranks.normal_tails()
    };
    let p_value = match alternative {
        Alternative::TwoSided => 2.0 * above.min(below),
        Alternative::Greater => above,
        Alternative::Less => below,
    };
    let positive = ranks.positive as f64 / 2.0;
    let all = ranks.doubled.iter().sum::<u64>() as f64 / 2.0;
    let statistic = match alternative {
        Alternative::TwoSided => positive.min(all - positive),
        _ => positive,
    };
    Ok(Test { statistic, p_value: p_value.clamp(0.0, 1.0) })
}

/// Ranks of the sizes of the differences. Ties share their mean rank, so ranks are kept doubled to
/// be whole numbers.
struct Ranks {
    doubled: Vec<u64>,
    /// Sum of the doubled ranks of the differences above 0.
    positive: u64,
    tied: bool,
    /// Σ (t³ − t) over groups of t ties.
    tie_term: f64,
}

impl Ranks {
    fn new(differences: &[f64]) -> Self {
        let mut sorted: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
        sorted.sort_unstable_by(|a, b| a.abs().total_cmp(&b.abs()));
        let mut out = Self {
            doubled: Vec::with_capacity(sorted.len()),
            positive: 0,
            tied: false,
            tie_term: 0.0,
        };
        for group in sorted.chunk_by(|a, b| a.abs() == b.abs()) {
            let size = group.len() as u64;
            let rank = 2 * out.doubled.len() as u64 + size + 1;
            out.positive += rank * group.iter().filter(|d| **d > 0.0).count() as u64;
            out.tied |= size > 1;
            out.tie_term += (size as f64).powi(3) - size as f64;
            out.doubled.extend(std::iter::repeat_n(rank, group.len()));
        }
        out
    }

    /// P(sum ≥ measured) and P(sum ≤ measured), each sign being a toss of a coin: counted over all
    /// of them, one rank after the other.
    fn exact_tails(&self) -> [f64; 2] {
        let total = self.doubled.iter().sum::<u64>() as usize;
        let mut ways = vec![0.0; total + 1];
        ways[0] = 1.0;
        for rank in &self.doubled {
            let rank = *rank as usize;
            for sum in (rank..=total).rev() {
                ways[sum] += ways[sum - rank];
            }
        }
        let all = 2f64.powi(self.doubled.len() as i32);
        let measured = self.positive as usize;
        let above = ways[measured..].iter().sum::<f64>() / all;
        let below = ways[..=measured].iter().sum::<f64>() / all;
        [above, below]
    }

    fn normal_tails(&self) -> [f64; 2] {
        let n = self.doubled.len() as f64;
        let mean = n * (n + 1.0) / 4.0;
        let variance = (n * (n + 1.0) * (2.0 * n + 1.0) - self.tie_term / 2.0) / 24.0;
        let z = (self.positive as f64 / 2.0 - mean) / variance.sqrt();
        [normal::cdf(-z), normal::cdf(z)]
    }
}
