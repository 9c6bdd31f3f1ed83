//! The registry over a log of events and a mirror.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::backoff::Backoff;
use super::chain::{Chain, broken};
use super::decide::{self, Change, Decision};
use super::event::next_event;
use super::log::{Appended, Log, Mirror, Shown};
use super::lookup;
use super::state::ModelState;
use super::view::{Model, ModelHead, Models};
use crate::domain::canonical;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::name::ModelName;
use crate::domain::record::{DamagedModel, LoggedEvent, ModelRecord, ModelSummary, VersionRecord};
use crate::domain::reference::ModelRef;
use crate::domain::version::Version;
use crate::ports::clock::Clock;
use crate::ports::registry::{
    Capabilities, Entry, Listing, Origin, PromoteOutcome, Promotion, RegisterOutcome, Registration,
    Registry, Verification,
};

/// How long a write is tried again while others write too.
const PATIENCE: Duration = Duration::from_secs(120);
/// What to do when that is over.
const BUSY: &str = "run the same command again, it is safe to repeat";
/// Most rounds of mirroring while others keep writing.
const ROUNDS: usize = 5;
/// How often a verification looks again at events that are not shown yet, and after how long.
const LOOKS: usize = 3;
const LOOK: Duration = Duration::from_secs(1);
/// Most problems that are listed: after these, more would not help.
const MOST: usize = 100;

/// A registry whose state is the sum of the events in `log`. What the events say is shown in
/// `mirror` after each write; what a process that died in between left undone, the next write does.
pub struct LedgerRegistry<L, M> {
    log: L,
    mirror: M,
    clock: Arc<dyn Clock>,
    /// What was read so far, so that a history is read once. A chain is taken out while it grows.
    known: Mutex<BTreeMap<ModelName, Arc<Chain>>>,
}

impl<L: Log, M: Mirror> LedgerRegistry<L, M> {
    /// The registry that `log` holds. Nothing is written until something is registered.
    pub fn new(log: L, mirror: M, clock: Arc<dyn Clock>) -> Self {
        Self { log, mirror, clock, known: Mutex::default() }
    }

    /// The model's history as it is now; empty when there is no such model.
    fn chain(&self, model: &ModelName) -> Result<Arc<Chain>> {
        if let Some(mut chain) = self.take(model) {
            let page = self.log.read(model, chain.next())?;
            // What was read before may have been changed: then all of it is read anew.
            if Arc::make_mut(&mut chain).extend(page).is_empty() {
                return Ok(self.keep(chain));
            }
        }
        let mut chain = Chain::new(model.clone());
        let problems = chain.extend(self.log.read(model, 1)?);
        if problems.is_empty() {
            Ok(self.keep(Arc::new(chain)))
        } else {
            Err(broken(model, &problems))
        }
    }

    /// The model in short; none: its first event is on its way.
    fn summary(&self, model: &ModelName) -> Result<Option<ModelSummary>> {
        let chain = self.chain(model)?;
        (!chain.is_empty()).then(|| (&chain.state).to_summary()).transpose()
    }

