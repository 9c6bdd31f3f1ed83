//! Answers requests: picks a slot, and another when the first fails.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::request::{Answer, Failure, Request};
use super::request_log::{Entry, RequestLog};
use super::slot::{Place, Slot};
use super::traffic::Table;

/// Copies of requests under way at once; more are dropped and counted.
const MIRRORED_AT_ONCE: usize = 64;

/// Answers requests.
pub(super) struct Router {
    table: RwLock<Arc<Table>>,
    turn: AtomicU64,
    mirror_turn: AtomicU64,
    mirroring: Arc<Semaphore>,
    mirror_dropped: AtomicU64,
    rescued: AtomicU64,
    log: RequestLog,
    limit: Duration,
}

/// A failed attempt and how long it took.
type Failed = (Failure, Duration);

/// An answer and who gave it.
pub(super) type Answered = (Arc<Slot>, Arc<Answer>);

impl Router {
    /// A router that serves nothing yet. `limit` is the longest time for one attempt.
    pub(super) fn new(log: RequestLog, limit: Duration) -> Self {
        Self {
            table: RwLock::default(),
            turn: AtomicU64::new(0),
            mirror_turn: AtomicU64::new(0),
            mirroring: Arc::new(Semaphore::new(MIRRORED_AT_ONCE)),
            mirror_dropped: AtomicU64::new(0),
            rescued: AtomicU64::new(0),
            log,
            limit,
        }
    }

    /// The slots and shares now.
    pub(super) fn table(&self) -> Arc<Table> {
        Arc::clone(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sets slots and shares, at once for every request that comes after.
    pub(super) fn set(&self, table: Table) {
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(table);
    }

    /// The log of requests.
    pub(super) fn log(&self) -> &RequestLog {
        &self.log
    }

    /// Requests that another slot answered because the first failed.
    pub(super) fn rescued(&self) -> u64 {
        self.rescued.load(Ordering::Relaxed)
    }

    /// Copies that were dropped because too many were under way.
    pub(super) fn mirror_dropped(&self) -> u64 {
        self.mirror_dropped.load(Ordering::Relaxed)
    }

    /// Answers by the slot whose turn it is, or by another one when that fails.
    ///
    /// # Errors
    /// No slot answered, or the input is the caller's mistake.
    pub(super) async fn answer(
        self: &Arc<Self>,
        request: Arc<Request>,
    ) -> Result<Answered, Failure> {
        let table = self.table();
        let first = table
            .pick(&self.turn)
            .ok_or_else(|| Failure::NotReady("no version gets traffic yet".into()))?;
        let answered = match self.attempt(first, &request).await {
            Ok(answer) => (Arc::clone(first), answer),
            Err(failed) => self.rescue(&table, first, failed, &request).await?,
        };
        if let Some(mirror) = table.mirror(&self.mirror_turn)
            && mirror.name != answered.0.name
        {
            self.copy_to(mirror, &request);
        }
        Ok(answered)
    }

    /// Answers by one slot and no other, because the caller named it.
    ///
    /// # Errors
    /// The slot did not answer.
    pub(super) async fn answer_by(
        &self,
        slot: &Arc<Slot>,
        request: Arc<Request>,
    ) -> Result<Answered, Failure> {
        match self.attempt(slot, &request).await {
            Ok(answer) => Ok((Arc::clone(slot), answer)),
            Err((failure, took)) => {
                if !failure.is_input() {
                    slot.tally.failed(took);
                }
                Err(failure)
            }
        }
    }

    /// One attempt; a success is counted and logged, a failure is left to the caller to judge.
    async fn attempt(&self, slot: &Slot, request: &Arc<Request>) -> Result<Arc<Answer>, Failed> {
        let _in_flight = slot.tally.begin();
        let started = Instant::now();
        match slot.run(request, self.limit, Place::Here).await {
            Ok(answer) => {
                slot.tally.answered(started.elapsed(), &answer.outputs);
                let answer = Arc::new(answer);
                self.log.record(|| Entry::new(slot, request, &answer, false));
                Ok(answer)
            }
            Err(failure) => Err((failure, started.elapsed())),
        }
    }

    /// Finds another answer. The failure counts against the first slot, unless the caller's input
    /// is to blame: the majority refuses it, or another slot does too.
    async fn rescue(
        &self,
        table: &Table,
        first: &Arc<Slot>,
        (failure, took): Failed,
        request: &Arc<Request>,
    ) -> Result<Answered, Failure> {
        if failure.is_input() && table.is_majority(first) {
            return Err(failure);
        }
        for other in table.others(first).filter(|slot| slot.is_healthy()) {
            match self.attempt(other, request).await {
                Ok(answer) => {
                    self.blame(first, &failure, took);
                    return Ok((Arc::clone(other), answer));
                }
                Err((refusal, _)) if refusal.is_input() => return Err(refusal),
                Err((_, took)) => other.tally.failed(took),
            }
        }
        if failure.is_input() {
            return Err(failure);
        }
        if let Some(answered) = self.await_return(table, first, &failure, request).await {
            self.blame(first, &failure, took);
            return Ok(answered);
        }
        first.tally.failed(took);
        Err(failure)
    }

    fn blame(&self, slot: &Slot, failure: &Failure, took: Duration) {
        slot.tally.failed(took);
        self.rescued.fetch_add(1, Ordering::Relaxed);
        tracing::debug!("version {} failed a request: {}", slot.name, failure.message());
    }

    /// Waits for the first slot's process to be started again, and asks it once more, and again
    /// should it go away once more, for as long as one request may take.
    async fn await_return(
        &self,
        table: &Table,
        first: &Arc<Slot>,
        failure: &Failure,
        request: &Arc<Request>,
    ) -> Option<Answered> {
        let gone = matches!(failure, Failure::Gone(_)) && first.comes_back();
        if !gone || !table.slots.contains_key(&first.name) {
            return None;
        }
        let deadline = Instant::now() + self.limit;
        while Instant::now() < deadline {
            // The supervisor learns of the death a moment after the connection broke.
            tokio::time::sleep(Duration::from_millis(20)).await;
            if !first.wait_healthy(deadline.saturating_duration_since(Instant::now())).await {
                return None;
            }
            match self.attempt(first, request).await {
                Ok(answer) => return Some((Arc::clone(first), answer)),
                Err((Failure::Gone(_), _)) => {}
                Err(_) => return None,
            }
        }
        None
    }

    /// Gives a copy of the request to `slot`, unless too many copies are under way.
    fn copy_to(self: &Arc<Self>, slot: &Arc<Slot>, request: &Arc<Request>) {
        let Ok(permit) = Arc::clone(&self.mirroring).try_acquire_owned() else {
            self.mirror_dropped.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let (router, slot, request) = (Arc::clone(self), Arc::clone(slot), Arc::clone(request));
        tokio::spawn(async move {
            let _in_flight = slot.tally.begin();
            let started = Instant::now();
            match slot.run(&request, router.limit, Place::Aside).await {
                Ok(answer) => {
                    slot.tally.answered(started.elapsed(), &answer.outputs);
                    let answer = Arc::new(answer);
                    router.log.record(|| Entry::new(&slot, &request, &answer, true));
                }
                Err(failure) => {
                    slot.tally.failed(started.elapsed());
                    tracing::debug!("version {} failed a copy: {}", slot.name, failure.message());
                }
            }
            drop(permit);
        });
    }
}
