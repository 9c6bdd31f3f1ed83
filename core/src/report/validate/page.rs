//! The report as one HTML page.

use std::collections::BTreeMap;

use serde_json::Value;

use super::words;
use crate::domain::metric::Direction;
use crate::domain::verdict::{Finding, Interval, Verdict};
use crate::report::bar::Bars;
use crate::report::svg::{IntervalPlot, IntervalRow};
use crate::report::{Cell, Page, Section, Table, models, number};
use crate::steps::validate::{MetricPair, SliceRow, Slices, Validation};

/// Slices shown.
const MOST_SLICES: usize = 40;
/// Settings shown.
const MOST_SETTINGS: usize = 100;

/// The report of a validation.
pub fn html(validation: &Validation) -> String {
    let name = words::challenger(validation);
    let mut page = Page::new(format!("Validation of {name}"))
        .answer(validation.verdict.into(), validation.verdict.as_str())
        .lead(format!(
            "{name} {}, {}.",
            words::meaning(validation.verdict, &validation.findings),
            words::opponent(validation)
        ));
    for finding in words::deciding(&validation.findings).iter().take(3) {
        page = page.lead(sentence(finding));
    }
    let page = page
        .section(gates(validation))
        .section(differences(validation))
        .section(metrics(validation))
        .section(slices(validation))
        .section(evidence(validation));
    models(validation)
        .into_iter()
        .fold(page, Page::section)
        .section(dropped(validation))
        .section(settings(validation))
        .section(origin(validation))
        .footer(format!("Recorded as event {} at {}.", validation.event, validation.time))
        .render()
}

fn sentence(finding: &Finding) -> String {
    let hint = finding.hint.as_deref().map(|h| format!(" — {h}")).unwrap_or_default();
    format!("{}: {}{hint}", finding.gate, finding.message)
}

fn gates(validation: &Validation) -> Section {
    let mut table = Table::new(
        "Each gate with what it found",
        &["Gate", "Verdict", "Found", "What would help", "Code"],
    );
    for finding in &validation.findings {
        table.row(vec![
            Cell::text(&finding.gate),
            Cell::verdict(finding.verdict),
            Cell::text(&finding.message),
            Cell::text(finding.hint.as_deref().unwrap_or("")),
            Cell::Code(finding.code.clone()),
        ]);
    }
    Section::new("Gates").table(&table)
}

/// One plot a metric, because metrics have units of their own.
fn differences(validation: &Validation) -> Section {
    let mut by_metric: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in validation.findings.iter().filter(|f| words::is_difference(f)) {
        let metric = finding.subject.as_deref().unwrap_or(&finding.gate);
        by_metric.entry(metric).or_default().push(finding);
    }
    by_metric.into_iter().fold(Section::new("Difference from the champion"), |section, (m, f)| {
        let rows: Vec<IntervalRow> = f.iter().filter_map(|f| interval_row(f)).collect();
        let described: Vec<&str> = f.iter().map(|f| f.message.as_str()).collect();
        let plot = IntervalPlot {
            title: format!("By how much the challenger is better in {m}"),
            description: described.join("; "),
            x_label: format!("better in {m} →"),
            rows,
            zero: Some(0.0),
        };
        section.figure(
            &plot.render(),
            &format!(
                "By how much the challenger is better in {m}: the measured difference with its \
                 interval. The interval must lie to the right of the dashed margin."
            ),
        )
    })
}

fn interval_row(finding: &Finding) -> Option<IntervalRow> {
    let Interval { low, high, .. } = finding.interval?;
    Some(IntervalRow {
        label: finding.gate.clone(),
        value: finding.value?,
        low,
        high,
        margin: finding.bound,
        tone: finding.verdict.into(),
    })
}

/// The pictures of both models, and what was left out.
fn models(validation: &Validation) -> Vec<Section> {
    let Some(found) = &validation.models else { return Vec::new() };
    let value = |name: &str, of_champion: bool| {
        let pair = validation.metrics.iter().find(|pair| pair.name == name)?;
        if of_champion { pair.champion } else { pair.challenger }
    };
    models::sections(found, &value)
}

