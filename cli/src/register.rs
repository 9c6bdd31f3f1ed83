//! `outerloop register`

use std::path::PathBuf;

use clap::Args;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::name::ModelName;
use outerloop_core::domain::version::{Bump, Version};
use outerloop_core::ports::registry::Wanted;
use outerloop_core::steps::package::open;
use outerloop_core::steps::register::{self, RegisterInput};

use crate::arguments::parsed;
use crate::context::Context;
use crate::output::{self, Outcome};
use crate::progress;

/// Arguments of `register`.
#[derive(Args)]
pub struct Arguments {
    #[arg(long, value_name = "DIR")]
    package: Option<PathBuf>,
    #[arg(long, value_name = "NAME", value_parser = parsed::<ModelName>)]
    name: Option<ModelName>,
    #[arg(long, value_name = "VERSION", conflicts_with = "bump", value_parser = parsed::<Version>)]
    version: Option<Version>,
    #[arg(long, value_name = "LEVEL", value_parser = parsed::<Bump>)]
    bump: Option<Bump>,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let config = context.config()?;
    let input = RegisterInput {
        package: match &arguments.package {
            Some(folder) => context.path(folder),
            None => config.package.out.clone(),
        },
        model: context.model(arguments.name.as_ref())?,
        wanted: match &arguments.version {
            Some(version) => Wanted::Exactly(version.clone()),
            None => Wanted::Next(arguments.bump.unwrap_or_default()),
        },
        origin: context.origin(),
    };
    let (registry, store) = (context.registry()?, context.store()?);
    let bar = progress::Bytes::new("registering", bytes_of(&input.package), context.host());
    let outcome =
        register::run(&input, registry.as_ref(), store.as_ref(), &|bytes| bar.add(bytes))?;
    drop(bar);
    for warning in &outcome.warnings {
        context.host().say(&format!("warning: {warning}"));
    }
    let verb = if outcome.created { "registered" } else { "was registered before:" };
    let text = format!("{verb} {} ({})", outcome.reference, outcome.digest);
    Ok(Outcome::done(output::json(&outcome)?, text))
}

/// Bytes that registering reads: each file twice.
fn bytes_of(package: &std::path::Path) -> u64 {
    open::read_manifest(package).map_or(0, |(manifest, _)| 2 * manifest.total_size())
}
