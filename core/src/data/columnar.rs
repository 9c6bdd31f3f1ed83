//! Files that keep columns together, column by column.

use arrow_array::Array;
use arrow_schema::Schema;
use rayon::prelude::*;

use super::collect::{Collected, Kind, kind_of, unreadable};
use super::layout::Layout;
use super::parquet::{Wanted, each_batch};
use super::partitions::Constant;
use super::read::ReadOptions;
use super::slot::{Gather, Piece, Slot};
use super::stream::{Pass, Source};
use super::table::{Categories, Values};
use super::{arrow, parquet};
use crate::domain::error::Result;

/// Rows at a time where a file has to be asked for none.
const ROWS: usize = 1 << 14;

/// Gathers one Parquet file: each column is decoded on its own, some at once.
pub(super) fn parquet<G: Gather>(
    source: &Source,
    options: &ReadOptions,
    pass: &mut Pass<'_, G>,
) -> Result<()> {
    let file = &source.at.file;
    let metadata = match &source.parquet {
        Some(known) => known.clone(),
        None => parquet::metadata(file)?,
    };
    pass.expect(file, &names(source))?;
    let wanted = Wanted::of(file, &metadata, options)?;
    let rows = wanted.rows(&metadata);
    let (gather, by, schema) = (pass.gather, pass.by, metadata.schema());
    let read = |slot: &mut Slot<G::State>| -> Result<()> {
        let name = slot.name.clone();
        let mut own = Reading::of(source, schema, &name, options)?;
        let mut by = by.map(|by| Reading::of(source, schema, by, options)).transpose()?;
        let mut roots: Vec<usize> = by.iter().chain([&own]).filter_map(Reading::at).collect();
        roots.sort_unstable();
        roots.dedup();
        if roots.is_empty() {
            for from in (0..rows).step_by(ROWS) {
                let rows = ROWS.min(rows - from);
                let values = own.next(rows, None, source, options)?;
                let by =
                    by.as_mut().map(|by| by.groups(rows, None, source, options)).transpose()?;
                let piece = Piece { values: &values, by: by.as_ref(), first_text: None };
                slot.add(gather, file, &piece)?;
            }
            return Ok(());
        }
        each_batch(file, &metadata, &roots, &wanted, &mut |batch| {
            let place = |reading: &Reading<'_>| {
                let at = roots.iter().position(|root| Some(*root) == reading.at())?;
                Some(batch.column(at).as_ref())
            };
            let rows = batch.num_rows();
            let array = place(&own);
            let values = own.next(rows, array, source, options)?;
            let groups = match &mut by {
                Some(by) => {
                    let array = place(by);
                    Some(by.groups(rows, array, source, options)?)
                }
                None => None,
            };
            let piece = Piece { values: &values, by: groups.as_ref(), first_text: None };
            slot.add(gather, file, &piece)
        })
    };
    let outcomes: Vec<Result<()>> = pass.slots.par_iter_mut().map(read).collect();
    outcomes.into_iter().collect::<Result<()>>()?;
    pass.rows += rows as u64;
    Ok(())
}

/// Gathers one Arrow file or stream, batch by batch.
pub(super) fn arrow<G: Gather>(
    source: &Source,
    options: &ReadOptions,
    pass: &mut Pass<'_, G>,
) -> Result<()> {
    let file = &source.at.file;
    pass.expect(file, &names(source))?;
    let read = |schema: &Schema, batches: Batches<'_>| {
        let mut by = pass.by.map(|by| Reading::of(source, schema, by, options)).transpose()?;
        let names: Vec<String> = pass.slots.iter().map(|slot| slot.name.clone()).collect();
        let open = names.iter().map(|name| Reading::of(source, schema, name, options));
        let mut open: Vec<Reading<'_>> = open.collect::<Result<_>>()?;
        for batch in batches {
            let batch = batch.map_err(|e| arrow::broken(file, &e))?;
            let (gather, rows) = (pass.gather, batch.num_rows());
            let array = |reading: &Reading<'_>| reading.at().map(|at| batch.column(at).as_ref());
            let groups = match &mut by {
                Some(by) => {
                    let array = array(by);
                    Some(by.groups(rows, array, source, options)?)
                }
                None => None,
            };
            let outcomes: Vec<Result<()>> = (pass.slots.par_iter_mut(), &mut open)
                .into_par_iter()
                .map(|(slot, own)| {
                    let array = array(own);
                    let values = own.next(rows, array, source, options)?;
                    let by = groups.as_ref();
                    slot.add(gather, file, &Piece { values: &values, by, first_text: None })
                })
                .collect();
            outcomes.into_iter().collect::<Result<()>>()?;
            pass.rows += rows as u64;
        }
        Ok(())
    };
    match source.at.layout {
        Layout::ArrowStream => arrow::in_stream(file, source.at.content, read),
        _ => arrow::in_file(file, source.at.content, read),
    }
}

type Batches<'a> = &'a mut dyn Iterator<
    Item = std::result::Result<arrow_array::RecordBatch, arrow_schema::ArrowError>,
>;

fn names(source: &Source) -> Vec<String> {
    source.fields.iter().flatten().map(|f| f.name.clone()).collect()
}

/// A column while its rows pass: one of the file, or one that its folders give.
enum Reading<'a> {
    File { at: usize, collected: Box<Collected<'a>> },
    Folder(&'a Constant),
}

impl<'a> Reading<'a> {
    fn of(
        source: &'a Source,
        schema: &Schema,
        name: &'a str,
        options: &ReadOptions,
    ) -> Result<Self> {
        if let Some(folder) = source.at.folders.iter().find(|folder| folder.name == name) {
            return Ok(Self::Folder(folder));
        }
        let file = &source.at.file;
        let (at, field) = schema
            .fields()
            .iter()
            .enumerate()
            .find(|(_, field)| field.name() == name)
            .ok_or_else(|| arrow::broken(file, &format!("it has no column `{name}`")))?;
        let kind: Option<Kind> = kind_of(field.data_type(), options.as_category(name));
        let kind = kind.ok_or_else(|| unreadable(file, name, field.data_type()))?;
        Ok(Self::File { at, collected: Box::new(Collected::new(kind, options.exact, name)) })
    }

    /// Where it stands in the file.
    fn at(&self) -> Option<usize> {
        match self {
            Self::File { at, .. } => Some(*at),
            Self::Folder(_) => None,
        }
    }

    /// The next rows; `array` has those of a column of the file.
    fn next(
        &mut self,
        rows: usize,
        array: Option<&dyn Array>,
        source: &Source,
        options: &ReadOptions,
    ) -> Result<Values> {
        match self {
            Self::Folder(folder) => Ok(folder.values(rows, options)),
            Self::File { collected, .. } => {
                if let Some(array) = array {
                    collected.push(array, &source.at.file)?;
                }
                Ok(collected.drain())
            }
        }
    }

    /// The next rows, as categories.
    fn groups(
        &mut self,
        rows: usize,
        array: Option<&dyn Array>,
        source: &Source,
        options: &ReadOptions,
    ) -> Result<Categories> {
        match self.next(rows, array, source, options)? {
            Values::Category(categories) => Ok(categories),
            Values::Number(numbers) => Ok(Categories::of_numbers(&numbers)),
        }
    }
}
