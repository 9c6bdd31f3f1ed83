//! Multiclass tasks: a class a row and model, and the probability of each class where it is known.

use super::answers::{of_classes, of_probabilities};
use super::classes::{self, ClassColumns, indices};
use super::columns::{champion_column, champion_patterns};
use super::numeric::Loaded;
use super::rows::Rows;
use crate::config::valid::PredictionsConfig;
use crate::data::{Categories, Column, Values};
use crate::domain::error::{Error, Result};
use crate::gates::Scores;

/// Reads labels and answers.
pub(super) fn multiclass(
    rows: &mut Rows,
    other: Option<&mut Rows>,
    config: &PredictionsConfig,
) -> Result<Loaded> {
    let truth = rows.take(&config.label)?;
    let none = Categories::default();
    let levels = match &truth {
        Values::Category(levels) => levels,
        Values::Number(_) => &none,
    };
    if rows.count() == 0 {
        return Ok(Loaded {
            labels: Vec::new(),
            classes: Vec::new(),
            challenger: Scores::default(),
            champion: None,
            champion_labels: None,
        });
    }
    let columns = match config.probabilities.as_slice() {
        [] => None,
        patterns => Some(ClassColumns::of(patterns, rows, levels)?),
    };
    let (classes, champion) = match &columns {
        Some(columns) => (columns.classes(), None),
        None => {
            let source: &Rows = other.as_deref().unwrap_or(rows);
            let column = match &other {
                Some(other) => Some(champion_column(other, config)?),
                None => rows.column(&config.champion).map(|_| config.champion.as_str()),
            };
            let values = [(&*rows, Some(config.score.as_str())), (source, column)];
            let mut known = vec![levels];
            for (from, name) in values {
                let column = name.and_then(|n| from.column(n));
                if let Some(Column { name, values: Values::Category(answers) }) = column {
                    classes::overlap(levels, answers, name, from.source())?;
                    known.push(answers);
                }
            }
            (classes::of_values(&known), column)
        }
    };
    let labels = class_indices(&truth, &classes, config, rows.source())?;
    let challenger = match &columns {
        Some(columns) => of_probabilities(rows, columns, &classes)?,
        None => of_classes(rows, &config.score, &classes)?,
    };
    let in_one_file = other.is_none();
    let (from, theirs) = match other {
        Some(other) => {
            let theirs = match other.column(&config.label) {
                Some(_) => {
                    let truth = other.take(&config.label)?;
                    Some(class_indices(&truth, &classes, config, other.source())?)
                }
                None => None,
            };
            (other, theirs)
        }
        None => (rows, None),
    };
    let champion = match (&columns, champion) {
        (None, None) => None,
        (None, Some(column)) => Some(of_classes(from, column, &classes)?),
        (Some(_), _) if in_one_file && config.champion_probabilities.is_empty() => None,
        (Some(_), _) => {
            let found = ClassColumns::of(champion_patterns(config), from, levels)?;
            Some(of_probabilities(from, &found, &classes)?)
        }
    };
    Ok(Loaded { labels, classes, challenger, champion, champion_labels: theirs })
}

fn class_indices(
    truth: &Values,
    classes: &[String],
    config: &PredictionsConfig,
    source: &str,
) -> Result<Vec<f64>> {
    let unknown = |level: &str| {
        Error::input(format!(
            "column `{}` of {source} holds the label `{}`, which has no column of probabilities",
            config.label,
            level.escape_debug()
        ))
        .hint(format!("there are columns for: {}", classes.join(", ")))
    };
    indices(truth, classes, unknown)
}
