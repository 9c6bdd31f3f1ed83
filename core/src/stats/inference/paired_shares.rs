//! The difference between two shares of the same rows, such as two models' accuracies.

use super::mcnemar::Disagreements;
use super::test::{Untested, checked_level};
use crate::domain::verdict::Interval;
use crate::stats::normal;

/// A difference of two shares with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedShares {
    /// Challenger − champion, as measured.
    pub difference: f64,
    /// Standard error of the adjusted difference, which the interval lies around.
    pub standard_error: f64,
    /// The interval.
    pub interval: Interval,
}

/// The interval of Bonett and Price (2012): Wald's, after one more row of each kind of
/// disagreement. Two models that were both right, or both wrong, on each of a few rows have not been
/// shown to be alike; resampling those rows would say that they have.
///
/// # Errors
/// No rows, fewer rows than disagreements, a level that is not between 0 and 1.
pub fn bonett_price(found: Disagreements, rows: u64, level: f64) -> Result<PairedShares, Untested> {
    checked_level(level)?;
    let Disagreements { challenger, champion } = found;
    if rows == 0 || challenger + champion > rows {
        return Err(Untested::TooFew {
            rows: rows as usize,
            needed: (challenger + champion).max(1) as usize,
        });
    }
    let n = rows as f64 + 2.0;
    let (ours, theirs) = ((challenger as f64 + 1.0) / n, (champion as f64 + 1.0) / n);
    let centre = ours - theirs;
    let standard_error = ((ours + theirs - centre * centre) / n).sqrt();
    let spread = normal::quantile(0.5 + level / 2.0) * standard_error;
    let difference = (challenger as f64 - champion as f64) / rows as f64;
    let interval =
        Interval { low: (centre - spread).max(-1.0), high: (centre + spread).min(1.0), level };
    Ok(PairedShares { difference, standard_error, interval })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_published_formula() {
        // 1 and 5 of 100 rows: (6 − 2)/102 ± z √((8/102 − (4/102)²)/102).
        let found = Disagreements { challenger: 5, champion: 1 };
        let answer = bonett_price(found, 100, 0.95).expect("an interval");
        assert_eq!(answer.difference, 0.04);
        let centre = 4.0 / 102.0;
        let error = ((8.0 / 102.0 - centre * centre) / 102.0f64).sqrt();
        assert!((answer.interval.low - (centre - 1.959_963_984_540_054 * error)).abs() < 1e-12);
        assert!((answer.interval.high - (centre + 1.959_963_984_540_054 * error)).abs() < 1e-12);
    }

    #[test]
    fn no_disagreement_on_few_rows_shows_little() {
        let none = bonett_price(Disagreements::default(), 50, 0.95).expect("an interval");
        assert_eq!(none.difference, 0.0);
        assert!(none.interval.low < -0.05 && none.interval.high > 0.05);
        let many = bonett_price(Disagreements::default(), 1_000_000, 0.95).expect("an interval");
        assert!(many.interval.high < 1e-5);
        assert!(bonett_price(Disagreements::default(), 0, 0.95).is_err());
    }
}