fn dropped(validation: &Validation) -> Section {
    let seen = validation.predictions.as_ref();
    let (dropped, rows) = seen.map_or((&[][..], 0), |seen| (&seen.dropped[..], seen.rows));
    models::dropped(dropped, rows)
}

fn metrics(validation: &Validation) -> Section {
    let section = Section::new("Metrics");
    if validation.metrics.is_empty() {
        return section;
    }
    let caption = match &validation.predictions {
        Some(seen) => format!("On {} of {}", number::counted(seen.rows, "row"), seen.source),
        None => "As measured by training, from the packages".to_owned(),
    };
    let mut table =
        Table::new(caption, &["Metric", "Better", "Challenger", "Champion", "Better by"]);
    for pair in &validation.metrics {
        table.row(metric_row(pair));
    }
    section.table(&table)
}

fn metric_row(pair: &MetricPair) -> Vec<Cell> {
    let difference = pair.challenger.zip(pair.champion).map(|(a, b)| a - b);
    let (better, gain) = match pair.direction {
        Some(Direction::HigherIsBetter) => ("higher", difference),
        Some(Direction::LowerIsBetter) => ("lower", difference.map(|d| 0.0 - d)),
        None => ("", None),
    };
    vec![
        Cell::text(&pair.name),
        Cell::text(better),
        number_or_dash(pair.challenger),
        number_or_dash(pair.champion),
        Cell::Number(gain.map_or("–".to_owned(), number::aligned_signed)),
    ]
}

fn number_or_dash(value: Option<f64>) -> Cell {
    Cell::Number(value.map_or("–".to_owned(), number::aligned))
}

fn slices(validation: &Validation) -> Section {
    let section = Section::new("Slices");
    let Some(slices) = &validation.slices else { return section };
    let Slices { metric, rows, left_out } = slices;
    let mut table = Table::new(
        format!("{metric} over groups of rows, what hurts most first"),
        &["Group", "Rows", "Challenger", "Champion", "Better by"],
    );
    let gains = rows.iter().take(MOST_SLICES).filter_map(|row| Some((row.gain?, row.interval)));
    let bars = Bars::over(gains, Some(0.0));
    table.headings.extend(bars.map(|_| "95 % interval around 0".to_owned()));
    for row in rows.iter().take(MOST_SLICES) {
        let mut cells = slice_row(row);
        cells.extend(bars.map(|bars| bar(&bars, row.gain, row.interval)));
        table.row(cells);
    }
    let mut section = section.table(&table);
    if rows.len() > MOST_SLICES {
        let more = rows.len() - MOST_SLICES;
        section = section.paragraph(&format!("{more} more groups are less affected."));
    }
    if *left_out > 0 {
        section = section.paragraph(&format!(
            "{left_out} groups are left out: fewer than 30 rows, or {metric} has no value there."
        ));
    }
    section
}

fn slice_row(row: &SliceRow) -> Vec<Cell> {
    vec![
        Cell::text(format!("{} = {}", row.column, row.level)),
        Cell::Number(number::count(row.rows as u64)),
        Cell::Number(number::aligned(row.challenger)),
        number_or_dash(row.champion),
        Cell::Number(row.gain.map_or("–".to_owned(), number::aligned_signed)),
    ]
}

fn bar(bars: &Bars, value: Option<f64>, interval: Option<Interval>) -> Cell {
    value.zip(interval).map_or(Cell::text("–"), |(value, i)| Cell::Bar(bars.bar(value, i)))
}

/// The figures behind each finding, what matters most first.
fn evidence(validation: &Validation) -> Section {
    let with_figures = validation.findings.iter().filter(|f| !f.evidence.is_empty());
    with_figures.fold(Section::new("Behind the findings"), |section, finding| {
        let subject = finding.subject.as_ref().map_or(String::new(), |s| format!(", {s}"));
        let figures = number::counted(finding.evidence.len() as u64, "figure");
        let line = format!("{}{subject}: {} ({figures})", finding.gate, finding.code);
        section.folded(&line, &figures_of(finding))
    })
}

