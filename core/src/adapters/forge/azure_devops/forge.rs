//! The port, each call handed to its file.

use std::sync::Arc;
use std::time::Duration;

use super::{comments, properties, proposals, statuses, tickets};
use crate::adapters::azure::devops::{AgentRun, DevOps, Repository};
use crate::adapters::http::Failure;
use crate::config::env;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::ports::clock::Clock;
use crate::ports::forge::{
    Change, Check, Comment, Deployment, Forge, Posted, Proposal, Proposed, Ticket,
};
use crate::ports::host::PullRequest;

/// How often a call that creates is begun anew when nobody knows whether it was done.
pub(super) const ATTEMPTS: usize = 4;
/// How long a server gets to finish what it may be doing, before it is looked whether it did.
pub(super) const SETTLE: Duration = Duration::from_secs(1);

/// Azure DevOps Services or Server.
pub struct AzureDevOps {
    devops: DevOps,
}

/// A repository of Azure Repos and the client for it.
#[derive(Clone, Copy)]
pub(super) struct Repo<'a> {
    pub(super) devops: &'a DevOps,
    pub(super) id: &'a str,
    name: &'a str,
}

impl AzureDevOps {
    /// The forge of a run; nothing is sent yet.
    ///
    /// # Errors
    /// The organisation's address or the token cannot be used.
    pub fn new(run: AgentRun, clock: Arc<dyn Clock>) -> Result<Self> {
        Ok(Self { devops: DevOps::new(run, clock)? })
    }

    fn repository(&self) -> Result<Repo<'_>> {
        match &self.devops.run().repository {
            Repository::Azure { id, name } => Ok(Repo { devops: &self.devops, id, name }),
            Repository::Elsewhere(server) => Err(Error::new(
                ErrorKind::Unsupported,
                format!("the repository of this run lies on {server}, not in Azure Repos"),
            )
            .hint("pull requests are written to in Azure Repos and on GitHub, from its Actions")),
            Repository::Unknown => Err(Error::new(
                ErrorKind::Unsupported,
                "the environment names no repository of Azure Repos",
            )
            .hint(format!("{} is set in every run of Azure Pipelines", env::AZURE_REPOSITORY_ID))),
        }
    }
}

impl<'a> Repo<'a> {
    /// A path below the repository.
    pub(super) fn path<'p>(&'p self, rest: &[&'p str]) -> Vec<&'p str> {
        let project = self.devops.run().project_id.as_str();
        [&[project, "_apis", "git", "repositories", self.id], rest].concat()
    }

    /// Address of a pull request for people.
    pub(super) fn pull_request_url(&self, number: u64) -> String {
        let run = self.devops.run();
        let (project, name) = (segment(&run.project), segment(self.name));
        format!("{}/{project}/_git/{name}/pullrequest/{number}", run.collection)
    }
}

/// `text` as one segment of an address.
pub(super) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A refusal in a run for a fork's pull request has another reason than a missing permission.
pub(super) fn in_pull_request(pull_request: &PullRequest) -> impl Fn(Failure) -> Error {
    let from_fork = pull_request.from_fork;
    move |failure| {
        let error = Error::from(failure);
        if from_fork && error.kind() == ErrorKind::Permission {
            return error.hint(
                "this run builds a fork's pull request, whose token may only read; the verdict is \
                 in the run's summary",
            );
        }
        error
    }
}

impl Forge for AzureDevOps {
    fn name(&self) -> &'static str {
        "Azure DevOps"
    }

    fn comment_limit(&self) -> usize {
        comments::LIMIT
    }

    fn comment(&self, comment: &Comment) -> Result<Posted> {
        comments::write(self.repository()?, comment)
    }

    fn check(&self, check: &Check) -> Result<Posted> {
        statuses::set(self.repository()?, check)
    }

    fn property(&self, name: &str, value: &str) -> Result<Change> {
        properties::set(&self.devops, name, value)
    }

    fn propose(&self, proposal: &Proposal<'_>) -> Result<Proposed> {
        proposals::propose(self.repository()?, proposal)
    }

    fn open_ticket(&self, ticket: &Ticket) -> Result<Posted> {
        tickets::open(&self.devops, ticket)
    }

    fn close_ticket(&self, key: &str, markdown: &str) -> Result<Option<Posted>> {
        tickets::close(&self.devops, key, markdown)
    }

    fn deployment(&self, _: &Deployment) -> Result<Option<Posted>> {
        Ok(None)
    }
}
