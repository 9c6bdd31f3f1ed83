//! The presets by name, and the two questions that each answers.

use std::str::FromStr;

use super::super::pair::Pair;
use super::{Compared, Thresholds, azure_ml, evidently, nannyml, outerloop};
use crate::domain::error::Error;

/// Whose rules a comparison follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// An effect above a threshold that a test, corrected over all columns, does not put down to
    /// chance.
    #[default]
    Outerloop,
    /// Evidently 0.7: a test or a distance by rows, kind and distinct values.
    Evidently,
    /// NannyML 0.13: Jensen-Shannon distance against its spread over chunks of the baseline.
    Nannyml,
    /// The components of Azure Machine Learning's model monitoring.
    AzureMl,
}

/// When the data set drifts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// When at least this many columns do.
    Columns(u64),
    /// When at least this share of them does.
    Share(f64),
}

impl Preset {
    /// All, the default first.
    pub const ALL: [Self; 4] = [Self::Outerloop, Self::Evidently, Self::Nannyml, Self::AzureMl];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Outerloop => "outerloop",
            Self::Evidently => "evidently",
            Self::Nannyml => "nannyml",
            Self::AzureMl => "azure-ml",
        }
    }

    /// When the data set drifts, by the tool's own rule; where it has none, when one column does.
    pub fn rule(self) -> Rule {
        match self {
            Self::Evidently => Rule::Share(0.5),
            Self::Outerloop | Self::Nannyml | Self::AzureMl => Rule::Columns(1),
        }
    }
}

impl FromStr for Preset {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|p| p.as_str() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            Error::usage(format!("no preset is named `{}`", text.escape_debug()))
                .hint(format!("use one of {names}"))
        })
    }
}

/// Compares one column by the rules of a preset. With `more`, every measure that the preset has a
/// definition of is worked out besides those that decide.
///
/// A column without a usable value on either side has no measures. What the default preset finds is
/// decided by [`data_set`], which knows all columns; the others decide here.
///
/// Azure Machine Learning drops every row that has a null in any column: hand in what is left (see
/// [`super::complete_rows`]).
pub fn compare(pair: &Pair<'_>, preset: Preset, more: bool) -> Compared {
    let mut compared = match preset {
        Preset::Outerloop => return outerloop::compare(pair, more),
        Preset::Evidently => evidently::compare(pair, more),
        Preset::Nannyml => nannyml::compare(pair, more),
        Preset::AzureMl => azure_ml::compare(pair, more),
    };
    compared.bins = outerloop::bins_of(pair);
    compared
}

/// Settles the columns that are not decided yet, by `thresholds`, and says whether the data set
/// drifts by `rule`.
pub fn data_set(columns: &mut [Compared], thresholds: &Thresholds, rule: Rule) -> bool {
    outerloop::decide(columns, thresholds);
    let drifted = columns.iter().filter(|c| c.drifted).count();
    match rule {
        Rule::Columns(least) => drifted as u64 >= least,
        Rule::Share(least) => drifted as f64 / columns.len().max(1) as f64 >= least,
    }
}
