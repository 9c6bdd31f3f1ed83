//! A column as an expression: numbers as doubles, everything else as text.

use super::quote::{largest, name, number};

/// What an engine holds in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Binary fractions, which may be NaN or infinite.
    Float,
    /// Whole numbers.
    Whole,
    /// Decimal fractions.
    Decimal,
    /// Days.
    Day,
    /// Moments, in a time zone or none.
    Moment,
    /// Text.
    Text,
    /// `true` and `false`.
    Boolean,
}

/// What the text of a category is before it is a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// The name.
    Name,
    /// A number, as engines write it.
    Number,
    /// Microseconds since 1970.
    Moment,
}

/// A column to profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What the engine holds in it.
    pub source: Source,
    /// Numbers, days and moments are named as categories.
    pub named: bool,
}

impl Column {
    /// Whether it becomes numbers.
    pub fn is_number(&self) -> bool {
        !self.named && !matches!(self.source, Source::Text | Source::Boolean)
    }

    /// How the text of its categories is spelled.
    pub fn spelling(&self) -> Spelling {
        match self.source {
            Source::Float | Source::Decimal => Spelling::Number,
            Source::Moment => Spelling::Moment,
            _ => Spelling::Name,
        }
    }

    /// The value: a double, in which −0 is 0, or text. Days and moments are the days and the
    /// microseconds since 1970.
    pub fn value(&self) -> String {
        let own = name(&self.name);
        let whole = match self.source {
            Source::Day => format!("unix_date({own})"),
            Source::Moment => format!("unix_micros(CAST({own} AS TIMESTAMP))"),
            _ => own.clone(),
        };
        if self.is_number() {
            return match self.source {
                Source::Float => {
                    let double = format!("CAST({own} AS DOUBLE)");
                    format!("CASE WHEN {double} = 0e0 THEN 0e0 ELSE {double} END")
                }
                _ => format!("CAST({whole} AS DOUBLE)"),
            };
        }
        match self.source {
            Source::Text => own,
            Source::Boolean => {
                format!("CASE WHEN {own} THEN 'true' WHEN NOT {own} THEN 'false' END")
            }
            Source::Float => {
                format!("CASE WHEN NOT isnan({own}) THEN CAST(CAST({own} AS DOUBLE) AS STRING) END")
            }
            Source::Decimal => format!("CAST(CAST({own} AS DOUBLE) AS STRING)"),
            Source::Day => format!("CAST({own} AS STRING)"),
            Source::Whole | Source::Moment => format!("CAST({whole} AS STRING)"),
        }
    }

    /// The condition that the value `of` is there and usable.
    pub(super) fn usable(&self, of: &str) -> String {
        match (self.is_number(), self.source) {
            // NaN is neither, wherever it stands in an order.
            (true, Source::Float) => {
                format!("{of} >= {} AND {of} <= {}", number(f64::MIN), largest())
            }
            _ => format!("{of} IS NOT NULL"),
        }
    }
}
