//! GGUF, the format of llama.cpp: a header of keys and values, tensor infos, then the tensors.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use super::inspect::{Inspection, cut_short};
use crate::domain::error::{Error, Result};
use crate::domain::package::Format;

/// The longest text that is believed.
const MAX_TEXT: u64 = 64 << 20;
/// More axes than any tensor has.
const MAX_AXES: u32 = 8;
/// Arrays in arrays, at most.
const MAX_DEPTH: u32 = 4;

/// Reads `path` when it is a GGUF file (little-endian, versions 2 and 3).
///
/// # Errors
/// The header or the last tensor is cut short, or the version is another.
pub fn inspect(path: &Path, head: &[u8]) -> Result<Option<Inspection>> {
    if !head.starts_with(b"GGUF") {
        return Ok(None);
    }
    let file = File::open(path).map_err(|e| Error::io("read", path, e))?;
    let length = file.metadata().map_err(|e| Error::io("read", path, e))?.len();
    let mut header = Header { reader: BufReader::new(file), position: 4 };
    let skipped = header.reader.seek_relative(4);
    skipped.map_err(|e| Error::io("read", path, e))?;
    match header.read(length) {
        Ok(inspection) => Ok(Some(inspection)),
        Err(why) => Err(cut_short(path, &why)),
    }
}

struct Header {
    reader: BufReader<File>,
    position: u64,
}

type Read<T> = Result<T, String>;

impl Header {
    fn read(&mut self, length: u64) -> Read<Inspection> {
        let version = self.u32()?;
        if !(2..=3).contains(&version) {
            return Err(format!("its GGUF version {version} is not known"));
        }
        let (tensors, keys) = (self.u64()?, self.u64()?);
        if tensors > length || keys > length {
            return Err("its GGUF header counts more than the file can hold".to_owned());
        }
        let mut found = Inspection::of(Format::Gguf)
            .with("gguf-version", version)
            .with("tensors", tensors)
            .with("keys", keys);
        let mut alignment = 32;
        for _ in 0..keys {
            let key = self.text()?;
            let kind = self.u32()?;
            match (key.as_str(), kind) {
                ("general.architecture", 8) => found = found.with("architecture", self.text()?),
                ("general.name", 8) => found = found.with("name", self.text()?),
                ("general.alignment", 4) => alignment = u64::from(self.u32()?).max(1),
                _ => self.skip_value(kind, 0)?,
            }
        }
        let needed = self.tensors(tensors)?;
        let data = self.position.div_ceil(alignment) * alignment;
        if tensors > 0 && data.saturating_add(needed) > length {
            return Err("the file ends inside the tensors".to_owned());
        }
        Ok(found)
    }

    /// How many bytes of data the tensors need at least.
    fn tensors(&mut self, count: u64) -> Read<u64> {
        let mut needed = 0u64;
        for _ in 0..count {
            self.text()?;
            let axes = self.u32()?;
            if axes > MAX_AXES {
                return Err(format!("a tensor has {axes} axes"));
            }
            let mut elements = 1u64;
            for _ in 0..axes {
                elements = elements.saturating_mul(self.u64()?);
            }
            let (kind, offset) = (self.u32()?, self.u64()?);
            needed = needed.max(offset.saturating_add(tensor_bytes(kind, elements)));
        }
        Ok(needed)
    }

    fn skip_value(&mut self, kind: u32, depth: u32) -> Read<()> {
        match kind {
            0 | 1 | 7 => self.skip(1),
            2 | 3 => self.skip(2),
            4..=6 => self.skip(4),
            10..=12 => self.skip(8),
            8 => {
                let length = self.u64()?;
                self.skip(length)
            }
            9 if depth < MAX_DEPTH => {
                let (kind, count) = (self.u32()?, self.u64()?);
                (0..count).try_for_each(|_| self.skip_value(kind, depth + 1))
            }
            _ => Err(format!("a value has the unknown type {kind}")),
        }
    }

    fn skip(&mut self, length: u64) -> Read<()> {
        let skipped = std::io::copy(&mut self.reader.by_ref().take(length), &mut std::io::sink());
        match skipped {
            Ok(n) if n == length => {
                self.position += n;
                Ok(())
            }
            _ => Err(Self::ends()),
        }
    }

    fn text(&mut self) -> Read<String> {
        let length = self.u64()?;
        if length > MAX_TEXT {
            return Err(Self::ends());
        }
        let mut bytes = Vec::new();
        let read = self.reader.by_ref().take(length).read_to_end(&mut bytes);
        self.position += length;
        match read {
            Ok(n) if n as u64 == length => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            _ => Err(Self::ends()),
        }
    }

    fn u32(&mut self) -> Read<u32> {
        self.exact().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Read<u64> {
        self.exact().map(u64::from_le_bytes)
    }

    fn exact<const N: usize>(&mut self) -> Read<[u8; N]> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes).map_err(|_| Self::ends())?;
        self.position += N as u64;
        Ok(bytes)
    }

    fn ends() -> String {
        "the file ends inside the GGUF header".to_owned()
    }
}

/// Bytes of a tensor: blocks of so many elements take so many bytes (ggml's type table). Types
/// that are not known count as nothing.
fn tensor_bytes(kind: u32, elements: u64) -> u64 {
    let (block, bytes) = match kind {
        0 | 26 => (1, 4),
        1 | 25 | 30 => (1, 2),
        2 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        10 => (256, 84),
        11 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        24 => (1, 1),
        27 | 28 => (1, 8),
        _ => return 0,
    };
    (elements / block).saturating_mul(bytes)
}
