//! Picks the backends that the configuration names. The one place that knows all of them.

mod azure;
mod doctor;

pub use doctor::probes;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::azure::devops::{AgentRun, DevOps};
use super::azure::login::{AzureLogin, Connection, Surroundings};
use super::clock::SystemClock;
use super::endpoint::local::client::LocalEndpoint;
use super::endpoint::local::server::{self, Materialise, ServeOptions};
use super::forge::azure_devops::AzureDevOps;
use super::forge::github::GitHubForge;
use super::github::{self, Login};
use super::host::{AzurePipelinesHost, GitHubHost, TerminalHost};
use super::http::RetryPolicy;
use super::importer::gto::GtoRegistry;
use super::importer::mlflow::MlflowImporter;
use super::mlflow::{self, Server};
use super::notify::Webhook;
use super::programs::GroupPrograms;
use super::registry::git::{GitRegistry, JobLogin, Options, RemoteChoice};
use super::registry::mlflow::Mlflow;
use super::scorer::endpoint::{EndpointScorer, Target};
use super::scorer::onnx::OnnxScorer;
use super::source::RemoteSource;
use super::store::folder::FolderStore;
use super::store::mlflow::MlflowStore;
use super::store::object::ObjectStore;
use super::store::oci::OciStore;
use super::trigger::azure_pipelines::{AzurePipelinesTrigger, Pipeline};
use super::trigger::command::CommandTrigger;
use super::trigger::github::{DispatchTrigger, Workflow, WorkflowTrigger};
use super::trigger::unreachable::UnreachableTrigger;
use crate::config::defaults;
use crate::config::valid::{
    AzureMlConfig, EndpointConfig, GitConfig, MlflowConfig, RegistryConfig, Remote, RetrainConfig,
    StoreConfig, Training,
};
use crate::config::{Config, env};
use crate::domain::azure_ml::AzureMlRef;
use crate::domain::engine_address::EngineAddress;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::name::EndpointName;
use crate::domain::secret::Secret;
use crate::ports::endpoint::Endpoint;
use crate::ports::engine::Engine;
use crate::ports::forge::Forge;
use crate::ports::former::FormerRegistry;
use crate::ports::host::{Host, HostKind};
use crate::ports::import::Importer;
use crate::ports::notifier::Notifier;
use crate::ports::programs::Programs;
use crate::ports::registry::Registry;
use crate::ports::scorer::Scorer;
use crate::ports::shelf::Shelf;
use crate::ports::source::Source;
use crate::ports::store::ArtifactStore;
use crate::ports::trigger::Trigger;

/// The registry that the configuration names.
///
/// # Errors
/// No repository there; a system that is not connected yet.
pub fn registry(config: &Config) -> Result<Box<dyn Registry>> {
    match &config.registry {
        RegistryConfig::Git(git) => git_registry(git, &config.root),
        RegistryConfig::AzureMl(workspace) => azure::registry(workspace),
        RegistryConfig::Mlflow(mlflow) => {
            Ok(Box::new(Mlflow::registry(mlflow_server(mlflow)?, Arc::new(SystemClock))))
        }
    }
}

/// The MLflow server, with the login that the environment gives.
fn mlflow_server(mlflow: &MlflowConfig) -> Result<Arc<Server>> {
    let url = match mlflow.url.as_str() {
        "databricks" => env::get(env::DATABRICKS_HOST).ok_or_else(|| {
            Error::usage(format!(
                "registry.url is databricks, and {} is not set",
                env::DATABRICKS_HOST
            ))
            .hint(format!(
                "set {} and {}",
                env::DATABRICKS_HOST,
                env::DATABRICKS_TOKEN
            ))
        })?,
        url => url.to_owned(),
    };
    let login = mlflow::Login::read(&env::get, &url)?;
    let around = Arc::new(|name: &str| env::get(name));
    Ok(Arc::new(Server::new(&url, login, Arc::new(SystemClock), retry()?)?.within(around)))
}

