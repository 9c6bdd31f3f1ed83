//! The probes of `doctor`: each backend that the configuration names, in the order in which one
//! needs the other.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::{azure, forge, notifier, registry, store, trigger};
use crate::adapters::azure::identity::Audience;
use crate::config::Config;
use crate::config::valid::{OciType, RegistryConfig, StoreConfig};
use crate::domain::digest::Digest;
use crate::domain::error::Error;
use crate::ports::doctor::{Found, Probe};
use crate::ports::host::{Host, HostKind};

/// A digest that no package has.
const NOTHING: &[u8] = b"outerloop doctor asks whether this is there";

/// Every probe of what `config` names.
pub fn probes(config: &Config, host: &Arc<dyn Host>) -> Vec<Probe> {
    let mut probes = Vec::new();
    if let RegistryConfig::AzureMl(_) = &config.registry {
        probes.extend(azure_probes(config));
    }
    probes.extend(registry_probes(config));
    probes.extend(store_probes(config, host));
    probes.extend(server_probes(config, host));
    probes
}

fn azure_probes(config: &Config) -> Vec<Probe> {
    let registry = config.registry.clone();
    vec![
        Probe::new("azure-login", || {
            let arm = azure::arm()?;
            let choice = arm.tokens().choice();
            arm.tokens().token(Audience::ResourceManager)?;
            let passed = match choice.passed.as_slice() {
                [] => String::new(),
                passed => format!("; not taken: {}", passed.join("; ")),
            };
            Ok(Found::well(format!("logged in by {}, since {}{passed}", choice.way, choice.why)))
        }),
        Probe::new("azure-workspace", move || {
            let RegistryConfig::AzureMl(config) = &registry else { return Ok(Found::well("")) };
            let workspace = azure::workspace(config)?;
            let region = workspace.check()?;
            Ok(Found::well(format!("{} in {region} may be read", workspace.place().name)))
        })
        .after("azure-login"),
    ]
}

fn registry_probes(config: &Config) -> Vec<Probe> {
    let azure = matches!(config.registry, RegistryConfig::AzureMl(_));
    let (reads, writes) = (config.clone(), config.clone());
    let found = Rc::new(RefCell::new(Vec::new()));
    let damaged = Rc::clone(&found);
    let read = Probe::new("registry-read", move || {
        let listing = registry(&reads)?.list()?;
        let count = listing.models.len() + listing.damaged.len();
        let models = if count == 1 { "1 model".to_owned() } else { format!("{count} models") };
        *found.borrow_mut() = listing.damaged;
        Ok(Found::well(format!("{} has {models}", reads.registry)))
    });
    // One that is damaged keeps nobody from the others.
    let sound = Probe::new("registry-models", move || match damaged.borrow().as_slice() {
        [] => Ok(Found::well("the history of each model can be read")),
        [one] => Err(one.error()),
        [one, others @ ..] => {
            let others: Vec<&str> = others.iter().map(|other| other.name.as_str()).collect();
            let message = format!("{}; also damaged: {}", one.reason, others.join(", "));
            Err(Error::integrity(message).hint(one.hint.clone()))
        }
    });
    let write = Probe::new("registry-write", move || {
        registry(&writes)?.check_writable()?;
        Ok(Found::well(format!("{} may be written", writes.registry)))
    });
    let read = if azure { read.after("azure-workspace") } else { read };
    vec![read, sound.after("registry-read"), write.after("registry-read")]
}

fn store_probes(config: &Config, host: &Arc<dyn Host>) -> Vec<Probe> {
    let (config, kind) = (config.clone(), host.kind());
    let named = match &config.store {
        StoreConfig::Folder(folder) => folder.display().to_string(),
        StoreConfig::Address(address) => address.clone(),
        StoreConfig::Oci { address, kind } => match kind {
            OciType::Artifact => address.clone(),
            OciType::Image => format!("{address} (packages as container images)"),
        },
        StoreConfig::Mlflow => "the artifacts of MLflow".to_owned(),
        StoreConfig::AzureMl => "the default datastore of the workspace".to_owned(),
    };
    let azure = matches!(config.store, StoreConfig::AzureMl);
    let (writes, target) = (config.clone(), named.clone());
    let write = Probe::new("store-write", move || {
        Ok(match store(&writes)?.check_writable()? {
            true => Found::well(format!("{target} may be written")),
            false => Found::well(format!("{target} cannot be asked without writing")),
        })
    });
    let read = Probe::new("store-read", move || {
        let store = store(&config)?;
        store.contains(&Digest::of(NOTHING))?;
        let found = format!("{named} may be read");
        Ok(match store.capabilities().shared || kind == HostKind::Terminal {
            true => Found::well(found),
            false => Found::but(
                found,
                "only this machine can read it: later jobs will not find what this one stores; \
                 name a shared folder or a store.url",
            ),
        })
    });
    let read = if azure { read.after("azure-workspace") } else { read };
    vec![read, write.after("store-read")]
}

/// What other servers are needed for; nothing is sent to them, since each call would show.
fn server_probes(config: &Config, host: &Arc<dyn Host>) -> Vec<Probe> {
    let mut probes = Vec::new();
    let owner = Arc::clone(host);
    probes.push(Probe::new("forge", move || {
        Ok(match forge(&owner)? {
            Some(_) => Found::well("comments and pull requests have a login"),
            None => Found::well("no login for a forge: comments and pull requests are left out"),
        })
    }));
    if config.monitor.notify.webhook.is_some() {
        let (config, host) = (config.clone(), Arc::clone(host));
        probes.push(Probe::new("webhook", move || {
            notifier(&config, &host)?;
            Ok(Found::well("the webhook has an address"))
        }));
    }
    if let Some(policy) = config.retrain.clone() {
        let (config, host) = (config.clone(), Arc::clone(host));
        probes.push(Probe::new("training", move || {
            trigger(&config, &policy, &host)?;
            Ok(Found::well("what trains is named and has a login"))
        }));
    }
    probes
}
