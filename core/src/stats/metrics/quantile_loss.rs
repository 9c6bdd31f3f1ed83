//! `quantile-loss-0.9`: the loss that a forecast of a quantile minimises (Koenker and Bassett 1978).

use super::definition::{Definition, Prepared};
use super::family::Family;
use crate::domain::metric::{Direction, Task};
use crate::stats::loss::{Losses, residual};
use crate::stats::{Rows, Undefined};

/// `quantile-loss-0.5`
pub const MEDIAN: Definition = Definition::new(
    "quantile-loss-0.5",
    "Mean quantile loss of a forecast of the median: half of mae",
    Direction::LowerIsBetter,
    &[Task::Regression],
    prepare,
)
.with(0.5);

/// `quantile-loss-0.1`
pub const LOW: Definition = Definition {
    name: "quantile-loss-0.1",
    about: "Mean quantile loss of a forecast that the label lies below once in ten times",
    ..MEDIAN
}
.with(0.1);

/// `quantile-loss-0.9`
pub const HIGH: Definition = Definition {
    name: "quantile-loss-0.9",
    about: "Mean quantile loss of a forecast that the label lies above once in ten times",
    ..MEDIAN
}
.with(0.9);

/// `quantile-loss-0.05`, `quantile-loss-0.99` and so on.
pub const FAMILY: Family = Family {
    before: "quantile-loss-",
    after: "",
    letter: "Q",
    about: "Mean quantile loss of a forecast of the quantile Q",
    allowed: "Q is a share above 0 and below 1",
    allows: |quantile| quantile > 0.0 && quantile < 1.0,
    base: &MEDIAN,
};

fn prepare<'a>(
    rows: &Rows<'a>,
    definition: &'static Definition,
) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    let quantile = definition.parameter;
    Losses::boxed(rows, move |s, row| {
        let residual = residual(s, row);
        if residual >= 0.0 { quantile * residual } else { (quantile - 1.0) * residual }
    })
}
