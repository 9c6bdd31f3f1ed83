//! The files that are read, and what is known of each before it is.

use std::path::{Path, PathBuf};

use ::parquet::arrow::arrow_reader::ArrowReaderMetadata;
use rayon::prelude::*;

use super::content::Content;
use super::files;
use super::layout::{Layout, detect};
use super::part::Part;
use super::partitions::{self, Constant};
use super::read::ReadOptions;
use super::{arrow, blocks, collector, held, parquet};
use crate::domain::error::{Error, Result};
use crate::domain::text::TextFormat;

/// One file, or several that are read together.
pub(super) struct Located {
    /// The file, or the first of them.
    pub(super) file: PathBuf,
    pub(super) layout: Layout,
    pub(super) content: Content,
    /// Columns that its folders give.
    pub(super) folders: Vec<Constant>,
    /// The files that are read together; none for one that is read alone.
    pub(super) together: Vec<(PathBuf, Content)>,
}

/// Finds the files that `paths` mean and looks at the beginning of each.
///
/// # Errors
/// As [`super::read::read`], as far as beginnings tell.
pub(super) fn locate(paths: &[PathBuf], text: &TextFormat) -> Result<Vec<Located>> {
    let found = files::expand(paths)?;
    let folders = partitions::constants(&found)?;
    let located = found.into_par_iter().zip(folders).map(|(found, folders)| {
        let (layout, content) = detect(&found.path, text)?;
        Ok(Located { file: found.path, layout, content, folders, together: Vec::new() })
    });
    together(located.collect::<Result<_>>()?)
}

/// The files of a data collector as one, since rows are spread over them.
fn together(mut located: Vec<Located>) -> Result<Vec<Located>> {
    let collected = |l: &Located| l.layout == Layout::Collected;
    if !located.iter().any(collected) {
        return Ok(located);
    }
    if let (Some(other), Some(one)) =
        (located.iter().find(|l| !collected(l)), located.iter().find(|l| collected(l)))
    {
        let (one, other) = (one.file.display(), other.file.display());
        return Err(Error::input(format!(
            "{one} was written by a data collector, {other} was not"
        ))
        .hint("read them apart: name the folders of the collector alone"));
    }
    let files: Vec<(PathBuf, Content)> =
        located.iter().map(|l| (l.file.clone(), l.content)).collect();
    located.truncate(1);
    located.iter_mut().for_each(|first| first.together.clone_from(&files));
    Ok(located)
}

impl Located {
    /// Reads it whole.
    pub(super) fn read(&self, options: &ReadOptions) -> Result<Part> {
        self.read_known(None, options)
    }

    /// Reads it whole, beside others: so many that together they hold no more of their text than
    /// one would alone.
    pub(super) fn read_beside(&self, others: usize, options: &ReadOptions) -> Result<Part> {
        match self.layout {
            Layout::Csv | Layout::Jsonl => {
                let at_once = others.clamp(1, rayon::current_num_threads());
                held::read(self, options, (blocks::at_once() / at_once).max(1))
            }
            _ => self.read(options),
        }
    }

    /// Reads it whole. The metadata of a Parquet file that is at hand is not read again: of a wide
    /// file it is much.
    pub(super) fn read_known(
        &self,
        metadata: Option<&ArrowReaderMetadata>,
        options: &ReadOptions,
    ) -> Result<Part> {
        let (file, content) = (&*self.file, self.content);
        let mut part = match self.layout {
            Layout::Parquet => match metadata {
                Some(known) => parquet::read_known(file, known, options),
                None => parquet::read(file, options),
            },
            Layout::ArrowFile => arrow::read_file(file, content, options),
            Layout::ArrowStream => arrow::read_stream(file, content, options),
            Layout::Csv | Layout::Jsonl => return held::read(self, options, blocks::at_once()),
            Layout::Collected => collector::read(&self.together, options),
        }?;
        partitions::add(&self.folders, &mut part, options)?;
        Ok(part)
    }

    /// Every file that is read.
    pub(super) fn files(&self) -> Vec<&Path> {
        match self.together.as_slice() {
            [] => vec![&self.file],
            several => several.iter().map(|(file, _)| &**file).collect(),
        }
    }
}
