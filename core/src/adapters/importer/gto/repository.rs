//! The repository: its tags, and what a commit holds.

use std::path::Path;

use git2::{ErrorCode, ObjectType, Oid, Repository};
use jiff::Timestamp;

use super::tag::{self, Meaning, TagName};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::ports::former::Left;

/// A tag of GTO's.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    /// Its name, without `refs/tags/`.
    pub name: String,
    /// What the name says.
    pub read: TagName,
    /// The commit that it is on.
    pub commit: Oid,
    /// When it was made.
    pub time: Timestamp,
    /// Who made it.
    pub author: String,
    /// What was written.
    pub message: String,
}

/// The repository in `folder` or above it.
///
/// # Errors
/// Not found where there is none.
pub(super) fn open(folder: &Path) -> Result<Repository> {
    let shown = folder.display();
    Repository::discover(folder).map_err(|e| match e.code() {
        ErrorCode::NotFound => Error::not_found(format!(
            "{shown} is not in a git repository, and GTO's tags are in one"
        ))
        .hint("write gto:FOLDER with the folder of a clone; an address is cloned first"),
        ErrorCode::Owner => Error::new(
            ErrorKind::Permission,
            format!("the git repository at {shown} belongs to another user"),
        )
        .hint(format!("run `git config --global --add safe.directory {shown}`")),
        _ => Error::unavailable(format!("cannot read the repository at {shown}: {}", e.message()))
            .hint("check it with `git status`"),
    })
}

/// GTO's tags in the order in which they were made, and those that only look like some.
///
/// # Errors
/// Not found where there is no tag of GTO's; integrity where one cannot be read.
pub(super) fn tags(repository: &Repository) -> Result<(Vec<Tag>, Vec<Left>)> {
    let (mut tags, mut left) = (Vec::new(), Vec::new());
    let references = repository.references_glob("refs/tags/*").map_err(|e| damaged("tags", &e))?;
    for reference in references {
        let reference = reference.map_err(|e| damaged("tags", &e))?;
        let Ok(name) = reference.shorthand() else { continue };
        let refused = |why: &str| Left {
            model: name.split(['@', '#']).next().unwrap_or(name).replace('=', ":"),
            what: name.to_owned(),
            why: why.to_owned(),
        };
        let read = match tag::parse(name) {
            Meaning::Gto(read) => read,
            Meaning::Almost(why) => {
                left.push(refused(why));
                continue;
            }
            Meaning::Other => continue,
        };
        let Some(id) = reference.target() else { continue };
        match annotated(repository, id, name, read)? {
            Ok(tag) => tags.push(tag),
            Err(why) => left.push(refused(why)),
        }
    }
    if tags.is_empty() {
        return Err(none(repository, left.first()));
    }
    tags.sort_by(|a, b| order(a).cmp(&order(b)));
    Ok((tags, left))
}

fn order(tag: &Tag) -> (Timestamp, u8, u64, &str) {
    (tag.time, tag.read.says.priority(), tag.read.counter, &tag.name)
}

/// The tag, or why GTO does not read it.
fn annotated(
    repository: &Repository,
    id: Oid,
    name: &str,
    read: TagName,
) -> Result<std::result::Result<Tag, &'static str>> {
    let object = repository.find_object(id, None).map_err(|e| damaged(name, &e))?;
    let Ok(tag) = object.into_tag() else {
        return Ok(Err("it is a lightweight tag, and GTO reads annotated ones only"));
    };
    if tag.target_type() != Some(ObjectType::Commit) {
        return Ok(Err("it is on no commit"));
    }
    let Some(tagger) = tag.tagger() else {
        return Ok(Err("it does not say who made it, and when"));
    };
    let Ok(time) = Timestamp::from_second(tagger.when().seconds()) else {
        return Ok(Err("its time cannot be one"));
    };
    let author = String::from_utf8_lossy(tagger.name_bytes()).trim().to_owned();
    let message = tag.message_bytes().map(String::from_utf8_lossy).unwrap_or_default();
    Ok(Ok(Tag {
        name: name.to_owned(),
        read,
        commit: tag.target_id(),
        time,
        author: if author.is_empty() { "unknown".to_owned() } else { author },
        message: message.trim().to_owned(),
    }))
}

fn none(repository: &Repository, almost: Option<&Left>) -> Error {
    let place = repository.workdir().unwrap_or_else(|| repository.path()).display();
    let almost = almost.map_or_else(String::new, |left| {
        format!("; of `{}`: {}", left.what.escape_debug(), left.why)
    });
    Error::not_found(format!("{place} has no tag of GTO's such as name@v1.0.0{almost}")).hint(
        "fetch the tags with `git fetch --tags`: a checkout of CI has none by default; `gto show` \
         lists what GTO sees",
    )
}

/// The tree of a commit.
///
/// # Errors
/// Unavailable where the clone does not have the commit.
pub(super) fn tree(repository: &Repository, commit: Oid) -> Result<git2::Tree<'_>> {
    let found = repository.find_commit(commit).and_then(|commit| commit.tree());
    found.map_err(|e| match e.code() {
        ErrorCode::NotFound => {
            Error::not_found(format!("the commit {commit} is not in this clone")).hint(
                "run `git fetch --tags`, in a shallow clone `git fetch --tags --unshallow`, and \
                 copy again",
            )
        }
        _ => damaged(&format!("commit {commit}"), &e),
    })
}

/// An object that cannot be read.
pub(super) fn damaged(what: &str, error: &git2::Error) -> Error {
    let what = what.escape_debug();
    Error::integrity(format!("{what} of the repository cannot be read: {}", error.message()))
        .hint("check the repository with `git fsck`; in a partial clone fetch what is missing")
}
