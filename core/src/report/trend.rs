//! What monitoring found over time, as sections of its page: alerts, signals with their bounds, the
//! parts of a window, and features by how much their drift matters.

use std::collections::{BTreeMap, BTreeSet};

use super::number::{count, figure};
use super::svg::{LinePlot, Svg, line::Series};
use super::{Cell, Section, Table, Tone};
use crate::domain::alert::AlertState;
use crate::domain::drift::ColumnDrift;
use crate::domain::event::Monitored;
use crate::domain::signal::{Signal, SignalKind, SignalVerdict};
use crate::domain::window::Chunk;

/// Most signals that are drawn over time.
const DRAWN: usize = 12;
/// Most signals in the table.
const LISTED: usize = 60;

/// What was monitored of a version.
#[derive(Debug, Clone, Copy)]
pub struct Trend<'a> {
    /// The window that the page is about.
    pub found: &'a Monitored,
    /// The windows up to it, oldest first, itself included.
    pub windows: &'a [Monitored],
    /// How much each feature matters to the model, where the package says.
    pub importances: &'a BTreeMap<String, f64>,
}

/// The sections, without those that would be empty.
pub fn sections(trend: &Trend<'_>, columns: &[ColumnDrift]) -> Vec<Section> {
    let all = [
        alerts(trend.found),
        signals(trend.found),
        over_time(trend),
        chunks(trend.found),
        importance(trend, columns),
    ];
    all.into_iter().filter(|section| !section.is_empty()).collect()
}

fn alerts(found: &Monitored) -> Section {
    if found.alerts.is_empty() {
        return Section::new("Alerts");
    }
    let mut table = Table::new("Alerts after this window", &["alert", "state"]);
    for alert in &found.alerts {
        let tone = match alert.state {
            AlertState::Opened | AlertState::Open => Tone::Bad,
            AlertState::Closed => Tone::Good,
        };
        let state = Cell::Badge(tone, alert.state.as_str().to_owned());
        let since = alert.since.strftime("%Y-%m-%d %H:%M UTC");
        let note = format!("since {since}: {}", alert.why);
        table.noted(vec![Cell::Code(alert.signal.clone()), state], &note);
    }
    Section::new("Alerts").table(&table)
}

/// Those that breach first, then those that say nothing, then the rest by how near they are.
fn ordered(found: &Monitored) -> Vec<&Signal> {
    let rank = |s: &Signal| match s.verdict {
        SignalVerdict::Breach => 0,
        SignalVerdict::Inconclusive if s.kind == SignalKind::Performance => 1,
        _ if s.basis.is_past() || s.kind == SignalKind::Performance => 2,
        _ => 3,
    };
    let near = |s: &Signal| match (s.value, s.above) {
        (Some(value), Some(above)) if above > 0.0 => value / above,
        _ => 0.0,
    };
    let mut signals: Vec<&Signal> = found.signals.iter().collect();
    signals.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| near(b).total_cmp(&near(a))));
    signals
}

fn signals(found: &Monitored) -> Section {
    let all = ordered(found);
    if all.is_empty() {
        return Section::new("Signals");
    }
    let headings = ["signal", "verdict", "value", "bound", "from"];
    let mut table = Table::new("Signals, those beyond their bounds first", &headings);
    for signal in all.iter().take(LISTED) {
        table.noted(row(signal), &signal.why);
    }
    let breaches = all.iter().filter(|s| s.is_breach()).count();
    let line = match all.len().saturating_sub(LISTED) {
        0 => format!("{breaches} of {} signals are beyond their bounds", count(all.len() as u64)),
        more => format!(
            "{breaches} of {} signals are beyond their bounds; {more} are not listed",
            count(all.len() as u64)
        ),
    };
    Section::new("Signals").folded(&line, &table)
}

fn row(signal: &Signal) -> Vec<Cell> {
    let tone = match signal.verdict {
        SignalVerdict::Ok => Tone::Good,
        SignalVerdict::Breach => Tone::Bad,
        SignalVerdict::Inconclusive => Tone::Unknown,
    };
    vec![
        Cell::Code(signal.name.clone()),
        Cell::Badge(tone, signal.verdict.as_str().to_owned()),
        Cell::Number(signal.value.map(figure).unwrap_or_default()),
        Cell::Number(bound(signal)),
        Cell::text(signal.basis.as_str()),
    ]
}

fn bound(signal: &Signal) -> String {
    let above = signal.above.map(|v| format!("≤ {}", figure(v)));
    let below = signal.below.map(|v| format!("≥ {}", figure(v)));
    below.into_iter().chain(above).collect::<Vec<_>>().join(", ")
}

fn over_time(trend: &Trend<'_>) -> Section {
    let mut section = Section::new("Over time");
    for signal in drawn(trend.found) {
        let windows: Vec<Option<&Signal>> =
            trend.windows.iter().map(|m| m.signal(&signal.name)).collect();
        if windows.iter().flatten().filter(|s| s.value.is_some()).count() > 1 {
            section = section.figure(&plot(signal, &windows), &caption(signal));
        }
    }
    section
}

/// Every signal that breaches or has a bound of its own, and of each other column the one that is
/// nearest to its bound.
fn drawn(found: &Monitored) -> Vec<&Signal> {
    let mut columns: BTreeSet<&str> = BTreeSet::new();
    let chosen = ordered(found).into_iter().filter(|signal| {
        let new = signal.column.as_deref().is_none_or(|column| columns.insert(column));
        new || signal.is_breach() || signal.basis.is_past()
    });
    chosen.take(DRAWN).collect()
}

fn caption(signal: &Signal) -> String {
    let value = signal.value.map_or("not measured".to_owned(), figure);
    let bound = bound(signal);
    let bound = if bound.is_empty() { bound } else { format!(", bound {bound}") };
    format!("{}: {value}{bound}, {}", signal.name, signal.verdict.as_str())
}

