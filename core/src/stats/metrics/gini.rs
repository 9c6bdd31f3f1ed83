//! `gini`: gini coefficient: twice the area under the ROC curve, less 1.

use super::definition::{Definition, InLanes, Prepared, one_by_one};
use crate::domain::metric::{Direction, Task};
use crate::stats::bootstrap::{Counts, LANES};
use crate::stats::ranked::Ordered;
use crate::stats::ranking::Ranking;
use crate::stats::ranking_lanes::Area;
use crate::stats::{Rows, Undefined};

/// `gini`
pub const DEFINITION: Definition = Definition::new(
    "gini",
    "Gini coefficient: twice the area under the ROC curve, less 1",
    Direction::HigherIsBetter,
    &[Task::Binary],
    prepare,
);

fn prepare<'a>(
    rows: &Rows<'a>,
    _: &'static Definition,
) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    rows.ranking();
    Ok(Box::new(Ranked(rows.clone())))
}

#[derive(Debug)]
struct Ranked<'a>(Rows<'a>);

impl Prepared for Ranked<'_> {
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        Ok(2.0 * Ordered::binary(&self.0, counts).roc_auc()? - 1.0)
    }

    fn order(&self) -> Option<(&Ranking, Area)> {
        let plain = self.0.sample().weights.is_none();
        plain.then(|| (self.0.ranking(), Area::RocAuc))
    }

    fn lanes(&self, counts: &[Counts], found: &InLanes<'_>) -> [Option<f64>; LANES] {
        match found.area {
            Some(area) => area.map(|auc| Some(2.0 * auc? - 1.0)),
            None => one_by_one(counts, |counts| self.value(Some(counts)).ok()),
        }
    }
}
