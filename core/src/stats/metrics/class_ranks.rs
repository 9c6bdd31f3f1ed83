//! What metrics of each class against the others share.

use std::fmt;

use rayon::prelude::*;

use super::definition::Prepared;
use crate::stats::masses::Masses;
use crate::stats::ranked::Ordered;
use crate::stats::{Rows, Undefined};

/// The rows in the order of each class's probability.
#[derive(Debug, Clone, Copy)]
pub struct ClassRanks<'r> {
    rows: &'r Rows<'r>,
    counts: Option<&'r [u32]>,
}

/// How the metric is computed.
type Of = fn(&ClassRanks<'_>) -> Result<f64, Undefined>;

impl ClassRanks<'_> {
    /// The metric `of` the ranks.
    pub fn boxed<'a>(rows: &Rows<'a>, of: Of) -> Result<Box<dyn Prepared + 'a>, Undefined> {
        rows.class_rankings();
        Ok(Box::new(Ready { rows: rows.clone(), of }))
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.rows.sample().classes
    }

    /// A figure of each class.
    ///
    /// # Errors
    /// As the figure.
    pub fn each<T: Send>(
        &self,
        figure: impl Fn(&Ordered<'_>) -> Result<T, Undefined> + Sync,
    ) -> Result<Vec<T>, Undefined> {
        let of = |class| {
            let ordered = Ordered::class(self.rows, class, self.counts);
            figure(&ordered.ok_or(Undefined::MissingClass { class })?)
        };
        // A resample is one of many that run at once already.
        match self.counts {
            None => (0..self.classes()).into_par_iter().map(of).collect(),
            Some(_) => (0..self.classes()).map(of).collect(),
        }
    }

    /// The mass of each class.
    pub fn priors(&self) -> Vec<f64> {
        let sample = self.rows.sample();
        let mut out = vec![0.0; sample.classes];
        let masses = Masses::new(sample, self.counts);
        masses.each(sample.rows(), |row, mass| out[sample.labels[row] as usize] += mass);
        out
    }
}

/// The mean.
pub(super) fn mean(values: Vec<f64>) -> Result<f64, Undefined> {
    let classes = values.len() as f64;
    if classes > 0.0 {
        Ok(values.into_iter().sum::<f64>() / classes)
    } else {
        Err(Undefined::NoRows)
    }
}

/// The mean of a figure, where each class counts as many rows as it has.
pub(super) fn prior_weighted(
    ranks: &ClassRanks<'_>,
    figure: fn(&Ordered<'_>) -> Result<f64, Undefined>,
) -> Result<f64, Undefined> {
    let priors = ranks.priors();
    let values = ranks.each(figure)?;
    let sum: f64 = values.iter().zip(&priors).map(|(value, prior)| value * prior).sum();
    let total: f64 = priors.iter().sum();
    if total > 0.0 { Ok(sum / total) } else { Err(Undefined::NoRows) }
}

struct Ready<'a> {
    rows: Rows<'a>,
    of: Of,
}

impl fmt::Debug for Ready<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClassRanks").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Prepared for Ready<'_> {
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        (self.of)(&ClassRanks { rows: &self.rows, counts })
    }
}
