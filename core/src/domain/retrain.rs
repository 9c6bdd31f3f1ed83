//! Why a retraining was asked for.

use serde::{Deserialize, Serialize};

/// One reason to retrain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reason {
    /// `drift`, `performance`, `age` or `new-data`.
    pub code: String,
    /// In plain words, with the numbers.
    pub message: String,
}
