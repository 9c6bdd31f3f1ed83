//! Metrics that are means of a loss of each row, and R², which compares two such sums.

use super::metric::Metric;
use super::undefined::Undefined;

/// The loss of every row, computed once.
#[derive(Debug)]
pub struct Losses {
    values: Vec<f64>,
    root: bool,
}

impl Losses {
    /// The losses of `metric`, one of log-loss, brier, mae, mse, rmse and mape. A probability of 0
    /// or 1 is moved inwards by the machine epsilon before its logarithm is taken.
    ///
    /// # Errors
    /// A label of 0 for mape.
    pub fn new(metric: Metric, labels: &[f64], scores: &[f64]) -> Result<Self, Undefined> {
        if metric == Metric::Mape
            && let Some(row) = labels.iter().position(|l| *l == 0.0)
        {
            return Err(Undefined::ZeroLabel { row: row + 1 });
        }
        let loss = |label: f64, score: f64| match metric {
            Metric::LogLoss => {
                let right = if label == 1.0 { score } else { 1.0 - score };
                -right.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
            }
            Metric::Mae => (label - score).abs(),
            Metric::Mape => (label - score).abs() / label.abs(),
            _ => (label - score).powi(2),
        };
        let values = labels.iter().zip(scores).map(|(l, s)| loss(*l, *s)).collect();
        Ok(Self { values, root: metric == Metric::Rmse })
    }

    /// The mean over the rows, row `i` counted `counts[i]` times; its root for rmse.
    ///
    /// # Errors
    /// No rows.
    pub fn mean(&self, counts: &[u32]) -> Result<f64, Undefined> {
        let mean = weighted_mean(&self.values, counts)?;
        Ok(if self.root { mean.sqrt() } else { mean })
    }
}

/// Coefficient of determination: 1 − Σ(y − ŷ)² / Σ(y − ȳ)². Row `i` counts `counts[i]` times.
///
/// # Errors
/// No rows; labels that are all equal.
pub fn r_squared(labels: &[f64], scores: &[f64], counts: &[u32]) -> Result<f64, Undefined> {
    let mean = weighted_mean(labels, counts)?;
    let (mut residual, mut total) = (0.0, 0.0);
    for ((label, score), count) in labels.iter().zip(scores).zip(counts) {
        let weight = f64::from(*count);
        residual += weight * (label - score).powi(2);
        total += weight * (label - mean).powi(2);
    }
    if total == 0.0 { Err(Undefined::ConstantLabels) } else { Ok(1.0 - residual / total) }
}

fn weighted_mean(values: &[f64], counts: &[u32]) -> Result<f64, Undefined> {
    let rows: u64 = counts.iter().map(|c| u64::from(*c)).sum();
    if rows == 0 {
        return Err(Undefined::NoRows);
    }
    let sum: f64 = values.iter().zip(counts).map(|(v, c)| v * f64::from(*c)).sum();
    Ok(sum / rows as f64)
}
