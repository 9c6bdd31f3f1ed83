//! Drives one rollout: proves, mirrors, weighs, judges, and ends it or leaves it for later.
//!
//! Every step is written to the history before it is acted on, and every action may be taken
//! again, so that a run which is killed anywhere can be carried on from the history alone.

use std::time::Duration;

use super::analysis::{Evidence, judge};
use super::journal::{Journal, Rollout};
use super::meter::Meter;
use super::run::{DeployOutcome, Judged, Ports, Update, millis_between, outcome_of, secure};
use super::traffic::{all_to, during, slot, stages};
use crate::domain::endpoint::{EndpointStatus, SlotCounters, Traffic};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::event::{RolloutEnded, RolloutStep, What};
use crate::domain::name::ModelName;
use crate::domain::rollout::{Analysis, RolloutState, Stage};
use crate::domain::verdict::Verdict;
use crate::ports::endpoint::Load;
use crate::ports::registry::Origin;

/// Readings in a row without a sign of life after which the candidate has failed.
const STRIKES: u32 = 2;
/// Readings in a row that may go wrong in passing.
const HICCUPS: u32 = 5;

/// Where a stage, or all of them, led.
enum Way {
    On,
    Back(String),
    Pause(String),
    /// Somebody else ended the rollout.
    Taken,
}

/// One reading of the endpoint.
struct Reading {
    candidate: SlotCounters,
    stable: SlotCounters,
    status: EndpointStatus,
}

/// Both meters of one stage.
struct Meters {
    candidate: Meter,
    stable: Meter,
}

pub(super) struct Engine<'a> {
    rollout: Rollout,
    model: ModelName,
    journal: Journal<'a>,
    ports: Ports<'a>,
    analyses: Vec<Judged>,
    /// What the stable version did since this run began: compared with where a stage gives it too
    /// few requests.
    stable_overall: Option<Meter>,
}

impl<'a> Engine<'a> {
    pub(super) fn new(
        rollout: Rollout,
        model: &ModelName,
        origin: &Origin,
        ports: Ports<'a>,
    ) -> Self {
        let journal = Journal::of(&rollout, ports.registry, model, origin);
        let (analyses, stable_overall) = (Vec::new(), None);
        Self { rollout, model: model.clone(), journal, ports, analyses, stable_overall }
    }

    pub(super) fn drive(mut self) -> Result<DeployOutcome> {
        self.tell(&Update::Started {
            rollout: self.rollout.id,
            candidate: self.rollout.started.candidate.version.clone(),
            stable: self.rollout.started.stable.as_ref().map(|s| s.version.clone()),
        });
        match self.take_stages()? {
            Way::On => self.finish(),
            Way::Back(reason) => self.go_back(&reason),
            Way::Pause(reason) => self.outcome(RolloutState::Paused, reason),
            Way::Taken => self.taken(),
        }
    }

    fn tell(&self, update: &Update) {
        (self.ports.progress)(update);
    }

    fn take_stages(&mut self) -> Result<Way> {
        if let Some(reason) = self.rollout.failure() {
            return Ok(Way::Back(reason));
        }
        match self.prove()? {
            Way::On => {}
            other => return Ok(other),
        }
        let started = &self.rollout.started;
        let all = stages(&started.plan, started.stable.as_ref());
        for stage in self.rollout.remaining(&all).to_vec() {
            match self.take(stage)? {
                Way::On => {}
                other => return Ok(other),
            }
        }
        Ok(Way::On)
    }

    fn prove(&mut self) -> Result<Way> {
        if !self.write(Stage::Prove, None)? {
            return Ok(Way::Taken);
        }
        if let Some(stable) = &self.rollout.started.stable {
            secure(&self.ports.endpoint.status()?, &self.model, stable, self.ports)
                .map_err(|e| e.during("keep the stable version loaded"))?;
        }
        self.tell(&Update::Entered(Stage::Prove));
        let pinned = self.rollout.started.candidate.clone();
        let proof = match self.ports.endpoint.load(&Load { model: self.model.clone(), pinned }) {
            Ok(held) if held.healthy => Ok(()),
            Ok(held) => Err(held.problem.unwrap_or_else(|| "it does not answer".to_owned())),
            Err(e) if machine(e.kind()) => return Err(undecided(e)),
            Err(e) => Err(with_hint(&e)),
        };
        match proof {
            Ok(()) => {
                let reason = "the candidate loaded and answered".to_owned();
                self.judged(Stage::Prove, bare(Verdict::Pass, reason))
            }
            Err(problem) => {
                let reason = format!("not-loadable: the candidate did not load: {problem}");
                self.judged(Stage::Prove, bare(Verdict::Fail, reason))
            }
        }
    }

