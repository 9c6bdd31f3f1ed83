//! How to resample.

use crate::stats::undefined::Undefined;

/// Fewest resamples that give an interval worth its name.
pub const MIN_RESAMPLES: usize = 100;

/// How the interval follows from the resamples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Between the quantiles of the resamples.
    #[default]
    Percentile,
    /// Bias-corrected and accelerated (Efron 1987): the quantiles are moved by how far the resamples
    /// lie to one side of the value, and by how its spread changes with the value.
    Bca,
}

/// How to resample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options<'a> {
    /// Number of resamples, at least [`MIN_RESAMPLES`].
    pub resamples: usize,
    /// Confidence level, such as 0.95.
    pub level: f64,
    /// Seed; the same seed gives the same interval.
    pub seed: u64,
    /// How the interval follows from the resamples.
    pub method: Method,
    /// Every resample has as many rows of each class as there are. A regression has no classes:
    /// there it changes nothing.
    pub stratified: bool,
    /// The group of each row, by any number: whole groups are resampled, for rows that are not
    /// independent of each other, such as all those of one customer.
    pub clusters: Option<&'a [u32]>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            resamples: 1000,
            level: 0.95,
            seed: 42,
            method: Method::Percentile,
            stratified: false,
            clusters: None,
        }
    }
}

impl Options<'_> {
    /// Whether they can be used.
    pub(in crate::stats) fn check(&self, rows: usize) -> Result<(), Undefined> {
        let Self { resamples, level, .. } = *self;
        if resamples < MIN_RESAMPLES {
            return Err(Undefined::Option { what: "number of resamples", value: resamples as f64 });
        }
        if !(level > 0.0 && level < 1.0) {
            return Err(Undefined::Option { what: "confidence level", value: level });
        }
        match self.clusters {
            Some(clusters) if clusters.len() != rows => {
                Err(Undefined::Clusters { rows, clusters: clusters.len() })
            }
            Some(_) if self.stratified => Err(Undefined::StratifiedClusters),
            _ => Ok(()),
        }
    }
}
