//! `outerloop copy`

use std::path::Path;

use clap::Args;
use outerloop_core::adapters::factory;
use outerloop_core::config::load::{Given, load_given};
use outerloop_core::config::raw::RawRegistry;
use outerloop_core::config::registry::RegistryConfig;
use outerloop_core::domain::error::{Error, ErrorKind, Result};
use outerloop_core::domain::name::ModelName;
use outerloop_core::ports::former::{FormerRegistry, Left};
use outerloop_core::ports::registry::Registry;
use outerloop_core::ports::store::ArtifactStore;
use outerloop_core::steps::copy::former::{self, Move};
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
    #[arg(long)]
    leave_missing: bool,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let (from, to) = (&arguments.from, &arguments.to);
    if from == to {
        return Err(Error::usage(format!("{from} would be copied onto itself"))
            .hint("name two registries; `git:FOLDER` is the one of another clone"));
    }
    let former = factory::former(from, context.start())?;
    let to_side = Opened::at(to, arguments.to_store.as_deref(), context)?;
    let (copied, left) = match former {
        Some(former) => moved(arguments, former.as_ref(), &to_side, context)?,
        None => (copied(arguments, &to_side, context)?, Vec::new()),
    };
    let mut text: Vec<String> = copied.iter().map(line).collect();
    text.extend(left.iter().map(|Left { what, why, .. }| format!("left: {what}: {why}")));
    let json = json!({"from": from, "to": to, "models": copied, "left": left});
    Ok(Outcome::done(json, text.join("\n")))
}

/// From a registry of this program.
fn copied(arguments: &Arguments, to: &Opened, context: &Context) -> Result<Vec<CopiedModel>> {
    let from = Opened::at(&arguments.from, arguments.from_store.as_deref(), context)?;
    to.registry.check_writable()?;
    let (from, to) = (from.side(&arguments.from), to.side(&arguments.to));
    let mut copied = Vec::new();
    for model in copy::names(&arguments.name, from.registry)? {
        context.say(&format!("copying {model}"));
        copied.push(copy::run(&model, &from, &to, &context.origin(), &|_| {})?);
    }
    Ok(copied)
}

/// From a registry of another kind.
fn moved(
    arguments: &Arguments,
    former: &dyn FormerRegistry,
    to: &Opened,
    context: &Context,
) -> Result<(Vec<CopiedModel>, Vec<Left>)> {
    if arguments.from_store.is_some() {
        return Err(Error::usage(format!("{} has no store to name", arguments.from))
            .hint("take --from-store away: the files are where that registry has them"));
    }
    let holdings = former.holdings()?;
    let wanted = former::wanted(&arguments.name, &holdings)?;
    to.registry.check_writable()?;
    let moving = Move {
        from: &arguments.from,
        former,
        to: &to.side(&arguments.to),
        origin: &context.origin(),
        leave_missing: arguments.leave_missing,
        host: context.host().as_ref(),
        progress: &|_| {},
    };
    let of_wanted = |left: &Left| {
        arguments.name.is_empty() || wanted.iter().any(|model| model.called == left.model)
    };
    let mut left: Vec<Left> =
        holdings.left.iter().filter(|left| of_wanted(left)).cloned().collect();
    let mut copied = Vec::new();
    for model in wanted {
        let name = &model.name;
        match model.called == name.as_str() {
            true => context.say(&format!("copying {name}")),
            false => context.say(&format!("copying {} as {name}", model.called)),
        }
        let (one, more) = moving.run(model)?;
        copied.push(one);
        left.extend(more);
    }
    left.sort();
    Ok((copied, left))
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
        check(address)?;
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

/// What may be written as a registry.
const ADDRESSES: &str = "write git, git:FOLDER, mlflow+https://HOST or azureml://subscriptions/ID/\
                         resourceGroups/GROUP/workspaces/NAME; to copy from also gto or gto:FOLDER";

/// Refuses what is no address of a registry that can be copied to.
fn check(address: &str) -> Result<()> {
    if address == "gto" || address.starts_with("gto:") {
        return Err(Error::usage("gto is only read")
            .hint("`registry.gto-tags: true` lets the registry in git write tags for GTO, too"));
    }
    if address.starts_with("git:") {
        return Ok(());
    }
    match RegistryConfig::at(address, RawRegistry::default()) {
        Err(e) if e.kind() == ErrorKind::Usage => Err(e.hint(ADDRESSES)),
        // Anything else is told with the configuration that it goes over.
        _ => Ok(()),
    }
}