    fn take(&mut self, stage: Stage) -> Result<Way> {
        if !self.write(stage, None)? {
            return Ok(Way::Taken);
        }
        let before = self.read()?;
        self.stable_overall.get_or_insert_with(|| Meter::starting_at(&before.stable));
        let traffic = self.traffic(stage);
        self.ports.endpoint.set_traffic(&traffic)?;
        if !self.journal.is_open()? {
            return Ok(Way::Taken);
        }
        self.tell(&Update::Entered(stage));
        if self.rollout.started.stable.is_none() {
            let reason = "the first version on this endpoint: nothing to compare with".to_owned();
            return self.judged(stage, bare(Verdict::Pass, reason));
        }
        match self.watch(stage, &before, &traffic)? {
            Some(analysis) => {
                if analysis.verdict == Verdict::Fail {
                    self.to_stable()?;
                }
                self.judged(stage, analysis)
            }
            None => Ok(Way::Taken),
        }
    }

    fn traffic(&self, stage: Stage) -> Traffic {
        let started = &self.rollout.started;
        during(stage, &started.plan, &started.candidate, started.stable.as_ref())
    }

    /// Stays in a stage until it is judged. `None`: somebody else ended the rollout.
    fn watch(
        &mut self,
        stage: Stage,
        before: &Reading,
        traffic: &Traffic,
    ) -> Result<Option<Analysis>> {
        let plan = self.rollout.started.plan.clone();
        let began = self.ports.clock.now();
        let mut meters = Meters {
            candidate: Meter::starting_at(&before.candidate),
            stable: Meter::starting_at(&before.stable),
        };
        let (mut strikes, mut hiccups) = (0, 0);
        loop {
            self.ports.clock.sleep(Duration::from_millis((plan.bake_ms / 20).clamp(200, 2000)));
            let reading = match self.read() {
                Err(e) if e.is_retryable() && hiccups < HICCUPS => {
                    hiccups += 1;
                    continue;
                }
                other => other?,
            };
            hiccups = 0;
            if reading.status.traffic != *traffic && !self.restore(traffic)? {
                return Ok(None);
            }
            let mut analysis = self.judge(stage, &reading, &mut meters);
            strikes = if self.answers(&reading) { 0 } else { strikes + 1 };
            if strikes > 0 {
                dead(&mut analysis, &self.problem(&reading), strikes);
            }
            let elapsed_ms = millis_between(began, self.ports.clock.now());
            let done = elapsed_ms >= plan.bake_ms && analysis.verdict == Verdict::Pass;
            if analysis.verdict == Verdict::Fail || done || elapsed_ms >= plan.step_timeout_ms {
                return Ok(Some(analysis));
            }
            self.tell(&Update::Waiting {
                stage,
                requests: analysis.requests,
                min_requests: plan.min_requests,
                elapsed_ms,
                bake_ms: plan.bake_ms,
            });
        }
    }

    /// Sets the traffic again that somebody changed; false when the rollout is no longer ours.
    fn restore(&self, traffic: &Traffic) -> Result<bool> {
        if !self.journal.is_open()? {
            return Ok(false);
        }
        self.tell(&Update::Note("the traffic was changed meanwhile; set again".to_owned()));
        self.ports.endpoint.set_traffic(traffic)?;
        Ok(true)
    }

    fn read(&self) -> Result<Reading> {
        let mut counters = self.ports.endpoint.counters()?;
        let started = &self.rollout.started;
        let candidate = counters.remove(&slot(&started.candidate)).unwrap_or_default();
        let stable = started.stable.as_ref().and_then(|s| counters.remove(&slot(s)));
        let status = self.ports.endpoint.status()?;
        Ok(Reading { candidate, stable: stable.unwrap_or_default(), status })
    }

    fn judge(&mut self, stage: Stage, reading: &Reading, meters: &mut Meters) -> Analysis {
        let plan = &self.rollout.started.plan;
        meters.candidate.read(&reading.candidate);
        meters.stable.read(&reading.stable);
        let beside = meters.stable.sum();
        let mut stable = beside;
        if let Some(overall) = &mut self.stable_overall {
            overall.read(&reading.stable);
            if beside.requests < plan.min_requests.max(1) {
                stable = overall.sum();
            }
        }
        let evidence = Evidence {
            candidate: meters.candidate.sum(),
            stable: Some(stable),
            min_requests: plan.min_requests,
            comparable: stage != Stage::Weight { percent: 100 },
        };
        judge(&evidence, &plan.limits)
    }

    fn answers(&self, reading: &Reading) -> bool {
        let candidate = slot(&self.rollout.started.candidate);
        reading.status.slots.get(&candidate).is_some_and(|s| s.healthy)
    }

    fn problem(&self, reading: &Reading) -> String {
        let candidate = slot(&self.rollout.started.candidate);
        match reading.status.slots.get(&candidate) {
            Some(held) => held.problem.clone().unwrap_or_else(|| "no reason known".to_owned()),
            None => "its slot is gone".to_owned(),
        }
    }

    /// Everything to the stable version, at once.
    fn to_stable(&self) -> Result<()> {
        let Some(stable) = &self.rollout.started.stable else { return Ok(()) };
        secure(&self.ports.endpoint.status()?, &self.model, stable, self.ports)
            .map_err(|e| e.during("go back to the stable version"))?;
        self.ports.endpoint.set_traffic(&all_to(stable))
    }

