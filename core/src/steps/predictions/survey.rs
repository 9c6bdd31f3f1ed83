//! What the columns of a file hold, from its first rows, for those who guess what they mean.

use std::collections::BTreeSet;
use std::path::Path;

use crate::data::{ReadOptions, Values, read};
use crate::domain::error::Result;
use crate::domain::text::TextFormat;

/// Rows that are looked at.
const ROWS: usize = 10_000;
/// Distinct values up to which whole numbers may be classes.
pub(super) const FEW: usize = 20;
/// How far from 1 the probabilities of a row may add up.
const SUM: f64 = 1e-3;

/// The first rows of a file.
pub(super) struct Survey {
    pub(super) columns: Vec<Seen>,
    pub(super) source: String,
    pub(super) rows: usize,
    /// Whether there are no other rows.
    pub(super) complete: bool,
    text: TextFormat,
}

/// One column.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) name: String,
    /// Its numbers; none where it holds text.
    pub(super) numbers: Option<Vec<f64>>,
    /// Its distinct values, as many as matter.
    pub(super) levels: BTreeSet<String>,
    /// Whether all numbers are whole.
    pub(super) whole: bool,
}

impl Survey {
    /// Looks at the first rows of `file`, which may also be a folder or a pattern.
    pub(super) fn of(file: &Path, text: TextFormat) -> Result<Self> {
        let rows = Some(ROWS);
        let options = ReadOptions { rows, skip_unreadable: true, text, ..ReadOptions::default() };
        let table = read(&[file.to_owned()], &options)?;
        Ok(Self {
            columns: table.columns.into_iter().map(|c| Seen::of(c.name, c.values)).collect(),
            source: table.source,
            rows: table.rows,
            complete: table.rows < ROWS,
            text,
        })
    }

    pub(super) fn column(&self, name: &str) -> Option<&Seen> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// Looks at every row of one column.
    pub(super) fn whole_column(&self, file: &Path, name: &str) -> Result<Seen> {
        let columns = Some(vec![name.to_owned()]);
        let options = ReadOptions { columns, text: self.text, ..ReadOptions::default() };
        let mut table = read(&[file.to_owned()], &options)?;
        let values = table.take(name).unwrap_or(Values::Number(Vec::new()));
        Ok(Seen::of(name.to_owned(), values))
    }

    /// Whether these columns are shares that add up to 1 in every row.
    pub(super) fn are_probabilities(&self, names: &[String]) -> bool {
        let columns: Option<Vec<&Vec<f64>>> =
            names.iter().map(|n| self.column(n)?.numbers.as_ref()).collect();
        let Some(columns) = columns else { return false };
        (0..self.rows).all(|row| {
            let mut values = columns.iter().map(|c| c[row]);
            values.all(|p| (0.0..=1.0).contains(&p))
                && (columns.iter().map(|c| c[row]).sum::<f64>() - 1.0).abs() <= SUM
        })
    }
}

impl Seen {
    fn of(name: String, values: Values) -> Self {
        match values {
            Values::Number(numbers) => {
                let known = || numbers.iter().copied().filter(|v| !v.is_nan());
                let whole = known().all(|v| v.fract() == 0.0);
                let mut levels = BTreeSet::new();
                for value in known() {
                    if levels.len() > FEW {
                        break;
                    }
                    levels.insert(if value == 0.0 { "0".to_owned() } else { value.to_string() });
                }
                Self { name, whole, levels, numbers: Some(numbers) }
            }
            Values::Category(text) => Self {
                name,
                whole: false,
                levels: text.levels.into_iter().collect(),
                numbers: None,
            },
        }
    }

    /// Whether it holds text or a few whole numbers.
    pub(super) fn could_be_classes(&self) -> bool {
        let few = (1..=FEW).contains(&self.levels.len());
        few && (self.numbers.is_none() || self.whole)
    }

    /// Whether it holds numbers with fractions.
    pub(super) fn is_continuous(&self) -> bool {
        self.numbers.is_some() && !self.whole && !self.levels.is_empty()
    }
}
