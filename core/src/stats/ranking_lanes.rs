//! Metrics of an order for several resamples at once. Written so that the compiler can work on all of
//! them with each instruction; the values are those of [`Ranking::roc_auc`] and
//! [`Ranking::average_precision`], to the last bit.

use super::bootstrap::{Counts, LANES};
use super::ranking::{Place, Ranking};

/// Rows whose counts are added up in 16 bits. As the products of a class with the other are summed
/// too, together they must not exceed [`MOST_COUNTED`].
const PART: usize = 256;
/// (510 / 2)² is the most that two numbers whose sum is 510 can multiply to: below 2¹⁶.
const MOST_COUNTED: u16 = 510;

/// Of each resample.
type Sums = [u64; LANES];

impl Ranking {
    /// As [`Ranking::roc_auc`].
    pub fn roc_auc_lanes(&self, counts: &[Counts]) -> [Option<f64>; LANES] {
        let Pairs { won, positives, negatives } = self.pairs(counts);
        let tied = self.tied_pairs(counts);
        std::array::from_fn(|l| {
            let twice = 2 * won[l] - tied[l];
            let pairs = 2.0 * positives[l] as f64 * negatives[l] as f64;
            (pairs > 0.0).then(|| twice as f64 / pairs)
        })
    }

    /// The pairs of a positive and a negative that are in the right order, ties among them, which
    /// have their positives first.
    fn pairs(&self, counts: &[Counts]) -> Pairs {
        let mut pairs = Pairs::default();
        for places in self.places.chunks(PART) {
            if !pairs.add_part(places, counts) {
                pairs.add_many(places, counts);
            }
        }
        pairs
    }

    /// The pairs of a positive and a negative that have the same score.
    fn tied_pairs(&self, counts: &[Counts]) -> Sums {
        let mut tied = [0; LANES];
        for (start, end) in &self.ties {
            let places = &self.places[*start as usize..*end as usize];
            let first_negative = places.partition_point(|place| place.positive());
            let (positives, negatives) = places.split_at(first_negative);
            if !positives.is_empty() && !negatives.is_empty() {
                let (positives, negatives) = (summed(positives, counts), summed(negatives, counts));
                for l in 0..LANES {
                    tied[l] += positives[l] * negatives[l];
                }
            }
        }
        tied
    }

    /// As [`Ranking::average_precision`].
    pub fn average_precision_lanes(&self, counts: &[Counts]) -> [Option<f64>; LANES] {
        let mut so_far = Precision::default();
        let mut single = 0;
        let end = self.places.len() as u32;
        for (start, end) in self.ties.iter().copied().chain([(end, end)]) {
            for place in &self.places[single as usize..start as usize] {
                let counted = counts[place.row()].map(u32::from);
                if place.positive() {
                    so_far.positives(&counted)
                } else {
                    so_far.negatives(&counted)
                }
            }
            let places = &self.places[start as usize..end as usize];
            let first_negative = places.partition_point(|place| place.positive());
            let (positives, negatives) = places.split_at(first_negative);
            so_far.negatives(&summed(negatives, counts).map(|sum| sum as u32));
            if !positives.is_empty() {
                so_far.positives(&summed(positives, counts).map(|sum| sum as u32));
            }
            single = end;
        }
        so_far.values()
    }
}

/// How often the rows of these places are drawn.
fn summed(places: &[Place], counts: &[Counts]) -> Sums {
    let mut sums = [0u64; LANES];
    for places in places.chunks(256) {
        let mut part = [0u16; LANES];
        for place in places {
            let counted = &counts[place.row()];
            for l in 0..LANES {
                part[l] = part[l].wrapping_add(u16::from(counted[l]));
            }
        }
        for l in 0..LANES {
            sums[l] += u64::from(part[l]);
        }
    }
    sums
}

/// Pairs of a positive with a negative after it.
#[derive(Debug, Default)]
struct Pairs {
    won: Sums,
    positives: Sums,
    negatives: Sums,
}

