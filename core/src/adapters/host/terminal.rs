//! A terminal, or a CI system that needs nothing of its own.

use std::io::Write as _;
use std::path::Path;

use super::ci::{CiRun, Get};
use crate::config::env;
use crate::domain::digest::Digest;
use crate::domain::error::Result;
use crate::domain::package::Provenance;
use crate::ports::host::{Annotation, Completion, Host, HostKind, PullRequest};

/// A terminal.
pub struct TerminalHost {
    get: Get,
}

impl Default for TerminalHost {
    fn default() -> Self {
        Self::new()
    }
}

impl TerminalHost {
    /// The terminal that this process runs in.
    pub fn new() -> Self {
        Self { get: Box::new(env::get) }
    }
}

impl Host for TerminalHost {
    fn actor(&self) -> String {
        CiRun::actor(&self.get)
    }

    fn run_url(&self) -> Option<String> {
        CiRun::read(&self.get).url
    }

    fn provenance(&self, folder: &Path) -> Result<Provenance> {
        CiRun::read(&self.get).provenance(folder)
    }

    fn kind(&self) -> HostKind {
        HostKind::Terminal
    }

    fn pull_request(&self) -> Result<Option<PullRequest>> {
        Ok(None)
    }

    fn cause(&self) -> Result<Option<Digest>> {
        CiRun::cause(&self.get)
    }

    fn input(&self, _: &str) -> Option<String> {
        None
    }

    fn output(&self, _: &str, _: &str) -> Result<()> {
        Ok(())
    }

    fn mask(&self, _: &str) {}

    fn plain(&self, text: &str) -> String {
        text.to_owned()
    }

    fn say(&self, text: &str) {
        write_line(text);
    }

    fn begin_group(&self, _: &str) {}

    fn end_group(&self) {}

    fn progress(&self, _: u8, _: &str) {}

    fn annotate(&self, annotation: &Annotation) {
        write_line(&format!("{}: {}", annotation.title, annotation.message));
    }

    fn summary_limit(&self) -> usize {
        0
    }

    fn summary(&self, _: &str) -> Result<()> {
        Ok(())
    }

    fn complete(&self, _: Completion, _: &str) -> bool {
        false
    }
}

/// Writes to standard error; that nobody reads it is no failure.
pub(super) fn write_line(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use std::fs;

    use git2::{Repository, Signature};

    use super::*;

    fn host(variables: &'static [(&'static str, &'static str)]) -> TerminalHost {
        let get =
            |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        TerminalHost { get: Box::new(get) }
    }

    fn repository() -> (tempfile::TempDir, Repository) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let repository = Repository::init(folder.path()).expect("a repository");
        fs::write(folder.path().join("train.py"), "a").expect("writes");
        let mut index = repository.index().expect("an index");
        index.add_path(Path::new("train.py")).expect("adds");
        let tree = index.write_tree().expect("a tree");
        index.write().expect("writes");
        let who = Signature::now("Ada", "ada@acme.example").expect("a signature");
        {
            let tree = repository.find_tree(tree).expect("the tree");
            repository.commit(Some("HEAD"), &who, &who, "first", &tree, &[]).expect("commits");
        }
        repository.remote("origin", "https://x:s3cret@github.com/acme/churn").expect("a remote");
        (folder, repository)
    }

    #[test]
    fn a_work_tree_tells_commit_dirtiness_and_remote() {
        let (folder, repository) = repository();
        let head = repository.head().expect("a head").target().expect("a commit");
        let inside = folder.path().join("deep");
        fs::create_dir(&inside).expect("makes");
        fs::write(inside.join("model.bin"), "untracked").expect("writes");
        let clean = host(&[]).provenance(&inside).expect("reads");
        assert_eq!(clean.commit, Some(head.to_string()));
        assert_eq!(clean.dirty, Some(false));
        assert_eq!(clean.repository.as_deref(), Some("https://github.com/acme/churn"));

        repository.set_head_detached(head).expect("detaches");
        fs::write(folder.path().join("train.py"), "changed").expect("writes");
        let dirty = host(&[]).provenance(folder.path()).expect("reads");
        assert_eq!((dirty.commit, dirty.dirty), (Some(head.to_string()), Some(true)));
    }

    #[test]
    fn without_a_commit_or_a_repository_only_the_ci_speaks() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(host(&[]).provenance(folder.path()).expect("reads"), Provenance::default());
        let ci = host(&[("TF_BUILD", "True"), ("BUILD_SOURCEVERSION", "abc")]);
        let provenance = ci.provenance(folder.path()).expect("reads");
        assert_eq!(provenance.commit.as_deref(), Some("abc"));
        Repository::init(folder.path()).expect("a repository");
        assert_eq!(host(&[]).provenance(folder.path()).expect("reads").commit, None);
    }

    #[test]
    fn the_actor_is_the_first_that_is_known() {
        let ci = &[("GITHUB_ACTIONS", "true"), ("GITHUB_ACTOR", "ada"), ("USER", "root")];
        assert_eq!(host(ci).actor(), "ada");
        let own = &[("OUTERLOOP_ACTOR", "bot"), ("GITHUB_ACTIONS", "true"), ("GITHUB_ACTOR", "x")];
        assert_eq!(host(own).actor(), "bot");
    }

    #[test]
    fn an_event_that_is_no_digest_is_refused_with_its_variable() {
        let wrong = host(&[("OUTERLOOP_EVENT", "not-a-digest")]).cause().expect_err("refused");
        assert!(wrong.to_string().contains("OUTERLOOP_EVENT"), "{wrong}");
        assert_eq!(host(&[]).cause().expect("reads"), None);
    }
}
