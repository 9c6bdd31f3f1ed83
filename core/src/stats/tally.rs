//! Sums over the rows of several resamples, for several metrics in one pass: what two of them need is
//! added up once. Each sum is made in the order of the rows, as [`super::masses::Masses`] makes it for
//! one resample after the other, and is the same to the last bit.

use super::bootstrap::{Counts, LANES, totals};
use super::masses_lanes::Lanes;
use super::sample::Sample;

/// Rows whose counts are gone over by one sum after the other while they are near: 256 kB. What is
/// counted of them fits into 32 bits.
const PART: usize = 1 << 14;
/// Rows whose masses are kept as floating-point numbers at a time: 16 kB.
const STEP: usize = 128;

/// What is added up: how much each row counts, times its value where it has one, in the slot of the row
/// where rows are told apart.
#[derive(Debug, Clone, Copy)]
pub struct Term<'t> {
    weights: Option<&'t [f64]>,
    slots: Option<&'t [u32]>,
    values: Option<&'t [f64]>,
    slot_count: usize,
}

impl<'t> Term<'t> {
    /// How much all rows count.
    pub fn mass(sample: &Sample<'t>) -> Self {
        Self { weights: sample.weights, slots: None, values: None, slot_count: 1 }
    }

    /// In the slot of each row, from 0 to below `slot_count`.
    #[must_use]
    pub fn in_slots(self, slots: &'t [u32], slot_count: usize) -> Self {
        Self { slots: Some(slots), slot_count, ..self }
    }

    /// Times the value of each row.
    #[must_use]
    pub fn times(self, values: &'t [f64]) -> Self {
        Self { values: Some(values), ..self }
    }

    /// Whether both are of the same columns: the very same ones, not such as look alike.
    fn is(&self, other: &Self) -> bool {
        let same = |a: Option<&[f64]>, b| a.map(<[f64]>::as_ptr) == b;
        same(self.weights, other.weights.map(<[f64]>::as_ptr))
            && same(self.values, other.values.map(<[f64]>::as_ptr))
            && self.slots.map(<[u32]>::as_ptr) == other.slots.map(<[u32]>::as_ptr)
            && self.slot_count == other.slot_count
    }

    /// Whether it adds up whole numbers only.
    fn is_count(&self) -> bool {
        self.weights.is_none() && self.values.is_none()
    }

    /// Adds the rows from `first` on, of which each counts once each time it is drawn.
    fn count(&self, first: usize, counts: &[Counts], sums: &mut [Lanes]) {
        let Some(slots) = self.slots else {
            add(&mut sums[0], &totals(counts).map(|total| total as f64));
            return;
        };
        let mut counted = vec![[0u32; LANES]; self.slot_count];
        for (counts, slot) in counts.iter().zip(&slots[first..]) {
            let sums = &mut counted[*slot as usize];
            for l in 0..LANES {
                sums[l] += u32::from(counts[l]);
            }
        }
        for (sums, counted) in sums.iter_mut().zip(counted) {
            add(sums, &counted.map(f64::from));
        }
    }

    /// How much each of the rows from `first` on counts.
    fn masses(&self, first: usize, counts: &[Counts], masses: &mut [Lanes]) {
        match self.weights {
            None => {
                for (masses, counts) in masses.iter_mut().zip(counts) {
                    *masses = counts.map(f64::from);
                }
            }
            Some(weights) => {
                for ((masses, counts), weight) in
                    masses.iter_mut().zip(counts).zip(&weights[first..])
                {
                    *masses = counts.map(|count| weight * f64::from(count));
                }
            }
        }
    }

    /// Adds the rows from `first` on, which count as much as `masses` says.
    fn add(&self, first: usize, masses: &[Lanes], sums: &mut [Lanes]) {
        let values = self.values.map(|values| &values[first..][..masses.len()]);
        let Some(slots) = self.slots else {
            return add_run(&mut sums[0], masses, values);
        };
        let mut done = 0;
        for run in slots[first..][..masses.len()].chunk_by(|a, b| a == b) {
            let rows = done..done + run.len();
            let values = values.map(|values| &values[rows.clone()]);
            add_run(&mut sums[run[0] as usize], &masses[rows.clone()], values);
            done = rows.end;
        }
    }
}

/// Rows of one slot.
fn add_run(sum: &mut Lanes, masses: &[Lanes], values: Option<&[f64]>) {
    let mut lanes = *sum;
    match values {
        None => masses.iter().for_each(|masses| add(&mut lanes, masses)),
        Some(values) => {
            for (masses, value) in masses.iter().zip(values) {
                for l in 0..LANES {
                    lanes[l] += masses[l] * value;
                }
            }
        }
    }
    *sum = lanes;
}

