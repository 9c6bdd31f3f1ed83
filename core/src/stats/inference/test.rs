//! What a test answers, and why it may not.

/// A test's statistic and p-value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Test {
    /// The statistic; which one, the method says.
    pub statistic: f64,
    /// Probability of a statistic at least as extreme when there is no difference, 0–1.
    pub p_value: f64,
}

/// What a test looks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Alternative {
    /// A difference either way.
    #[default]
    TwoSided,
    /// Differences above 0.
    Greater,
    /// Differences below 0.
    Less,
}

/// Why a test has no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Untested {
    /// Not enough rows.
    #[error("{rows} rows are fewer than {needed}")]
    TooFew {
        /// Rows there are.
        rows: usize,
        /// Rows needed.
        needed: usize,
    },
    /// NaN or an infinite number.
    #[error("the difference of row {row} is {value}, not a finite number")]
    NotFinite {
        /// Row, from 1.
        row: usize,
        /// What is there.
        value: f64,
    },
    /// All differences are the same, so that chance cannot be told from them.
    #[error("all differences are {value}")]
    NoSpread {
        /// The difference.
        value: f64,
    },
    /// An option that makes no test.
    #[error("{what} is {value}")]
    Option {
        /// Which option.
        what: &'static str,
        /// Its value.
        value: f64,
    },
}

/// An error for the first difference that is not finite.
pub(super) fn finite(differences: &[f64]) -> Result<(), Untested> {
    match differences.iter().position(|d| !d.is_finite()) {
        Some(i) => Err(Untested::NotFinite { row: i + 1, value: differences[i] }),
        None => Ok(()),
    }
}

/// An error for a level that is not between 0 and 1.
pub(super) fn checked_level(level: f64) -> Result<f64, Untested> {
    if level > 0.0 && level < 1.0 {
        Ok(level)
    } else {
        Err(Untested::Option { what: "confidence level", value: level })
    }
}
