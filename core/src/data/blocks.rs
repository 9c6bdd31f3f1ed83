//! Files of rows (CSV, JSONL), some blocks of whole rows at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{BufRead, Read};
use std::path::Path;

use rayon::prelude::*;

use super::content::Content;
use super::layout::Layout;
use super::part::{Part, PartColumn};
use super::partitions;
use super::read::ReadOptions;
use super::slot::{Gather, Piece, nothing};
use super::stream::{Field, FieldKind, Pass, Source};
use super::table::{Categories, Values};
use super::{csv, jsonl};
use crate::domain::error::{Error, Result};

/// Bytes of a block: enough that setting up costs nothing, few enough that some fit anywhere.
const BLOCK: u64 = if cfg!(test) { 64 } else { 2 << 20 };

/// What a first reading of a file found out too late.
#[derive(Default)]
pub(super) struct Learnt {
    /// Columns of text, with the place that told.
    text: BTreeMap<String, (u64, String)>,
    /// Lines of first numbers.
    numbers: BTreeMap<String, u64>,
    /// Columns in order of their appearance.
    names: Vec<String>,
}

/// Some whole lines.
struct Lines {
    bytes: Vec<u8>,
    first: u64,
}

/// Cuts a file into blocks of whole records.
struct Cutter<'a> {
    file: &'a Path,
    content: Content,
    reader: Box<dyn BufRead>,
    rest: Vec<u8>,
    line: u64,
    done: bool,
}

impl<'a> Cutter<'a> {
    fn open(file: &'a Path, content: Content) -> Result<Self> {
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
    fn next(&mut self, end: &dyn Fn(&[u8]) -> Option<usize>) -> Result<Option<Lines>> {
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

    /// Reads the header of a CSV file and goes behind it.
    fn head(&mut self) -> Result<csv::Head> {
        self.fill()?;
        let mark = usize::from(self.rest.starts_with(b"\xef\xbb\xbf")) * 3;
        let bytes = &self.rest[mark..];
        let text = match std::str::from_utf8(bytes) {
            Err(e) if e.error_len().is_none() => {
                csv::text_of(&bytes[..e.valid_up_to()], 1, self.file)?
            }
            _ => csv::text_of(bytes, 1, self.file)?,
        };
        let head = csv::Head::of(text, self.file)?;
        self.rest.drain(..mark + head.body);
        self.line = head.line;
        Ok(head)
    }
}

/// The columns of a CSV file.
pub(super) fn header(file: &Path, content: Content, options: &ReadOptions) -> Result<Vec<Field>> {
    let head = Cutter::open(file, content)?.head()?;
    let wanted = head.names.into_iter().filter(|n| !n.is_empty() && options.wants(n));
    let kind = |name: &str| options.as_category(name).then_some(FieldKind::Category);
    Ok(wanted.map(|name| Field { kind: kind(&name), name }).collect())
}

/// Gathers a file that is read at once.
pub(super) fn whole<G: Gather>(
    source: &Source,
    options: &ReadOptions,
    pass: &mut Pass<'_, G>,
) -> Result<()> {
    let part = source.at.read(options)?;
    if part.rows > 0 || !part.columns.is_empty() {
        let names: Vec<String> = part.columns.iter().map(|c| c.name.clone()).collect();
        pass.expect(&source.at.file, &names)?;
    }
    add(&[part], source, pass)
}

/// Gathers a file. False where something was learnt too late: then all must be read again.
pub(super) fn read<G: Gather>(
    source: &Source,
    options: &ReadOptions,
    learnt: &mut Learnt,
    pass: &mut Pass<'_, G>,
) -> Result<bool> {
    let mut cutter = Cutter::open(&source.at.file, source.at.content)?;
    let head = match source.at.layout {
        Layout::Csv => Some(cutter.head()?),
        _ => None,
    };
    let mut is_log = false;
    if head.is_none() {
        cutter.fill()?;
        is_log = jsonl::is_log(&cutter.rest);
    }
    let parser = Parser { source, options, head: head.as_ref(), is_log };
    let before = pass.rows;
    loop {
        let window = parser.window(&mut cutter)?;
        let begun = pass.rows > before;
        if window.is_empty() {
            if !begun && let Some(names) = parser.names() {
                pass.expect(&source.at.file, &names)?;
            }
            return Ok(true);
        }
        let mut parts = parser.parse(&window, learnt)?;
        let late = parser.learn(&parts, learnt)?;
        if late.text {
            let number = |slot: &super::slot::Slot<G::State>| {
                slot.has_numbers() && learnt.text.contains_key(&slot.name)
            };
            if begun && pass.slots.iter().any(number) {
                return Ok(false);
            }
            parts = parser.parse(&window, learnt)?;
        }
        if late.names && begun {
            return Ok(false);
        }
        if !begun && parts.iter().any(|p| p.rows > 0) {
            let names = parser.names().unwrap_or_else(|| learnt.names.clone());
            pass.expect(&source.at.file, &names)?;
        }
        if let Err(error) = add(&parts, source, pass) {
            return parser.is_text_later(&mut cutter, learnt)?.then_some(false).ok_or(error);
        }
    }
}

/// What a window taught.
struct Late {
    text: bool,
    names: bool,
}

struct Parser<'a> {
    source: &'a Source,
    options: &'a ReadOptions,
    head: Option<&'a csv::Head>,
    is_log: bool,
}

impl Parser<'_> {
    fn names(&self) -> Option<Vec<String>> {
        self.head?;
        Some(self.source.fields.iter().flatten().map(|f| f.name.clone()).collect())
    }

