//! Azure: the login of this process, workspaces and registries of Azure Machine Learning.

use std::sync::{Arc, OnceLock};

use super::{host, retry};
use crate::adapters::azure::arm::Arm;
use crate::adapters::azure::identity::{Audience, Choice, Cloud, Tokens};
use crate::adapters::azure::login::Connection;
use crate::adapters::azure::ml::{Place, SharedRegistry, Workspace};
use crate::adapters::clock::SystemClock;
use crate::adapters::importer::azure_ml::AzureMlImporter;
use crate::adapters::objects::Environment;
use crate::adapters::registry::azure_ml;
use crate::adapters::registry::azure_ml_shared::AzureMlShelf;
use crate::adapters::store::AzureMlStore;
use crate::config::env;
use crate::config::valid::{AzureMlConfig, RegistryConfig};
use crate::domain::azure_ml::Home;
use crate::domain::error::{Error, Result};
use crate::ports::host::HostKind;
use crate::ports::import::Importer;
use crate::ports::registry::Registry;
use crate::ports::shelf::Shelf;
use crate::ports::store::ArtifactStore;

/// One login a process: registry and store share its tokens.
static ARM: OnceLock<Arc<Arm>> = OnceLock::new();

/// Azure Resource Manager with the login of this process, which is made when it is needed.
///
/// # Errors
/// There is no login, or the variables that describe it cannot be used.
pub fn arm() -> Result<Arc<Arm>> {
    if let Some(arm) = ARM.get() {
        return Ok(Arc::clone(arm));
    }
    let host = host();
    let connection =
        host.input("azure-subscription").filter(|_| host.kind() == HostKind::AzurePipelines);
    let choice = Choice::find(&env::get, connection.as_deref())?;
    let authority = match &connection {
        Some(id) => Connection::of_azure_pipelines(&env::get, id)?.authority,
        None => None,
    };
    let cloud = Cloud::of(&env::get, authority)?;
    let mask = Arc::new(move |secret: &str| host.mask(secret));
    let tokens = Arc::new(Tokens::new(cloud, choice, Arc::new(SystemClock), mask));
    let arm = Arc::new(Arm::new(tokens, Arc::new(SystemClock), retry()?));
    Ok(Arc::clone(ARM.get_or_init(|| arm)))
}

/// The tokens of the login of this process.
///
/// # Errors
/// As [`arm`].
pub(super) fn tokens() -> Result<Arc<Tokens>> {
    Ok(Arc::clone(arm()?.tokens()))
}

/// The environment that describes the login at object stores. Where no variable is a login at Azure's,
/// it is the identity that the environment names.
pub(super) fn environment() -> Environment {
    let identity = || {
        let tokens = tokens()?;
        match tokens.choice().named {
            true => tokens.token(Audience::Storage).map(Some),
            false => Ok(None),
        }
    };
    Environment { variables: Arc::new(env::get), identity: Some(Arc::new(identity)) }
}

/// The workspace that the configuration names.
pub(super) fn workspace(config: &AzureMlConfig) -> Result<Arc<Workspace>> {
    let AzureMlConfig::Workspace { subscription, resource_group, workspace } = config else {
        return Err(not_a_home());
    };
    let place = Place {
        subscription: subscription.clone(),
        group: resource_group.clone(),
        name: workspace.clone(),
    };
    let endpoint = env::get(env::AZURE_STORAGE_ENDPOINT);
    Ok(Arc::new(Workspace::new(arm()?, place, endpoint, retry()?)))
}

fn not_a_home() -> Error {
    Error::usage(
        "a registry of Azure Machine Learning cannot hold the history: it has no place for events",
    )
    .hint(
        "name a workspace below `registry:`, and copy versions into the registry with `outerloop \
         promote REF --to ALIAS --to-registry azureml://registries/NAME`",
    )
}

/// The shelf that a registry of Azure Machine Learning is.
///
/// # Errors
/// There is no login, or no such registry.
pub(super) fn shelf(name: &str) -> Result<Box<dyn Shelf>> {
    Ok(Box::new(AzureMlShelf::new(shared_registry(name)?)))
}

fn shared_registry(name: &str) -> Result<SharedRegistry> {
    let discovery = env::get(env::AZURE_ML_DISCOVERY);
    SharedRegistry::find(arm()?, name, discovery.as_deref(), retry()?)
}

/// Azure Machine Learning as a system that models are taken from; `registry` is the configured
/// workspace, which short references mean.
pub(super) fn importer(registry: RegistryConfig) -> Box<dyn Importer> {
    let open = move |home: &Home| match (home, &registry) {
        (Home::Workspace { subscription, group, name }, _) => {
            workspace(&AzureMlConfig::Workspace {
                subscription: subscription.clone(),
                resource_group: group.clone(),
                workspace: name.clone(),
            })
        }
        (Home::Here, RegistryConfig::AzureMl(config)) => workspace(config),
        _ => Err(Error::usage("the reference names no workspace, and the registry is none").hint(
            "write azureml://subscriptions/ID/resourcegroups/GROUP/workspaces/NAME/… instead",
        )),
    };
    Box::new(AzureMlImporter::new(Box::new(open), Box::new(shared_registry)))
}

/// The registry in a workspace.
pub(super) fn registry(config: &AzureMlConfig) -> Result<Box<dyn Registry>> {
    Ok(Box::new(azure_ml::open(&workspace(config)?, Arc::new(SystemClock))))
}

/// The store in the workspace that is the registry.
pub(super) fn store(registry: &RegistryConfig) -> Result<Box<dyn ArtifactStore>> {
    match registry {
        RegistryConfig::AzureMl(config) => Ok(Box::new(AzureMlStore::open(workspace(config)?)?)),
        _ => Err(not_a_home()),
    }
}
