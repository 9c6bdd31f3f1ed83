//! Engines that run SQL where the data lives.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use crate::domain::error::Result;

/// The answer to a query: a schema, and rows in batches of it.
#[derive(Debug, Clone)]
pub struct Rows {
    /// Names and types of the columns.
    pub schema: SchemaRef,
    /// The rows; none where there are none.
    pub batches: Vec<RecordBatch>,
}

/// Runs SQL. Calls block.
pub trait Engine: Send + Sync {
    /// What it is and where, for messages: `sc://host:port`.
    fn name(&self) -> String;

    /// The version that it says it has.
    ///
    /// # Errors
    /// It cannot be reached, refuses the login, or does not answer in time.
    fn version(&self) -> Result<String>;

    /// Runs a query to its end. It only reads, and may be run again after a fault.
    ///
    /// # Errors
    /// It cannot be reached any more, refuses the query (a table or column that it does not have,
    /// syntax that it does not know), does not answer in time, or this program is asked to end.
    fn query(&self, sql: &str) -> Result<Rows>;
}
