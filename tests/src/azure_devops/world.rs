//! What the server knows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Reads repositories and pull requests.
    Code,
    /// Writes branches.
    Contribute,
    /// Writes pull requests, threads and statuses.
    PullRequests,
    /// Reads runs.
    ViewBuilds,
    /// Starts runs.
    QueueBuilds,
    /// Writes properties of runs.
    UpdateBuild,
    /// Reads and writes work items.
    WorkItems,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Code,
        Self::Contribute,
        Self::PullRequests,
        Self::ViewBuilds,
        Self::QueueBuilds,
        Self::UpdateBuild,
        Self::WorkItems,
    ];
}

/// Everything.
pub struct World {
    /// Address of the server.
    pub url: String,
    /// What the token may do.
    pub permissions: BTreeSet<Permission>,
    /// What was sent against the rules of the API.
    pub violations: Vec<String>,
    /// Pull requests by number.
    pub pull_requests: BTreeMap<u64, PullRequest>,
    /// Branches by full name.
    pub branches: BTreeMap<String, Branch>,
    /// Commits by id.
    pub commits: BTreeMap<String, Commit>,
    /// Statuses of commits, by commit.
    pub commit_statuses: BTreeMap<String, Vec<Status>>,
    /// Work items by number.
    pub work_items: BTreeMap<u64, WorkItem>,
    /// Runs by number.
    pub builds: BTreeMap<u64, Build>,
    /// The template parameters that the pipeline declares.
    pub declared: BTreeSet<String>,
    /// Whether lists of runs tell what the runs were given.
    pub lists_parameters: bool,
    /// Whether a single run tells it.
    pub tells_parameters: bool,
    /// How runs end; none: they do not end by themselves.
    pub runs_end: Option<String>,
    /// How often a token of the job's own identity was asked for.
    pub oidc_asked: usize,
    /// Number of the next thing.
    pub next: u64,
}

/// A branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its commit.
    pub commit: String,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The commits before it.
    pub parents: Vec<String>,
    /// Its message.
    pub message: String,
    /// Every file by its path with a `/` in front.
    pub files: BTreeMap<String, String>,
}

/// A pull request.
#[derive(Debug, Clone, Default)]
pub struct PullRequest {
    /// Full name of its branch.
    pub source: String,
    /// Full name of the branch that it would be merged into.
    pub target: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub description: String,
    /// `active`, `completed` or `abandoned`.
    pub status: String,
    /// The commit of each push to its branch.
    pub pushes: Vec<String>,
    /// Its threads.
    pub threads: Vec<Thread>,
    /// Its statuses.
    pub statuses: Vec<Status>,
}

/// A thread.
#[derive(Debug, Clone, Default)]
pub struct Thread {
    /// Its number.
    pub id: u64,
    /// `active`, `closed` …
    pub status: String,
    /// Its properties.
    pub properties: BTreeMap<String, Value>,
    /// Its comments.
    pub comments: Vec<ThreadComment>,
}

impl Thread {
    /// The comments that are still there.
    pub fn shown(&self) -> Vec<&ThreadComment> {
        self.comments.iter().filter(|c| !c.is_deleted).collect()
    }
}

/// A comment.
#[derive(Debug, Clone, Default)]
pub struct ThreadComment {
    /// Its number in the thread.
    pub id: u64,
    /// Its text.
    pub content: String,
    /// It was deleted.
    pub is_deleted: bool,
}

/// A status.
#[derive(Debug, Clone)]
pub struct Status {
    /// Its number.
    pub id: u64,
    /// As it was sent.
    pub body: Value,
}

/// A work item.
#[derive(Debug, Clone, Default)]
pub struct WorkItem {
    /// How often it was changed.
    pub rev: u64,
    /// Its fields.
    pub fields: BTreeMap<String, String>,
    /// Its comments.
    pub comments: Vec<String>,
}

/// A run.
#[derive(Debug, Clone, Default)]
pub struct Build {
    /// Its pipeline.
    pub definition: u64,
    /// `notStarted`, `inProgress` or `completed`.
    pub status: String,
    /// `succeeded`, `failed` or `canceled`.
    pub result: Option<String>,
    /// The branch.
    pub reference: String,
    /// What it was given.
    pub parameters: BTreeMap<String, String>,
    /// Its properties.
    pub properties: BTreeMap<String, String>,
}

impl World {
    /// A number that nothing has yet.
    pub(super) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// The threads of a pull request that show a comment.
    pub fn threads(&self, pull_request: u64) -> Vec<&Thread> {
        let threads = self.pull_requests.get(&pull_request).map(|p| p.threads.iter());
        threads.into_iter().flatten().filter(|t| !t.shown().is_empty()).collect()
    }

    /// The work items that are not done.
    pub fn open_work_items(&self) -> Vec<(u64, &WorkItem)> {
        let open =
            |item: &&WorkItem| !matches!(item.fields["System.State"].as_str(), "Done" | "Closed");
        self.work_items
            .iter()
            .filter(|(_, item)| open(item))
            .map(|(id, item)| (*id, item))
            .collect()
    }

    /// The runs of a pipeline.
    pub fn runs_of(&self, pipeline: u64) -> Vec<(u64, &Build)> {
        let of = self.builds.iter().filter(|(_, build)| build.definition == pipeline);
        of.map(|(id, build)| (*id, build)).collect()
    }

    /// A file at the tip of a branch.
    pub fn file(&self, branch: &str, path: &str) -> Option<&str> {
        let commit = &self.branches.get(branch)?.commit;
        self.commits.get(commit)?.files.get(path).map(String::as_str)
    }

    /// Adds a commit with one file on top of a branch, as somebody else would; gives its id.
    pub fn commit(&mut self, branch: &str, path: &str, content: &str) -> String {
        let parent = self.branches.get(branch).map(|b| b.commit.clone());
        let mut files = parent.as_ref().map(|p| self.commits[p].files.clone()).unwrap_or_default();
        files.insert(path.to_owned(), content.to_owned());
        let parents = parent.into_iter().collect();
        self.add_commit(branch, Commit { parents, message: "by hand".to_owned(), files })
    }

    pub(super) fn add_commit(&mut self, branch: &str, commit: Commit) -> String {
        let id = format!("{:040x}", self.number());
        self.commits.insert(id.clone(), commit);
        self.branches.insert(branch.to_owned(), Branch { commit: id.clone() });
        id
    }
}