/// The values with their bound, as it was in each window.
fn plot(signal: &Signal, windows: &[Option<&Signal>]) -> Svg {
    let line = |of: &dyn Fn(&Signal) -> Option<f64>| -> Vec<(f64, f64)> {
        let value = |s: &Option<&Signal>| s.and_then(of).unwrap_or(f64::NAN);
        windows.iter().enumerate().map(|(i, s)| (1.0 + i as f64, value(s))).collect()
    };
    let mut series = vec![Series { name: signal.metric.clone(), points: line(&|s| s.value) }];
    let bounds: [(&str, Vec<(f64, f64)>); 2] =
        [("not above", line(&|s| s.above)), ("not below", line(&|s| s.below))];
    for (name, points) in bounds {
        if points.iter().any(|(_, y)| y.is_finite()) {
            series.push(Series { name: name.to_owned(), points });
        }
    }
    let breaches = windows.iter().flatten().filter(|s| s.is_breach()).count();
    let measured = windows.iter().flatten().filter(|s| s.value.is_some()).count();
    LinePlot {
        title: format!("{} over time", signal.name),
        description: format!(
            "Value and bound in {measured} windows, of which {breaches} breached. {}",
            caption(signal)
        ),
        x_label: "window".to_owned(),
        y_label: signal.metric.clone(),
        x: Some((1.0, (windows.len() as f64).max(2.0))),
        y: None,
        series,
        reference: None,
    }
    .render()
}

fn chunks(found: &Monitored) -> Section {
    if found.chunks.is_empty() {
        return Section::new("Parts of the window");
    }
    let mut table =
        Table::new("Parts of the window", &["part", "rows", "answer", "largest PSI", "drifted"]);
    for chunk in &found.chunks {
        let (tone, word) = match (chunk.conclusive, chunk.drifted.is_empty()) {
            (false, _) => (Tone::Unknown, "inconclusive"),
            (true, true) => (Tone::Good, "ok"),
            (true, false) => (Tone::Bad, "drift"),
        };
        let most = chunk.most.as_ref().map(|(name, value)| format!("{} ({name})", figure(*value)));
        table.row(vec![
            Cell::text(&chunk.name),
            Cell::Number(count(chunk.rows)),
            Cell::Badge(tone, word.to_owned()),
            Cell::text(most.unwrap_or_default()),
            Cell::text(chunk.drifted.join(", ")),
        ]);
    }
    let mut section = Section::new("Parts of the window");
    if found.chunks.len() > 1 {
        let line = Series { name: "largest PSI".to_owned(), points: points(found, largest) };
        let caption = "Largest PSI of a column in each part, in their order";
        let plot = parts_plot(found, "Largest PSI in each part of the window", vec![line]);
        section = section.figure(&plot, caption);
        let columns: BTreeSet<&String> = found.chunks.iter().flat_map(|c| c.psi.keys()).collect();
        for column in columns {
            let of = |chunk: &Chunk| chunk.psi.get(column).copied().unwrap_or(f64::NAN);
            let series =
                [(column.as_str(), points(found, of)), ("largest", points(found, largest))];
            let series = series.map(|(name, points)| Series { name: name.to_owned(), points });
            let title = format!("PSI of {column} in each part of the window");
            let plot = parts_plot(found, &title, series.into());
            section = section.figure(&plot, &format!("{column} in each part"));
        }
    }
    section.table(&table)
}

fn largest(chunk: &Chunk) -> f64 {
    chunk.most.as_ref().map_or(f64::NAN, |most| most.1)
}

/// A value of each part, in their order.
fn points(found: &Monitored, value: impl Fn(&Chunk) -> f64) -> Vec<(f64, f64)> {
    (1..).zip(&found.chunks).map(|(part, chunk)| (f64::from(part), value(chunk))).collect()
}

fn parts_plot(found: &Monitored, title: &str, series: Vec<Series>) -> Svg {
    LinePlot {
        title: title.to_owned(),
        description: format!(
            "{} parts, of which {} drifted.",
            found.chunks.len(),
            found.chunks.iter().filter(|c| !c.drifted.is_empty()).count()
        ),
        x_label: "part".to_owned(),
        y_label: "PSI".to_owned(),
        x: Some((1.0, found.chunks.len() as f64)),
        y: None,
        series,
        reference: None,
    }
    .render()
}

/// PSI times the share of the importance, largest first.
fn importance(trend: &Trend<'_>, columns: &[ColumnDrift]) -> Section {
    let total: f64 = trend.importances.values().map(|v| v.abs()).sum();
    if !(total > 0.0 && total.is_finite()) {
        return Section::new("What matters most");
    }
    let mut rows: Vec<(f64, f64, f64, &ColumnDrift)> = columns
        .iter()
        .filter_map(|column| {
            let share = trend.importances.get(&column.name)?.abs() / total;
            let psi = *column.metrics.get("psi").filter(|v| v.is_finite())?;
            Some((psi * share, psi, share, column))
        })
        .collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    if rows.is_empty() {
        return Section::new("What matters most");
    }
    let headings = ["feature", "PSI × importance", "PSI", "importance", "drifted"];
    let mut table = Table::new("Features by drift times importance", &headings);
    for (product, psi, share, column) in rows.into_iter().take(LISTED) {
        table.row(vec![
            Cell::Code(column.name.clone()),
            Cell::number(product),
            Cell::number(psi),
            Cell::Number(super::number::percent(share)),
            Cell::text(if column.drifted { "yes" } else { "no" }),
        ]);
    }
    let text = "A feature that drifted and that the model rarely looks at matters less than one that it relies on.";
    Section::new("What matters most").paragraph(text).table(&table)
}
