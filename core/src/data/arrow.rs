//! Arrow IPC: the file layout (Feather) and the stream layout.

use std::io::{BufRead, Read, Seek as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, Schema};

use super::collect::{Collected, distinct, kind_of, unreadable};
use super::content::Content;
use super::index;
use super::part::{Part, PartColumn};
use super::read::ReadOptions;
use super::{claims, clocks};
use crate::domain::error::{Error, Result};

/// Batches of a file, in order.
type Batches<'a> = &'a mut dyn Iterator<Item = Result<RecordBatch, ArrowError>>;

/// Reads a file in the file layout, which has a footer.
pub(super) fn read_file(file: &Path, content: Content, options: &ReadOptions) -> Result<Part> {
    in_file(file, content, |schema, batches| rows(file, schema, batches, options))
}

/// Reads a file in the stream layout, which ends with a mark.
pub(super) fn read_stream(file: &Path, content: Content, options: &ReadOptions) -> Result<Part> {
    in_stream(file, content, |schema, batches| rows(file, schema, batches, options))
}

/// Opens a file in the file layout for `read`.
pub(super) fn in_file<T>(
    file: &Path,
    content: Content,
    read: impl FnOnce(&Schema, Batches<'_>) -> Result<T>,
) -> Result<T> {
    let mut source = content.seekable(file)?;
    claims::of_file(&mut source).map_err(|why| broken(file, &why))?;
    source.rewind().map_err(|e| content.broken(file, &e))?;
    contained(file, || {
        let mut reader = FileReader::try_new(source, None).map_err(|e| broken(file, &e))?;
        let schema = reader.schema();
        distinct(file, &schema)?;
        read(&schema, &mut reader)
    })
}

/// Opens a file in the stream layout for `read`; one that was read past its end has no end mark.
pub(super) fn in_stream<T>(
    file: &Path,
    content: Content,
    read: impl FnOnce(&Schema, Batches<'_>) -> Result<T>,
) -> Result<T> {
    claims::of_stream(&mut content.reader(file)?).map_err(|why| broken(file, &why))?;
    let source = content.reader(file)?;
    contained(file, || {
        let mut source = Watched { inner: source, past_the_end: false };
        let mut reader = StreamReader::try_new(&mut source, None).map_err(|e| broken(file, &e))?;
        let schema = reader.schema();
        distinct(file, &schema)?;
        let found = read(&schema, &mut reader)?;
        if source.past_the_end {
            return Err(broken(file, &"the stream has no end mark"));
        }
        Ok(found)
    })
}

/// Notes whether somebody read past the end. A stream that is cut between two messages reads like
/// one that ended, but after an end mark nobody reads on.
struct Watched {
    inner: Box<dyn BufRead>,
    past_the_end: bool,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.past_the_end |= n == 0 && !buffer.is_empty();
        Ok(n)
    }
}

/// Runs a reader that may panic on damaged bytes.
fn contained<T>(file: &Path, read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(broken(file, &"a part of it cannot be decoded")))
}

pub(super) fn broken(file: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::input(format!("{} is not a whole Arrow file: {error}", file.display()))
        .hint("the file is damaged or cut short; write it again")
}

fn rows(file: &Path, schema: &Schema, batches: Batches<'_>, options: &ReadOptions) -> Result<Part> {
    let mut columns: Vec<(usize, Collected<'_>)> = Vec::new();
    for (at, field) in schema.fields().iter().enumerate() {
        let name = field.name();
        if !index::wants(file, name, options) {
            continue;
        }
        match kind_of(field.data_type(), options.as_category(name)) {
            Some(kind) => columns.push((at, Collected::new(kind, options.exact, name))),
            None if options.skip_unreadable => {}
            None => return Err(unreadable(file, name, field.data_type())),
        }
    }
    let mut count = 0;
    for batch in batches {
        let batch = batch.map_err(|e| broken(file, &e))?;
        let wanted = options.rows.map_or(batch.num_rows(), |limit| limit - count);
        let batch = batch.slice(0, wanted.min(batch.num_rows()));
        for (at, column) in &mut columns {
            column.push(batch.column(*at), file)?;
        }
        count += batch.num_rows();
        if options.rows == Some(count) {
            break;
        }
    }
    let columns = columns.into_iter().map(|(at, column)| PartColumn {
        name: schema.field(at).name().clone(),
        values: column.finish(),
        first_text: None,
        first_number: None,
    });
    let part = Part::of(file, count, columns.collect());
    Ok(Part { times: clocks::declared(schema, options), ..part })
}