/// What fetches models from MLflow: the registry's server, else the one that the environment names.
///
/// # Errors
/// None is named; a login that cannot be used.
fn mlflow_importer(config: &Config) -> Result<Box<dyn Importer>> {
    let server = match (&config.registry, env::get(env::MLFLOW_TRACKING_URI)) {
        (RegistryConfig::Mlflow(mlflow), _) => mlflow_server(mlflow)?,
        (_, Some(url)) => {
            let url = url.trim_end_matches('/').to_owned();
            mlflow_server(&MlflowConfig { url })?
        }
        (_, None) => {
            return Err(Error::usage("the MLflow server to import from is not known")
                .hint(format!("set {}", env::MLFLOW_TRACKING_URI)));
        }
    };
    Ok(Box::new(MlflowImporter::new(server)))
}

fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("{what} cannot be used by this version"))
        .hint("use a newer version of outerloop, or another registry or store")
}

fn git_registry(git: &GitConfig, root: &Path) -> Result<Box<dyn Registry>> {
    let remote = match &git.remote {
        Remote::Auto => RemoteChoice::Auto,
        Remote::None => RemoteChoice::None,
        Remote::Named(name) => RemoteChoice::Named(name.clone()),
    };
    let options = Options {
        reference: git.reference.clone(),
        remote,
        gto_tags: git.gto_tags,
        login: JobLogin::read(&env::get),
        ..Options::default()
    };
    Ok(Box::new(GitRegistry::open(root, options, Arc::new(SystemClock))?))
}

/// Where data is that is not on this machine.
///
/// # Errors
/// The longest silence that the environment sets is no duration.
pub fn source() -> Result<Box<dyn Source>> {
    Ok(Box::new(RemoteSource::new(azure::environment(), Arc::new(SystemClock), retry()?)))
}

/// How often stores and the servers of registries are asked again, and how long they may say nothing.
fn retry() -> Result<RetryPolicy> {
    Ok(RetryPolicy { stalled: defaults::stall_timeout()?, ..RetryPolicy::default() })
}

/// The store that the configuration names.
///
/// # Errors
/// A system that is not connected yet.
pub fn store(config: &Config) -> Result<Box<dyn ArtifactStore>> {
    match &config.store {
        StoreConfig::Folder(folder) => Ok(Box::new(FolderStore::new(folder))),
        StoreConfig::Oci { address, kind } => {
            let (clock, retry) = (Arc::new(SystemClock), retry()?);
            let store = OciStore::new(address, &env::get, clock, retry)?.storing(*kind);
            Ok(Box::new(match store.is_azure() {
                true => store.with_entra(Box::new(azure::tokens)),
                false => store,
            }))
        }
        StoreConfig::Address(address) => {
            let (around, clock) = (azure::environment(), Arc::new(SystemClock));
            Ok(Box::new(ObjectStore::new(address, around, clock, retry()?)?))
        }
        StoreConfig::Mlflow => match &config.registry {
            RegistryConfig::Mlflow(mlflow) => {
                Ok(Box::new(MlflowStore::new(mlflow_server(mlflow)?)))
            }
            _ => Err(unsupported("MLflow as store of another registry")),
        },
        StoreConfig::AzureMl => azure::store(&config.registry),
    }
}

/// The shelf that the configuration's registry is; none: it is a registry with a history.
///
/// # Errors
/// There is no login, or no such registry.
pub fn shelf(config: &Config) -> Result<Option<Box<dyn Shelf>>> {
    match &config.registry {
        RegistryConfig::AzureMl(AzureMlConfig::Registry { name }) => azure::shelf(name).map(Some),
        _ => Ok(None),
    }
}

