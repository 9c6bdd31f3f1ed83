//! `outerloop deploy`

use clap::Args;
use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::factory;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::name::EndpointName;
use outerloop_core::ports::forge::Forge;
use outerloop_core::ports::host::{Annotation, Level};
use outerloop_core::steps::deploy::deployments::{Deployments, Rolling};
use outerloop_core::steps::deploy::{self, DeployInput, DeployOutcome, Judged, Update};
use serde_json::json;

use crate::arguments::parsed;
use crate::context::Context;
use crate::forge;
use crate::output::Outcome;

/// Arguments of `deploy`.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "REF", required_unless_present = "resume")]
    reference: Option<String>,
    #[arg(long, value_name = "NAME", value_parser = parsed::<EndpointName>)]
    endpoint: Option<EndpointName>,
    #[arg(long)]
    resume: bool,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let endpoint = context.endpoint(arguments.endpoint.as_ref())?;
    let reference = match &arguments.reference {
        Some(text) => context.reference(text)?,
        None => context.config()?.require_model()?.as_str().parse()?,
    };
    let config = context.config()?;
    let input = DeployInput {
        reference,
        endpoint: endpoint.clone(),
        plan: config.endpoint(&endpoint)?.plan,
        resume: arguments.resume,
        origin: context.origin(),
    };
    let registry = context.registry()?;
    let served = factory::endpoint(config, &endpoint)?;
    let tell = |update: &Update| {
        if let Some(line) = line(update) {
            context.say(&line);
        }
    };
    let forge = forge(context);
    let deployments = Deployments {
        forge: forge.as_deref(),
        host: context.host().as_ref(),
        registry: registry.as_ref(),
        model: input.reference.model.clone(),
        environment: environment(context, &endpoint)?,
        commit: commit(context)?,
    };
    let outcome = deployments.around(Rolling::Deploy, &tell, |tell| {
        deploy::run(&input, registry.as_ref(), served.as_ref(), &SystemClock, tell)
    })?;
    Ok(render(&outcome))
}

/// The server that lists deployments. A login that cannot be used is said, and stops no rollout.
pub fn forge(context: &Context) -> Option<Box<dyn Forge>> {
    let found = forge::or_said_for("the list of deployments", Level::Notice, context);
    found.unwrap_or_else(|e| {
        context.host().annotate(&Annotation {
            level: Level::Warning,
            title: "the deployment is not listed".to_owned(),
            message: e.to_string(),
            place: None,
        });
        None
    })
}

/// The environment under which an endpoint's deployments are listed.
pub fn environment(context: &Context, endpoint: &EndpointName) -> Result<String> {
    let named = context.config()?.endpoint(endpoint)?.environment;
    Ok(named.unwrap_or_else(|| endpoint.to_string()))
}

/// The commit of this run.
pub fn commit(context: &Context) -> Result<Option<String>> {
    let root = &context.config()?.root;
    Ok(context.host().provenance(root).ok().and_then(|provenance| provenance.commit))
}

/// What is said of a rollout as it goes on.
pub fn line(update: &Update) -> Option<String> {
    Some(match update {
        Update::Note(text) => text.clone(),
        Update::Started { rollout, candidate, stable } => match stable {
            Some(stable) => format!("rollout {}: {candidate} beside {stable}", rollout.short()),
            None => format!("rollout {}: {candidate} is the first", rollout.short()),
        },
        Update::Entered(stage) => format!("{stage}: entered"),
        Update::Judged(judged) => said(judged),
        Update::Waiting { .. } | Update::Ended { .. } => return None,
    })
}

fn said(judged: &Judged) -> String {
    let analysis = &judged.analysis;
    format!("{}: {}; {}", judged.stage, analysis.verdict, analysis.reasons.join("; "))
}

/// The outcome of `deploy` and `rollback`.
pub fn render(outcome: &DeployOutcome) -> Outcome {
    let live = outcome.live.as_ref().map(|l| l.version.to_string());
    let serves = live.as_deref().unwrap_or("nothing");
    let text = format!(
        "{}: {} serves {serves} at {}\n{}",
        outcome.state.as_str(),
        outcome.endpoint,
        outcome.url,
        outcome.reason
    );
    let json = json!({
        "endpoint": outcome.endpoint,
        "url": outcome.url,
        "state": outcome.state.as_str(),
        "live": live,
        "rollout": outcome.rollout,
        "reason": outcome.reason,
        "steps": outcome.analyses.iter().map(said).collect::<Vec<_>>(),
    });
    Outcome { json, text, exit: outcome.state.into() }
}
