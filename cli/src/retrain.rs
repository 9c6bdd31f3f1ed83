//! `outerloop retrain`

use std::cell::RefCell;

use clap::Args;
use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::factory;
use outerloop_core::config::valid::RetrainConfig;
use outerloop_core::domain::error::{Error, ErrorKind, Result};
use outerloop_core::ports::forge::Forge;
use outerloop_core::ports::host::Level;
use outerloop_core::ports::trigger::{Started, Trigger};
use outerloop_core::steps::permitted::or_said;
use outerloop_core::steps::retrain::{self, Requested, RetrainInput, RetrainOutcome, ticket};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::forge;
use crate::output::{self, Outcome};

/// Arguments of `retrain`.
#[derive(Args)]
pub struct Arguments {
    #[arg(long, value_name = "REF")]
    model: Option<String>,
    #[arg(long)]
    dry_run: bool,
    #[arg(long)]
    again: bool,
    #[arg(long, conflicts_with = "dry_run")]
    wait: bool,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let config = context.config()?;
    let policy = config.retrain.as_ref().ok_or_else(|| {
        Error::config("there is no retrain policy")
            .hint("write `retrain:` into outerloop.yaml; docs/retraining.md has an example")
    })?;
    let input = RetrainInput {
        reference: context.champion(arguments.model.as_deref())?,
        config: policy,
        dry_run: arguments.dry_run,
        again: arguments.again,
        origin: context.origin(),
    };
    let host = context.host();
    let trigger = match factory::trigger(config, policy, host) {
        // The policy can be explained without a login.
        Err(e) if arguments.dry_run => factory::unreachable_trigger(policy, &e),
        made => made?,
    };
    let registry = context.registry()?;
    let forge = match policy.ticket.is_some() && !arguments.dry_run {
        true => forge::or_said_for("the retraining's ticket", Level::Warning, context)?,
        false => None,
    };
    let tickets = Tickets { policy, context, forge, written: RefCell::default() };
    let tell = |requested: &Requested<'_>| tickets.write(requested);
    let decided = retrain::run(&input, registry.as_ref(), trigger.as_ref(), &SystemClock, &tell)?;
    let mut outcome = rendered(&decided);
    if let (true, Some(started)) = (arguments.wait, &decided.started) {
        wait(started, trigger.as_ref(), policy, context, &mut outcome);
    }
    tickets.close(&mut outcome);
    Ok(outcome)
}

fn rendered(decided: &RetrainOutcome) -> Outcome {
    let started = decided.started.as_ref();
    let json = json!({
        "triggered": decided.triggered,
        "due": decided.due,
        "reasons": decided.reasons,
        "event": decided.event,
        "run": started.map(|s| &s.run),
        "run-id": started.and_then(|s| s.id.as_ref()),
        "conclusion": null,
        "ticket": null,
        "explanation": decided.explanation,
    });
    Outcome::done(json, decided.explanation.join("\n"))
}

/// Waits for the training. It stays started whatever comes of it.
fn wait(
    started: &Started,
    trigger: &dyn Trigger,
    policy: &RetrainConfig,
    context: &Context,
    outcome: &mut Outcome,
) {
    let host = context.host().as_ref();
    match retrain::wait(started, trigger, policy.timeout, &SystemClock, host) {
        Ok(waited) => {
            let run = waited.url.as_deref().unwrap_or(&started.run);
            outcome.json["run"] = json!(run);
            outcome.json["conclusion"] = json!(waited.conclusion);
            outcome.text.push_str(&format!("\nended: {}: {run}", waited.conclusion));
            if !waited.success {
                outcome.exit = Exit::No;
            }
        }
        Err(e) => {
            output::error(host, &e);
            outcome.exit = Exit::from(e.kind());
        }
    }
}

/// Writes the ticket of a request as it goes on, and keeps what came of it for the end.
struct Tickets<'a> {
    policy: &'a RetrainConfig,
    context: &'a Context,
    forge: Option<Box<dyn Forge>>,
    written: RefCell<Written>,
}

#[derive(Default)]
struct Written {
    url: Option<String>,
    /// The token may not write it: said once.
    refused: bool,
    failed: Option<Error>,
}

impl Tickets<'_> {
    fn write(&self, requested: &Requested<'_>) {
        let (Some(settings), Some(forge)) = (&self.policy.ticket, &self.forge) else { return };
        let mut written = self.written.borrow_mut();
        if written.refused {
            return;
        }
        let host = self.context.host();
        let posted = ticket::open(requested, settings, host.run_url().as_deref(), forge.as_ref());
        let posted = posted.map(|posted| written.url = posted.url);
        written.refused = matches!(&posted, Err(e) if e.kind() == ErrorKind::Permission);
        written.failed =
            or_said("the retraining's ticket", posted, Level::Warning, host.as_ref()).err();
    }

    /// Says how the last writing ended. One that failed is an error, after everything else.
    fn close(self, outcome: &mut Outcome) {
        let written = self.written.into_inner();
        outcome.json["ticket"] = json!(written.url);
        if let Some(e) = written.failed {
            forge::failed(&e, self.context, outcome);
        }
    }
}
