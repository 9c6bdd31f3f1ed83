//! What both models answer on the same rows, to look at: one section a picture.

mod calibration;
mod confusion;
mod ranking;
mod regression;
mod scores;
mod view;

pub use view::{Answers, Curves, Matrix, Models};

use super::section::Section;
use super::table::{Cell, Table};
use crate::gates::evidence::Dropped;
use crate::stats::number;

/// Every section that the rows allow, in the order of a page. `value` gives a metric of the
/// challenger (`false`) or the champion (`true`) by its name.
pub fn sections(models: &Models, value: &dyn Fn(&str, bool) -> Option<f64>) -> Vec<Section> {
    vec![
        ranking::section(models, value),
        calibration::section(models),
        confusion::section(models),
        scores::section(models),
        regression::section(models),
    ]
}

/// Rows of the file that were not used, and why; empty when all were.
pub fn dropped(dropped: &[Dropped], used: u64) -> Section {
    let section = Section::new("Rows left out");
    if dropped.is_empty() {
        return section;
    }
    let all: u64 = dropped.iter().map(|d| d.rows).sum();
    let caption =
        format!("{} left out, {} used", number::counted(all, "row"), number::counted(used, "row"));
    let mut table = Table::new(caption, &["Why", "Rows"]);
    for Dropped { why, rows } in dropped {
        table.row(vec![Cell::text(why), Cell::Number(number::count(*rows))]);
    }
    section.table(&table)
}
