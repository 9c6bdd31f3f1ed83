//! Metrics of the order that scores put rows in: ROC AUC, average precision.
//!
//! Rows are sorted once; each metric is then one pass over the sorted rows, also for a resample
//! that counts a row several times or not at all.

use rayon::prelude::*;

use super::order::sort_key;
use super::undefined::Undefined;

/// Rows in falling order of their scores; of those that are tied, positives first. Scores are
/// finite; labels are 0 or 1.
#[derive(Debug)]
pub struct Ranking {
    pub(super) places: Vec<Place>,
    /// The places of rows with the same score, where there are several.
    pub(super) ties: Vec<(u32, u32)>,
}

/// Which row is there, and whether it is a negative one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u32);

impl Place {
    const NEGATIVE: u32 = 1 << 31;

    fn new(row: u32, positive: bool) -> Self {
        Self(if positive { row } else { row | Self::NEGATIVE })
    }

    pub(super) fn row(self) -> usize {
        (self.0 & !Self::NEGATIVE) as usize
    }

    pub(super) fn positive(self) -> bool {
        self.0 & Self::NEGATIVE == 0
    }
}

impl Ranking {
    /// Sorts the rows. At most 2³¹ of them.
    pub fn new(labels: &[f64], scores: &[f64]) -> Self {
        let place = |row: usize| Place::new(row as u32, labels[row] == 1.0);
        let keyed = |(row, score): (usize, &f64)| (!sort_key(*score), place(row));
        let mut rows: Vec<(u64, Place)> = scores.iter().enumerate().map(keyed).collect();
        rows.par_sort_unstable();
        let mut ties = Vec::new();
        let mut start = 0;
        for tied in rows.chunk_by(|a, b| a.0 == b.0) {
            let end = start + tied.len() as u32;
            if tied.len() > 1 {
                ties.push((start, end));
            }
            start = end;
        }
        Self { places: rows.into_iter().map(|(_, place)| place).collect(), ties }
    }

    /// The rows, highest score first, and whether the next one has a lower score.
    pub fn ordered(&self) -> impl Iterator<Item = (usize, bool)> + '_ {
        let mut ties = self.ties.iter().peekable();
        self.places.iter().zip(1u32..).map(move |(place, next)| {
            let last_of_tie = ties.peek().is_none_or(|(start, end)| next <= *start || next == *end);
            if ties.peek().is_some_and(|(_, end)| next == *end) {
                ties.next();
            }
            (place.row(), last_of_tie)
        })
    }

    /// Calls `step` with the numbers of negatives and positives at each distinct score, highest
    /// first. Row `i` counts `counts[i]` times, without counts once.
    fn walk(&self, counts: Option<&[u32]>, mut step: impl FnMut(u64, u64)) {
        let count = |place: &Place| counts.map_or(1, |counts| u64::from(counts[place.row()]));
        let mut group = |places: &[Place]| {
            let (mut negatives, mut positives) = (0, 0);
            for place in places {
                *if place.positive() { &mut positives } else { &mut negatives } += count(place);
            }
            step(negatives, positives);
        };
        let mut single = 0;
        let end = self.places.len() as u32;
        for (start, end) in self.ties.iter().copied().chain([(end, end)]) {
            self.places[single as usize..start as usize].chunks(1).for_each(&mut group);
            if start < end {
                group(&self.places[start as usize..end as usize]);
            }
            single = end;
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
    fn minus_zero_is_zero() {
        let ranking = Ranking::new(&[1.0, 0.0, 1.0], &[-0.0, 0.0, -1.0]);
        assert_eq!(ranking.roc_auc(None), Ok(0.25));
        assert_eq!(ranking.ordered().collect::<Vec<_>>(), [(0, false), (1, true), (2, true)]);
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
