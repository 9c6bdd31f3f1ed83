//! A table in memory: columns of numbers or categories.

use std::path::Path;

use super::part::{CategoryBuilder, number_as_category};
use super::told::tell;
use super::within::LeftOut;
use crate::domain::error::{Error, Result};

/// A table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Columns in the order of the file.
    pub columns: Vec<Column>,
    /// Number of rows; each column has as many values.
    pub rows: usize,
    /// What it was read from, for messages.
    pub source: String,
    /// Rows that were not read, as they lie outside of the span that was asked for.
    pub left_out: LeftOut,
    /// Columns that the files declare to be of dates or times, and that were read as numbers.
    pub times: Vec<String>,
}

/// One column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Values,
}

/// The values of a column.
#[derive(Debug, Clone)]
pub enum Values {
    /// Numbers; a null is [`NULL`], a NaN.
    Number(Vec<f64>),
    /// Categories.
    Category(Categories),
}

/// What stands for a null among numbers: a NaN of its own, so that a NaN in the data can be told
/// from it. To whoever computes, both are NaN.
pub const NULL: f64 = f64::from_bits(0x7ff8_0000_6e75_6c6c);

/// Whether a NaN is [`NULL`].
pub fn is_null(value: f64) -> bool {
    value.to_bits() == NULL.to_bits()
}

/// Categories: each row has a code into the levels.
#[derive(Debug, Clone, Default)]
pub struct Categories {
    /// Distinct values, in order of first appearance.
    pub levels: Vec<String>,
    /// Code of each row; [`Categories::NULL`] where there is none.
    pub codes: Vec<u32>,
}

impl Categories {
    /// The code of a null.
    pub const NULL: u32 = u32::MAX;

    /// The categories of these values, one a row; `None` is null.
    pub fn of<S: AsRef<str>>(values: impl IntoIterator<Item = Option<S>>) -> Self {
        let mut builder = CategoryBuilder::default();
        for value in values {
            match value {
                Some(text) => builder.push(text.as_ref()),
                None => builder.push_null(),
            }
        }
        builder.finish()
    }

    /// Numbers as categories: `3.0` becomes `3`, NaN is null.
    pub fn of_numbers(values: &[f64]) -> Self {
        Self::of(values.iter().map(|x| (!x.is_nan()).then(|| number_as_category(*x))))
    }

    /// The value of a row; `None` where it is null or there is no such row.
    pub fn get(&self, row: usize) -> Option<&str> {
        let code = *self.codes.get(row)?;
        self.levels.get(code as usize).map(String::as_str)
    }
}

impl Values {
    /// The values at these places, in their order; one that there is none of is left out.
    #[must_use]
    pub fn at(&self, places: &[usize]) -> Self {
        match self {
            Self::Number(v) => {
                Self::Number(places.iter().filter_map(|i| v.get(*i).copied()).collect())
            }
            Self::Category(c) => Self::Category(Categories {
                levels: c.levels.clone(),
                codes: places.iter().filter_map(|i| c.codes.get(*i).copied()).collect(),
            }),
        }
    }
}

/// An error for a whole number that a double cannot hold, at `place`.
pub(super) fn inexact(place: &str, column: &str, value: &str) -> Error {
    Error::input(format!("{place}: column `{column}` holds {value}, which a number cannot hold exactly"))
        .hint("beyond 2^53 whole numbers lose digits; if it is an identifier, use it as one, or write it as text")
}

/// Says that whole numbers of a column lost digits.
pub(super) fn rounded(file: &Path, column: &str) {
    let (file, column) = (file.display(), column.escape_debug());
    tell(format!(
        "{file}: column `{column}` holds whole numbers beyond 2^53, which are looked at rounded; name it under `categories` where they are identifiers"
    ));
}

impl Table {
    /// Takes the values of the column named `name` out of the table.
    pub fn take(&mut self, name: &str) -> Option<Values> {
        let at = self.columns.iter().position(|c| c.name == name)?;
        Some(self.columns.remove(at).values)
    }

    /// The column named `name`.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The column named `name`, or an error that names the file, the nearest column and the rest.
    ///
    /// # Errors
    /// No such column.
    pub fn require(&self, name: &str) -> Result<&Column> {
        self.column(name).ok_or_else(|| {
            let names: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
            missing(&self.source, &names, name)
        })
    }
}

/// An error for a column that data does not have; it names the nearest one and the rest.
pub(super) fn missing(source: &str, names: &[&str], name: &str) -> Error {
    let nearest = names.iter().min_by_key(|n| strsim::damerau_levenshtein(n, name));
    let guess = nearest.map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
    Error::input(format!("{source} has no column `{name}`"))
        .hint(format!("{guess}It has: {}", names.join(", ")))
}
