//! Files of rows cut into blocks of whole rows, so that a file is never held whole.

use std::io::{BufRead, Read};
use std::path::Path;

use super::content::Content;
use super::header::{Head, SAMPLE};
use super::spelling::text_of;
use crate::domain::error::Result;
use crate::domain::text::Header;

/// Bytes of a block: enough that setting up costs nothing, few enough that some fit anywhere.
const BLOCK: u64 = if cfg!(test) { 64 } else { 2 << 20 };

/// Some whole lines.
pub(super) struct Lines {
    pub(super) bytes: Vec<u8>,
    /// Number of the first.
    pub(super) first: u64,
}

/// Cuts a file into blocks of whole records.
pub(super) struct Cutter<'a> {
    file: &'a Path,
    content: Content,
    reader: Box<dyn BufRead>,
    rest: Vec<u8>,
    line: u64,
    done: bool,
}

impl<'a> Cutter<'a> {
    pub(super) fn open(file: &'a Path, content: Content) -> Result<Self> {
        let reader = content.reader(file)?;
        Ok(Self { file, content, reader, rest: Vec::new(), line: 1, done: false })
    }

    /// Reads on; false at the end of the file.
    fn fill(&mut self) -> Result<bool> {
        let mut more = self.reader.by_ref().take(BLOCK);
        let read =
            more.read_to_end(&mut self.rest).map_err(|e| self.content.broken(self.file, &e))?;
        self.done = read == 0;
        Ok(!self.done)
    }

    /// The next block; `end` finds the end of the last whole record.
    pub(super) fn next(&mut self, end: &dyn Fn(&[u8]) -> Option<usize>) -> Result<Option<Lines>> {
        while !self.done {
            let enough = self.rest.len() as u64 >= BLOCK;
            if let Some(at) = end(&self.rest).filter(|_| enough) {
                let rest = self.rest.split_off(at);
                return Ok(Some(self.take(rest)));
            }
            self.fill()?;
        }
        Ok((!self.rest.is_empty()).then(|| self.take(Vec::new())))
    }

    fn take(&mut self, rest: Vec<u8>) -> Lines {
        let bytes = std::mem::replace(&mut self.rest, rest);
        let first = self.line;
        self.line += bytes.iter().filter(|b| **b == b'\n').count() as u64;
        Lines { bytes, first }
    }

    /// The beginning of the file, which stays where it is: whole lines, at least as many as tell
    /// names from values, or all that there are.
    pub(super) fn beginning(&mut self) -> Result<&[u8]> {
        let lines = |bytes: &[u8]| bytes.iter().filter(|b| **b == b'\n').count();
        while lines(&self.rest) <= SAMPLE && self.fill()? {}
        let whole = self.rest.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        Ok(if self.done { &self.rest } else { &self.rest[..whole] })
    }

    /// Reads the header of a CSV file and goes behind it.
    pub(super) fn head(&mut self, header: Header) -> Result<Head> {
        let file = self.file;
        let bytes = self.beginning()?;
        let mark = usize::from(bytes.starts_with(b"\xef\xbb\xbf")) * 3;
        let head = Head::of(text_of(bytes, 1, file)?, file, header)?;
        self.rest.drain(..mark + head.body);
        self.line = head.line;
        Ok(head)
    }
}
