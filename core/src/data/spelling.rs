//! Text that is not UTF-8, respelt while it is read.

use std::fmt;
use std::io::{self, BufRead, ErrorKind, Read};
use std::path::Path;

use encoding_rs::{Decoder, DecoderResult, UTF_8, UTF_16BE, UTF_16LE};

use crate::domain::error::{Error, Result};
use crate::domain::text::Encoding;

/// Share of the characters of a beginning that must be of one byte, for wide text without a mark.
const NARROW: f64 = 0.7;

/// How text is spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// Or no text.
    Utf8,
    /// With a mark at the beginning, or without one.
    Utf16Little(bool),
    Utf16Big(bool),
    /// As it was said to be.
    Said(Encoding),
}

impl Spelling {
    /// By the first bytes: by a mark, else as it was said to be, else by every other byte being zero,
    /// as Latin letters, digits and delimiters are.
    pub(super) fn of(head: &[u8], said: Option<Encoding>) -> Self {
        let binary = head.starts_with(b"PAR1") || head.starts_with(b"ARROW1");
        match (head, said) {
            ([0xff, 0xff, ..] | [0xef, 0xbb, 0xbf, ..], _) => return Self::Utf8,
            ([0xff, 0xfe, ..], _) => return Self::Utf16Little(true),
            ([0xfe, 0xff, ..], _) => return Self::Utf16Big(true),
            (_, Some(said)) if !binary && said.decoder() == UTF_8 => return Self::Utf8,
            (_, Some(said)) if !binary => return Self::Said(said),
            _ => {}
        }
        let pairs = head.chunks_exact(2);
        let (count, text) = (pairs.len(), |byte: u8| (b'\t'..0x7f).contains(&byte));
        let share = |zero: usize| {
            let narrow = |pair: &&[u8]| pair[zero] == 0 && text(pair[1 - zero]);
            pairs.clone().filter(narrow).count() as f64 / count.max(1) as f64
        };
        match () {
            () if binary || count < 2 => Self::Utf8,
            () if share(1) > NARROW => Self::Utf16Little(false),
            () if share(0) > NARROW => Self::Utf16Big(false),
            () => Self::Utf8,
        }
    }

    /// Whether nothing in the file says so.
    pub(super) fn is_guess(self) -> bool {
        matches!(self, Self::Utf16Little(false) | Self::Utf16Big(false))
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Little(_) => "UTF-16 (little-endian)",
            Self::Utf16Big(_) => "UTF-16 (big-endian)",
            Self::Said(encoding) => encoding.decoder().name(),
        }
    }

    /// What to decode with; none for what is read as it is.
    pub(super) fn decoder(self) -> Option<&'static encoding_rs::Encoding> {
        match self {
            Self::Utf8 => None,
            Self::Utf16Little(_) => Some(UTF_16LE),
            Self::Utf16Big(_) => Some(UTF_16BE),
            Self::Said(encoding) => Some(encoding.decoder()),
        }
    }
}

/// Bytes that begin at a line as text, without a byte order mark.
pub(super) fn text_of<'a>(bytes: &'a [u8], line: u64, file: &Path) -> Result<&'a str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|e| {
        let (valid, rest) = bytes.split_at(e.valid_up_to());
        let line = line + valid.iter().filter(|b| **b == b'\n').count() as u64;
        let column = 1 + valid.iter().rev().take_while(|b| **b != b'\n').count();
        let byte = rest.first().map(|b| format!(" ({b:#04x})")).unwrap_or_default();
        let file = file.display();
        Error::input(format!("{file}:{line} is not UTF-8: byte {column} of the line{byte}")).hint(
            "name its encoding with --encoding or `data.encoding`, such as windows-1252 for what Windows wrote, or save it as UTF-8",
        )
    })
}

/// The line that is spelt wrongly.
#[derive(Debug)]
pub(super) struct Misspelt(pub(super) u64);

impl fmt::Display for Misspelt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} is spelt wrongly", self.0)
    }
}

impl std::error::Error for Misspelt {}

/// Text as UTF-8, without its mark.
pub(super) struct Respelt<R> {
    inner: R,
    decoder: Decoder,
    text: Vec<u8>,
    at: usize,
    line: u64,
    done: bool,
}

impl<R: BufRead> Respelt<R> {
    pub(super) fn new(inner: R, encoding: &'static encoding_rs::Encoding) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { inner, decoder, text: Vec::new(), at: 0, line: 1, done: false }
    }

    /// Decodes some more.
    fn refill(&mut self) -> io::Result<()> {
        self.at = 0;
        self.text.clear();
        while self.text.is_empty() && !self.done {
            let packed = self.inner.fill_buf()?;
            let last = packed.is_empty();
            let room = self.decoder.max_utf8_buffer_length_without_replacement(packed.len());
            self.text.resize(room.unwrap_or(packed.len()).max(16), 0);
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(packed, &mut self.text, last);
            self.text.truncate(written);
            self.inner.consume(read);
            self.line += self.text.iter().filter(|b| **b == b'\n').count() as u64;
            match result {
                DecoderResult::InputEmpty => self.done = last,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    return Err(io::Error::new(ErrorKind::InvalidData, Misspelt(self.line)));
                }
            }
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Respelt<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.fill_buf()?;
        let n = piece.len().min(buffer.len());
        buffer[..n].copy_from_slice(&piece[..n]);
        self.consume(n);
        Ok(n)
    }
}

impl<R: BufRead> BufRead for Respelt<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.text.len() {
            self.refill()?;
        }
        Ok(&self.text[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at = (self.at + amount).min(self.text.len());
    }
}
