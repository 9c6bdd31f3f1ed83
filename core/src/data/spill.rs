//! The columns of files of rows, kept in a temporary file, so that one at a time is in memory.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::{Mutex, PoisonError};

use super::part::CategoryBuilder;
use super::slot::Gather;
use super::spare;
use super::stream::{Field, FieldKind, Gathered};
use super::table::{Categories, NULL, Values};
use crate::domain::error::{Error, Result};

/// Bytes that are read at once.
const CHUNK: usize = 1 << 18;

/// A temporary file that grows while columns are gathered into it.
pub(super) struct Spill {
    file: Mutex<(File, u64)>,
}

/// One column while it is gathered.
pub(super) struct Pieces {
    pieces: Vec<Piece>,
    levels: Vec<String>,
    index: HashMap<String, u32>,
    failed: Option<std::io::Error>,
}

/// Rows that stand together in the file.
struct Piece {
    at: u64,
    rows: usize,
    kind: FieldKind,
}

/// The columns of files of rows.
pub(super) struct Spilled {
    file: Mutex<(File, u64)>,
    columns: Vec<(String, Pieces)>,
    pub(super) rows: u64,
    pub(super) fields: Vec<Field>,
}

fn failed(error: std::io::Error) -> Error {
    Error::io("keep columns in a temporary file in", &std::env::temp_dir(), error)
}

impl Spill {
    /// An empty file, which goes away by itself.
    pub(super) fn new() -> Result<Self> {
        Ok(Self { file: Mutex::new((tempfile::tempfile().map_err(failed)?, 0)) })
    }

    /// What was gathered, to be read column by column.
    pub(super) fn spilled(self, gathered: Gathered<Pieces>) -> Result<Spilled> {
        let mut columns = gathered.columns;
        for (_, pieces) in &mut columns {
            if let Some(error) = pieces.failed.take() {
                return Err(failed(error));
            }
        }
        let field = |(name, pieces): &(String, Pieces)| Field {
            name: name.clone(),
            kind: Some(pieces.kind()),
        };
        let fields = columns.iter().map(field).collect();
        Ok(Spilled { file: self.file, columns, rows: gathered.rows, fields })
    }

    fn write(&self, bytes: &[u8]) -> std::io::Result<u64> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let at = file.1;
        file.0.write_all(bytes)?;
        file.1 += bytes.len() as u64;
        Ok(at)
    }
}

impl Gather for Spill {
    type State = Pieces;

    fn begin(&self, _: &str) -> Pieces {
        Pieces { pieces: Vec::new(), levels: Vec::new(), index: HashMap::new(), failed: None }
    }

    fn add(&self, state: &mut Pieces, values: &Values, _: Option<&Categories>) {
        let (kind, bytes) = match values {
            Values::Number(numbers) => (FieldKind::Number, of_numbers(numbers)),
            Values::Category(categories) => (FieldKind::Category, state.codes(categories)),
        };
        let rows = match values {
            Values::Number(numbers) => numbers.len(),
            Values::Category(categories) => categories.codes.len(),
        };
        match self.write(&bytes) {
            Ok(at) => state.pieces.push(Piece { at, rows, kind }),
            Err(error) => state.failed = Some(error),
        }
    }
}

fn of_numbers(numbers: &[f64]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(numbers.len() * 8);
    numbers.iter().for_each(|x| bytes.extend(x.to_bits().to_le_bytes()));
    bytes
}

impl Pieces {
    /// The codes among the levels of the whole column, as bytes.
    fn codes(&mut self, categories: &Categories) -> Vec<u8> {
        let known: Vec<u32> = categories.levels.iter().map(|level| self.code(level)).collect();
        let code = |code: &u32| known.get(*code as usize).copied().unwrap_or(Categories::NULL);
        let mut bytes = Vec::with_capacity(categories.codes.len() * 4);
        categories.codes.iter().for_each(|c| bytes.extend(code(c).to_le_bytes()));
        bytes
    }

    fn code(&mut self, level: &str) -> u32 {
        if let Some(code) = self.index.get(level) {
            return *code;
        }
        let code = u32::try_from(self.levels.len()).unwrap_or(Categories::NULL);
        self.levels.push(level.to_owned());
        self.index.insert(level.to_owned(), code);
        code
    }

    /// Without any value, what a piece was declared as.
    fn kind(&self) -> FieldKind {
        let text = |piece: &Piece| piece.kind == FieldKind::Category;
        let numbers = || self.pieces.iter().any(|piece| !text(piece));
        match self.levels.is_empty() {
            false => FieldKind::Category,
            true if self.pieces.iter().any(text) && !numbers() => FieldKind::Category,
            true => FieldKind::Number,
        }
    }
}

impl Spilled {
    /// All values of one column; none where there is no such column.
    pub(super) fn column(&self, name: &str) -> Option<Result<Values>> {
        let (_, pieces) = self.columns.iter().find(|(known, _)| known == name)?;
        Some(self.read(pieces).map_err(failed))
    }

    fn read(&self, pieces: &Pieces) -> std::io::Result<Values> {
        let rows = usize::try_from(self.rows).unwrap_or(0);
        if pieces.kind() == FieldKind::Number {
            let mut numbers = spare::take(rows).unwrap_or_else(|| Vec::with_capacity(rows));
            for piece in &pieces.pieces {
                match piece.kind {
                    FieldKind::Number => self.each::<8>(piece, &mut |bytes| {
                        numbers.push(f64::from_bits(u64::from_le_bytes(bytes)));
                    })?,
                    FieldKind::Category => numbers.resize(numbers.len() + piece.rows, NULL),
                }
            }
            return Ok(Values::Number(numbers));
        }
        let mut codes = Vec::with_capacity(rows);
        for piece in &pieces.pieces {
            match piece.kind {
                FieldKind::Category => self.each::<4>(piece, &mut |bytes| {
                    codes.push(u32::from_le_bytes(bytes));
                })?,
                FieldKind::Number => codes.resize(codes.len() + piece.rows, Categories::NULL),
            }
        }
        let whole = CategoryBuilder::of(pieces.levels.clone(), codes);
        Ok(Values::Category(whole.finish()))
    }

    /// The values of a piece, of `N` bytes each.
    fn each<const N: usize>(
        &self,
        piece: &Piece,
        tell: &mut dyn FnMut([u8; N]),
    ) -> std::io::Result<()> {
        let mut bytes = vec![0; CHUNK];
        let (mut at, mut left) = (piece.at, piece.rows * N);
        while left > 0 {
            let part = &mut bytes[..CHUNK.min(left)];
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.0.seek(SeekFrom::Start(at))?;
            file.0.read_exact(part)?;
            drop(file);
            part.as_chunks::<N>().0.iter().for_each(|value| tell(*value));
            at += part.len() as u64;
            left -= part.len();
        }
        Ok(())
    }
}
