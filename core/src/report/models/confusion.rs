//! What was answered to each class.

use super::view::{Answers, Matrix, Models};
use crate::domain::metric::Task;
use crate::report::section::Section;
use crate::report::table::{Cell, Table};
use crate::stats::number::{count, figure, percent};

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
    let section = section.paragraph(&format!(
        "Each line is a true class, each column an answer: {counted}, and their share of the line. \
         What is right stands on the diagonal.{at}"
    ));
    found.into_iter().fold(section, |section, (name, matrix)| {
        section.table_beside(&table(models, name, &matrix))
    })
}

fn table(models: &Models, name: &str, matrix: &Matrix) -> Table {
    let mut headings = vec!["True class".to_owned()];
    headings.extend(models.classes.iter().map(|class| format!("answer {class}")));
    let mut table =
        Table { caption: format!("Confusion matrix of the {name}"), headings, rows: Vec::new() };
    for (i, (class, cells)) in models.classes.iter().zip(&matrix.cells).enumerate() {
        let all = matrix.support(i);
        let mut row = vec![Cell::text(class)];
        row.extend(cells.iter().map(|cell| {
            let share = if all > 0.0 { cell / all } else { 0.0 };
            let rows = if cell.fract() == 0.0 { count(*cell as u64) } else { figure(*cell) };
            Cell::Shaded(share, format!("{rows} ({})", percent(share)))
        }));
        table.row(row);
    }
    table
}
