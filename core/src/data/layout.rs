//! How a file is laid out: by its content first, by its name where that does not tell.

use std::path::Path;

use super::collector::is_collected;
use super::content::Content;
use super::told::tell;
use crate::domain::error::{Error, Result};
use crate::domain::text::TextFormat;

/// Layout of a data file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Parquet,
    ArrowFile,
    ArrowStream,
    Csv,
    Jsonl,
    /// JSONL of a data collector: rows are spread over files.
    Collected,
}

/// Endings that are read when a folder is given.
pub(super) const ENDINGS: [&str; 12] = [
    "parquet", "pq", "csv", "tsv", "txt", "jsonl", "ndjson", "json", "arrow", "arrows", "ipc",
    "feather",
];

/// Endings of compressed files, which stand behind another one.
const PACKED: [&str; 4] = ["gz", "gzip", "zst", "zstd"];

/// The ending that tells the layout, in lower case: of `rows.csv.gz` it is `csv`.
pub(super) fn ending(file: &Path) -> String {
    let of = |path: &Path| {
        path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase()
    };
    let last = of(file);
    match file.file_stem() {
        Some(stem) if PACKED.contains(&last.as_str()) => of(Path::new(stem)),
        _ => last,
    }
}

/// Looks at the first bytes of `file`, then at its ending.
pub(super) fn detect(file: &Path, text: &TextFormat) -> Result<(Layout, Content)> {
    let (content, head) = Content::of(file, text.encoding)?;
    let found = match layout(file, &head, content)? {
        Layout::Jsonl if is_collected(file, &head, content)? => Layout::Collected,
        other => other,
    };
    if content.spelling().is_guess() {
        tell(format!("{}: read as {}", file.display(), content.spelling().word()));
    }
    Ok((found, content))
}

fn layout(file: &Path, head: &[u8], content: Content) -> Result<Layout> {
    if head.starts_with(b"PAR1") {
        return match content.is_packed() {
            false => Ok(Layout::Parquet),
            true => {
                Err(Error::input(format!("{} is Parquet that is packed again", file.display()))
                    .hint("Parquet compresses its columns itself; unpack the file"))
            }
        };
    }
    if head.starts_with(b"ARROW1") {
        return Ok(Layout::ArrowFile);
    }
    if head.starts_with(&[0xff; 4]) {
        return Ok(Layout::ArrowStream);
    }
    refuse_foreign(head, file)?;
    let ending = ending(file);
    match (ending.as_str(), first_visible(head)) {
        ("parquet" | "pq", _) => Err(Error::input(format!(
            "{} is not a Parquet file: it does not begin with PAR1",
            file.display()
        ))
        .hint("the file may be cut short or another format under this name")),
        ("arrow" | "arrows" | "ipc" | "feather", _) => Err(Error::input(format!(
            "{} is not an Arrow file: it begins neither with ARROW1 nor with a message",
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

/// Archives, workbooks and the like, named as what they are.
fn refuse_foreign(head: &[u8], file: &Path) -> Result<()> {
    let kinds: [(&[u8], &str); 7] = [
        (b"\x1f\x8b", "compressed twice"),
        (b"\x28\xb5\x2f\xfd", "compressed twice"),
        (b"BZh", "compressed with bzip2"),
        (b"\xfd7zXZ\0", "compressed with xz"),
        (b"PK\x03\x04", "a zip archive or an Excel workbook"),
        (b"ORC", "an ORC file"),
        (b"FEA1", "a Feather file of version 1"),
    ];
    match kinds.iter().find(|(magic, _)| head.starts_with(magic)) {
        Some((_, kind)) => Err(Error::input(format!("{} is {kind}", file.display()))
            .hint("give Parquet, Arrow IPC, CSV or JSONL; gzip and zstd are unpacked")),
        None => Ok(()),
    }
}

fn first_visible(head: &[u8]) -> Option<u8> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    text.iter().copied().find(|b| !b.is_ascii_whitespace())
}
