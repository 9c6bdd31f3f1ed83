//! The answer in lines for people.

use super::outcome::{CompareOutcome, ComparedColumn};
use super::remarks::{self, Remarked};
use crate::domain::drift::DriftStatus;

/// Columns named in the summary.
const NAMED: usize = 20;
/// What is said where no column has a number.
pub(crate) const NOTHING: &str = "no column of the baseline could be compared";

fn remarked(column: &ComparedColumn) -> Remarked<'_> {
    Remarked {
        name: &column.name,
        drifted: column.drifted,
        compared: column.measures.iter().any(|m| m.value.is_some()),
        reasons: &column.reasons,
    }
}

/// Says which side has too few rows for an answer, the current data first.
pub(crate) fn too_few((baseline, current): (u64, u64), least: u64) -> Option<String> {
    let least = least.max(1);
    let said = |rows: u64| {
        let unit = if rows == 1 { "row" } else { "rows" };
        format!("{rows} {unit}, at least {least} are needed")
    };
    if current < least {
        return Some(format!("too-few-rows: {}", said(current)));
    }
    (baseline < least)
        .then(|| format!("too-few-baseline-rows: the baseline has {}", said(baseline)))
}

/// The answer, what drifted, and what is worth a look; `few` says that a side has too few rows.
pub(super) fn summary(found: &CompareOutcome, few: Option<String>) -> Vec<String> {
    let drifted: Vec<&ComparedColumn> = found.columns.iter().filter(|c| c.drifted).collect();
    let remarked: Vec<Remarked<'_>> = found.columns.iter().map(remarked).collect();
    let (some, all, rows) = (drifted.len(), remarks::compared(&remarked), found.rows);
    let mut lines = vec![match found.status {
        DriftStatus::Inconclusive => few.unwrap_or_else(|| NOTHING.to_owned()),
        DriftStatus::Drift => format!("{some} of {all} columns drifted over {rows} rows"),
        DriftStatus::Ok if some > 0 => {
            format!("{some} of {all} columns drifted over {rows} rows; {}", found.rule)
        }
        DriftStatus::Ok => format!("none of {all} columns drifted over {rows} rows"),
    }];
    lines.extend(
        drifted.iter().take(NAMED).map(|c| format!("{}: {}", c.name, c.reasons.join("; "))),
    );
    if some > NAMED {
        lines.push(format!("and {} more columns", some - NAMED));
    }
    lines.extend(remarks::lines(&remarked));
    lines.extend(found.findings.iter().cloned());
    for change in found.correlations.iter().take(3) {
        let (a, b, kind) = (&change.a, &change.b, change.coefficient);
        let (before, now) = (change.baseline, change.current);
        lines.push(format!(
            "correlation-changed: {kind} of `{a}` and `{b}` is {now:.2}, {before:.2} before"
        ));
    }
    lines
}
