//! Files read without holding them: a column's batches one after the other, or one column whole.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ::parquet::arrow::arrow_reader::ArrowReaderMetadata;
use rayon::prelude::*;

use super::collect::{kind_of, unreadable};
use super::layout::Layout;
use super::located::{Located, locate};
use super::part::{concat, named, same_names};
use super::read::ReadOptions;
pub use super::slot::Gather;
use super::slot::Slot;
use super::spill::{Spill, Spilled};
use super::table::{Column, Table, Values};
use super::within::LeftOut;
use super::{arrow, blocks, clocks, columnar, index, parquet, partitions};
use crate::domain::error::Result;

/// A column as the files declare it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it holds; `None` where only the values tell (CSV, JSONL).
    pub kind: Option<FieldKind>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Numbers.
    Number,
    /// Categories: text, booleans, and numbers that are named as such.
    Category,
}

/// Files that are read as one table without being held.
pub struct Stream {
    pub(super) sources: Vec<Source>,
    pub(super) options: ReadOptions,
    spilled: OnceLock<Spilled>,
}

/// One file.
pub(super) struct Source {
    pub(super) at: Located,
    /// Its columns, where the beginning tells them.
    pub(super) fields: Option<Vec<Field>>,
    pub(super) parquet: Option<ArrowReaderMetadata>,
    /// Columns that it declares to be of times.
    pub(super) times: Vec<String>,
}

/// What was gathered of the files.
pub struct Gathered<S> {
    /// Rows of all files.
    pub rows: u64,
    /// Each column in the order of the first file.
    pub columns: Vec<(String, S)>,
}

/// Opens files, folders and patterns as [`super::read::read`] does, and looks at their schemas.
///
/// # Errors
/// As `read`, as far as the beginnings of the files tell.
pub fn open(paths: &[PathBuf], options: &ReadOptions) -> Result<Stream> {
    let located = locate(paths, &options.text)?;
    let sources: Vec<Source> =
        located.into_par_iter().map(|at| source(at, options)).collect::<Result<_>>()?;
    let stream = Stream { sources, options: options.clone(), spilled: OnceLock::new() };
    stream.agree()?;
    if stream.sources.iter().all(|s| s.fields.is_some()) {
        options.columns.iter().flatten().try_for_each(|name| stream.require(name))?;
    }
    Ok(stream)
}

fn source(at: Located, options: &ReadOptions) -> Result<Source> {
    let mut source = Source { at, fields: None, parquet: None, times: Vec::new() };
    let (file, layout, content) = (&source.at.file, source.at.layout, source.at.content);
    source.fields = match layout {
        Layout::Parquet => {
            let metadata = parquet::metadata(file)?;
            let fields = declared(file, metadata.schema(), options)?;
            source.times = clocks::declared(metadata.schema(), options);
            source.parquet = Some(metadata);
            Some(fields)
        }
        Layout::ArrowFile | Layout::ArrowStream => {
            let mut look = |schema: &arrow_schema::Schema| {
                source.times = clocks::declared(schema, options);
                declared(file, schema, options)
            };
            Some(match layout {
                Layout::ArrowFile => arrow::in_file(file, content, |schema, _| look(schema))?,
                _ => arrow::in_stream(file, content, |schema, _| look(schema))?,
            })
        }
        Layout::Csv => Some(blocks::header(file, content, options)?),
        Layout::Jsonl | Layout::Collected => None,
    };
    let folders = &source.at.folders;
    if let Some(fields) = &mut source.fields {
        fields.iter().try_for_each(|field| partitions::check(file, &field.name, folders))?;
        let wanted = folders.iter().filter(|folder| options.wants(&folder.name));
        fields.extend(wanted.map(|folder| folder.field(options)));
    }
    Ok(source)
}

fn declared(
    file: &Path,
    schema: &arrow_schema::Schema,
    options: &ReadOptions,
) -> Result<Vec<Field>> {
    let wanted = schema.fields().iter().filter(|f| index::wants(file, f.name(), options));
    let field = |f: &std::sync::Arc<arrow_schema::Field>| {
        let (name, kind) = (f.name(), f.data_type());
        match kind_of(kind, options.as_category(name)) {
            Some(kind) => {
                let kind = if kind.is_number() { FieldKind::Number } else { FieldKind::Category };
                Some(Ok(Field { name: name.clone(), kind: Some(kind) }))
            }
            None if options.skip_unreadable => None,
            None => Some(Err(unreadable(file, name, kind))),
        }
    };
    wanted.filter_map(field).collect()
}