    fn take(&self, model: &ModelName) -> Option<Arc<Chain>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(model)
    }

    fn keep(&self, chain: Arc<Chain>) -> Arc<Chain> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(chain.state.name().clone(), Arc::clone(&chain));
        chain
    }

    /// Runs `read` on the model as it is now.
    fn read<T>(&self, model: &ModelName, read: impl FnOnce(&dyn Models) -> Result<T>) -> Result<T> {
        let chain = self.chain(model)?;
        read(&self.view(&chain))
    }

    fn view<'a>(&'a self, chain: &'a Chain) -> View<'a, L> {
        View { log: &self.log, chain }
    }

    /// Runs `decide` on the model as it is now and writes what it decides.
    fn transact<'a, T>(
        &self,
        model: &ModelName,
        decide: impl Fn(&dyn Models) -> Result<Decision<'a, T>>,
    ) -> Result<T> {
        let chain = self.chain(model)?;
        // A refusal, or nothing to do: no lock is taken for that.
        match decide(&self.view(&chain))? {
            Decision::Done(answer) if chain.unmirrored().is_empty() => return Ok(answer),
            Decision::Write(change, _) => self.mirror.allows(model, &change.what)?,
            Decision::Done(_) => {}
        }
        drop(chain);
        let mut written = None;
        self.log.alone(model, &mut || {
            written = Some(self.write(model, &decide)?);
            Ok(())
        })?;
        let (answer, late) =
            written.ok_or_else(|| Error::internal("the registry did not run a write"))?;
        self.show_again(model, late)?;
        Ok(answer)
    }

    /// Shows events whose showing came late as they are by now.
    fn show_again(&self, model: &ModelName, mut late: Vec<LoggedEvent>) -> Result<()> {
        for _ in 0..ROUNDS {
            if late.is_empty() {
                return Ok(());
            }
            tracing::info!("the system was slow, and others write too: {model} is shown again");
            let mut left = Vec::new();
            self.log.alone(model, &mut || {
                let chain = self.chain(model)?;
                let mut pending = late.clone();
                pending.extend_from_slice(chain.unmirrored());
                left = match self.project(&chain, &pending)? {
                    Shown::Done => Vec::new(),
                    Shown::Late => pending,
                };
                Ok(())
            })?;
            late = left;
        }
        Err(Error::timeout(format!("{model} is written, and the system is too slow to show it"))
            .hint("run the same command again to go on")
            .retryable())
    }

    /// As [`Self::transact`], alone; gives also what was shown late.
    fn write<'a, T>(
        &self,
        model: &ModelName,
        decide: &impl Fn(&dyn Models) -> Result<Decision<'a, T>>,
    ) -> Result<(T, Vec<LoggedEvent>)> {
        let mut backoff = Backoff::new(self.clock.as_ref(), PATIENCE, BUSY);
        loop {
            let chain = self.chain(model)?;
            let (change, answer) = match decide(&self.view(&chain))? {
                Decision::Done(answer) => return Ok((answer, self.mirror_all(chain)?)),
                Decision::Write(change, answer) => (change, answer),
            };
            if let Some((chain, logged)) = self.append(chain, *change)? {
                return Ok((answer(&logged), self.mirror_all(chain)?));
            }
            backoff.wait()?;
        }
    }

    /// Appends the events of `history` that are not here yet. The mirror follows with the next
    /// event, which says where the bytes are here.
    fn take_over(&self, model: &ModelName, history: &[LoggedEvent]) -> Result<u64> {
        let chain = self.chain(model)?;
        let missing = decide::missing(&chain.events, history)?;
        for logged in missing {
            let bytes = canonical::to_bytes(&logged.event)?;
            match self.log.append(model, logged.event.sequence, &bytes)? {
                Appended::Done => {}
                Appended::Lost => {
                    return Err(Error::conflict(format!("somebody else writes to {model}"))
                        .hint("run the same command again when they are done"));
                }
            }
        }
        Ok(missing.len() as u64)
    }

    /// Appends the event of `change`; none: somebody else was first.
    fn append(
        &self,
        mut chain: Arc<Chain>,
        change: Change,
    ) -> Result<Option<(Arc<Chain>, LoggedEvent)>> {
        let Change { model, what, origin } = change;
        let events = chain.state.events();
        let head = chain.state.head().map(|head| ModelHead { events, head });
        let event = next_event(model, head.as_ref(), what, origin, self.clock.as_ref());
        let bytes = canonical::to_bytes(&event)?;
        let logged = LoggedEvent { id: Digest::of(&bytes), event };
        match self.log.append(&logged.event.model, logged.event.sequence, &bytes)? {
            Appended::Lost => Ok(None),
            Appended::Done => {
                drop(self.take(&logged.event.model));
                let problems = Arc::make_mut(&mut chain).add(logged.clone());
                if !problems.is_empty() {
                    return Err(Error::internal(format!("a wrong event: {}", problems.join("; "))));
                }
                Ok(Some((self.keep(chain), logged)))
            }
        }
    }

    /// Shows every event that is not shown yet, and those that others append meanwhile: who comes
    /// last shows the newest state. Gives what was shown late.
    fn mirror_all(&self, mut chain: Arc<Chain>) -> Result<Vec<LoggedEvent>> {
        for _ in 0..ROUNDS {
            let pending = chain.unmirrored();
            if pending.is_empty() {
                return Ok(Vec::new());
            }
            if self.project(&chain, pending)? == Shown::Late {
                return Ok(pending.to_vec());
            }
            let name = chain.state.name().clone();
            if self.log.keeps_others_out() {
                drop(self.take(&name));
                let shown = Arc::make_mut(&mut chain);
                shown.mirrored = shown.state.events();
                self.keep(chain);
                return Ok(Vec::new());
            }
            drop(chain);
            chain = self.chain(&name)?;
        }
        Ok(Vec::new())
    }

    fn project(&self, chain: &Chain, events: &[LoggedEvent]) -> Result<Shown> {
        self.mirror.project(&chain.state, events).map_err(|e| {
            let hint = e.hint_text().map(str::to_owned);
            let error = e.during("the event is written, and is not shown everywhere yet");
            let again = "run the same command again";
            error.hint(match hint {
                Some(hint) if hint.contains(again) => hint,
                Some(hint) => format!("{hint}; {again} to go on"),
                None => format!("{again} to go on"),
            })
        })
    }

    fn verify_all(&self, models: &[ModelName]) -> Result<Verification> {
        let (mut events, mut problems) = (0, Vec::new());
        for name in models {
            let (state, wrong) = self.verified(name)?;
            events += state.events();
            problems.extend(wrong);
        }
        if problems.len() > MOST {
            let more = problems.len() - MOST;
            problems.truncate(MOST);
            problems.push(format!("and {more} more"));
        }
        Ok(Verification { verified: problems.is_empty(), events, problems })
    }

    /// One model, from its first event, with what is wrong.
    fn verified(&self, model: &ModelName) -> Result<(ModelState, Vec<String>)> {
        let look = || {
            let mut chain = Chain::new(model.clone());
            let page = self.log.read(model, 1)?;
            let notes = page.notes.clone();
            let problems = chain.extend(page);
            Ok::<_, Error>((chain, notes, problems))
        };
        let (mut chain, mut notes, mut problems) = look()?;
        // Somebody may be about to show what they have just written.
        for _ in 0..LOOKS {
            if chain.unmirrored().is_empty() || !problems.is_empty() {
                break;
            }
            self.clock.sleep(LOOK);
            (chain, notes, problems) = look()?;
        }
        let behind = chain.unmirrored().len();
        if behind > 0 {
            problems.push(format!(
                "the newest {behind} events are not shown by the system yet; the next write of \
                 {model} does so"
            ));
        } else if problems.is_empty() {
            problems.extend(self.mirror.differences(&chain.state)?);
        }
        let named = problems.into_iter().chain(notes).map(|problem| format!("{model}: {problem}"));
        Ok((chain.state, named.collect()))
    }
}

