//! Whether a probability of 0.8 comes true in 80 % of the cases.

use super::undefined::Undefined;

/// Number of bins of equal width.
pub const BINS: usize = 10;

/// Expected calibration error: over [`BINS`] bins of equal width, the distance between the mean
/// score and the share of positives, weighted by the share of rows in the bin (Naeini, Cooper and
/// Hauskrecht 2015). A bin holds its lower edge. Row `i` counts `counts[i]` times.
///
/// # Errors
/// No rows.
pub fn expected_error(
    labels: &[f64],
    scores: &[f64],
    counts: Option<&[u32]>,
) -> Result<f64, Undefined> {
    let mut label_sums = [0.0; BINS];
    let mut score_sums = [0.0; BINS];
    let mut rows = 0u64;
    for (row, (label, score)) in labels.iter().zip(scores).enumerate() {
        let count = counts.map_or(1, |counts| counts[row]);
        let weight = f64::from(count);
        let bin = bin_of(*score);
        label_sums[bin] += weight * label;
        score_sums[bin] += weight * score;
        rows += u64::from(count);
    }
    if rows == 0 {
        return Err(Undefined::NoRows);
    }
    let gaps = label_sums.iter().zip(&score_sums).map(|(l, s)| (l - s).abs());
    Ok(gaps.sum::<f64>() / rows as f64)
}

fn bin_of(score: f64) -> usize {
    let width = 1.0 / BINS as f64;
    (1..BINS).take_while(|edge| score >= *edge as f64 * width).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_belong_to_the_upper_bin_and_one_to_the_last() {
        assert_eq!((bin_of(0.0), bin_of(0.1), bin_of(0.5), bin_of(1.0)), (0, 1, 5, 9));
        assert_eq!(expected_error(&[1.0, 0.0], &[1.0, 0.0], None), Ok(0.0));
        assert_eq!(expected_error(&[1.0, 0.0], &[1.0, 1.0], None), Ok(0.5));
    }
}
