//! What monitoring found, for people: Markdown for the step summary, HTML with every distribution.

use std::collections::BTreeMap;

use super::distribution;
use super::markdown;
use super::number::{count, figure, percent};
use super::svg::Svg;
use super::trend::{self, Trend};
use super::{Cell, Page, Section, Table, Tone};
use crate::domain::alert::Alert;
use crate::domain::drift::{ColumnDrift, DriftStatus, Performance};
use crate::domain::profile::ColumnRole;
use crate::stats::drift::profile::Bins;
use crate::steps::monitor::Assessment;

/// Most columns in the Markdown table.
const MAX_ROWS: usize = 30;
/// Most columns that are drawn.
const MAX_PLOTS: usize = 60;

/// What to report.
#[derive(Debug, Clone, Copy)]
pub struct MonitorReport<'a> {
    /// What was compared, such as `employment@1.0.0`.
    pub title: &'a str,
    /// The answer.
    pub status: DriftStatus,
    /// The answer in plain words.
    pub summary: &'a [String],
    /// The columns.
    pub assessment: &'a Assessment,
    /// Performance on labelled rows.
    pub performance: &'a [Performance],
    /// What was monitored of the version so far; none where nothing is kept of it.
    pub trend: Option<Trend<'a>>,
}

pub(super) fn tone(status: DriftStatus) -> Tone {
    match status {
        DriftStatus::Ok => Tone::Good,
        DriftStatus::Drift => Tone::Bad,
        DriftStatus::Inconclusive => Tone::Unknown,
    }
}

/// The metrics that tell the most, by name and heading. One of a kind that a column lacks is empty.
const SHOWN: [(&str, &str); 5] = [
    ("psi", "PSI"),
    ("jensen-shannon", "Jensen-Shannon"),
    ("ks", "KS"),
    ("wasserstein-normed", "Wasserstein"),
    ("null-rate-current", "nulls"),
];

fn shown(column: &ColumnDrift, metric: &str) -> String {
    match column.metrics.get(metric) {
        None => String::new(),
        Some(value) if metric == "null-rate-current" => percent(*value),
        Some(value) => match column.errors.get(metric) {
            Some(error) => format!("{} ± {}", figure(*value), figure(*error)),
            None => figure(*value),
        },
    }
}

fn role(column: &ColumnDrift) -> &'static str {
    match column.role {
        ColumnRole::Feature => "feature",
        ColumnRole::Prediction => "prediction",
        ColumnRole::Label => "label",
    }
}

/// Markdown for a step summary: the answer, what fired, and the columns that moved most.
pub fn markdown(report: &MonitorReport<'_>) -> String {
    let found = report.assessment;
    let title = markdown::escape(report.title);
    let mut out = format!("## Monitoring {title}: {}\n\n", report.status.as_str());
    for line in report.summary {
        out.push_str(&format!("- {}\n", markdown::escape(line)));
    }
    out.push('\n');
    out.push_str(&alerts(report));
    if !found.columns.is_empty() {
        let mut headings = vec!["column", "", "drifted"];
        headings.extend(SHOWN.iter().map(|(_, heading)| *heading));
        let rows: Vec<Vec<String>> =
            found.columns.iter().take(MAX_ROWS).map(markdown_row).collect();
        out.push_str(&markdown::table(&headings, &rows));
        if found.columns.len() > MAX_ROWS {
            let more = found.columns.len() - MAX_ROWS;
            out.push_str(&format!("\n{more} more columns moved less.\n"));
        }
    }
    if !report.performance.is_empty() {
        let rows: Vec<Vec<String>> = report.performance.iter().map(performance_row).collect();
        out.push('\n');
        out.push_str(&markdown::table(&PERFORMANCE, &rows));
    }
    let (rows, before) = (count(found.rows), count(found.baseline_rows));
    out.push_str(&format!("\n{rows} rows against {before} of the baseline.\n"));
    out
}

