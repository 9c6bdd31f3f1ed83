//! McNemar's test (1947): two models on the same rows, judged by the rows where only one is right.

use super::binomial::at_most;
use super::test::Test;
use crate::stats::normal;
use crate::stats::sample::Sample;

/// Rows on which the models disagree about being right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Disagreements {
    /// Rows where the challenger alone is right.
    pub challenger: u64,
    /// Rows where the champion alone is right.
    pub champion: u64,
}

impl Disagreements {
    /// Counts them; each item says whether the challenger and whether the champion is right.
    pub fn count(rows: impl Iterator<Item = (bool, bool)>) -> Self {
        rows.fold(Self::default(), |mut found, (challenger, champion)| {
            found.challenger += u64::from(challenger && !champion);
            found.champion += u64::from(champion && !challenger);
            found
        })
    }

    /// Counts them where both models answer with a class, which is right or wrong: binary answers
    /// at the threshold, or classes. Both samples are of the same rows.
    pub fn between(challenger: &Sample<'_>, champion: &Sample<'_>) -> Self {
        Self::count((0..challenger.rows()).map(|i| (challenger.is_right(i), champion.is_right(i))))
    }

    fn all(self) -> u64 {
        self.challenger + self.champion
    }
}

/// The exact two-sided test: of the rows where one model alone is right, each model's part is half.
/// The statistic is the smaller count. Without such rows p is 1.
pub fn exact(rows: Disagreements) -> Test {
    let fewer = rows.challenger.min(rows.champion);
    let p_value = (2.0 * at_most(fewer, rows.all(), 0.5)).min(1.0);
    Test { statistic: fewer as f64, p_value }
}

/// The test by χ² with one degree of freedom and Edwards' correction (1948):
/// max(0, |b − c| − 1)² / (b + c). Without such rows the statistic is 0 and p is 1.
pub fn corrected(rows: Disagreements) -> Test {
    let apart = rows.challenger.abs_diff(rows.champion).saturating_sub(1) as f64;
    if apart == 0.0 {
        return Test { statistic: 0.0, p_value: 1.0 };
    }
    let statistic = apart * apart / rows.all() as f64;
    Test { statistic, p_value: normal::two_sided(statistic.sqrt()) }
}
