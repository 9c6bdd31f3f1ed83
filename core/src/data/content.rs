//! The bytes of a file, unpacked where they are compressed.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::spelling::{Misspelt, Respelt, Spelling};
use crate::domain::error::{Error, Result};
use crate::domain::text::Encoding;

/// Bytes that are looked at to recognise a file.
const HEAD: u64 = 4096;

/// How the bytes of a file are to be understood: how they are compressed, and how they spell text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Content {
    packing: Packing,
    spelling: Spelling,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// What can be read and sought in.
pub(super) trait Seekable: Read + std::io::Seek + Send {}
impl<T: Read + std::io::Seek + Send> Seekable for T {}

impl Packing {
    /// By the first bytes.
    fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

impl Content {
    /// Looks at the first bytes of the file, and gives them unpacked and as UTF-8. `said` is how its
    /// text is said to be spelt.
    pub(super) fn of(file: &Path, said: Option<Encoding>) -> Result<(Self, Vec<u8>)> {
        let plain = Self { packing: Packing::Plain, spelling: Spelling::Utf8 };
        let packing = Packing::of(&plain.head(file, 4)?);
        let unpacked = Self { packing, ..plain };
        let head = unpacked.head(file, HEAD)?;
        let content = Self { spelling: Spelling::of(&head, said), ..unpacked };
        let head = if content == unpacked { head } else { content.head(file, HEAD)? };
        Ok((content, head))
    }

    /// Whether it is compressed.
    pub(super) fn is_packed(self) -> bool {
        self.packing != Packing::Plain
    }

    /// What is said of text that is no UTF-8.
    pub(super) fn spelling(self) -> Spelling {
        self.spelling
    }

    /// The unpacked bytes from the beginning; of text as UTF-8.
    pub(super) fn reader(self, file: &Path) -> Result<Box<dyn BufRead>> {
        let unpacked = self.unpacked(file)?;
        Ok(match self.spelling.decoder() {
            None => unpacked,
            Some(encoding) => Box::new(Respelt::new(unpacked, encoding)),
        })
    }

    fn unpacked(self, file: &Path) -> Result<Box<dyn BufRead>> {
        let opened = File::open(file).map_err(|e| Error::io("read", file, e))?;
        let packed = BufReader::with_capacity(1 << 18, opened);
        Ok(match self.packing {
            Packing::Plain => Box::new(packed),
            Packing::Gzip => {
                Box::new(BufReader::with_capacity(1 << 18, MultiGzDecoder::new(packed)))
            }
            Packing::Zstd => {
                let decoder =
                    zstd::Decoder::with_buffer(packed).map_err(|e| self.broken(file, &e))?;
                Box::new(BufReader::with_capacity(1 << 18, decoder))
            }
        })
    }

    /// All unpacked bytes.
    pub(super) fn bytes(self, file: &Path) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader(file)?.read_to_end(&mut bytes).map_err(|e| self.broken(file, &e))?;
        Ok(bytes)
    }

    /// At most `count` unpacked bytes from the beginning.
    pub(super) fn head(self, file: &Path, count: u64) -> Result<Vec<u8>> {
        let mut head = Vec::new();
        self.reader(file)?.take(count).read_to_end(&mut head).map_err(|e| self.broken(file, &e))?;
        Ok(head)
    }

    /// The unpacked bytes, for readers that jump about.
    pub(super) fn seekable(self, file: &Path) -> Result<Box<dyn Seekable>> {
        Ok(match self.packing {
            Packing::Plain => {
                let opened = File::open(file).map_err(|e| Error::io("read", file, e))?;
                Box::new(BufReader::with_capacity(1 << 18, opened))
            }
            _ => Box::new(Cursor::new(self.bytes(file)?)),
        })
    }

    /// An error while unpacking or reading.
    pub(super) fn broken(self, file: &Path, error: &std::io::Error) -> Error {
        if let Some(misspelt) = error.get_ref().and_then(|e| e.downcast_ref::<Misspelt>()) {
            let (file, line) = (file.display(), misspelt.0);
            return Error::input(format!("{file}:{line} is not {}", self.spelling.word())).hint(
                "the file is damaged or cut short, or in another encoding: name it with --encoding or `data.encoding`",
            );
        }
        if self.packing == Packing::Plain {
            return Error::io("read", file, std::io::Error::new(error.kind(), error.to_string()));
        }
        let (file, word) = (file.display(), self.packing.word());
        Error::input(format!("{file} is not whole: unpacking it ({word}) failed: {error}"))
            .hint("the file is damaged or cut short; write it again")
    }
}
