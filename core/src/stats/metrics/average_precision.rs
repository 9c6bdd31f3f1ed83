//! `average-precision`: area under the precision-recall steps: Σ (Rₙ − Rₙ₋₁) Pₙ.

use super::definition::{Definition, InLanes, Prepared, one_by_one};
use crate::domain::metric::{Direction, Task};
use crate::stats::bootstrap::{Counts, LANES};
use crate::stats::ranked::Ordered;
use crate::stats::ranking::Ranking;
use crate::stats::ranking_lanes::Area;
use crate::stats::{Rows, Undefined};

/// `average-precision`
pub const DEFINITION: Definition = Definition::new(
    "average-precision",
    "Area under the precision-recall steps: Σ (Rₙ − Rₙ₋₁) Pₙ",
    Direction::HigherIsBetter,
    &[Task::Binary],
    prepare,
)
.shown(&[Task::Binary]);

fn prepare<'a>(
    rows: &Rows<'a>,
    _: &'static Definition,
) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    Ok(Box::new(Ranked(rows.clone())))
}

#[derive(Debug)]
struct Ranked<'a>(Rows<'a>);

impl Prepared for Ranked<'_> {
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        match counts {
            None => match self.0.areas()? {
                Some(areas) => Ok(areas.average_precision),
                None => Ordered::binary(&self.0, None).average_precision(),
            },
            Some(_) => Ordered::binary(&self.0, counts).average_precision(),
        }
    }

    fn before_resampling(&self) {
        self.0.ranking();
    }

    fn order(&self) -> Option<(&Ranking, Area)> {
        let plain = self.0.sample().weights.is_none();
        plain.then(|| (self.0.ranking(), Area::Precision))
    }

    fn lanes(&self, counts: &[Counts], found: &InLanes<'_>) -> [Option<f64>; LANES] {
        match found.area {
            Some(area) => *area,
            None => one_by_one(counts, |counts| self.value(Some(counts)).ok()),
        }
    }
}
