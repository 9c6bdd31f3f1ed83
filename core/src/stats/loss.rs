//! Metrics that are means of a loss of each row, and R², which compares two such sums.

use super::metrics::Prepared;
use super::sample::Sample;
use super::undefined::Undefined;

/// The loss of every row, computed once.
#[derive(Debug)]
pub struct Losses {
    values: Vec<f64>,
    root: bool,
}

impl Losses {
    /// The loss of each row by its label and score.
    pub fn new(sample: &Sample<'_>, loss: impl Fn(f64, f64) -> f64) -> Self {
        let values = sample.labels.iter().zip(sample.scores).map(|(l, s)| loss(*l, *s)).collect();
        Self { values, root: false }
    }

    /// The root of the mean is the value.
    #[must_use]
    pub fn rooted(self) -> Self {
        Self { root: true, ..self }
    }
}

impl Prepared for Losses {
    /// The mean over the rows; its root for rmse.
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        let mean = weighted_mean(&self.values, counts)?;
        Ok(if self.root { mean.sqrt() } else { mean })
    }
}

/// Coefficient of determination: 1 − Σ(y − ŷ)² / Σ(y − ȳ)². Row `i` counts `counts[i]` times.
///
/// # Errors
/// No rows; labels that are all equal.
pub fn r_squared(labels: &[f64], scores: &[f64], counts: Option<&[u32]>) -> Result<f64, Undefined> {
    let mean = weighted_mean(labels, counts)?;
    let (mut residual, mut total) = (0.0, 0.0);
    for (row, (label, score)) in labels.iter().zip(scores).enumerate() {
        let weight = counts.map_or(1.0, |counts| f64::from(counts[row]));
        residual += weight * (label - score).powi(2);
        total += weight * (label - mean).powi(2);
    }
    if total == 0.0 { Err(Undefined::ConstantLabels) } else { Ok(1.0 - residual / total) }
}

fn weighted_mean(values: &[f64], counts: Option<&[u32]>) -> Result<f64, Undefined> {
    let (rows, sum) = match counts {
        None => (values.len() as u64, values.iter().sum::<f64>()),
        Some(counts) => (
            counts.iter().map(|c| u64::from(*c)).sum(),
            values.iter().zip(counts).map(|(v, c)| v * f64::from(*c)).sum(),
        ),
    };
    if rows == 0 { Err(Undefined::NoRows) } else { Ok(sum / rows as f64) }
}
