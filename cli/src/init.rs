//! `outerloop init`: a commented `outerloop.yaml`, and workflows.

use clap::Args;
use outerloop_core::domain::error::Result;
use outerloop_core::steps::init::{self, InitInput, Initialised, Workflows};
use serde_json::json;

use crate::context::Context;
use crate::output::Outcome;

/// Arguments of `init`.
#[derive(Args)]
pub struct Arguments {
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[arg(long, value_name = "HOST")]
    host: Option<CiSystem>,
}

/// A CI system that workflows can be written for.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum CiSystem {
    /// GitHub Actions
    Github,
    /// Azure Pipelines
    AzurePipelines,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let done = init::run(&InitInput {
        folder: context.start().to_owned(),
        name: arguments.name.clone(),
        workflows: arguments.host.map(|host| match host {
            CiSystem::Github => Workflows::GitHub,
            CiSystem::AzurePipelines => Workflows::AzurePipelines,
        }),
    })?;
    let json = json!({ "files": done.files, "kept": done.kept, "next": done.next });
    Ok(Outcome::done(json, text(&done, context)))
}

fn text(done: &Initialised, context: &Context) -> String {
    let mut lines: Vec<String> = Vec::new();
    lines.extend(done.files.iter().map(|file| format!("wrote {}", context.shown(file))));
    let kept = |file: &String| format!("{} is there already; left alone", context.shown(file));
    lines.extend(done.kept.iter().map(kept));
    lines.extend(done.next.iter().map(|step| format!("next: {step}")));
    lines.join("\n")
}
