//! A profile: what is kept of a data set to compare later data with. It holds no raw rows.
//!
//! A numeric column with at most [`EXACT_LEVELS`] distinct values keeps each value and its count,
//! so that every comparison with it is exact. A richer column keeps [`QUANTILES`] + 1 equally
//! spaced quantiles: the rank of any value is then known to within 1 / [`QUANTILES`].

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::error::{Error, Result};

/// Version of the profile's layout.
pub const PROFILE_VERSION: u32 = 1;
/// Numeric columns with at most this many distinct values are kept exactly.
pub const EXACT_LEVELS: usize = 200;
/// Number of equal-probability steps kept of a richer numeric column.
pub const QUANTILES: usize = 200;
/// Categories kept by name; the rest is counted together.
pub const MAX_CATEGORIES: usize = 1000;

/// Profile of a data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Profile {
    /// [`PROFILE_VERSION`].
    pub profile_version: u32,
    /// Rows read.
    pub rows: u64,
    /// Columns in the order of the file.
    pub columns: Vec<ColumnProfile>,
}

impl Profile {
    /// The column named `name`.
    pub fn column(&self, name: &str) -> Option<&ColumnProfile> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// Checks what every comparison relies on: counts that add up to the rows, numbers that ascend
    /// and are finite, categories that are named once.
    ///
    /// # Errors
    /// The first column that does not hold it, by name.
    pub fn check(&self) -> Result<()> {
        if self.profile_version != PROFILE_VERSION {
            let found = self.profile_version;
            return Err(Error::input(format!("the baseline profile has version {found}"))
                .hint(format!("this program reads version {PROFILE_VERSION}; use a newer one")));
        }
        if self.rows > MAX_ROWS {
            let rows = self.rows;
            return Err(Error::input(format!("the baseline profile counts {rows} rows"))
                .hint("package the model again; the profile was damaged or made by hand"));
        }
        self.columns.iter().try_for_each(|column| {
            column.check(self.rows).map_err(|why| {
                let name = column.name.escape_debug();
                Error::input(format!("the baseline profile of column `{name}` {why}"))
                    .hint("package the model again; the profile was damaged or made by hand")
            })
        })
    }
}

/// Most rows of a profile: the largest whole number that JSON holds exactly.
const MAX_ROWS: u64 = 1 << 53;

fn sum_of(counts: impl IntoIterator<Item = u64>) -> Option<u64> {
    counts.into_iter().try_fold(0u64, u64::checked_add)
}

/// Profile of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ColumnProfile {
    /// Column name.
    pub name: String,
    /// What part the column plays.
    #[serde(default)]
    pub role: ColumnRole,
    /// Values that are present and usable (not null, not NaN, not infinite).
    pub count: u64,
    /// Nulls; NaN counts as null.
    pub nulls: u64,
    /// Positive and negative infinities.
    #[serde(default)]
    pub infinite: u64,
    /// What was kept of the values.
    pub values: ColumnValues,
}

/// What part a column plays for the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnRole {
    /// An input of the model.
    #[default]
    Feature,
    /// The model's output.
    Prediction,
    /// The true answer.
    Label,
}

/// What was kept of a column's values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, tag = "kind")]
pub enum ColumnValues {
    /// Numbers.
    Number(NumberProfile),
    /// Categories: text and booleans.
    Category(CategoryProfile),
}

/// Numbers, summarised. All values are finite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NumberProfile {
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation (divisor n).
    pub std: f64,
    /// The distribution.
    pub distribution: Distribution,
}

/// A distribution of numbers: exact, or by quantiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, tag = "form")]
pub enum Distribution {
    /// Every distinct value, ascending, with its count.
    Exact {
        /// Distinct values, ascending.
        values: Vec<f64>,
        /// Count of each value.
        counts: Vec<u64>,
    },
    /// Quantiles at 0, 1/n, 2/n … 1 (n + 1 numbers, ascending; lower order statistics, so each is
    /// a value that occurred).
    Quantiles {
        /// The quantiles.
        values: Vec<f64>,
    },
}

/// Categories, counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CategoryProfile {
    /// Levels by falling count, then by name.
    pub levels: Vec<Level>,
    /// Values of levels beyond [`MAX_CATEGORIES`].
    #[serde(default)]
    pub other: u64,
}

/// One category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// The category.
    pub name: String,
    /// How often it occurs.
    pub count: u64,
}

impl ColumnProfile {
    fn check(&self, rows: u64) -> Result<(), &'static str> {
        if sum_of([self.count, self.nulls, self.infinite]) != Some(rows) {
            return Err("has values, nulls and infinities that do not add up to the rows");
        }
        match &self.values {
            ColumnValues::Number(numbers) => numbers.check(self.count),
            ColumnValues::Category(categories) => categories.check(self.count),
        }
    }
}

