//! Metrics of the order that scores put rows in: ROC AUC, average precision.
//!
//! Rows are sorted once; each metric is then one pass over the sorted rows, also for a resample
//! that counts a row several times or not at all.

use super::undefined::Undefined;

/// Rows in falling order of their scores. Scores are finite; labels are 0 or 1.
#[derive(Debug)]
pub struct Ranking {
    rows: Vec<Ranked>,
}

#[derive(Debug, Clone, Copy)]
struct Ranked {
    row: u32,
    positive: bool,
    /// The next row has a lower score.
    last_of_tie: bool,
}

impl Ranking {
    /// Sorts the rows. At most 2³² of them.
    pub fn new(labels: &[f64], scores: &[f64]) -> Self {
        let mut order: Vec<u32> = (0..labels.len() as u32).collect();
        order.sort_unstable_by(|a, b| scores[*b as usize].total_cmp(&scores[*a as usize]));
        let tied = |a: u32, b: u32| scores[a as usize] == scores[b as usize];
        let rows = order.iter().enumerate().map(|(i, row)| Ranked {
            row: *row,
            positive: labels[*row as usize] == 1.0,
            last_of_tie: order.get(i + 1).is_none_or(|next| !tied(*row, *next)),
        });
        Self { rows: rows.collect() }
    }

    /// The rows in falling order of their scores, each with whether the next one has a lower score.
    pub fn ordered(&self) -> impl Iterator<Item = (usize, bool)> + '_ {
        self.rows.iter().map(|ranked| (ranked.row as usize, ranked.last_of_tie))
    }

    /// Calls `step` with the numbers of negatives and positives at each distinct score, highest
    /// first. Row `i` counts `counts[i]` times, without counts once.
    fn walk(&self, counts: Option<&[u32]>, mut step: impl FnMut(u64, u64)) {
        let (mut negatives, mut positives) = (0u64, 0u64);
        for ranked in &self.rows {
            let count = counts.map_or(1, |counts| u64::from(counts[ranked.row as usize]));
            if ranked.positive {
                positives += count;
            } else {
                negatives += count;
            }
            if ranked.last_of_tie {
                step(negatives, positives);
                (negatives, positives) = (0, 0);
            }
        }
    }

    /// Area under the ROC curve: the share of (positive, negative) pairs in the right order, where
    /// a tie counts half (Mann-Whitney U over P·N). Exact until the last division.
    ///
    /// # Errors
    /// One class only.
    pub fn roc_auc(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        let (mut above, mut below, mut twice) = (0u64, 0u64, 0u128);
        self.walk(counts, |negatives, positives| {
            twice += u128::from(negatives) * u128::from(2 * above + positives);
            above += positives;
            below += negatives;
        });
        both_classes(below, above)?;
        Ok(twice as f64 / (2.0 * above as f64 * below as f64))
    }

    /// Average precision: Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores, highest first.
    ///
    /// # Errors
    /// One class only.
    pub fn average_precision(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        let (mut found, mut false_alarms, mut sum) = (0u64, 0u64, 0.0);
        self.walk(counts, |negatives, positives| {
            found += positives;
            false_alarms += negatives;
            if positives > 0 {
                sum += positives as f64 * found as f64 / (found + false_alarms) as f64;
            }
        });
        both_classes(false_alarms, found)?;
        Ok(sum / found as f64)
    }
}

fn both_classes(negatives: u64, positives: u64) -> Result<(), Undefined> {
    match (negatives, positives) {
        (0, 0) => Err(Undefined::NoRows),
        (0, _) => Err(Undefined::OneClass { class: 1 }),
        (_, 0) => Err(Undefined::OneClass { class: 0 }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tie_counts_half() {
        let ranking = Ranking::new(&[1.0, 0.0], &[0.5, 0.5]);
        assert_eq!(ranking.roc_auc(Some(&[1, 1])), Ok(0.5));
        assert_eq!(ranking.roc_auc(Some(&[1, 0])), Err(Undefined::OneClass { class: 1 }));
    }

    #[test]
    fn counting_a_row_twice_is_having_it_twice() {
        let labels = [1.0, 0.0, 1.0, 0.0];
        let scores = [0.9, 0.8, 0.3, 0.1];
        let weighted = Ranking::new(&labels, &scores);
        let doubled =
            Ranking::new(&[1.0, 0.0, 0.0, 1.0, 0.0, 0.0], &[0.9, 0.8, 0.8, 0.3, 0.1, 0.1]);
        assert_eq!(weighted.roc_auc(Some(&[1, 2, 1, 2])), doubled.roc_auc(Some(&[1; 6])));
        assert_eq!(
            weighted.average_precision(Some(&[1, 2, 1, 2])),
            doubled.average_precision(Some(&[1; 6]))
        );
    }
}
