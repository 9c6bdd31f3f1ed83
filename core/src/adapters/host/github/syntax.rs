//! The only writer of GitHub's workflow commands and file commands.
//!
//! Source: GitHub's documentation of workflow commands; the runner takes a command from a line that
//! begins with `::` (after blanks), and the older form `##[` from anywhere in a line, on both
//! standard output and standard error.

use super::super::defuse;
use crate::domain::error::{Error, Result};

/// Most bytes of a step's summary; a longer one is dropped by the runner as a whole.
pub const SUMMARY_LIMIT: usize = 1024 * 1024;
/// Most bytes of an output.
pub const OUTPUT_LIMIT: usize = 1024 * 1024;

/// A command on a line of its own.
pub fn command(name: &str, properties: &[(&str, &str)], message: &str) -> String {
    let given = properties.iter().filter(|(_, value)| !value.is_empty());
    let written: Vec<String> =
        given.map(|(key, value)| format!("{key}={}", property(value))).collect();
    let space = if written.is_empty() { "" } else { " " };
    format!("::{name}{space}{}::{}", written.join(","), data(message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// An entry of a file command: the value between two lines with `delimiter`. Line ends become `\n`.
///
/// # Errors
/// The key or the value holds the delimiter, or the key is no word.
pub fn entry(key: &str, value: &str, delimiter: &str) -> Result<String> {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if key.is_empty() || !key.chars().all(word) {
        return Err(Error::internal(format!("`{}` cannot name an output", key.escape_debug())));
    }
    let value = value.replace("\r\n", "\n").replace('\r', "\n");
    if value.contains(delimiter) || key.contains(delimiter) {
        return Err(Error::internal(format!("the output {key} holds its own delimiter")));
    }
    Ok(format!("{key}<<{delimiter}\n{value}\n{delimiter}\n"))
}

/// `text` so that no line of it is a command. What cannot be seen is shown as an escape, and a
/// backslash stands where a command would begin.
pub fn plain(text: &str) -> String {
    let visible = defuse::without(&defuse::visible(text), "##");
    let lines = visible.split('\n').map(|line| {
        let begin = line.trim_start();
        match begin.starts_with("::") {
            true => format!("{}\\{begin}", &line[..line.len() - begin.len()]),
            false => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}
