//! The rows of one file: only the columns that are needed, so that no other can be in the way.

use std::path::{Path, PathBuf};

use crate::data::{Column, ReadOptions, Table, Values, read};
use crate::domain::error::{Error, Result};
use crate::domain::text::TextFormat;

/// Rows that are read to tell which columns a file has.
const HEAD: usize = 1000;

/// Columns to read of a file.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Columns that must be there; one that is needed for two things is named twice.
    pub(super) required: Vec<String>,
    /// Columns, or patterns of columns, that may be there.
    pub(super) optional: Vec<String>,
    /// Those of them that are categories, whatever they hold.
    pub(super) categories: Vec<String>,
}

/// The rows of one file.
pub(super) struct Rows {
    table: Table,
    uses: Vec<String>,
}

impl Rows {
    /// Reads `file`, which may also be a folder or a pattern.
    ///
    /// # Errors
    /// A file that cannot be read; a column that is missing (with the nearest name); a whole number
    /// that a double cannot hold.
    pub(super) fn read(file: &Path, text: TextFormat, wanted: Wanted) -> Result<Self> {
        let path = [file.to_owned()];
        let options = ReadOptions {
            columns: Some(wanted.required.clone()),
            optional: wanted.optional.clone(),
            categories: wanted.categories,
            exact: true,
            text,
            ..ReadOptions::default()
        };
        let table = read(&path, &options)
            .map_err(|e| name_the_nearest(e, &path, text, &wanted.required))?;
        let uses = [wanted.required, wanted.optional].concat();
        Ok(Self { table, uses })
    }

    /// Puts one more column beside the others; it has a value for every row.
    pub(super) fn add(&mut self, name: String, values: Values) {
        self.table.columns.push(Column { name, values });
    }

    pub(super) fn count(&self) -> usize {
        self.table.rows
    }

    pub(super) fn source(&self) -> &str {
        &self.table.source
    }

    /// Names of the columns that were read, in the order of the file.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.table.columns.iter().map(|c| c.name.as_str())
    }

    /// The column named `name`, where the file has it.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.table.column(name)
    }

    /// Takes a column out, or copies it where it is needed once more. Of a file without rows every
    /// column is empty.
    pub(super) fn take(&mut self, name: &str) -> Result<Values> {
        if self.table.rows == 0 {
            return Ok(Values::Number(Vec::new()));
        }
        if let Some(at) = self.uses.iter().position(|used| used == name) {
            self.uses.swap_remove(at);
        }
        if self.uses.iter().any(|used| used == name) {
            return Ok(self.table.require(name)?.values.clone());
        }
        match self.table.take(name) {
            Some(values) => Ok(values),
            None => Ok(self.table.require(name)?.values.clone()),
        }
    }

    /// As [`Rows::take`], as numbers.
    pub(super) fn numbers(&mut self, name: &str) -> Result<Vec<f64>> {
        let categories = match self.take(name)? {
            Values::Number(numbers) => return Ok(numbers),
            Values::Category(categories) => categories,
        };
        let number = |level: &String| level.trim().parse::<f64>().ok();
        let numbers: Vec<Option<f64>> = categories.levels.iter().map(number).collect();
        let Some(code) = numbers.iter().position(Option::is_none) else {
            let value = |code: &u32| numbers.get(*code as usize).copied().flatten();
            return Ok(categories.codes.iter().map(|c| value(c).unwrap_or(f64::NAN)).collect());
        };
        let row = categories.codes.iter().position(|c| *c as usize == code);
        let example = categories.levels[code].escape_debug();
        let place = row.map(|row| format!(" in row {}", row + 1)).unwrap_or_default();
        Err(Error::input(format!(
            "column `{name}` of {} holds text such as `{example}`{place}",
            self.source()
        ))
        .hint("scores and weights must be numbers"))
    }
}

/// Only the wanted columns were read; the hint should name all that there are.
fn name_the_nearest(error: Error, path: &[PathBuf], text: TextFormat, columns: &[String]) -> Error {
    let lacks = |c: &String| error.to_string().contains(&format!("has no column `{c}`"));
    if !columns.iter().any(lacks) {
        return error;
    }
    let rows = Some(HEAD);
    let head = ReadOptions { rows, skip_unreadable: true, text, ..ReadOptions::default() };
    let all = read(path, &head).ok();
    let better = all.and_then(|table| columns.iter().find_map(|c| table.require(c).err()));
    better.unwrap_or(error)
}
