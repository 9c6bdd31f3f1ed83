//! `outerloop announce`

use std::path::PathBuf;

use clap::Args;
use outerloop_core::adapters::factory;
use outerloop_core::domain::error::{Error, Result};
use outerloop_core::steps::announce;

use crate::context::Context;
use crate::output::{self, Outcome};

/// Arguments of `announce`.
#[derive(Args)]
pub struct Arguments {
    #[arg(long, value_name = "FILE")]
    comment: PathBuf,
    #[arg(long, value_name = "NUMBER")]
    pull_request: u64,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let forge = factory::forge(context.host())?.ok_or_else(no_forge)?;
    let run = context.host().run_url();
    let file = context.path(&arguments.comment);
    let posted = announce::run(&file, arguments.pull_request, run.as_deref(), forge.as_ref())?;
    let place = posted.url.as_deref().unwrap_or("its pull request");
    let did = if posted.changed { "is told" } else { "was told already" };
    let text = format!("{} of {} {did} at {place}", posted.verdict, posted.model);
    Ok(Outcome::done(output::json(&posted)?, text))
}

/// The error where no server with pull requests is known.
pub fn no_forge() -> Error {
    Error::usage("no server with pull requests is known here")
        .hint("run it in GitHub Actions or Azure Pipelines, with a token for the step")
}
