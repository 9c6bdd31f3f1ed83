//! Several resamples at once: how often each of them has each row.

use super::poisson::Poisson;
use crate::stats::generator::Generator;

/// Number of resamples that are drawn and measured together.
pub const LANES: usize = 16;
/// How often each of [`LANES`] resamples has a row.
pub type Counts = [u8; LANES];

/// From so many rows on, counts are drawn as Poisson numbers first.
const MANY: usize = 2048;

/// Draws `rows.len()` rows with replacement, in every lane, and counts them.
///
/// Few rows are drawn one by one. Of n rows, many, the counts are first independent Poisson numbers of
/// mean 1 − 3/√n, and what they lack of n together is then drawn one by one. However many they are,
/// given their total such counts are distributed as those of as many single draws: so the sum is
/// exactly multinomial. Where they are more than n (one time in 700), all n are drawn one by one.
///
/// A count above 255, which is less likely than 10⁻⁵⁰⁰, would be taken as 255.
pub(super) fn multinomial(rows: &mut [Counts], generator: &mut Generator) {
    rows.fill([0; LANES]);
    let n = rows.len() as u64;
    let mut totals = [0u64; LANES];
    if rows.len() >= MANY {
        let mean = u32::MAX - ((3u64 << 32) / n.isqrt()) as u32;
        let mut more = Generator::new(generator.bits(), 0);
        Poisson::new(mean).fill(rows, generator, &mut more);
        totals = self::totals(rows);
    }
    for (lane, total) in totals.into_iter().enumerate() {
        let missing = n.checked_sub(total).unwrap_or_else(|| {
            rows.iter_mut().for_each(|row| row[lane] = 0);
            n
        });
        for _ in 0..missing {
            let row = generator.below(n) as usize;
            rows[row][lane] = rows[row][lane].saturating_add(1);
        }
    }
}

/// The sum of every lane.
pub fn totals(rows: &[Counts]) -> [u64; LANES] {
    let mut totals = [0u64; LANES];
    // 256 counts of a byte fit into 16 bits.
    for rows in rows.chunks(256) {
        let mut part = [0u16; LANES];
        for row in rows {
            for (sum, count) in part.iter_mut().zip(row) {
                *sum = sum.wrapping_add(u16::from(*count));
            }
        }
        for (total, part) in totals.iter_mut().zip(part) {
            *total += u64::from(part);
        }
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(rows: usize, seed: u64) -> Vec<Counts> {
        let mut counts = vec![[7; LANES]; rows];
        multinomial(&mut counts, &mut Generator::new(seed, 3));
        counts
    }

    #[test]
    fn as_many_rows_are_drawn_as_there_are() {
        for rows in [1, 2, 10, 255, 2047, 2048, 2049, 70_000] {
            let counts = drawn(rows, 1);
            assert_eq!(totals(&counts), [rows as u64; LANES]);
            assert_eq!(counts, drawn(rows, 1));
            assert!(rows < 10 || counts != drawn(rows, 2));
        }
    }

    /// χ² of how many rows are drawn 0, 1, 2 … times, against the binomial distribution that the
    /// count of one row has; and the correlation of two rows' counts, which is −1 / (n − 1).
    #[test]
    fn counts_are_those_of_single_draws() {
        for rows in [1500usize, 2500, 20_000] {
            let blocks = 60_000 / rows + 1;
            let (mut seen, mut squares) = ([0.0; 8], 0.0);
            for block in 0..blocks {
                for counts in drawn(rows, block as u64) {
                    for count in counts {
                        seen[usize::from(count).min(7)] += 1.0;
                        squares += (f64::from(count) - 1.0).powi(2);
                    }
                }
            }
            let (n, total) = (rows as f64, (rows * blocks * LANES) as f64);
            let mut share = (1.0 - 1.0 / n).powf(n);
            let (mut chi, mut left) = (0.0, 1.0);
            for (count, seen) in seen.iter().enumerate() {
                let expected = total * if count < 7 { share } else { left };
                chi += (seen - expected).powi(2) / expected;
                left -= share;
                share *= (n - count as f64) / (count as f64 + 1.0) / (n - 1.0);
            }
            assert!(chi < 24.3, "χ² of 7 degrees of freedom, 0.1 %: {chi} of {rows} rows");
            let variance = squares / total / (1.0 - 1.0 / n);
            assert!((variance - 1.0).abs() < 4.0 * (2.5 / total).sqrt(), "{variance} of {rows}");
        }
    }
}
