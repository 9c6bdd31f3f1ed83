//! The table of docs/statistics.md.

use outerloop_core::stats::number::count;

use super::study::{Kind, ROWS, Share, Study};

/// The table's head for one kind.
pub fn head(kind: Kind) -> String {
    let what = match kind {
        Kind::Coverage => "Coverage: how often the interval holds the truth",
        Kind::Size => "Size: how often a test sees what is not there",
        Kind::Power => "Power: how often a test sees what is there",
    };
    let [a, b, c] = ROWS;
    format!(
        "\n### {what}\n\n| method | population | nominal | {a} rows | {b} | {c} | runs |\n\
         |---|---|---|---|---|---|---|"
    )
}

/// One line: percentages, with the number of runs of each.
pub fn line(study: &Study, shares: &[Share]) -> String {
    let percent = |value: f64| format!("{:.1}", value * 100.0);
    let cells: Vec<String> = shares.iter().map(|share| percent(share.value)).collect();
    let mut runs: Vec<String> =
        shares.iter().map(|share| count(share.runs).replace('\u{2009}', ",")).collect();
    if runs.iter().all(|run| *run == runs[0]) {
        runs.truncate(1);
    }
    let unanswered: u64 = shares.iter().map(|share| share.unanswered).sum();
    let note =
        if unanswered > 0 { format!("; {unanswered} without an answer") } else { String::new() };
    format!(
        "| {} | {} | {} | {} | {}{note} |",
        study.method,
        study.population,
        percent(study.nominal),
        cells.join(" | "),
        runs.join(", "),
    )
}
