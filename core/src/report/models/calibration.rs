//! Whether a score can be read as a probability.

use super::view::Models;
use crate::report::section::Section;
use crate::report::svg::{ReliabilityPlot, Series, Steps};
use crate::report::table::{Cell, Table};
use crate::stats::curves::Bin;
use crate::stats::number::{self, figure};

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

fn table(found: &[(&str, &Vec<Bin>)]) -> Table {
    let caption = "Scores in ten bins of the same width: mean score, and share of positives";
    let mut table = Table::new(caption, &["Model", "Mean score", "Positives", "Rows"]);
    for (name, bins) in found {
        for bin in *bins {
            table.row(vec![
                Cell::text(*name),
                Cell::Number(number::aligned(bin.predicted)),
                Cell::Number(number::aligned(bin.observed)),
                Cell::Number(number::count(bin.rows)),
            ]);
        }
    }
    table
}
