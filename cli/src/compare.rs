//! `outerloop compare`

use std::path::PathBuf;

use clap::Args;
use outerloop_core::domain::error::Result;
use outerloop_core::report::compare::{html, markdown};
use outerloop_core::stats::drift::presets::Preset;
use outerloop_core::steps::compare::{self, Asked, CompareInput, CompareOutcome};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::output::Outcome;
use crate::remote::named;
use crate::text::Text;

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
    #[command(flatten)]
    text: Text,
    #[arg(long, value_name = "PRESET", default_value = "outerloop", value_parser = Preset::ALL.map(Preset::as_str))]
    preset: String,
    #[arg(long)]
    all_measures: bool,
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let baseline = [context.data(&arguments.baseline)?];
    let current = context.all_data(&arguments.current)?;
    let mut monitor = context.config()?.monitor.clone();
    monitor.text = arguments.text.over(monitor.text)?;
    monitor.ignore.extend(arguments.ignore.iter().cloned());
    let found = compare::run(&CompareInput {
        baseline: &baseline,
        current: &current,
        only: None,
        categories: &arguments.categories,
        config: &monitor,
        asked: Asked { ignore: &arguments.ignore, categories: &arguments.categories },
        preset: arguments.preset.parse()?,
        more: arguments.all_measures,
    })?;
    for guess in &found.guessed {
        let taken_for = match guess.kind {
            "time" => "of times",
            _ => "numbers",
        };
        context.say(&format!(
            "guessed: {} is {taken_for} ({}); otherwise {}",
            guess.column, guess.why, guess.option
        ));
    }
    let (before, now) = (named(&arguments.baseline), named(&arguments.current[0]));
    let title = format!("{now} against {before}");
    context.summary(&markdown(&title, &found), None)?;
    let written = match &arguments.report {
        Some(path) => Some(context.write_report(Some(path), "", &html(&title, &found))?),
        None => None,
    };
    Ok(render(&found, written))
}

fn render(found: &CompareOutcome, report: Option<String>) -> Outcome {
    let lines: String = found.summary.iter().map(|line| format!("\n  {line}")).collect();
    let text = format!("{} in {} rows{lines}", found.status.as_str(), found.rows);
    let json = json!({
        "status": found.status,
        "preset": found.preset.as_str(),
        "rule": found.rule,
        "columns": found.columns,
        "findings": found.findings,
        "correlations": found.correlations,
        "guessed": found.guessed,
        "rows": found.rows,
        "baseline-rows": found.baseline_rows,
        "summary": found.summary,
        "report": report,
    });
    Outcome { json, text, exit: Exit::from(found.status) }
}
