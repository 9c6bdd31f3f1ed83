//! The bytes of a file, unpacked where they are compressed.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::domain::error::{Error, Result};

/// How the bytes of a file are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Plain,
    Gzip,
    Zstd,
}

/// What can be read and sought in.
pub(super) trait Seekable: Read + std::io::Seek + Send {}
impl<T: Read + std::io::Seek + Send> Seekable for T {}

impl Content {
    /// By the first bytes.
    pub(super) fn of(head: &[u8]) -> Self {
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

    /// The unpacked bytes from the beginning.
    pub(super) fn reader(self, file: &Path) -> Result<Box<dyn BufRead>> {
        let opened = File::open(file).map_err(|e| Error::io("read", file, e))?;
        let packed = BufReader::with_capacity(1 << 18, opened);
        Ok(match self {
            Self::Plain => Box::new(packed),
            Self::Gzip => Box::new(BufReader::with_capacity(1 << 18, MultiGzDecoder::new(packed))),
            Self::Zstd => {
                let decoder =
                    zstd::Decoder::with_buffer(packed).map_err(|e| self.broken(file, &e))?;
                Box::new(BufReader::with_capacity(1 << 18, decoder))
            }
        })
    }

    /// All unpacked bytes.
    pub(super) fn bytes(self, file: &Path) -> Result<Vec<u8>> {
        if self == Self::Plain {
            return std::fs::read(file).map_err(|e| Error::io("read", file, e));
        }
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
        Ok(match self {
            Self::Plain => {
                let opened = File::open(file).map_err(|e| Error::io("read", file, e))?;
                Box::new(BufReader::with_capacity(1 << 18, opened))
            }
            _ => Box::new(Cursor::new(self.bytes(file)?)),
        })
    }

    /// An error while unpacking or reading.
    pub(super) fn broken(self, file: &Path, error: &std::io::Error) -> Error {
        if self == Self::Plain {
            return Error::io("read", file, std::io::Error::new(error.kind(), error.to_string()));
        }
        let (file, word) = (file.display(), self.word());
        Error::input(format!("{file} is not whole: unpacking it ({word}) failed: {error}"))
            .hint("the file is damaged or cut short; write it again")
    }
}
