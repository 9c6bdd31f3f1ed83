//! ROC AUC and average precision of rows that each count once: what [`super::ranking::Ranking`] gives,
//! without keeping the order. Only the scores are sorted, in buckets that work beside each other.

use rayon::prelude::*;

use super::undefined::Undefined;

/// Buckets of equal width. So many that each fits into the nearest cache when there are millions of
/// rows, and always the same, so that sums are.
const BUCKETS: usize = 1024;
/// Rows that are dealt out to the buckets together.
const ROWS: usize = 1 << 19;

/// Areas under curves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Areas {
    /// Area under the ROC curve.
    pub roc_auc: f64,
    /// Average precision.
    pub average_precision: f64,
}

/// Both areas of rows whose scores are from 0 to 1; for others there is none. Labels are 0 or 1.
///
/// # Errors
/// One class only.
pub fn areas(labels: &[f64], scores: &[f64]) -> Result<Option<Areas>, Undefined> {
    if !scores.par_chunks(ROWS).all(|part| part.iter().all(|s| (0.0..=1.0).contains(s))) {
        return Ok(None);
    }
    let parts: Vec<Part> = labels
        .par_chunks(ROWS)
        .zip(scores.par_chunks(ROWS))
        .map(|(labels, scores)| Part::new(labels, scores))
        .collect();
    // From the highest scores down; `before` has what lies above each bucket.
    let mut before = Vec::with_capacity(BUCKETS);
    let mut above = Counted::default();
    for bucket in (0..BUCKETS).rev() {
        before.push((bucket, above));
        for part in &parts {
            above.add(part.counted[bucket]);
        }
    }
    if above.positives == 0 || above.negatives == 0 {
        return Err(Undefined::OneClass { class: usize::from(above.negatives == 0) });
    }
    let sums: Vec<(u128, f64)> = before
        .into_par_iter()
        .map_init(Vec::new, |keys, (bucket, before)| {
            keys.clear();
            parts.iter().for_each(|part| keys.extend_from_slice(part.bucket(bucket)));
            keys.sort_unstable();
            walk(keys, before)
        })
        .collect();
    let twice: u128 = sums.iter().map(|(twice, _)| twice).sum();
    let precision: f64 = sums.iter().map(|(_, precision)| precision).sum();
    let (positives, negatives) = (above.positives as f64, above.negatives as f64);
    Ok(Some(Areas {
        roc_auc: twice as f64 / (2.0 * positives * negatives),
        average_precision: precision / positives,
    }))
}

/// Goes down one bucket: twice the pairs in the right order whose negative lies here, and Σ positives ×
/// precision.
fn walk(keys: &[u64], before: Counted) -> (u128, f64) {
    let Counted { mut positives, mut negatives } = before;
    let (mut twice, mut precision) = (0u128, 0.0);
    let mut rest = keys;
    while let Some(last) = rest.last() {
        let score = last >> 1;
        let (mut here, mut total) = (last & 1, 1);
        rest = &rest[..rest.len() - 1];
        while let Some(tied) = rest.last().filter(|key| *key >> 1 == score) {
            here += tied & 1;
            total += 1;
            rest = &rest[..rest.len() - 1];
        }
        twice += u128::from(total - here) * u128::from(2 * positives + here);
        positives += here;
        negatives += total - here;
        if here > 0 {
            precision += here as f64 * positives as f64 / (positives + negatives) as f64;
        }
    }
    (twice, precision)
}

/// Numbers of rows.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    positives: u64,
    negatives: u64,
}

impl Counted {
    fn add(&mut self, other: Self) {
        self.positives += other.positives;
        self.negatives += other.negatives;
    }
}

/// Some of the rows, bucket after bucket.
struct Part {
    /// The bits of the score, and behind them the label.
    keys: Vec<u64>,
    counted: Vec<Counted>,
    ends: Vec<usize>,
}

impl Part {
    fn new(labels: &[f64], scores: &[f64]) -> Self {
        let mut counted = vec![Counted::default(); BUCKETS];
        for (label, score) in labels.iter().zip(scores) {
            let counted = &mut counted[bucket_of(*score)];
            let positive = u64::from(*label == 1.0);
            counted.positives += positive;
            counted.negatives += 1 - positive;
        }
        let mut start = 0;
        let mut ends: Vec<usize> = counted
            .iter()
            .map(|c| {
                let here = start;
                start += (c.positives + c.negatives) as usize;
                here
            })
            .collect();
        let mut keys = vec![0; scores.len()];
        for (label, score) in labels.iter().zip(scores) {
            let next = &mut ends[bucket_of(*score)];
            // −0 is 0; of numbers that are not negative the first bit is free.
            keys[*next] = (*score + 0.0).to_bits() << 1 | u64::from(*label == 1.0);
            *next += 1;
        }
        Self { keys, counted, ends }
    }

    fn bucket(&self, bucket: usize) -> &[u64] {
        let start = if bucket == 0 { 0 } else { self.ends[bucket - 1] };
        &self.keys[start..self.ends[bucket]]
    }
}

fn bucket_of(score: f64) -> usize {
    ((score * BUCKETS as f64) as usize).min(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::ranking::Ranking;

    #[test]
    fn scores_that_are_no_probabilities_have_none() {
        assert_eq!(areas(&[0.0, 1.0], &[0.5, 1.5]), Ok(None));
        assert_eq!(areas(&[0.0, 1.0], &[-0.1, 0.5]), Ok(None));
        assert_eq!(areas(&[1.0, 1.0], &[0.1, 0.5]), Err(Undefined::OneClass { class: 1 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn they_are_those_of_the_ranking(
            rows in prop::collection::vec((any::<bool>(), 0..=40u8), 2..200),
            tiny in any::<bool>(),
        ) {
            let scale = if tiny { 1e-5 } else { 1.0 } / 40.0;
            let labels: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.1) * scale).collect();
            let ranking = Ranking::new(&labels, &scores);
            match areas(&labels, &scores) {
                Err(why) => prop_assert_eq!(ranking.roc_auc(None), Err(why)),
                Ok(found) => {
                    let found = found.expect("probabilities");
                    prop_assert_eq!(Ok(found.roc_auc), ranking.roc_auc(None));
                    let precision = ranking.average_precision(None).expect("two classes");
                    prop_assert!((found.average_precision - precision).abs() < 1e-14);
                }
            }
        }
    }
}