/// The alerts after the window; nothing where there are none.
fn alerts(report: &MonitorReport<'_>) -> String {
    let alerts = report.trend.map_or(&[][..], |trend| &trend.found.alerts);
    if alerts.is_empty() {
        return String::new();
    }
    let row = |alert: &Alert| {
        let signal = markdown::code(&alert.signal);
        vec![signal, alert.state.as_str().to_owned(), markdown::escape(&alert.why)]
    };
    let rows: Vec<Vec<String>> = alerts.iter().take(MAX_ROWS).map(row).collect();
    let table = markdown::table(&["alert", "state", "why"], &rows);
    match alerts.len().saturating_sub(MAX_ROWS) {
        0 => format!("{table}\n"),
        more => format!("{table}\n{more} more alerts.\n\n"),
    }
}

const PERFORMANCE: [&str; 5] = ["metric", "value", "95 % interval", "in the package", "rows"];

fn markdown_row(column: &ColumnDrift) -> Vec<String> {
    let drifted = if column.drifted { "**yes**" } else { "no" };
    let mut row = vec![markdown::code(&column.name), role(column).to_owned(), drifted.to_owned()];
    row.extend(SHOWN.iter().map(|(metric, _)| shown(column, metric)));
    row
}

fn performance_row(found: &Performance) -> Vec<String> {
    vec![
        markdown::escape(&found.metric),
        figure(found.value),
        format!("{} … {}", figure(found.low), figure(found.high)),
        found.baseline.map(figure).unwrap_or_default(),
        count(found.rows),
    ]
}

/// A self-contained page with all columns and their distributions, before and now.
pub fn html(report: &MonitorReport<'_>) -> String {
    let found = report.assessment;
    let (rows, before) = (count(found.rows), count(found.baseline_rows));
    let mut page = Page::new(format!("Monitoring {}", report.title))
        .answer(tone(report.status), report.status.as_str())
        .lead(format!("{rows} rows against {before} of the baseline."))
        .section(Section::new("What was found").list(report.summary));
    if !report.performance.is_empty() {
        page = page.section(Section::new("Performance").table(&performance(report.performance)));
    }
    for section in report.trend.iter().flat_map(|trend| trend::sections(trend, &found.columns)) {
        page = page.section(section);
    }
    if !found.columns.is_empty() {
        page = page.section(Section::new("Columns").table(&columns(&found.columns)));
    }
    page.section(distributions(found)).section(definitions()).render()
}

fn performance(list: &[Performance]) -> Table {
    let mut table = Table::new("Performance on labelled rows", &PERFORMANCE);
    for found in list {
        table.row(vec![
            Cell::text(&found.metric),
            Cell::number(found.value),
            Cell::Number(format!("{} … {}", figure(found.low), figure(found.high))),
            Cell::Number(found.baseline.map(figure).unwrap_or_default()),
            Cell::Number(count(found.rows)),
        ]);
    }
    table
}

fn columns(list: &[ColumnDrift]) -> Table {
    let mut headings = vec!["column", "role", "answer"];
    headings.extend(SHOWN.iter().map(|(_, heading)| *heading));
    let mut table = Table::new("Columns, what moved most first", &headings);
    for column in list {
        let badge = match (column.drifted, column.reasons.is_empty()) {
            (true, _) => Cell::Badge(Tone::Bad, "drift".to_owned()),
            (false, false) => Cell::Badge(Tone::Notice, "look".to_owned()),
            (false, true) => Cell::Badge(Tone::Good, "ok".to_owned()),
        };
        let mut row = vec![Cell::Code(column.name.clone()), Cell::text(role(column)), badge];
        row.extend(SHOWN.iter().map(|(metric, _)| Cell::Number(shown(column, metric))));
        table.noted(row, &column.reasons.join("; "));
    }
    table
}

fn distributions(found: &Assessment) -> Section {
    let mut section = Section::new("Distributions");
    for column in found.columns.iter().take(MAX_PLOTS) {
        if let Some(bins) = found.bins.get(&column.name) {
            section = section.figure(&plot(column, bins), &caption(column));
        }
    }
    if found.columns.len() > MAX_PLOTS {
        let more = found.columns.len() - MAX_PLOTS;
        section = section.paragraph(&format!("{more} more columns moved less and are not drawn."));
    }
    section
}

fn caption(column: &ColumnDrift) -> String {
    let answer = if column.drifted { "drifted" } else { "not drifted" };
    let psi = column.metrics.get("psi").map(|v| format!(", PSI {}", figure(*v)));
    format!("{} ({}): {answer}{}", column.name, role(column), psi.unwrap_or_default())
}

