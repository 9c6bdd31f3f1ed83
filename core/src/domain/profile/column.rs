//! One column of a profile.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::number::NumberProfile;
use super::registers::Registers;

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
    /// Nulls.
    pub nulls: u64,
    /// NaN, where the data tells it from null.
    #[serde(default)]
    pub nan: u64,
    /// Positive infinities.
    #[serde(default)]
    pub plus_infinite: u64,
    /// Negative infinities.
    #[serde(default)]
    pub minus_infinite: u64,
    /// How many distinct values there are.
    pub distinct: Distinct,
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

/// How many distinct values a column has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Distinct {
    /// The number, or an estimate.
    pub count: u64,
    /// Relative standard error of the estimate, or, without registers, the most by which it can be
    /// off; 0 where the number is exact.
    pub error: f64,
    /// What the estimate is from; `null` where every value is kept or an engine counted.
    pub registers: Option<Registers>,
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

/// Categories, counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CategoryProfile {
    /// Levels by falling count, then by name.
    pub levels: Vec<Level>,
    /// Values of levels beyond [`super::MAX_CATEGORIES`], and of those that were folded away.
    #[serde(default)]
    pub other: u64,
    /// Most rows that a level may have beyond its count.
    #[serde(default)]
    pub undercount: u64,
    /// Lengths of the text in characters.
    pub lengths: Lengths,
}

/// Lengths of text in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lengths {
    /// Shortest.
    pub min: u64,
    /// Longest.
    pub max: u64,
    /// Of all values together.
    pub total: u64,
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
    /// Positive and negative infinities.
    pub fn infinite(&self) -> u64 {
        self.plus_infinite + self.minus_infinite
    }

    /// Rows without a usable value: null, NaN or infinite.
    pub fn unusable(&self) -> u64 {
        self.nulls + self.nan + self.infinite()
    }

    /// Whether every value is known, with its count.
    pub fn is_exact(&self) -> bool {
        match &self.values {
            ColumnValues::Number(numbers) => numbers.distribution.is_exact(),
            ColumnValues::Category(categories) => {
                categories.other == 0 && categories.undercount == 0
            }
        }
    }

    pub(super) fn check(&self, rows: u64) -> Result<(), &'static str> {
        let counts = [self.count, self.nulls, self.nan, self.plus_infinite, self.minus_infinite];
        if counts.iter().try_fold(0u64, |sum, n| sum.checked_add(*n)) != Some(rows) {
            return Err("has values, nulls and infinities that do not add up to the rows");
        }
        let error = self.distinct.error;
        if !(0.0..1.0).contains(&error) || (self.distinct.registers.is_some() && error == 0.0) {
            return Err("has a number of distinct values without its error");
        }
        match &self.values {
            ColumnValues::Number(numbers) => numbers.check(self.count),
            ColumnValues::Category(categories) => categories.check(self.count),
        }
    }
}

impl CategoryProfile {
    fn check(&self, count: u64) -> Result<(), &'static str> {
        let mut counts = self.levels.iter().map(|l| l.count).chain([self.other]);
        if counts.try_fold(0u64, |sum, n| sum.checked_add(n)) != Some(count) {
            return Err("has counts that do not add up to its values");
        }
        if self.lengths.min > self.lengths.max || self.undercount > count {
            return Err("has lengths or an error that no text has");
        }
        let names: BTreeSet<&str> = self.levels.iter().map(|l| l.name.as_str()).collect();
        if names.len() == self.levels.len() { Ok(()) } else { Err("names a category twice") }
    }
}
