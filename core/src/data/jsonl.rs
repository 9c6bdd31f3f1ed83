//! JSONL: one object a line; a key that a line lacks is null.

use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;

use serde_json::{Map, Number, Value};

use super::object::{Object, twice};
use super::part::{CategoryBuilder, Part, PartColumn, number_as_category};
use super::read::ReadOptions;
use super::requests;
use super::spelling::text_of;
use super::table::{NULL, Values, inexact, rounded};
use crate::domain::error::{Error, Result};

/// Lines out of the middle of a file.
pub(super) struct Block {
    /// Number of the first line.
    pub(super) line: u64,
    /// Whether the file is known to be a request log.
    pub(super) is_log: bool,
}

/// Whether the first object of the text is a logged request.
pub(super) fn is_log(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let first = text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii).find(|l| !l.is_empty());
    let object = first.and_then(|line| serde_json::from_slice::<Map<String, Value>>(line).ok());
    object.is_some_and(|object| requests::is_request(&object))
}

/// Reads lines of one file: plain rows, or a request log. Categories keep the spelling that they
/// have.
pub(super) fn read_lines(
    file: &Path,
    lines: &mut dyn BufRead,
    broken: &dyn Fn(std::io::Error) -> Error,
    block: &Block,
    options: &ReadOptions,
) -> Result<Part> {
    let mut rows = Rows::new(file, options);
    rows.as_written = true;
    let mut text = Vec::new();
    let mut line = block.line - 1;
    let mut is_log = block.is_log;
    loop {
        if options.rows.is_some_and(|limit| rows.count >= limit) {
            return Ok(rows.finish());
        }
        text.clear();
        line += 1;
        let n = lines.read_until(b'\n', &mut text).map_err(broken)?;
        if n == 0 {
            return Ok(rows.finish());
        }
        let body = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text).trim_ascii();
        if body.is_empty() {
            continue;
        }
        let object = match serde_json::from_slice(body) {
            Ok(Object { map, twice: None }) => map,
            Ok(Object { twice: Some(name), .. }) => return Err(twice(file, line, &name)),
            // The endpoint is still writing this line.
            Err(_) if is_log && !text.ends_with(b"\n") => return Ok(rows.finish()),
            Err(e) => {
                text_of(&text, line, file)?;
                return Err(not_an_object(file, line, &e));
            }
        };
        if requests::is_request(&object) {
            is_log = true;
            requests::push(object, line, &mut rows)?;
        } else {
            rows.push(object, line)?;
        }
    }
}

fn not_an_object(file: &Path, line: u64, error: &serde_json::Error) -> Error {
    Error::input(format!("{}:{line} is not a JSON object: {error}", file.display()))
        .hint("write one JSON object a line; the file may be cut short")
}

/// Rows of JSON values, collected into columns.
pub(super) struct Rows<'a> {
    pub(super) file: &'a Path,
    pub(super) options: &'a ReadOptions,
    as_written: bool,
    count: usize,
    columns: Vec<Building>,
    index: HashMap<String, usize>,
}

/// One column while it is collected. Nulls alone leave it open what it holds.
struct Building {
    name: String,
    as_category: bool,
    exact: bool,
    first_text: Option<(u64, String)>,
    first_number: Option<u64>,
    numbers: Vec<f64>,
    text: CategoryBuilder,
}

impl<'a> Rows<'a> {
    pub(super) fn new(file: &'a Path, options: &'a ReadOptions) -> Self {
        Self {
            file,
            options,
            as_written: false,
            count: 0,
            columns: Vec::new(),
            index: HashMap::new(),
        }
    }

    /// Appends one row.
    pub(super) fn push(&mut self, row: Map<String, Value>, line: u64) -> Result<()> {
        for (name, value) in row {
            if !self.options.wants(&name) {
                continue;
            }
            let at = self.column(&name);
            let column = &mut self.columns[at];
            column.pad(self.count);
            column.push(&value, line, self.file)?;
        }
        self.count += 1;
        Ok(())
    }