impl Pairs {
    /// Adds up to [`PART`] places in 16 bits; false, and nothing is added, where that is too little.
    fn add_part(&mut self, places: &[Place], counts: &[Counts]) -> bool {
        let (mut won, mut positives, mut negatives) = ([0u16; LANES], [0u16; LANES], [0u16; LANES]);
        for place in places {
            let counted = &counts[place.row()];
            // All ones or all zeros, so that there is no branch.
            let mask = 0u16.wrapping_sub(u16::from(place.positive()));
            for l in 0..LANES {
                let count = u16::from(counted[l]);
                let (positive, negative) = (count & mask, count & !mask);
                won[l] = won[l].wrapping_add(negative.wrapping_mul(positives[l]));
                positives[l] = positives[l].wrapping_add(positive);
                negatives[l] = negatives[l].wrapping_add(negative);
            }
        }
        if (0..LANES).any(|l| positives[l] + negatives[l] > MOST_COUNTED) {
            return false;
        }
        for l in 0..LANES {
            self.won[l] += self.positives[l] * u64::from(negatives[l]) + u64::from(won[l]);
            self.positives[l] += u64::from(positives[l]);
            self.negatives[l] += u64::from(negatives[l]);
        }
        true
    }

    fn add_many(&mut self, places: &[Place], counts: &[Counts]) {
        for place in places {
            let counted = counts[place.row()].map(u64::from);
            for (l, count) in counted.into_iter().enumerate() {
                if place.positive() {
                    self.positives[l] += count;
                } else {
                    self.won[l] += self.positives[l] * count;
                    self.negatives[l] += count;
                }
            }
        }
    }
}

/// What average precision adds up on the way down.
#[derive(Debug, Default)]
struct Precision {
    sum: [f64; LANES],
    found: [u32; LANES],
    total: [u32; LANES],
}

impl Precision {
    fn negatives(&mut self, counted: &[u32; LANES]) {
        for (total, count) in self.total.iter_mut().zip(counted) {
            *total += count;
        }
    }

    /// Positives, after the negatives with the same score.
    fn positives(&mut self, counted: &[u32; LANES]) {
        for (l, count) in counted.iter().enumerate() {
            self.found[l] += count;
            self.total[l] += count;
            // Where nothing was counted so far, 0 of 1 is as good as 0 of 0.
            let total = f64::from(self.total[l].max(1));
            self.sum[l] += f64::from(*count) * f64::from(self.found[l]) / total;
        }
    }

    fn values(&self) -> [Option<f64>; LANES] {
        std::array::from_fn(|l| {
            let (found, total) = (self.found[l], self.total[l]);
            (found > 0 && total > found).then(|| self.sum[l] / f64::from(found))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn agree(labels: &[f64], scores: &[f64], counts: &[Counts]) {
        let ranking = Ranking::new(labels, scores);
        let (auc, precision) =
            (ranking.roc_auc_lanes(counts), ranking.average_precision_lanes(counts));
        for lane in 0..LANES {
            let one: Vec<u32> = counts.iter().map(|counts| u32::from(counts[lane])).collect();
            assert_eq!(auc[lane], ranking.roc_auc(Some(&one)).ok());
            assert_eq!(precision[lane], ranking.average_precision(Some(&one)).ok());
        }
    }

    #[test]
    fn the_largest_counts_are_added_up_exactly() {
        let labels: Vec<f64> = (0..200).map(|row| f64::from(row % 3 == 0)).collect();
        for distinct in [1, 7, 1000] {
            let scores: Vec<f64> = (0..200).map(|row| f64::from(row * 37 % distinct)).collect();
            for most in [1, 15, 16, 255] {
                let lane = |row: usize, lane: usize| (most - (row * lane) % 2) as u8;
                let counts: Vec<Counts> =
                    (0..200).map(|row| std::array::from_fn(|l| lane(row, l))).collect();
                agree(&labels, &scores, &counts);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_lane_is_what_one_resample_gives(
            rows in prop::collection::vec((any::<bool>(), 0..30u8, prop::array::uniform16(0..4u8)), 1..120),
        ) {
            let labels: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.1) / 7.0 - 1.0).collect();
            let counts: Vec<Counts> = rows.iter().map(|row| row.2).collect();
            agree(&labels, &scores, &counts);
        }
    }
}
