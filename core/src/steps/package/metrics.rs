//! `metrics.json` of any shape into metrics by name.

use std::path::Path;

use serde_json::{Map, Value};

use crate::domain::error::{Error, Result};
use crate::domain::metric::Metrics;

/// Metrics, and what was left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Read {
    /// Values by name.
    pub metrics: Metrics,
    /// What was left out and why, in plain words.
    pub warnings: Vec<String>,
}

/// Reads a metrics file. Nested objects are joined with dots (`test.roc-auc`); a list of
/// `{"name": …, "value": …}` (or `numberValue`) gives its names; a lone outermost key `metrics` is
/// a wrapper and falls away. Text, booleans, nulls and other lists are left out with a warning. An
/// empty file or object has no metrics.
///
/// # Errors
/// Not JSON (by line); NaN or infinity, bare or as text, and a number in quotation marks (by key);
/// one name twice.
pub fn read(path: &Path) -> Result<Read> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, e))?;
    parse(&text).map_err(|e| e.during(path.display().to_string()))
}

fn parse(text: &str) -> Result<Read> {
    if text.trim().is_empty() {
        return Ok(Read::default());
    }
    let value: Value = serde_json::from_str(text).map_err(|e| not_json(text, &e))?;
    let mut read = Read::default();
    match unwrapped(&value) {
        Value::Object(map) => read.object("", map)?,
        Value::Array(list) => read.list("", list)?,
        _ => {
            return Err(Error::input("line 1: holds neither an object nor a list").hint(HINT));
        }
    }
    Ok(read)
}

const HINT: &str = "write the metrics as JSON, for example {\"roc-auc\": 0.91, \"rows\": 1000}";

fn unwrapped(value: &Value) -> &Value {
    match value.as_object() {
        Some(map) if map.len() == 1 => {
            map.get("metrics").filter(|v| v.is_object() || v.is_array()).unwrap_or(value)
        }
        _ => value,
    }
}

impl Read {
    fn value(&mut self, key: &str, value: &Value) -> Result<()> {
        match value {
            Value::Number(number) => self.number(key, number.as_f64().unwrap_or(f64::NAN)),
            Value::Object(map) => self.object(key, map),
            Value::Array(list) => self.list(key, list),
            Value::String(text) => self.text(key, text),
            Value::Bool(_) => self.left_out(key, "is a boolean"),
            Value::Null => self.left_out(key, "is null"),
        }
    }

    fn object(&mut self, prefix: &str, map: &Map<String, Value>) -> Result<()> {
        map.iter().try_for_each(|(key, value)| self.value(&joined(prefix, key), value))
    }

    fn list(&mut self, key: &str, list: &[Value]) -> Result<()> {
        let named: Option<Vec<(&str, &Value)>> = list.iter().map(named).collect();
        match named {
            Some(named) => {
                named.into_iter().try_for_each(|(name, v)| self.value(&joined(key, name), v))
            }
            None => self.left_out(key, "is a list"),
        }
    }

    fn number(&mut self, key: &str, number: f64) -> Result<()> {
        if !number.is_finite() {
            return Err(not_a_number(key, "is not finite"));
        }
        match self.metrics.insert(key.to_owned(), number) {
            None => Ok(()),
            Some(_) => Err(Error::input(format!("the metric `{key}` occurs twice"))
                .hint("give each metric a name of its own")),
        }
    }

    fn text(&mut self, key: &str, text: &str) -> Result<()> {
        // Rust reads `nan`, `inf` and `infinity` in any case as numbers, too.
        match text.trim().trim_end_matches('%').parse::<f64>() {
            Ok(_) => Err(not_a_number(key, &format!("is the text \"{}\"", text.escape_debug()))),
            Err(_) => self.left_out(key, "is text"),
        }
    }

    fn left_out(&mut self, key: &str, why: &str) -> Result<()> {
        let key = if key.is_empty() { "the file" } else { key };
        self.warnings.push(format!("metric `{}` {why} and is left out", key.escape_debug()));
        Ok(())
    }
}

