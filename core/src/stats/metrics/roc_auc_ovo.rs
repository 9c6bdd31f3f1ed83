//! `roc-auc-ovo-macro`: areas under the ROC curves of each pair of classes (Hand and Till 2001).

use super::class_ranks::ClassRanks;
use super::definition::Definition;
use crate::domain::metric::{Direction, Task};
use crate::stats::Undefined;

/// `roc-auc-ovo-macro`
pub const MACRO: Definition = Definition::new(
    "roc-auc-ovo-macro",
    "Mean over the pairs of classes of how well their probabilities tell them apart",
    Direction::HigherIsBetter,
    &[Task::Multiclass],
    |rows, _| ClassRanks::boxed(rows, |ranks| pairs(ranks, |_, _| 1.0)),
)
.of_probabilities();

/// `roc-auc-ovo-weighted`
pub const WEIGHTED: Definition = Definition::new(
    "roc-auc-ovo-weighted",
    "As roc-auc-ovo-macro, where each pair counts as many rows as both classes have",
    Direction::HigherIsBetter,
    &[Task::Multiclass],
    |rows, _| {
        ClassRanks::boxed(rows, |ranks| {
            let priors = ranks.priors();
            pairs(ranks, |a, b| priors[a] + priors[b])
        })
    },
)
.of_probabilities();

fn pairs(ranks: &ClassRanks<'_>, weight: impl Fn(usize, usize) -> f64) -> Result<f64, Undefined> {
    let classes = ranks.classes();
    let areas = ranks.each(|ordered| ordered.against_each(classes))?;
    let (mut sum, mut total) = (0.0, 0.0);
    for (first, of_first) in areas.iter().enumerate() {
        for (second, of_second) in areas.iter().enumerate().skip(first + 1) {
            let weight = weight(first, second);
            sum += weight * (of_first[second] + of_second[first]) / 2.0;
            total += weight;
        }
    }
    if total > 0.0 { Ok(sum / total) } else { Err(Undefined::NoRows) }
}
