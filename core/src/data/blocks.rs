//! Files of rows (CSV, JSONL), some blocks of whole rows at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use rayon::prelude::*;

use super::content::Content;
use super::cutter::{Cutter, Lines};
use super::layout::Layout;
use super::located::Located;
use super::part::{Part, PartColumn};
use super::partitions;
use super::read::ReadOptions;
use super::slot::{Gather, Piece, nothing};
use super::spelling::text_of;
use super::stream::{Field, FieldKind, Pass};
use super::table::{Categories, Values};
use super::{csv, jsonl};
use crate::domain::error::{Error, Result};

/// What a first reading of a file found out too late.
#[derive(Default)]
pub(super) struct Learnt {
    /// Columns of text, with the place that told.
    pub(super) text: BTreeMap<String, (u64, String)>,
    /// Lines of first numbers.
    pub(super) numbers: BTreeMap<String, u64>,
    /// Columns in order of their appearance.
    names: Vec<String>,
}

/// The columns of a CSV file.
pub(super) fn header(file: &Path, content: Content, options: &ReadOptions) -> Result<Vec<Field>> {
    let head = Cutter::open(file, content)?.head(options.text.header)?;
    let wanted = head.names.into_iter().filter(|n| !n.is_empty() && options.wants(n));
    let kind = |name: &str| options.as_category(name).then_some(FieldKind::Category);
    Ok(wanted.map(|name| Field { kind: kind(&name), name }).collect())
}

/// Gathers a file that is read at once.
pub(super) fn whole<G: Gather>(
    at: &Located,
    options: &ReadOptions,
    pass: &mut Pass<'_, G>,
) -> Result<()> {
    let part = at.read(options)?;
    if part.rows > 0 || !part.columns.is_empty() {
        let names: Vec<String> = part.columns.iter().map(|c| c.name.clone()).collect();
        pass.expect(&at.file, &names)?;
    }
    add(&[part], &at.file, pass)
}

/// Blocks of a file that are parsed at once, where it has the machine to itself.
pub(super) fn at_once() -> usize {
    2 * rayon::current_num_threads()
}

/// Gathers a file, `blocks` blocks at a time. False where something was learnt too late: then all
/// must be read again.
pub(super) fn read<G: Gather>(
    at: &Located,
    options: &ReadOptions,
    blocks: usize,
    learnt: &mut Learnt,
    pass: &mut Pass<'_, G>,
) -> Result<bool> {
    let mut cutter = Cutter::open(&at.file, at.content)?;
    let head = match at.layout {
        Layout::Csv => Some(cutter.head(options.text.header)?),
        _ => None,
    };
    let is_log = head.is_none() && jsonl::is_log(cutter.beginning()?);
    // Of some rows, no more is read than holds them.
    let blocks = if options.rows.is_some() { 1 } else { blocks };
    let mut parser = Parser { at, options: options.clone(), head: head.as_ref(), is_log, blocks };
    let before = pass.rows;
    loop {
        parser.options.rows = left(options, pass.rows - before);
        let window = match parser.options.rows {
            Some(0) if pass.rows > before => return Ok(true),
            _ => parser.window(&mut cutter)?,
        };
        let begun = pass.rows > before;
        if window.is_empty() {
            if !begun && let Some(names) = parser.names() {
                pass.expect(&at.file, &names)?;
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
            pass.expect(&at.file, &names)?;
        }
        if let Err(error) = add(&parts, &at.file, pass) {
            return parser.is_text_later(&mut cutter, learnt)?.then_some(false).ok_or(error);
        }
    }
}

/// Rows that are still wanted of a file.
fn left(options: &ReadOptions, read: u64) -> Option<usize> {
    let limit = options.rows?;
    Some(limit.saturating_sub(usize::try_from(read).unwrap_or(usize::MAX)))
}

/// What a window taught.
struct Late {
    text: bool,
    names: bool,
}

struct Parser<'a> {
    at: &'a Located,
    options: ReadOptions,
    head: Option<&'a csv::Head>,
    is_log: bool,
    blocks: usize,
}

impl Parser<'_> {
    fn names(&self) -> Option<Vec<String>> {
        let wanted = |name: &&String| !name.is_empty() && self.options.wants(name);
        let own = self.head?.names.iter().filter(wanted);
        let folders = self.at.folders.iter().map(|folder| &folder.name).filter(wanted);
        Some(own.chain(folders).cloned().collect())
    }

    fn window(&self, cutter: &mut Cutter<'_>) -> Result<Vec<Lines>> {
        let end = |bytes: &[u8]| match self.head {
            Some(head) => head.last_end(bytes),
            None => bytes.iter().rposition(|b| *b == b'\n').map(|at| at + 1),
        };
        let mut window = Vec::new();
        while window.len() < self.blocks
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
        let (file, folders) = (&self.at.file, &self.at.folders);
        let Some(head) = self.head else {
            let block = jsonl::Block { line: lines.first, is_log: self.is_log };
            let broken = |e: std::io::Error| Error::io("read", file, e);
            let mut part =
                jsonl::read_lines(file, &mut &*lines.bytes, &broken, &block, &self.options)?;
            partitions::add(folders, &mut part, &self.options)?;
            return Ok(part);
        };
        let body = text_of(&lines.bytes, lines.first, file)?;
        let block = csv::Block { text: body, line: lines.first, text_columns: text };
        let mut part = csv::rows(file, head, &block, &self.options)?;
        for column in &mut part.columns {
            if let Some(place) = learnt.text.get(&column.name) {
                column.first_text = Some(place.clone());
            }
        }
        partitions::add(folders, &mut part, &self.options)?;
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
                return Err(jsonl::mixed(&self.at.file, name, *number, text));
            }
        }
        Ok(late)
    }
}

/// Adds the rows of some blocks, several columns at once.
fn add<G: Gather>(parts: &[Part], file: &Path, pass: &mut Pass<'_, G>) -> Result<()> {
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
                    slot.add(gather, file, &Piece::of(column, by.as_ref()))?;
                }
                None => {
                    let (values, by) = (nothing(part.rows), by.as_ref());
                    let piece = Piece { values: &values, by, first_text: None };
                    slot.add(gather, file, &piece)?;
                }
            }
        }
        Ok(())
    });
    let outcomes: Vec<Result<()>> = outcomes.collect();
    pass.rows += parts.iter().map(|p| p.rows as u64).sum::<u64>();
    outcomes.into_iter().collect()
}
