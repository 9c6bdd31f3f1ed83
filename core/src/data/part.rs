//! What one file gave, and how the parts of several files become one table.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use foldhash::fast::RandomState;

use super::table::{Categories, Column, NULL, Table, Values};
use super::within::LeftOut;
use crate::domain::error::{Error, Result};

/// The columns of one file.
pub(super) struct Part {
    pub(super) file: PathBuf,
    pub(super) rows: usize,
    pub(super) columns: Vec<PartColumn>,
    /// Rows that were not read.
    pub(super) left_out: LeftOut,
    /// Columns of times that were read as numbers.
    pub(super) times: Vec<String>,
}

impl Part {
    /// All rows of a file.
    pub(super) fn of(file: &Path, rows: usize, columns: Vec<PartColumn>) -> Self {
        let (left_out, times) = (LeftOut::default(), Vec::new());
        Self { file: file.to_owned(), rows, columns, left_out, times }
    }
}

/// One column of one file.
pub(super) struct PartColumn {
    pub(super) name: String,
    pub(super) values: Values,
    /// Line and text of the first value that is no number, where the layout has lines.
    pub(super) first_text: Option<(u64, String)>,
    /// Line of the first number, where a column may not mix both.
    pub(super) first_number: Option<u64>,
}

impl PartColumn {
    fn is_all_null(&self) -> bool {
        match &self.values {
            Values::Number(v) => v.iter().all(|x| x.is_nan()),
            Values::Category(c) => c.levels.is_empty(),
        }
    }

    fn kind(&self) -> &'static str {
        match self.values {
            Values::Number(_) => "numbers",
            Values::Category(_) => "text",
        }
    }
}

/// Collects categories.
#[derive(Default)]
pub(super) struct CategoryBuilder {
    levels: Vec<String>,
    codes: Vec<u32>,
    index: HashMap<String, u32, RandomState>,
}

impl CategoryBuilder {
    /// Rows that have their codes; nothing more is appended.
    pub(super) fn of(levels: Vec<String>, codes: Vec<u32>) -> Self {
        Self { levels, codes, ..Self::default() }
    }

    /// Makes room for rows, where there is some.
    pub(super) fn reserve(&mut self, rows: usize) {
        self.codes.try_reserve_exact(rows).ok();
    }

    /// Appends a value.
    pub(super) fn push(&mut self, text: &str) {
        let code = self.code(text);
        self.codes.push(code);
    }

    /// The code of a value, a new one where it is new.
    pub(super) fn code(&mut self, text: &str) -> u32 {
        match self.index.get(text) {
            Some(code) => *code,
            None => self.add(text),
        }
    }

    /// Appends a value by its code.
    pub(super) fn push_code(&mut self, code: u32) {
        self.codes.push(code);
    }

    /// Appends a null.
    pub(super) fn push_null(&mut self) {
        self.codes.push(Categories::NULL);
    }

    /// Appends a value, or a null.
    pub(super) fn push_or_null(&mut self, value: Option<&str>) {
        match value {
            Some(text) => self.push(text),
            None => self.push_null(),
        }
    }

    /// Whether no value was pushed, or none but nulls.
    pub(super) fn is_empty(&self) -> bool {
        self.levels.is_empty()
    }

    /// Number of rows so far.
    pub(super) fn len(&self) -> usize {
        self.codes.len()
    }

    fn add(&mut self, text: &str) -> u32 {
        let code = u32::try_from(self.levels.len()).unwrap_or(Categories::NULL);
        self.levels.push(text.to_owned());
        self.index.insert(text.to_owned(), code);
        code
    }

    /// The categories as they were pushed.
    pub(super) fn finish_as_written(self) -> Categories {
        Categories { levels: self.levels, codes: self.codes }
    }

    /// The categories; spellings of booleans become `true` and `false`.
    pub(super) fn finish(self) -> Categories {
        let plain = self.finish_as_written();
        let boolean = |l: &String| ["true", "false"].iter().any(|b| l.eq_ignore_ascii_case(b));
        let shouted = plain.levels.iter().any(|l| l.bytes().any(|b| b.is_ascii_uppercase()));
        if shouted && plain.levels.iter().all(boolean) {
            let lower: Vec<String> = plain.levels.iter().map(|l| l.to_ascii_lowercase()).collect();
            return Categories::of(plain.codes.iter().map(|c| lower.get(*c as usize)));
        }
        plain
    }
}

