//! What runs a package's model on rows: to measure how fast it is, or to get its scores.

use std::path::Path;
use std::time::Duration;

use crate::domain::error::Result;
use crate::domain::signature::Signature;

/// Values of a tensor, flat, in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers with a fraction; NaN where one is missing.
    Numbers(Vec<f64>),
    /// Whole numbers; booleans are 0 and 1.
    Integers(Vec<i64>),
    /// Text.
    Text(Vec<String>),
}

/// One input or output.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Its name in the model; the only input of a model may go without one.
    pub name: String,
    /// Extent of each axis; the first one counts rows.
    pub shape: Vec<usize>,
    /// The values, as many as the extents multiply to.
    pub values: Values,
}

/// Loads packages to run their models here.
pub trait Scorer: Send + Sync {
    /// Loads the package in the folder `package`, which holds a manifest and files as `pull` writes
    /// them. Bytes are not hashed again.
    ///
    /// # Errors
    /// A format that cannot be run here, a machine without what runs it, a model that does not load.
    fn load(&self, package: &Path) -> Result<Box<dyn ScorerModel>>;

    /// Loads a model's file that is in no package.
    ///
    /// # Errors
    /// As [`Scorer::load`].
    fn load_file(&self, file: &Path) -> Result<Box<dyn ScorerModel>>;
}

/// How a model is best asked about many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Rows of one request.
    pub rows: usize,
    /// Requests at once.
    pub at_once: usize,
    /// Whether it costs little to ask again, to find the row that a model fails on.
    pub again: bool,
}

/// A loaded model. Calls block, and may come from several threads.
pub trait ScorerModel: Send + Sync {
    /// Inputs and outputs as the model declares them; a server that does not tell has none.
    fn signature(&self) -> Signature;
    /// The package's sample request, else one row of zeros.
    fn sample(&self) -> &[Tensor];
    /// Answers all rows of `inputs` at once, within `limit`. Columns of shape `[rows]` may be given
    /// for a model that takes one matrix: they are put together in their order.
    ///
    /// # Errors
    /// Inputs that do not fit the model; answers that are NaN or infinite, or of another number of
    /// rows; a model that fails or takes too long.
    fn score(&self, inputs: &[Tensor], limit: Duration) -> Result<Vec<Tensor>>;
    /// How it is best asked about many rows.
    fn pace(&self) -> Pace;
}
