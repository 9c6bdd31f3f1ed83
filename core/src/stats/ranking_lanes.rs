//! Metrics of an order for several resamples at once. Written so that the compiler can work on all of
//! them with each instruction; the values are those of [`Ranking::roc_auc`] and
//! [`Ranking::average_precision`], to the last bit.

use super::bootstrap::{Counts, LANES, totals};
use super::ranking::{Place, Ranking};

/// Rows whose counts are added up in 16 bits. As the products of a class with the other are summed
/// too, together they must not exceed [`MOST_COUNTED`].
const PART: usize = 256;
/// (510 / 2)² is the most that two numbers whose sum is 510 can multiply to: below 2¹⁶.
const MOST_COUNTED: u16 = 510;

/// Of each resample.
type Sums = [u64; LANES];

/// A metric of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// As [`Ranking::roc_auc`].
    RocAuc,
    /// As [`Ranking::average_precision`].
    Precision,
}

/// Metrics of an order of each resample, where they exist; those that nobody asked for do not.
#[derive(Debug, Clone, Copy)]
pub struct AreasLanes {
    roc_auc: [Option<f64>; LANES],
    precision: [Option<f64>; LANES],
}

impl AreasLanes {
    /// One of them.
    pub fn of(&self, area: Area) -> &[Option<f64>; LANES] {
        match area {
            Area::RocAuc => &self.roc_auc,
            Area::Precision => &self.precision,
        }
    }
}

impl Ranking {
    /// The metrics that are `asked` for, in one walk down the order. The counts of the next rows are
    /// brought near first: the rows of a score's neighbours lie anywhere.
    pub fn areas_lanes(&self, counts: &[Counts], asked: &[Area]) -> AreasLanes {
        let mut pairs = asked.contains(&Area::RocAuc).then(Pairs::default);
        let mut precision = asked.contains(&Area::Precision).then(Precision::default);
        let mut ties = Ties { ties: &self.ties, ..Ties::default() };
        let mut near = [[0; LANES]; PART];
        for (part, places) in self.places.chunks(PART).enumerate() {
            let near = &mut near[..places.len()];
            for (near, place) in near.iter_mut().zip(places) {
                *near = counts[place.row()];
            }
            if let Some(pairs) = &mut pairs {
                pairs.add(places, near);
            }
            ties.add(part * PART, places, near, precision.as_mut());
        }
        AreasLanes {
            roc_auc: pairs.map_or([None; LANES], |pairs| pairs.values(&ties.pairs)),
            precision: precision.map_or([None; LANES], |precision| precision.values()),
        }
    }
}

/// Rows that have their score in common with others: where they are, what was counted of those that
/// are being walked over, and their pairs so far.
#[derive(Debug, Default)]
struct Ties<'t> {
    ties: &'t [(u32, u32)],
    positives: Sums,
    negatives: Sums,
    pairs: Sums,
}

impl Ties<'_> {
    /// Adds the places from `first` on; what is not tied goes to the `precision` as it is.
    fn add(
        &mut self,
        first: usize,
        places: &[Place],
        near: &[Counts],
        mut precision: Option<&mut Precision>,
    ) {
        let mut done = 0;
        while done < places.len() {
            let next = self.ties.first().map_or((usize::MAX, usize::MAX), |(start, end)| {
                ((*start as usize).saturating_sub(first), *end as usize - first)
            });
            let (single, tied) = (next.0.clamp(done, places.len()), next.1.min(places.len()));
            if let Some(precision) = &mut precision {
                precision.add(&places[done..single], &near[done..single]);
            }
            done = single;
            if single < places.len() {
                self.add_tied(&places[single..tied], &near[single..tied]);
                done = tied;
                if next.1 == tied {
                    self.end(precision.as_deref_mut());
                }
            }
        }
    }

    fn add_tied(&mut self, places: &[Place], near: &[Counts]) {
        let first_negative = places.partition_point(|place| place.positive());
        let (positives, negatives) = near.split_at(first_negative);
        for (sum, rows) in [(&mut self.positives, positives), (&mut self.negatives, negatives)] {
            if !rows.is_empty() {
                let more = totals(rows);
                (0..LANES).for_each(|l| sum[l] += more[l]);
            }
        }
    }

    /// The last row of a score was added.
    fn end(&mut self, precision: Option<&mut Precision>) {
        let positives = std::mem::take(&mut self.positives);
        let negatives = std::mem::take(&mut self.negatives);
        (0..LANES).for_each(|l| self.pairs[l] += positives[l] * negatives[l]);
        if let Some(precision) = precision {
            precision.negatives(&negatives.map(|sum| sum as u32));
            precision.positives(&positives.map(|sum| sum as u32));
        }
        self.ties = &self.ties[1..];
    }
}

/// Pairs of a positive with a negative after it.
#[derive(Debug, Default)]
struct Pairs {
    won: Sums,
    positives: Sums,
    negatives: Sums,
}

impl Pairs {
    /// Adds up to [`PART`] places.
    fn add(&mut self, places: &[Place], near: &[Counts]) {
        if !self.add_part(places, near) {
            self.add_many(places, near);
        }
    }

    /// The area, where `tied` pairs count half.
    fn values(&self, tied: &Sums) -> [Option<f64>; LANES] {
        std::array::from_fn(|l| {
            let twice = 2 * self.won[l] - tied[l];
            let pairs = 2.0 * self.positives[l] as f64 * self.negatives[l] as f64;
            (pairs > 0.0).then(|| twice as f64 / pairs)
        })
    }

    /// Adds in 16 bits; false, and nothing is added, where that is too little.
    fn add_part(&mut self, places: &[Place], near: &[Counts]) -> bool {
        let (mut won, mut positives, mut negatives) = ([0u16; LANES], [0u16; LANES], [0u16; LANES]);
        for (place, counted) in places.iter().zip(near) {
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

    fn add_many(&mut self, places: &[Place], near: &[Counts]) {
        for (place, counted) in places.iter().zip(near) {
            let counted = counted.map(u64::from);
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
    /// Rows of which each has a score of its own.
    fn add(&mut self, places: &[Place], near: &[Counts]) {
        for (place, counted) in places.iter().zip(near) {
            let counted = counted.map(u32::from);
            if place.positive() {
                self.positives(&counted);
            } else {
                self.negatives(&counted);
            }
        }
    }

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
        let both = ranking.areas_lanes(counts, &[Area::RocAuc, Area::Precision]);
        let (auc, precision) = (both.of(Area::RocAuc), both.of(Area::Precision));
        for area in [Area::RocAuc, Area::Precision] {
            assert_eq!(ranking.areas_lanes(counts, &[area]).of(area), both.of(area));
        }
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
            rows in prop::collection::vec((any::<bool>(), 0..30u8, prop::array::uniform16(0..4u8)), 1..600),
        ) {
            let labels: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.1) / 7.0 - 1.0).collect();
            let counts: Vec<Counts> = rows.iter().map(|row| row.2).collect();
            agree(&labels, &scores, &counts);
        }
    }
}
