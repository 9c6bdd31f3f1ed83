//! How a file is laid out: by its content first, by its name where that does not tell.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::domain::error::{Error, Result};

/// Layout of a data file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Parquet,
    Csv,
    Jsonl,
}

/// Endings that are read when a folder is given.
pub(super) const ENDINGS: [&str; 8] =
    ["parquet", "pq", "csv", "tsv", "txt", "jsonl", "ndjson", "json"];

/// Looks at the first bytes of `file`, then at its ending.
pub(super) fn detect(file: &Path) -> Result<Layout> {
    let mut head = Vec::new();
    File::open(file)
        .and_then(|f| f.take(4096).read_to_end(&mut head))
        .map_err(|e| Error::io("read", file, e))?;
    if head.starts_with(b"PAR1") {
        return Ok(Layout::Parquet);
    }
    refuse_foreign(&head, file)?;
    let ending = file.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    match (ending.as_str(), first_visible(&head)) {
        ("parquet" | "pq", _) => Err(Error::input(format!(
            "{} is not a Parquet file: it does not begin with PAR1",
            file.display()
        ))
        .hint("the file may be cut short or another format under this name")),
        (_, Some(b'{')) | ("jsonl" | "ndjson" | "json", None) => Ok(Layout::Jsonl),
        (_, Some(b'[')) => Err(Error::input(format!("{} is one JSON array", file.display()))
            .hint("write one JSON object a line (JSONL)")),
        ("jsonl" | "ndjson" | "json", Some(_)) => {
            Err(Error::input(format!("{} does not hold JSON objects", file.display()))
                .hint("write one JSON object a line (JSONL)"))
        }
        _ => Ok(Layout::Csv),
    }
}

/// Compressed files and workbooks, named as what they are.
fn refuse_foreign(head: &[u8], file: &Path) -> Result<()> {
    let kinds: [(&[u8], &str); 5] = [
        (b"\x1f\x8b", "compressed with gzip"),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
        (b"BZh", "compressed with bzip2"),
        (b"PK\x03\x04", "a zip archive or an Excel workbook"),
        (b"ARROW1", "an Arrow file"),
    ];
    match kinds.iter().find(|(magic, _)| head.starts_with(magic)) {
        Some((_, kind)) => Err(Error::input(format!("{} is {kind}", file.display()))
            .hint("give Parquet, CSV or JSONL")),
        None => Ok(()),
    }
}

fn first_visible(head: &[u8]) -> Option<u8> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    text.iter().copied().find(|b| !b.is_ascii_whitespace())
}