impl NumberProfile {
    fn check(&self, count: u64) -> Result<(), &'static str> {
        let finite = [self.min, self.max, self.mean, self.std].iter().all(|x| x.is_finite());
        if !finite || self.min > self.max || self.std < 0.0 {
            return Err("has a range, mean or deviation that no numbers have");
        }
        self.distribution.check(count)
    }
}

impl Distribution {
    fn check(&self, count: u64) -> Result<(), &'static str> {
        let (values, ascending) = match self {
            Self::Exact { values, counts } => {
                if values.len() != counts.len() || sum_of(counts.iter().copied()) != Some(count) {
                    return Err("has counts that do not add up to its values");
                }
                (values, values.is_sorted_by(|a, b| a < b))
            }
            Self::Quantiles { values } if values.len() < 2 => {
                return Err("has fewer than two quantiles");
            }
            Self::Quantiles { values } => (values, values.is_sorted()),
        };
        if ascending && values.iter().all(|x| x.is_finite()) {
            Ok(())
        } else {
            Err("has values that do not ascend or are not finite")
        }
    }
}

impl CategoryProfile {
    fn check(&self, count: u64) -> Result<(), &'static str> {
        let counts = self.levels.iter().map(|l| l.count).chain([self.other]);
        if sum_of(counts) != Some(count) {
            return Err("has counts that do not add up to its values");
        }
        let names: BTreeSet<&str> = self.levels.iter().map(|l| l.name.as_str()).collect();
        if names.len() == self.levels.len() { Ok(()) } else { Err("names a category twice") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(values: &[f64], counts: &[u64]) -> ColumnValues {
        let distribution = Distribution::Exact { values: values.into(), counts: counts.into() };
        ColumnValues::Number(NumberProfile {
            min: 0.0,
            max: 9.0,
            mean: 1.0,
            std: 1.0,
            distribution,
        })
    }

    fn category(levels: &[(&str, u64)], other: u64) -> ColumnValues {
        let levels = levels.iter().map(|(n, c)| Level { name: (*n).to_owned(), count: *c });
        ColumnValues::Category(CategoryProfile { levels: levels.collect(), other })
    }

    fn profile(rows: u64, count: u64, values: ColumnValues) -> Profile {
        let (role, nulls, infinite) = (ColumnRole::Feature, rows.saturating_sub(count), 0);
        let name = "age".to_owned();
        let column = ColumnProfile { name, role, count, nulls, infinite, values };
        Profile { profile_version: PROFILE_VERSION, rows, columns: vec![column] }
    }

    #[test]
    fn what_no_data_has_is_refused_with_the_column() {
        let quantiles = |values: &[f64]| {
            ColumnValues::Number(NumberProfile {
                min: 0.0,
                max: 9.0,
                mean: 1.0,
                std: 1.0,
                distribution: Distribution::Quantiles { values: values.into() },
            })
        };
        let wrong = [
            ("an overflow", profile(10, 10, number(&[1.0, 2.0], &[u64::MAX, 11]))),
            ("too few", profile(10, 10, number(&[1.0, 2.0], &[4, 4]))),
            ("a count missing", profile(10, 10, number(&[1.0, 2.0], &[10]))),
            ("falling", profile(10, 10, number(&[2.0, 1.0], &[5, 5]))),
            ("twice", profile(10, 10, number(&[2.0, 2.0], &[5, 5]))),
            ("not a number", profile(10, 10, number(&[1.0, f64::NAN], &[5, 5]))),
            ("more than rows", profile(10, 11, number(&[1.0], &[11]))),
            ("one quantile", profile(10, 10, quantiles(&[1.0]))),
            ("falling quantiles", profile(10, 10, quantiles(&[1.0, 3.0, 2.0]))),
            ("levels overflow", profile(10, 10, category(&[("a", u64::MAX)], 11))),
            ("levels beyond", profile(10, 10, category(&[("a", 11)], 0))),
            ("a level twice", profile(10, 10, category(&[("a", 5), ("a", 5)], 0))),
        ];
        for (name, profile) in wrong {
            let error = profile.check().expect_err(name);
            assert!(error.to_string().contains("column `age`"), "{name}: {error}");
        }
        let huge = profile(u64::MAX, u64::MAX, category(&[("a", u64::MAX)], 0));
        assert!(huge.check().expect_err("too many").to_string().contains("rows"));
    }

    #[test]
    fn what_data_has_passes() {
        let right = [
            profile(12, 10, number(&[1.0, 2.0], &[4, 6])),
            profile(12, 10, category(&[("a", 7), ("b", 1)], 2)),
            profile(3, 0, number(&[], &[])),
            profile(3, 0, category(&[], 0)),
        ];
        for profile in right {
            profile.check().expect("is sound");
        }
    }
}