/// One model, and the names of the others.
struct View<'a, L> {
    log: &'a L,
    chain: &'a Chain,
}

impl<L: Log> Models for View<'_, L> {
    fn names(&self) -> Result<Vec<ModelName>> {
        self.log.models()
    }

    fn find(&self, name: &ModelName) -> Result<Option<Box<dyn Model + '_>>> {
        let same = self.chain.state.name() == name && !self.chain.is_empty();
        Ok(same.then(|| Box::new(&self.chain.state) as Box<dyn Model + '_>))
    }
}

impl<L: Log, M: Mirror> Registry for LedgerRegistry<L, M> {
    fn capabilities(&self) -> Capabilities {
        self.log.capabilities()
    }

    fn models(&self) -> Result<Vec<ModelSummary>> {
        let Listing { models, damaged } = self.list()?;
        match damaged.first() {
            None => Ok(models),
            Some(damaged) => Err(damaged.error().during("list models")),
        }
    }

    fn list(&self) -> Result<Listing> {
        let run = || {
            let mut listing = Listing::default();
            for name in self.log.models()? {
                match self.summary(&name) {
                    Ok(summary) => listing.models.extend(summary),
                    Err(e) if e.kind() == ErrorKind::Integrity => {
                        listing.damaged.push(DamagedModel::of(name, &e));
                    }
                    Err(e) => return Err(e),
                }
            }
            Ok(listing)
        };
        run().map_err(|e: Error| e.during("list models"))
    }

    fn model(&self, name: &ModelName) -> Result<ModelRecord> {
        self.read(name, |models| models.model(name)?.to_record())
            .map_err(|e| e.during(format!("show {name}")))
    }

