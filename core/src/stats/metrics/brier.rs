//! `brier`: mean squared distance of the probabilities from the label (Brier 1950). With two classes
//! it is that of the positive one, from 0 to 1; with more it is the sum over all, from 0 to 2.

use super::definition::{CLASSES, Definition};
use crate::domain::metric::Direction;
use crate::stats::Sample;
use crate::stats::loss::{Losses, squared};

/// `brier`
pub const DEFINITION: Definition = Definition::new(
    "brier",
    "Mean squared distance of the probability from the label",
    Direction::LowerIsBetter,
    CLASSES,
    |rows, _| Losses::boxed(rows, distance),
)
.of_probabilities()
.shown(CLASSES);

fn distance(sample: &Sample<'_>, row: usize) -> f64 {
    let Some(probabilities) = sample.probabilities else { return squared(sample, row) };
    let of_row = &probabilities[row * sample.classes..][..sample.classes];
    let label = sample.labels[row] as usize;
    let truth = |class| f64::from(u8::from(class == label));
    of_row.iter().enumerate().map(|(class, p)| (truth(class) - p) * (truth(class) - p)).sum()
}
