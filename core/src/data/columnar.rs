//! Files that keep columns together, column by column.

use arrow_array::Array;
use rayon::prelude::*;

use super::collect::{Collected, Kind, kind_of, unreadable};
use super::layout::Layout;
use super::parquet::each_batch;
use super::read::ReadOptions;
use super::slot::{Gather, Piece, Slot};
use super::stream::{Pass, Source};
use super::table::{Categories, Values};
use super::{arrow, parquet};
use crate::domain::error::Result;

/// Gathers one Parquet file: each column is decoded on its own, some at once.
pub(super) fn parquet<G: Gather>(
    source: &Source,
    options: &ReadOptions,
    pass: &mut Pass<'_, G>,
) -> Result<()> {
    let file = &source.file;
    let metadata = match &source.parquet {
        Some(known) => known.clone(),
        None => parquet::metadata(file)?,
    };
    pass.expect(file, &names(source))?;
    let (gather, by) = (pass.gather, pass.by);
    let schema = metadata.schema();
    let by = by.map(|name| Place::of(source, schema, name, options)).transpose()?;
    let read = |slot: &mut Slot<G::State>| -> Result<()> {
        let place = Place::of(source, schema, &slot.name, options)?;
        let name = slot.name.clone();
        let mut values = Collected::new(place.kind, options.exact, &name);
        let mut beside = by.map(|by| Collected::new(by.kind, false, &name));
        let roots: Vec<usize> =
            [Some(place.at), by.map(|by| by.at)].into_iter().flatten().collect();
        each_batch(file, &metadata, &roots, options.rows, &mut |batch| {
            let first = |at: usize| usize::from(roots.iter().any(|other| *other < at));
            values.push(batch.column(first(place.at)), file)?;
            let groups = match (&mut beside, by) {
                (Some(beside), Some(by)) => {
                    beside.push(batch.column(first(by.at)), file)?;
                    Some(categories(beside.drain()))
                }
                _ => None,
            };
            let values = values.drain();
            let piece = Piece { values: &values, by: groups.as_ref(), first_text: None };
            slot.add(gather, file, &piece)
        })
    };
    let outcomes: Vec<Result<()>> = pass.slots.par_iter_mut().map(read).collect();
    outcomes.into_iter().collect::<Result<()>>()?;
    let rows = usize::try_from(metadata.metadata().file_metadata().num_rows()).unwrap_or(0);
    pass.rows += options.rows.map_or(rows, |limit| rows.min(limit)) as u64;
    Ok(())
}

/// Gathers one Arrow file or stream, batch by batch.
pub(super) fn arrow<G: Gather>(
    source: &Source,
    options: &ReadOptions,
    pass: &mut Pass<'_, G>,
) -> Result<()> {
    let file = &source.file;
    pass.expect(file, &names(source))?;
    let read = |schema: &arrow_schema::Schema, batches: Batches<'_>| {
        let by = pass.by.map(|name| Place::of(source, schema, name, options)).transpose()?;
        let names: Vec<String> = pass.slots.iter().map(|slot| slot.name.clone()).collect();
        let mut open: Vec<(usize, Collected<'_>)> = Vec::with_capacity(names.len());
        for name in &names {
            let place = Place::of(source, schema, name, options)?;
            open.push((place.at, Collected::new(place.kind, options.exact, name)));
        }
        for batch in batches {
            let batch = batch.map_err(|e| arrow::broken(file, &e))?;
            let groups = by.map(|by| groups(batch.column(by.at), by, source)).transpose()?;
            let gather = pass.gather;
            let outcomes: Vec<Result<()>> = (pass.slots.par_iter_mut(), &mut open)
                .into_par_iter()
                .map(|(slot, (at, values))| {
                    values.push(batch.column(*at), file)?;
                    let values = values.drain();
                    let by = groups.as_ref();
                    slot.add(gather, file, &Piece { values: &values, by, first_text: None })
                })
                .collect();
            outcomes.into_iter().collect::<Result<()>>()?;
            pass.rows += batch.num_rows() as u64;
        }
        Ok(())
    };
    match source.layout {
        Layout::ArrowStream => arrow::in_stream(file, source.content, read),
        _ => arrow::in_file(file, source.content, read),
    }
}

type Batches<'a> = &'a mut dyn Iterator<
    Item = std::result::Result<arrow_array::RecordBatch, arrow_schema::ArrowError>,
>;

fn names(source: &Source) -> Vec<String> {
    source.fields.iter().flatten().map(|f| f.name.clone()).collect()
}

fn groups(array: &dyn Array, by: Place, source: &Source) -> Result<Categories> {
    let mut collected = Collected::new(by.kind, false, "by");
    collected.push(array, &source.file)?;
    Ok(categories(collected.drain()))
}

fn categories(values: Values) -> Categories {
    match values {
        Values::Category(categories) => categories,
        Values::Number(numbers) => Categories::of_numbers(&numbers),
    }
}

/// Where a column stands in a file, and what becomes of it.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    kind: Kind,
}

impl Place {
    fn of(
        source: &Source,
        schema: &arrow_schema::Schema,
        name: &str,
        options: &ReadOptions,
    ) -> Result<Self> {
        let (at, field) =
            schema.fields().iter().enumerate().find(|(_, field)| field.name() == name).ok_or_else(
                || arrow::broken(&source.file, &format!("it has no column `{name}`")),
            )?;
        let kind = field.data_type();
        let found = kind_of(kind, options.as_category(name));
        found.map(|kind| Self { at, kind }).ok_or_else(|| unreadable(&source.file, name, kind))
    }
}