/// The registry of another kind that `address` names, in a folder from `start` on; none: it names
/// one of this program's own kinds.
///
/// # Errors
/// There is no such registry.
pub fn former(address: &str, start: &Path) -> Result<Option<Box<dyn FormerRegistry>>> {
    let folder = match address.split_once(':') {
        None if address == "gto" => start.to_owned(),
        Some(("gto", folder)) if !folder.contains("://") => start.join(folder),
        Some(("gto", url)) => {
            let shown = url.split(['?', '#']).next().unwrap_or_default().escape_debug();
            return Err(Error::usage(format!("gto:{shown} is not in a folder"))
                .hint("clone it with its tags first, and write gto:FOLDER"));
        }
        _ => return Ok(None),
    };
    Ok(Some(Box::new(GtoRegistry::open(&folder)?)))
}

/// The system that `reference` names, from which a model is taken.
///
/// # Errors
/// No system is known by such a reference.
pub fn importer(config: &Config, reference: &str) -> Result<Box<dyn Importer>> {
    if AzureMlRef::is_meant(reference) {
        return Ok(azure::importer(config.registry.clone()));
    }
    if MlflowImporter::knows(reference) {
        return mlflow_importer(config);
    }
    let shown = reference.escape_debug();
    Err(Error::usage(format!("`{shown}` is no reference to a model of another system"))
        .hint("write azureml:NAME:VERSION or azureml://… (docs/azure-ml.md), models:/NAME/3 or runs:/RUN/model (docs/mlflow.md)"))
}

/// What runs models here: ONNX Runtime in this process, found when a model is loaded.
pub fn scorer() -> Box<dyn Scorer> {
    Box::new(OnnxScorer)
}

/// The endpoint at `address`, which scores rows with the login that the variable `token` holds.
///
/// # Errors
/// No address, no known protocol, a server that does not answer.
pub fn endpoint_scorer(
    address: &str,
    protocol: Option<&str>,
    token: Option<&str>,
    timeout: Duration,
    host: &Arc<dyn Host>,
) -> Result<EndpointScorer> {
    if let Some(token) = token {
        host.mask(token);
    }
    EndpointScorer::connect(Target {
        address: address.to_owned(),
        protocol: protocol.map(str::parse).transpose()?,
        token: token.map(Secret::new),
        timeout,
        clock: Arc::new(SystemClock),
    })
}

/// The engine at `address`, with the login of the environment where the address has none. One query
/// takes no longer than `timeout`.
///
/// # Errors
/// A login that must not be sent; an engine that cannot be reached or refuses the login; a program
/// that was built without engines.
pub fn engine(
    address: &EngineAddress,
    timeout: Duration,
    host: &Arc<dyn Host>,
) -> Result<Box<dyn Engine>> {
    let address = address.clone().with_token(env::get(env::ENGINE_TOKEN))?;
    if let Some(token) = &address.token {
        host.mask(token.expose());
    }
    connected(address, timeout)
}

#[cfg(feature = "spark")]
fn connected(address: EngineAddress, timeout: Duration) -> Result<Box<dyn Engine>> {
    use super::engine::spark_connect::{Options, SparkConnect};
    let greeting = timeout.min(defaults::ENGINE_GREETING);
    Ok(Box::new(SparkConnect::connect(Options { address, timeout, greeting })?))
}

#[cfg(not(feature = "spark"))]
fn connected(address: EngineAddress, _: Duration) -> Result<Box<dyn Engine>> {
    Err(Error::new(
        ErrorKind::Unsupported,
        format!("this program was built without engines, and {address} is one"),
    )
    .hint("build it with `cargo build --release --features spark`, or profile files"))
}

/// What runs programs of the user's: as groups of processes on this machine.
pub fn programs() -> Box<dyn Programs> {
    Box::new(GroupPrograms)
}

