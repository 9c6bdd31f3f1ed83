//! Student's paired t test (1908): whether the mean of the differences of two models on the same
//! rows is 0. Exact for normal differences; for others by the central limit theorem.

use super::student;
use super::test::{Alternative, Test, Untested, checked_level, finite};
use crate::domain::verdict::Interval;

/// The mean difference with what is known of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedT {
    /// Mean of the differences.
    pub mean: f64,
    /// Standard error of the mean.
    pub standard_error: f64,
    /// Degrees of freedom: rows − 1.
    pub degrees: f64,
}

impl PairedT {
    /// Looks at the differences challenger − champion, one a row.
    ///
    /// # Errors
    /// Fewer than two rows, a number that is not finite, differences that are all the same.
    pub fn new(differences: &[f64]) -> Result<Self, Untested> {
        let rows = differences.len();
        if rows < 2 {
            return Err(Untested::TooFew { rows, needed: 2 });
        }
        finite(differences)?;
        if differences.iter().all(|d| *d == differences[0]) {
            return Err(Untested::NoSpread { value: differences[0] });
        }
        let n = rows as f64;
        let mean = sum(differences.iter().copied()) / n;
        let squares = sum(differences.iter().map(|d| (d - mean) * (d - mean)));
        let standard_error = (squares / (n - 1.0) / n).sqrt();
        Ok(Self { mean, standard_error, degrees: n - 1.0 })
    }

    /// The statistic is mean / standard error.
    pub fn test(&self, alternative: Alternative) -> Test {
        let statistic = self.mean / self.standard_error;
        let p_value = match alternative {
            Alternative::TwoSided => 2.0 * student::survival(statistic.abs(), self.degrees),
            Alternative::Greater => student::survival(statistic, self.degrees),
            Alternative::Less => student::survival(-statistic, self.degrees),
        };
        Test { statistic, p_value: p_value.clamp(0.0, 1.0) }
    }

    /// The interval of the mean.
    ///
    /// # Errors
    /// A level that is not between 0 and 1.
    pub fn interval(&self, level: f64) -> Result<Interval, Untested> {
        let tail = (1.0 - checked_level(level)?) / 2.0;
        let spread = student::upper_quantile(tail, self.degrees) * self.standard_error;
        Ok(Interval { low: self.mean - spread, high: self.mean + spread, level })
    }
}

/// The sum, with what rounding took from it put back (Neumaier 1974).
fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0f64, 0.0);
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() {
            (total - next) + value
        } else {
            (value - next) + total
        };
        total = next;
    }
    total + lost
}
