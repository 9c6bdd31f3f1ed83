//! Checks the whole history against the state: the chain of commits, every event's bytes, id and
//! place, what each commit changed, and the state that the events add up to.

use std::collections::BTreeMap;

use git2::{Commit, ObjectType, Oid, Repository, Tree, TreeWalkMode, TreeWalkResult};

use super::message;
use super::replay::Replay;
use crate::domain::error::Result;
use crate::domain::name::ModelName;
use crate::ports::registry::Verification;

/// Most problems that are listed: after these, more would not help.
const MOST: usize = 100;

/// Checks everything up to `head`.
///
/// # Errors
/// Only defects of this program: what is wrong with the registry is in the answer.
pub(super) fn verify(repository: &Repository, head: Option<Oid>) -> Result<Verification> {
    let mut check = Check { repository, replay: Replay::default(), problems: Vec::new() };
    let commits = check.chain(head);
    let events = commits.len() as u64;
    let mut before = BTreeMap::new();
    for id in commits.iter().rev() {
        before = check.commit(*id, before);
    }
    if let Some(head) = head {
        check.state(head)?;
    }
    let mut problems = check.problems;
    if problems.len() > MOST {
        let more = problems.len() - MOST;
        problems.truncate(MOST);
        problems.push(format!("and {more} more"));
    }
    Ok(Verification { verified: problems.is_empty(), events, problems })
}

/// Tree of each model's folder by name.
type Folders = BTreeMap<String, Oid>;

struct Check<'r> {
    repository: &'r Repository,
    replay: Replay,
    problems: Vec<String>,
}

impl Check<'_> {
    fn problem(&mut self, id: Oid, what: &str) {
        let short: String = id.to_string().chars().take(12).collect();
        self.problems.push(format!("commit {short} {what}"));
    }

    /// All commits, newest first.
    fn chain(&mut self, head: Option<Oid>) -> Vec<Oid> {
        let mut ids = Vec::new();
        let mut next = head;
        while let Some(id) = next {
            let commit = match self.repository.find_commit(id) {
                Ok(commit) => commit,
                Err(e) => {
                    self.problem(id, &format!("cannot be read: {}", e.message()));
                    break;
                }
            };
            ids.push(id);
            if commit.parent_count() > 1 {
                self.problem(id, "is a merge; an event follows exactly one other");
            }
            next = commit.parent_id(0).ok();
        }
        ids
    }

    /// One commit; `before` are the folders that its parent has.
    fn commit(&mut self, id: Oid, before: Folders) -> Folders {
        let Ok(commit) = self.repository.find_commit(id) else { return before };
        let model = self.event(&commit);
        match folders(self.repository, &commit) {
            Ok(after) => {
                self.only(id, model.as_ref(), &before, &after);
                after
            }
            Err(why) => {
                self.problem(id, &why);
                before
            }
        }
    }

    fn event(&mut self, commit: &Commit<'_>) -> Option<ModelName> {
        let id = commit.id();
        let logged = match message::read(commit.message_raw_bytes()) {
            Ok(logged) => logged,
            Err(why) => {
                self.problem(id, &format!("carries no event: {why}"));
                return None;
            }
        };
        match message::write(&logged.event) {
            Ok((text, again)) if again.id == logged.id => {
                if text.as_bytes() != commit.message_raw_bytes() {
                    self.problem(id, "has another title than its event");
                }
            }
            _ => self.problem(id, "carries an event that is not in canonical form"),
        }
        for why in self.replay.play(&logged) {
            self.problem(id, &why);
        }
        Some(logged.event.model)
    }

    fn only(&mut self, id: Oid, model: Option<&ModelName>, before: &Folders, after: &Folders) {
        let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
        let others: Vec<&String> = names
            .filter(|name| model.is_none_or(|model| model.as_str() != name.as_str()))
            .filter(|name| before.get(*name) != after.get(*name))
            .collect();
        for name in others {
            let name = name.escape_debug();
            self.problem(id, &format!("changes the folder of {name} without an event of it"));
        }
    }

    /// Compares the newest tree with what the events add up to.
    fn state(&mut self, head: Oid) -> Result<()> {
        let expected = self.replay.files()?;
        let found = match files(self.repository, head) {
            Ok(found) => found,
            Err(e) => {
                self.problem(head, &format!("has a tree that cannot be read: {}", e.message()));
                return Ok(());
            }
        };
        for (path, bytes) in &expected {
            match found.get(path) {
                None => self.problems.push(format!("`{path}` is missing")),
                Some(id) if Oid::hash_object(ObjectType::Blob, bytes).ok() != Some(*id) => {
                    self.problems.push(format!("`{path}` is not what its events say"));
                }
                Some(id) if self.repository.find_blob(*id).is_err() => {
                    self.problems.push(format!("`{path}` cannot be read"));
                }
                Some(_) => {}
            }
        }
        for path in found.keys().filter(|path| !expected.contains_key(*path)) {
            let path = path.escape_debug();
            self.problems.push(format!("`{path}` is there without an event of it"));
        }
        Ok(())
    }
}

fn folders(repository: &Repository, commit: &Commit<'_>) -> Result<Folders, String> {
    let unreadable = |e: git2::Error| format!("has a tree that cannot be read: {}", e.message());
    let root = commit.tree().map_err(unreadable)?;
    let mut folders = Folders::new();
    for entry in &root {
        let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
        if name != "models" {
            return Err(format!("holds `{}`, which does not belong there", name.escape_debug()));
        }
        let models: Tree<'_> = repository.find_tree(entry.id()).map_err(unreadable)?;
        let named =
            |e: git2::TreeEntry<'_>| (String::from_utf8_lossy(e.name_bytes()).into_owned(), e.id());
        folders = models.iter().map(named).collect();
    }
    Ok(folders)
}

fn files(repository: &Repository, head: Oid) -> Result<BTreeMap<String, Oid>, git2::Error> {
    let tree = repository.find_commit(head)?.tree()?;
    let mut files = BTreeMap::new();
    tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
        if entry.kind() != Some(ObjectType::Tree) {
            let name = String::from_utf8_lossy(entry.name_bytes());
            files.insert(format!("{folder}{name}"), entry.id());
        }
        TreeWalkResult::Ok
    })?;
    Ok(files)
}
