//! A profile: what is kept of a data set to compare later data with. It holds no raw rows.
//!
//! A numeric column with at most [`EXACT_LEVELS`] distinct values keeps each value and its count,
//! so that every comparison with it is exact. A richer column keeps [`QUANTILES`] + 1 equally
//! spaced quantiles: the rank of any value is then known to within 1 / [`QUANTILES`].

use serde::{Deserialize, Serialize};

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
