//! Rows that the training and the test data have in common.

use std::path::{Path, PathBuf};

use crate::data::overlap::{Overlap, overlap};
use crate::data::{ReadOptions, Table, read};
use crate::domain::error::Result;
use crate::domain::text::TextFormat;
use crate::gates::leakage::Leakage;

/// Reads both and compares them.
pub(super) fn compare(settings: &Leakage, root: &Path, text: TextFormat) -> Result<Overlap> {
    let table = |files: &[PathBuf]| -> Result<Table> {
        let files: Vec<PathBuf> = files.iter().map(|file| root.join(file)).collect();
        let ignore = settings.ignore.clone();
        let options = ReadOptions { ignore, text, ..ReadOptions::default() };
        read(&files, &options)
    };
    let (train, test) = (table(&settings.train)?, table(&settings.test)?);
    overlap(&train, &test, &settings.columns, &settings.ignore)
}
