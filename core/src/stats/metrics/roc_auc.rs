//! `roc-auc`: area under the ROC curve: the share of pairs of a positive and a negative that are in the right order; ties count half.

use super::definition::{Definition, InLanes, Prepared, one_by_one};
use crate::domain::metric::{Direction, Task};
use crate::stats::bootstrap::{Counts, LANES};
use crate::stats::ranked::Ordered;
use crate::stats::ranking::Ranking;
use crate::stats::ranking_lanes::Area;
use crate::stats::{Rows, Undefined};

/// `roc-auc`
pub const DEFINITION: Definition = Definition::new(
    "roc-auc",
    "Area under the ROC curve: the share of pairs of a positive and a negative that are in the right order; ties count half",
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
                Some(areas) => Ok(areas.roc_auc),
                None => Ordered::binary(&self.0, None).roc_auc(),
            },
            Some(_) => Ordered::binary(&self.0, counts).roc_auc(),
        }
    }

    fn before_resampling(&self) {
        self.0.ranking();
    }

    fn order(&self) -> Option<(&Ranking, Area)> {
        let plain = self.0.sample().weights.is_none();
        plain.then(|| (self.0.ranking(), Area::RocAuc))
    }

    fn lanes(&self, counts: &[Counts], found: &InLanes<'_>) -> [Option<f64>; LANES] {
        match found.area {
            Some(area) => *area,
            None => one_by_one(counts, |counts| self.value(Some(counts)).ok()),
        }
    }
}
