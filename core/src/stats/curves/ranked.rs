//! The curves of a ranking: what a threshold at each score would find.

use super::thinned::Thinner;
use super::{drawable, weight};
use crate::stats::sample::Sample;
use crate::stats::undefined::Undefined;

/// Positives and negatives of a binary task, each in rising order of their scores.
///
/// Both are sorted for themselves and merged while walking: that is faster than sorting rows, and
/// needs no index.
#[derive(Debug)]
pub struct Ranked {
    positives: Sorted,
    negatives: Sorted,
}

/// Scores in rising order, each with its weight.
#[derive(Debug)]
enum Sorted {
    Plain(Vec<u64>),
    Weighted(Vec<(u64, f64)>),
}

/// What lies at or above a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The score.
    pub threshold: f64,
    /// Weight of the positives.
    pub true_positives: f64,
    /// Weight of the negatives.
    pub false_positives: f64,
}

impl Ranked {
    /// Sorts the rows of a binary task. Rows that weigh nothing are left out, as scikit-learn does.
    ///
    /// # Errors
    /// No rows, a number that is not finite, one class only.
    pub fn new(sample: &Sample<'_>) -> Result<Self, Undefined> {
        drawable(sample)?;
        let out = Self { positives: Sorted::of(sample, 1.0), negatives: Sorted::of(sample, 0.0) };
        match (out.positives.len(), out.negatives.len()) {
            (0, 0) => Err(Undefined::NoRows),
            (0, _) => Err(Undefined::OneClass { class: 0 }),
            (_, 0) => Err(Undefined::OneClass { class: 1 }),
            _ => Ok(out),
        }
    }

    /// Calls `step` at each distinct score, highest first.
    pub fn walk(&self, mut step: impl FnMut(Found)) {
        let (mut i, mut j) = (self.positives.len(), self.negatives.len());
        let (mut above, mut below) = (0.0, 0.0);
        while let Some(key) = self.positives.before(i).max(self.negatives.before(j)) {
            above += self.positives.take(&mut i, key);
            below += self.negatives.take(&mut j, key);
            let threshold = score_of(key);
            step(Found { threshold, true_positives: above, false_positives: below });
        }
    }

    /// Points (false-positive rate, true-positive rate) from (0, 0) to (1, 1), one a distinct score.
    pub fn roc(&self) -> Vec<(f64, f64)> {
        let mut points = vec![(0.0, 0.0)];
        self.each_roc(|point| points.push(point));
        points
    }

    /// As [`Self::roc`], in at most `limit` points that keep the shape.
    pub fn roc_thinned(&self, limit: usize) -> Vec<(f64, f64)> {
        let mut thinner = Thinner::new(limit);
        thinner.push((0.0, 0.0));
        self.each_roc(|point| thinner.push(point));
        thinner.finish()
    }

    /// Points (recall, precision) in rising order of recall, one a distinct score, after the point
    /// (0, 1) that stands for no answer at all.
    pub fn precision_recall(&self) -> Vec<(f64, f64)> {
        let mut points = vec![(0.0, 1.0)];
        self.each_precision(|point| points.push(point));
        points
    }

    /// As [`Self::precision_recall`], in at most `limit` points that keep the shape.
    pub fn precision_recall_thinned(&self, limit: usize) -> Vec<(f64, f64)> {
        let mut thinner = Thinner::new(limit);
        thinner.push((0.0, 1.0));
        self.each_precision(|point| thinner.push(point));
        thinner.finish()
    }

    /// Share of the weight that is positive: the precision of guessing.
    pub fn prevalence(&self) -> f64 {
        let (above, below) = self.totals();
        above / (above + below)
    }

    fn each_roc(&self, mut point: impl FnMut((f64, f64))) {
        let (above, below) = self.totals();
        self.walk(|f| point((f.false_positives / below, f.true_positives / above)));
    }

    fn each_precision(&self, mut point: impl FnMut((f64, f64))) {
        let (above, _) = self.totals();
        self.walk(|f| {
            let answered = f.true_positives + f.false_positives;
            point((f.true_positives / above, f.true_positives / answered));
        });
    }

    /// Weights of all positives and of all negatives, added in the order of [`Self::walk`], so that
    /// the last rate is exactly 1.
    fn totals(&self) -> (f64, f64) {
        let (mut above, mut below) = (0.0, 0.0);
        self.walk(|f| (above, below) = (f.true_positives, f.false_positives));
        (above, below)
    }
}

