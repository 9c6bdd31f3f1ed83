//! Binary tasks and regressions: one number a row and model.

use super::columns::champion_column;
use super::labels;
use super::rows::Rows;
use crate::config::valid::PredictionsConfig;
use crate::domain::error::Result;
use crate::domain::metric::Task;
use crate::gates::Scores;

/// What the files gave, each in the order of its own rows.
pub(super) struct Loaded {
    pub(super) labels: Vec<f64>,
    pub(super) classes: Vec<String>,
    pub(super) challenger: Scores,
    pub(super) champion: Option<Scores>,
    pub(super) champion_labels: Option<Vec<f64>>,
}

/// Reads labels and scores.
pub(super) fn numeric(
    rows: &mut Rows,
    other: Option<&mut Rows>,
    config: &PredictionsConfig,
) -> Result<Loaded> {
    let label = |rows: &mut Rows| match config.task {
        Task::Binary => labels::binary(rows, &config.label, config.positive.as_deref()),
        _ => rows.numbers(&config.label),
    };
    let labels = label(rows)?;
    let challenger = rows.numbers(&config.score)?.into();
    let (champion, champion_labels) = match other {
        Some(other) => {
            let column = champion_column(other, config)?;
            let theirs = other.column(&config.label).is_some().then(|| label(other)).transpose()?;
            (Some(other.numbers(column)?.into()), theirs)
        }
        None if rows.column(&config.champion).is_some() => {
            (Some(rows.numbers(&config.champion)?.into()), None)
        }
        None => (None, None),
    };
    let classes = match config.task {
        Task::Regression => Vec::new(),
        _ => {
            let positive = config.positive.clone();
            let negative = positive.as_ref().map_or_else(|| "0".to_owned(), |p| format!("not {p}"));
            vec![negative, positive.unwrap_or_else(|| "1".to_owned())]
        }
    };
    Ok(Loaded { labels, classes, challenger, champion, champion_labels })
}
