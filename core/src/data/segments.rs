//! A column while it passes, as a whole and by the values of another one.

use std::collections::BTreeMap;

use super::column_sketch::ColumnSketch;
use super::table::{Categories, Values};
use crate::domain::error::{Error, Result};

/// Most segments.
pub const MAX_SEGMENTS: usize = 200;

/// One column.
#[derive(Debug, Clone, Default)]
pub(super) struct Segmented {
    pub(super) whole: ColumnSketch,
    pub(super) segments: BTreeMap<String, ColumnSketch>,
}

impl Segmented {
    /// Adds rows, each to the whole and to its segment. Beyond [`MAX_SEGMENTS`] segments, what is
    /// new goes to the whole alone.
    pub(super) fn add(&mut self, values: &Values, by: Option<&Categories>) {
        self.whole.add(values);
        let Some(by) = by else { return };
        match values {
            Values::Number(numbers) => {
                let mut pieces = vec![Vec::new(); by.levels.len()];
                for (number, code) in numbers.iter().zip(&by.codes) {
                    if let Some(piece) = pieces.get_mut(*code as usize) {
                        piece.push(*number);
                    }
                }
                for (name, piece) in by.levels.iter().zip(pieces) {
                    if let Some(segment) = self.segment(name) {
                        segment.add_numbers(&piece);
                    }
                }
            }
            Values::Category(categories) => self.add_categories(categories, by),
        }
    }

    fn add_categories(&mut self, categories: &Categories, by: &Categories) {
        let mut counts = vec![Vec::new(); by.levels.len()];
        let mut rows = vec![0; by.levels.len()];
        for (code, group) in categories.codes.iter().zip(&by.codes) {
            let Some(own) = counts.get_mut(*group as usize) else { continue };
            own.resize(categories.levels.len(), 0);
            rows[*group as usize] += 1;
            if let Some(count) = own.get_mut(*code as usize) {
                *count += 1;
            }
        }
        for ((name, counts), rows) in by.levels.iter().zip(counts).zip(rows) {
            if let Some(segment) = self.segment(name) {
                segment.add_levels(categories, &counts, rows);
            }
        }
    }

    fn segment(&mut self, name: &str) -> Option<&mut ColumnSketch> {
        if !self.segments.contains_key(name) {
            if self.segments.len() > MAX_SEGMENTS {
                return None;
            }
            self.segments.insert(name.to_owned(), ColumnSketch::default());
        }
        self.segments.get_mut(name)
    }

    /// Fails where there were more segments than are kept.
    pub(super) fn check(&self, by: &str) -> Result<()> {
        if self.segments.len() <= MAX_SEGMENTS {
            return Ok(());
        }
        Err(Error::input(format!("column `{by}` has more than {MAX_SEGMENTS} values"))
            .hint("take a column with fewer values for the segments"))
    }
}
