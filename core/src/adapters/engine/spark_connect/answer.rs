//! Arrow batches of an answer.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_schema::SchemaRef;

use crate::domain::error::{Error, Result};
use crate::ports::engine::Rows;

/// Rows that have come so far.
#[derive(Debug, Default)]
pub(super) struct Arrived {
    schema: Option<SchemaRef>,
    batches: Vec<RecordBatch>,
}

impl Arrived {
    /// Adds the rows of one message, `said` of them by its own word.
    pub(super) fn add(&mut self, data: Vec<u8>, said: i64) -> Result<()> {
        // Damaged buffers can make the reader panic.
        let read = || -> std::result::Result<_, arrow_schema::ArrowError> {
            let reader = StreamReader::try_new(Cursor::new(data), None)?;
            let schema = reader.schema();
            Ok((schema, reader.collect::<std::result::Result<Vec<RecordBatch>, _>>()?))
        };
        let (schema, batches) = match catch_unwind(AssertUnwindSafe(read)) {
            Ok(Ok(read)) => read,
            Ok(Err(error)) => return Err(unreadable(&error)),
            Err(_) => return Err(unreadable(&"a buffer of it cannot be decoded")),
        };
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        if usize::try_from(said) != Ok(rows) {
            return Err(unreadable(&format!("{rows} rows came, and {said} were announced")));
        }
        self.schema.get_or_insert(schema);
        self.batches.extend(batches);
        Ok(())
    }

    pub(super) fn rows(self) -> Result<Rows> {
        let schema = self.schema.ok_or_else(|| unreadable(&"no rows came, and no columns"))?;
        Ok(Rows { schema, batches: self.batches })
    }
}

fn unreadable(why: &dyn std::fmt::Display) -> Error {
    Error::unavailable(format!("the engine's answer is damaged: {why}"))
        .hint("run it again; a proxy between may cut answers short")
        .retryable()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_rows_are_an_error() {
        for bytes in [vec![], vec![0; 7], vec![0xff; 64], b"ARROW1\0\0".to_vec()] {
            let mut arrived = Arrived::default();
            assert!(arrived.add(bytes.clone(), 1).is_err(), "{bytes:?}");
        }
        assert!(Arrived::default().rows().is_err());
    }
}
