//! Which login is taken, and why.

use std::path::{Path, PathBuf};

use super::managed::Machine;
use super::way::{Application, Way};
use crate::adapters::azure::login::{Connection, Proof, TokenSource};
use crate::config::env;
use crate::domain::error::{Error, ErrorKind, Result};

/// Reads environment variables.
type Get<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A login that was chosen.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The way of logging in.
    pub way: Way,
    /// What decided for it.
    pub why: String,
    /// The environment names it; else it is one that the machine happens to have.
    pub named: bool,
    /// The ways before it, and why each was not taken.
    pub passed: Vec<String>,
}

/// Words of `AZURE_TOKEN_CREDENTIALS`, as the client libraries of Azure know them.
const ENVIRONMENT: &str = "environmentcredential";
const WORKLOAD: &str = "workloadidentitycredential";
const MACHINE: &str = "managedidentitycredential";
const CLI: &str = "azureclicredential";
const KNOWN: [&str; 6] = [ENVIRONMENT, WORKLOAD, MACHINE, CLI, "dev", "prod"];

impl Choice {
    /// Chooses by the environment alone; nothing is sent. In this order: the service connection
    /// `connection` of Azure Pipelines, a client secret, a client certificate, a workload identity's
    /// token file, the job's own identity (GitHub Actions, Azure Pipelines), a managed identity that
    /// the environment names, the Azure CLI, and the identity of a virtual machine.
    ///
    /// # Errors
    /// The service connection cannot be used; `AZURE_TOKEN_CREDENTIALS` names no login, or one that
    /// is not there.
    pub fn find(get: Get<'_>, connection: Option<&str>) -> Result<Self> {
        if let Some(id) = connection {
            let way = of_connection(Connection::of_azure_pipelines(get, id)?)?;
            let why = format!("the step's input names the service connection {id}");
            return Ok(Self { way, why, named: true, passed: Vec::new() });
        }
        let only = get(env::AZURE_TOKEN_CREDENTIALS).map(|word| word.to_ascii_lowercase());
        if let Some(word) = only.as_deref().filter(|word| !KNOWN.contains(word)) {
            let shown = word.escape_debug();
            let message = format!("{} names no login: `{shown}`", env::AZURE_TOKEN_CREDENTIALS);
            return Err(Error::usage(message).hint(
                "write EnvironmentCredential, WorkloadIdentityCredential, \
                 ManagedIdentityCredential, AzureCliCredential, dev or prod",
            ));
        }
        let mut passed = Vec::new();
        for candidate in CANDIDATES {
            let fits = match only.as_deref() {
                None => true,
                Some("dev") => candidate.word == CLI,
                Some("prod") => candidate.word != CLI,
                Some(word) => candidate.word == word,
            };
            if !fits {
                passed.push(format!(
                    "{}: {} rules it out",
                    candidate.name,
                    env::AZURE_TOKEN_CREDENTIALS
                ));
                continue;
            }
            match (candidate.find)(get)? {
                Found::Way(way, why) => {
                    let named = only.is_some() || candidate.is_named;
                    return Ok(Self { way, why, named, passed });
                }
                Found::No(why) => passed.push(format!("{}: {why}", candidate.name)),
            }
        }
        Err(nothing(&passed))
    }
}

fn nothing(passed: &[String]) -> Error {
    Error::new(ErrorKind::Permission, format!("no login at Azure: {}", passed.join("; "))).hint(
        "on GitHub set AZURE_TENANT_ID and AZURE_CLIENT_ID and write `permissions: { id-token: \
         write }`; on Azure Pipelines give the step azure-subscription; at a terminal run `az \
         login`; `outerloop doctor` checks it",
    )
}

enum Found {
    Way(Way, String),
    No(String),
}

