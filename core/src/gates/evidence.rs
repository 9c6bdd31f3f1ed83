//! What gates look at.

use crate::domain::metric::Task;
use crate::domain::package::Manifest;
use crate::domain::version::Version;

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
}

/// Labelled rows with the scores of the challenger and, where known, of the champion. All columns
/// have the same length; nulls are NaN.
#[derive(Debug, Clone)]
pub struct Predictions {
    /// Kind of prediction.
    pub task: Task,
    /// True answers: 0 or 1 in a binary task.
    pub labels: Vec<f64>,
    /// The challenger's scores.
    pub challenger: Vec<f64>,
    /// The champion's scores on the same rows.
    pub champion: Option<Vec<f64>>,
    /// Name of the column in which the champion's scores are looked for.
    pub champion_column: String,
    /// Score from which a row counts as positive.
    pub threshold: f64,
    /// Where the rows come from, for messages.
    pub source: String,
}

impl Predictions {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// Why there are too few rows to judge a metric, if so. Rows that cannot be used at all are
    /// told by the metric itself.
    pub fn too_few(&self) -> Option<String> {
        let rows = self.rows();
        if rows < MIN_ROWS {
            return Some(format!("{rows} rows are fewer than {MIN_ROWS}"));
        }
        if self.task == Task::Regression {
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
