//! One column while a stream is read: what is gathered of it, and whether its files agree.

use std::path::{Path, PathBuf};

use super::part::{PartColumn, mixed};
use super::table::{Categories, NULL, Values, is_null};
use crate::domain::error::Result;

/// What is done with the batches of each column; a state a column.
///
/// The batches of one column come in the order of the rows, one after the other; several columns
/// are worked on at once.
pub trait Gather: Sync {
    /// What is gathered of one column.
    type State: Send;

    /// Nothing yet of the column named `name`.
    fn begin(&self, name: &str) -> Self::State;

    /// Adds the next rows of a column: numbers, or categories with the spelling of the file, each
    /// batch with levels of its own. A batch without any value may be of the other kind. `by` has
    /// the same rows of the column named in [`super::stream::Stream::gather`].
    fn add(&self, state: &mut Self::State, values: &Values, by: Option<&Categories>);
}

/// A column and what is gathered of it.
pub(super) struct Slot<S> {
    pub(super) name: String,
    pub(super) state: S,
    told: Option<Told>,
}

/// The first file that told the kind of the column.
struct Told {
    file: PathBuf,
    number: bool,
    first_text: Option<(u64, String)>,
}

impl<S> Slot<S> {
    pub(super) fn new(name: &str, state: S) -> Self {
        Self { name: name.to_owned(), state, told: None }
    }

    /// Whether numbers have been seen.
    pub(super) fn has_numbers(&self) -> bool {
        self.told.as_ref().is_some_and(|t| t.number)
    }

    /// Adds rows.
    ///
    /// # Errors
    /// Numbers below text, or text below numbers.
    pub(super) fn add<G: Gather<State = S>>(
        &mut self,
        gather: &G,
        file: &Path,
        column: &Piece<'_>,
    ) -> Result<()> {
        if has_value(column.values) {
            let number = matches!(column.values, Values::Number(_));
            let first_text = || column.first_text.cloned();
            let told = self.told.get_or_insert_with(|| Told {
                file: file.to_owned(),
                number,
                first_text: first_text(),
            });
            if told.number != number {
                let (text, other) = if number { (&*told.file, file) } else { (file, &*told.file) };
                let place = if number { told.first_text.clone() } else { first_text() };
                return Err(mixed(text, &self.name, place.as_ref(), other));
            }
        }
        gather.add(&mut self.state, column.values, column.by);
        Ok(())
    }
}

/// Some rows of a column.
pub(super) struct Piece<'a> {
    pub(super) values: &'a Values,
    pub(super) by: Option<&'a Categories>,
    pub(super) first_text: Option<&'a (u64, String)>,
}

impl<'a> Piece<'a> {
    pub(super) fn of(column: &'a PartColumn, by: Option<&'a Categories>) -> Self {
        Self { values: &column.values, by, first_text: column.first_text.as_ref() }
    }
}

/// Whether there is anything but nulls and NaN.
pub(super) fn has_value(values: &Values) -> bool {
    match values {
        Values::Number(numbers) => numbers.iter().any(|x| !x.is_nan()),
        Values::Category(categories) => !categories.levels.is_empty(),
    }
}

/// Rows without any value.
pub(super) fn nothing(rows: usize) -> Values {
    let values = vec![NULL; rows];
    debug_assert!(values.iter().all(|x| is_null(*x)));
    Values::Number(values)
}
