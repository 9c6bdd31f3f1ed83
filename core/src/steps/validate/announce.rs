//! Tells of a validation where a pull request is looked at: annotations, the comment, the check,
//! the property of the run.

use super::announcement::Announcement;
use crate::config::place;
use crate::config::valid::{Config, PullRequestConfig};
use crate::domain::error::{Error, Result};
use crate::domain::verdict::{Finding, Verdict};
use crate::ports::forge::{Check, CheckState, Comment, Forge};
use crate::ports::host::{Annotation, Host, HostKind, Level, Place, PullRequest};
use crate::report::validate::{comment, title};
use crate::steps::permitted::or_said;
use crate::steps::repository::relative_to_repository;

/// Annotations shown; systems show few of them anyway.
const MOST_ANNOTATIONS: usize = 10;
/// The property of the run that holds the verdict.
const PROPERTY: &str = "outerloop.verdict";

/// Who is told, and how.
pub struct Audience<'a> {
    /// Where this runs.
    pub host: &'a dyn Host,
    /// The server with the pull request, else why it cannot be written to.
    pub forge: Result<&'a dyn Forge, &'a str>,
    /// The pull request.
    pub pull_request: Option<&'a PullRequest>,
    /// What is to be written.
    pub settings: &'a PullRequestConfig,
    /// Messages at lines of the configuration, from [`annotations`].
    pub annotations: &'a [Annotation],
}

/// A message for each finding that does not pass, at the line of the configuration that sets its
/// gate.
pub fn annotations(findings: &[Finding], config: &Config) -> Vec<Annotation> {
    let text = config.file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
    let place = |finding: &Finding| {
        let spot = place::gate(text.as_deref()?, &finding.gate, finding.subject.as_deref())?;
        let file = config.file.clone()?;
        Some(Place { file, line: spot.line, column: Some(spot.column) })
    };
    let refused = findings.iter().filter(|f| f.verdict != Verdict::Pass);
    let annotation = |finding: &Finding| Annotation {
        level: match finding.verdict {
            Verdict::Fail | Verdict::Error => Level::Error,
            Verdict::Inconclusive | Verdict::Warn | Verdict::Pass => Level::Warning,
        },
        title: format!("gate {}: {}", finding.gate, finding.verdict),
        message: match &finding.hint {
            Some(hint) => format!("{}\n{hint}", finding.message),
            None => finding.message.clone(),
        },
        place: place(finding),
    };
    refused.take(MOST_ANNOTATIONS).map(annotation).collect()
}

/// Tells everybody. What the token may not write is said and left out; the verdict stands.
///
/// # Errors
/// The first of the failures that are no matter of permission, after everything else was tried.
pub fn run(told: &Announcement, to: &Audience<'_>) -> Result<()> {
    if to.host.kind() != HostKind::Terminal {
        to.annotations.iter().for_each(|annotation| to.host.annotate(annotation));
    }
    let Some(forge) = reachable(to) else { return Ok(()) };
    let mut writes = vec![(
        "the property of the run",
        forge.property(PROPERTY, told.verdict.as_str()).map(drop),
    )];
    if let Some(pull_request) = to.pull_request {
        if to.settings.comment {
            let comment = comment_of(told, pull_request, forge);
            writes.push(("the comment", forge.comment(&comment).map(drop)));
        }
        if let Some(check) = check_of(told, pull_request, to, forge) {
            writes.push(("the check", forge.check(&check).map(drop)));
        }
    }
    let outcomes =
        writes.into_iter().map(|(what, written)| or_said(what, written, Level::Notice, to.host));
    let failed: Vec<Error> = outcomes.filter_map(Result::err).collect();
    failed.into_iter().next().map_or(Ok(()), Err)
}

/// The forge, where it can be written to; in a pull request it is said why it cannot.
fn reachable<'a>(to: &Audience<'a>) -> Option<&'a dyn Forge> {
    let from_fork = to.pull_request.is_some_and(|p| p.from_fork);
    let why = match to.forge {
        Ok(forge) if !from_fork => return Some(forge),
        Ok(_) => {
            "the pull request comes from a fork, whose token may only read; another workflow can \
             post the comment with `outerloop announce`"
        }
        Err(why) => why,
    };
    if to.pull_request.is_some() && to.host.kind() != HostKind::Terminal {
        let message = format!("{why}\nThe verdict is in the summary.");
        to.host.annotate(&notice("nothing is written to the pull request", message));
    }
    None
}

fn notice(title: &str, message: String) -> Annotation {
    Annotation { level: Level::Notice, title: title.to_owned(), message, place: None }
}

/// The comment about a validation.
pub(crate) fn comment_of(
    told: &Announcement,
    pull_request: &PullRequest,
    forge: &dyn Forge,
) -> Comment {
    Comment {
        pull_request: pull_request.clone(),
        marker: told.marker(),
        markdown: comment(told, forge.comment_limit()),
        open: !matches!(told.verdict, Verdict::Pass | Verdict::Warn),
    }
}

fn check_of(
    told: &Announcement,
    pull_request: &PullRequest,
    to: &Audience<'_>,
    forge: &dyn Forge,
) -> Option<Check> {
    // A check run on GitHub and a status on Azure Repos are the same call.
    let wanted = if forge.name() == "GitHub" { to.settings.check } else { to.settings.status };
    let commit = pull_request.head.clone().filter(|_| wanted)?;
    Some(Check {
        name: format!("outerloop/{}", told.model),
        commit,
        pull_request: Some(pull_request.clone()),
        state: state(told.verdict),
        title: title(told),
        markdown: comment(told, forge.comment_limit()),
        annotations: to.annotations.iter().map(in_repository).collect(),
        url: told.run.clone(),
    })
}

/// A neutral check lets a pull request be merged, so that too little evidence is a failure here.
fn state(verdict: Verdict) -> CheckState {
    match verdict {
        Verdict::Pass | Verdict::Warn => CheckState::Success,
        Verdict::Fail | Verdict::Inconclusive => CheckState::Failure,
        Verdict::Error => CheckState::Error,
    }
}

/// The annotation with its file's path relative to the root of the repository; outside of one it
/// has no place.
fn in_repository(annotation: &Annotation) -> Annotation {
    let place = annotation.place.as_ref().and_then(|place| {
        let file = relative_to_repository(&place.file)?;
        Some(Place { file, ..place.clone() })
    });
    Annotation { place, ..annotation.clone() }
}
