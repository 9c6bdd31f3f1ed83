//! `compare`: two data sets, without a registry or a package.

use std::path::PathBuf;

use super::monitor::{Assessment, assess, read_options};
use crate::config::valid::MonitorConfig;
use crate::data::{ProfileOptions, ReadOptions, profile, read};
use crate::domain::error::Result;

/// Two data sets, and how to compare them.
#[derive(Debug)]
pub struct CompareInput<'a> {
    /// Data to compare with: files, folders or patterns.
    pub baseline: &'a [PathBuf],
    /// Data to compare.
    pub current: &'a [PathBuf],
    /// Numeric columns that are categories.
    pub categories: &'a [String],
    /// Thresholds and columns.
    pub config: &'a MonitorConfig,
}

/// Profiles the baseline and assesses the current data against it, as `monitor` does.
///
/// # Errors
/// Data that cannot be read; a baseline without rows; a configured column that it does not have.
pub fn run(input: &CompareInput<'_>) -> Result<Assessment> {
    let options = ReadOptions {
        categories: input.categories.to_vec(),
        ignore: input.config.ignore.clone(),
        ..ReadOptions::default()
    };
    let before = read(input.baseline, &options)?;
    let baseline = profile(
        &before,
        &ProfileOptions {
            prediction: input.config.prediction.clone(),
            label: input.config.label.clone(),
            ignore: input.config.ignore.clone(),
        },
    )?;
    let now = read(input.current, &read_options(&baseline, input.config))?;
    Ok(assess(&baseline, &now, input.config))
}