impl Stream {
    /// The columns of the first file that declares any; none for JSONL, where every line has keys
    /// of its own, before [`Stream::settle`].
    pub fn fields(&self) -> &[Field] {
        if let Some(spilled) = self.spilled.get() {
            return &spilled.fields;
        }
        self.sources.iter().find_map(|s| s.fields.as_deref()).unwrap_or_default()
    }

    /// The columns that files declare to be of dates or times, and that are read as numbers.
    pub fn times(&self) -> Vec<String> {
        let all: BTreeSet<&String> = self.sources.iter().flat_map(|s| &s.times).collect();
        all.into_iter().cloned().collect()
    }

    /// What is read, for messages.
    pub fn source(&self) -> String {
        named(&self.sources.iter().flat_map(|s| s.at.files()).collect::<Vec<_>>())
    }

    /// Whether columns can be read on their own ([`Stream::column`]) at no more than their share
    /// of the cost.
    pub fn is_columnar(&self) -> bool {
        let columnar = |s: &Source| matches!(s.at.layout, Layout::Parquet | Layout::ArrowFile);
        self.spilled.get().is_some() || self.sources.iter().all(columnar)
    }

    /// Rows of all files, where they say so before they are read (Parquet) or were read.
    pub fn rows(&self) -> Option<u64> {
        if let Some(spilled) = self.spilled.get() {
            return Some(spilled.rows);
        }
        let of = |s: &Source| {
            let metadata = s.parquet.as_ref()?;
            let wanted = parquet::Wanted::of(&s.at.file, metadata, &self.options).ok()?;
            u64::try_from(wanted.rows(metadata)).ok()
        };
        let rows = self.sources.iter().map(of).sum();
        let limit = self.options.rows;
        if limit.is_some() { None } else { rows }
    }

    /// Rows that are not read, as they lie outside of the span that is asked for.
    ///
    /// # Errors
    /// A file whose statistics cannot be read.
    pub fn left_out(&self) -> Result<LeftOut> {
        let mut left_out = LeftOut::default();
        for source in &self.sources {
            if let Some(metadata) = &source.parquet {
                let wanted = parquet::Wanted::of(&source.at.file, metadata, &self.options)?;
                left_out += wanted.left_out;
            }
        }
        Ok(left_out)
    }

    /// Fails where no file declares the column.
    ///
    /// # Errors
    /// No such column; the message names the nearest.
    pub fn require(&self, name: &str) -> Result<()> {
        let names = self.fields().iter().map(|f| f.name.clone());
        self.require_of(names.collect(), name)
    }

    /// Makes sure that the number of rows is known and columns can be read on their own: files of
    /// rows (CSV, JSONL, Arrow streams) are read once, and their columns kept in a temporary file.
    ///
    /// # Errors
    /// As [`super::read::read`]; a temporary file that cannot be written.
    pub fn settle(&self) -> Result<()> {
        if self.is_columnar() && self.rows().is_some() {
            return Ok(());
        }
        self.spill().map(|_| ())
    }

    fn spill(&self) -> Result<&Spilled> {
        if let Some(spilled) = self.spilled.get() {
            return Ok(spilled);
        }
        let spill = Spill::new()?;
        let gathered = self.gather(&spill, None)?;
        let spilled = spill.spilled(gathered)?;
        Ok(self.spilled.get_or_init(|| spilled))
    }

    /// All values of one column. Of Parquet only the column's own chunks are read, of an Arrow file
    /// its batches; of files of rows what [`Stream::settle`] kept.
    ///
    /// # Errors
    /// As [`super::read::read`].
    pub fn column(&self, name: &str) -> Result<Values> {
        if self.spilled.get().is_some() || !self.is_columnar() {
            let found = self.spill()?.column(name);
            return found
                .unwrap_or_else(|| self.require(name).map(|()| Values::Number(Vec::new())));
        }
        if !self.fields().iter().any(|field| field.name == name) {
            self.require(name)?;
        }
        let only = ReadOptions { columns: Some(vec![name.to_owned()]), ..self.options.clone() };
        let mut table = self.read(&ReadOptions { optional: Vec::new(), ..only })?;
        match table.take(name) {
            Some(values) => Ok(values),
            None => table.require(name).map(|column| column.values.clone()),
        }
    }

