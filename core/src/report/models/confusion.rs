//! What was answered to each class.

use super::view::{Answers, Matrix, Models};
use crate::domain::metric::Task;
use crate::report::section::Section;
use crate::report::table::{Cell, Table};
use crate::stats::number::{count, figure, percent};

/// Classes from which a table is set close.
const COMPACT: usize = 6;

pub(super) fn section(models: &Models) -> Section {
    let section = Section::new("Confusion");
    let with_matrix = |(name, answers): (&'static str, &Answers)| {
        let matrix = answers.matrix.clone()?;
        (!matrix.cells.is_empty()).then_some((name, matrix))
    };
    let found: Vec<_> = models.named().into_iter().filter_map(with_matrix).collect();
    if found.is_empty() {
        return section;
    }
    let at = match models.task {
        Task::Binary => {
            format!(" A score of {} or more is answered with yes.", figure(models.threshold))
        }
        _ => String::new(),
    };
    let counted = if models.weighted { "weights of rows" } else { "rows" };
    let shares = match is_compact(models) {
        true => "the stronger the colour, the larger their share of the line",
        false => "and their share of the line",
    };
    let section = section.paragraph(&format!(
        "Each line is a true class, each column an answer: {counted}, {shares}. What is right stands \
         on the diagonal.{at}"
    ));
    found.into_iter().fold(section, |section, (name, matrix)| {
        section.table_beside(&table(models, name, &matrix))
    })
}

/// Many classes have room for their numbers alone.
fn is_compact(models: &Models) -> bool {
    models.classes.len() >= COMPACT
}

fn table(models: &Models, name: &str, matrix: &Matrix) -> Table {
    let mut headings = vec!["True class".to_owned()];
    let compact = is_compact(models);
    let answer = |class: &String| if compact { class.clone() } else { format!("answer {class}") };
    headings.extend(models.classes.iter().map(answer));
    let mut table = Table {
        caption: format!("Confusion matrix of the {name}"),
        headings,
        rows: Vec::new(),
        compact,
    };
    for (i, (class, cells)) in models.classes.iter().zip(&matrix.cells).enumerate() {
        let all = matrix.support(i);
        let mut row = vec![Cell::text(class)];
        row.extend(cells.iter().map(|cell| {
            let share = if all > 0.0 { cell / all } else { 0.0 };
            let rows = if cell.fract() == 0.0 { count(*cell as u64) } else { figure(*cell) };
            let text = if compact { rows } else { format!("{rows} ({})", percent(share)) };
            Cell::Shaded(share, text)
        }));
        table.row(row);
    }
    table
}
