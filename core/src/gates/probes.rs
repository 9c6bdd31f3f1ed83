//! What is looked for only because a gate asks for it, beside predictions and packages.

use super::latency::Runs;
use crate::data::overlap::Overlap;
use crate::domain::error::Result;
use crate::domain::metric::Metrics;
use crate::domain::verdict::{Finding, Verdict};
use crate::domain::version::Version;

/// Something that was looked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Looked<T> {
    /// Nobody asked for it.
    #[default]
    NotAsked,
    /// It was found.
    Found(T),
    /// It could not be found.
    Failed {
        /// Why.
        why: String,
        /// What to do.
        hint: Option<String>,
    },
}

impl<T> Looked<T> {
    /// What came of looking.
    pub fn of(result: Result<T>) -> Self {
        match result {
            Ok(found) => Self::Found(found),
            Err(e) => Self::Failed { why: e.to_string(), hint: e.hint_text().map(str::to_owned) },
        }
    }

    /// What was found, or a finding of `gate` that says why nothing was.
    pub(super) fn found(&self, gate: &str, code: &str) -> Result<&T, Box<Finding>> {
        let finding = |why: &str| Finding::new(gate, code, Verdict::Error, why);
        match self {
            Self::Found(found) => Ok(found),
            Self::NotAsked => Err(Box::new(finding("nobody looked"))),
            Self::Failed { why, hint } => {
                let finding = finding(why);
                Err(Box::new(match hint {
                    Some(hint) => finding.hint(hint),
                    None => finding,
                }))
            }
        }
    }
}

/// What was looked for.
#[derive(Debug, Clone, Default)]
pub struct Probes {
    /// How long the challenger took to answer its sample request, again and again.
    pub latency: Looked<Runs>,
    /// Rows that training and test data share.
    pub overlap: Looked<Overlap>,
    /// The versions before the challenger that are not archived, the newest first.
    pub history: Looked<Vec<PastVersion>>,
    /// What each program of `gates.custom` answered, by its name.
    pub custom: Vec<(String, Looked<Answered>)>,
}

/// A version before the challenger.
#[derive(Debug, Clone, PartialEq)]
pub struct PastVersion {
    /// Its version.
    pub version: Version,
    /// The metrics of its package.
    pub metrics: Metrics,
}

/// What a program answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// How it failed, such as `ended with code 3`; none: it ended well.
    pub failure: Option<String>,
    /// Its standard output.
    pub output: Vec<u8>,
    /// The last of what it wrote on standard error.
    pub words: String,
}
