//! CSV with a header, by RFC 4180, with the delimiter guessed from the header.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use super::content::Content;
use super::part::{CategoryBuilder, Part, PartColumn, number_as_category};
use super::read::ReadOptions;
use super::table::{NULL, Values, inexact};
use crate::domain::error::{Error, Result};

/// Reads one file. A column without a name (an index that was written along) is left out.
pub(super) fn read(file: &Path, content: Content, options: &ReadOptions) -> Result<Part> {
    let bytes = content.bytes(file)?;
    let text = text_of(&bytes, 1, file)?;
    let head = Head::of(text, file)?;
    let body = Block { text: &text[head.body..], line: head.line, text_columns: None };
    rows(file, &head, &body, options)
}

/// The header of a text, and where the rows begin.
pub(super) struct Head {
    /// Names of the columns; empty where there is none.
    pub(super) names: Vec<String>,
    delimiter: u8,
    /// Bytes of the header.
    pub(super) body: usize,
    /// Line of the first row.
    pub(super) line: u64,
}

impl Head {
    /// Reads the header at the beginning of a text.
    pub(super) fn of(text: &str, file: &Path) -> Result<Self> {
        let delimiter = guess_delimiter(text);
        let mut records = Records::new(text, 1, delimiter, file);
        let mut fields = Vec::new();
        if records.next(&mut fields)?.is_none() {
            return Err(Error::input(format!("{} is empty", file.display()))
                .hint("the first line names the columns"));
        }
        let names: Vec<String> = fields.iter().map(|f| f.trim().to_owned()).collect();
        check_header(&names, file)?;
        let (body, line) = records.position();
        Ok(Self { names, delimiter, body, line })
    }

    /// Where the last whole record of these bytes ends, which begin with a record; `None` where
    /// none does.
    pub(super) fn last_end(&self, bytes: &[u8]) -> Option<usize> {
        if !bytes.contains(&b'"') {
            return bytes.iter().rposition(|b| *b == b'\n').map(|at| at + 1);
        }
        let (mut end, mut at, mut fresh) = (None, 0, true);
        while let Some(byte) = bytes.get(at) {
            at += 1;
            match byte {
                b'"' if fresh => {
                    at = end_of_quoted(bytes, at).unwrap_or(bytes.len());
                    fresh = false;
                }
                b'\n' => (end, fresh) = (Some(at), true),
                byte => fresh = *byte == self.delimiter || *byte == b'\r',
            }
        }
        end
    }
}

/// Rows out of the middle of a file.
pub(super) struct Block<'a> {
    /// The rows.
    pub(super) text: &'a str,
    /// Line of the first.
    pub(super) line: u64,
    /// Columns that are known to be text; categories then keep the spelling that they have.
    /// `None` where the text is all there is.
    pub(super) text_columns: Option<&'a BTreeSet<String>>,
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
    let is_text = |name: &String| block.text_columns.is_some_and(|known| known.contains(name));
    let mut cells: Vec<Cells> = header
        .iter()
        .map(|name| match () {
            () if name.is_empty() || !options.wants(name) => Cells::Skipped,
            () if options.as_category(name) => Cells::Text(CategoryBuilder::default(), true),
            () if is_text(name) => Cells::Text(CategoryBuilder::default(), false),
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
        let values = cells.finish(block.text_columns.is_some())?;
        Some(PartColumn { name: name.clone(), values, first_text, first_number: None })
    });
    Ok(Part { file: file.to_owned(), rows, columns: columns.collect() })
}

/// Bytes that begin at a line as text, without a byte order mark.
pub(super) fn text_of<'a>(bytes: &'a [u8], line: u64, file: &Path) -> Result<&'a str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|e| {
        let (valid, rest) = bytes.split_at(e.valid_up_to());
        let line = line + valid.iter().filter(|b| **b == b'\n').count() as u64;
        let column = 1 + valid.iter().rev().take_while(|b| **b != b'\n').count();
        let byte = rest.first().map(|b| format!(" ({b:#04x})")).unwrap_or_default();
        let file = file.display();
        Error::input(format!("{file}:{line} is not UTF-8: byte {column} of the line{byte}")).hint(
            "save the file as UTF-8; `iconv -f WINDOWS-1252 -t UTF-8` converts what Windows wrote",
        )
    })
}

