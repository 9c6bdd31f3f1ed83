//! Rows that were checked, with what several metrics need of them: computed when first asked for.

use std::sync::{Arc, OnceLock};

use super::ranking::Ranking;
use super::sample::Sample;
use super::undefined::Undefined;
use crate::domain::metric::Task;

/// Checked rows. Copies share what was computed.
#[derive(Debug, Clone)]
pub struct Rows<'a> {
    sample: Sample<'a>,
    parts: Arc<Parts>,
}

#[derive(Debug, Default)]
struct Parts {
    ranking: OnceLock<Ranking>,
}

impl<'a> Rows<'a> {
    /// Checks what every metric relies on.
    ///
    /// # Errors
    /// No rows, columns of different lengths, a number that is not finite, a label that is no class.
    pub fn new(sample: Sample<'a>) -> Result<Self, Undefined> {
        check(&sample)?;
        Ok(Self { sample, parts: Arc::default() })
    }

    /// The rows as they were given.
    pub fn sample(&self) -> &Sample<'a> {
        &self.sample
    }

    /// The rows in the order of their scores.
    pub fn ranking(&self) -> &Ranking {
        let Sample { labels, scores, .. } = self.sample;
        self.parts.ranking.get_or_init(|| Ranking::new(labels, scores))
    }

    /// Whether the scores are probabilities.
    ///
    /// # Errors
    /// One is not.
    pub(super) fn check_probabilities(&self) -> Result<(), Undefined> {
        let scores = self.sample.scores;
        match scores.iter().position(|s| !(0.0..=1.0).contains(s)) {
            Some(i) => Err(Undefined::NotProbability { row: i + 1, value: scores[i] }),
            None => Ok(()),
        }
    }

    /// Whether a binary task has rows of both classes.
    ///
    /// # Errors
    /// It has not.
    pub(super) fn check_classes(&self) -> Result<(), Undefined> {
        let labels = self.sample.labels;
        if self.sample.task == Task::Binary && labels.iter().all(|l| *l == labels[0]) {
            return Err(Undefined::OneClass { class: u8::from(labels[0] == 1.0) });
        }
        Ok(())
    }
}

fn check(sample: &Sample<'_>) -> Result<(), Undefined> {
    let Sample { labels, scores, .. } = *sample;
    if labels.len() != scores.len() {
        return Err(Undefined::Lengths { labels: labels.len(), scores: scores.len() });
    }
    if labels.is_empty() {
        return Err(Undefined::NoRows);
    }
    for (what, values) in [("label", labels), ("score", scores)] {
        if let Some(i) = values.iter().position(|v| !v.is_finite()) {
            return Err(Undefined::NotFinite { what, row: i + 1, value: values[i] });
        }
    }
    if sample.task == Task::Binary
        && let Some(i) = labels.iter().position(|l| *l != 0.0 && *l != 1.0)
    {
        return Err(Undefined::NotBinary { row: i + 1, value: labels[i] });
    }
    Ok(())
}
