//! Rows whose columns are looked at one by one, whether they are held in memory or not.

use std::borrow::Cow;

use super::clocks::are_times;
use super::table::{Column, Table, Values, missing};
use crate::domain::error::Result;

/// Rows of which one column at a time is asked for.
pub trait Columns: Sync {
    /// Number of rows; each column has as many values.
    fn rows(&self) -> usize;

    /// Names of the columns in the order of the data.
    fn names(&self) -> Vec<&str>;

    /// What the rows are from, for messages.
    fn source(&self) -> String;

    /// Whether the files declare the column to be of dates or times, where it is read as numbers.
    fn declares_times(&self, name: &str) -> bool;

    /// The column named `name`; `None` where there is none.
    ///
    /// # Errors
    /// Data that cannot be read.
    fn look(&self, name: &str) -> Result<Option<Cow<'_, Column>>>;

    /// Whether there is a column named `name`.
    fn has(&self, name: &str) -> bool {
        self.names().contains(&name)
    }

    /// The column named `name`, or an error that names the nearest one.
    ///
    /// # Errors
    /// No such column; data that cannot be read.
    fn require(&self, name: &str) -> Result<Cow<'_, Column>> {
        self.look(name)?.ok_or_else(|| missing(&self.source(), &self.names(), name))
    }

    /// Whether one of the columns holds times.
    fn holds_times(&self, column: &Column) -> bool {
        match &column.values {
            Values::Number(_) => self.declares_times(&column.name),
            Values::Category(c) => are_times(c.levels.iter().map(String::as_str)),
        }
    }
}

impl Columns for Table {
    fn rows(&self) -> usize {
        self.rows
    }

    fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|c| c.name.as_str()).collect()
    }

    fn source(&self) -> String {
        self.source.clone()
    }

    fn declares_times(&self, name: &str) -> bool {
        self.times.iter().any(|time| time == name)
    }

    fn look(&self, name: &str) -> Result<Option<Cow<'_, Column>>> {
        Ok(self.column(name).map(Cow::Borrowed))
    }
}
