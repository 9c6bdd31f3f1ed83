//! What is wrong with a configuration file, in its own terms: file, line, key, what was expected.

use std::path::Path;

use serde_saphyr::Error as YamlError;

use crate::domain::error::Error;
use crate::domain::place::Place;

const SEE: &str = "docs/configuration.md lists every key with its type and default";

/// The error for text that does not read as a configuration.
pub(super) fn explain(error: &YamlError, text: &str, file: &Path) -> Error {
    let error = error.without_snippet();
    let Some(at) = error.location() else {
        return Error::config(format!("{}: {error}", file.display())).hint(SEE);
    };
    let (line, column) = (at.line() as usize, at.column() as usize);
    let place = format!("{}:{line}:{column}", file.display());
    let written = Written::at(text, line, column);
    let error = match error {
        YamlError::SerdeUnknownField { field, expected, .. } => {
            Error::config(format!("{place}: unknown key `{field}`"))
                .hint(suggestion(field, expected))
        }
        YamlError::InvalidScalar { ty, .. } => wrong_type(&place, &written, scalar(ty)),
        YamlError::Unexpected { expected, .. } => wrong_type(&place, &written, node(expected)),
        YamlError::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or_default().escape_debug();
            Error::config(format!("{place}: the key `{key}` is written twice"))
                .hint("keep one of them")
        }
        YamlError::SerdeMissingField { field, .. } => {
            Error::config(format!("{place}: the key `{field}` is missing")).hint(SEE)
        }
        other => {
            let message = other.to_string();
            let first = message.lines().next().unwrap_or("is not valid YAML");
            let said = first.split(" at line ").next().unwrap_or(first);
            Error::config(format!("{place}: {}{said}", written.key())).hint(SEE)
        }
    };
    error.at(Place { file: file.to_owned(), line, column: Some(column) })
}

fn suggestion(field: &str, known: &[&str]) -> String {
    let all = known.join(", ");
    match nearest(field, known) {
        Some(key) => format!("did you mean `{key}`? Known here: {all}"),
        None => format!("known here: {all}"),
    }
}

fn nearest<'a>(field: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|k| (strsim::damerau_levenshtein(field, k), *k))
        .filter(|(distance, k)| *distance <= 1 + k.len() / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, k)| k)
}

fn wrong_type(place: &str, written: &Written<'_>, expected: &str) -> Error {
    let (key, value) = (written.key(), written.value.escape_debug());
    let found =
        if value.clone().next().is_none() { "nothing".to_owned() } else { format!("`{value}`") };
    Error::config(format!("{place}: {key}{found} is not {expected}"))
        .hint(format!("expected {expected}; {SEE}"))
}

/// A scalar's type in words.
fn scalar(ty: &str) -> &str {
    match ty {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number from 0",
        "floating point" => "a number",
        "boolean" => "true or false",
        other => other,
    }
}

/// A node's kind in words.
fn node(expected: &str) -> &str {
    match expected {
        "sequence start" => "a list such as [a, b]",
        "mapping start" => "a mapping of keys to values",
        "string scalar" => "text",
        other => other,
    }
}

/// What stands at a place of the file.
struct Written<'t> {
    key: Option<&'t str>,
    value: &'t str,
}

impl<'t> Written<'t> {
    /// At a line and column, both from 1.
    fn at(text: &'t str, line: usize, column: usize) -> Self {
        let row = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let start = row.char_indices().nth(column.saturating_sub(1)).map_or(row.len(), |(i, _)| i);
        let (before, after) = row.split_at(start);
        let end =
            after.find([',', '}', ']', '#']).map_or(after.len(), |at| match after.as_bytes() {
                [b'[' | b'{', ..] => at + 1,
                _ => at,
            });
        Self { key: key_before(before), value: after[..end.min(after.len())].trim() }
    }

    fn key(&self) -> String {
        self.key.map(|key| format!("`{key}`: ")).unwrap_or_default()
    }
}

/// The key whose value begins where `before` ends.
fn key_before(before: &str) -> Option<&str> {
    let (name, _) = before.rsplit_once(':')?;
    let name = name.rsplit(['{', ',', ' ']).next()?.trim_matches(['"', '\'']);
    (!name.is_empty()).then_some(name)
}
