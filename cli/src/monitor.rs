//! `outerloop monitor`

use std::path::PathBuf;

use clap::Args;
use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::name::EndpointName;
use outerloop_core::ports::clock::Clock as _;
use outerloop_core::report::monitor::{MonitorReport, html, markdown};
use outerloop_core::steps::monitor::{self, MonitorInput, MonitorOutcome, window_of_endpoint};
use outerloop_core::steps::package::transfer::manifest;
use serde_json::json;

use crate::arguments::parsed;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::Outcome;
use crate::tell::{self, Monitored};

/// Arguments of `monitor`.
#[derive(Args)]
pub struct Arguments {
    #[arg(long, value_name = "REF")]
    model: Option<String>,
    #[arg(long, value_name = "FILES", num_args = 1.., conflicts_with = "endpoint")]
    current: Vec<PathBuf>,
    #[arg(long, value_name = "NAME", value_parser = parsed::<EndpointName>)]
    endpoint: Option<EndpointName>,
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let config = context.config()?;
    let reference = context.champion(arguments.model.as_deref())?;
    let (registry, store) = (context.registry()?, context.store()?);
    // What cannot work is said before anything is recorded.
    let listeners = tell::listeners(context)?;
    let record = registry.resolve(&reference)?;
    let manifest = manifest(&record.digest, store.as_ref())?;
    let current = if arguments.current.is_empty() {
        let endpoint = context.endpoint(arguments.endpoint.as_ref())?;
        vec![window_of_endpoint(&config.endpoint_folder(&endpoint), &record, registry.as_ref())?]
    } else {
        arguments.current.iter().map(|p| context.path(p)).collect()
    };
    let input = MonitorInput {
        model: &record.model,
        version: &record.version,
        manifest: &manifest,
        current: &current,
        config: &config.monitor,
        now: SystemClock.now(),
        origin: context.origin(),
    };
    let outcome = monitor::run(&input, registry.as_ref())?;
    let exact = format!("{}@{}", record.model, record.version);
    let report = MonitorReport {
        title: &exact,
        status: outcome.found.status,
        summary: &outcome.summary,
        assessment: &outcome.assessment,
        performance: &outcome.found.performance,
    };
    let name = format!("{}-{}-monitoring", record.model, record.version);
    let path = context.write_report(arguments.report.as_deref(), &name, &html(&report))?;
    context.summary(&markdown(&report), None)?;
    let mut answer = render(&outcome, &exact, &path, context.shown(&path));
    let created = outcome.created.then_some(outcome.event);
    let monitored = Monitored { model: &record.model, created };
    tell::tell(&monitored, &listeners, registry.as_ref(), context, &mut answer)?;
    Ok(answer)
}

fn render(outcome: &MonitorOutcome, exact: &str, report: &str, shown: &str) -> Outcome {
    let found = &outcome.found;
    let json = json!({
        "status": found.status,
        "drifted": found.drifted,
        "report": report,
        "rows": found.rows,
        "summary": outcome.summary,
        "performance": found.performance,
        "signals": found.signals,
        "alerts": found.alerts,
        "event": outcome.event,
        "created": outcome.created,
        "ticket": null,
        "notified": [],
    });
    let lines: String = outcome.summary.iter().map(|line| format!("\n  {line}")).collect();
    let alerts: String = found
        .alerts
        .iter()
        .map(|a| format!("\n  alert {}: {}", a.state.as_str(), a.signal))
        .collect();
    let (status, rows) = (found.status.as_str(), found.rows);
    let text = format!("{exact}: {status} in {rows} rows{lines}{alerts}\nreport: {shown}");
    Outcome { json, text, exit: Exit::from(found.status) }
}
