//! Python pickle and joblib: recognised by their frame, never loaded.

use std::fs::File;
use std::io::{BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;

use flate2::bufread::{GzDecoder, ZlibDecoder};

use super::inspect::{Inspection, cut_short};
use crate::domain::error::{Error, Result};
use crate::domain::package::Format;

/// The magic number with which PyTorch's files began before they were zip archives.
const OLD_TORCH: [u8; 13] =
    [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50];
/// The opcode that ends a pickle.
const STOP: u8 = b'.';

/// Reads `path` when it is a pickle of protocol 2 to 5, plain or compressed by joblib.
///
/// # Errors
/// It does not end as a pickle must, or the compressed stream is cut short.
pub fn inspect(path: &Path, head: &[u8]) -> Result<Option<Inspection>> {
    if head.starts_with(&OLD_TORCH) {
        return Ok(Some(Inspection::of(Format::Torch).with("container", "pickle")));
    }
    if let Some(protocol) = protocol(head) {
        if last_byte(path)? != STOP {
            return Err(cut_short(path, "a pickle must end with its STOP code"));
        }
        let writer = if mentions_joblib(path)? { "joblib" } else { "" };
        return Ok(Some(found(protocol).with("writer", writer)));
    }
    match head {
        [0x1f, 0x8b, ..] => compressed(path, "gzip", |r| Box::new(GzDecoder::new(r))),
        [0x78, second, ..] if (0x78 * 256 + u32::from(*second)) % 31 == 0 => {
            compressed(path, "zlib", |r| Box::new(ZlibDecoder::new(r)))
        }
        _ => Ok(None),
    }
}

fn found(protocol: u8) -> Inspection {
    Inspection::of(Format::Pickle).with("protocol", protocol)
}

/// The protocol, when `head` begins as a pickle: PROTO, its number, and an opcode that can follow.
fn protocol(head: &[u8]) -> Option<u8> {
    match head {
        [0x80, protocol @ 2..=3, next, ..]
            if b"(])}ckXCKMJNGU\x85\x86\x87\x88\x89\x8a".contains(next) =>
        {
            Some(*protocol)
        }
        // FRAME, or what a pickle too short for a frame begins with.
        [0x80, protocol @ 4..=5, next, ..] if b"\x95\x8c(])}KMJNGC\x88\x89\x8f".contains(next) => {
            Some(*protocol)
        }
        _ => None,
    }
}

fn last_byte(path: &Path) -> Result<u8> {
    let cannot = |e| Error::io("read", path, e);
    let mut file = File::open(path).map_err(cannot)?;
    file.seek(SeekFrom::End(-1)).map_err(cannot)?;
    let mut last = [0];
    file.read_exact(&mut last).map_err(cannot)?;
    Ok(last[0])
}

fn mentions_joblib(path: &Path) -> Result<bool> {
    let cannot = |e| Error::io("read", path, e);
    let mut start = Vec::new();
    File::open(path).map_err(cannot)?.take(1 << 16).read_to_end(&mut start).map_err(cannot)?;
    let needle = b"joblib.numpy_pickle";
    Ok(start.windows(needle.len()).any(|w| w == needle))
}

type Inflate = fn(BufReader<File>) -> Box<dyn Read>;

/// A compressed pickle is inflated to its end, a buffer at a time, to know that it is whole.
fn compressed(path: &Path, how: &str, inflate: Inflate) -> Result<Option<Inspection>> {
    let file = File::open(path).map_err(|e| Error::io("read", path, e))?;
    let mut reader = inflate(BufReader::new(file));
    let mut buffer = [0u8; 1 << 16];
    let mut known = None;
    let mut last = 0;
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                last = buffer[n - 1];
                if known.is_none() {
                    known = protocol(&buffer[..n]);
                }
                if known.is_none() {
                    return Ok(None);
                }
            }
            Err(_) if known.is_none() => return Ok(None),
            Err(e) => return Err(cut_short(path, &format!("its {how} stream breaks off: {e}"))),
        }
    }
    match known {
        Some(_) if last != STOP => Err(cut_short(path, "a pickle must end with its STOP code")),
        Some(protocol) => {
            Ok(Some(found(protocol).with("compression", how).with("writer", "joblib")))
        }
        None => Ok(None),
    }
}
