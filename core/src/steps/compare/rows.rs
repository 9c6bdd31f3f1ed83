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
fn add(rows: &mut [u64], column: &[u64]) {
    rows.iter_mut().zip(column).for_each(|(row, value)| *row = mixed(row.rotate_left(7) ^ value));
}

/// Rows that repeat an earlier one.
fn repeated(mut rows: Vec<u64>) -> u64 {
    rows.sort_unstable();
    rows.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64
}

/// Says that more rows repeat an earlier one than of the baseline; `hashes` are those of each column.
pub(super) fn finding(hashes: Vec<(Vec<u64>, Vec<u64>)>) -> Option<String> {
    let mut all: Option<(Vec<u64>, Vec<u64>)> = None;
    for hashes in hashes {
        let (before, now) =
            all.get_or_insert_with(|| (vec![0; hashes.0.len()], vec![0; hashes.1.len()]));
        add(before, &hashes.0);
        add(now, &hashes.1);
    }
    let (before, now) = all?;
    let (n, m) = (before.len().max(1) as f64, now.len().max(1) as f64);
    let (p, q) = (repeated(before) as f64 / n, repeated(now) as f64 / m);
    (q > p + 0.01).then(|| {
        let (p, q) = (p * 100.0, q * 100.0);
        format!(
            "repeated-rows: {q:.1} % of the rows repeat an earlier one, {p:.1} % of the baseline's"
        )
    })
}

/// At most `most` values, evenly over the rows.
pub(super) fn thinned(values: &[f64], most: usize) -> Vec<f64> {
    let step = values.len().div_ceil(most.max(1)).max(1);
    values.iter().copied().step_by(step).collect()
}
