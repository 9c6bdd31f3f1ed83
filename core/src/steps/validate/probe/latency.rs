//! How long the model takes to answer its sample request.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::domain::error::Result;
use crate::gates::latency::{Latency, Runs};
use crate::ports::scorer::Scorer;

/// Runs the package in `folder` on its sample request (or a row of zeros), one request after the
/// other, and times each. Requests that would begin after the time limit are not made.
pub(super) fn measure(folder: PathBuf, settings: &Latency, scorer: &dyn Scorer) -> Result<Runs> {
    let began = Instant::now();
    let model = scorer.load(&folder)?;
    let load = began.elapsed().as_secs_f64();
    let sample = model.sample().to_vec();
    let deadline = Instant::now() + settings.time_limit();
    let left = || deadline.saturating_duration_since(Instant::now());
    for _ in 0..settings.warm_up() {
        if left().is_zero() {
            break;
        }
        model.score(&sample, left().max(Duration::from_secs(1)))?;
    }
    let mut seconds = Vec::with_capacity(settings.requests());
    while seconds.len() < settings.requests() && !left().is_zero() {
        let limit = left().max(Duration::from_secs(1));
        let began = Instant::now();
        model.score(&sample, limit)?;
        seconds.push(began.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let rows = sample.first().and_then(|tensor| tensor.shape.first()).copied().unwrap_or(1);
    Ok(Runs { seconds, rows, load })
}
