//! Judges again what a verdict file tells of, and compares. Nothing is recorded.

use std::path::PathBuf;

use serde_json::Value;

use super::run::{Against, Backends, Gathered, Subject};
use super::verdict_file::VerdictFile;
use crate::config::valid::Config;
use crate::domain::error::{Error, Result};
use crate::domain::fetched::Fetched;
use crate::domain::reference::ModelRef;

/// Differences that are told.
const MOST: usize = 20;
/// Characters of a value that are shown.
const SHOWN: usize = 120;
/// What a verdict follows from comes before what was found.
const ORDER: [&str; 13] = [
    "outerloop",
    "model",
    "challenger",
    "champion",
    "inputs",
    "rows",
    "dropped",
    "settings",
    "seed",
    "format",
    "findings",
    "verdict",
    "digest",
];

/// What to verify.
#[derive(Debug, Clone)]
pub struct VerifyInput {
    /// The verdict file.
    pub file: PathBuf,
    /// The predictions file; left out, the configured one.
    pub predictions: Option<PathBuf>,
    /// The file with the champion's predictions; left out, the configured one.
    pub champion_predictions: Option<PathBuf>,
    /// The rows that the models score; left out, the configured ones.
    pub data: Option<PathBuf>,
    /// The addresses behind fetched files.
    pub fetched: Fetched,
}

/// A verdict beside what was found now.
#[derive(Debug, Clone, PartialEq)]
pub struct Verification {
    /// The verdict that was given.
    pub recorded: VerdictFile,
    /// The verdict that is given now.
    pub found: VerdictFile,
    /// What differs, causes first; none when both are the same bytes.
    pub differences: Vec<String>,
}

/// Judges the same version against the same version again, and compares everything.
///
/// # Errors
/// A file that is no verdict; versions, packages or predictions that are not there.
pub fn verify(
    input: &VerifyInput,
    backends: &Backends<'_>,
    config: &Config,
) -> Result<Verification> {
    let (recorded, untouched) = VerdictFile::read(&input.file)?;
    let version = |version| ModelRef::version(&recorded.model, version);
    let against = match &recorded.champion {
        Some(champion) => Against::Version(version(&champion.version)),
        None => Against::Nobody,
    };
    let challenger = version(&recorded.challenger.version);
    let subject = Subject {
        reference: &challenger,
        against: &against,
        predictions: input.predictions.as_ref(),
        champion_predictions: input.champion_predictions.as_ref(),
        data: input.data.as_ref(),
        fetched: &input.fetched,
    };
    let gathered = Gathered::new(&subject, backends, config)?;
    let (verdict, findings) = gathered.judged(config);
    let found = gathered.verdict_file(config, verdict, &findings)?;
    let mut differences = Vec::new();
    if !untouched {
        differences.push("the file was changed after it was written".to_owned());
    }
    differences.extend(between(&recorded, &found)?);
    Ok(Verification { recorded, found, differences })
}

fn between(recorded: &VerdictFile, found: &VerdictFile) -> Result<Vec<String>> {
    let json = |file: &VerdictFile| {
        serde_json::to_value(file).map_err(|e| Error::internal(format!("cannot write JSON: {e}")))
    };
    let (was, is) = (json(recorded)?, json(found)?);
    let mut out = Vec::new();
    for key in ORDER {
        compare(key, was.get(key), is.get(key), &mut out);
    }
    if out.len() > MOST {
        let more = out.len() - MOST;
        out.truncate(MOST);
        out.push(format!("and {more} more"));
    }
    Ok(out)
}

fn compare(place: &str, was: Option<&Value>, is: Option<&Value>, out: &mut Vec<String>) {
    if was == is {
        return;
    }
    match (was, is) {
        (Some(Value::Object(was)), Some(Value::Object(is))) => {
            let mut keys: Vec<&String> = was.keys().chain(is.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                compare(&format!("{place}.{key}"), was.get(key), is.get(key), out);
            }
        }
        (Some(Value::Array(was)), Some(Value::Array(is))) => {
            for i in 0..was.len().max(is.len()) {
                compare(&format!("{place}[{i}]"), was.get(i), is.get(i), out);
            }
        }
        _ => out.push(format!("{place}: was {}, is {}", shown(was), shown(is))),
    }
}

fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_are_named_by_their_place() {
        let mut out = Vec::new();
        let was = json!({"a": [1, {"b": 0.9}], "c": "x", "d": null});
        let is = json!({"a": [1, {"b": 0.8}, 2], "c": "x"});
        compare("settings", Some(&was), Some(&is), &mut out);
        let expected = [
            "settings.a[1].b: was 0.9, is 0.8",
            "settings.a[2]: was nothing, is 2",
            "settings.d: was null, is nothing",
        ];
        assert_eq!(out, expected);
    }
}
