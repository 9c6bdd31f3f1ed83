//! `outerloop show`

use clap::Args;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::name::ModelName;
use outerloop_core::domain::record::{DamagedModel, ModelRecord, ModelSummary};
use outerloop_core::ports::registry::{Capabilities, Listing};
use outerloop_core::ports::store::StoreCapabilities;
use outerloop_core::steps::show::{self, Shown};
use serde_json::{Value, json};

use crate::arguments::parsed;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::{self, Outcome};
use crate::table::table;

/// Arguments of `show`.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "MODEL", value_parser = parsed::<ModelName>)]
    model: Option<ModelName>,
    #[arg(long)]
    capabilities: bool,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let registry = context.registry()?;
    let shown = show::run(arguments.model.as_ref(), registry.as_ref())?;
    let mut text = match &shown {
        Shown::All(listing) if listing.models.is_empty() && listing.damaged.is_empty() => {
            "nothing is registered yet; begin with `outerloop package`".to_owned()
        }
        Shown::All(listing) => all(listing),
        Shown::One(model) => one(model),
    };
    let mut json = output::json(&shown)?;
    json["capabilities"] = Value::Null;
    if arguments.capabilities {
        let (ours, theirs) = (context.store()?.capabilities(), registry.capabilities());
        text.push_str(&format!("\n\n{}", capabilities(&theirs, ours)));
        json["capabilities"] = json!({ "registry": theirs, "store": ours });
    }
    let mut exit = Exit::Done;
    for damaged in shown.damaged() {
        exit = output::error(context.host().as_ref(), &damaged.error());
    }
    Ok(Outcome { json, text, exit })
}

fn capabilities(registry: &Capabilities, store: StoreCapabilities) -> String {
    let row = |of: &str, what: &str, can: bool| {
        vec![of.to_owned(), what.to_owned(), if can { "yes" } else { "no" }.to_owned()]
    };
    let rows = [
        row("registry", "moves an alias by one compare-and-swap", registry.compare_and_swap),
        row("registry", "keeps versions from every change", registry.immutable),
        row("registry", "can verify its history", registry.verifiable_history),
        row("store", "is read by other machines", store.shared),
        row("store", "keeps equal files once", store.deduplicates),
        row("store", "leads from a version's name to its package", store.names),
        row("store", "keeps verdicts beside packages", store.documents),
    ];
    let notes: String = registry.notes.iter().map(|note| format!("\nnote: {note}")).collect();
    format!("{}{notes}", table(&["OF", "CAN", ""], &rows))
}

fn all(listing: &Listing) -> String {
    let row = |model: &ModelSummary| {
        let latest = model.latest.as_ref().map(ToString::to_string).unwrap_or_default();
        let aliases = model.aliases.iter().map(|(a, v)| format!("{a}={v}")).collect::<Vec<_>>();
        let counts = [model.versions.to_string(), model.events.to_string()];
        [vec![model.name.to_string(), latest], counts.to_vec(), vec![aliases.join(" ")]].concat()
    };
    let damaged = |damaged: &DamagedModel| {
        let blank = vec![String::new(); 3];
        [vec![damaged.name.to_string(), "(damaged)".to_owned()], blank].concat()
    };
    let rows = listing.models.iter().map(row).chain(listing.damaged.iter().map(damaged));
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by(|a, b| a[0].cmp(&b[0]));
    table(&["MODEL", "LATEST", "VERSIONS", "EVENTS", "ALIASES"], &rows)
}

fn one(model: &ModelRecord) -> String {
    let rows = model.versions.iter().rev();
    let rows = rows.map(|v| {
        let aliases = model.aliases.iter().filter(|(_, version)| **version == v.version);
        let mut marks: Vec<String> = aliases.map(|(alias, _)| alias.to_string()).collect();
        if v.archived {
            marks.push("(archived)".to_owned());
        }
        let time = v.registered.strftime("%Y-%m-%d %H:%M").to_string();
        let bytes = bytes(v.bytes);
        vec![
            v.version.to_string(),
            v.format.as_str().to_owned(),
            bytes,
            time,
            v.digest.short(),
            marks.join(" "),
        ]
    });
    let rows: Vec<_> = rows.collect();
    table(&["VERSION", "FORMAT", "SIZE", "REGISTERED (UTC)", "DIGEST", "ALIASES"], &rows)
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
