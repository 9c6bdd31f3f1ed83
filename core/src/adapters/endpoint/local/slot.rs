//! A slot: one version, loaded, and what runs it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::child::Child;
use super::onnx::OnnxModel;
use super::request::{Answer, Failure, Request};
use super::tally::Tally;
use crate::domain::endpoint::SlotStatus;
use crate::domain::name::ModelName;
use crate::domain::rollout::Pinned;
use crate::domain::signature::Signature;

/// Runs faster than this are done on the thread that read the request: handing over to another
/// thread and back costs about as much.
const INLINE_BELOW: Duration = Duration::from_millis(1);

/// Requests of more rows than this are never run there.
const INLINE_ROWS: usize = 64;

/// No run was measured yet.
const UNKNOWN: u64 = u64::MAX / 16;

/// What runs the model.
pub(super) enum Backend {
    /// ONNX Runtime in this process.
    Onnx(Arc<OnnxModel>),
    /// A child process.
    Child(Child),
}

/// Where a run may take place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On this thread when the model is fast.
    Here,
    /// Never on this thread.
    Aside,
}

/// A slot.
pub(super) struct Slot {
    /// Its name: the version.
    pub(super) name: String,
    /// The model.
    pub(super) model: ModelName,
    /// What is loaded.
    pub(super) pinned: Pinned,
    /// Inputs and outputs, where known.
    pub(super) signature: Signature,
    /// Its counters.
    pub(super) tally: Tally,
    backend: Backend,
    usual_us: AtomicU64,
    has_hung: AtomicBool,
}

impl Slot {
    /// A slot around a loaded model.
    pub(super) fn new(
        model: ModelName,
        pinned: Pinned,
        signature: Signature,
        backend: Backend,
    ) -> Self {
        Self {
            name: pinned.version.to_string(),
            model,
            pinned,
            signature,
            tally: Tally::default(),
            backend,
            usual_us: AtomicU64::new(UNKNOWN),
            has_hung: AtomicBool::new(false),
        }
    }

    /// Answers a request, for at most `limit`. Counts nothing.
    ///
    /// # Errors
    /// Why it did not answer.
    pub(super) async fn run(
        &self,
        request: &Arc<Request>,
        limit: Duration,
        place: Place,
    ) -> Result<Answer, Failure> {
        match &self.backend {
            Backend::Child(child) => child.run(request, limit).await,
            Backend::Onnx(model) => {
                let started = Instant::now();
                let result = if place == Place::Here && self.is_quick(request) {
                    model.run(request, limit)
                } else {
                    aside(Arc::clone(model), Arc::clone(request), limit).await
                };
                self.remember(started.elapsed(), &result);
                Ok(Answer { outputs: result?, body: None })
            }
        }
    }

    fn is_quick(&self, request: &Request) -> bool {
        let usual = Duration::from_micros(self.usual_us.load(Ordering::Relaxed));
        let hung = self.has_hung.load(Ordering::Relaxed);
        !hung && usual < INLINE_BELOW && request.rows <= INLINE_ROWS
    }

    /// Keeps a running mean over about eight runs. A model that hung once is never again run where
    /// it would hold up other requests.
    fn remember<T>(&self, took: Duration, result: &Result<T, Failure>) {
        if matches!(result, Err(Failure::Timeout(_))) {
            self.has_hung.store(true, Ordering::Relaxed);
        }
        let took = u64::try_from(took.as_micros()).unwrap_or(UNKNOWN);
        let usual = self.usual_us.load(Ordering::Relaxed);
        let next = if usual == UNKNOWN { took } else { (usual * 7 + took) / 8 };
        self.usual_us.store(next, Ordering::Relaxed);
    }

    /// Whether it can answer now.
    pub(super) fn is_healthy(&self) -> bool {
        match &self.backend {
            Backend::Onnx(_) => true,
            Backend::Child(child) => child.problem().is_none(),
        }
    }

    /// Waits until it can answer, for at most `limit`; false when it cannot.
    pub(super) async fn wait_healthy(&self, limit: Duration) -> bool {
        match &self.backend {
            Backend::Onnx(_) => true,
            Backend::Child(child) => {
                tokio::time::timeout(limit, child.wait_ready()).await.unwrap_or(false)
            }
        }
    }

    /// Whether a failed run may go better a moment later, because the process is started again.
    pub(super) fn comes_back(&self) -> bool {
        matches!(self.backend, Backend::Child(_))
    }

    /// Its state.
    pub(super) fn status(&self) -> SlotStatus {
        let (problem, restarts) = match &self.backend {
            Backend::Onnx(_) => (None, 0),
            Backend::Child(child) => (child.problem(), child.restarts()),
        };
        SlotStatus { pinned: self.pinned.clone(), healthy: problem.is_none(), problem, restarts }
    }

    /// What runs it, in the words of the inference protocol.
    pub(super) fn platform(&self) -> &'static str {
        match &self.backend {
            Backend::Onnx(_) => "onnxruntime_onnx",
            Backend::Child(_) => "command",
        }
    }

    /// Lets requests under way end, then stops what runs it.
    pub(super) async fn stop(&self, drain: Duration) {
        let deadline = Instant::now() + drain;
        while self.tally.in_flight() > 0 && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if let Backend::Child(child) = &self.backend {
            child.stop().await;
        }
    }
}

async fn aside(
    model: Arc<OnnxModel>,
    request: Arc<Request>,
    limit: Duration,
) -> Result<Vec<super::tensor::Tensor>, Failure> {
    let run = tokio::task::spawn_blocking(move || model.run(&request, limit));
    // The watchdog stops the run at its limit; an operator that cannot be stopped is left behind.
    match tokio::time::timeout(limit + Duration::from_millis(200), run).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(Failure::Model(format!("the model's run broke off: {panic}"))),
        Err(_) => Err(Failure::Timeout(format!("the model gave no answer in {limit:?}"))),
    }
}
