//! What the comparison of two data sets found: Markdown for the step summary, HTML with every
//! distribution and every measure's definition.

use std::collections::BTreeMap;

use super::distribution;
use super::markdown;
use super::monitor::tone;
use super::number::{count, figure, percent};
use super::{Cell, Page, Section, Table, Tone};
use crate::domain::drift::{ColumnKind, Measured, Side};
use crate::steps::compare::{CompareOutcome, ComparedColumn};

/// Most columns in the Markdown table.
const MAX_ROWS: usize = 30;
/// Most columns that are drawn.
const MAX_PLOTS: usize = 60;

/// Markdown for a step summary: the answer, and the columns that moved most.
pub fn markdown(title: &str, found: &CompareOutcome) -> String {
    let mut out = format!("## {}: {}\n\n", markdown::escape(title), found.status.as_str());
    for line in &found.summary {
        out.push_str(&format!("- {}\n", markdown::escape(line)));
    }
    out.push('\n');
    if !found.columns.is_empty() {
        let headings = ["column", "kind", "drifted", "decided by", "value", "threshold", "nulls"];
        let rows: Vec<Vec<String>> =
            found.columns.iter().take(MAX_ROWS).map(markdown_row).collect();
        out.push_str(&markdown::table(&headings, &rows));
        if found.columns.len() > MAX_ROWS {
            let more = found.columns.len() - MAX_ROWS;
            out.push_str(&format!("\n{more} more columns moved less.\n"));
        }
        out.push('\n');
        for (measure, text) in definitions(found) {
            out.push_str(&format!("- {}: {}\n", markdown::code(measure), markdown::escape(text)));
        }
    }
    let (rows, before) = (count(found.rows), count(found.baseline_rows));
    let (preset, rule) = (found.preset.as_str(), &found.rule);
    out.push_str(&format!(
        "\n{rows} rows against {before} of the baseline. Preset {preset}: {rule}.\n"
    ));
    out
}

/// The measure of a column that is furthest beyond its threshold, or nearest to it.
fn decisive(column: &ComparedColumn) -> Option<&Measured> {
    let far = |m: &&Measured| {
        let (value, threshold) = (m.value.unwrap_or(0.0), m.threshold.unwrap_or(1.0));
        match m.side {
            Side::Above => value / threshold.max(1e-12),
            Side::Below => threshold / value.max(1e-12),
        }
    };
    let judged = column.measures.iter().filter(|m| m.threshold.is_some() && m.value.is_some());
    judged.max_by(|a, b| far(a).total_cmp(&far(b)))
}

/// The value of a measure, and how far it may be off where a profile stands in for data.
fn value(column: &ComparedColumn, measured: &Measured) -> Option<String> {
    let value = figure(measured.value?);
    Some(match column.errors.get(measured.measure) {
        Some(error) => format!("{value} ± {}", figure(*error)),
        None => value,
    })
}

fn nulls(column: &ComparedColumn) -> String {
    let rate = |key: &str| column.metrics.get(key).map(|v| percent(*v)).unwrap_or_default();
    match (rate("null-rate-baseline"), rate("null-rate-current")) {
        (before, now) if before == now => now,
        (before, now) => format!("{before} → {now}"),
    }
}

fn markdown_row(column: &ComparedColumn) -> Vec<String> {
    let drifted = if column.drifted { "**yes**" } else { "no" };
    let chosen = decisive(column);
    vec![
        markdown::code(&column.name),
        kind(column).to_owned(),
        drifted.to_owned(),
        chosen.map(|m| m.measure.to_owned()).unwrap_or_default(),
        chosen.and_then(|m| value(column, m)).unwrap_or_default(),
        chosen.and_then(|m| m.threshold).map(figure).unwrap_or_default(),
        nulls(column),
    ]
}

fn kind(column: &ComparedColumn) -> &'static str {
    match column.kind {
        ColumnKind::Number => "number",
        ColumnKind::Category => "category",
    }
}

/// Every definition that was used, by measure.
fn definitions(found: &CompareOutcome) -> BTreeMap<&'static str, &'static str> {
    let all = found.columns.iter().flat_map(|c| &c.measures);
    all.map(|m| (m.measure, m.definition)).collect()
}

/// A self-contained page with all columns, their distributions and the definitions.
pub fn html(title: &str, found: &CompareOutcome) -> String {
    let (rows, before) = (count(found.rows), count(found.baseline_rows));
    let (preset, rule) = (found.preset.as_str(), &found.rule);
    Page::new(title)
        .answer(tone(found.status), found.status.as_str())
        .lead(format!("{rows} rows against {before} of the baseline. Preset {preset}: {rule}."))
        .section(Section::new("What was found").list(&found.summary))
        .section(columns(found))
        .section(distributions(found))
        .section(measures(found))
        .section(correlations(found))
        .section(guessed(found))
        .section(explained(found))
        .footer(format!("Compared by outerloop {}.", env!("CARGO_PKG_VERSION")))
        .render()
}

