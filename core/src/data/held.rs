//! The columns of one file of rows (CSV, JSONL) in memory, and never its text: it is read some
//! blocks at a time.

use super::blocks::{self, Learnt};
use super::located::Located;
use super::part::{CategoryBuilder, Part, PartColumn};
use super::read::ReadOptions;
use super::slot::Gather;
use super::stream::Pass;
use super::table::{Categories, NULL, Values};
use crate::domain::error::Result;

/// Reads a file, at most `blocks` blocks of it at a time.
pub(super) fn read(at: &Located, options: &ReadOptions, blocks: usize) -> Result<Part> {
    let mut learnt = Learnt::default();
    loop {
        let mut pass = Pass::new(&Held, None);
        if !blocks::read(at, options, blocks, &mut learnt, &mut pass)? {
            continue;
        }
        let columns = pass.slots.into_iter().map(|slot| PartColumn {
            first_text: learnt.text.remove(&slot.name),
            first_number: learnt.numbers.remove(&slot.name),
            values: slot.state.whole(),
            name: slot.name,
        });
        let rows = usize::try_from(pass.rows).unwrap_or(usize::MAX);
        return Ok(Part::of(&at.file, rows, columns.collect()));
    }
}

/// Keeps every value.
struct Held;

/// One column so far. It is text once it has a value that is no number; what it lacks at its end are
/// nulls.
#[derive(Default)]
struct Column {
    rows: usize,
    numbers: Vec<f64>,
    text: CategoryBuilder,
    /// Which kinds of pieces came, with values or without.
    numeric: bool,
    textual: bool,
}

impl Gather for Held {
    type State = Column;

    fn begin(&self, _: &str) -> Column {
        Column::default()
    }

    fn add(&self, column: &mut Column, values: &Values, _: Option<&Categories>) {
        column.rows += match values {
            Values::Number(numbers) => column.add_numbers(numbers),
            Values::Category(categories) => column.add_text(categories),
        };
    }
}

impl Column {
    fn add_numbers(&mut self, numbers: &[f64]) -> usize {
        self.numeric = true;
        if self.text.is_empty() {
            self.numbers.resize(self.rows, NULL);
            self.numbers.extend_from_slice(numbers);
        }
        numbers.len()
    }

    fn add_text(&mut self, categories: &Categories) -> usize {
        self.textual = true;
        if !categories.levels.is_empty() {
            self.numbers = Vec::new();
            self.pad_text();
            let levels: Vec<u32> = categories.levels.iter().map(|l| self.text.code(l)).collect();
            let code = |code: &u32| levels.get(*code as usize).copied();
            for known in &categories.codes {
                self.text.push_code(code(known).unwrap_or(Categories::NULL));
            }
        }
        categories.codes.len()
    }

    fn pad_text(&mut self) {
        (self.text.len()..self.rows).for_each(|_| self.text.push_null());
    }

    /// All of it. Without any value the column is what its pieces were taken for.
    fn whole(mut self) -> Values {
        if self.text.is_empty() && (self.numeric || !self.textual) {
            self.numbers.resize(self.rows, NULL);
            return Values::Number(self.numbers);
        }
        self.pad_text();
        Values::Category(self.text.finish())
    }
}
