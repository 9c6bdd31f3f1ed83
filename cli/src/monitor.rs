//! `outerloop monitor`

use std::path::PathBuf;

use clap::Args;
use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::domain::error::{Error, Result};
use outerloop_core::domain::name::EndpointName;
use outerloop_core::domain::record::VersionRecord;
use outerloop_core::files::place::{self, Mode};
use outerloop_core::ports::clock::Clock as _;
use outerloop_core::ports::registry::Registry;
use outerloop_core::report::monitor::{MonitorReport, html, markdown};
use outerloop_core::report::prometheus::{self, Exposed};
use outerloop_core::report::trend::Trend;
use outerloop_core::stats::drift::presets::Preset;
use outerloop_core::steps::monitor::{
    self, Against, Moment, MonitorInput, MonitorOutcome, kept_windows, window_of_endpoint,
};
use outerloop_core::steps::package::transfer::manifest;
use serde_json::json;

use crate::arguments::parsed;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::Outcome;
use crate::tell::{self, Monitored};
use crate::text::Text;

/// Arguments of `monitor`.
#[derive(Args)]
pub struct Arguments {
    #[arg(long, value_name = "REF")]
    model: Option<String>,
    #[arg(long, value_name = "FILES", num_args = 1.., conflicts_with = "endpoint")]
    current: Vec<PathBuf>,
    #[arg(long, value_name = "NAME", value_parser = parsed::<EndpointName>)]
    endpoint: Option<EndpointName>,
    #[arg(long, value_name = "MOMENT", value_parser = parsed::<Moment>, conflicts_with = "endpoint")]
    since: Option<Moment>,
    #[arg(long, value_name = "MOMENT", value_parser = parsed::<Moment>, conflicts_with = "endpoint")]
    until: Option<Moment>,
    #[arg(long, value_name = "FILES", num_args = 1.., conflicts_with = "endpoint")]
    baseline: Vec<PathBuf>,
    #[arg(long, value_name = "FILES", num_args = 1..)]
    labels: Vec<PathBuf>,
    #[command(flatten)]
    text: Text,
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    prometheus: Option<PathBuf>,
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
    let (current, earlier) = data(arguments, &record, registry.as_ref(), context)?;
    let against = against(arguments, context)?;
    let labels = context.all_data(&arguments.labels)?;
    let mut settings = config.monitor.clone();
    settings.text = arguments.text.over(settings.text)?;
    let input = MonitorInput {
        model: &record.model,
        version: &record.version,
        manifest: &manifest,
        current: &current,
        against: against.as_ref(),
        labels: &labels,
        earlier: &earlier,
        since: arguments.since,
        until: arguments.until,
        config: &settings,
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
        trend: Some(Trend {
            found: &outcome.found,
            windows: &outcome.windows,
            importances: &manifest.importances,
        }),
    };
    let name = format!("{}-{}-monitoring", record.model, record.version);
    let path = context.write_report(arguments.report.as_deref(), &name, &html(&report))?;
    context.summary(&markdown(&report), None)?;
    if let Some(file) = &arguments.prometheus {
        let exposed = Exposed { model: &record.model, found: &outcome.found, time: input.now };
        let file = context.path(file);
        place::write(&file, prometheus::text(&exposed).as_bytes(), Mode::Ordinary)?;
    }
    let mut answer = render(&outcome, &exact, &path, context.shown(&path));
    let created = outcome.event.filter(|_| outcome.created);
    let monitored = Monitored { model: &record.model, created };
    tell::tell(&monitored, &listeners, registry.as_ref(), context, &mut answer)?;
    Ok(answer)
}

/// The rows that are compared with, in the place of the profile: those that are given, else with
/// `monitor.preset` the training data that the configuration names.
fn against(arguments: &Arguments, context: &Context) -> Result<Option<Against>> {
    let config = context.config()?;
    let preset = config.monitor.preset.as_deref();
    let mut baseline = context.all_data(&arguments.baseline)?;
    if baseline.is_empty() && preset.is_some_and(|name| name != Preset::default().as_str()) {
        let train = config.package.data.get("train").ok_or_else(|| {
            Error::usage("`monitor.preset` has no rows to compare with")
                .hint("give --baseline FILES, or name the training data in `package.data.train`")
        })?;
        baseline.push(context.data(train)?);
    }
    if baseline.is_empty() {
        return Ok(None);
    }
    if arguments.current.is_empty() {
        return Err(Error::usage("`monitor.preset` and --baseline compare files with --current")
            .hint("the window of an endpoint is compared with the package's profile"));
    }
    let preset = preset.unwrap_or(Preset::default().as_str()).parse()?;
    let ignore = config.package.baseline.as_ref().map(|b| b.ignore.clone()).unwrap_or_default();
    Ok(Some(Against { baseline, preset, ignore }))
}

/// The current data, and the windows before it that are kept.
fn data(
    arguments: &Arguments,
    record: &VersionRecord,
    registry: &dyn Registry,
    context: &Context,
) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    if !arguments.current.is_empty() {
        return Ok((context.all_data(&arguments.current)?, Vec::new()));
    }
    if arguments.since.or(arguments.until).is_some() {
        return Err(Error::usage("--since and --until choose among the rows of --current")
            .hint("the window of an endpoint is what it answered since it was last monitored"));
    }
    if arguments.endpoint.is_none() && context.config()?.endpoints.len() != 1 {
        return Err(Error::usage("no data is named to monitor")
            .hint("name it with --current FILES, or an endpoint with --endpoint NAME"));
    }
    let endpoint = context.endpoint(arguments.endpoint.as_ref())?;
    let folder = context.config()?.endpoint_folder(&endpoint);
    let earlier = match arguments.labels.as_slice() {
        [] => Vec::new(),
        _ => kept_windows(&folder, record, registry)?,
    };
    let window = window_of_endpoint(&folder, record, registry)?;
    Ok((window.into_iter().collect(), earlier))
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
        "chunks": found.chunks,
        "span": found.span,
        "labels": found.labels,
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
