//! `announce`: posts the comment of a validation that ran where it could not write itself, such as
//! in a fork's pull request.

use std::path::Path;

use serde::Serialize;

use super::validate::Announcement;
use super::validate::announce::comment_of;
use crate::domain::error::Result;
use crate::domain::name::ModelName;
use crate::domain::verdict::Verdict;
use crate::ports::forge::{Change, Forge};
use crate::ports::host::PullRequest;

/// What was posted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Announced {
    /// The model.
    pub model: ModelName,
    /// The verdict that the file claims.
    pub verdict: Verdict,
    /// Number of the pull request.
    pub pull_request: u64,
    /// Address of the comment.
    pub url: Option<String>,
    /// False: the same comment was there already.
    pub changed: bool,
}

/// Posts the comment that `file` tells of in the pull request `number`, or changes the one that is
/// there. The file is not trusted: only facts are read from it, and the comment is written anew.
/// `run` is this run, whose server the link in the file must be on.
///
/// # Errors
/// A file that tells of no validation; what the forge says.
pub fn run(file: &Path, number: u64, run: Option<&str>, forge: &dyn Forge) -> Result<Announced> {
    let mut told = Announcement::read(file)?;
    told.from_fork = true;
    told.run = told.run.filter(|theirs| run.is_some_and(|ours| same_place(ours, theirs)));
    let pull_request = PullRequest { number, head: None, base: None, from_fork: true };
    let posted = forge.comment(&comment_of(&told, &pull_request, forge))?;
    Ok(Announced {
        model: told.model,
        verdict: told.verdict,
        pull_request: number,
        url: posted.url,
        changed: posted.change != Change::Unchanged,
    })
}

/// Whether two runs are runs of the same repository: their addresses differ only in the last
/// number.
fn same_place(ours: &str, theirs: &str) -> bool {
    let number = |c: char| c.is_ascii_digit();
    let place = ours.trim_end_matches(number);
    let id = theirs.strip_prefix(place);
    place.len() < ours.len() && id.is_some_and(|id| !id.is_empty() && id.chars().all(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::verdict::Finding;
    use crate::steps::simulated_forge::SimulatedForge;

    #[test]
    fn a_forks_comment_is_written_anew_and_only_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("comment.json");
        let ours = "https://acme.example/acme/models/actions/runs/7";
        for (theirs, linked) in [
            ("https://acme.example/acme/models/actions/runs/6", true),
            ("https://acme.example/acme/models/actions/runs/6)[x](http://y", false),
            ("https://elsewhere.example/acme/models/actions/runs/6", false),
        ] {
            let forge = SimulatedForge::new("GitHub");
            let finding = Finding::new("size", "size-exceeded", Verdict::Fail, "<!-- @all -->");
            let told = Announcement {
                model: "acme".parse().unwrap(),
                version: "1.1.0".parse().unwrap(),
                champion: None,
                verdict: Verdict::Fail,
                findings: vec![finding],
                more: 0,
                hurt: None,
                report: Some("report.html".to_owned()),
                run: Some(theirs.to_owned()),
                from_fork: false,
            };
            std::fs::write(&file, told.to_json().unwrap()).unwrap();
            let first = run(&file, 12, Some(ours), &forge).unwrap();
            assert!(first.changed);
            assert!(!run(&file, 12, Some(ours), &forge).unwrap().changed);
            let written = forge.written();
            assert_eq!(written.comments.len(), 1);
            let text = &written.comments[&(12, "validate:acme".to_owned())].markdown;
            assert_eq!(text.contains("[the run]"), linked, "{theirs}: {text}");
            assert!(text.contains("Measured by a run of the fork."), "{text}");
            assert!(!text.contains("<!--") && !text.contains("@all"), "{text}");
        }
    }
}
