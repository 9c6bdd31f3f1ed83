//! Whether values are counted or put into buckets, and into which.

use super::super::bars::step;
use super::super::numeric::{Numeric, ONE_EACH, of_steps};
use super::super::scale::Scale;
use super::bucketed::Bucketed;
use super::few;

/// Values that are looked at to choose the buckets.
const SAMPLE: usize = 2048;
/// Fewest and most buckets: few values share one, and all of them stay in a near cache.
const BUCKETS: (usize, usize) = (1024, 16_384);
/// Values that should share a bucket.
const SHARED: usize = 128;
/// Distinct values in the sample up to which counting each value is tried.
const FEW: usize = 256;

/// Compares two samples. `None` where either has no usable value, or no choice of buckets spreads
/// them well enough to be worth it.
pub(in super::super) fn compare(a: &[f64], b: &[f64]) -> Option<Numeric> {
    let own = sample(a);
    let mut sample = [&own[..], &sample(b)].concat();
    sample.sort_unstable_by(f64::total_cmp);
    let mut distinct = sample.clone();
    distinct.dedup();
    if (distinct.len() <= FEW || is_dense(&distinct))
        && let Some((found, missing)) = few::count(a, b)
    {
        return of_steps(&found, missing);
    }
    // A baseline of few distinct values has a bin for each, which are not looked for here.
    if own.chunk_by(f64::eq).count() <= ONE_EACH {
        return None;
    }
    let buckets = ((a.len() + b.len()) / SHARED).next_power_of_two().clamp(BUCKETS.0, BUCKETS.1);
    let scale = Scale::choose(&distinct, buckets)?;
    let pivot = *own.get(own.len() / 2)?;
    Bucketed::of(scale, pivot, a, b)?.finish(a, b)
}

/// Whether ascending values are whole numbers so close together that all that lie between them can
/// be counted: each is known then, and the bars that are drawn can hold equally many.
fn is_dense(values: &[f64]) -> bool {
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return false };
    last - first < few::TOO_MANY as f64 && step(values.iter().copied()).is_some()
}

/// Some finite values, evenly over the rows, ascending.
fn sample(values: &[f64]) -> Vec<f64> {
    let step = values.len().div_ceil(SAMPLE / 2).max(1);
    let taken = values.iter().step_by(step);
    let mut sample: Vec<f64> = taken.filter(|x| x.is_finite()).map(|x| x + 0.0).collect();
    sample.sort_unstable_by(f64::total_cmp);
    sample
}
