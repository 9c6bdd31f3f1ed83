//! Text split into records and fields, by RFC 4180.

use std::borrow::Cow;
use std::path::Path;

use crate::domain::error::{Error, Result};

/// Splits text into records and fields.
pub(super) struct Records<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    delimiter: u8,
    pub(super) file: &'a Path,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str, line: u64, delimiter: u8, file: &'a Path) -> Self {
        Self { text, at: 0, line, delimiter, file }
    }

    pub(super) fn position(&self) -> (usize, u64) {
        (self.at, self.line)
    }

    pub(super) fn rewind(&mut self, (at, line): (usize, u64)) {
        (self.at, self.line) = (at, line);
    }

    /// The next record's fields and its line; lines without anything in them are skipped.
    pub(super) fn next(&mut self, fields: &mut Vec<Cow<'a, str>>) -> Result<Option<u64>> {
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
