//! `outerloop archive` and `outerloop restore`

use clap::Args;
use outerloop_core::domain::error::Result;
use outerloop_core::steps::archive;
use serde_json::json;

use crate::context::Context;
use crate::output::Outcome;

/// Arguments of `archive` and `restore`.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "REF")]
    reference: String,
}

/// Runs `archive` (`away`) or `restore`.
pub fn run(arguments: &Arguments, away: bool, context: &Context) -> Result<Outcome> {
    let reference = context.reference(&arguments.reference)?;
    let registry = context.registry()?;
    let origin = context.origin();
    let record = if away {
        archive::archive(&reference, &origin, registry.as_ref())?
    } else {
        archive::restore(&reference, &origin, registry.as_ref())?
    };
    let exact = format!("{}@{}", record.model, record.version);
    let word = if record.archived { "archived" } else { "in use" };
    let text = format!("{exact} is {word}");
    Ok(Outcome::done(json!({"ref": exact, "archived": record.archived}), text))
}
