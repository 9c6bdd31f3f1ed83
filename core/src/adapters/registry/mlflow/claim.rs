//! One writer of a model at a time, by claims: tags that each writer sets under a name of its own.
//!
//! A writer sets its claim, reads all of them, and goes on only where its own is the only one. On a
//! server that shows what it has accepted, two writers cannot both see that: the later claim is seen
//! by whoever reads after it. The one whose name comes first stays and waits; the others take theirs
//! back. A claim that has not changed for [`STALE`], by the clock of the one who waits, is of a
//! process that died, and is removed. A writer that is held up for longer than that is found out
//! when it reads back what it wrote.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::Mlflow;
use super::tags::{self, Ledger};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::name::ModelName;

/// A claim that stood still for so long is of a process that died.
const STALE: Duration = Duration::from_secs(10);
/// A holder changes its claim when it is older than this.
const RENEW: Duration = Duration::from_secs(3);
/// A holder that finds its claim this old has lost it.
const LOST: Duration = Duration::from_secs(8);
/// How long to wait for others.
const PATIENCE: Duration = Duration::from_secs(180);
/// First and longest wait between two looks.
const LOOK: (Duration, Duration) = (Duration::from_millis(15), Duration::from_millis(400));

/// A claim of this process.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// Its name.
    pub nonce: String,
    renewed: Instant,
    turn: u64,
    /// What was there when the claim was found to be the only one. Good for one look: nobody else
    /// writes from then on.
    seen: Option<Arc<Ledger>>,
    /// Number of the last event that was appended under this claim.
    pub appended: Option<u64>,
}

/// What another's claim was, and since when.
type Seen = BTreeMap<String, (String, Instant)>;

impl Mlflow {
    /// Runs `work` while no other process writes to `model`.
    pub(super) fn claimed(
        &self,
        model: &ModelName,
        work: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        let held = self.claim(model)?;
        let key = tags::claim(&held.nonce);
        self.hold(model, Some(held));
        let done = work();
        self.hold(model, None);
        // A claim that cannot be removed goes stale.
        if let Err(error) = self.delete_tag(model, &key).or_else(|_| self.delete_tag(model, &key)) {
            tracing::debug!("a claim stays: {error}");
        }
        done
    }

    fn hold(&self, model: &ModelName, held: Option<Held>) {
        let mut all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held {
            Some(held) => all.insert(model.clone(), held),
            None => all.remove(model),
        };
    }

    /// Changes what is noted of the claim that this process holds.
    pub(super) fn note(&self, model: &ModelName, change: impl FnOnce(&mut Held)) {
        let mut all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = all.get_mut(model) {
            change(held);
        }
    }

    /// What the claim saw, once.
    pub(super) fn seen(&self, model: &ModelName) -> Option<Arc<Ledger>> {
        let mut seen = None;
        self.note(model, |held| seen = held.seen.take());
        seen
    }

    /// The claim that this process holds for `model`, renewed where it grows old.
    ///
    /// # Errors
    /// There is none any more.
    pub(super) fn held(&self, model: &ModelName) -> Result<Held> {
        let find = || self.held.lock().unwrap_or_else(PoisonError::into_inner).get(model).cloned();
        let Some(mut held) = find() else {
            return Err(Error::internal(format!("nothing is claimed of {model}")));
        };
        let age = held.renewed.elapsed();
        if age > LOST {
            return Err(too_slow());
        }
        if age > RENEW {
            // Who was taken for dead holds nothing any more.
            if !self.ledger(model)?.claims.contains_key(&held.nonce) {
                return Err(too_slow());
            }
            held.turn += 1;
            held.renewed = Instant::now();
            self.set_tag(model, &tags::claim(&held.nonce), &held.turn.to_string())?;
            if held.renewed.elapsed() > LOST {
                return Err(too_slow());
            }
            self.hold(model, Some(held.clone()));
        }
        Ok(held)
    }

    /// Whether so much time went by since the claim was renewed that another writer may have gone on.
    pub(super) fn is_late(&self, model: &ModelName) -> bool {
        let mut late = true;
        self.note(model, |held| late = held.renewed.elapsed() > LOST);
        late
    }

