//! Whether a score can be read as a probability.

use super::view::{CALIBRATION_BINS, Models};
use crate::report::section::Section;
use crate::report::svg::{ReliabilityPlot, Series, Steps};
use crate::report::table::{Cell, Table};
use crate::stats::curves::Bin;
use crate::stats::number::{self, figure, percent};

pub(super) fn section(models: &Models) -> Section {
    let section = Section::new("Calibration");
    let named = models.named();
    let found: Vec<(&str, &Vec<Bin>)> =
        named.iter().filter_map(|(name, a)| Some((*name, a.calibration.as_ref()?))).collect();
    if found.is_empty() {
        return section;
    }
    let curve = |(name, bins): &(&str, &Vec<Bin>)| Series {
        name: (*name).to_owned(),
        points: bins.iter().map(|b| (b.predicted, b.observed)).collect(),
    };
    let scores = named.iter().filter_map(|(name, answers)| {
        let shares = answers.all_scores.as_ref()?.shares.clone();
        Some(Steps { name: (*name).to_owned(), shares })
    });
    let plot = ReliabilityPlot {
        title: "Calibration curves over the distribution of the scores".to_owned(),
        description: found
            .iter()
            .map(|(name, bins)| told(name, bins))
            .collect::<Vec<_>>()
            .join(" "),
        curves: found.iter().map(curve).collect(),
        scores: scores.collect(),
    };
    let section = section.figure(
        &plot.render(),
        "How often the answer was yes, by score. On the dotted diagonal a score of 0.8 comes true in \
         80 % of the cases. Below: how many rows have such a score.",
    );
    section.table_beside(&table(&found))
}

fn told(name: &str, bins: &[Bin]) -> String {
    let bin = |b: &Bin| format!("{} of scores around {}", figure(b.observed), figure(b.predicted));
    let bins: Vec<String> = bins.iter().map(bin).collect();
    format!("Share of positives of the {name}: {}.", bins.join(", "))
}

/// A line for each bin that any model has rows in.
fn table(found: &[(&str, &Vec<Bin>)]) -> Table {
    let mut headings = vec!["Scores".to_owned()];
    for (name, _) in found {
        headings.extend([(*name).to_owned(), "Rows".to_owned()]);
    }
    let caption = "Share of positives by score, and rows, in bins of the same width".to_owned();
    let mut table = Table { caption, headings, ..Table::default() };
    for place in 0..CALIBRATION_BINS {
        let bins: Vec<Option<&Bin>> =
            found.iter().map(|(_, bins)| bins.iter().find(|b| b.place == place)).collect();
        if bins.iter().all(Option::is_none) {
            continue;
        }
        let edge = |place: usize| figure(place as f64 / CALIBRATION_BINS as f64);
        let mut row = vec![Cell::text(format!("{}–{}", edge(place), edge(place + 1)))];
        for bin in bins {
            let observed = bin.map_or("–".to_owned(), |b| percent(b.observed));
            row.extend([observed, number::count(bin.map_or(0, |b| b.rows))].map(Cell::Number));
        }
        table.row(row);
    }
    table
}
