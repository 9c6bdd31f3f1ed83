//! `outerloop pull`

use std::path::PathBuf;

use clap::Args;
use outerloop_core::domain::error::Result;
use outerloop_core::steps::pull;
use serde_json::json;

use crate::context::Context;
use crate::output::Outcome;
use crate::pins;

/// Arguments of `pull`.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "REF", conflicts_with = "pinned")]
    reference: Option<String>,
    #[arg(long)]
    pinned: bool,
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let reference = match arguments.pinned {
        true => pins::champion(context)?,
        false => context.champion(arguments.reference.as_deref())?,
    };
    let (registry, store) = (context.registry()?, context.store()?);
    let target = arguments.out.as_deref();
    let pulled = pull::run(&reference, target, context.start(), registry.as_ref(), store.as_ref())?;
    let (record, folder) = (&pulled.record, pulled.folder.display().to_string());
    let exact = format!("{}@{}", record.model, record.version);
    let text = format!("{exact} is in {folder}");
    Ok(Outcome::done(json!({"package": folder, "ref": exact, "digest": record.digest}), text))
}
