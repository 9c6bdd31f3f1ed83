//! One of the two data sets, column by column.

use std::path::PathBuf;

use crate::data::stream::{self, Stream};
use crate::data::{ReadOptions, Values};
use crate::domain::error::{Error, Result};

/// A data set, of which one column at a time is in memory.
pub(super) struct Side(Stream);

impl Side {
    pub(super) fn open(paths: &[PathBuf], options: &ReadOptions) -> Result<Self> {
        let stream = stream::open(paths, options)?;
        stream.settle()?;
        Ok(Self(stream))
    }

    pub(super) fn source(&self) -> String {
        self.0.source()
    }

    pub(super) fn rows(&self) -> u64 {
        self.0.rows().unwrap_or(0)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.0.fields().iter().map(|f| f.name.clone()).collect()
    }

    pub(super) fn column(&self, name: &str) -> Result<Values> {
        self.0.column(name)
    }

    /// # Errors
    /// No rows or no columns.
    pub(super) fn require_rows(&self) -> Result<()> {
        if self.rows() > 0 && !self.names().is_empty() {
            return Ok(());
        }
        let lacking = if self.rows() == 0 { "rows" } else { "columns" };
        Err(Error::input(format!("{} has no {lacking}", self.source()))
            .hint("a baseline needs data to compare with"))
    }
}
