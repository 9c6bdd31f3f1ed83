//! `median-absolute-error`: half of the rows have an absolute error up to this.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::loss::residual;
use crate::stats::masses::Masses;
use crate::stats::{Rows, Sample, Undefined};

/// `median-absolute-error`
pub const DEFINITION: Definition = Definition::new(
    "median-absolute-error",
    "Half of the rows have an absolute error up to this",
    Direction::LowerIsBetter,
    &[Task::Regression],
    prepare,
);

fn prepare<'a>(
    rows: &Rows<'a>,
    _: &'static Definition,
) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    let sample = *rows.sample();
    let error = |row: usize| residual(&sample, row).abs();
    let mut sorted: Vec<(f64, u32)> =
        (0..sample.rows()).map(|row| (error(row), row as u32)).collect();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    Ok(Box::new(Sorted { sample, sorted }))
}

#[derive(Debug)]
struct Sorted<'a> {
    sample: Sample<'a>,
    sorted: Vec<(f64, u32)>,
}

impl Prepared for Sorted<'_> {
    /// The error at which half of the mass is reached; where that is exactly half, the mean of it
    /// and the next (Hyndman and Fan's type 2, as scikit-learn's).
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        let masses = Masses::new(&self.sample, counts);
        let half = self.sorted.iter().map(|(_, row)| masses.of(*row as usize)).sum::<f64>() / 2.0;
        let mut reached = 0.0;
        let mut at_half = None;
        for (error, row) in &self.sorted {
            let mass = masses.of(*row as usize);
            if mass <= 0.0 {
                continue;
            }
            if let Some(lower) = at_half {
                return Ok(middle(lower, *error));
            }
            reached += mass;
            if reached - half > f64::EPSILON {
                return Ok(*error);
            }
            if reached >= half {
                at_half = Some(*error);
            }
        }
        at_half.ok_or(Undefined::NoRows)
    }
}

fn middle(a: f64, b: f64) -> f64 {
    if a == b { a } else { a / 2.0 + b / 2.0 }
}
