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
#[command(after_help = "Every byte is checked against its digest. The model's files are in \
`files/` of the package folder.")]
pub struct Arguments {
    /// The version [default: the configured model's champion]
    #[arg(value_name = "REF", conflicts_with = "pinned")]
    reference: Option<String>,
    /// Fetch the version that the pins file names for the champion
    #[arg(long)]
    pinned: bool,
    /// Where the package folder is written [default: NAME-VERSION]
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
