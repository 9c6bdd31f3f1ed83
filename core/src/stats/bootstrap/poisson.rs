//! Poisson numbers from random bytes, sixteen at a time and exact to 2⁻⁶⁴.

use super::block::{Counts, LANES};
use crate::stats::generator::Generator;

/// Numbers up to here get bytes of their own.
const OWN: usize = 5;
/// Numbers above this have less than 2⁻⁸⁰ of the whole.
const MOST: usize = 24;
/// Marks a byte that belongs to no number.
const OPEN: u8 = 0x80;
const OPEN_ROW: u128 = u128::from_le_bytes([OPEN; LANES]);
/// Rows that are drawn together, while they are in the nearest cache.
const TOGETHER: usize = 64;

/// The Poisson distribution of a mean a little below 1.
///
/// Of the 256 bytes, number k owns ⌊256 pₖ⌋; the few bytes that are left over stand for what is left
/// over of every pₖ, which a further 64 bits are drawn for.
#[derive(Debug)]
pub(super) struct Poisson {
    /// The first byte that is not of number 0, 1, … any more; the last: the first that is open.
    cuts: [u8; OWN],
    /// Cumulative shares of the numbers among the open bytes, as fractions of 2⁶⁴.
    rest: [u64; MOST + 1],
}

impl Poisson {
    /// Of mean `mean` / 2³², which is more than 0.9. In whole numbers, so that it is the same on
    /// every machine.
    pub(super) fn new(mean: u32) -> Self {
        // Fractions of 2⁹⁶: times a number of 32 bits they fit into 128.
        let times = |share: u128, n: usize| ((share * u128::from(mean)) >> 32) / n as u128;
        let (mut term, mut zero) = (1u128 << 96, 0i128);
        for n in 1..=40 {
            zero += if n % 2 == 1 { term as i128 } else { -(term as i128) };
            term = times(term, n);
        }
        let (mut cuts, mut rest) = ([0; OWN], [u64::MAX; MOST + 1]);
        let (mut share, mut own, mut left) = (zero as u128, 0u128, 0u128);
        let mut open = [0u128; MOST + 1];
        for number in 0..=MOST {
            let bytes = (share << 8) >> 96;
            own += bytes;
            if number < OWN {
                cuts[number] = own as u8;
            }
            left += (share << 8) - (bytes << 96);
            open[number] = left;
            share = times(share, number + 1);
        }
        let unit = (256 - own) << 32;
        for (rest, open) in rest.iter_mut().zip(open).take(MOST) {
            *rest = (open / unit).min(u128::from(u64::MAX)) as u64;
        }
        Self { cuts, rest }
    }

    /// Draws every lane of every row.
    pub(super) fn fill(&self, rows: &mut [Counts], bytes: &mut Generator, more: &mut Generator) {
        for rows in rows.chunks_mut(TOGETHER) {
            for row in &mut *rows {
                let (low, high) = row.split_at_mut(LANES / 2);
                low.copy_from_slice(&bytes.bits().to_le_bytes());
                high.copy_from_slice(&bytes.bits().to_le_bytes());
            }
            self.number(rows.as_flattened_mut());
            self.close(rows, more);
        }
    }

    /// Turns bytes into numbers. Without branches, for the compiler to do many at a time.
    pub fn number(&self, bytes: &mut [u8]) {
        let [a, b, c, d, open] = self.cuts;
        for byte in bytes {
            let x = *byte;
            let number = u8::from(x >= a) + u8::from(x >= b) + u8::from(x >= c) + u8::from(x >= d);
            *byte = number | if x >= open { OPEN } else { 0 };
        }
    }

    /// Draws what the bytes left open; of these rows, about one in six has such a byte.
    fn close(&self, rows: &mut [Counts], more: &mut Generator) {
        // Where they are is written down without a branch, which nobody could foretell.
        let (mut places, mut found) = ([0usize; TOGETHER], 0);
        for (place, row) in rows.iter().enumerate() {
            places[found] = place;
            found += usize::from(u128::from_le_bytes(*row) & OPEN_ROW != 0);
        }
        for place in &places[..found] {
            let row = &mut rows[*place];
            let mut open = u128::from_le_bytes(*row) & OPEN_ROW;
            while open != 0 {
                row[open.trailing_zeros() as usize / 8] = self.left_over(more.bits());
                open &= open - 1;
            }
        }
    }

    fn left_over(&self, bits: u64) -> u8 {
        let (near, far) = self.rest.split_at(8);
        let number: u8 = near.iter().map(|share| u8::from(bits >= *share)).sum();
        if number < 8 {
            return number;
        }
        8 + far.iter().take_while(|share| bits >= **share).count() as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the bytes and the rest together give each number.
    fn shares(mean: u32) -> Vec<f64> {
        let Poisson { cuts, rest } = Poisson::new(mean);
        let open = 256.0 - f64::from(cuts[OWN - 1]);
        let below = |number: usize| if number == 0 { 0 } else { rest[number - 1] };
        let own = |number: usize| match number {
            0 => f64::from(cuts[0]),
            1..OWN => f64::from(cuts[number] - cuts[number - 1]),
            _ => 0.0,
        };
        let left = |number: usize| (rest[number] - below(number)) as f64 / 2f64.powi(64);
        (0..MOST).map(|number| (own(number) + open * left(number)) / 256.0).collect()
    }

    #[test]
    fn every_number_has_its_share() {
        for mean in [u32::MAX, 4_290_000_000, 4_200_000_000, 3_900_000_000] {
            let exact = f64::from(mean) / 2f64.powi(32);
            let mut expected = (-exact).exp();
            for (number, share) in shares(mean).into_iter().enumerate() {
                assert!((share - expected).abs() < 1e-15, "{number}: {share} but {expected}");
                expected *= exact / (number as f64 + 1.0);
            }
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_numbers_for_ever() {
        let mut rows = vec![[0; LANES]; 3];
        Poisson::new(4_280_000_000).fill(
            &mut rows,
            &mut Generator::new(42, 0),
            &mut Generator::new(42, 1),
        );
        let first = [
            [0, 0, 2, 1, 1, 1, 1, 0, 3, 0, 0, 0, 2, 2, 1, 0],
            [1, 0, 3, 0, 2, 1, 0, 0, 0, 2, 1, 2, 2, 0, 0, 1],
            [1, 0, 2, 1, 0, 2, 1, 0, 2, 0, 0, 1, 0, 0, 2, 2],
        ];
        assert_eq!(rows, first);
    }
}
