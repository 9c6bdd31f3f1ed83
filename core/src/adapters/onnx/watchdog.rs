//! Stops runs of a model that take too long.
//!
//! ONNX Runtime looks at the stop flag between operators, so a model that loops is stopped and a
//! single operator that never ends is not.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Weak};
use std::time::{Duration, Instant};

use ort::session::RunOptions;

use super::model::OnnxModel;

/// How often overdue runs are looked for.
const EVERY: Duration = Duration::from_millis(50);

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

const IDLE: u64 = u64::MAX;
const STOPPED: u64 = u64::MAX - 1;

fn now_ms() -> u64 {
    u64::try_from(START.elapsed().as_millis()).unwrap_or(STOPPED - 1)
}

/// The deadline and the stop flag of one session.
pub(in crate::adapters) struct Watch {
    options: RunOptions,
    /// Milliseconds since [`START`], or [`IDLE`] or [`STOPPED`].
    deadline: AtomicU64,
}

impl Watch {
    /// Watches runs that use `options`.
    pub(in crate::adapters) fn new(options: RunOptions) -> Self {
        Self { options, deadline: AtomicU64::new(IDLE) }
    }

    /// The options to run with.
    pub(in crate::adapters) fn options(&self) -> &RunOptions {
        &self.options
    }

    /// A run begins.
    pub(in crate::adapters) fn start(&self, limit: Duration) -> Running<'_> {
        let limit = u64::try_from(limit.as_millis()).unwrap_or(STOPPED / 2);
        self.deadline.store(now_ms().saturating_add(limit).min(STOPPED - 1), Ordering::Release);
        Running { watch: self }
    }

    /// Sets the stop flag when the run is past its deadline.
    pub(in crate::adapters) fn stop_if_overdue(&self) {
        let deadline = self.deadline.load(Ordering::Acquire);
        if deadline < STOPPED && now_ms() > deadline {
            let stop = self.deadline.compare_exchange(
                deadline,
                STOPPED,
                Ordering::AcqRel,
                Ordering::Acquire,
            );
            if stop.is_ok() && self.options.terminate().is_err() {
                tracing::warn!("a model that takes too long cannot be stopped");
            }
        }
    }
}

/// A run under way.
pub(in crate::adapters) struct Running<'a> {
    watch: &'a Watch,
}

impl Running<'_> {
    /// The run is over; true when it was stopped.
    pub(in crate::adapters) fn finish(self) -> bool {
        let stopped = self.watch.deadline.swap(IDLE, Ordering::AcqRel) == STOPPED;
        if stopped && self.watch.options.unterminate().is_err() {
            tracing::warn!("a model that was stopped cannot be used again");
        }
        stopped
    }
}

/// Watches a model from a thread of its own until the model is gone.
pub(in crate::adapters) fn guard(model: Weak<OnnxModel>) {
    let watch = move || {
        while let Some(model) = model.upgrade() {
            model.stop_overdue();
            drop(model);
            std::thread::sleep(EVERY);
        }
    };
    if let Err(error) = std::thread::Builder::new().name("outerloop-watch".into()).spawn(watch) {
        tracing::warn!("models that take too long will not be stopped: {error}");
    }
}
