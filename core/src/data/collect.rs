//! Columns of Arrow arrays, batch after batch, into numbers or categories. Parquet and Arrow IPC
//! give the same arrays.

use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types as t;
use arrow_array::{Array, ArrowPrimitiveType};
use arrow_schema::{DataType, Schema};

use super::arrays::{append, numbers, texts};
use super::part::{CategoryBuilder, number_as_category};
use super::table::{Values, inexact, rounded};
use super::{dictionary, spare};
use crate::domain::error::{Error, Result};

/// A column of a kind that is not read.
pub(super) fn unreadable(file: &Path, name: &str, kind: &DataType) -> Error {
    Error::input(format!("column `{name}` of {} is of kind {kind}", file.display()))
        .hint("only numbers, text, booleans, dates and times can be read; list it under `ignore`")
}

/// Fails where two columns have one name: no other could be told which is meant.
pub(super) fn distinct(file: &Path, schema: &Schema) -> Result<()> {
    let names = || schema.fields().iter().map(|field| field.name());
    for (at, name) in names().enumerate() {
        if let Some(first) = names().take(at).position(|other| other == name) {
            let (file, name, at) = (file.display(), name.escape_debug(), at + 1);
            return Err(Error::input(format!(
                "{file} names column `{name}` twice, as column {} and {at}",
                first + 1
            ))
            .hint("give each column its own name"));
        }
    }
    Ok(())
}

/// What becomes of an array.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Number,
    Moment,
    Text,
    Boolean,
    NumberAsText,
    WholeAsText,
}

impl Kind {
    /// Whether it becomes numbers.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Moment)
    }
}

/// What becomes of arrays of this kind; `None` where they are not read.
pub(super) fn kind_of(kind: &DataType, as_category: bool) -> Option<Kind> {
    use DataType as D;
    match kind {
        D::Null => Some(Kind::Number),
        k if k.is_integer() && as_category => Some(Kind::WholeAsText),
        k if k.is_numeric() && as_category => Some(Kind::NumberAsText),
        k if k.is_numeric() => Some(Kind::Number),
        D::Date32 | D::Date64 | D::Timestamp(..) | D::Time32(_) | D::Time64(_) | D::Duration(_) => {
            Some(if as_category { Kind::Text } else { Kind::Moment })
        }
        D::Boolean => Some(Kind::Boolean),
        D::Utf8 | D::LargeUtf8 | D::Utf8View => Some(Kind::Text),
        D::Dictionary(_, inner) => kind_of(inner, as_category),
        _ => None,
    }
}

/// The values of one column so far.
pub(super) struct Collected<'a> {
    kind: Kind,
    exact: bool,
    name: &'a str,
    rows: usize,
    numbers: Vec<f64>,
    text: CategoryBuilder,
    entries: Box<dictionary::Entries>,
    /// Whether it was said that digits are lost.
    rounds: bool,
}

impl<'a> Collected<'a> {
    /// Of column `name`; with `exact`, whole numbers that a double cannot hold are refused.
    pub(super) fn new(kind: Kind, exact: bool, name: &'a str) -> Self {
        let (numbers, text) = (Vec::new(), CategoryBuilder::default());
        let (entries, rounds) = (Box::default(), false);
        Self { kind, exact, name, rows: 0, numbers, text, entries, rounds }
    }

    /// With room for so many rows.
    pub(super) fn with_room(mut self, rows: usize) -> Self {
        // A damaged file may ask for any number: what does not fit is made room for as it comes.
        if self.kind.is_number() {
            self.numbers = spare::take(rows).unwrap_or_default();
            self.numbers.try_reserve_exact(rows).ok();
        } else {
            self.text.reserve(rows);
        }
        self
    }

    /// Appends an array.
    pub(super) fn push(&mut self, array: &dyn Array, file: &Path) -> Result<()> {
        let damaged = |e| {
            Error::input(format!(
                "column `{}` of {} cannot be read: {e}",
                self.name,
                file.display()
            ))
            .hint("the file is damaged or cut short; write it again")
        };
        match self.kind {
            Kind::Number | Kind::Moment => {
                if !self.rounds
                    && let Some((row, value)) = first_inexact(array)
                {
                    if self.exact {
                        let place = format!("{}, row {}", file.display(), self.rows + row + 1);
                        return Err(inexact(&place, self.name, &value));
                    }
                    self.rounds = true;
                    rounded(file, self.name);
                }
                append(array, &mut self.numbers).map_err(damaged)?;
            }
            Kind::Text if let Some(keys) = dictionary::of(array) => {
                self.entries.push(keys, &mut self.text).map_err(damaged)?;
            }
            Kind::Text | Kind::WholeAsText | Kind::Boolean => {
                texts(array, &mut |value| self.text.push_or_null(value)).map_err(damaged)?;
            }
            Kind::NumberAsText => {
                for value in numbers(array).map_err(damaged)? {
                    let name = (!value.is_nan()).then(|| number_as_category(value));
                    self.text.push_or_null(name.as_deref());
                }
            }
        }
        self.rows += array.len();
        Ok(())
    }

    /// What was appended since the last call, as it is written.
    pub(super) fn drain(&mut self) -> Values {
        match self.kind {
            Kind::Number | Kind::Moment => Values::Number(std::mem::take(&mut self.numbers)),
            _ => {
                self.entries.begin_anew();
                Values::Category(std::mem::take(&mut self.text).finish_as_written())
            }
        }
    }

    /// The column.
    pub(super) fn finish(self) -> Values {
        match self.kind {
            Kind::Number | Kind::Moment => Values::Number(self.numbers),
            _ => Values::Category(self.text.finish()),
        }
    }
}

/// Doubles hold every whole number below.
const ALL_EXACT: u64 = 1 << 53;

/// The first whole number that a double cannot hold, with its index.
fn first_inexact(array: &dyn Array) -> Option<(usize, String)> {
    // Most columns have no large number at all, which is quickly seen.
    match array.data_type() {
        DataType::Int64 => {
            let values = array.as_primitive::<t::Int64Type>().values();
            let bits = values.iter().fold(0, |bits, v| bits | v.unsigned_abs());
            if bits < ALL_EXACT {
                return None;
            }
            find::<t::Int64Type>(array, |v| v as f64 as i128 != i128::from(v))
        }
        DataType::UInt64 => {
            let values = array.as_primitive::<t::UInt64Type>().values();
            let bits = values.iter().fold(0, |bits, v| bits | v);
            if bits < ALL_EXACT {
                return None;
            }
            find::<t::UInt64Type>(array, |v| v as f64 as i128 != i128::from(v))
        }
        _ => None,
    }
}

fn find<T: ArrowPrimitiveType>(
    array: &dyn Array,
    bad: impl Fn(T::Native) -> bool,
) -> Option<(usize, String)>
where
    T::Native: std::fmt::Display,
{
    let array = array.as_primitive::<T>();
    let row = (0..array.len()).find(|row| !array.is_null(*row) && bad(array.value(*row)))?;
    Some((row, array.value(row).to_string()))
}