    /// Two blocks for each thread.
    fn window(&self, cutter: &mut Cutter<'_>) -> Result<Vec<Lines>> {
        let end = |bytes: &[u8]| match self.head {
            Some(head) => head.last_end(bytes),
            None => bytes.iter().rposition(|b| *b == b'\n').map(|at| at + 1),
        };
        let mut window = Vec::new();
        while window.len() < 2 * rayon::current_num_threads()
            && let Some(lines) = cutter.next(&end)?
        {
            window.push(lines);
        }
        Ok(window)
    }

    fn parse(&self, window: &[Lines], learnt: &Learnt) -> Result<Vec<Part>> {
        let text: BTreeSet<String> = learnt.text.keys().cloned().collect();
        let parts: Vec<Result<Part>> =
            window.par_iter().map(|lines| self.part(lines, learnt, &text)).collect();
        parts.into_iter().collect()
    }

    fn part(&self, lines: &Lines, learnt: &Learnt, text: &BTreeSet<String>) -> Result<Part> {
        let file = &self.source.at.file;
        let Some(head) = self.head else {
            let block = jsonl::Block { line: lines.first, is_log: self.is_log, as_written: true };
            let broken = |e: std::io::Error| Error::io("read", file, e);
            let mut part =
                jsonl::read_lines(file, &mut &*lines.bytes, &broken, &block, self.options)?;
            partitions::add(&self.source.at.folders, &mut part, self.options)?;
            return Ok(part);
        };
        let body = csv::text_of(&lines.bytes, lines.first, file)?;
        let block = csv::Block { text: body, line: lines.first, text_columns: Some(text) };
        let mut part = csv::rows(file, head, &block, self.options)?;
        for column in &mut part.columns {
            if let Some(place) = learnt.text.get(&column.name) {
                column.first_text = Some(place.clone());
            }
        }
        partitions::add(&self.source.at.folders, &mut part, self.options)?;
        Ok(part)
    }

    /// Reads on to the end, after a column was numbers so far and text in other files: whether a
    /// column of numbers so far turns out to be text.
    fn is_text_later(&self, cutter: &mut Cutter<'_>, learnt: &mut Learnt) -> Result<bool> {
        let known = learnt.text.len();
        loop {
            let window = self.window(cutter)?;
            if window.is_empty() {
                return Ok(learnt.text.len() > known);
            }
            self.learn(&self.parse(&window, learnt)?, learnt)?;
        }
    }

    /// Notes what is new.
    fn learn(&self, parts: &[Part], learnt: &mut Learnt) -> Result<Late> {
        let mut late = Late { text: false, names: false };
        let known: BTreeSet<String> = learnt.names.iter().cloned().collect();
        for column in parts.iter().flat_map(|p| &p.columns) {
            let name = &column.name;
            if self.head.is_none() && !known.contains(name) && !learnt.names.contains(name) {
                learnt.names.push(name.clone());
                late.names = true;
            }
            if let Some(line) = column.first_number {
                learnt.numbers.entry(name.clone()).or_insert(line);
            }
            if let Some(place) = &column.first_text
                && !learnt.text.contains_key(name)
            {
                learnt.text.insert(name.clone(), place.clone());
                late.text = self.head.is_some();
            }
            if let (Some(number), Some(text)) = (learnt.numbers.get(name), learnt.text.get(name)) {
                return Err(jsonl::mixed(&self.source.at.file, name, *number, text));
            }
        }
        Ok(late)
    }
}

/// Adds the rows of some blocks, several columns at once.
fn add<G: Gather>(parts: &[Part], source: &Source, pass: &mut Pass<'_, G>) -> Result<()> {
    let index: Vec<HashMap<&str, &PartColumn>> =
        parts.iter().map(|p| p.columns.iter().map(|c| (&*c.name, c)).collect()).collect();
    let groups = |(part, index): (&Part, &HashMap<&str, &PartColumn>)| {
        let by = pass.by?;
        Some(match index.get(by).map(|c| &c.values) {
            Some(Values::Category(categories)) => categories.clone(),
            _ => Categories { levels: Vec::new(), codes: vec![Categories::NULL; part.rows] },
        })
    };
    let groups: Vec<Option<Categories>> = parts.iter().zip(&index).map(groups).collect();
    let gather = pass.gather;
    let outcomes = pass.slots.par_iter_mut().map(|slot| -> Result<()> {
        for ((part, index), by) in parts.iter().zip(&index).zip(&groups) {
            match index.get(&*slot.name) {
                Some(column) => {
                    slot.add(gather, &source.at.file, &Piece::of(column, by.as_ref()))?;
                }
                None => {
                    let (values, by) = (nothing(part.rows), by.as_ref());
                    let piece = Piece { values: &values, by, first_text: None };
                    slot.add(gather, &source.at.file, &piece)?;
                }
            }
        }
        Ok(())
    });
    let outcomes: Vec<Result<()>> = outcomes.collect();
    pass.rows += parts.iter().map(|p| p.rows as u64).sum::<u64>();
    outcomes.into_iter().collect()
}
