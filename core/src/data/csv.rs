//! Rows of CSV, by RFC 4180.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

pub(super) use super::header::Head;
use super::part::{CategoryBuilder, Part, PartColumn, number_as_category};
use super::read::ReadOptions;
use super::records::Records;
use super::table::{NULL, Values, inexact, rounded};
use crate::domain::error::{Error, Result};

/// Rows out of the middle of a file.
pub(super) struct Block<'a> {
    /// The rows.
    pub(super) text: &'a str,
    /// Line of the first.
    pub(super) line: u64,
    /// Columns that are known to be text; a column without a name (an index that was written along)
    /// is left out.
    pub(super) text_columns: &'a BTreeSet<String>,
}

/// Reads the rows below a header.
pub(super) fn rows(
    file: &Path,
    head: &Head,
    block: &Block<'_>,
    options: &ReadOptions,
) -> Result<Part> {
    let mut records = Records::new(block.text, block.line, head.delimiter, file);
    let header = &head.names;
    let body = records.position();
    let mut cells: Vec<Cells> = header
        .iter()
        .map(|name| match () {
            () if name.is_empty() || !options.wants(name) => Cells::Skipped,
            () if options.as_category(name) => Cells::Text(CategoryBuilder::default(), true),
            () if block.text_columns.contains(name) => {
                Cells::Text(CategoryBuilder::default(), false)
            }
            () => Cells::Numbers(Vec::new()),
        })
        .collect();
    let wanted = Wanted { header, exact: options.exact, rows: options.rows };
    let rows = fill(&mut records, &mut cells, &wanted)?;
    let firsts: Vec<Option<(u64, String)>> = cells.iter().map(Cells::first_text).collect();
    if firsts.iter().any(Option::is_some) {
        records.rewind(body);
        fill_text(&mut records, &mut cells, &wanted)?;
    }
    let columns = header.iter().zip(cells).zip(firsts);
    let columns = columns.filter_map(|((name, cells), first_text)| {
        let values = cells.finish()?;
        Some(PartColumn { name: name.clone(), values, first_text, first_number: None })
    });
    Ok(Part::of(file, rows, columns.collect()))
}

/// What is collected of one column.
enum Cells {
    Skipped,
    Numbers(Vec<f64>),
    /// Not numbers, since this line.
    Failed(u64, String),
    /// Categories; with `true`, numbers are spelt in one way.
    Text(CategoryBuilder, bool),
}

impl Cells {
    fn push(&mut self, field: &str, line: u64) {
        match self {
            Self::Skipped | Self::Failed(..) => {}
            Self::Numbers(values) => match number(field) {
                Some(value) => values.push(value),
                None => *self = Self::Failed(line, field.to_owned()),
            },
            Self::Text(builder, _) if is_null(field) => builder.push_null(),
            Self::Text(builder, true) => builder.push(&one_spelling(field)),
            Self::Text(builder, false) => builder.push(field),
        }
    }

    fn first_text(&self) -> Option<(u64, String)> {
        match self {
            Self::Failed(line, text) => Some((*line, text.clone())),
            _ => None,
        }
    }

    /// The values; categories keep the spelling that they have.
    fn finish(self) -> Option<Values> {
        match self {
            Self::Text(builder, _) => Some(Values::Category(builder.finish_as_written())),
            Self::Numbers(values) => Some(Values::Number(values)),
            Self::Skipped | Self::Failed(..) => None,
        }
    }
}

fn is_null(field: &str) -> bool {
    let field = field.trim();
    field.is_empty() || field.eq_ignore_ascii_case("nan") || field.eq_ignore_ascii_case("null")
}

fn number(field: &str) -> Option<f64> {
    match field.parse() {
        Ok(value) => Some(value),
        Err(_) if is_null(field) => Some(NULL),
        Err(_) => field.trim().parse().ok(),
    }
}

/// `3.0` and `3` are one category; `03` keeps its zero, and what is no number or has more digits
/// than a double stays as it is.
fn one_spelling(field: &str) -> Cow<'_, str> {
    let digits = field.trim_start_matches(['-', '+']);
    let padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    match field.trim().parse::<f64>() {
        Ok(v) if v.is_finite() && !padded && field.len() <= 15 => Cow::Owned(number_as_category(v)),
        _ => Cow::Borrowed(field),
    }
}

/// What of the rows is wanted.
struct Wanted<'a> {
    header: &'a [String],
    exact: bool,
    rows: Option<usize>,
}

/// Whether a field is a whole number that a double cannot hold. Fifteen digits always fit.
fn is_inexact(field: &str) -> bool {
    field.len() > 15
        && field.trim().parse::<i128>().is_ok_and(|value| value as f64 as i128 != value)
}

fn fill(records: &mut Records<'_>, cells: &mut [Cells], wanted: &Wanted<'_>) -> Result<usize> {
    let mut fields = Vec::with_capacity(cells.len());
    let mut rows = 0;
    while wanted.rows.is_none_or(|limit| rows < limit)
        && let Some(line) = records.next(&mut fields)?
    {
        if fields.len() != cells.len() {
            let (have, want) = (fields.len(), cells.len());
            let file = records.file.display();
            let message = format!("{file}:{line} has {have} fields where the header has {want}");
            return Err(Error::input(message)
                .hint("quote fields that hold the delimiter; the file may be cut short"));
        }
        for ((cell, field), name) in cells.iter_mut().zip(&fields).zip(wanted.header) {
            if field.len() > 15 && matches!(cell, Cells::Numbers(_)) && is_inexact(field) {
                if wanted.exact {
                    let place = format!("{}:{line}", records.file.display());
                    return Err(inexact(&place, name, field));
                }
                rounded(records.file, name);
            }
            cell.push(field, line);
        }
        rows += 1;
    }
    Ok(rows)
}

/// Reads the columns again that turned out to be text.
fn fill_text(records: &mut Records<'_>, cells: &mut [Cells], wanted: &Wanted<'_>) -> Result<()> {
    let mut again: Vec<Cells> = cells
        .iter()
        .map(|c| match c {
            Cells::Failed(..) => Cells::Text(CategoryBuilder::default(), false),
            _ => Cells::Skipped,
        })
        .collect();
    fill(records, &mut again, wanted)?;
    for (cell, text) in cells.iter_mut().zip(again) {
        if matches!(cell, Cells::Failed(..)) {
            *cell = text;
        }
    }
    Ok(())
}
