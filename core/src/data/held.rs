//! The columns of one file of rows (CSV, JSONL) in memory, and never its text: it is read some
//! blocks at a time.

use super::blocks::{self, Learnt};
use super::located::Located;
use super::part::{CategoryBuilder, Part, PartColumn};
use super::read::ReadOptions;
use super::slot::Gather;
use super::stream::Pass;
use super::table::{Categories, NULL, Values};
use crate::domain::error::Result;

/// Reads a file, at most `blocks` blocks of it at a time.
pub(super) fn read(at: &Located, options: &ReadOptions, blocks: usize) -> Result<Part> {
    let mut learnt = Learnt::default();
    loop {
        let mut pass = Pass::new(&Held, None);
        if !blocks::read(at, options, blocks, &mut learnt, &mut pass)? {
            continue;
        }
        let columns = pass.slots.into_iter().map(|slot| PartColumn {
            first_text: learnt.text.remove(&slot.name),
            first_number: learnt.numbers.remove(&slot.name),
            values: slot.state.whole(),
            name: slot.name,
        });
        let rows = usize::try_from(pass.rows).unwrap_or(usize::MAX);
        return Ok(Part::of(&at.file, rows, columns.collect()));
    }
}

/// Keeps every value.
struct Held;

/// One column in pieces, as they came: a list that grows by doubling would for a while be held
/// thrice.
#[derive(Default)]
struct Column {
    pieces: Vec<Piece>,
    levels: CategoryBuilder,
}

enum Piece {
    Numbers(Vec<f64>),
    /// Codes among the levels of the whole column.
    Codes(Vec<u32>),
}

impl Gather for Held {
    type State = Column;

    fn begin(&self, _: &str) -> Column {
        Column::default()
    }

    fn add(&self, column: &mut Column, values: &Values, _: Option<&Categories>) {
        let piece = match values {
            Values::Number(numbers) => Piece::Numbers(numbers.clone()),
            Values::Category(c) => {
                let levels: Vec<u32> = c.levels.iter().map(|l| column.levels.code(l)).collect();
                let code = |code: &u32| levels.get(*code as usize).copied();
                let codes = c.codes.iter().map(|c| code(c).unwrap_or(Categories::NULL));
                Piece::Codes(codes.collect())
            }
        };
        column.pieces.push(piece);
    }
}

impl Column {
    /// The column in one piece. Beside text, pieces of numbers hold no value; without any value,
    /// the column is what its pieces were taken for.
    fn whole(self) -> Values {
        let rows = self.pieces.iter().map(Piece::rows).sum();
        let text = |piece: &Piece| matches!(piece, Piece::Codes(_));
        if !self.pieces.iter().any(text) {
            let mut numbers = Vec::with_capacity(rows);
            for piece in self.pieces {
                if let Piece::Numbers(values) = piece {
                    numbers.extend(values);
                }
            }
            return Values::Number(numbers);
        }
        let mut whole = self.levels;
        if whole.is_empty() && !self.pieces.iter().all(text) {
            return Values::Number(vec![NULL; rows]);
        }
        whole.reserve(rows);
        for piece in self.pieces {
            match piece {
                Piece::Numbers(values) => values.iter().for_each(|_| whole.push_null()),
                Piece::Codes(codes) => codes.iter().for_each(|code| whole.push_code(*code)),
            }
        }
        Values::Category(whole.finish())
    }
}

impl Piece {
    fn rows(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Codes(codes) => codes.len(),
        }
    }
}
