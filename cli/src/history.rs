//! `outerloop history`

use clap::Args;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::event::What;
use outerloop_core::domain::name::ModelName;
use outerloop_core::domain::record::LoggedEvent;
use outerloop_core::ports::registry::Verification;
use outerloop_core::steps::history;
use serde_json::json;

use crate::arguments::parsed;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::Outcome;
use crate::table::table;

/// Arguments of `history`.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "MODEL", value_parser = parsed::<ModelName>)]
    model: Option<ModelName>,
    #[arg(long)]
    verify: bool,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let model = context.model(arguments.model.as_ref())?;
    let registry = context.registry()?;
    let history = history::run(&model, arguments.verify, registry.as_ref())?;
    let rows: Vec<_> = history.events.iter().map(row).collect();
    let mut text = table(&["TIME (UTC)", "EVENT", "WHAT", "ID", "CAUSE", "BY"], &rows);
    let mut json = json!({ "events": history.events });
    let mut exit = Exit::Done;
    if let Some(verification) = &history.verification {
        json["verified"] = json!(verification.verified);
        json["problems"] = json!(verification.problems);
        text.push_str(&said(verification));
        exit = if verification.verified { Exit::Done } else { Exit::Backend };
    }
    Ok(Outcome { json, text, exit })
}

fn said(verification: &Verification) -> String {
    if verification.verified {
        return format!("\nverified: {} events, chain and state hold", verification.events);
    }
    format!("\nDOES NOT VERIFY\n  {}", verification.problems.join("\n  "))
}

fn row(logged: &LoggedEvent) -> Vec<String> {
    let event = &logged.event;
    vec![
        event.time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        event.what.type_name().to_owned(),
        what(&event.what),
        logged.id.short(),
        event.cause.map(|c| c.short()).unwrap_or_default(),
        event.actor.clone(),
    ]
}

/// The event in a few words.
fn what(what: &What) -> String {
    match what {
        What::Registered(e) => e.version.to_string(),
        What::Validated(e) => format!("{}: {}", e.version, e.verdict),
        What::Promoted(e) => format!("{} → {}", e.alias, e.version),
        What::Withdrawn(e) => format!("{} → nothing", e.alias),
        What::RolloutStarted(e) => format!("{} on {}", e.candidate.version, e.endpoint),
        What::RolloutStep(e) => match &e.analysis {
            Some(analysis) => format!("{}: {}", e.stage, analysis.verdict),
            None => format!("{}: begins", e.stage),
        },
        What::RolloutFinished(e) | What::RolloutRolledBack(e) => match &e.live {
            Some(live) => format!("{} serves {}", e.endpoint, live.version),
            None => format!("{} serves nothing", e.endpoint),
        },
        What::Monitored(e) => format!("{}: {} in {} rows", e.version, e.status.as_str(), e.rows),
        What::Notified(e) => format!("{}: {}", e.by, e.state.as_str()),
        What::RetrainRequested(e) => {
            let reasons: Vec<&str> = e.reasons.iter().map(|r| r.code.as_str()).collect();
            format!("{}: {}", e.version, reasons.join(", "))
        }
        What::Archived(e) | What::Restored(e) => e.version.to_string(),
        What::Copied(e) if e.uris.is_empty() => format!("from {}", e.from),
        What::Copied(e) => format!("{} versions from {}", e.uris.len(), e.from),
    }
}
