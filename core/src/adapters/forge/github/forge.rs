//! The forge port, one file an operation.

use crate::adapters::github::{GitHub, Login};
use crate::domain::error::Result;
use crate::ports::forge::{
    Change, Check, Comment, Deployment, Forge, Posted, Proposal, Proposed, Ticket,
};

/// GitHub.
pub struct GitHubForge {
    github: GitHub,
}

impl GitHubForge {
    /// A repository on GitHub; nothing is sent yet.
    ///
    /// # Errors
    /// As [`GitHub::new`].
    pub fn new(login: Login) -> Result<Self> {
        Ok(Self { github: GitHub::new(login)? })
    }
}

impl Forge for GitHubForge {
    fn name(&self) -> &'static str {
        "GitHub"
    }

    fn comment_limit(&self) -> usize {
        super::comment::LIMIT
    }

    fn comment(&self, comment: &Comment) -> Result<Posted> {
        super::comment::on_pull_request(&self.github, comment)
    }

    fn check(&self, check: &Check) -> Result<Posted> {
        super::check::set(&self.github, check)
    }

    fn property(&self, _name: &str, _value: &str) -> Result<Change> {
        Ok(Change::Unchanged)
    }

    fn propose(&self, proposal: &Proposal<'_>) -> Result<Proposed> {
        super::proposal::propose(&self.github, proposal)
    }

    fn open_ticket(&self, ticket: &Ticket) -> Result<Posted> {
        super::ticket::open(&self.github, ticket)
    }

    fn close_ticket(&self, key: &str, markdown: &str) -> Result<Option<Posted>> {
        super::ticket::close(&self.github, key, markdown)
    }

    fn deployment(&self, deployment: &Deployment) -> Result<Option<Posted>> {
        super::deployment::record(&self.github, deployment).map(Some)
    }
}
