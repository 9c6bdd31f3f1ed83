//! Rows that two tables have in common, and rows that a table has twice.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

use rayon::prelude::*;

use super::part::number_as_category;
use super::table::{Column, Table, Values};
use crate::domain::error::{Error, Result};

/// Most examples that are kept.
const EXAMPLES: usize = 10;

/// What two tables have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// Columns that were compared: those that both tables have, without the ignored ones.
    pub columns: Vec<String>,
    /// Columns that only one of the tables has.
    pub only_in_one: Vec<String>,
    /// Rows of the training data.
    pub train_rows: usize,
    /// Rows of the test data.
    pub test_rows: usize,
    /// Rows of the test data that are also in the training data.
    pub shared: usize,
    /// Examples of those: the row in the test data and the first such row in the training data,
    /// both from 1.
    pub examples: Vec<(usize, usize)>,
    /// Rows of the training data that an earlier row of it equals.
    pub train_duplicates: usize,
    /// Rows of the test data that an earlier row of it equals.
    pub test_duplicates: usize,
}

/// Counts the rows of `test` that `train` holds too: all values of the compared columns are the
/// same. Nulls equal nulls, 3 equals 3.0 and the category `3`, and −0 equals 0. `columns` names what
/// is compared; none are all that both have. `ignore` leaves out.
///
/// # Errors
/// A named column that a table lacks; no column that both have.
pub fn overlap(
    train: &Table,
    test: &Table,
    columns: &[String],
    ignore: &[String],
) -> Result<Overlap> {
    let (names, only_in_one) = compared(train, test, columns, ignore)?;
    let (ours, theirs) = (Rows::of(train, &names)?, Rows::of(test, &names)?);
    let (known, train_duplicates) = ours.first_rows();
    let (_, test_duplicates) = theirs.first_rows();
    let mut shared = 0;
    let mut examples = Vec::new();
    for row in 0..theirs.rows {
        let same = known.get(&theirs.hashes[row]).into_iter().flatten();
        if let Some(first) = same.copied().find(|first| theirs.same(row, &ours, *first)) {
            shared += 1;
            if examples.len() < EXAMPLES {
                examples.push((row + 1, first + 1));
            }
        }
    }
    Ok(Overlap {
        columns: names,
        only_in_one,
        train_rows: train.rows,
        test_rows: test.rows,
        shared,
        examples,
        train_duplicates,
        test_duplicates,
    })
}

/// The columns to compare, and those that only one table has.
fn compared(
    train: &Table,
    test: &Table,
    columns: &[String],
    ignore: &[String],
) -> Result<(Vec<String>, Vec<String>)> {
    for name in columns.iter().filter(|_| train.rows > 0 && test.rows > 0) {
        train.require(name)?;
        test.require(name)?;
    }
    let asked = |name: &String| columns.is_empty() || columns.contains(name);
    let wanted = |c: &&Column| asked(&c.name) && !ignore.contains(&c.name);
    let of = |table: &'_ Table| -> Vec<String> {
        table.columns.iter().filter(wanted).map(|c| c.name.clone()).collect()
    };
    let (ours, theirs) = (of(train), of(test));
    let (both, mut one): (Vec<String>, Vec<String>) =
        ours.iter().cloned().partition(|name| theirs.contains(name));
    one.extend(theirs.into_iter().filter(|name| !ours.contains(name)));
    if both.is_empty() && train.rows > 0 && test.rows > 0 {
        let message = format!("{} and {} have no column in common", train.source, test.source);
        return Err(Error::input(message).hint("both files need the same feature columns"));
    }
    Ok((both, one))
}

/// The rows of a table over some columns, with a hash each.
struct Rows<'a> {
    columns: Vec<Cells<'a>>,
    hashes: Vec<u64>,
    rows: usize,
}

/// A column whose numbers are seen as numbers whatever they were read as.
enum Cells<'a> {
    Numbers(&'a [f64]),
    /// The levels as numbers where they are some, and the code of each row.
    Levels(Vec<Cell<'a>>, &'a [u32]),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Cell<'a> {
    Null,
    /// The bits of a number, of which 0 has one.
    Number(u64),
    Text(&'a str),
}

impl Cells<'_> {
    fn get(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Numbers(values) => number(values[row]),
            Self::Levels(levels, codes) => {
                levels.get(codes[row] as usize).copied().unwrap_or(Cell::Null)
            }
        }
    }
}

fn number<'a>(value: f64) -> Cell<'a> {
    match value {
        x if x.is_nan() => Cell::Null,
        0.0 => Cell::Number(0),
        x => Cell::Number(x.to_bits()),
    }
}

