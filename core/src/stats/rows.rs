//! Rows that were checked, with what several metrics need of them: computed when first asked for.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::areas::{Areas, areas};
use super::confusion::{self, Confusion};
use super::masses::Masses;
use super::ranking::Ranking;
use super::sample::Sample;
use super::undefined::Undefined;
use crate::domain::metric::Task;

/// How far the probabilities of a row may sum from 1: what they lose when they are written in single
/// precision, or with four digits for a dozen classes.
pub const PROBABILITY_SUM_TOLERANCE: f64 = 1e-3;

/// Most rows: their numbers are kept in 31 bits, beside the label (see [`Ranking`]).
pub const MAX_ROWS: usize = 1 << 31;

/// Checked rows. Copies share what was computed.
#[derive(Debug, Clone)]
pub struct Rows<'a> {
    sample: Sample<'a>,
    parts: Arc<Parts>,
}

#[derive(Debug, Default)]
struct Parts {
    ranking: OnceLock<Ranking>,
    areas: OnceLock<Result<Option<Areas>, Undefined>>,
    class_rankings: OnceLock<Vec<Ranking>>,
    confusion: OnceLock<Result<Confusion, Undefined>>,
    cells: OnceLock<Vec<u32>>,
    classes: OnceLock<Result<(), Undefined>>,
    probabilities: OnceLock<Result<(), Undefined>>,
}

impl<'a> Rows<'a> {
    /// Checks what every metric relies on.
    ///
    /// # Errors
    /// No rows, columns of different lengths, a number that is not finite, a label that is no class,
    /// weights that cannot be used.
    pub fn new(sample: Sample<'a>) -> Result<Self, Undefined> {
        check(&sample)?;
        Ok(Self { sample, parts: Arc::default() })
    }

    /// The rows as they were given.
    pub fn sample(&self) -> &Sample<'a> {
        &self.sample
    }

    /// The rows of a binary task in the order of their scores.
    pub fn ranking(&self) -> &Ranking {
        let Sample { labels, scores, .. } = self.sample;
        self.parts.ranking.get_or_init(|| Ranking::new(labels, scores))
    }

    /// Areas under the curves of a binary task without weights, where the scores are from 0 to 1.
    ///
    /// # Errors
    /// One class only.
    pub(super) fn areas(&self) -> Result<Option<Areas>, Undefined> {
        let Sample { labels, scores, weights, .. } = self.sample;
        if weights.is_some() {
            return Ok(None);
        }
        self.parts.areas.get_or_init(|| areas(labels, scores)).clone()
    }

    /// For each class the rows in the order of its probability; those of the class are positive.
    pub fn class_rankings(&self) -> &[Ranking] {
        let classes = 0..self.sample.classes;
        let ranked = || classes.into_par_iter().map(|class| class_ranking(&self.sample, class));
        self.parts.class_rankings.get_or_init(|| ranked().collect())
    }

    /// Which class was answered for which label, each row counting its weight.
    ///
    /// # Errors
    /// Too many classes.
    pub fn confusion(&self) -> Result<&Confusion, Undefined> {
        let found = self.parts.confusion.get_or_init(|| Confusion::of(&self.sample, None));
        found.as_ref().map_err(Clone::clone)
    }

    /// The place of each row in the confusion matrix.
    pub(super) fn cells(&self) -> &[u32] {
        let cell = |row| confusion::cell(&self.sample, row) as u32;
        self.parts.cells.get_or_init(|| (0..self.sample.rows()).map(cell).collect())
    }

    /// Whether the scores are probabilities; of several classes, whether there are some that sum
    /// to 1, within [`PROBABILITY_SUM_TOLERANCE`].
    ///
    /// # Errors
    /// They are not.
    pub(super) fn check_probabilities(&self) -> Result<(), Undefined> {
        let check = || match (self.sample.task, self.sample.probabilities) {
            (Task::Multiclass, Some(probabilities)) => distributions(probabilities, &self.sample),
            (Task::Multiclass, None) => Err(Undefined::NoProbabilities),
            _ => each_probability(self.sample.scores, 1),
        };
        self.parts.probabilities.get_or_init(check).clone()
    }

    /// Whether a task of classes has rows of at least two of them that weigh something.
    ///
    /// # Errors
    /// It has not.
    pub(super) fn check_classes(&self) -> Result<(), Undefined> {
        self.parts.classes.get_or_init(|| several_classes(&self.sample)).clone()
    }
}

fn class_ranking(sample: &Sample<'_>, class: usize) -> Ranking {
    let column = sample.probabilities.unwrap_or_default().iter().skip(class);
    let scores: Vec<f64> = column.step_by(sample.classes).copied().collect();
    let is_class = |label: &f64| f64::from(u8::from(*label == class as f64));
    Ranking::new(&sample.labels.iter().map(is_class).collect::<Vec<f64>>(), &scores)
}