fn joined(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

/// An entry of a list of named values.
fn named(entry: &Value) -> Option<(&str, &Value)> {
    let name = entry.get("name")?.as_str()?;
    Some((name, entry.get("value").or_else(|| entry.get("numberValue"))?))
}

fn not_a_number(key: &str, why: &str) -> Error {
    Error::input(format!("the metric `{}` {why}", key.escape_debug()))
        .hint("write a finite JSON number, without quotation marks; leave out what is unknown")
}

/// Python writes NaN and infinities bare; the key is told so that the training can be mended.
fn not_json(text: &str, error: &serde_json::Error) -> Error {
    let line_text = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let line = error.line();
    let near = error.column().saturating_sub(2);
    for word in ["NaN", "-Infinity", "Infinity"] {
        let Some(at) = line_text
            .match_indices(word)
            .map(|(at, _)| at)
            .find(|at| (*at..=at + word.len()).contains(&near) || at.abs_diff(near) <= 1)
        else {
            continue;
        };
        let start: usize = text.lines().take(line - 1).map(|l| l.len() + 1).sum();
        return match key_before(text.get(..start + at).unwrap_or_default()) {
            Some(key) => not_a_number(key, &format!("is {word}")).during(format!("line {line}")),
            None => not_a_number("", &format!("is {word}")).during(format!("line {line}")),
        };
    }
    Error::input(format!("line {line}: {error}")).hint(HINT)
}

/// The key whose value begins where `text` ends.
fn key_before(text: &str) -> Option<&str> {
    let (before, between) = text.rsplit_once(':')?;
    if !between.trim_matches(|c: char| c.is_whitespace() || c == '[').is_empty() {
        return None;
    }
    before.trim_end().strip_suffix('"')?.rsplit_once('"').map(|(_, key)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(text: &str) -> Vec<(String, f64)> {
        parse(text).expect("reads").metrics.into_iter().collect()
    }

    fn pairs(list: &[(&str, f64)]) -> Vec<(String, f64)> {
        list.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect()
    }

    #[test]
    fn every_shape_is_flattened() {
        assert_eq!(metrics(r#"{"auc": 0.9, "n": 3}"#), pairs(&[("auc", 0.9), ("n", 3.0)]));
        assert_eq!(metrics(r#"{"test": {"by": {"auc": 1e-3}}}"#), pairs(&[("test.by.auc", 1e-3)]));
        let pipelines = r#"{"metrics": [{"name": "auc", "numberValue": 0.9, "format": "RAW"}]}"#;
        assert_eq!(metrics(pipelines), pairs(&[("auc", 0.9)]));
        let list = r#"[{"name": "auc", "value": 0.9}, {"name": "f1", "value": 0.5}]"#;
        assert_eq!(metrics(list), pairs(&[("auc", 0.9), ("f1", 0.5)]));
        assert_eq!(
            metrics(r#"{"test": [{"name": "f1", "value": 0.5}]}"#),
            pairs(&[("test.f1", 0.5)])
        );
        for empty in ["", " \n", "{}", "[]", r#"{"metrics": {}}"#] {
            assert!(metrics(empty).is_empty(), "{empty}");
        }
    }

    #[test]
    fn what_is_no_number_is_left_out_with_a_warning() {
        let read = parse(r#"{"model": "tree", "ok": true, "none": null, "curve": [1, 2], "a": 1}"#)
            .expect("reads");
        assert_eq!(read.metrics.len(), 1);
        assert_eq!(read.warnings.len(), 4);
        assert!(
            read.warnings.iter().any(|w| w.contains("`curve` is a list")),
            "{:?}",
            read.warnings
        );
    }

    #[test]
    fn bare_nan_and_infinity_name_line_and_key() {
        for word in ["NaN", "Infinity", "-Infinity"] {
            let pretty = format!("{{\n  \"rows\": 5,\n  \"roc-auc\": {word}\n}}");
            let error = parse(&pretty).expect_err("refused").to_string();
            assert!(error.contains("line 3") && error.contains("`roc-auc` is "), "{error}");
            let compact = format!("{{\"a\":1,\"NaN-rate\":0,\"test\":{{\"f1\":{word},\"b\":2}}}}");
            let error = parse(&compact).expect_err("refused").to_string();
            assert!(error.contains("line 1") && error.contains("`f1` is "), "{error}");
        }
    }

    #[test]
    fn numbers_in_text_huge_numbers_and_doubles_are_refused_by_key() {
        for (text, key) in [
            (r#"{"a": {"b": "0.91"}}"#, "`a.b`"),
            (r#"{"a": "nan"}"#, "`a`"),
            (r#"{"a": "-inf"}"#, "`a`"),
            (r#"{"a": "91%"}"#, "`a`"),
            (r#"{"a.b": 1, "a": {"b": 2}}"#, "`a.b` occurs twice"),
            (r#"{"a": 1e999}"#, "line 1"),
            ("{\n\"a\": 1,\n}", "line 3"),
            ("5", "line 1"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.to_string().contains(key), "{error}");
            assert!(error.hint_text().is_some());
        }
    }
}