    fn read(&self, options: &ReadOptions) -> Result<Table> {
        let parts = self.sources.par_iter().map(|s| s.at.read_known(s.parquet.as_ref(), options));
        concat(parts.collect::<Result<_>>()?)
    }

    /// Reads every column once and gathers what `gather` wants of it, several columns at once, a
    /// few batches in memory. `by` names a column whose values come along with those of every
    /// other; it must be read as categories.
    ///
    /// Where the kind of a column of CSV turns out late, or JSONL brings a new key late, what was
    /// gathered is thrown away and the files are read again.
    ///
    /// # Errors
    /// As [`super::read::read`].
    pub fn gather<G: Gather>(&self, gather: &G, by: Option<&str>) -> Result<Gathered<G::State>> {
        let mut learnt: Vec<blocks::Learnt> = Vec::new();
        learnt.resize_with(self.sources.len(), Default::default);
        loop {
            let mut pass = Pass::new(gather, by);
            if !self.read_through(&mut pass, &mut learnt)? {
                continue;
            }
            let columns: Vec<(String, G::State)> =
                pass.slots.into_iter().map(|slot| (slot.name, slot.state)).collect();
            for name in self.options.columns.iter().flatten().filter(|_| pass.rows > 0) {
                self.require_of(columns.iter().map(|(name, _)| name.clone()).collect(), name)?;
            }
            return Ok(Gathered { rows: pass.rows, columns });
        }
    }

    /// False where something was learnt that the beginning should have known.
    fn read_through<G: Gather>(
        &self,
        pass: &mut Pass<'_, G>,
        learnt: &mut [blocks::Learnt],
    ) -> Result<bool> {
        for (source, learnt) in self.sources.iter().zip(learnt) {
            let arrow = matches!(source.at.layout, Layout::ArrowFile | Layout::ArrowStream);
            let done = match source.at.layout {
                _ if arrow && self.options.rows.is_some() => {
                    blocks::whole(&source.at, &self.options, pass)?;
                    true
                }
                Layout::Parquet => columnar::parquet(source, &self.options, pass).map(|()| true)?,
                Layout::ArrowFile | Layout::ArrowStream => {
                    columnar::arrow(source, &self.options, pass).map(|()| true)?
                }
                Layout::Collected => {
                    blocks::whole(&source.at, &self.options, pass)?;
                    true
                }
                Layout::Csv | Layout::Jsonl => {
                    blocks::read(&source.at, &self.options, blocks::at_once(), learnt, pass)?
                }
            };
            if !done {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn agree(&self) -> Result<()> {
        let mut declared = self.sources.iter().filter_map(|s| {
            let names: Vec<String> = s.fields.as_ref()?.iter().map(|f| f.name.clone()).collect();
            Some((s.at.file.as_path(), names))
        });
        let Some(first) = declared.next() else { return Ok(()) };
        declared.try_for_each(|other| same_names((first.0, &first.1), (other.0, &other.1)))
    }

    fn require_of(&self, names: Vec<String>, name: &str) -> Result<()> {
        let none = || Values::Number(Vec::new());
        let columns = names.into_iter().map(|name| Column { name, values: none() }).collect();
        Table { columns, source: self.source(), ..Table::default() }.require(name).map(|_| ())
    }
}

/// One reading of all files.
pub(super) struct Pass<'a, G: Gather> {
    pub(super) gather: &'a G,
    pub(super) by: Option<&'a str>,
    pub(super) slots: Vec<Slot<G::State>>,
    pub(super) first: Option<(PathBuf, Vec<String>)>,
    pub(super) rows: u64,
}

impl<'a, G: Gather> Pass<'a, G> {
    /// Before the first file.
    pub(super) fn new(gather: &'a G, by: Option<&'a str>) -> Self {
        Self { gather, by, slots: Vec::new(), first: None, rows: 0 }
    }

    /// Says which columns the next file has.
    ///
    /// # Errors
    /// Others than the files before it.
    pub(super) fn expect(&mut self, file: &Path, names: &[String]) -> Result<()> {
        if let Some((first, known)) = &self.first {
            return same_names((first, known), (file, names));
        }
        self.slots = names.iter().map(|n| Slot::new(n, self.gather.begin(n))).collect();
        self.first = Some((file.to_owned(), names.to_vec()));
        Ok(())
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
