//! Folders named `key=value`, as Hive, Spark and pandas write them, as columns of the files in them.

use std::path::Path;

use super::files::Found;
use super::part::{Part, PartColumn};
use super::read::ReadOptions;
use super::stream::{Field, FieldKind};
use super::table::{Categories, NULL, Values};
use super::told::tell;
use crate::domain::error::{Error, Result};

/// The name of the folder of rows that have no value.
const NOTHING: &str = "__HIVE_DEFAULT_PARTITION__";

/// A column that has one value in all rows of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Constant {
    pub(super) name: String,
    kind: FieldKind,
    value: Option<String>,
}

/// The key and the value of each `key=value` among the folders of a file; `below` is its path below
/// the folder or the fixed part of the pattern that was named.
pub(super) fn keys(below: &str) -> Vec<(String, Option<String>)> {
    let folders = below.rsplit_once('/').map_or("", |(folders, _)| folders);
    let pair = |folder: &str| {
        let (key, value) = folder.split_once('=').filter(|(key, _)| !key.is_empty())?;
        let value = Some(decoded(value)).filter(|v| v != NOTHING && !v.is_empty());
        Some((decoded(key), value))
    };
    folders.split('/').filter_map(pair).collect()
}

/// `%2F` as `/` and so on; what is no escape, or no UTF-8, stays as it is.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        let hex = behind.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let hex = hex.filter(|two| two.bytes().all(|b| b.is_ascii_hexdigit()));
        match hex.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// The columns that the folders of each file give. A key is numbers where it is one in every file.
///
/// # Errors
/// Files whose folders have other keys; a key that stands twice among the folders of a file.
pub(super) fn constants(files: &[Found]) -> Result<Vec<Vec<Constant>>> {
    let Some(first) = files.first() else { return Ok(Vec::new()) };
    for file in files {
        same_keys(first, file)?;
        twice(file)?;
    }
    let names: Vec<&String> = first.keys.iter().map(|(key, _)| key).collect();
    let kinds: Vec<FieldKind> = names.iter().map(|name| kind(files, name)).collect();
    if !names.is_empty() {
        let names = names.iter().map(|n| format!("`{}`", n.escape_debug())).collect::<Vec<_>>();
        let (names, one) = (names.join(", "), first.path.display());
        tell(format!("folders named KEY=VALUE are columns: {names} (such as those of {one})"));
    }
    let of = |file: &Found| {
        let columns = names.iter().zip(&kinds).map(|(name, kind)| Constant {
            name: (*name).clone(),
            kind: *kind,
            value: value(file, name).cloned(),
        });
        columns.collect()
    };
    Ok(files.iter().map(of).collect())
}

fn value<'a>(file: &'a Found, name: &str) -> Option<&'a String> {
    file.keys.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.as_ref())
}

fn kind(files: &[Found], name: &str) -> FieldKind {
    let mut values = files.iter().filter_map(|file| value(file, name)).peekable();
    let number = |text: &String| text.parse::<f64>().is_ok_and(f64::is_finite);
    match values.peek().is_some() && values.all(number) {
        true => FieldKind::Number,
        false => FieldKind::Category,
    }
}

fn same_keys(first: &Found, other: &Found) -> Result<()> {
    let lacks = |have: &Found, lack: &Found| {
        let known = |key: &String| lack.keys.iter().any(|(other, _)| other == key);
        let (key, _) = have.keys.iter().find(|(key, _)| !known(key))?;
        let message = format!("{} is in no folder `{key}=…`", lack.path.display());
        Some(Error::input(message).hint(format!(
            "{} is in one; all files need the same keys: name the folders of one kind",
            have.path.display()
        )))
    };
    lacks(first, other).or_else(|| lacks(other, first)).map_or(Ok(()), Err)
}

fn twice(file: &Found) -> Result<()> {
    let again = file.keys.iter().enumerate().find(|(at, (key, _))| {
        let mut before = file.keys[..*at].iter();
        before.any(|(other, _)| other == key)
    });
    again.map_or(Ok(()), |(_, (key, _))| {
        let message = format!("{} is in two folders `{key}=…`", file.path.display());
        Err(Error::input(message).hint("name the inner folder, or rename one of them"))
    })
}

impl Constant {
    /// The column as it is declared.
    pub(super) fn field(&self, options: &ReadOptions) -> Field {
        let text = options.as_category(&self.name) || self.kind == FieldKind::Category;
        let kind = if text { FieldKind::Category } else { FieldKind::Number };
        Field { name: self.name.clone(), kind: Some(kind) }
    }

    /// As many rows.
    pub(super) fn values(&self, rows: usize, options: &ReadOptions) -> Values {
        match self.field(options).kind {
            Some(FieldKind::Number) => {
                let number = self.value.as_ref().and_then(|text| text.parse().ok());
                Values::Number(vec![number.unwrap_or(NULL); rows])
            }
            _ => Values::Category(self.categories(rows)),
        }
    }

    /// As many rows, as the folder is written.
    pub(super) fn categories(&self, rows: usize) -> Categories {
        let code = if self.value.is_some() { 0 } else { Categories::NULL };
        Categories { levels: self.value.iter().cloned().collect(), codes: vec![code; rows] }
    }
}

/// An error where a file has the column, too.
pub(super) fn check(file: &Path, column: &str, constants: &[Constant]) -> Result<()> {
    if constants.iter().all(|constant| constant.name != column) {
        return Ok(());
    }
    let message = format!("column `{column}` of {} is also the key of a folder", file.display());
    Err(Error::input(message)
        .hint("rename one of them, or name the file itself: then its folders are no columns"))
}

/// Puts the columns of the folders beside those of the file.
///
/// # Errors
/// The file has a column of that name.
pub(super) fn add(constants: &[Constant], part: &mut Part, options: &ReadOptions) -> Result<()> {
    if part.rows == 0 && part.columns.is_empty() {
        return Ok(());
    }
    part.columns.iter().try_for_each(|column| check(&part.file, &column.name, constants))?;
    let rows = part.rows;
    let wanted = constants.iter().filter(|constant| options.wants(&constant.name));
    part.columns.extend(wanted.map(|constant| PartColumn {
        name: constant.name.clone(),
        values: constant.values(rows, options),
        first_text: None,
        first_number: None,
    }));
    Ok(())
}

#[cfg(test)]
#[path = "partitions_tests.rs"]
mod tests;