fn columns(found: &CompareOutcome) -> Section {
    let section = Section::new("Columns");
    if found.columns.is_empty() {
        return section;
    }
    let headings = ["Column", "Kind", "Answer", "Decided by", "Value", "Threshold", "Nulls"];
    let mut table = Table::new("Columns, what moved most first", &headings);
    for column in &found.columns {
        let badge = match (column.drifted, column.reasons.is_empty()) {
            (true, _) => Cell::Badge(Tone::Bad, "drift".to_owned()),
            (false, false) => Cell::Badge(Tone::Notice, "look".to_owned()),
            (false, true) => Cell::Badge(Tone::Good, "ok".to_owned()),
        };
        let chosen = decisive(column);
        let threshold = chosen.and_then(|m| m.threshold).map(figure);
        let cells = vec![
            Cell::Code(column.name.clone()),
            Cell::text(kind(column)),
            badge,
            Cell::text(chosen.map(|m| m.measure).unwrap_or_default()),
            Cell::Number(chosen.and_then(|m| value(column, m)).unwrap_or_default()),
            Cell::Number(threshold.unwrap_or_default()),
            Cell::Number(nulls(column)),
        ];
        table.noted(cells, &column.reasons.join("; "));
    }
    section.table(&table)
}

fn distributions(found: &CompareOutcome) -> Section {
    let mut section = Section::new("Distributions");
    for column in found.columns.iter().take(MAX_PLOTS) {
        if let Some(bins) = found.bins.get(&column.name) {
            let answer = if column.drifted { "drifted" } else { "not drifted" };
            let value = decisive(column).and_then(|m| Some((m.measure, value(column, m)?)));
            let value = value.map(|(m, v)| format!(", {m} {v}")).unwrap_or_default();
            let caption = format!("{}: {answer}{value}", column.name);
            let plot = distribution::plot(&column.name, column.kind, bins, &caption);
            section = section.figure(&plot, &caption);
        }
    }
    if found.columns.len() > MAX_PLOTS {
        let more = found.columns.len() - MAX_PLOTS;
        section = section.paragraph(&format!("{more} more columns moved less and are not drawn."));
    }
    section
}

/// Every number of every column, folded away.
fn measures(found: &CompareOutcome) -> Section {
    let section = Section::new("All measures");
    if found.columns.iter().all(|c| c.measures.is_empty()) {
        return section;
    }
    let headings = ["Column", "Measure", "Value", "Threshold", "Definition"];
    let mut table = Table::new("Every measure of every column", &headings);
    for column in &found.columns {
        for measured in &column.measures {
            let value = value(column, measured).unwrap_or_else(|| "–".to_owned());
            table.row(vec![
                Cell::Code(column.name.clone()),
                Cell::text(measured.measure),
                Cell::Number(value),
                Cell::Number(measured.threshold.map(figure).unwrap_or_default()),
                Cell::text(measured.definition),
            ]);
        }
    }
    section.folded("Every number with its definition", &table)
}

fn correlations(found: &CompareOutcome) -> Section {
    let section = Section::new("Correlations that changed");
    if found.correlations.is_empty() {
        return section;
    }
    let headings = ["Columns", "Coefficient", "Baseline", "Current", "p, corrected"];
    let mut table = Table::new("Between numeric columns, by Fisher's z", &headings);
    for change in &found.correlations {
        table.row(vec![
            Cell::Code(format!("{} · {}", change.a, change.b)),
            Cell::text(change.coefficient),
            Cell::number(change.baseline),
            Cell::number(change.current),
            Cell::number(change.p_value),
        ]);
    }
    section.table(&table)
}

fn guessed(found: &CompareOutcome) -> Section {
    let section = Section::new("What was guessed");
    if found.guessed.is_empty() {
        return section;
    }
    let headings = ["Column", "Taken for", "Why", "Otherwise"];
    let mut table = Table::new("What nobody said, and how to say otherwise", &headings);
    for guess in &found.guessed {
        table.row(vec![
            Cell::Code(guess.column.clone()),
            Cell::text(guess.kind),
            Cell::text(&guess.why),
            Cell::Code(guess.option.clone()),
        ]);
    }
    section.table(&table)
}

fn explained(found: &CompareOutcome) -> Section {
    let lines: Vec<String> =
        definitions(found).iter().map(|(name, text)| format!("{name}: {text}.")).collect();
    Section::new("How it is measured").list(&lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::drift::{Definition, DriftStatus};
    use crate::domain::profile::ColumnRole;
    use crate::stats::drift::presets::Preset;

    fn outcome(errors: BTreeMap<String, f64>) -> CompareOutcome {
        let psi = Definition { measure: "psi", text: "of bins" };
        let column = ComparedColumn {
            name: "age".to_owned(),
            kind: ColumnKind::Number,
            role: ColumnRole::Feature,
            metrics: BTreeMap::from([("psi".to_owned(), 0.5)]),
            errors,
            measures: vec![Measured::judged(psi, Some(0.5), Side::Above, 0.2)],
            drifted: true,
            reasons: Vec::new(),
        };
        CompareOutcome {
            preset: Preset::Outerloop,
            status: DriftStatus::Drift,
            baseline_rows: 10,
            rows: 10,
            columns: vec![column],
            bins: BTreeMap::new(),
            findings: Vec::new(),
            correlations: Vec::new(),
            guessed: Vec::new(),
            rule: String::new(),
            summary: Vec::new(),
        }
    }

    #[test]
    fn what_a_profile_leaves_open_stands_beside_the_number() {
        let known = outcome(BTreeMap::from([("psi".to_owned(), 0.0125)]));
        assert!(markdown("drift", &known).contains("0.5 ± 0.0125"));
        assert_eq!(html("drift", &known).matches("0.5 ± 0.0125").count(), 2);
        let exact = outcome(BTreeMap::new());
        assert!(!markdown("drift", &exact).contains('±') && !html("drift", &exact).contains('±'));
    }
}
