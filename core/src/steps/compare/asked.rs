//! Columns that are named for a comparison, and whether any of the data has them.

use super::run::CompareInput;
use crate::data::nearest;
use crate::domain::error::Result;

/// What was named on the command line: what no file has is an error there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// Columns to leave out.
    pub ignore: &'a [String],
    /// Numeric columns that are categories.
    pub categories: &'a [String],
}

/// Refuses columns that neither side has: `names` are those of both, left out or not.
///
/// # Errors
/// Such a column, with the nearest.
pub(super) fn check(input: &CompareInput<'_>, names: &[&str]) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    nearest::check(input.asked.ignore, names, "--ignore")?;
    nearest::check(input.asked.categories, names, "--categories")?;
    nearest::check_slips(&input.config.ignore, names, "monitor.ignore")
}
