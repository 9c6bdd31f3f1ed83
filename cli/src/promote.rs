//! `outerloop promote`

use clap::Args;
use outerloop_core::adapters::factory;
use outerloop_core::config::Config;
use outerloop_core::config::valid::Via;
use outerloop_core::domain::error::{Error, Result};
use outerloop_core::domain::name::Alias;
use outerloop_core::ports::host::Level;
use outerloop_core::ports::registry::Registry;
use outerloop_core::ports::shelf::Shelf;
use outerloop_core::ports::store::ArtifactStore;
use outerloop_core::steps::permitted::or_said;
use outerloop_core::steps::promote::{
    self, CHAMPION, Expectation, Place, PromoteInput, Promoted, ShareInput,
};
use outerloop_core::steps::retrain::ticket;
use serde_json::{Value, json};

use crate::announce::no_forge;
use crate::arguments::parsed;
use crate::context::Context;
use crate::forge;
use crate::output::{self, Outcome};
use crate::pins;

/// Arguments of `promote`.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "REF", required_unless_present = "pinned", conflicts_with = "pinned")]
    reference: Option<String>,
    #[arg(long, value_name = "ALIAS", value_parser = parsed::<Alias>)]
    #[arg(required_unless_present = "pinned", conflicts_with = "pinned")]
    to: Option<Alias>,
    #[arg(long, value_name = "REF|none", conflicts_with = "pinned")]
    expect: Option<String>,
    #[arg(long, value_name = "WAY", value_parser = parsed::<Via>, conflicts_with = "pinned")]
    via: Option<Via>,
    #[arg(long)]
    pinned: bool,
    #[arg(long, value_name = "ADDRESS")]
    #[arg(conflicts_with = "pinned", conflicts_with = "via", conflicts_with = "expect")]
    to_registry: Option<String>,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let (Some(reference), Some(alias)) = (&arguments.reference, &arguments.to) else {
        return follow_pins(context);
    };
    if let Some(address) = &arguments.to_registry {
        return copy(reference, alias, address, context);
    }
    let expect = arguments.expect.as_deref().map(|text| match text.strip_prefix('@') {
        Some(_) => context.reference(text).map(Expectation::Reference),
        None => text.parse(),
    });
    let input = PromoteInput {
        reference: context.reference(reference)?,
        alias: alias.clone(),
        expect: expect.transpose()?,
        origin: context.origin(),
    };
    match arguments.via.unwrap_or(context.config()?.promote.via) {
        Via::Registry => move_now(&input, context),
        Via::PullRequest => propose(&input, context),
    }
}

fn move_now(input: &PromoteInput, context: &Context) -> Result<Outcome> {
    let registry = context.registry()?;
    let promoted = promote::run(input, registry.as_ref())?;
    let mut outcome = Outcome::done(keys(&promoted, "registry")?, said(&promoted));
    close_tickets(&[promoted], registry.as_ref(), context, &mut outcome);
    Ok(outcome)
}

/// A registry that versions are copied from or to.
enum Opened {
    Registry(Box<dyn Registry>, Box<dyn ArtifactStore>),
    Shelf(Box<dyn Shelf>),
}

impl Opened {
    fn of(config: &Config) -> Result<Self> {
        match factory::shelf(config)? {
            Some(shelf) => Ok(Self::Shelf(shelf)),
            None => Ok(Self::Registry(factory::registry(config)?, factory::store(config)?)),
        }
    }

    fn place(&self) -> Place<'_> {
        match self {
            Self::Registry(registry, store) => Place::Registry(registry.as_ref(), store.as_ref()),
            Self::Shelf(shelf) => Place::Shelf(shelf.as_ref()),
        }
    }
}

