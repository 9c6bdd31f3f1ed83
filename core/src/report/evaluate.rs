//! The report of an evaluation as one HTML page: what `validate` shows, without gates.

use super::{Cell, Page, Section, Table, models, number};
use crate::domain::metric::Direction;
use crate::domain::verdict::Interval;
use crate::stats::Metric;
use crate::steps::evaluate::EvaluateOutcome;

/// The report of an evaluation.
pub fn html(found: &EvaluateOutcome) -> String {
    let rows = number::counted(found.rows as u64, "row");
    let page = Page::new("Evaluation")
        .lead(format!("{rows} of {}, a {} task.", found.source, found.task))
        .section(metrics(found))
        .section(differences(found));
    let value = |name: &str, of_champion: bool| {
        let metric = found.metrics.keys().find(|metric| metric.name() == name)?;
        match of_champion {
            true => found.differences.get(metric).map(|paired| paired.champion),
            false => found.metrics.get(metric).copied(),
        }
    };
    models::sections(&found.models, &value)
        .into_iter()
        .fold(page, Page::section)
        .section(models::dropped(&found.dropped, found.rows as u64))
        .section(undefined(found))
        .section(guessed(found))
        .footer(format!("Measured by outerloop {}.", env!("CARGO_PKG_VERSION")))
        .render()
}

fn better(metric: Metric) -> Cell {
    Cell::text(match metric.direction() {
        Direction::HigherIsBetter => "higher",
        Direction::LowerIsBetter => "lower",
    })
}

fn metrics(found: &EvaluateOutcome) -> Section {
    let mut table = Table::new(
        format!("On {}, with their 95 % intervals", number::counted(found.rows as u64, "row")),
        &["Metric", "Better", "Value", "From", "To"],
    );
    for (metric, value) in &found.metrics {
        let interval = found.intervals.get(metric).map(|estimate| estimate.interval);
        let [low, high] = ends(interval);
        let value = Cell::Number(number::aligned(*value));
        table.row(vec![Cell::text(metric.name()), better(*metric), value, low, high]);
    }
    Section::new("Metrics").table(&table)
}

fn differences(found: &EvaluateOutcome) -> Section {
    let section = Section::new("Against the champion");
    if found.differences.is_empty() {
        return section;
    }
    let mut table = Table::new(
        "Challenger minus champion on the same rows, with its 95 % interval",
        &["Metric", "Better", "Challenger", "Champion", "Difference", "From", "To"],
    );
    for (metric, paired) in &found.differences {
        let [low, high] = ends(Some(paired.interval));
        table.row(vec![
            Cell::text(metric.name()),
            better(*metric),
            Cell::Number(number::aligned(paired.challenger)),
            Cell::Number(number::aligned(paired.champion)),
            Cell::Number(number::aligned_signed(paired.difference)),
            low,
            high,
        ]);
    }
    section.table(&table).paragraph("An interval that holds 0 shows no difference.")
}

fn ends(interval: Option<Interval>) -> [Cell; 2] {
    match interval {
        Some(Interval { low, high, .. }) => {
            [low, high].map(|end| Cell::Number(number::aligned(end)))
        }
        None => [Cell::Number("–".to_owned()), Cell::Number("–".to_owned())],
    }
}

fn undefined(found: &EvaluateOutcome) -> Section {
    let section = Section::new("Without a value");
    if found.undefined.is_empty() {
        return section;
    }
    let mut table = Table::new("Metrics without a value or an interval", &["Metric", "Why"]);
    for (metric, why) in &found.undefined {
        table.row(vec![Cell::text(metric.name()), Cell::text(why)]);
    }
    section.table(&table)
}

fn guessed(found: &EvaluateOutcome) -> Section {
    let section = Section::new("What was guessed");
    if found.guessed.is_empty() {
        return section;
    }
    let mut table = Table::new(
        "What nobody said, and how to say otherwise",
        &["What", "Guess", "Why", "Otherwise"],
    );
    for guess in &found.guessed {
        table.row(vec![
            Cell::text(guess.what),
            Cell::Code(guess.value.clone()),
            Cell::text(&guess.why),
            Cell::Code(guess.option.to_owned()),
        ]);
    }
    section.table(&table)
}
