//! One of the two data sets: column by column where its files allow it, else whole.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::data::stream::{self, Stream};
use crate::data::{ReadOptions, Table, Values, read};
use crate::domain::error::{Error, Result};

/// A data set.
pub(super) enum Side {
    /// Files that keep columns together: one column is in memory at a time.
    Columnar(Box<Stream>),
    /// Files of rows, read.
    Held(Table),
}

impl Side {
    pub(super) fn open(paths: &[PathBuf], options: &ReadOptions) -> Result<Self> {
        let stream = stream::open(paths, options)?;
        if stream.is_columnar() && stream.rows().is_some() {
            return Ok(Self::Columnar(Box::new(stream)));
        }
        drop(stream);
        Ok(Self::Held(read(paths, options)?))
    }

    pub(super) fn source(&self) -> String {
        match self {
            Self::Columnar(stream) => stream.source(),
            Self::Held(table) => table.source.clone(),
        }
    }

    pub(super) fn rows(&self) -> u64 {
        match self {
            Self::Columnar(stream) => stream.rows().unwrap_or(0),
            Self::Held(table) => table.rows as u64,
        }
    }

    pub(super) fn names(&self) -> Vec<String> {
        match self {
            Self::Columnar(stream) => stream.fields().iter().map(|f| f.name.clone()).collect(),
            Self::Held(table) => table.columns.iter().map(|c| c.name.clone()).collect(),
        }
    }

    pub(super) fn column(&self, name: &str) -> Result<Cow<'_, Values>> {
        match self {
            Self::Columnar(stream) => stream.column(name).map(Cow::Owned),
            Self::Held(table) => table.require(name).map(|c| Cow::Borrowed(&c.values)),
        }
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
