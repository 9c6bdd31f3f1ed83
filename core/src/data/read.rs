//! Files into one table.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::files::{self, Found};
use super::located::{Located, locate};
use super::part::{Part, concat, named};
use super::seen::Seen;
use super::table::Table;
use super::within::Within;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::text::TextFormat;

/// What to read of the files, and how.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Only these columns; `None` reads all. One that a file lacks is an error.
    pub columns: Option<Vec<String>>,
    /// Numeric columns to read as categories; `3.0` becomes the category `3`.
    pub categories: Vec<String>,
    /// Columns to leave out, for example one of a kind that cannot be read.
    pub ignore: Vec<String>,
    /// Columns to read besides `columns` where a file has them; `*` stands for any run of
    /// characters.
    pub optional: Vec<String>,
    /// Whether a whole number that a double cannot hold (beyond 2^53) is an error where it would
    /// become a number.
    pub exact: bool,
    /// Whether columns of a kind that cannot be read are left out instead of refused.
    pub skip_unreadable: bool,
    /// At most this many rows of each file, from its beginning.
    pub rows: Option<usize>,
    /// Rows outside of this may be left out, where that saves reading them: row groups of Parquet.
    /// Not with `rows`.
    pub within: Option<Within>,
    /// How files of text are written.
    pub text: TextFormat,
    /// Which columns of `ignore` the files had.
    pub seen: Arc<Seen>,
}

impl ReadOptions {
    /// Whether the column is read.
    pub(super) fn wants(&self, name: &str) -> bool {
        let ignored = self.ignore.iter().position(|i| i == name);
        if let Some(at) = ignored {
            self.seen.note(at, self.ignore.len());
        }
        ignored.is_none() && self.columns.as_ref().is_none_or(|list| list.iter().any(|c| c == name))
            || self.optional.iter().any(|pattern| matches_name(pattern, name))
    }

    /// Whether somebody names the column, and does not only take what there is.
    pub(super) fn names(&self, name: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|other| other == name);
        self.wants(name)
            && (named(&self.categories)
                || named(&self.optional)
                || self.columns.as_deref().is_some_and(named))
    }

    /// Whether the column is read as categories whatever it holds.
    pub(super) fn as_category(&self, name: &str) -> bool {
        self.categories.iter().any(|c| c == name)
    }
}

/// Reads files, folders and patterns (`*` and `?` in the last part of a path) and puts them below
/// each other. Each file is Parquet, Arrow IPC (file or stream), CSV (comma, semicolon, tab or bar)
/// or JSONL, told by its content and then its ending; all but Parquet may be compressed with gzip or
/// zstd. JSONL may be the request log of an endpoint, which gives a row per
/// scored row with the input columns and `prediction`, or what Azure Machine Learning's data
/// collector wrote, whose inputs and outputs are joined. Folders named `key=value` below a folder or
/// the fixed part of a pattern become columns.
///
/// A column is numbers unless it holds something else; then it is categories, as are booleans
/// (`true`, `false`). Null, NaN and an empty field are null. Whole numbers beyond 2^53 lose their
/// last digits: name such a column under `categories` (of CSV, the text then stays as written), or
/// ask for `exact`.
/// There may be no rows: the caller decides what that means.
///
/// # Errors
/// A file that is missing, cut short or of another kind; a ragged line; files with other columns;
/// a column with numbers and text mixed. The message names the file and, where it has lines, the
/// line.
pub fn read(paths: &[PathBuf], options: &ReadOptions) -> Result<Table> {
    let located = locate(paths, &options.text)?;
    let one = |file: &Located| file.read_beside(located.len(), options);
    let parts: Vec<Part> = located.par_iter().map(one).collect::<Result<_>>()?;
    let mut table = concat(parts)?;
    table.source = named(&located.iter().flat_map(Located::files).collect::<Vec<_>>());
    if table.rows > 0 {
        for name in options.columns.iter().flatten() {
            table.require(name)?;
        }
    }
    Ok(table)
}

/// Whether a name matches a pattern, in which `*` stands for any run of characters.
pub(crate) fn matches_name(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, rest)) => name.strip_prefix(before).is_some_and(|tail| {
            let ends = tail.char_indices().map(|(i, _)| i).chain([tail.len()]);
            ends.into_iter().any(|i| matches_name(rest, &tail[i..]))
        }),
    }
}

/// The digest of the files' bytes, whatever their names and order: the same data under other names
/// is the same window. Folders that are columns count as bytes.
///
/// # Errors
/// As [`read`], for the files themselves.
pub fn digest(paths: &[PathBuf]) -> Result<Digest> {
    let mut digests: Vec<Digest> =
        files::expand(paths)?.par_iter().map(digest_found).collect::<Result<_>>()?;
    digests.sort();
    if let [one] = digests.as_slice() {
        return Ok(*one);
    }
    let list: String = digests.iter().map(|d| format!("{d}\n")).collect();
    Ok(Digest::of(list.as_bytes()))
}

fn digest_found(found: &Found) -> Result<Digest> {
    let bytes = digest_file(&found.path)?;
    match found.keys.as_slice() {
        [] => Ok(bytes),
        keys => Ok(Digest::of(format!("{bytes}\n{keys:?}\n").as_bytes())),
    }
}

fn digest_file(path: &Path) -> Result<Digest> {
    let failed = |e| Error::io("read", path, e);
    let mut file = File::open(path).map_err(failed)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n = file.read(&mut buffer).map_err(failed)?;
        if n == 0 {
            return Ok(Digest::from_raw(hasher.finalize().into()));
        }
        hasher.update(&buffer[..n]);
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