#[inline(always)]
fn add(sum: &mut Lanes, more: &Lanes) {
    for l in 0..LANES {
        sum[l] += more[l];
    }
}

/// What is to be added up, each once.
#[derive(Debug, Default)]
pub struct Tally<'t> {
    terms: Vec<Term<'t>>,
}

impl<'t> Tally<'t> {
    /// Adds a term, where it is not there yet. Its place among the [`Self::sums`].
    pub fn add(&mut self, term: Term<'t>) -> usize {
        let known = self.terms.iter().position(|known| known.is(&term));
        known.unwrap_or_else(|| {
            self.terms.push(term);
            self.terms.len() - 1
        })
    }

    /// Of each term its sum in each slot.
    pub fn sums(&self, counts: &[Counts]) -> Vec<Vec<Lanes>> {
        let zero = |term: &Term<'_>| vec![[0.0; LANES]; term.slot_count];
        let mut sums: Vec<Vec<Lanes>> = self.terms.iter().map(zero).collect();
        let mut masses = vec![[0.0; LANES]; STEP];
        for (part, counts) in counts.chunks(PART).enumerate() {
            self.add_part(part * PART, counts, &mut masses, &mut sums);
        }
        sums
    }

    fn add_part(
        &self,
        first: usize,
        counts: &[Counts],
        masses: &mut [Lanes],
        sums: &mut [Vec<Lanes>],
    ) {
        for (term, sums) in self.terms.iter().zip(&mut *sums).filter(|(term, _)| term.is_count()) {
            term.count(first, counts, sums);
        }
        for (step, counts) in counts.chunks(STEP).enumerate() {
            let first = first + step * STEP;
            let mut of: Option<&Term<'_>> = None;
            for (term, sums) in self.terms.iter().zip(&mut *sums) {
                if term.is_count() {
                    continue;
                }
                let weights = term.weights.map(<[f64]>::as_ptr);
                if of.is_none_or(|of| of.weights.map(<[f64]>::as_ptr) != weights) {
                    term.masses(first, counts, masses);
                    of = Some(term);
                }
                term.add(first, &masses[..counts.len()], sums);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::masses::Masses;

    /// More rows than a part has, with and without weights: each sum is what adding up one row after
    /// the other gives, and a term that was there is not added twice.
    #[test]
    fn sums_are_those_of_one_row_after_the_other() {
        let rows = PART + 3 * STEP + 5;
        let number = |row: usize, by: usize| (row * by % 1009) as f64 / 1009.0;
        let values: Vec<f64> = (0..rows).map(|row| number(row, 37) - 0.4).collect();
        let weights: Vec<f64> = (0..rows).map(|row| number(row, 91) * 3.0).collect();
        let slots: Vec<u32> = (0..rows).map(|row| (row / 7 % 3) as u32).collect();
        let counts: Vec<Counts> =
            (0..rows).map(|row| std::array::from_fn(|l| ((row * (l + 3)) % 5) as u8)).collect();
        let plain = Sample::regression(&values, &values);
        let weighted = plain.with_weights(&weights);
        let mut tally = Tally::default();
        let mut asked = Vec::new();
        for sample in [&plain, &weighted] {
            let mass = Term::mass(sample);
            for term in [mass, mass.times(&values)] {
                asked.push((*sample, term, tally.add(term), false));
                asked.push((*sample, term, tally.add(term.in_slots(&slots, 3)), true));
            }
        }
        assert_eq!(tally.add(Term::mass(&plain).times(&values)), asked[2].2);
        assert_eq!(tally.terms.len(), 8);
        let sums = tally.sums(&counts);
        for (sample, term, place, in_slots) in asked {
            for lane in 0..LANES {
                let one: Vec<u32> = counts.iter().map(|counts| u32::from(counts[lane])).collect();
                let mut expected = vec![0.0; if in_slots { 3 } else { 1 }];
                Masses::new(&sample, Some(&one)).each(rows, |row, mass| {
                    let slot = if in_slots { slots[row] as usize } else { 0 };
                    expected[slot] += term.values.map_or(mass, |values| mass * values[row]);
                });
                let found: Vec<f64> = sums[place].iter().map(|sum| sum[lane]).collect();
                assert_eq!(found, expected, "{term:?} lane {lane}");
            }
        }
    }
}
