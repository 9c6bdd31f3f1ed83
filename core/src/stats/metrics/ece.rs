//! `ece`: expected calibration error over ten bins of equal width.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::{Rows, Sample, Undefined, calibration};

/// `ece`
pub const DEFINITION: Definition = Definition {
    name: "ece",
    about: "Expected calibration error over ten bins of equal width",
    direction: Direction::LowerIsBetter,
    tasks: &[Task::Binary],
    needs_probabilities: true,
    prepare,
};

fn prepare<'a>(rows: &Rows<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    Ok(Box::new(Binned(*rows.sample())))
}

#[derive(Debug)]
struct Binned<'a>(Sample<'a>);

impl Prepared for Binned<'_> {
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        calibration::expected_error(self.0.labels, self.0.scores, counts)
    }
}