fn figures_of(finding: &Finding) -> Table {
    let figures = &finding.evidence;
    let mut table = Table::new("What matters most first", &["What", "Value", "Against", "Rows"]);
    let bars = Bars::over(figures.iter().map(|f| (f.value, f.interval)), None);
    table.headings.extend(bars.map(|_| "95 % interval".to_owned()));
    for found in figures {
        let rows = found.rows.map_or("–".to_owned(), number::count);
        let mut cells = vec![
            Cell::text(&found.what),
            Cell::Number(number::aligned(found.value)),
            number_or_dash(found.against),
            Cell::Number(rows),
        ];
        cells.extend(bars.map(|bars| bar(&bars, Some(found.value), found.interval)));
        table.row(cells);
    }
    table
}

/// What was asked for, as written in the configuration.
fn settings(validation: &Validation) -> Section {
    let section = Section::new("Settings");
    let file = &validation.verdict_file;
    let asked: Vec<(String, String)> =
        file.settings.iter().flat_map(|(k, v)| lines(k, v)).collect();
    if asked.is_empty() {
        return section;
    }
    let mut table = Table::new("As written in the configuration", &["Key", "Value"]);
    for (key, value) in asked.into_iter().take(MOST_SETTINGS) {
        table.row(vec![Cell::Code(key), Cell::Code(value)]);
    }
    section.table(&table).paragraph(&format!(
        "Judged by outerloop {}; the seed of the resampling is {}.",
        file.outerloop, file.seed
    ))
}

/// A line for each value one or two levels down.
fn lines(key: &str, value: &Value) -> Vec<(String, String)> {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(k, v)| (format!("{key}.{k}"), v)).collect(),
        _ => Vec::new(),
    };
    let item = |(key, value): (String, &Value)| match value {
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.iter().map(|item| (key.clone(), item.to_string())).collect()
        }
        _ => vec![(key, value.to_string())],
    };
    below.into_iter().flat_map(item).collect()
}

fn origin(validation: &Validation) -> Section {
    let (record, from) = (&validation.challenger, &validation.provenance);
    let code = |text: &str| Cell::Code(text.to_owned());
    let mut facts = vec![
        ("Package", Cell::Code(record.digest.to_string())),
        ("Format", Cell::text(record.format.as_str())),
        ("Registered", Cell::text(record.registered.to_string())),
    ];
    if let Some(commit) = &from.commit {
        facts.push(("Commit", code(commit)));
    }
    if from.dirty == Some(true) {
        facts.push(("Work tree", Cell::Badge(Verdict::Warn.into(), "not committed".to_owned())));
    }
    if let Some(repository) = &from.repository {
        facts.push(("Repository", Cell::text(repository)));
    }
    if let Some(run) = &from.run {
        facts.push(("Training run", Cell::text(run)));
    }
    if let Some(cause) = &from.cause {
        facts.push(("Caused by event", Cell::Code(cause.to_string())));
    }
    for (name, digest) in &from.data {
        facts.push(("Data", Cell::Code(format!("{name} {digest}"))));
    }
    if let Some(champion) = &validation.champion {
        let text = format!("{}@{} {}", champion.model, champion.version, champion.digest);
        facts.push(("Champion", Cell::Code(text)));
    }
    if let Some(seen) = &validation.predictions {
        facts.push(("Predictions", Cell::Code(seen.source.clone())));
        for (name, digest) in &seen.digests {
            facts.push(("Looked at", Cell::Code(format!("{name} {digest}"))));
        }
    }
    if let Some(digest) = &validation.verdict_file.digest {
        facts.push(("Verdict file", Cell::Code(digest.to_string())));
    }
    Section::new("Where it comes from").facts(&facts)
}