fn check(sample: &Sample<'_>) -> Result<(), Undefined> {
    let Sample { labels, scores, probabilities, weights, classes, .. } = *sample;
    if labels.len() != scores.len() {
        return Err(Undefined::Lengths { labels: labels.len(), scores: scores.len() });
    }
    countable(labels.len())?;
    finite("label", labels, 1)?;
    finite("score", scores, 1)?;
    match sample.task {
        Task::Binary => {
            if let Some(i) = labels.iter().position(|l| *l != 0.0 && *l != 1.0) {
                return Err(Undefined::NotBinary { row: i + 1, value: labels[i] });
            }
            finite("threshold", &[sample.threshold], 1)?;
        }
        Task::Multiclass => {
            class("label", labels, classes)?;
            class("answer", scores, classes)?;
            let needed = labels.len() * classes;
            if let Some(found) = probabilities.map(<[f64]>::len).filter(|len| *len != needed) {
                return Err(Undefined::Count { what: "probabilities", found, needed });
            }
            finite("probability", probabilities.unwrap_or_default(), classes)?;
        }
        Task::Regression => {}
    }
    weights.map_or(Ok(()), |weights| check_weights(weights, labels.len()))
}

/// Whether there are rows, and not so many that their numbers do not fit.
fn countable(rows: usize) -> Result<(), Undefined> {
    match rows {
        0 => Err(Undefined::NoRows),
        rows if rows > MAX_ROWS => Err(Undefined::TooManyRows { rows, most: MAX_ROWS }),
        _ => Ok(()),
    }
}

fn check_weights(weights: &[f64], needed: usize) -> Result<(), Undefined> {
    if weights.len() != needed {
        return Err(Undefined::Count { what: "weights", found: weights.len(), needed });
    }
    finite("weight", weights, 1)?;
    if let Some(i) = weights.iter().position(|w| *w < 0.0) {
        return Err(Undefined::NegativeWeight { row: i + 1, value: weights[i] });
    }
    match weights.iter().sum::<f64>() {
        sum if !sum.is_finite() => Err(Undefined::WeightSum { sum }),
        sum if sum <= 0.0 => Err(Undefined::ZeroWeights),
        _ => Ok(()),
    }
}

fn finite(what: &'static str, values: &[f64], each_row: usize) -> Result<(), Undefined> {
    match values.iter().position(|v| !v.is_finite()) {
        Some(i) => Err(Undefined::NotFinite { what, row: i / each_row + 1, value: values[i] }),
        None => Ok(()),
    }
}

fn class(what: &'static str, values: &[f64], classes: usize) -> Result<(), Undefined> {
    let known = |v: &f64| *v >= 0.0 && *v < classes as f64 && v.fract() == 0.0;
    match values.iter().position(|v| !known(v)) {
        Some(i) => Err(Undefined::NotClass { what, row: i + 1, value: values[i], classes }),
        None => Ok(()),
    }
}

fn several_classes(sample: &Sample<'_>) -> Result<(), Undefined> {
    if sample.task == Task::Regression {
        return Ok(());
    }
    let masses = Masses::new(sample, None);
    let mut weighing = (0..sample.rows()).filter(|row| masses.of(*row) > 0.0);
    let first = weighing.next().ok_or(Undefined::ZeroWeights)?;
    let label = sample.labels[first];
    if weighing.any(|row| sample.labels[row] != label) {
        Ok(())
    } else {
        Err(Undefined::OneClass { class: label as usize })
    }
}

fn each_probability(values: &[f64], each_row: usize) -> Result<(), Undefined> {
    match values.iter().position(|p| !(0.0..=1.0).contains(p)) {
        Some(i) => Err(Undefined::NotProbability { row: i / each_row + 1, value: values[i] }),
        None => Ok(()),
    }
}

fn distributions(probabilities: &[f64], sample: &Sample<'_>) -> Result<(), Undefined> {
    each_probability(probabilities, sample.classes)?;
    for (row, of_row) in probabilities.chunks_exact(sample.classes.max(1)).enumerate() {
        let sum: f64 = of_row.iter().sum();
        if (sum - 1.0).abs() > PROBABILITY_SUM_TOLERANCE {
            return Err(Undefined::ProbabilitySum { row: row + 1, sum });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_whose_numbers_do_not_fit_are_refused() {
        assert_eq!(countable(0), Err(Undefined::NoRows));
        assert_eq!(countable(MAX_ROWS), Ok(()));
        let why = countable(MAX_ROWS + 1).expect_err("are too many");
        assert_eq!(
            why.to_string(),
            "there are 2147483649 rows, and at most 2147483648 can be used"
        );
    }
}
