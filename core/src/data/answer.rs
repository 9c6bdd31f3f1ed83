//! The answer to a query, column by column.

use arrow_array::{Array, RecordBatch};
use arrow_schema::{ArrowError, SchemaRef};

use super::arrays;
use crate::domain::error::{Error, Result};

/// Rows that an engine answered.
#[derive(Debug)]
pub struct Answer {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Answer {
    /// Of rows in batches.
    pub fn new(schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        Self { schema, batches }
    }

    /// Numbers; null is [`super::table::NULL`].
    ///
    /// # Errors
    /// No column `name`, or one that holds no numbers.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        let mut all = Vec::new();
        self.each(name, |array| {
            all.extend(arrays::numbers(array)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// Counts; null is 0.
    ///
    /// # Errors
    /// As [`Answer::numbers`].
    pub fn counts(&self, name: &str) -> Result<Vec<u64>> {
        Ok(self.numbers(name)?.into_iter().map(|x| x as u64).collect())
    }

    /// Text.
    ///
    /// # Errors
    /// No column `name`, or one that holds no text.
    pub fn texts(&self, name: &str) -> Result<Vec<Option<String>>> {
        let mut all = Vec::new();
        self.each(name, |array| {
            arrays::texts(array, &mut |value| all.push(value.map(str::to_owned)))
        })?;
        Ok(all)
    }

    fn each(
        &self,
        name: &str,
        mut read: impl FnMut(&dyn Array) -> std::result::Result<(), ArrowError>,
    ) -> Result<()> {
        let odd = |why: &dyn std::fmt::Display| {
            Error::unavailable(format!("the engine's answer cannot be read: {why}"))
                .hint("an engine that speaks the SQL of Spark is needed")
        };
        let at = self.schema.index_of(name).map_err(|e| odd(&e))?;
        for batch in &self.batches {
            read(batch.column(at).as_ref()).map_err(|e| odd(&e))?;
        }
        Ok(())
    }
}