/// What starts a training: the configured command, run where the configuration is, or a run on a
/// server.
///
/// # Errors
/// No command; no login for the server.
pub fn trigger(
    config: &Config,
    policy: &RetrainConfig,
    host: &Arc<dyn Host>,
) -> Result<Box<dyn Trigger>> {
    match &policy.training {
        Training::Command(command) => {
            let (speaker, owner) = (Arc::clone(host), Arc::clone(host));
            let say = Arc::new(move |line: &str| speaker.say(line));
            let trigger = CommandTrigger::new(command, &config.root, policy.timeout, say)?;
            Ok(Box::new(trigger.with_login(Box::new(move || cloud_login(&owner)))))
        }
        Training::Pipeline { id, project, reference, parameters } => {
            let pipeline = Pipeline {
                id: *id,
                project: project.clone(),
                reference: reference.clone(),
                parameters: parameters.clone(),
            };
            let devops = DevOps::new(agent_run()?, Arc::new(SystemClock))?;
            Ok(Box::new(AzurePipelinesTrigger::new(devops, pipeline)?))
        }
        Training::Workflow { file, reference, repository, inputs } => {
            let login = github_login(host, repository.as_deref())?;
            let here = env::get(env::GITHUB_REPOSITORY);
            let elsewhere = here.as_deref() != Some(&login.repository);
            let branch = if elsewhere { None } else { github::branch_or_tag(&env::get) };
            let workflow = Workflow {
                file: file.clone(),
                reference: reference.clone().or(branch),
                inputs: inputs.clone(),
                elsewhere,
            };
            Ok(Box::new(WorkflowTrigger::new(login, workflow)?))
        }
        Training::Dispatch { event_type, repository } => {
            let login = github_login(host, repository.as_deref())?;
            Ok(Box::new(DispatchTrigger::new(login, event_type)?))
        }
    }
}

/// Who is told of alerts; none where nobody is configured.
///
/// # Errors
/// The variable with the address is not set, or holds none.
pub fn notifier(config: &Config, host: &Arc<dyn Host>) -> Result<Option<Box<dyn Notifier>>> {
    let Some(webhook) = &config.monitor.notify.webhook else { return Ok(None) };
    let address = env::get(&webhook.url_env).ok_or_else(|| {
        Error::usage(format!("{} is not set", webhook.url_env)).hint(
            "monitor.notify.webhook reads the address of the webhook from it; give it to the \
             step as a secret",
        )
    })?;
    host.mask(&address);
    let retry = RetryPolicy { attempts: 4, ..RetryPolicy::default() };
    let made = Webhook::new(webhook, &Secret::new(address), Arc::new(SystemClock), retry)?;
    Ok(Some(Box::new(made)))
}

/// What stands for the training where a dry run cannot log in to its server because of `error`.
pub fn unreachable_trigger(policy: &RetrainConfig, error: &Error) -> Box<dyn Trigger> {
    let (name, what) = match &policy.training {
        Training::Command(command) => ("command", format!("run `{}`", command.join(" "))),
        Training::Workflow { file, .. } => {
            ("github-workflow", format!("start the workflow {file} on GitHub"))
        }
        Training::Dispatch { event_type, .. } => {
            ("github-dispatch", format!("send the dispatch {event_type} on GitHub"))
        }
        Training::Pipeline { id, .. } => {
            ("azure-pipeline", format!("start pipeline {id} on Azure Pipelines"))
        }
    };
    Box::new(UnreachableTrigger::new(name, what, error))
}

/// The server that holds the repository and its pull requests, where the host names one and there is
/// a login for it.
///
/// # Errors
/// A login that cannot be used.
pub fn forge(host: &Arc<dyn Host>) -> Result<Option<Box<dyn Forge>>> {
    match host.kind() {
        HostKind::AzurePipelines => {
            Ok(Some(Box::new(AzureDevOps::new(agent_run()?, Arc::new(SystemClock))?)))
        }
        HostKind::GitHub | HostKind::Terminal => {
            let login = Login::from_environment(&env::get, None, Arc::new(SystemClock));
            let Some(login) = login else { return azure_by_hand() };
            mask(host, &login);
            Ok(Some(Box::new(GitHubForge::new(login)?)))
        }
    }
}

