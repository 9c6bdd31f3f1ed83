//! Walks protobuf messages in a file without reading what is not asked for.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

/// Longest field that is read into memory.
const MAX_READ: u64 = 16 << 20;

/// Why a walk ended early.
#[derive(Debug)]
pub enum Broken {
    /// The file ends inside a field.
    CutShort,
    /// The bytes are no such message.
    Malformed,
    /// Reading failed.
    Io(std::io::Error),
}

/// A field's number and value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Number in the message's definition.
    pub number: u32,
    /// Its value, or where it is.
    pub value: Value,
}

/// A field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// A variable-length integer.
    Varint(u64),
    /// Four or eight bytes, skipped.
    Fixed,
    /// Bytes, text or a message that ends at this position of the file; the walk stands at its
    /// beginning.
    Until(u64),
}

/// A position in a file of protobuf messages.
pub struct Walk {
    reader: BufReader<File>,
    position: u64,
    length: u64,
}

impl Walk {
    /// Stands at the beginning of the file.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { reader: BufReader::with_capacity(8 << 10, file), position: 0, length })
    }

    /// Where the file ends.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The next field of the message that ends at `end`; `None` at its end.
    ///
    /// # Errors
    /// The field overruns its message or the file, or is no field.
    pub fn next(&mut self, end: u64) -> Result<Option<Field>, Broken> {
        if self.position == end {
            return Ok(None);
        }
        let tag = self.varint(end)?;
        let number = u32::try_from(tag >> 3).map_err(|_| Broken::Malformed)?;
        if number == 0 {
            return Err(Broken::Malformed);
        }
        let value = match tag & 7 {
            0 => Value::Varint(self.varint(end)?),
            1 => self.fixed(8, end)?,
            2 => {
                let length = self.varint(end)?;
                Value::Until(self.until(length, end)?)
            }
            5 => self.fixed(4, end)?,
            _ => return Err(Broken::Malformed),
        };
        Ok(Some(Field { number, value }))
    }

    /// Goes on to `position`, which lies ahead.
    ///
    /// # Errors
    /// Seeking fails.
    pub fn skip_to(&mut self, position: u64) -> Result<(), Broken> {
        let ahead = i64::try_from(position - self.position).map_err(|_| Broken::Malformed)?;
        self.reader.seek_relative(ahead).map_err(Broken::Io)?;
        self.position = position;
        Ok(())
    }

    /// The bytes up to `end`.
    ///
    /// # Errors
    /// More than 16 MiB, or reading fails.
    pub fn bytes(&mut self, end: u64) -> Result<Vec<u8>, Broken> {
        let length = end - self.position;
        if length > MAX_READ {
            return Err(Broken::Malformed);
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| Broken::Malformed)?];
        self.reader.read_exact(&mut bytes).map_err(Broken::Io)?;
        self.position = end;
        Ok(bytes)
    }

    /// The text up to `end`.
    ///
    /// # Errors
    /// As [`Walk::bytes`], or not UTF-8.
    pub fn text(&mut self, end: u64) -> Result<String, Broken> {
        String::from_utf8(self.bytes(end)?).map_err(|_| Broken::Malformed)
    }

    fn fixed(&mut self, length: u64, end: u64) -> Result<Value, Broken> {
        let end = self.until(length, end)?;
        self.skip_to(end)?;
        Ok(Value::Fixed)
    }

    fn until(&self, length: u64, end: u64) -> Result<u64, Broken> {
        match self.position.checked_add(length) {
            Some(position) if position <= end => Ok(position),
            _ => Err(self.overrun(end)),
        }
    }

    /// Overrunning the file is a file cut short; overrunning a message inside is nonsense.
    fn overrun(&self, end: u64) -> Broken {
        if end == self.length { Broken::CutShort } else { Broken::Malformed }
    }

    fn varint(&mut self, end: u64) -> Result<u64, Broken> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            if self.position >= end {
                return Err(self.overrun(end));
            }
            let mut byte = [0u8];
            self.reader.read_exact(&mut byte).map_err(Broken::Io)?;
            self.position += 1;
            value |= u64::from(byte[0] & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte[0] & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Broken::Malformed)
    }
}