/// A category that is a number as a number column would have it.
fn cell(level: &str) -> Cell<'_> {
    match level.parse::<f64>() {
        Ok(value) if number_as_category(value) == level => number(value),
        _ => Cell::Text(level),
    }
}

impl<'a> Rows<'a> {
    fn of(table: &'a Table, names: &[String]) -> Result<Self> {
        let mut columns = Vec::with_capacity(names.len());
        for name in names {
            columns.push(match &table.require(name)?.values {
                Values::Number(values) => Cells::Numbers(values),
                Values::Category(c) => {
                    Cells::Levels(c.levels.iter().map(|l| cell(l)).collect(), &c.codes)
                }
            });
        }
        let hash = |row: usize| {
            let mut hasher = DefaultHasher::new();
            for column in &columns {
                match column.get(row) {
                    Cell::Null => hasher.write_u8(0),
                    Cell::Number(bits) => hasher.write_u64(bits),
                    Cell::Text(text) => hasher.write(text.as_bytes()),
                }
                hasher.write_u8(255);
            }
            hasher.finish()
        };
        let hashes = match names.is_empty() {
            true => Vec::new(),
            false => (0..table.rows).into_par_iter().map(hash).collect(),
        };
        Ok(Self { rows: hashes.len(), columns, hashes })
    }

    /// The first row of each kind, by hash, and how many rows equal an earlier one.
    fn first_rows(&self) -> (HashMap<u64, Vec<usize>>, usize) {
        let mut known: HashMap<u64, Vec<usize>> = HashMap::with_capacity(self.rows);
        let mut duplicates = 0;
        for row in 0..self.rows {
            let same = known.entry(self.hashes[row]).or_default();
            match same.iter().any(|first| self.same(row, self, *first)) {
                true => duplicates += 1,
                false => same.push(row),
            }
        }
        (known, duplicates)
    }

    fn same(&self, row: usize, other: &Rows<'_>, other_row: usize) -> bool {
        let pairs = self.columns.iter().zip(&other.columns);
        pairs.into_iter().all(|(ours, theirs)| ours.get(row) == theirs.get(other_row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Categories;

    fn table(columns: &[(&str, Values)]) -> Table {
        let rows = columns.first().map_or(0, |(_, values)| match values {
            Values::Number(v) => v.len(),
            Values::Category(c) => c.codes.len(),
        });
        let columns = columns
            .iter()
            .map(|(name, values)| Column { name: (*name).to_owned(), values: values.clone() });
        Table { columns: columns.collect(), rows, source: "table".into(), ..Table::default() }
    }

    fn text(values: &[&str]) -> Values {
        let value = |v: &&str| (!v.is_empty()).then(|| (*v).to_owned());
        Values::Category(Categories::of(values.iter().map(value)))
    }

    #[test]
    fn rows_are_the_same_whatever_their_columns_were_read_as() {
        let train = table(&[
            ("a", Values::Number(vec![3.0, -0.0, f64::NAN, 3.0])),
            ("b", text(&["x", "y", "z", "x"])),
        ]);
        let test = table(&[
            ("b", text(&["x", "y", "z", "q", "y"])),
            ("a", text(&["3", "0", "", "3", "0"])),
            ("id", Values::Number(vec![1.0, 2.0, 3.0, 4.0, 5.0])),
        ]);
        let found = overlap(&train, &test, &[], &[]).expect("compares");
        assert_eq!((found.shared, found.test_duplicates, found.train_duplicates), (4, 1, 1));
        assert_eq!(found.examples, [(1, 1), (2, 2), (3, 3), (5, 2)]);
        assert_eq!(
            (found.columns, found.only_in_one),
            (vec!["a".into(), "b".into()], vec!["id".into()])
        );
        let one = overlap(&train, &test, &["b".into()], &[]).expect("compares");
        assert_eq!(one.shared, 4);
        let rest = overlap(&train, &test, &[], &["b".into()]).expect("compares");
        assert_eq!(rest.shared, 5);
    }

    #[test]
    fn nothing_in_common_and_unknown_columns_are_errors() {
        let (a, b) = (table(&[("a", text(&["1"]))]), table(&[("b", text(&["1"]))]));
        assert!(overlap(&a, &b, &[], &[]).is_err());
        assert!(overlap(&a, &a, &["c".into()], &[]).is_err());
        assert!(overlap(&a, &a, &[], &["a".into()]).is_err());
        let none = Table::default();
        assert_eq!(overlap(&a, &none, &[], &[]).expect("compares").test_rows, 0);
    }
}
