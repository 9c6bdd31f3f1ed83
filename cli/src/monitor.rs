//! `outerloop monitor`

use std::path::PathBuf;

use clap::Args;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::name::EndpointName;
use outerloop_core::report::monitor::{MonitorReport, html, markdown};
use outerloop_core::steps::monitor::{self, MonitorInput, MonitorOutcome, window_of_endpoint};
use outerloop_core::steps::package::transfer::manifest;
use serde_json::json;

use crate::arguments::parsed;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::Outcome;

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
        origin: context.origin(),
    };
    let outcome = monitor::run(&input, registry.as_ref())?;
    let exact = format!("{}@{}", record.model, record.version);
    let report = MonitorReport {
        title: &exact,
        status: outcome.status,
        summary: &outcome.summary,
        assessment: &outcome.assessment,
        performance: &outcome.performance,
    };
    let name = format!("{}-{}-monitoring", record.model, record.version);
    let path = context.write_report(arguments.report.as_deref(), &name, &html(&report))?;
    context.summary(&markdown(&report), None)?;
    Ok(render(&outcome, &exact, &path, context.shown(&path)))
}

fn render(outcome: &MonitorOutcome, exact: &str, report: &str, shown: &str) -> Outcome {
    let rows = outcome.assessment.rows;
    let json = json!({
        "status": outcome.status,
        "drifted": outcome.drifted,
        "report": report,
        "rows": rows,
        "summary": outcome.summary,
        "performance": outcome.performance,
        "event": outcome.event,
        "created": outcome.created,
    });
    let lines: String = outcome.summary.iter().map(|line| format!("\n  {line}")).collect();
    let text =
        format!("{exact}: {} in {rows} rows{lines}\nreport: {shown}", outcome.status.as_str());
    Outcome { json, text, exit: Exit::from(outcome.status) }
}
