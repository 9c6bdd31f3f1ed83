//! What gates look at.

use super::probes::Probes;
use crate::data::Column;
use crate::domain::metric::Task;
use crate::domain::package::Manifest;
use crate::domain::version::Version;
use crate::stats::Sample;

/// Fewest rows from which a metric is judged.
pub const MIN_ROWS: usize = 30;
/// Fewest rows of the rarer class from which a binary metric is judged.
pub const MIN_CLASS_ROWS: usize = 5;

/// A version under judgement.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its version.
    pub version: &'a Version,
    /// Its package.
    pub manifest: &'a Manifest,
}

/// What is known of the challenger, of the champion, and of both on the same rows.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The version that wants to be promoted.
    pub challenger: Candidate<'a>,
    /// The version that it is compared with; the first version has none.
    pub champion: Option<Candidate<'a>>,
    /// Labelled rows with the scores of the models.
    pub predictions: Option<&'a Predictions>,
    /// Whether the package's bytes are the registered ones.
    pub integrity: &'a Integrity,
    /// What was looked for because a gate asked for it.
    pub probes: &'a Probes,
}

/// One model's answers to labelled rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores {
    /// As [`Sample::scores`].
    pub values: Vec<f64>,
    /// As [`Sample::probabilities`].
    pub probabilities: Option<Vec<f64>>,
}

impl From<Vec<f64>> for Scores {
    fn from(values: Vec<f64>) -> Self {
        Self { values, probabilities: None }
    }
}

/// Rows of the file that were not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Why, in plain words: `no label`.
    pub why: String,
    /// How many.
    pub rows: u64,
}

/// Labelled rows with the scores of the challenger and, where known, of the champion. All columns
/// have the same length; nulls are NaN.
#[derive(Debug, Clone)]
pub struct Predictions {
    /// Kind of prediction.
    pub task: Task,
    /// True answers, as [`Sample::labels`].
    pub labels: Vec<f64>,
    /// Names of the classes: of a binary task the negative and the positive one, of a multiclass
    /// task by index, of a regression none.
    pub classes: Vec<String>,
    /// How much each row counts; none: all the same.
    pub weights: Option<Vec<f64>>,
    /// The group that each row belongs to, for resampling whole groups, such as all rows of one
    /// customer.
    pub clusters: Option<Vec<u32>>,
    /// The challenger's answers.
    pub challenger: Scores,
    /// The champion's answers to the same rows.
    pub champion: Option<Scores>,
    /// Name of the column in which the champion's scores are looked for.
    pub champion_column: String,
    /// Score from which a row counts as positive.
    pub threshold: f64,
    /// Further columns of the file, to look at groups of rows.
    pub columns: Vec<Column>,
    /// Rows of the file that were not used, and why.
    pub dropped: Vec<Dropped>,
    /// Where the rows come from, for messages.
    pub source: String,
}

impl Predictions {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// The rows with the challenger's answers.
    pub fn challenger(&self) -> Sample<'_> {
        self.sample(&self.challenger)
    }

    /// The rows with the champion's answers, where they are known.
    pub fn champion(&self) -> Option<Sample<'_>> {
        self.champion.as_ref().map(|scores| self.sample(scores))
    }

    fn sample<'a>(&'a self, scores: &'a Scores) -> Sample<'a> {
        Sample {
            task: self.task,
            labels: &self.labels,
            scores: &scores.values,
            probabilities: scores.probabilities.as_deref(),
            classes: self.classes.len(),
            weights: self.weights.as_deref(),
            threshold: self.threshold,
        }
    }

    /// The further column named `name`.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// These rows alone, by their index from 0, without the further columns.
    pub fn subset(&self, rows: &[usize]) -> Self {
        let pick = |values: &[f64]| rows.iter().map(|i| values[*i]).collect::<Vec<f64>>();
        let classes = self.classes.len();
        let scores = |scores: &Scores| Scores {
            values: pick(&scores.values),
            probabilities: scores.probabilities.as_ref().map(|all| {
                let row = |i: &usize| &all[i * classes..(i + 1) * classes];
                rows.iter().flat_map(row).copied().collect()
            }),
        };
        Self {
            task: self.task,
            labels: pick(&self.labels),
            classes: self.classes.clone(),
            weights: self.weights.as_deref().map(pick),
            clusters: self.clusters.as_ref().map(|all| rows.iter().map(|i| all[*i]).collect()),
            challenger: scores(&self.challenger),
            champion: self.champion.as_ref().map(scores),
            champion_column: self.champion_column.clone(),
            threshold: self.threshold,
            columns: Vec::new(),
            dropped: Vec::new(),
            source: self.source.clone(),
        }
    }

    /// Why there are too few rows to judge a metric, if so. Rows that cannot be used at all are
    /// told by the metric itself.
    pub fn too_few(&self) -> Option<String> {
        let rows = self.rows();
        if rows < MIN_ROWS {
            return Some(format!("{rows} rows are fewer than {MIN_ROWS}"));
        }
        if self.task != Task::Binary {
            return None;
        }
        let positives = self.labels.iter().filter(|l| **l == 1.0).count();
        let rarer = positives.min(rows - positives);
        (rarer < MIN_CLASS_ROWS)
            .then(|| format!("{rarer} rows of the rarer class are fewer than {MIN_CLASS_ROWS}"))
    }
}

/// Whether the stored bytes of the package are the registered ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Integrity {
    /// Every file was read and hashed, and is what the manifest says.
    Verified {
        /// Files read.
        files: usize,
        /// Bytes read.
        bytes: u64,
    },
    /// Something differs; said in plain words.
    Mismatch(String),
    /// Nobody looked, and why.
    Unchecked(String),
}