fn github_login(host: &Arc<dyn Host>, repository: Option<&str>) -> Result<Login> {
    let found = Login::from_environment(&env::get, repository, Arc::new(SystemClock));
    let login = found.ok_or_else(|| {
        Error::usage("the repository on GitHub whose actions train is not known").hint(
            "write `repository: owner/name` beside it, or set GITHUB_REPOSITORY and GITHUB_TOKEN",
        )
    })?;
    mask(host, &login);
    Ok(login)
}

fn mask(host: &Arc<dyn Host>, login: &Login) {
    if let Some(token) = &login.token {
        host.mask(token.expose());
    }
}

/// The login at Azure that the step's input `azure-subscription` names: on Azure Pipelines a service
/// connection, on GitHub a subscription.
///
/// # Errors
/// There is no such connection, or no token is given for it.
pub fn cloud_login(host: &Arc<dyn Host>) -> Result<Option<AzureLogin>> {
    let Some(named) = host.input("azure-subscription") else { return Ok(None) };
    let (connection, temp) = match host.kind() {
        HostKind::AzurePipelines => {
            (Connection::of_azure_pipelines(&env::get, &named)?, env::AZURE_TEMP)
        }
        HostKind::GitHub => (Connection::of_github_actions(&env::get, &named)?, env::GITHUB_TEMP),
        HostKind::Terminal => return Ok(None),
    };
    let (temp, owner) = (env::get(temp).map(PathBuf::from), Arc::clone(host));
    let around = Surroundings {
        temp: &temp.unwrap_or_else(std::env::temp_dir),
        clock: Arc::new(SystemClock),
        mask: Arc::new(move |secret: &str| owner.mask(secret)),
        say: &|text: &str| host.say(text),
    };
    AzureLogin::make(&connection, &around).map(Some)
}

/// Azure DevOps from a terminal, where its variables are set by hand.
fn azure_by_hand() -> Result<Option<Box<dyn Forge>>> {
    let Some(run) = AgentRun::read(&env::get)? else { return Ok(None) };
    Ok(Some(Box::new(AzureDevOps::new(run, Arc::new(SystemClock))?)))
}

fn agent_run() -> Result<AgentRun> {
    AgentRun::read(&env::get)?.ok_or_else(|| {
        Error::new(ErrorKind::Unsupported, "the environment names no project of Azure DevOps").hint(
            format!(
                "outside of Azure Pipelines set {}, {} and {}",
                env::AZURE_COLLECTION,
                env::AZURE_PROJECT,
                env::AZURE_TOKEN
            ),
        )
    })
}

/// The local endpoint, reached over its control API.
///
/// # Errors
/// It is not running.
pub fn endpoint(config: &Config, name: &EndpointName) -> Result<Box<dyn Endpoint>> {
    Ok(Box::new(LocalEndpoint::open(&config.endpoint_folder(name))?))
}

/// Serves the local endpoint until it is stopped; `materialise` fetches packages.
///
/// # Errors
/// The port is taken, the endpoint is served already, or the program cannot find itself.
pub fn serve(
    config: &Config,
    name: &EndpointName,
    settings: EndpointConfig,
    materialise: Arc<Materialise>,
) -> Result<()> {
    let program = std::env::current_exe()
        .map_err(|e| Error::unavailable(format!("cannot find this program's own file: {e}")))?;
    server::run(ServeOptions {
        name: name.clone(),
        folder: config.endpoint_folder(name),
        config: settings,
        materialise,
        program,
    })
}

/// Where this program runs, as the environment says.
pub fn host() -> Arc<dyn Host> {
    let says = |name: &str| env::get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if says(env::GITHUB_ACTIONS) {
        Arc::new(GitHubHost::new(Box::new(env::get)))
    } else if says(env::TF_BUILD) {
        Arc::new(AzurePipelinesHost::new(Box::new(env::get)))
    } else {
        Arc::new(TerminalHost::new())
    }
}
