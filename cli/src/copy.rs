//! `outerloop copy`

use std::path::Path;

use clap::Args;
use outerloop_core::adapters::factory;
use outerloop_core::config::load::{Given, load_given};
use outerloop_core::domain::error::{Error, Result};
use outerloop_core::domain::name::ModelName;
use outerloop_core::ports::registry::Registry;
use outerloop_core::ports::store::ArtifactStore;
use outerloop_core::steps::copy::{self, CopiedModel, Side};
use serde_json::json;

use crate::arguments::parsed;
use crate::context::Context;
use crate::output::Outcome;

/// Arguments of `copy`.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "FROM")]
    from: String,
    #[arg(value_name = "TO")]
    to: String,
    #[arg(long, value_name = "NAME", value_parser = parsed::<ModelName>)]
    name: Vec<ModelName>,
    #[arg(long, value_name = "STORE")]
    from_store: Option<String>,
    #[arg(long, value_name = "STORE")]
    to_store: Option<String>,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let (from, to) = (&arguments.from, &arguments.to);
    let from_side = Opened::at(from, arguments.from_store.as_deref(), context)?;
    let to_side = Opened::at(to, arguments.to_store.as_deref(), context)?;
    if from == to {
        return Err(Error::usage(format!("{from} would be copied onto itself"))
            .hint("name two registries; `git:FOLDER` is the one of another clone"));
    }
    to_side.registry.check_writable()?;
    let (from_side, to_side) = (from_side.side(from), to_side.side(to));
    let mut copied = Vec::new();
    for model in copy::names(&arguments.name, from_side.registry)? {
        context.say(&format!("copying {model}"));
        let origin = context.origin();
        copied.push(copy::run(&model, &from_side, &to_side, &origin, &|_| {})?);
    }
    let text: Vec<String> = copied.iter().map(line).collect();
    Ok(Outcome::done(json!({"from": from, "to": to, "models": copied}), text.join("\n")))
}

fn line(copied: &CopiedModel) -> String {
    let CopiedModel { model, versions, events, packages, .. } = copied;
    match copied.changed {
        true => {
            format!("{model}: {versions} versions; {events} events and {packages} packages are new")
        }
        false => format!("{model}: {versions} versions, all there already"),
    }
}

/// A registry and its store.
struct Opened {
    registry: Box<dyn Registry>,
    store: Box<dyn ArtifactStore>,
}

impl Opened {
    /// What `address` means: `git:FOLDER` with the configuration of that folder, all else with the
    /// one of this.
    fn at(address: &str, store: Option<&str>, context: &Context) -> Result<Self> {
        let elsewhere = address.strip_prefix("git:").map(|folder| context.path(Path::new(folder)));
        let given = match elsewhere {
            Some(_) => Given { registry: Some("git"), store },
            None => Given { registry: Some(address), store },
        };
        let config = match &elsewhere {
            Some(folder) => load_given(None, folder, given),
            None => load_given(context.explicit(), context.start(), given),
        };
        let config = config.map_err(|e| e.during(address.to_owned()))?;
        let registry = factory::registry(&config).map_err(|e| e.during(address.to_owned()))?;
        Ok(Self { registry, store: factory::store(&config)? })
    }

    fn side<'a>(&'a self, name: &'a str) -> Side<'a> {
        Side { name, registry: self.registry.as_ref(), store: self.store.as_ref() }
    }
}
