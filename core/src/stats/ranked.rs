//! Figures of the order that scores put rows in, where rows have weights.

use super::masses::Masses;
use super::ranking::Ranking;
use super::rows::Rows;
use super::undefined::Undefined;

/// A class against all others in the order of a score.
#[derive(Debug, Clone, Copy)]
pub struct Ordered<'r> {
    ranking: &'r Ranking,
    labels: &'r [f64],
    scores: Option<&'r [f64]>,
    positive: f64,
    masses: Masses<'r>,
    counts: Option<&'r [u32]>,
}

/// What lies at one score.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// A row with this score.
    pub row: usize,
    /// Mass of the negatives.
    pub negatives: f64,
    /// Mass of the positives.
    pub positives: f64,
}

impl<'r> Ordered<'r> {
    /// The positives of a binary task.
    pub fn binary(rows: &'r Rows<'_>, counts: Option<&'r [u32]>) -> Self {
        let sample = rows.sample();
        Self {
            ranking: rows.ranking(),
            labels: sample.labels,
            scores: Some(sample.scores),
            positive: 1.0,
            masses: Masses::new(sample, counts),
            counts,
        }
    }

    /// One of several classes against all others, in the order of its probability.
    pub fn class(rows: &'r Rows<'_>, class: usize, counts: Option<&'r [u32]>) -> Option<Self> {
        let sample = rows.sample();
        Some(Self {
            ranking: rows.class_rankings().get(class)?,
            labels: sample.labels,
            scores: None,
            positive: class as f64,
            masses: Masses::new(sample, counts),
            counts,
        })
    }

    /// Calls `step` at each distinct score, highest first.
    pub fn walk(&self, mut step: impl FnMut(Step)) {
        let (mut negatives, mut positives) = (0.0, 0.0);
        for (row, last_of_tie) in self.ranking.ordered() {
            let mass = self.masses.of(row);
            if self.labels[row] == self.positive {
                positives += mass;
            } else {
                negatives += mass;
            }
            if last_of_tie {
                step(Step { row, negatives, positives });
                (negatives, positives) = (0.0, 0.0);
            }
        }
    }

    /// Masses of the negatives and the positives.
    ///
    /// # Errors
    /// One of them is missing.
    pub fn totals(&self) -> Result<[f64; 2], Undefined> {
        let (mut negatives, mut positives) = (0.0, 0.0);
        // In the order of the walk, so that both end at the same sums.
        self.walk(|step| {
            negatives += step.negatives;
            positives += step.positives;
        });
        let class = self.positive as usize;
        match (negatives > 0.0, positives > 0.0, self.scores.is_some()) {
            (false, false, _) => Err(Undefined::NoRows),
            (false, true, _) => Err(Undefined::OneClass { class }),
            (true, false, true) => Err(Undefined::OneClass { class: 1 - class }),
            (true, false, false) => Err(Undefined::MissingClass { class }),
            (true, true, _) => Ok([negatives, positives]),
        }
    }

    /// Area under the ROC curve: see [`Ranking::roc_auc`].
    ///
    /// # Errors
    /// One class only.
    pub fn roc_auc(&self) -> Result<f64, Undefined> {
        if self.masses.are_whole() && self.scores.is_some() {
            return self.ranking.roc_auc(self.counts);
        }
        let [negatives, positives] = self.totals()?;
        let (mut above, mut twice) = (0.0, 0.0);
        self.walk(|step| {
            twice += step.negatives * (2.0 * above + step.positives);
            above += step.positives;
        });
        Ok((twice / (2.0 * positives * negatives)).min(1.0))
    }

    /// Average precision: see [`Ranking::average_precision`].
    ///
    /// # Errors
    /// One class only.
    pub fn average_precision(&self) -> Result<f64, Undefined> {
        if self.masses.are_whole() && self.scores.is_some() {
            return self.ranking.average_precision(self.counts);
        }
        let [_, positives] = self.totals()?;
        let (mut found, mut false_alarms, mut sum) = (0.0, 0.0, 0.0);
        self.walk(|step| {
            found += step.positives;
            false_alarms += step.negatives;
            if step.positives > 0.0 {
                sum += step.positives * found / (found + false_alarms);
            }
        });
        Ok((sum / positives).min(1.0))
    }

    /// Kolmogorov and Smirnov's distance: the largest difference between the shares of positives
    /// and of negatives at or above a score.
    ///
    /// # Errors
    /// One class only.
    pub fn ks(&self) -> Result<f64, Undefined> {
        let [negatives, positives] = self.totals()?;
        let (mut found, mut false_alarms, mut widest) = (0.0, 0.0, 0.0f64);
        self.walk(|step| {
            found += step.positives;
            false_alarms += step.negatives;
            widest = widest.max((found / positives - false_alarms / negatives).abs());
        });
        Ok(widest.min(1.0))
    }

    /// How much denser positives are in the top `share` of the rows than in all of them. Of rows
    /// that are tied at the edge, as many count as there is room for, positives and negatives alike.
    ///
    /// # Errors
    /// One class only.
    pub fn lift(&self, share: f64) -> Result<f64, Undefined> {
        let [negatives, positives] = self.totals()?;
        let total = negatives + positives;
        let (mut room, mut found) = (share * total, 0.0);
        self.walk(|step| {
            let here = step.positives + step.negatives;
            if here > 0.0 && room > 0.0 {
                let part = (room / here).min(1.0);
                found += part * step.positives;
                room -= part * here;
            }
        });
        Ok(found / (share * positives))
    }

    /// The area under the ROC curve against each other class alone, by class; 0.5 in its own place.
    ///
    /// # Errors
    /// A class has no rows.
    pub fn against_each(&self, classes: usize) -> Result<Vec<f64>, Undefined> {
        let (mut twice, mut total, mut tied) =
            (vec![0.0; classes], vec![0.0; classes], vec![0.0; classes]);
        let (mut above, own) = (0.0, self.positive as usize);
        let mut touched: Vec<usize> = Vec::new();
        for (row, last_of_tie) in self.ranking.ordered() {
            let label = self.labels[row] as usize;
            if tied[label] == 0.0 {
                touched.push(label);
            }
            tied[label] += self.masses.of(row);
            if last_of_tie {
                let here = tied[own];
                for label in touched.drain(..) {
                    twice[label] += tied[label] * (2.0 * above + here);
                    total[label] += tied[label];
                    tied[label] = 0.0;
                }
                above += here;
            }
        }
        let area = |class: usize| match total[class] > 0.0 {
            false => Err(Undefined::MissingClass { class }),
            true if class == own => Ok(0.5),
            true => Ok((twice[class] / (2.0 * above * total[class])).min(1.0)),
        };
        if above > 0.0 {
            (0..classes).map(area).collect()
        } else {
            Err(Undefined::MissingClass { class: own })
        }
    }
}
