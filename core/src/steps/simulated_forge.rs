//! A forge in memory for the tests: it keeps what was written, and can refuse or be down.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use crate::domain::error::{Error, ErrorKind, Result};
use crate::ports::forge::{
    Change, Check, Comment, Deployment, Forge, Posted, Proposal, Proposed, Ticket,
};

/// What a pull request of the simulated forge proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) base: Option<String>,
    pub(crate) path: String,
    pub(crate) content: String,
}

/// Everything that was written.
#[derive(Default)]
pub(crate) struct Written {
    /// Comments by pull request and marker.
    pub(crate) comments: BTreeMap<(u64, String), Comment>,
    /// Checks by commit and name.
    pub(crate) checks: BTreeMap<(String, String), Check>,
    pub(crate) properties: BTreeMap<String, String>,
    /// Files of the base branch.
    pub(crate) files: BTreeMap<String, String>,
    /// Pull requests by branch.
    pub(crate) pull_requests: BTreeMap<String, Opened>,
    /// Open tickets by key.
    pub(crate) tickets: BTreeMap<String, Ticket>,
    /// Closed tickets: their key and the last comment.
    pub(crate) closed: Vec<(String, String)>,
    /// Every deployment that was told, in order.
    pub(crate) deployments: Vec<Deployment>,
    /// Names of the calls, also of those that failed.
    pub(crate) calls: Vec<&'static str>,
}

/// A forge in memory.
pub(crate) struct SimulatedForge {
    name: &'static str,
    limit: usize,
    fault: Option<(&'static str, ErrorKind)>,
    written: Mutex<Written>,
}

impl SimulatedForge {
    /// A forge that calls itself `name`, such as `GitHub`.
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, limit: 65_536, fault: None, written: Mutex::default() }
    }

    /// Fails every call of this name (`all`: every call) with this kind of error.
    pub(crate) fn failing(mut self, call: &'static str, kind: ErrorKind) -> Self {
        self.fault = Some((call, kind));
        self
    }

    /// Takes comments of at most so many bytes.
    pub(crate) fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Puts a file on the base branch.
    pub(crate) fn file(self, path: &str, content: &str) -> Self {
        self.written().files.insert(path.to_owned(), content.to_owned());
        self
    }

    /// What was written so far.
    pub(crate) fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap()
    }

    fn call(&self, name: &'static str) -> Result<MutexGuard<'_, Written>> {
        let mut written = self.written();
        written.calls.push(name);
        match self.fault {
            Some((call, kind)) if call == name || call == "all" => {
                Err(Error::new(kind, format!("{name} is refused")).hint("give the token more"))
            }
            _ => Ok(written),
        }
    }
}

fn posted(id: impl ToString, change: Change) -> Posted {
    let id = id.to_string();
    Posted { url: Some(format!("https://forge.example/{id}")), id, change }
}

fn change<T>(before: Option<T>, same: impl Fn(&T) -> bool) -> Change {
    match before {
        None => Change::Created,
        Some(before) if same(&before) => Change::Unchanged,
        Some(_) => Change::Updated,
    }
}

impl Forge for SimulatedForge {
    fn name(&self) -> &'static str {
        self.name
    }

    fn comment_limit(&self) -> usize {
        self.limit
    }

    fn comment(&self, comment: &Comment) -> Result<Posted> {
        assert!(comment.markdown.len() <= self.limit, "a comment of {}", comment.markdown.len());
        let mut written = self.call("comment")?;
        let key = (comment.pull_request.number, comment.marker.clone());
        let before = written.comments.insert(key, comment.clone());
        Ok(posted(1, change(before, |b| b.markdown == comment.markdown)))
    }

    fn check(&self, check: &Check) -> Result<Posted> {
        let mut written = self.call("check")?;
        let key = (check.commit.clone(), check.name.clone());
        let before = written.checks.insert(key, check.clone());
        Ok(posted(2, change(before, |b| b.state == check.state && b.title == check.title)))
    }

    fn property(&self, name: &str, value: &str) -> Result<Change> {
        let mut written = self.call("property")?;
        let before = written.properties.insert(name.to_owned(), value.to_owned());
        Ok(change(before, |b| b == value))
    }

    fn propose(&self, proposal: &Proposal<'_>) -> Result<Proposed> {
        let mut written = self.call("propose")?;
        let before = written.files.get(&proposal.path).cloned();
        let content = (proposal.edit)(before.as_deref())?;
        if before.as_deref() == Some(&content) {
            return Ok(Proposed { number: None, url: None, change: Change::Unchanged });
        }
        let known = written.pull_requests.get(&proposal.branch).cloned();
        let number = known.as_ref().map_or(written.pull_requests.len() as u64 + 1, |o| o.number);
        let opened = Opened {
            number,
            title: proposal.title.clone(),
            body: proposal.body.clone(),
            base: proposal.base.clone(),
            path: proposal.path.clone(),
            content,
        };
        written.pull_requests.insert(proposal.branch.clone(), opened.clone());
        let url = Some(format!("https://forge.example/pull/{number}"));
        Ok(Proposed { number: Some(number), url, change: change(known, |o| *o == opened) })
    }

    fn open_ticket(&self, ticket: &Ticket) -> Result<Posted> {
        let mut written = self.call("open_ticket")?;
        let before = written.tickets.insert(ticket.key.clone(), ticket.clone());
        Ok(posted(3, change(before, |b| b.markdown == ticket.markdown)))
    }

    fn close_ticket(&self, key: &str, markdown: &str) -> Result<Option<Posted>> {
        let mut written = self.call("close_ticket")?;
        if written.tickets.remove(key).is_none() {
            return Ok(None);
        }
        written.closed.push((key.to_owned(), markdown.to_owned()));
        Ok(Some(posted(3, Change::Updated)))
    }

    fn deployment(&self, deployment: &Deployment) -> Result<Option<Posted>> {
        let mut written = self.call("deployment")?;
        written.deployments.push(deployment.clone());
        Ok(Some(posted(4, Change::Created)))
    }
}
