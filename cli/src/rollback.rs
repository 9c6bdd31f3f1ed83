//! `outerloop rollback`

use clap::Args;
use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::factory;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::name::{EndpointName, ModelName};
use outerloop_core::domain::rollout::RolloutState;
use outerloop_core::ports::endpoint::Endpoint;
use outerloop_core::steps::deploy::Update;
use outerloop_core::steps::deploy::deployments::{Deployments, Rolling};
use outerloop_core::steps::rollback::{self, RollbackInput};

use crate::arguments::parsed;
use crate::context::Context;
use crate::deploy;
use crate::exit::Exit;
use crate::output::Outcome;

/// Arguments of `rollback`.
#[derive(Args)]
pub struct Arguments {
    #[arg(long, value_name = "NAME", value_parser = parsed::<EndpointName>)]
    endpoint: Option<EndpointName>,
}

/// Runs the verb. Going back is what was asked for: it ends with 0.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let config = context.config()?;
    let endpoint = context.endpoint(arguments.endpoint.as_ref())?;
    let input = RollbackInput {
        endpoint: endpoint.clone(),
        model: config.model.clone(),
        origin: context.origin(),
    };
    let registry = context.registry()?;
    let served = factory::endpoint(config, &endpoint)?;
    let tell = |update: &Update| {
        if let Some(line) = deploy::line(update) {
            context.say(&line);
        }
    };
    let work = |tell: &dyn Fn(&Update)| {
        rollback::run(&input, registry.as_ref(), served.as_ref(), &SystemClock, tell)
    };
    let outcome = match model(&input, served.as_ref()) {
        None => work(&tell)?,
        Some(model) => {
            let forge = deploy::forge(context);
            let deployments = Deployments {
                forge: forge.as_deref(),
                host: context.host().as_ref(),
                registry: registry.as_ref(),
                model,
                environment: deploy::environment(context, &endpoint)?,
                commit: deploy::commit(context)?,
            };
            deployments.around(Rolling::Rollback, &tell, work)?
        }
    };
    let mut rendered = deploy::render(&outcome);
    if outcome.state == RolloutState::RolledBack {
        rendered.exit = Exit::Done;
    }
    Ok(rendered)
}

/// The model: the configured one, else the one that is served.
fn model(input: &RollbackInput, endpoint: &dyn Endpoint) -> Option<ModelName> {
    let served = || endpoint.status().ok()?.model?.parse().ok();
    input.model.clone().or_else(served)
}