/// Copies the version into another registry and moves the alias there.
fn copy(reference: &str, alias: &Alias, address: &str, context: &Context) -> Result<Outcome> {
    let other = context.with_registry(address)?;
    if other.registry == context.config()?.registry {
        return Err(Error::usage(format!("{address} is the registry that the version is in"))
            .hint("leave --to-registry out to move the alias here"));
    }
    let input = ShareInput {
        reference: context.reference(reference)?,
        alias: alias.clone(),
        origin: context.origin(),
    };
    let work = tempfile::tempdir().map_err(|e| Error::io("make", &std::env::temp_dir(), e))?;
    let (from, to) = (Opened::of(context.config()?)?, Opened::of(&other)?);
    let shared = promote::share(&input, &from.place(), &to.place(), work.path())?;
    let before = shared.previous.as_ref().map_or("nothing".to_owned(), Clone::clone);
    let text = format!(
        "{} of {address} is {}; it was {before}\n{}",
        shared.alias, shared.reference, shared.url
    );
    Ok(Outcome::done(keys(&shared, "copy")?, text))
}

fn said(promoted: &Promoted) -> String {
    let before = match &promoted.previous {
        Some(previous) if *previous == promoted.reference => "; it was already".to_owned(),
        Some(previous) => format!("; it was {previous}"),
        None => "; it was nothing before".to_owned(),
    };
    format!("{} is {}{before}", promoted.alias, promoted.reference)
}

/// The keys are the same whatever the way; what does not apply is null.
fn keys<T: serde::Serialize>(promoted: &T, via: &str) -> Result<Value> {
    let mut json = output::json(promoted)?;
    json["via"] = json!(via);
    for other in ["pull-request", "url", "promoted"] {
        if json.get(other).is_none() {
            json[other] = Value::Null;
        }
    }
    Ok(json)
}

fn propose(input: &PromoteInput, context: &Context) -> Result<Outcome> {
    let forge = factory::forge(context.host())?.ok_or_else(no_forge)?;
    let (config, registry) = (context.config()?, context.registry()?);
    let asked = promote::propose(input, &config.promote, registry.as_ref(), forge.as_ref())?;
    let text = match (asked.pull_request, &asked.url) {
        (Some(number), url) => {
            let place = url.as_deref().map(|url| format!(": {url}")).unwrap_or_default();
            format!(
                "pull request {number} asks for {} to be {}{place}",
                asked.reference, asked.alias
            )
        }
        (None, _) => format!(
            "{} is pinned to {} already; nothing is asked for",
            asked.alias, asked.reference
        ),
    };
    Ok(Outcome::done(keys(&asked, "pull-request")?, text))
}

/// Moves each alias to where the pins file says.
fn follow_pins(context: &Context) -> Result<Outcome> {
    let ((pins, model), registry) = (pins::load(context)?, context.registry()?);
    let promoted = promote::apply(&pins, &model, &context.origin(), registry.as_ref())?;
    let chosen = promoted
        .iter()
        .find(|p| p.alias.as_str() == CHAMPION)
        .or_else(|| promoted.iter().rfind(|p| p.event.is_some()))
        .or(promoted.last())
        .ok_or_else(|| Error::internal("no pin was applied"))?;
    let mut json = keys(chosen, "pins")?;
    let each = promoted.iter().map(|p| {
        let moved = p.event.is_some();
        json!({"alias": p.alias, "ref": p.reference, "previous": p.previous, "moved": moved})
    });
    json["promoted"] = each.collect();
    let text: Vec<String> = promoted.iter().map(said).collect();
    let mut outcome = Outcome::done(json, text.join("\n"));
    close_tickets(&promoted, registry.as_ref(), context, &mut outcome);
    Ok(outcome)
}

/// Closes the ticket of the retraining that a promotion answers. The promotion stands whatever the
/// server says.
fn close_tickets(
    promoted: &[Promoted],
    registry: &dyn Registry,
    context: &Context,
    outcome: &mut Outcome,
) {
    let host = context.host().as_ref();
    let close = || -> Result<()> {
        let policy = context.config()?.retrain.as_ref();
        if policy.is_none_or(|policy| policy.ticket.is_none()) {
            return Ok(());
        }
        let what = "the end of the retraining's ticket";
        let Some(forge) = forge::or_said_for(what, Level::Warning, context)? else {
            return Ok(());
        };
        promoted.iter().try_for_each(|promoted| {
            let closed = ticket::close(promoted, registry, forge.as_ref()).map(drop);
            or_said(what, closed, Level::Warning, host)
        })
    };
    if let Err(e) = close() {
        forge::failed(&e, context, outcome);
    }
}
