//! One column while it passes: numbers or categories, and what is neither.

use super::stream::FieldKind;
use super::table::{Categories, Values, is_null};
use crate::domain::profile::{ColumnProfile, ColumnRole, ColumnValues};
use crate::stats::sketch::levels::LevelSketch;
use crate::stats::sketch::number::NumberSketch;

/// What is kept of a column so far.
#[derive(Debug, Clone, Default)]
pub struct ColumnSketch {
    rows: u64,
    count: u64,
    nan: u64,
    plus_infinite: u64,
    minus_infinite: u64,
    kind: Option<FieldKind>,
    numbers: NumberSketch,
    levels: LevelSketch,
}

impl ColumnSketch {
    /// Adds rows.
    pub fn add(&mut self, values: &Values) {
        match values {
            Values::Number(numbers) => self.add_numbers(numbers),
            Values::Category(categories) => {
                self.add_levels(categories, &counts(categories), categories.codes.len() as u64);
            }
        }
    }

    /// Adds numbers; null is [`super::table::NULL`].
    pub fn add_numbers(&mut self, numbers: &[f64]) {
        self.rows += numbers.len() as u64;
        let mut finite = Vec::with_capacity(numbers.len());
        for x in numbers {
            match x {
                // Adding zero turns −0 into 0, so that both are one value.
                x if x.is_finite() => finite.push(x + 0.0),
                x if is_null(*x) => {}
                x if x.is_nan() => self.nan += 1,
                x if *x > 0.0 => self.plus_infinite += 1,
                _ => self.minus_infinite += 1,
            }
        }
        if finite.len() as u64 + self.plus_infinite + self.minus_infinite > 0 {
            self.kind = Some(FieldKind::Number);
        }
        self.count += finite.len() as u64;
        self.numbers.add(&finite);
    }

    /// Adds categories, `counts` rows of each level and `rows` in all.
    pub fn add_levels(&mut self, categories: &Categories, counts: &[u64], rows: u64) {
        self.rows += rows;
        for (name, count) in categories.levels.iter().zip(counts) {
            if *count > 0 {
                self.kind = Some(FieldKind::Category);
                self.count += count;
                self.levels.add(name, *count);
            }
        }
    }

    /// Adds what is kept of other rows.
    pub fn merge(&mut self, other: &ColumnProfile) {
        self.rows += other.count + other.unusable();
        self.nan += other.nan;
        self.plus_infinite += other.plus_infinite;
        self.minus_infinite += other.minus_infinite;
        self.count += other.count;
        match &other.values {
            ColumnValues::Number(numbers) => {
                if other.count + other.infinite() > 0 {
                    self.kind = Some(FieldKind::Number);
                }
                self.numbers.merge(numbers, other.count, &other.distinct);
            }
            ColumnValues::Category(categories) => {
                // Without values too: somebody declared it so.
                self.kind = self.kind.or(Some(FieldKind::Category));
                self.levels.merge(categories, other.count, &other.distinct);
            }
        }
    }

    /// The profile. A column without any value is of the kind `declared`, or else numbers. NaN in
    /// a column of text is null.
    pub fn finish(
        self,
        name: String,
        role: ColumnRole,
        declared: Option<FieldKind>,
    ) -> ColumnProfile {
        let kind = self.kind.or(declared).unwrap_or(FieldKind::Number);
        let (nan, distinct, values) = match kind {
            FieldKind::Number => {
                let (numbers, distinct) = self.numbers.finish();
                (self.nan, distinct, ColumnValues::Number(numbers))
            }
            FieldKind::Category => {
                let (levels, distinct) = self.levels.finish();
                (0, distinct, ColumnValues::Category(levels))
            }
        };
        let (plus_infinite, minus_infinite) = (self.plus_infinite, self.minus_infinite);
        let nulls = self.rows - self.count - nan - plus_infinite - minus_infinite;
        let count = self.count;
        ColumnProfile {
            name,
            role,
            count,
            nulls,
            nan,
            plus_infinite,
            minus_infinite,
            distinct,
            values,
        }
    }
}

/// Rows of each level, in the order of the levels.
pub(super) fn counts(values: &Categories) -> Vec<u64> {
    let mut counts = vec![0; values.levels.len()];
    for code in &values.codes {
        if let Some(count) = counts.get_mut(*code as usize) {
            *count += 1;
        }
    }
    counts
}
