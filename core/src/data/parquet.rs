//! Parquet: each column is read on its own, so that several are read at once.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use arrow_array::Array;
use arrow_schema::{ArrowError, DataType};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use rayon::prelude::*;

use super::arrays::{numbers, texts};
use super::part::{CategoryBuilder, Part, PartColumn, number_as_category};
use super::read::ReadOptions;
use super::table::Values;
use crate::domain::error::{Error, Result};

/// Reads one file. Dates and times become numbers in the file's own unit since 1970.
pub(super) fn read(file: &Path, options: &ReadOptions) -> Result<Part> {
    let handle = File::open(file).map_err(|e| Error::io("read", file, e))?;
    let metadata =
        ArrowReaderMetadata::load(&handle, Default::default()).map_err(|e| broken(file, &e))?;
    let rows = usize::try_from(metadata.metadata().file_metadata().num_rows()).unwrap_or(0);
    let fields: Vec<(usize, String)> = metadata
        .schema()
        .fields()
        .iter()
        .enumerate()
        .map(|(i, f)| (i, f.name().clone()))
        .filter(|(_, name)| options.wants(name))
        .collect();
    let columns = fields.into_par_iter().map(|(i, name)| {
        let kind = metadata.schema().field(i).data_type();
        let wanted = kind_of(kind, options.as_category(&name))
            .ok_or_else(|| unreadable(file, &name, kind))?;
        let values = contained(file, || column(file, &metadata, i, wanted))?;
        Ok(PartColumn { name, values, first_text: None })
    });
    Ok(Part { file: file.to_owned(), rows, columns: columns.collect::<Result<_>>()? })
}

fn broken(file: &Path, error: &dyn std::error::Error) -> Error {
    Error::input(format!("{} is not a whole Parquet file: {error}", file.display()))
        .hint("the file is damaged or cut short; write it again")
}

/// Runs a reader that panics on some damaged pages.
fn contained(file: &Path, read: impl FnOnce() -> Result<Values>) -> Result<Values> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(broken(file, &std::io::Error::other("a page of it cannot be decoded")))
    })
}

fn unreadable(file: &Path, name: &str, kind: &DataType) -> Error {
    Error::input(format!("column `{name}` of {} is of kind {kind}", file.display()))
        .hint("only numbers, text, booleans, dates and times can be read; list it under `ignore`")
}

#[derive(Clone, Copy)]
enum Kind {
    Number,
    Moment,
    Text,
    Boolean,
    NumberAsText,
    WholeAsText,
}

fn kind_of(kind: &DataType, as_category: bool) -> Option<Kind> {
    use DataType as D;
    match kind {
        D::Null => Some(Kind::Number),
        k if k.is_integer() && as_category => Some(Kind::WholeAsText),
        k if k.is_numeric() && as_category => Some(Kind::NumberAsText),
        k if k.is_numeric() => Some(Kind::Number),
        D::Date32 | D::Date64 | D::Timestamp(..) | D::Time32(_) | D::Time64(_) | D::Duration(_) => {
            Some(if as_category { Kind::Text } else { Kind::Moment })
        }
        D::Boolean => Some(Kind::Boolean),
        D::Utf8 | D::LargeUtf8 | D::Utf8View => Some(Kind::Text),
        D::Dictionary(_, inner) => kind_of(inner, as_category),
        _ => None,
    }
}

fn column(file: &Path, metadata: &ArrowReaderMetadata, root: usize, kind: Kind) -> Result<Values> {
    let handle = File::open(file).map_err(|e| Error::io("read", file, e))?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(handle, metadata.clone());
    let mask = ProjectionMask::roots(builder.parquet_schema(), [root]);
    let batches = builder
        .with_projection(mask)
        .with_batch_size(1 << 14)
        .build()
        .map_err(|e| broken(file, &e))?;
    let mut collected = Collected::new(kind);
    for batch in batches {
        let batch = batch.map_err(|e| broken(file, &e))?;
        if let Some(array) = batch.columns().first() {
            collected.push(array).map_err(|e| broken(file, &e))?;
        }
    }
    Ok(collected.finish())
}

struct Collected {
    kind: Kind,
    numbers: Vec<f64>,
    text: CategoryBuilder,
}

impl Collected {
    fn new(kind: Kind) -> Self {
        Self { kind, numbers: Vec::new(), text: CategoryBuilder::default() }
    }

    fn push(&mut self, array: &dyn Array) -> Result<(), ArrowError> {
        match self.kind {
            Kind::Number | Kind::Moment => self.numbers.extend(numbers(array)?),
            Kind::Text | Kind::WholeAsText | Kind::Boolean => {
                texts(array, &mut |value| self.text.push_or_null(value))?;
            }
            Kind::NumberAsText => {
                for value in numbers(array)? {
                    let name = (!value.is_nan()).then(|| number_as_category(value));
                    self.text.push_or_null(name.as_deref());
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Values {
        match self.kind {
            Kind::Number | Kind::Moment => Values::Number(self.numbers),
            _ => Values::Category(self.text.finish()),
        }
    }
}
