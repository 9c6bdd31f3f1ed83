//! `outerloop init`: a commented `outerloop.yaml`.

use clap::Args;
use outerloop_core::domain::error::Result;
use outerloop_core::steps::init;
use serde_json::json;

use crate::context::Context;
use crate::output::Outcome;

/// Arguments of `init`.
#[derive(Args)]
pub struct Arguments {
    /// Name of the model [default: the folder's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let written = init::run(context.start(), arguments.name.as_deref())?;
    let text = match written.first() {
        Some(file) => format!("wrote {file}; next: outerloop package --model PATH"),
        None => "outerloop.yaml is there already; nothing was changed".to_owned(),
    };
    Ok(Outcome::done(json!({ "files": written }), text))
}
