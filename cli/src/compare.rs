//! `outerloop compare`

use std::path::PathBuf;

use clap::Args;
use outerloop_core::domain::error::Result;
use outerloop_core::report::monitor::{MonitorReport, html, markdown};
use outerloop_core::steps::compare::{self, CompareInput};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::output::Outcome;

/// Arguments of `compare`.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "BASELINE")]
    baseline: PathBuf,
    #[arg(value_name = "CURRENT", required = true, num_args = 1..)]
    current: Vec<PathBuf>,
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    categories: Vec<String>,
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    ignore: Vec<String>,
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let baseline = [context.path(&arguments.baseline)];
    let current: Vec<PathBuf> = arguments.current.iter().map(|p| context.path(p)).collect();
    let mut monitor = context.config()?.monitor.clone();
    monitor.ignore.extend(arguments.ignore.iter().cloned());
    let found = compare::run(&CompareInput {
        baseline: &baseline,
        current: &current,
        categories: &arguments.categories,
        config: &monitor,
    })?;
    let title = format!("{} against {}", current[0].display(), baseline[0].display());
    let report = MonitorReport {
        title: &title,
        status: found.status,
        summary: &found.summary,
        assessment: &found,
        performance: &[],
    };
    context.summary(&markdown(&report), None)?;
    let written = match &arguments.report {
        Some(path) => Some(context.write_report(Some(path), "", &html(&report))?),
        None => None,
    };
    let lines: String = found.summary.iter().map(|line| format!("\n  {line}")).collect();
    let text = format!("{} in {} rows{lines}", found.status.as_str(), found.rows);
    let json = json!({
        "status": found.status,
        "columns": found.columns,
        "summary": found.summary,
        "report": written,
    });
    Ok(Outcome { json, text, exit: Exit::from(found.status) })
}
