//! Counters of one slot, counted without locks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use super::tensor::{Data, Tensor};
use crate::domain::endpoint::{PREDICTION_BINS, SlotCounters, latency_buckets_ms, prediction_bin};

/// Distinct texts counted; the rest is counted together as [`OTHER`].
const MAX_CATEGORIES: usize = 1000;
const OTHER: &str = "(other)";

static BOUNDS_MS: LazyLock<Vec<f64>> = LazyLock::new(latency_buckets_ms);

/// Counters of one slot.
pub(super) struct Tally {
    requests: AtomicU64,
    errors: AtomicU64,
    in_flight: AtomicI64,
    total_us: AtomicU64,
    latency: Vec<AtomicU64>,
    predictions: Vec<AtomicU64>,
    categories: Mutex<BTreeMap<String, u64>>,
}

impl Default for Tally {
    fn default() -> Self {
        let zeros = |n: usize| (0..n).map(|_| AtomicU64::new(0)).collect();
        Self {
            requests: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            in_flight: AtomicI64::new(0),
            total_us: AtomicU64::new(0),
            latency: zeros(BOUNDS_MS.len() + 1),
            predictions: zeros(PREDICTION_BINS),
            categories: Mutex::new(BTreeMap::new()),
        }
    }
}

/// A request that a slot works on; counted as in flight until dropped.
pub(super) struct InFlight<'a>(&'a Tally);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}

impl Tally {
    /// A request begins.
    pub(super) fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Relaxed);
        InFlight(self)
    }

    /// Requests under way.
    pub(super) fn in_flight(&self) -> i64 {
        self.in_flight.load(Relaxed)
    }

    /// Counts a request that was answered.
    pub(super) fn answered(&self, took: Duration, outputs: &[Tensor]) {
        self.timed(took);
        self.count_predictions(outputs);
    }

    /// Counts a request that the slot failed.
    pub(super) fn failed(&self, took: Duration) {
        self.errors.fetch_add(1, Relaxed);
        self.timed(took);
    }

    fn timed(&self, took: Duration) {
        self.requests.fetch_add(1, Relaxed);
        self.total_us.fetch_add(u64::try_from(took.as_micros()).unwrap_or(0), Relaxed);
        let ms = took.as_secs_f64() * 1e3;
        self.latency[BOUNDS_MS.partition_point(|bound| *bound < ms)].fetch_add(1, Relaxed);
    }

    fn count_predictions(&self, outputs: &[Tensor]) {
        if let Some((tensor, stride)) = score(outputs) {
            for row in 0..tensor.rows() {
                if let Some(value) = tensor.data.number(row * stride + stride - 1) {
                    self.predictions[prediction_bin(value)].fetch_add(1, Relaxed);
                }
            }
        }
        if let Some(Data::Text(labels)) =
            outputs.iter().map(|t| &t.data).find(|d| matches!(d, Data::Text(_)))
        {
            self.count_categories(labels);
        }
    }

    fn count_categories(&self, labels: &[String]) {
        let mut categories = self.categories.lock().unwrap_or_else(PoisonError::into_inner);
        for label in labels {
            if let Some(count) = categories.get_mut(label) {
                *count += 1;
            } else {
                let key = if categories.len() < MAX_CATEGORIES { label } else { OTHER };
                *categories.entry(key.to_owned()).or_default() += 1;
            }
        }
    }

    /// The counts now.
    pub(super) fn read(&self) -> SlotCounters {
        let load = |counts: &[AtomicU64]| counts.iter().map(|c| c.load(Relaxed)).collect();
        SlotCounters {
            requests: self.requests.load(Relaxed),
            errors: self.errors.load(Relaxed),
            latency: load(&self.latency),
            predictions: load(&self.predictions),
            categories: self.categories.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Sum of the latencies in seconds.
    pub(super) fn total_seconds(&self) -> f64 {
        self.total_us.load(Relaxed) as f64 / 1e6
    }
}

/// The output whose values are the prediction, and how many values a row of it has: the last
/// class's probability of a float matrix, else the first output of one number a row.
fn score(outputs: &[Tensor]) -> Option<(&Tensor, usize)> {
    let is_float = |t: &Tensor| matches!(t.data, Data::Single(_) | Data::Double(_));
    let is_text = |t: &Tensor| matches!(t.data, Data::Text(_));
    let matrix =
        outputs.iter().find(|t| is_float(t) && matches!(t.shape.as_slice(), [_, n] if *n > 1));
    let single =
        || outputs.iter().find(|t| !is_text(t) && matches!(t.shape.as_slice(), [] | [_] | [_, 1]));
    match matrix {
        Some(tensor) => Some((tensor, tensor.shape[1])),
        None => single().map(|tensor| (tensor, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(shape: &[usize], data: Data) -> Tensor {
        Tensor { name: "x".into(), datatype: data.datatype(), shape: shape.to_vec(), data }
    }

    #[test]
    fn the_last_probability_is_the_prediction_and_text_is_counted() {
        let tally = Tally::default();
        let outputs = [
            tensor(&[2], Data::Text(vec!["no".into(), "yes".into()])),
            tensor(&[2, 2], Data::Single(vec![0.9, 0.1, 0.2, 0.8])),
        ];
        tally.answered(Duration::from_micros(40), &outputs);
        tally.failed(Duration::from_secs(3600));
        let counters = tally.read();
        assert_eq!((counters.requests, counters.errors), (2, 1));
        assert_eq!(counters.predictions[prediction_bin(f64::from(0.1f32))], 1);
        assert_eq!(counters.predictions[prediction_bin(f64::from(0.8f32))], 1);
        assert_eq!(counters.predictions.iter().sum::<u64>(), 2);
        assert_eq!(counters.categories.get("yes"), Some(&1));
        assert_eq!((counters.latency[0], *counters.latency.last().unwrap()), (1, 1));
    }

    #[test]
    fn categories_without_bound_do_not_grow_without_bound() {
        let tally = Tally::default();
        for i in 0..2 * MAX_CATEGORIES {
            tally.answered(Duration::ZERO, &[tensor(&[1], Data::Text(vec![i.to_string()]))]);
        }
        let categories = tally.read().categories;
        assert_eq!(categories.len(), MAX_CATEGORIES + 1);
        assert_eq!(categories.get(OTHER), Some(&(MAX_CATEGORIES as u64)));
    }
}
