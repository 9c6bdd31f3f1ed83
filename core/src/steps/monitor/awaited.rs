//! Labels come later than the rows that they belong to: what is said of them until then.

use super::align;
use crate::config::valid::MonitorConfig;
use crate::data::{Column, Values};
use crate::domain::profile::{ColumnProfile, ColumnRole, Profile};

/// A column of labels that cannot be looked at yet. Its alerts stay as they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// Its name in the baseline.
    pub column: String,
    /// What is lacking, in plain words.
    pub why: String,
}

impl Awaited {
    /// A line for the summary.
    pub(super) fn line(&self) -> String {
        format!("labels: `{}` {}", self.column.escape_debug(), self.why)
    }

    /// The labels of the baseline that the current data does not have at all.
    pub(super) fn of(
        baseline: &Profile,
        config: &MonitorConfig,
        there: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        let label = label(baseline, config).filter(|label| !there(&label.name))?;
        Some(Self { column: label.name.clone(), why: "is not there yet".to_owned() })
    }

    /// The same of rows with these columns, beside which labels may have been joined.
    pub(super) fn beside(
        baseline: &Profile,
        config: &MonitorConfig,
        names: &[&str],
        joined: Option<&Column>,
    ) -> Option<Self> {
        let there = |name: &str| {
            align::label(names, name, config).is_some() || enough(joined, config).is_some()
        };
        let awaited = Self::of(baseline, config, there)?;
        Some(match joined {
            None => awaited,
            Some(column) => {
                let (some, least) = (rows(column), config.min_rows);
                let why = format!("was joined to {some} rows, at least {least} are needed");
                Self { why, ..awaited }
            }
        })
    }
}

fn label<'a>(baseline: &'a Profile, config: &MonitorConfig) -> Option<&'a ColumnProfile> {
    let of = |c: &&ColumnProfile| c.role == ColumnRole::Label && !config.ignore.contains(&c.name);
    baseline.columns.iter().find(of)
}

/// The joined labels, where there are as many as a window needs rows.
pub(super) fn enough<'a>(joined: Option<&'a Column>, config: &MonitorConfig) -> Option<&'a Column> {
    joined.filter(|column| rows(column) as u64 >= config.min_rows.max(1))
}

fn rows(column: &Column) -> usize {
    match &column.values {
        Values::Number(values) => values.len(),
        Values::Category(categories) => categories.codes.len(),
    }
}
