//! How files of text are written: what the verbs that read data have in common.

use crate::spec::verb::Input;

/// `encoding`
pub(super) const ENCODING: Input = Input::text(
    "encoding",
    "What the bytes of CSV and JSONL mean, such as windows-1252 [default: data.encoding, else UTF-8, or UTF-16 by its mark]",
);

/// `header`
pub(super) const HEADER: Input = Input::choice(
    "header",
    &["auto", "yes", "no"],
    "Whether the first line of CSV names the columns [default: data.header, else auto: unless it holds values]",
);