/// Puts the parts below each other.
///
/// # Errors
/// Files with different columns; a column that is numbers in one file and text in another.
pub(super) fn concat(mut parts: Vec<Part>) -> Result<Table> {
    let source = named(&parts.iter().map(|p| p.file.as_path()).collect::<Vec<_>>());
    parts.retain(|p| p.rows > 0 || !p.columns.is_empty());
    let Some(first) = parts.first() else {
        return Ok(Table { source, ..Table::default() });
    };
    let names: Vec<String> = first.columns.iter().map(|c| c.name.clone()).collect();
    for part in &parts[1..] {
        same_columns(&parts[0], part)?;
    }
    let rows = parts.iter().map(|p| p.rows).sum();
    let mut left_out = LeftOut::default();
    parts.iter().for_each(|part| left_out += part.left_out);
    let times: BTreeSet<String> = parts.iter_mut().flat_map(|p| p.times.drain(..)).collect();
    let times = times.into_iter().collect();
    let columns = names.into_iter().map(|name| stack(name, &mut parts)).collect::<Result<_>>()?;
    Ok(Table { columns, rows, source, left_out, times })
}

/// A set of files in words.
pub(super) fn named(files: &[&Path]) -> String {
    match files {
        [] => "no file".to_owned(),
        [one] => one.display().to_string(),
        [first, rest @ ..] => format!("{} and {} more", first.display(), rest.len()),
    }
}

fn same_columns(first: &Part, other: &Part) -> Result<()> {
    let names = |part: &Part| part.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    same_names((&first.file, &names(first)), (&other.file, &names(other)))
}

/// Whether two files have the same columns.
pub(super) fn same_names(first: (&Path, &[String]), other: (&Path, &[String])) -> Result<()> {
    let differing = |have: (&Path, &[String]), lack: (&Path, &[String])| {
        let known: HashSet<&String> = lack.1.iter().collect();
        let name = have.1.iter().find(|name| !known.contains(name))?;
        Some(
            Error::input(format!("{} has no column `{name}`", lack.0.display()))
                .hint(format!("{} has it; all files need the same columns", have.0.display())),
        )
    };
    differing(first, other).or_else(|| differing(other, first)).map_or(Ok(()), Err)
}

fn stack(name: String, parts: &mut [Part]) -> Result<Column> {
    let mut pieces: Vec<(PathBuf, PartColumn)> = Vec::with_capacity(parts.len());
    for part in parts {
        if let Some(at) = part.columns.iter().position(|c| c.name == name) {
            pieces.push((part.file.clone(), part.columns.swap_remove(at)));
        }
    }
    let told: Vec<&(PathBuf, PartColumn)> =
        pieces.iter().filter(|(_, p)| !p.is_all_null()).collect();
    let text = told.iter().find(|(_, p)| matches!(p.values, Values::Category(_)));
    let number = told.iter().find(|(_, p)| matches!(p.values, Values::Number(_)));
    if let (Some((file, column)), Some((other, _))) = (text, number) {
        return Err(mixed(file, &name, column.first_text.as_ref(), other));
    }
    let as_text =
        text.is_some() || (told.is_empty() && pieces.iter().any(|(_, p)| p.kind() == "text"));
    Ok(Column { name, values: join(pieces, as_text) })
}

/// An error for a column that is text in `file`, first at `place`, and numbers in `other`.
pub(super) fn mixed(
    file: &Path,
    column: &str,
    place: Option<&(u64, String)>,
    other: &Path,
) -> Error {
    let place = match place {
        Some((line, text)) => format!("{}:{line} (`{}`)", file.display(), text.escape_debug()),
        None => file.display().to_string(),
    };
    Error::input(format!(
        "column `{column}` holds numbers in {} and text in {place}",
        other.display()
    ))
    .hint("make the files agree, or name the column under `categories`")
}

fn join(mut pieces: Vec<(PathBuf, PartColumn)>, as_text: bool) -> Values {
    if pieces.len() == 1
        && let Some((_, only)) = pieces.pop()
    {
        return only.values;
    }
    if !as_text {
        return Values::Number(
            pieces
                .into_iter()
                .flat_map(|(_, p)| match p.values {
                    Values::Number(v) => v,
                    Values::Category(c) => vec![NULL; c.codes.len()],
                })
                .collect(),
        );
    }
    let mut all = CategoryBuilder::default();
    for (_, piece) in pieces {
        match piece.values {
            Values::Number(v) => v.iter().for_each(|_| all.push_null()),
            Values::Category(c) => {
                let mut known: Vec<Option<u32>> = vec![None; c.levels.len()];
                for code in c.codes {
                    match c.levels.get(code as usize).zip(known.get_mut(code as usize)) {
                        Some((level, known)) => {
                            let code = *known.get_or_insert_with(|| all.code(level));
                            all.push_code(code);
                        }
                        None => all.push_null(),
                    }
                }
            }
        }
    }
    Values::Category(all.finish())
}

/// A number as the name of a category: integral values without a fraction.
pub(super) fn number_as_category(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    format!("{value}")
}
