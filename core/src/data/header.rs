//! The beginning of a CSV file: its delimiter, and the names of its columns where it has any.

use std::borrow::Cow;
use std::path::Path;

use super::records::Records;
use super::told::tell;
use crate::domain::error::{Error, Result};
use crate::domain::text::Header;

/// Rows below the first line that are looked at, to tell names from values.
pub(super) const SAMPLE: usize = 20;
/// What may be a year, where one number stands among names.
const YEARS: std::ops::RangeInclusive<f64> = 1900.0..=2100.0;

/// The header of a text, and where the rows begin.
pub(super) struct Head {
    /// Names of the columns; empty where there is none.
    pub(super) names: Vec<String>,
    pub(super) delimiter: u8,
    /// Bytes of the header.
    pub(super) body: usize,
    /// Line of the first row.
    pub(super) line: u64,
}

impl Head {
    /// Reads the header at the beginning of a text.
    pub(super) fn of(text: &str, file: &Path, header: Header) -> Result<Self> {
        let delimiter = guess_delimiter(text);
        let mut records = Records::new(text, 1, delimiter, file);
        let mut fields = Vec::new();
        if records.next(&mut fields)?.is_none() {
            return Err(Error::input(format!("{} is empty", file.display()))
                .hint("the first line names the columns"));
        }
        let (body, line) = records.position();
        let is_row = match header {
            Header::Yes => false,
            Header::No => true,
            Header::Auto => holds_values(&fields, &sample(records, fields.len())),
        };
        if is_row {
            let names: Vec<String> = (1..=fields.len()).map(|i| format!("column-{i}")).collect();
            let (file, first, last) = (file.display(), &names[0], &names[names.len() - 1]);
            tell(format!(
                "{file}: the first line holds values and no names; the columns are called {first} to {last}"
            ));
            return Ok(Self { names, delimiter, body: 0, line: 1 });
        }
        let names: Vec<String> = fields.iter().map(|f| f.trim().to_owned()).collect();
        check_header(&names, file)?;
        let odd = names.iter().all(|name| name.parse::<f64>().is_ok());
        if odd && header == Header::Auto {
            let (file, first) = (file.display(), &names[0]);
            tell(format!(
                "{file}: the first line is taken for names, such as `{first}`; where it holds values, say --header no, or `data.header: false`"
            ));
        }
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

/// The first rows below the header that are whole and even.
fn sample<'a>(mut records: Records<'a>, columns: usize) -> Vec<Vec<Cow<'a, str>>> {
    let mut rows = Vec::new();
    let mut fields = Vec::new();
    while rows.len() < SAMPLE && matches!(records.next(&mut fields), Ok(Some(_))) {
        if fields.len() == columns {
            rows.push(std::mem::take(&mut fields));
        }
    }
    rows
}

/// Whether the first line of a file holds values: numbers above numbers, and no name above
/// numbers. Whole numbers that rise by equal steps (years, or 0, 1, 2 …), one year among names, and
/// the only number of the only column are names.
fn holds_values(first: &[Cow<'_, str>], below: &[Vec<Cow<'_, str>>]) -> bool {
    let number = |field: &Cow<'_, str>| field.trim().parse::<f64>().ok().filter(|n| n.is_finite());
    let numbers: Vec<f64> = first.iter().filter_map(number).collect();
    if numbers.is_empty() || below.is_empty() || could_be_names(&numbers, first.len()) {
        return false;
    }
    let over_numbers = |at: &usize| {
        let mut column = below.iter().filter_map(|row| row.get(*at));
        let known = || column.clone().filter(|field| !field.trim().is_empty());
        known().next().is_some() && known().all(|f| number(f).is_some())
            || column.all(|field| field.trim().is_empty())
    };
    let is_name = |at: &usize| number(&first[*at]).is_none() && !first[*at].trim().is_empty();
    (0..first.len()).all(|at| match (is_name(&at), number(&first[at]).is_some()) {
        (true, _) => !over_numbers(&at),
        (_, true) => over_numbers(&at),
        // Nothing at all is a missing value, or the name of an index.
        _ => at > 0,
    })
}

fn could_be_names(numbers: &[f64], columns: usize) -> bool {
    let whole = numbers.iter().all(|n| n.fract() == 0.0);
    whole
        && match numbers {
            [one] => columns == 1 || YEARS.contains(one),
            several => {
                let step = several[1] - several[0];
                step > 0.0 && several.windows(2).all(|pair| pair[1] - pair[0] == step)
            }
        }
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
