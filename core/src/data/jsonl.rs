//! JSONL: one object a line; a key that a line lacks is null.

use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;

use serde_json::{Map, Number, Value};

use super::content::Content;
use super::part::{CategoryBuilder, Part, PartColumn, number_as_category};
use super::read::ReadOptions;
use super::requests;
use super::table::{Values, inexact};
use crate::domain::error::{Error, Result};

/// Reads one file of plain rows, or a request log.
pub(super) fn read(file: &Path, content: Content, options: &ReadOptions) -> Result<Part> {
    let mut rows = Rows::new(file, options);
    let mut lines = content.reader(file)?;
    let mut text = Vec::new();
    let mut line = 0;
    let mut is_log = false;
    loop {
        if options.rows.is_some_and(|limit| rows.count >= limit) {
            return Ok(rows.finish());
        }
        text.clear();
        line += 1;
        let n = lines.read_until(b'\n', &mut text).map_err(|e| content.broken(file, &e))?;
        if n == 0 {
            return Ok(rows.finish());
        }
        let body = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text).trim_ascii();
        if body.is_empty() {
            continue;
        }
        let object: Map<String, Value> = match serde_json::from_slice(body) {
            Ok(object) => object,
            // The endpoint is still writing this line.
            Err(_) if is_log && !text.ends_with(b"\n") => return Ok(rows.finish()),
            Err(e) => return Err(not_an_object(file, line, &e)),
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
    options: &'a ReadOptions,
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
    fn new(file: &'a Path, options: &'a ReadOptions) -> Self {
        Self { file, options, count: 0, columns: Vec::new(), index: HashMap::new() }
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

    fn finish(self) -> Part {
        let count = self.count;
        let columns = self.columns.into_iter().map(|mut column| {
            column.pad(count);
            let text = column.first_text.is_some() || column.as_category;
            let values = if text {
                Values::Category(column.text.finish())
            } else {
                Values::Number(column.numbers)
            };
            PartColumn { name: column.name, values, first_text: column.first_text }
        });
        Part { file: self.file.to_owned(), rows: count, columns: columns.collect() }
    }
}

impl Building {
    fn pad(&mut self, rows: usize) {
        while self.text.len() < rows {
            self.text.push_null();
        }
        self.numbers.resize(rows, f64::NAN);
    }

    fn push(&mut self, value: &Value, line: u64, file: &Path) -> Result<()> {
        match value {
            Value::Null => {
                self.numbers.push(f64::NAN);
                self.text.push_null();
            }
            Value::Number(n) => {
                let number = n.as_f64().unwrap_or(f64::NAN);
                if self.exact && self.is_inexact(n) {
                    let place = format!("{}:{line}", file.display());
                    return Err(inexact(&place, &self.name, &n.to_string()));
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
        let (file, name) = (file.display(), &self.name);
        let text = text.escape_debug();
        Err(Error::input(format!(
            "column `{name}` of {file} holds a number in line {number} and `{text}` in line {line}"
        ))
        .hint("write all its values as numbers or all as text, or name it under `categories`"))
    }
}
