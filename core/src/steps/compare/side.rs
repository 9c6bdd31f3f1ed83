//! One of the two data sets, column by column.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::data::stream::{self, Field, FieldKind, Stream};
use crate::data::{Column, Columns, LeftOut, ReadOptions, Values, Within};
use crate::domain::error::{Error, Result};

/// Rows of a span of time.
#[derive(Debug, Clone)]
pub struct Only {
    /// The span.
    pub within: Within,
    /// Which rows they are, of those that are read where this span is wanted.
    pub places: Vec<usize>,
}

/// A data set, of which one column at a time is in memory.
pub(crate) struct Side {
    stream: Stream,
    places: Option<Vec<usize>>,
    times: Vec<String>,
}

impl Side {
    /// All rows, or those of a span.
    pub(crate) fn open(
        paths: &[PathBuf],
        options: &ReadOptions,
        only: Option<&Only>,
    ) -> Result<Self> {
        let within = only.map(|only| only.within.clone());
        let stream = stream::open(paths, &ReadOptions { within, ..options.clone() })?;
        stream.settle()?;
        let times = stream.times();
        Ok(Self { stream, places: only.map(|only| only.places.clone()), times })
    }

    /// Rows that were not read, as they lie outside of the span.
    pub(crate) fn left_out(&self) -> Result<LeftOut> {
        self.stream.left_out()
    }

    /// The same of these rows alone, out of all.
    pub(crate) fn chosen(self, places: Vec<usize>) -> Self {
        Self { places: Some(places), ..self }
    }

    pub(super) fn rows(&self) -> u64 {
        match &self.places {
            Some(places) => places.len() as u64,
            None => self.stream.rows().unwrap_or(0),
        }
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.stream.fields().iter().map(|f| f.name.clone()).collect()
    }

    /// Whether the files declare the column to be of times.
    pub(super) fn declares_times(&self, name: &str) -> bool {
        self.times.iter().any(|time| time == name)
    }

    /// Whether the column may hold times: it is declared to, or is no column of numbers.
    pub(super) fn may_hold_times(&self, name: &str) -> bool {
        let number = |f: &Field| f.name == name && f.kind == Some(FieldKind::Number);
        self.declares_times(name) || !self.stream.fields().iter().any(number)
    }

    pub(super) fn column(&self, name: &str) -> Result<Values> {
        let values = self.stream.column(name)?;
        Ok(match &self.places {
            Some(places) => values.at(places),
            None => values,
        })
    }

    /// # Errors
    /// No rows or no columns.
    pub(super) fn require_rows(&self) -> Result<()> {
        if self.rows() > 0 && !self.names().is_empty() {
            return Ok(());
        }
        let lacking = if self.rows() == 0 { "rows" } else { "columns" };
        Err(Error::input(format!("{} has no {lacking}", self.stream.source()))
            .hint("a baseline needs data to compare with"))
    }
}

impl Columns for Side {
    fn rows(&self) -> usize {
        usize::try_from(Self::rows(self)).unwrap_or(usize::MAX)
    }

    fn names(&self) -> Vec<&str> {
        self.stream.fields().iter().map(|f| f.name.as_str()).collect()
    }

    fn source(&self) -> String {
        self.stream.source()
    }

    fn declares_times(&self, name: &str) -> bool {
        Self::declares_times(self, name)
    }

    fn look(&self, name: &str) -> Result<Option<Cow<'_, Column>>> {
        if !self.has(name) {
            return Ok(None);
        }
        let values = self.column(name)?;
        Ok(Some(Cow::Owned(Column { name: name.to_owned(), values })))
    }
}
