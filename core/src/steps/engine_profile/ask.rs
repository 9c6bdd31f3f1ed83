//! Asks an engine, some columns at a time.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::data::answer::Answer;
use crate::domain::error::{Error, Result};
use crate::ports::engine::Engine;

/// By the name of a part of the rows; the empty name where there is one part only.
pub(super) type Parts<T> = BTreeMap<String, T>;

/// An engine that is asked, and how often it was.
pub(super) struct Ask<'a> {
    pub(super) engine: &'a dyn Engine,
    /// Is told each query before it is run.
    pub(super) tell: &'a dyn Fn(&str),
    pub(super) queries: Cell<u64>,
}

impl Ask<'_> {
    pub(super) fn ask(&self, sql: &str) -> Result<Answer> {
        (self.tell)(sql);
        self.queries.set(self.queries.get() + 1);
        let rows = self.engine.query(sql)?;
        Ok(Answer::new(rows.schema, rows.batches))
    }

    /// Asks about some of `items` at a time.
    pub(super) fn each<T>(
        &self,
        items: &[T],
        some: usize,
        query: impl Fn(&[T]) -> String,
        mut take: impl FnMut(Answer) -> Result<()>,
    ) -> Result<()> {
        items.chunks(some).try_for_each(|chunk| take(self.ask(&query(chunk))?))
    }
}

/// The counts of two queries do not belong to the same rows.
pub(super) fn changed() -> Error {
    Error::new(crate::domain::error::ErrorKind::Conflict, "the data changed while it was profiled")
        .hint("profile it again, or a state that does not change: a snapshot, `VERSION AS OF`, a day that is over")
        .retryable()
}
