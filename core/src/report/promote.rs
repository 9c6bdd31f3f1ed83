//! The text of a pull request that asks for a promotion.

use super::markdown::{code, escape};
use crate::domain::event::Validated;
use crate::domain::name::Alias;
use crate::domain::record::LoggedEvent;
use crate::domain::reference::ModelRef;
use crate::domain::verdict::Finding;

/// Findings that are shown.
const MOST: usize = 20;
/// Characters of a message.
const SHOWN: usize = 400;

/// What a pull request asks for.
pub struct Proposed<'a> {
    /// The alias.
    pub alias: &'a Alias,
    /// Where it should point.
    pub reference: &'a ModelRef,
    /// Where it points now.
    pub previous: Option<&'a ModelRef>,
    /// The newest validation of that version.
    pub validated: Option<(&'a LoggedEvent, &'a Validated)>,
    /// Path of the pins file in the repository.
    pub pins: &'a str,
}

/// The text as Markdown: what, why, and how it comes about.
pub fn proposal(proposed: &Proposed<'_>) -> String {
    let (alias, to) = (code(proposed.alias.as_str()), code(&proposed.reference.to_string()));
    let from = match proposed.previous {
        Some(previous) if previous == proposed.reference => {
            "It points there already; the pin catches up.".to_owned()
        }
        Some(previous) => format!("It points at {} now.", code(&previous.to_string())),
        None => "It points nowhere now.".to_owned(),
    };
    format!(
        "Pins the alias {alias} to {to}. {from}\n\n{}\nMerging this is the promotion: `outerloop \
         promote --pinned` on the base branch moves the alias. Until then the registry stays as it \
         is. To go back later, revert the change of {}.\n",
        why(proposed),
        code(proposed.pins),
    )
}

fn why(proposed: &Proposed<'_>) -> String {
    let Some((logged, validated)) = proposed.validated else {
        return "**Why**: this version has not been validated yet.\n".to_owned();
    };
    let against = match &validated.against {
        Some(version) => format!(" against {}", code(&version.to_string())),
        None => String::new(),
    };
    let event = &logged.event;
    let mut out = format!(
        "**Why**: validated as **{}**{against} at {} by {} (event {}):\n\n",
        validated.verdict,
        event.time.strftime("%Y-%m-%d %H:%M UTC"),
        escape(&shortened(&event.actor)),
        code(&logged.id.short()),
    );
    out.extend(validated.findings.iter().take(MOST).map(line));
    if validated.findings.len() > MOST {
        out.push_str(&format!("- and {} more\n", validated.findings.len() - MOST));
    }
    out
}

fn line(finding: &Finding) -> String {
    let (gate, message) = (escape(&finding.gate), escape(&shortened(&finding.message)));
    format!("- **{}** {gate}: {message}\n", finding.verdict)
}

fn shortened(text: &str) -> String {
    let short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
