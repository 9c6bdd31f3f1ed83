//! Rows as a whole: which repeat another, and which are picked for what needs rows of all columns.

use crate::data::Values;

/// A number for each row of a column: equal for equal values, most likely another for others.
pub(super) fn hashes(values: &Values) -> Vec<u64> {
    match values {
        Values::Number(numbers) => numbers
            .iter()
            .map(|x| if x.is_nan() { 1 } else { mixed((x + 0.0).to_bits()) })
            .collect(),
        Values::Category(categories) => {
            let levels: Vec<u64> = categories.levels.iter().map(|l| text(l)).collect();
            let of = |code: &u32| levels.get(*code as usize).copied().unwrap_or(1);
            categories.codes.iter().map(of).collect()
        }
    }
}

fn text(level: &str) -> u64 {
    level.bytes().fold(2, |hash, byte| mixed(hash ^ u64::from(byte)))
}

fn mixed(bits: u64) -> u64 {
    let x = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Adds a column to the hashes of the rows.
pub(super) fn add(rows: &mut [u64], column: &[u64]) {
    rows.iter_mut().zip(column).for_each(|(row, value)| *row = mixed(row.rotate_left(7) ^ value));
}

/// Rows that repeat an earlier one.
pub(super) fn repeated(mut rows: Vec<u64>) -> u64 {
    rows.sort_unstable();
    rows.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64
}

/// At most `most` values, evenly over the rows.
pub(super) fn thinned(values: &[f64], most: usize) -> Vec<f64> {
    let step = values.len().div_ceil(most.max(1)).max(1);
    values.iter().copied().step_by(step).collect()
}
