//! The texts of a retraining's issue or work item.

use super::markdown::{code, escape, link};
use crate::domain::digest::Digest;
use crate::domain::name::Alias;
use crate::domain::reference::ModelRef;
use crate::domain::verdict::Verdict;
use crate::domain::version::Version;
use crate::report::number::counted;
use crate::steps::retrain::{Requested, Training};

/// Drifted columns that are named.
const MOST_COLUMNS: usize = 30;
/// Characters of a text from outside.
const SHOWN: usize = 400;

/// The title: plain text.
pub fn title(requested: &Requested<'_>) -> String {
    let codes: Vec<&str> = requested.reasons.iter().map(|r| r.code.as_str()).collect();
    format!("Retrain {}: {}", requested.champion.model, codes.join(", "))
}

/// The text with the evidence: why, what drifted, which training answers it. `asked_by` is the
/// address of the run that asks.
pub fn evidence(requested: &Requested<'_>, asked_by: Option<&str>) -> String {
    let champion = requested.champion;
    let name = code(&format!("{}@{}", champion.model, champion.version));
    let mut out = format!("A retraining of {name} was asked for:\n\n");
    for reason in requested.reasons {
        let (what, message) = (escape(&reason.code), escape(&shortened(&reason.message)));
        out.push_str(&format!("- **{what}**: {message}\n"));
    }
    out.push_str(&drifted(requested));
    out.push_str(&format!("\nTraining: {}\n", training(requested)));
    if let Some(url) = asked_by {
        out.push_str(&format!("Asked for by {}\n", link("this run", url)));
    }
    out.push_str(&format!(
        "\nEvent {}. A package that names it as its cause answers this; promoting its version \
         closes this.\n",
        code(&requested.event.to_string())
    ));
    out
}

fn training(requested: &Requested<'_>) -> String {
    match requested.training {
        Training::Ahead => "about to be started".to_owned(),
        Training::Started(started) => link(&code(&shortened(&started.run)), &started.run),
        Training::Failed(error) => format!(
            "**failed**, or could not be started: {}. {} starts it once more.",
            escape(&shortened(&error.to_string())),
            code("outerloop retrain --again"),
        ),
    }
}

fn drifted(requested: &Requested<'_>) -> String {
    let Some(found) = requested.monitored.filter(|m| !m.drifted.is_empty()) else {
        return String::new();
    };
    let columns: Vec<String> =
        found.drifted.iter().take(MOST_COLUMNS).map(|c| code(&shortened(c))).collect();
    let more = match found.drifted.len().saturating_sub(MOST_COLUMNS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let rows = counted(found.rows, "row");
    format!("\nDrifted in the newest {rows}: {}{more}\n", columns.join(", "))
}

/// The promotion that answers a request.
pub struct Answered<'a> {
    /// The version that was promoted.
    pub reference: &'a ModelRef,
    /// The alias that it was promoted to.
    pub alias: &'a Alias,
    /// The version that was to be replaced.
    pub replaced: &'a Version,
    /// The newest verdict of the version.
    pub verdict: Option<Verdict>,
    /// The `retrain-requested` event.
    pub event: Digest,
}

/// The last comment.
pub fn answered(answer: &Answered<'_>) -> String {
    let verdict = match answer.verdict {
        Some(verdict) => format!("validated as **{verdict}**"),
        None => "not validated".to_owned(),
    };
    format!(
        "{} is {} now ({verdict}). It was trained for this request and replaces {}.\n\nEvent {}.\n",
        code(&answer.reference.to_string()),
        code(answer.alias.as_str()),
        code(&answer.replaced.to_string()),
        code(&answer.event.to_string()),
    )
}

fn shortened(text: &str) -> String {
    let short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
