//! `predictions:`, what the columns of a predictions file mean: defaults, and the check of every
//! value.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::defaults::{finite, out_of_bounds};
use super::raw::RawPredictions;
use crate::domain::address::Address;
use crate::domain::error::{Error, Result};
use crate::domain::metric::Task;

/// What the columns of a predictions file mean.
#[derive(Debug, Clone)]
pub struct PredictionsConfig {
    /// The file, or an address such as `az://container/scores.parquet`.
    pub path: Option<PathBuf>,
    /// A second file with the champion's scores, joined by `id`.
    pub champion_path: Option<PathBuf>,
    /// Labelled rows that the packages' models score themselves: a file, or an address.
    pub data: Option<PathBuf>,
    /// Columns of the data, in order, for a model that takes a matrix; empty: all that mean nothing
    /// else.
    pub features: Vec<String>,
    /// The model's output that is the score.
    pub output: Option<String>,
    /// Longest time that a model may take for one request.
    pub timeout: Duration,
    /// Kind of prediction.
    pub task: Task,
    /// Column of the true answer.
    pub label: String,
    /// Label that counts as positive.
    pub positive: Option<String>,
    /// Column of the challenger's score; of a multiclass task, its answered class.
    pub score: String,
    /// Columns, or patterns of columns, with the probability of each class of a multiclass task;
    /// empty: only the answered class is known.
    pub probabilities: Vec<String>,
    /// Column of the champion's score; of a multiclass task, its answered class.
    pub champion: String,
    /// As `probabilities`, of the champion.
    pub champion_probabilities: Vec<String>,
    /// Column that says how much each row counts.
    pub weight: Option<String>,
    /// Column with the group of each row, which is resampled as a whole.
    pub cluster: Option<String>,
    /// Column that identifies each row.
    pub id: Option<String>,
    /// Rows without a label are left out and counted.
    pub drop_unlabelled: bool,
    /// Rows that only one of two files has are left out and counted.
    pub drop_unmatched: bool,
    /// Score from which a row counts as positive.
    pub threshold: f64,
    /// Columns to look at slice by slice.
    pub slices: Vec<String>,
}

impl Default for PredictionsConfig {
    fn default() -> Self {
        Self {
            path: None,
            champion_path: None,
            data: None,
            features: Vec::new(),
            output: None,
            timeout: Duration::from_secs(60),
            task: Task::Binary,
            label: "label".to_owned(),
            positive: None,
            score: "score".to_owned(),
            probabilities: Vec::new(),
            champion: "champion".to_owned(),
            champion_probabilities: Vec::new(),
            weight: None,
            cluster: None,
            id: None,
            drop_unlabelled: false,
            drop_unmatched: false,
            threshold: 0.5,
            slices: Vec::new(),
        }
    }
}

impl PredictionsConfig {
    /// Sets defaults and checks every value; paths start at `root`.
    ///
    /// # Errors
    /// The first value that is wrong, by its key.
    pub fn from_raw(raw: RawPredictions, root: &Path) -> Result<Self> {
        let usual = Self::default();
        let task = match raw.task.as_deref() {
            None => usual.task,
            Some(text) => text.parse().map_err(|_| {
                out_of_bounds("predictions.task", text, "binary, multiclass or regression")
            })?,
        };
        let mut config = Self {
            path: raw.path.map(|p| Address::or_below(root, p)),
            champion_path: raw.champion_path.map(|p| Address::or_below(root, p)),
            data: raw.data.map(|p| Address::or_below(root, p)),
            features: raw.features.unwrap_or_default(),
            output: raw.output,
            timeout: raw.timeout.map_or(usual.timeout, |span| span.0),
            task,
            label: raw.label.unwrap_or(usual.label),
            positive: raw.positive,
            score: raw.score.unwrap_or(usual.score),
            probabilities: raw.probabilities.unwrap_or_default(),
            champion: raw.champion.unwrap_or(usual.champion),
            champion_probabilities: raw.champion_probabilities.unwrap_or_default(),
            weight: raw.weight,
            cluster: raw.cluster,
            id: raw.id,
            threshold: finite("predictions.threshold", raw.threshold, usual.threshold)?,
            slices: raw.slices.unwrap_or_default(),
            ..usual
        };
        for word in raw.drop.unwrap_or_default() {
            match word.as_str() {
                "unlabelled" => config.drop_unlabelled = true,
                "unmatched" => config.drop_unmatched = true,
                _ => {
                    return Err(out_of_bounds("predictions.drop", word, "unlabelled or unmatched"));
                }
            }
        }
        config.checked()
    }

    fn checked(self) -> Result<Self> {
        let lists = [
            ("predictions.probabilities", &self.probabilities),
            ("predictions.champion-probabilities", &self.champion_probabilities),
        ];
        for (key, list) in lists {
            if !list.is_empty() && self.task != Task::Multiclass {
                return Err(Error::config(format!(
                    "`{key}` is set, but the task is {}",
                    self.task
                ))
                .hint(
                    "write `task: multiclass`, or name the one column of the scores in `score`",
                ));
            }
        }
        let files = [("path", &self.path), ("champion-path", &self.champion_path)];
        if let Some((key, _)) = files.iter().find(|(_, path)| path.is_some())
            && self.data.is_some()
        {
            return Err(Error::config(format!(
                "`predictions.data` and `predictions.{key}` are both set"
            ))
            .hint("scores come from the models (`data`) or from files (`path`): leave one out"));
        }
        if self.timeout.is_zero() {
            return Err(Error::config("`predictions.timeout` is 0").hint("write 60s"));
        }
        if self.champion_path.is_some() && self.id.is_none() {
            return Err(Error::config(
                "`predictions.champion-path` is set, but not `predictions.id`",
            )
            .hint("name the column that identifies each row in both files"));
        }
        Ok(self)
    }
}
