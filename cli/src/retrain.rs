//! `outerloop retrain`

use clap::Args;
use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::factory;
use outerloop_core::domain::error::{Error, Result};
use outerloop_core::steps::retrain::{self, RetrainInput};
use serde_json::json;

use crate::context::Context;
use crate::output::Outcome;

/// Arguments of `retrain`.
#[derive(Args)]
#[command(
    after_help = "The policy is `retrain:` in outerloop.yaml. The decision is recorded with \
its evidence; the same evidence triggers once."
)]
pub struct Arguments {
    /// The model that may be replaced [default: the configured model's champion]
    #[arg(long, value_name = "REF")]
    model: Option<String>,
    /// Explain the decision, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Start the training again of a request that led to no version
    #[arg(long)]
    again: bool,
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
    let trigger = factory::trigger(config, policy, context.host())?;
    let registry = context.registry()?;
    let outcome = retrain::run(&input, registry.as_ref(), trigger.as_ref(), &SystemClock)?;
    let json = json!({
        "triggered": outcome.triggered,
        "due": outcome.due,
        "reasons": outcome.reasons,
        "event": outcome.event,
        "run": outcome.run,
        "explanation": outcome.explanation,
    });
    Ok(Outcome::done(json, outcome.explanation.join("\n")))
}
