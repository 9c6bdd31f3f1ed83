//! What a metric is.

use std::fmt;

use crate::domain::metric::{Direction, Task};
use crate::stats::{Rows, Undefined};

/// What a metric is.
#[derive(Debug)]
pub struct Definition {
    /// The name, in kebab-case.
    pub name: &'static str,
    /// What it measures, in one line.
    pub about: &'static str,
    /// Which way is better.
    pub direction: Direction,
    /// What kinds of prediction it is for.
    pub tasks: &'static [Task],
    /// Whether scores must be probabilities.
    pub needs_probabilities: bool,
    /// Makes it ready on rows that were checked.
    pub prepare: for<'a> fn(&Rows<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined>,
}

/// A metric made ready on rows: sorted or binned once, evaluated on many resamples.
pub trait Prepared: fmt::Debug + Send + Sync {
    /// The value when row `i` counts `counts[i]` times, besides its weight; without counts, each once.
    ///
    /// # Errors
    /// The metric has no value there.
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined>;
}
