//! Parquet: each column is read on its own, so that several are read at once.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use arrow_array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::RowGroupMetaData;
use rayon::prelude::*;

use super::collect::{Collected, distinct, kind_of, unreadable};
use super::part::{Part, PartColumn};
use super::read::ReadOptions;
use super::table::Values;
use super::within::{LeftOut, groups};
use super::{clocks, dictionary, index};
use crate::domain::error::{Error, Result};

/// Reads one file. Dates and times become numbers in the file's own unit since 1970.
pub(super) fn read(file: &Path, options: &ReadOptions) -> Result<Part> {
    read_known(file, &metadata(file)?, options)
}

/// The same of a file whose metadata is at hand: of a wide one it is much to read.
pub(super) fn read_known(
    file: &Path,
    metadata: &ArrowReaderMetadata,
    options: &ReadOptions,
) -> Result<Part> {
    let wanted = Wanted::of(file, metadata, options)?;
    let rows = wanted.rows(metadata);
    let fields: Vec<(usize, String)> = metadata
        .schema()
        .fields()
        .iter()
        .enumerate()
        .map(|(i, f)| (i, f.name().clone()))
        .filter(|(_, name)| index::wants(file, name, options))
        .collect();
    let columns = fields.into_par_iter().filter_map(|(i, name)| {
        let kind = metadata.schema().field(i).data_type();
        let Some(becomes) = kind_of(kind, options.as_category(&name)) else {
            return (!options.skip_unreadable).then(|| Err(unreadable(file, &name, kind)));
        };
        let collected = Collected::new(becomes, options.exact, &name).with_room(rows);
        let values = column(file, metadata, i, collected, &wanted);
        let of = |values| PartColumn { name, values, first_text: None, first_number: None };
        Some(values.map(of))
    });
    let part = Part::of(file, rows, columns.collect::<Result<_>>()?);
    let times = clocks::declared(metadata.schema(), options);
    Ok(Part { left_out: wanted.left_out, times, ..part })
}

/// Which rows of a file are read.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// At most so many, from the beginning.
    limit: Option<usize>,
    /// Those of these row groups; `None`: of all.
    groups: Option<Vec<usize>>,
    /// Rows of the other groups.
    pub(super) left_out: LeftOut,
}

impl Wanted {
    /// Those that `options` ask for.
    pub(super) fn of(
        file: &Path,
        metadata: &ArrowReaderMetadata,
        options: &ReadOptions,
    ) -> Result<Self> {
        let limit = options.rows;
        contained(file, || match &options.within {
            Some(within) if limit.is_none() => {
                let (groups, left_out) = groups(metadata, within);
                Ok(Self { limit, groups: Some(groups), left_out })
            }
            _ => Ok(Self { limit, ..Self::default() }),
        })
    }

    /// How many they are.
    pub(super) fn rows(&self, metadata: &ArrowReaderMetadata) -> usize {
        let all = metadata.metadata();
        let rows = match &self.groups {
            None => all.file_metadata().num_rows(),
            Some(groups) => groups.iter().map(|at| all.row_group(*at).num_rows()).sum(),
        };
        let rows = usize::try_from(rows).unwrap_or(0);
        self.limit.map_or(rows, |limit| rows.min(limit))
    }
}

/// What the file says of itself; text that it keeps in dictionaries is read as dictionaries.
pub(super) fn metadata(file: &Path) -> Result<ArrowReaderMetadata> {
    let handle = File::open(file).map_err(|e| Error::io("read", file, e))?;
    let metadata = contained(file, || {
        ArrowReaderMetadata::load(&handle, Default::default()).map_err(|e| broken(file, &e))
    })?;
    distinct(file, metadata.schema())?;
    match has_its_rows(&metadata) {
        true => Ok(dictionary::kept(metadata)),
        false => Err(broken(file, &std::io::Error::other("its parts hold other numbers of rows"))),
    }
}

/// Whether the file has as many rows as its row groups, and these as many as their columns.
fn has_its_rows(metadata: &ArrowReaderMetadata) -> bool {
    let groups = metadata.metadata().row_groups();
    let sum = groups.iter().try_fold(0_i64, |sum, group| sum.checked_add(group.num_rows()));
    let is_even = |group: &RowGroupMetaData| {
        let flat =
            group.columns().iter().filter(|column| column.column_descr().max_rep_level() == 0);
        group.num_rows() >= 0 && flat.into_iter().all(|c| c.num_values() == group.num_rows())
    };
    sum == Some(metadata.metadata().file_metadata().num_rows()) && groups.iter().all(is_even)
}

fn broken(file: &Path, error: &dyn std::error::Error) -> Error {
    Error::input(format!("{} is not a whole Parquet file: {error}", file.display()))
        .hint("the file is damaged or cut short; write it again")
}

/// Runs a reader that panics on some damaged pages.
fn contained<T>(file: &Path, read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(broken(file, &std::io::Error::other("a page of it cannot be decoded")))
    })
}

fn column(
    file: &Path,
    metadata: &ArrowReaderMetadata,
    root: usize,
    mut collected: Collected<'_>,
    wanted: &Wanted,
) -> Result<Values> {
    each_batch(file, metadata, &[root], wanted, &mut |batch| {
        batch.columns().first().map_or(Ok(()), |array| collected.push(array, file))
    })?;
    Ok(collected.finish())
}

/// Gives the columns at these places of the schema, some rows at a time and in the order of the
/// schema. Nothing else of the file is read.
pub(super) fn each_batch(
    file: &Path,
    metadata: &ArrowReaderMetadata,
    roots: &[usize],
    wanted: &Wanted,
    tell: &mut dyn FnMut(&RecordBatch) -> Result<()>,
) -> Result<()> {
    contained(file, || batches(file, metadata, roots, wanted, tell))
}

fn batches(
    file: &Path,
    metadata: &ArrowReaderMetadata,
    roots: &[usize],
    wanted: &Wanted,
    tell: &mut dyn FnMut(&RecordBatch) -> Result<()>,
) -> Result<()> {
    let handle = File::open(file).map_err(|e| Error::io("read", file, e))?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(handle, metadata.clone());
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots.iter().copied());
    let mut builder = builder.with_projection(mask).with_batch_size(1 << 14);
    if let Some(rows) = wanted.limit {
        builder = builder.with_limit(rows);
    }
    if let Some(groups) = &wanted.groups {
        builder = builder.with_row_groups(groups.clone());
    }
    let batches = builder.build().map_err(|e| broken(file, &e))?;
    for batch in batches {
        tell(&batch.map_err(|e| broken(file, &e))?)?;
    }
    Ok(())
}
