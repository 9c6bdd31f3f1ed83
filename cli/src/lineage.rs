//! `outerloop lineage`

use clap::Args;
use outerloop_core::domain::error::Result;
use outerloop_core::report::lineage as report;
use outerloop_core::steps::lineage;

use crate::context::Context;
use crate::output::{self, Outcome};

/// Arguments of `lineage`.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "REF")]
    reference: Option<String>,
    #[arg(long)]
    mermaid: bool,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let reference = context.champion(arguments.reference.as_deref())?;
    let registry = context.registry()?;
    let lineage = lineage::run(&reference, registry.as_ref())?;
    let text = if arguments.mermaid { report::mermaid(&lineage) } else { report::text(&lineage) };
    Ok(Outcome::done(output::json(&lineage)?, text))
}