    fn column(&mut self, name: &str) -> usize {
        if let Some(at) = self.index.get(name) {
            return *at;
        }
        self.columns.push(Building {
            name: name.to_owned(),
            as_category: self.options.as_category(name),
            exact: self.options.exact,
            first_text: None,
            first_number: None,
            numbers: Vec::new(),
            text: CategoryBuilder::default(),
        });
        self.index.insert(name.to_owned(), self.columns.len() - 1);
        self.columns.len() - 1
    }

    pub(super) fn finish(self) -> Part {
        let count = self.count;
        let columns = self.columns.into_iter().map(|mut column| {
            column.pad(count);
            let text = column.first_text.is_some() || column.as_category;
            let values = if text {
                Values::Category(if self.as_written {
                    column.text.finish_as_written()
                } else {
                    column.text.finish()
                })
            } else {
                Values::Number(column.numbers)
            };
            let (first_text, first_number) = (column.first_text, column.first_number);
            PartColumn { name: column.name, values, first_text, first_number }
        });
        Part::of(self.file, count, columns.collect())
    }
}

impl Building {
    fn pad(&mut self, rows: usize) {
        while self.text.len() < rows {
            self.text.push_null();
        }
        self.numbers.resize(rows, NULL);
    }

    fn push(&mut self, value: &Value, line: u64, file: &Path) -> Result<()> {
        match value {
            Value::Null => {
                self.numbers.push(NULL);
                self.text.push_null();
            }
            Value::Number(n) => {
                let number = n.as_f64().unwrap_or(f64::NAN);
                if (self.exact || !self.as_category) && self.is_inexact(n) {
                    if self.exact {
                        let place = format!("{}:{line}", file.display());
                        return Err(inexact(&place, &self.name, &n.to_string()));
                    }
                    rounded(file, &self.name);
                }
                if self.as_category {
                    let whole = (!n.is_f64()).then(|| n.to_string());
                    self.text.push(&whole.unwrap_or_else(|| number_as_category(number)));
                } else {
                    self.text.push_null();
                    self.first_number.get_or_insert(line);
                }
                self.numbers.push(number);
            }
            Value::Bool(flag) => self.push_text(if *flag { "true" } else { "false" }, line),
            Value::String(text) => self.push_text(text, line),
            Value::Array(_) | Value::Object(_) => {
                let kind = if value.is_array() { "a list" } else { "an object" };
                return Err(Error::input(format!(
                    "{}:{line} holds {kind} in column `{}`",
                    file.display(),
                    self.name
                ))
                .hint("flatten it to one value a column, or list the column under `ignore`"));
            }
        }
        self.check(file)
    }

    /// Whether a number lost digits, or would: as a category whole numbers of 64 bits are kept in
    /// full, and larger ones were rounded by the parser.
    fn is_inexact(&self, n: &Number) -> bool {
        match n.as_i128() {
            Some(whole) => !self.as_category && whole as f64 as i128 != whole,
            None => self.as_category && n.as_f64().is_some_and(|v| v.abs() >= 2f64.powi(53)),
        }
    }

    fn push_text(&mut self, text: &str, line: u64) {
        self.numbers.push(f64::NAN);
        self.text.push(text);
        self.first_text.get_or_insert_with(|| (line, text.to_owned()));
    }

    fn check(&self, file: &Path) -> Result<()> {
        let (Some((line, text)), Some(number)) = (&self.first_text, self.first_number) else {
            return Ok(());
        };
        Err(mixed(file, &self.name, number, &(*line, text.clone())))
    }
}

/// An error for a column with a number in one line and text in another.
pub(super) fn mixed(file: &Path, name: &str, number: u64, (line, text): &(u64, String)) -> Error {
    let (file, text) = (file.display(), text.escape_debug());
    Error::input(format!(
        "column `{name}` of {file} holds a number in line {number} and `{text}` in line {line}"
    ))
    .hint("write all its values as numbers or all as text, or name it under `categories`")
}