    fn claim(&self, model: &ModelName) -> Result<Held> {
        let nonce = format!("{:016x}", rand::random::<u64>());
        let begun = Instant::now();
        let mut wait = LOOK.0;
        let mut seen = Seen::new();
        let mut set = None;
        while begun.elapsed() < PATIENCE {
            let renewed = match set {
                Some(when) => when,
                None => self.set_claim(model, &nonce)?,
            };
            set = Some(renewed);
            let found = self.find(model)?;
            let tags = found.iter().flat_map(|model| &model.tags);
            let ledger = Ledger::read(tags.map(|t| (t.key.as_str(), t.value.as_str())));
            let claims = &ledger.claims;
            let mine = claims.contains_key(&nonce) && renewed.elapsed() < STALE / 2;
            let others = self.living(model, claims, &nonce, &mut seen)?;
            if !mine {
                // Another thought that this process had died.
                set = None;
                continue;
            }
            if others.is_empty() {
                return Ok(Held {
                    nonce,
                    renewed,
                    turn: 0,
                    seen: Some(Arc::new(ledger)),
                    appended: None,
                });
            }
            if others.iter().any(|other| **other < *nonce) {
                self.delete_tag(model, &tags::claim(&nonce))?;
                self.wait_for_none(model, &nonce, &mut seen, begun)?;
                set = None;
                continue;
            }
            self.pause(&mut wait);
        }
        self.delete_tag(model, &tags::claim(&nonce))?;
        Err(busy(model))
    }

    /// Sets the claim, and gives the moment before.
    fn set_claim(&self, model: &ModelName, nonce: &str) -> Result<Instant> {
        let now = Instant::now();
        // Another value each time: a claim that stands still is taken for that of a dead process.
        let turn = format!("{:08x}", rand::random::<u32>());
        match self.set_tag(model, &tags::claim(nonce), &turn) {
            Ok(()) => Ok(now),
            Err(e) if self.is_to_be_made(model, &e)? => {
                let now = Instant::now();
                self.ensure(model, (&tags::claim(nonce), &turn)).map(|()| now)
            }
            Err(e) => Err(e),
        }
    }

    /// Whether the model is not there. A server with permissions tells that to nobody who may not
    /// write to a model of any name.
    fn is_to_be_made(&self, model: &ModelName, refused: &Error) -> Result<bool> {
        match refused.kind() {
            ErrorKind::NotFound => Ok(true),
            ErrorKind::Permission => match self.find(model) {
                Ok(found) => Ok(found.is_none()),
                // Making it tells.
                Err(e) => Ok(e.kind() == ErrorKind::Permission),
            },
            _ => Ok(false),
        }
    }

    /// The others' claims that may be of living processes; the rest is removed.
    fn living<'c>(
        &self,
        model: &ModelName,
        claims: &'c BTreeMap<String, String>,
        own: &str,
        seen: &mut Seen,
    ) -> Result<Vec<&'c str>> {
        seen.retain(|nonce, (value, _)| claims.get(nonce) == Some(value));
        let mut living = Vec::new();
        for (nonce, value) in claims.iter().filter(|(nonce, _)| *nonce != own) {
            let first = || (value.clone(), Instant::now());
            let (_, since) = seen.entry(nonce.clone()).or_insert_with(first);
            if since.elapsed() > STALE {
                self.delete_tag(model, &tags::claim(nonce))?;
            } else {
                living.push(nonce.as_str());
            }
        }
        Ok(living)
    }

    fn wait_for_none(
        &self,
        model: &ModelName,
        own: &str,
        seen: &mut Seen,
        begun: Instant,
    ) -> Result<()> {
        let mut wait = LOOK.0;
        while begun.elapsed() < PATIENCE {
            self.pause(&mut wait);
            let found = self.find(model)?;
            let tags = found.iter().flat_map(|model| &model.tags);
            let claims = Ledger::read(tags.map(|t| (t.key.as_str(), t.value.as_str()))).claims;
            if self.living(model, &claims, own, seen)?.is_empty() {
                return Ok(());
            }
        }
        Err(busy(model))
    }

    fn pause(&self, wait: &mut Duration) {
        self.server.clock().sleep(wait.mul_f64(rand::random_range(0.5..1.0)));
        *wait = (*wait * 2).min(LOOK.1);
    }
}

fn busy(model: &ModelName) -> Error {
    Error::conflict(format!("others keep writing to {model} on the MLflow server"))
        .hint("run the same command again, it is safe to repeat")
        .retryable()
}

fn too_slow() -> Error {
    Error::timeout("the MLflow server answered too late: another writer may have gone on")
        .hint("run the same command again, it is safe to repeat")
        .retryable()
}