struct Candidate {
    name: &'static str,
    word: &'static str,
    /// The environment names it where it is found.
    is_named: bool,
    find: fn(Get<'_>) -> Result<Found>,
}

const CANDIDATES: [Candidate; 7] = [
    Candidate { name: "client secret", word: ENVIRONMENT, is_named: true, find: secret },
    Candidate { name: "client certificate", word: ENVIRONMENT, is_named: true, find: certificate },
    Candidate { name: "workload identity", word: WORKLOAD, is_named: true, find: token_file },
    Candidate { name: "the job's own identity", word: WORKLOAD, is_named: true, find: job },
    Candidate { name: "managed identity", word: MACHINE, is_named: true, find: machine },
    Candidate { name: "Azure CLI", word: CLI, is_named: false, find: cli },
    Candidate { name: "virtual machine", word: MACHINE, is_named: false, find: virtual_machine },
];

fn application(get: Get<'_>) -> Option<Application> {
    let (tenant, client) = (get(env::LOGIN_TENANT)?, get(env::LOGIN_CLIENT)?);
    Some(Application { tenant, client })
}

fn by_variable(
    get: Get<'_>,
    name: &str,
    way: impl Fn(Application, String) -> Way,
) -> Result<Found> {
    Ok(match (get(name), application(get)) {
        (None, _) => Found::No(format!("{name} is not set")),
        (Some(value), Some(of)) => Found::Way(way(of, value), format!("{name} is set")),
        (Some(_), None) => Found::No(format!(
            "{name} is set, but not both {} and {}",
            env::LOGIN_TENANT,
            env::LOGIN_CLIENT
        )),
    })
}

fn secret(get: Get<'_>) -> Result<Found> {
    by_variable(get, env::LOGIN_SECRET, |of, value| {
        Way::Secret(of, crate::domain::secret::Secret::new(value))
    })
}

fn certificate(get: Get<'_>) -> Result<Found> {
    by_variable(get, env::LOGIN_CERTIFICATE, |of, path| Way::Certificate(of, path.into()))
}

fn token_file(get: Get<'_>) -> Result<Found> {
    by_variable(get, env::LOGIN_TOKEN_FILE, |of, path| Way::TokenFile(of, path.into()))
}

/// The identity of a job: of GitHub Actions, or of the service connection that the tasks AzureCLI
/// and AzurePowerShell of Azure Pipelines hand on to their scripts.
fn job(get: Get<'_>) -> Result<Found> {
    if let Some(id) = get(env::AZURE_SCRIPT_CONNECTION) {
        let tenant = get(env::AZURE_SCRIPT_TENANT);
        let client = get(env::AZURE_SCRIPT_CLIENT);
        if let (Some(tenant), Some(client)) = (tenant, client) {
            let source = TokenSource::of_azure_pipelines(get, &id)?;
            let way = Way::Federated(Application { tenant, client }, source);
            return Ok(Found::Way(way, format!("{} is set", env::AZURE_SCRIPT_CONNECTION)));
        }
    }
    let may_ask = get(env::GITHUB_OIDC_URL).is_some();
    Ok(match (application(get), get(env::GITHUB_ACTIONS).is_some() || may_ask) {
        (_, false) => Found::No("this is no job of GitHub Actions or Azure Pipelines".to_owned()),
        (None, true) => {
            Found::No(format!("{} and {} are not set", env::LOGIN_TENANT, env::LOGIN_CLIENT))
        }
        (Some(_), true) if !may_ask => {
            Found::No("the job has no `permissions: { id-token: write }`".to_owned())
        }
        (Some(of), true) => {
            let why = format!("{} is set in a job of GitHub Actions", env::LOGIN_CLIENT);
            Found::Way(Way::Federated(of, TokenSource::of_github_actions(get)?), why)
        }
    })
}

fn machine(get: Get<'_>) -> Result<Found> {
    let client = get(env::LOGIN_CLIENT);
    Ok(match Machine::named(get, client) {
        Some((machine, why)) => Found::Way(Way::Machine(machine), why),
        None => Found::No(format!(
            "neither {} nor {} is set",
            env::IDENTITY_ENDPOINT,
            env::MSI_ENDPOINT
        )),
    })
}

fn cli(get: Get<'_>) -> Result<Found> {
    let path = get(env::PATH).unwrap_or_default();
    Ok(match on_path(&path) {
        Some(program) => {
            let why = format!("{} is on the PATH", program.display());
            Found::Way(Way::Cli { program, tenant: get(env::LOGIN_TENANT) }, why)
        }
        None => Found::No("`az` is not on the PATH".to_owned()),
    })
}

fn virtual_machine(get: Get<'_>) -> Result<Found> {
    let machine = Machine::virtual_machine(get, get(env::LOGIN_CLIENT));
    Ok(Found::Way(Way::Machine(machine), "nothing else is there".to_owned()))
}

fn on_path(path: &str) -> Option<PathBuf> {
    let names: &[&str] = if cfg!(windows) { &["az.cmd", "az.exe"] } else { &["az"] };
    let at = |folder: PathBuf| names.iter().map(move |name| folder.join(name)).find(|p| is_file(p));
    std::env::split_paths(path).filter(|p| p.is_absolute()).find_map(at)
}

fn is_file(path: &Path) -> bool {
    path.is_file()
}

fn of_connection(connection: Connection) -> Result<Way> {
    let application = || match (&connection.tenant, &connection.client) {
        (Some(tenant), Some(client)) => {
            Ok(Application { tenant: tenant.clone(), client: client.clone() })
        }
        _ => Err(Error::config("the service connection names no application")
            .hint("verify and save it anew in Project settings > Service connections")),
    };
    Ok(match &connection.proof {
        Proof::Federated(source) => Way::Federated(application()?, source.clone()),
        Proof::Secret(secret) => Way::Secret(application()?, secret.clone()),
        Proof::Machine => {
            Way::Machine(Machine::virtual_machine(&|_| None, connection.client.clone()))
        }
    })
}
