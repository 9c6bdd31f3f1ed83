//! Predictions files as labels and scores.

use std::path::{Path, PathBuf};

use super::check;
use super::columns::Layout;
use super::join::{Joined, Sources, drop_unlabelled};
use super::multiclass::multiclass;
use super::numeric::numeric;
use super::rows::Rows;
use crate::config::valid::PredictionsConfig;
use crate::data::{Categories, Column};
use crate::domain::error::Result;
use crate::domain::metric::Task;
use crate::domain::text::TextFormat;
use crate::gates::Predictions;

/// The files of both models.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// Labelled rows with the challenger's scores, and perhaps the champion's.
    pub challenger: PathBuf,
    /// The champion's scores, where they are in a file of their own.
    pub champion: Option<PathBuf>,
    /// How they are written, where they are text.
    pub text: TextFormat,
}

/// Reads labels, the challenger's scores, the champion's scores where they are known, weights,
/// groups, and the columns to slice by, with those in `further`. A file without rows gives no
/// labels: that is for the gates to refuse. Rows that were left out are counted in
/// [`Predictions::dropped`]; none is unless the configuration asks for it.
///
/// # Errors
/// A file that cannot be read; a column that is missing (with the nearest name); text where
/// numbers are needed; labels that are neither 0/1 nor true/false and no positive one named; labels
/// that are no class; weights below zero; ids that are missing, there twice, or in one file only;
/// two files with different labels.
pub fn load(files: &Files, config: &PredictionsConfig, further: &[String]) -> Result<Predictions> {
    let layout = Layout { config, two_files: files.champion.is_some() };
    let rows = Rows::read(&files.challenger, files.text, layout.challenger(further)?)?;
    let other = match &files.champion {
        Some(file) => Some(champion_rows(file, files.text, &layout)?),
        None => None,
    };
    assembled(rows, other, config, further)
}

/// What the columns of `rows` mean, with those of the champion's own file where there is one.
///
/// # Errors
/// As [`load`].
pub(super) fn assembled(
    mut rows: Rows,
    mut other: Option<Rows>,
    config: &PredictionsConfig,
    further: &[String],
) -> Result<Predictions> {
    let columns = further_columns(&mut rows, config, further)?;
    let loaded = match config.task {
        Task::Multiclass => multiclass(&mut rows, other.as_mut(), config)?,
        _ => numeric(&mut rows, other.as_mut(), config)?,
    };
    let weights = weights(&mut rows, config)?;
    let clusters = clusters(&mut rows, config)?;
    let predictions = Predictions {
        task: config.task,
        labels: loaded.labels,
        classes: loaded.classes,
        weights,
        clusters,
        challenger: loaded.challenger,
        champion: None,
        champion_column: config.champion.clone(),
        threshold: config.threshold,
        columns,
        dropped: Vec::new(),
        source: rows.source().to_owned(),
    };
    let ids = ids(&mut rows, config)?;
    let joined = match (other, loaded.champion) {
        (Some(mut other), Some(scores)) => {
            let theirs = other.source().to_owned();
            let sources = Sources { challenger: rows.source(), champion: &theirs };
            let (ours, theirs) =
                (ids.unwrap_or_default(), self::ids(&mut other, config)?.unwrap_or_default());
            let join = Joined::new(&ours, &theirs);
            join.check((&ours, &theirs), sources, config.drop_unmatched)?;
            join.apply(predictions, &scores, loaded.champion_labels.as_deref(), sources)?
        }
        (_, champion) => Predictions { champion, ..predictions },
    };
    Ok(if config.drop_unlabelled { drop_unlabelled(joined) } else { joined })
}

fn champion_rows(file: &Path, text: TextFormat, layout: &Layout<'_>) -> Result<Rows> {
    Rows::read(file, text, layout.champion()).map_err(|e| {
        if e.to_string().contains(&*file.display().to_string()) {
            e
        } else {
            e.during("read the champion's predictions")
        }
    })
}

fn further_columns(
    rows: &mut Rows,
    config: &PredictionsConfig,
    further: &[String],
) -> Result<Vec<Column>> {
    let mut columns: Vec<Column> = Vec::new();
    if rows.count() == 0 {
        return Ok(columns);
    }
    for name in config.slices.iter().chain(further) {
        let values = rows.take(name)?;
        if columns.iter().all(|c| c.name != *name) {
            columns.push(Column { name: name.clone(), values });
        }
    }
    Ok(columns)
}

fn weights(rows: &mut Rows, config: &PredictionsConfig) -> Result<Option<Vec<f64>>> {
    let Some(column) = &config.weight else { return Ok(None) };
    let weights = rows.numbers(column)?;
    check::weights(&weights, column, rows.source())?;
    Ok(Some(weights))
}

fn clusters(rows: &mut Rows, config: &PredictionsConfig) -> Result<Option<Vec<u32>>> {
    let Some(column) = &config.cluster else { return Ok(None) };
    let values = rows.take(column)?;
    check::clusters(values, column, rows.source()).map(Some)
}

fn ids(rows: &mut Rows, config: &PredictionsConfig) -> Result<Option<Categories>> {
    let Some(column) = &config.id else { return Ok(None) };
    let values = rows.take(column)?;
    check::ids(values, column, rows.source()).map(Some)
}
