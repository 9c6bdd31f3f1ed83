//! The ways of logging in at Azure.

use std::fmt;
use std::path::PathBuf;

use super::managed::Machine;
use crate::adapters::azure::login::TokenSource;
use crate::domain::secret::Secret;

/// An application of Microsoft Entra.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its tenant.
    pub tenant: String,
    /// Its client id.
    pub client: String,
}

/// A way of logging in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// By a token of the job's own identity, which GitHub Actions or Azure Pipelines makes.
    Federated(Application, TokenSource),
    /// By a token that somebody else keeps fresh in a file.
    TokenFile(Application, PathBuf),
    /// By a secret.
    Secret(Application, Secret),
    /// By a certificate with its private key, in PEM.
    Certificate(Application, PathBuf),
    /// By the machine's own identity.
    Machine(Machine),
    /// By what the Azure CLI is logged in as.
    Cli {
        /// The program.
        program: PathBuf,
        /// The tenant, where it is named.
        tenant: Option<String>,
    },
}

impl Way {
    /// The application, where it is known.
    pub fn application(&self) -> Option<&Application> {
        match self {
            Self::Federated(of, _)
            | Self::TokenFile(of, _)
            | Self::Secret(of, _)
            | Self::Certificate(of, _) => Some(of),
            Self::Machine(_) | Self::Cli { .. } => None,
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Federated(_, TokenSource::GitHubActions { .. }) => {
                write!(f, "the job's own identity on GitHub Actions")
            }
            Self::Federated(_, TokenSource::AzurePipelines { .. }) => {
                write!(f, "a service connection of Azure Pipelines")
            }
            Self::TokenFile(..) => write!(f, "a workload identity's token file"),
            Self::Secret(..) => write!(f, "a client secret"),
            Self::Certificate(..) => write!(f, "a client certificate"),
            Self::Machine(machine) => machine.fmt(f),
            Self::Cli { .. } => write!(f, "the Azure CLI"),
        }?;
        match self.application() {
            Some(of) => write!(f, " (application {})", of.client),
            None => Ok(()),
        }
    }
}
