//! Levels that ought to come and do not.

use super::Levels;

/// Values that are expected of a level before its absence is worth a word.
const EXPECTED: f64 = 10.0;
/// Most by which chance may leave out any level that is said to be lost.
const UNLIKELY: f64 = 0.01;

impl Levels<'_> {
    /// Levels of the baseline of which no value came, ten were expected, and chance does not
    /// explain that: that all values of a level are the baseline's has a chance of at most its
    /// share of the rows to the power of their number, times the number of levels (Bonferroni).
    /// None where the current data does not tell all its levels.
    pub fn lost(&self) -> Vec<String> {
        let (n, m) = self.totals();
        let (n, m) = (n as f64, m as f64);
        if self.untold.1.values > 0 || n == 0.0 || m == 0.0 {
            return Vec::new();
        }
        let allowed = (UNLIKELY / self.names.len() as f64).ln();
        let gone = |place: &usize| {
            let count = self.baseline[*place] as f64;
            self.current[*place] == 0
                && count / n * m >= EXPECTED
                && count * (n / (n + m)).ln() <= allowed
        };
        let places = (0..self.names.len()).filter(gone);
        places.map(|place| self.names[place].to_owned()).collect()
    }
}