/// The end of the quoted field whose text begins at `at`; `None` where it does not end.
fn end_of_quoted(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += 1 + bytes.get(at..)?.iter().position(|b| *b == b'"')?;
        if bytes.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

fn guess_delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let outside = header.split('"').step_by(2);
    let count = |d: u8| outside.clone().map(|s| s.bytes().filter(|b| *b == d).count()).sum();
    // Of equals, the one named first: `max_by_key` gives the last.
    let candidates = *b"|\t;,";
    candidates.into_iter().max_by_key(|d| -> usize { count(*d) }).unwrap_or(b',')
}

fn check_header(header: &[String], file: &Path) -> Result<()> {
    for (i, name) in header.iter().enumerate() {
        let first = header[..i].iter().position(|other| other == name);
        if let Some(first) = first.filter(|_| !name.is_empty()) {
            return Err(Error::input(format!(
                "{}:1 names column `{}` twice, as column {} and {}",
                file.display(),
                name.escape_debug(),
                first + 1,
                i + 1
            ))
            .hint("give each column its own name"));
        }
    }
    Ok(())
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

    fn finish(self, as_written: bool) -> Option<Values> {
        match self {
            Self::Text(builder, _) if as_written => {
                Some(Values::Category(builder.finish_as_written()))
            }
            Self::Numbers(values) => Some(Values::Number(values)),
            Self::Text(builder, _) => Some(Values::Category(builder.finish())),
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
            if wanted.exact && matches!(cell, Cells::Numbers(_)) && is_inexact(field) {
                let place = format!("{}:{line}", records.file.display());
                return Err(inexact(&place, name, field));
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

/// Splits text into records and fields.
struct Records<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    delimiter: u8,
    file: &'a Path,
}

impl<'a> Records<'a> {
    fn new(text: &'a str, line: u64, delimiter: u8, file: &'a Path) -> Self {
        Self { text, at: 0, line, delimiter, file }
    }

    fn position(&self) -> (usize, u64) {
        (self.at, self.line)
    }

    fn rewind(&mut self, (at, line): (usize, u64)) {
        (self.at, self.line) = (at, line);
    }

    /// The next record's fields and its line; lines without anything in them are skipped.
    fn next(&mut self, fields: &mut Vec<Cow<'a, str>>) -> Result<Option<u64>> {
        let bytes = self.text.as_bytes();
        fields.clear();
        while let Some(b'\n' | b'\r') = bytes.get(self.at) {
            self.line += u64::from(bytes[self.at] == b'\n');
            self.at += 1;
        }
        if self.at >= bytes.len() {
            return Ok(None);
        }
        let line = self.line;
        loop {
            let field =
                if bytes.get(self.at) == Some(&b'"') { self.quoted()? } else { self.plain() };
            fields.push(field);
            match bytes.get(self.at) {
                Some(b) if *b == self.delimiter => self.at += 1,
                Some(_) => {
                    self.end_line();
                    return Ok(Some(line));
                }
                None => return Ok(Some(line)),
            }
        }
    }

    fn end_line(&mut self) {
        let bytes = self.text.as_bytes();
        if bytes.get(self.at) == Some(&b'\r') {
            self.at += 1;
        }
        if bytes.get(self.at) == Some(&b'\n') {
            self.at += 1;
            self.line += 1;
        }
    }

    fn plain(&mut self) -> Cow<'a, str> {
        let rest = &self.text.as_bytes()[self.at..];
        let stop = |b: &u8| *b == self.delimiter || *b == b'\n' || *b == b'\r';
        let end = self.at + rest.iter().position(stop).unwrap_or(rest.len());
        let field = &self.text[self.at..end];
        self.at = end;
        Cow::Borrowed(field)
    }

    fn quoted(&mut self) -> Result<Cow<'a, str>> {
        let opened = self.line;
        let mut field = Cow::Borrowed("");
        loop {
            let start = self.at + 1;
            let Some(length) = self.text[start..].find('"') else {
                return Err(Error::input(format!(
                    "{}:{opened} opens a quote that is never closed",
                    self.file.display()
                ))
                .hint("the file may be cut short; a quote inside a field is written twice"));
            };
            let piece = &self.text[start..start + length];
            self.line += piece.bytes().filter(|b| *b == b'\n').count() as u64;
            if field.is_empty() {
                field = Cow::Borrowed(piece);
            } else {
                field.to_mut().push_str(piece);
            }
            self.at = start + length + 1;
            if self.text.as_bytes().get(self.at) != Some(&b'"') {
                break;
            }
            field.to_mut().push('"');
        }
        let tail = self.plain();
        if !tail.is_empty() {
            field.to_mut().push_str(&tail);
        }
        Ok(field)
    }
}
