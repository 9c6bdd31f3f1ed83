//! `outerloop register`

use std::path::{Path, PathBuf};

use clap::Args;
use outerloop_core::adapters::factory;
use outerloop_core::domain::error::{Error, Result};
use outerloop_core::domain::name::ModelName;
use outerloop_core::domain::version::{Bump, Version};
use outerloop_core::files::stream;
use outerloop_core::ports::registry::Wanted;
use outerloop_core::steps::package::{self, PackageInput, open};
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
    #[arg(long, value_name = "REFERENCE", conflicts_with = "package")]
    from: Option<String>,
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
    let work = tempfile::tempdir().map_err(|e| Error::io("make", &std::env::temp_dir(), e))?;
    let input = RegisterInput {
        package: match (&arguments.from, &arguments.package) {
            (Some(reference), _) => packaged(reference, work.path(), context)?,
            (None, Some(folder)) => context.path(folder),
            (None, None) => config.package.out.clone(),
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

/// Takes a model from another system and makes a package of it in `work`. Metrics, baseline and
/// sample of the configuration count as for `package`.
fn packaged(reference: &str, work: &Path, context: &Context) -> Result<PathBuf> {
    let config = context.config()?;
    let (files, out) = (work.join("files"), work.join("package"));
    std::fs::create_dir_all(&files).map_err(|e| Error::io("make", &files, e))?;
    let bar = progress::Bytes::new("fetching", 0, context.host());
    let importer = factory::importer(config, reference)?;
    let brought = importer.bring(reference, &files, &|bytes| bar.add(bytes))?;
    drop(bar);
    let model = Some(brought.model.clone());
    let mut input = PackageInput::new(config, model, Some(out), context.host().cause()?)?;
    input.brought = Some(brought);
    let data = input.baseline.iter_mut().map(|baseline| &mut baseline.path);
    for path in data.chain(input.data.values_mut()) {
        *path = context.data(path)?;
    }
    let made = package::run(&input, context.host().as_ref(), &stream::silent)?;
    for warning in &made.warnings {
        context.host().say(&format!("warning: {warning}"));
    }
    Ok(made.folder)
}

/// Bytes that registering reads: each file twice.
fn bytes_of(package: &Path) -> u64 {
    open::read_manifest(package).map_or(0, |(manifest, _)| 2 * manifest.total_size())
}