fn plot(column: &ColumnDrift, bins: &Bins) -> Svg {
    distribution::plot(&column.name, column.kind, bins, &caption(column))
}

fn definitions() -> Section {
    let facts: BTreeMap<&str, &str> = BTreeMap::from([
        ("PSI", "Σ (p − q) ln(p/q) over bins of the baseline; an empty share counts as 0.0001."),
        ("Jensen-Shannon", "distance (root of the divergence), logarithms to base 2, same bins."),
        ("KS", "largest distance between the distribution functions, 0 to 1."),
        (
            "Wasserstein",
            "area between the distribution functions over the baseline's standard deviation.",
        ),
        (
            "drift",
            "a distance above its threshold together with a test (KS for numbers, chi-squared for \
             categories) that is significant after Holm's correction over all columns.",
        ),
    ]);
    let lines: Vec<String> = facts.iter().map(|(name, text)| format!("{name}: {text}")).collect();
    Section::new("How it is measured").list(&lines)
}

#[cfg(test)]
mod tests {
    use super::super::distribution::MAX_BARS;
    use super::*;
    use crate::domain::drift::ColumnKind;
    use crate::stats::drift::profile::BinNames;

    const EVIL: &str = "</td><script>alert(1)</script>|`\n@acme";

    fn column(name: &str, psi: f64) -> ColumnDrift {
        ColumnDrift {
            name: name.to_owned(),
            kind: ColumnKind::Category,
            role: ColumnRole::Feature,
            metrics: BTreeMap::from([("psi".to_owned(), psi)]),
            errors: BTreeMap::new(),
            drifted: psi > 0.2,
            reasons: vec![format!("psi-above-threshold: {name}")],
        }
    }

    fn assessment(names: &[String]) -> Assessment {
        let bins = |n: &String| {
            let levels: Vec<String> = (0..30).map(|i| format!("{n}{i}")).collect();
            let even = vec![1.0 / 30.0; 30];
            let names = BinNames::Levels(levels);
            (n.clone(), Bins { names, baseline: even.clone(), current: even })
        };
        Assessment {
            status: DriftStatus::Drift,
            baseline_rows: 12_345,
            rows: 678,
            few: None,
            columns: names.iter().map(|n| column(n, 0.5)).collect(),
            bins: names.iter().map(bins).collect(),
            summary: vec![EVIL.to_owned()],
            awaited: None,
        }
    }

    fn report<'a>(found: &'a Assessment, performance: &'a [Performance]) -> MonitorReport<'a> {
        let (status, summary) = (found.status, found.summary.as_slice());
        MonitorReport { title: EVIL, status, summary, assessment: found, performance, trend: None }
    }

    #[test]
    fn names_from_outside_stay_text() {
        let found = assessment(&[EVIL.to_owned()]);
        let performance = [Performance {
            metric: EVIL.to_owned(),
            value: 0.9,
            low: 0.85,
            high: 0.93,
            rows: 500,
            baseline: None,
        }];
        let html = html(&report(&found, &performance));
        assert!(!html.contains("<script") && !html.contains("</td><script"));
        let markdown = markdown(&report(&found, &performance));
        // Inside `<code>` a name is not turned into a mention.
        let outside: String =
            markdown.split("<code>").map(|p| p.split("</code>").last().unwrap_or("")).collect();
        assert!(!markdown.contains("<script") && !outside.contains("@acme"), "{markdown}");
        let table: Vec<&str> = markdown.lines().filter(|l| l.starts_with('|')).collect();
        assert_eq!(table.len(), 6, "two tables of one row each: {markdown}");
    }

    #[test]
    fn long_tables_are_cut_and_many_levels_joined() {
        let names: Vec<String> = (0..70).map(|i| format!("c{i}")).collect();
        let found = assessment(&names);
        let markdown = markdown(&report(&found, &[]));
        assert_eq!(markdown.lines().filter(|l| l.starts_with("| <code>")).count(), MAX_ROWS);
        assert!(markdown.contains("40 more columns moved less"));
        let html = html(&report(&found, &[]));
        assert_eq!(html.matches("<svg ").count(), MAX_PLOTS);
        let bars = html.matches("class=\"fill one\"").count() / MAX_PLOTS;
        assert_eq!(bars, MAX_BARS + 1, "20 bars and the legend's mark");
    }
}