    fn resolve(&self, reference: &ModelRef) -> Result<VersionRecord> {
        self.read(&reference.model, |models| lookup::resolve(models, reference))
            .map_err(|e| e.during(format!("find {reference}")))
    }

    fn register(&self, registration: &Registration) -> Result<RegisterOutcome> {
        let model = &registration.model;
        self.transact(model, |models| decide::register(models, registration))
            .map_err(|e| e.during(format!("register {model}")))
    }

    fn promote(&self, promotion: &Promotion) -> Result<PromoteOutcome> {
        let Promotion { model, alias, version, .. } = promotion;
        let begun = decide::Begun::default();
        self.transact(model, |models| decide::promote(models, promotion, &begun))
            .map_err(|e| e.during(format!("promote {model}@{version} to {alias}")))
    }

    fn set_archived(
        &self,
        model: &ModelName,
        version: &Version,
        archived: bool,
        origin: &Origin,
    ) -> Result<VersionRecord> {
        let verb = if archived { "archive" } else { "restore" };
        self.transact(model, |models| {
            decide::set_archived(models, model, version, archived, origin)
        })
        .map_err(|e| e.during(format!("{verb} {model}@{version}")))
    }

    fn record(&self, entry: &Entry) -> Result<LoggedEvent> {
        let (model, what) = (&entry.model, entry.what.type_name());
        self.transact(model, |models| decide::record(models, entry))
            .map_err(|e| e.during(format!("record {what} of {model}")))
    }

    fn may_adopt(&self, history: &[LoggedEvent]) -> Result<()> {
        let Some(first) = history.first() else { return Ok(()) };
        let model = &first.event.model;
        let run = || {
            let chain = self.chain(model)?;
            let missing = decide::missing(&chain.events, history)?;
            missing.iter().try_for_each(|logged| {
                self.mirror.allows(model, &logged.event.what).map_err(|e| {
                    e.hint(format!(
                        "the history of {model} has it, and a history is taken over as it is: \
                         copy into a registry that takes it, such as git"
                    ))
                })
            })
        };
        run().map_err(|e: Error| e.during(format!("take over {model}")))
    }

    fn adopt(&self, history: &[LoggedEvent]) -> Result<u64> {
        let Some(first) = history.first() else { return Ok(0) };
        let model = &first.event.model;
        self.may_adopt(history)?;
        let mut adopted = 0;
        let taken = self.log.alone(model, &mut || {
            adopted = self.take_over(model, history)?;
            Ok(())
        });
        taken.map_err(|e| e.during(format!("take over {model}")))?;
        Ok(adopted)
    }

    fn finish(&self, model: &ModelName) -> Result<()> {
        let run = || {
            if self.chain(model)?.unmirrored().is_empty() {
                return Ok(());
            }
            let mut late = Vec::new();
            self.log.alone(model, &mut || {
                late = self.mirror_all(self.chain(model)?)?;
                Ok(())
            })?;
            self.show_again(model, late)
        };
        run().map_err(|e: Error| e.during(format!("show {model}")))
    }

    fn history(&self, model: &ModelName) -> Result<Vec<LoggedEvent>> {
        let read = || {
            let chain = self.chain(model)?;
            if chain.is_empty() {
                return Err(lookup::unknown_model(model, &self.log.models()?));
            }
            Ok(chain.events.clone())
        };
        read().map_err(|e| e.during(format!("history of {model}")))
    }

    fn verify(&self) -> Result<Verification> {
        let run = || self.verify_all(&self.log.models()?);
        run().map_err(|e: Error| e.during("verify"))
    }

    fn verify_model(&self, model: &ModelName) -> Result<Verification> {
        let run = || self.verify_all(std::slice::from_ref(model));
        run().map_err(|e: Error| e.during(format!("verify {model}")))
    }

    fn check_writable(&self) -> Result<()> {
        let checked = self.log.check_writable();
        checked.map_err(|e| e.during("check that the registry can be written"))
    }
}

impl<L: std::fmt::Debug, M> std::fmt::Debug for LedgerRegistry<L, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LedgerRegistry").field("log", &self.log).finish_non_exhaustive()
    }
}
