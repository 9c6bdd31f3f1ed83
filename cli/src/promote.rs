//! `outerloop promote`

use clap::Args;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::name::Alias;
use outerloop_core::steps::promote::{self, Expectation, PromoteInput};

use crate::arguments::parsed;
use crate::context::Context;
use crate::output::{self, Outcome};

/// Arguments of `promote`.
#[derive(Args)]
#[command(after_help = "Exit code 1 when the alias no longer points where it was expected to: \
somebody else was first, and nothing was changed.")]
pub struct Arguments {
    /// The version: name@version, name@alias or name@sha256:…
    #[arg(value_name = "REF")]
    reference: String,
    /// The alias to move
    #[arg(long, value_name = "ALIAS", value_parser = parsed::<Alias>)]
    to: Alias,
    /// Only if the alias points here now; `none`: only if it points nowhere
    #[arg(long, value_name = "REF|none")]
    expect: Option<String>,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let expect = arguments.expect.as_deref().map(|text| match text.strip_prefix('@') {
        Some(_) => context.reference(text).map(Expectation::Reference),
        None => text.parse(),
    });
    let input = PromoteInput {
        reference: context.reference(&arguments.reference)?,
        alias: arguments.to.clone(),
        expect: expect.transpose()?,
        origin: context.origin(),
    };
    let registry = context.registry()?;
    let promoted = promote::run(&input, registry.as_ref())?;
    let before = match &promoted.previous {
        Some(previous) if *previous == promoted.reference => "; it was already".to_owned(),
        Some(previous) => format!("; it was {previous}"),
        None => "; it was nothing before".to_owned(),
    };
    let text = format!("{} is {}{before}", promoted.alias, promoted.reference);
    Ok(Outcome::done(output::json(&promoted)?, text))
}
