//! The answer of a validation in a sentence.

use crate::domain::verdict::{Figure, Finding, Interval, Verdict};
use crate::report::number::{counted, figure};
use crate::steps::validate::Validation;
use crate::steps::validate::pinned::PIN_UNCHANGED;

/// `name@version` of the challenger.
pub(super) fn challenger(validation: &Validation) -> String {
    let record = &validation.challenger;
    format!("{}@{}", record.model, record.version)
}

/// `name@version` of the champion.
pub(super) fn champion(validation: &Validation) -> Option<String> {
    validation.champion.as_ref().map(|record| format!("{}@{}", record.model, record.version))
}

/// What the verdict means, to follow the challenger's name.
pub(super) fn meaning(verdict: Verdict, findings: &[Finding]) -> String {
    let count = |verdict| findings.iter().filter(|f| f.verdict == verdict).count();
    let gates = |n: usize| if n == 1 { "1 gate".to_owned() } else { format!("{n} gates") };
    match verdict {
        Verdict::Pass if findings.iter().all(|f| f.code == PIN_UNCHANGED) => {
            "is where the alias points already".to_owned()
        }
        Verdict::Pass => "meets every gate".to_owned(),
        Verdict::Warn => format!("is refused by no gate; look at {}", gates(count(Verdict::Warn))),
        Verdict::Fail => format!("is refused by {}", gates(count(Verdict::Fail))),
        Verdict::Error => format!("is not judged: {} could not run", gates(count(Verdict::Error))),
        Verdict::Inconclusive => {
            format!("is not judged: too little evidence at {}", gates(count(Verdict::Inconclusive)))
        }
    }
}

/// What it was compared with.
pub(super) fn opponent(validation: &Validation) -> String {
    match champion(validation) {
        Some(champion) => format!("compared with the champion {champion}"),
        None => "there is no champion to compare it with".to_owned(),
    }
}

/// The group of rows that loses most, where one loses.
pub fn hurt(validation: &Validation) -> Option<String> {
    let slices = validation.slices.as_ref()?;
    let worst = slices.rows.first().filter(|row| row.gain.is_some_and(|gain| gain < 0.0))?;
    Some(format!(
        "the group that loses most: {} = {} ({}), {} {} against the champion's {}",
        worst.column,
        worst.level,
        counted(worst.rows as u64, "row"),
        slices.metric,
        figure(worst.challenger),
        worst.champion.map_or("–".to_owned(), figure),
    ))
}

/// Figures of a finding that a text shows.
const FIGURES: usize = 5;

/// What stands behind a finding, what matters most first: a line a figure, and how many more.
pub(super) fn evidence(finding: &Finding) -> Vec<String> {
    let mut lines: Vec<String> = finding.evidence.iter().take(FIGURES).map(measured).collect();
    if let Some(more) = finding.evidence.len().checked_sub(FIGURES).filter(|more| *more > 0) {
        lines.push(format!("and {more} more"));
    }
    lines
}

fn measured(found: &Figure) -> String {
    let Figure { what, value, against, rows, interval } = found;
    let around = interval.map_or(String::new(), |Interval { low, high, .. }| {
        format!(" ({} to {})", figure(low), figure(high))
    });
    let against = against.map_or(String::new(), |other| format!(" against {}", figure(other)));
    let rows = rows.map_or(String::new(), |rows| format!(", {}", counted(rows, "row")));
    format!("{what}: {}{around}{against}{rows}", figure(*value))
}

/// Whether the finding's value and interval say by how much the challenger is better.
pub(super) fn is_difference(finding: &Finding) -> bool {
    const OF_GROUPS: [&str; 3] = ["slices-not-inferior", "slice-inferior", "slice-loss-unclear"];
    let gate = matches!(finding.gate.as_str(), "superiority" | "non-inferiority");
    finding.interval.is_some() && (gate || OF_GROUPS.contains(&finding.code.as_str()))
}

/// The findings that decide, the worst first: those that do not pass; when all do, those with an
/// interval.
pub(super) fn deciding(findings: &[Finding]) -> Vec<&Finding> {
    let out = refused(findings);
    if out.is_empty() {
        return findings.iter().filter(|f| f.interval.is_some()).collect();
    }
    out
}

/// The findings that do not pass, the worst first.
pub(super) fn refused(findings: &[Finding]) -> Vec<&Finding> {
    let mut out: Vec<&Finding> = findings.iter().filter(|f| f.verdict != Verdict::Pass).collect();
    let rank = |verdict| match verdict {
        Verdict::Error => 0,
        Verdict::Fail => 1,
        Verdict::Inconclusive => 2,
        Verdict::Warn => 3,
        Verdict::Pass => 4,
    };
    out.sort_by_key(|f| rank(f.verdict));
    out
}