impl Sorted {
    fn of(sample: &Sample<'_>, label: f64) -> Self {
        let rows = (0..sample.rows()).filter(|i| sample.labels[*i] == label);
        let key = |i: usize| key_of(sample.scores[i]);
        if sample.weights.is_none() {
            let mut keys: Vec<u64> = rows.map(key).collect();
            keys.sort_unstable();
            return Self::Plain(keys);
        }
        let pairs = rows.map(|i| (key(i), weight(sample, i)));
        let mut pairs: Vec<(u64, f64)> = pairs.filter(|(_, weight)| *weight > 0.0).collect();
        pairs.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        Self::Weighted(pairs)
    }

    fn len(&self) -> usize {
        match self {
            Self::Plain(keys) => keys.len(),
            Self::Weighted(pairs) => pairs.len(),
        }
    }

    fn at(&self, i: usize) -> (u64, f64) {
        match self {
            Self::Plain(keys) => (keys[i], 1.0),
            Self::Weighted(pairs) => pairs[i],
        }
    }

    /// The key before place `i`.
    fn before(&self, i: usize) -> Option<u64> {
        i.checked_sub(1).map(|i| self.at(i).0)
    }

    /// Walks down from place `end` while the key is `key`, and gives the weight passed.
    fn take(&self, end: &mut usize, key: u64) -> f64 {
        let mut sum = 0.0;
        while *end > 0 {
            let (found, weight) = self.at(*end - 1);
            if found != key {
                break;
            }
            sum += weight;
            *end -= 1;
        }
        sum
    }
}

/// A whole number that is in the order of the scores; −0 and 0 are the same.
fn key_of(score: f64) -> u64 {
    let bits = (score + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn score_of(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_keep_the_order_and_read_back() {
        let scores = [-3.5, -1e-300, 0.0, 1e-300, 0.2, 7e9];
        for pair in scores.windows(2) {
            assert!(key_of(pair[0]) < key_of(pair[1]));
        }
        assert!(scores.iter().all(|s| score_of(key_of(*s)) == *s));
        assert_eq!(key_of(-0.0), key_of(0.0));
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        let new =
            |labels: &[f64], scores: &[f64]| Ranked::new(&Sample::binary(labels, scores)).err();
        assert_eq!(new(&[], &[]), Some(Undefined::NoRows));
        assert_eq!(new(&[1.0], &[0.5]), Some(Undefined::OneClass { class: 1 }));
        assert_eq!(new(&[0.0], &[0.5]), Some(Undefined::OneClass { class: 0 }));
        assert!(new(&[0.0, 1.0], &[0.5, f64::NAN]).is_some());
        assert!(new(&[0.0, 1.0], &[0.5]).is_some());
    }

    proptest! {
        #[test]
        fn rates_rise_and_neither_row_order_nor_repetition_matters(
            rows in proptest::collection::vec((any::<bool>(), 0_u8..12, 1_u8..4), 2..60),
        ) {
            let labels: Vec<f64> = rows.iter().map(|r| f64::from(u8::from(r.0))).collect();
            let scores: Vec<f64> = rows.iter().map(|r| f64::from(r.1) / 11.0).collect();
            let weights: Vec<f64> = rows.iter().map(|r| f64::from(r.2)).collect();
            let weighted = Sample { weights: Some(&weights), ..Sample::binary(&labels, &scores) };
            let Ok(ranked) = Ranked::new(&weighted) else { return Ok(()) };
            let again = |values: &[f64]| -> Vec<f64> {
                let rows = values.iter().zip(&rows).rev();
                rows.flat_map(|(v, r)| vec![*v; usize::from(r.2)]).collect()
            };
            let (labels, scores) = (again(&labels), again(&scores));
            let repeated = Ranked::new(&Sample::binary(&labels, &scores)).expect("two classes");
            prop_assert_eq!(ranked.roc(), repeated.roc());
            prop_assert_eq!(ranked.precision_recall(), repeated.precision_recall());
            let points = ranked.roc();
            prop_assert!(points.windows(2).all(|w| w[0].0 <= w[1].0 && w[0].1 <= w[1].1));
            prop_assert_eq!(points.last(), Some(&(1.0, 1.0)));
        }
    }
}