    /// Writes how a stage was judged, and says where that leads.
    fn judged(&mut self, stage: Stage, analysis: Analysis) -> Result<Way> {
        if !self.write(stage, Some(analysis.clone()))? {
            return Ok(Way::Taken);
        }
        let reason = format!("{stage}: {}", analysis.reasons.join("; "));
        let verdict = analysis.verdict;
        let judged = Judged { stage, analysis };
        self.tell(&Update::Judged(judged.clone()));
        self.analyses.push(judged);
        Ok(match verdict {
            Verdict::Pass | Verdict::Warn => Way::On,
            Verdict::Inconclusive => Way::Pause(reason),
            Verdict::Fail | Verdict::Error => Way::Back(reason),
        })
    }

    fn write(&mut self, stage: Stage, analysis: Option<Analysis>) -> Result<bool> {
        self.journal.append(&What::RolloutStep(RolloutStep {
            rollout: self.rollout.id,
            endpoint: self.rollout.started.endpoint.clone(),
            stage,
            analysis,
        }))
    }

    fn ended(&self, live: Option<crate::domain::rollout::Pinned>, reason: &str) -> RolloutEnded {
        RolloutEnded {
            rollout: self.rollout.id,
            endpoint: self.rollout.started.endpoint.clone(),
            live,
            reason: reason.to_owned(),
        }
    }

    fn finish(mut self) -> Result<DeployOutcome> {
        let started = self.rollout.started.clone();
        self.ports.endpoint.set_traffic(&all_to(&started.candidate))?;
        let kept = [Some(&started.candidate), started.stable.as_ref()];
        for name in self.ports.endpoint.status()?.slots.keys() {
            if !kept.iter().flatten().any(|pinned| slot(pinned) == *name) {
                self.unload(name);
            }
        }
        let reason = "every stage passed";
        let ended = self.ended(Some(started.candidate), reason);
        if !self.journal.append(&What::RolloutFinished(ended))? {
            return self.taken();
        }
        self.outcome(RolloutState::Finished, reason.to_owned())
    }

    fn go_back(mut self, reason: &str) -> Result<DeployOutcome> {
        self.to_stable()?;
        let started = self.rollout.started.clone();
        if started.stable.is_some() {
            self.unload(&slot(&started.candidate));
        }
        let ended = self.ended(started.stable, reason);
        if !self.journal.append(&What::RolloutRolledBack(ended))? {
            return self.taken();
        }
        self.outcome(RolloutState::RolledBack, reason.to_owned())
    }

    fn unload(&self, name: &str) {
        if let Err(e) = self.ports.endpoint.unload(name) {
            self.tell(&Update::Note(format!("slot {name} stays loaded: {e}")));
        }
    }

    /// Somebody else ended the rollout: what they say holds, also for the traffic.
    fn taken(self) -> Result<DeployOutcome> {
        let history = self.ports.registry.history(&self.model)?;
        let latest = Rollout::latest(&history, &self.rollout.started.endpoint)
            .ok_or_else(|| Error::internal("the rollout is no longer in the history"))?;
        if latest.id == self.rollout.id
            && let Some(live) = latest.ended.as_ref().and_then(|(_, e)| e.live.as_ref())
        {
            self.ports.endpoint.set_traffic(&all_to(live))?;
        }
        Ok(outcome_of(&latest, self.ports.endpoint.status()?.url))
    }

    fn outcome(self, state: RolloutState, reason: String) -> Result<DeployOutcome> {
        self.tell(&Update::Ended { state, reason: reason.clone() });
        let started = self.rollout.started;
        Ok(DeployOutcome {
            endpoint: started.endpoint,
            url: self.ports.endpoint.status()?.url,
            state,
            live: if state == RolloutState::Finished {
                Some(started.candidate)
            } else {
                started.stable
            },
            rollout: Some(self.journal.rollout()),
            analyses: self.analyses,
            reason,
        })
    }
}

/// Whether a load failed for what the endpoint's machine lacks, which says nothing of the model.
fn machine(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unavailable | ErrorKind::Permission | ErrorKind::Io)
}

/// A failure that leaves the rollout open.
fn undecided(error: Error) -> Error {
    let carry_on = "then carry on with `deploy --resume`; the traffic is as it was";
    let hint = match error.hint_text() {
        Some(hint) => format!("{hint}; {carry_on}"),
        None => format!("look at what the endpoint's machine lacks; {carry_on}"),
    };
    error.hint(hint)
}

fn with_hint(error: &Error) -> String {
    error.hint_text().map_or_else(|| error.to_string(), |hint| format!("{error} ({hint})"))
}

fn bare(verdict: Verdict, reason: String) -> Analysis {
    Analysis {
        verdict,
        reasons: vec![reason],
        requests: 0,
        errors: 0,
        p99_ms: None,
        stable_p99_ms: None,
        prediction_shift: None,
    }
}

/// A candidate that does not answer cannot pass, and fails when it stays so.
fn dead(analysis: &mut Analysis, problem: &str, strikes: u32) {
    if strikes >= STRIKES {
        analysis.verdict = Verdict::Fail;
    } else if analysis.verdict == Verdict::Pass {
        analysis.verdict = Verdict::Inconclusive;
    }
    analysis.reasons.insert(0, format!("not-answering: the candidate does not answer: {problem}"));
}
