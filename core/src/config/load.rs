//! Finds and reads `outerloop.yaml`; errors name the file, the line and the nearest known key.

use std::path::{Path, PathBuf};

use super::explain::explain;
use super::raw::RawConfig;
use super::valid::Config;
use crate::domain::error::{Error, Result};
use crate::domain::place::Place;

/// Name of the configuration file.
pub const FILE_NAME: &str = "outerloop.yaml";

/// Loads `explicit`, else the first `outerloop.yaml` in `start` or a folder above it (up to the
/// root of the git repository), else the defaults.
///
/// # Errors
/// A file that cannot be read, is not YAML, has an unknown key, or a value that cannot be used.
pub fn load(explicit: Option<&Path>, start: &Path) -> Result<Config> {
    load_with(explicit, start, None)
}

/// As [`load`]; `registry` is an address that goes over the file and the environment.
///
/// # Errors
/// As [`load`]; an address that is none of a registry.
pub fn load_with(explicit: Option<&Path>, start: &Path, registry: Option<&str>) -> Result<Config> {
    load_given(explicit, start, Given { registry, store: None })
}

/// What goes over the file and the environment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'a> {
    /// Address of the registry.
    pub registry: Option<&'a str>,
    /// Folder or address of the store.
    pub store: Option<&'a str>,
}

impl Given<'_> {
    fn over(self, raw: RawConfig) -> RawConfig {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        RawConfig { given_registry: owned(self.registry), given_store: owned(self.store), ..raw }
    }
}

/// As [`load`], with what is `given`.
///
/// # Errors
/// As [`load`]; an address that is none of a registry or of a store.
pub fn load_given(explicit: Option<&Path>, start: &Path, given: Given<'_>) -> Result<Config> {
    match explicit.map(Path::to_owned).or_else(|| find(start)) {
        Some(file) => read(&file, given),
        None => Config::from_raw(given.over(RawConfig::default()), start, None),
    }
}

/// Loads one file.
///
/// # Errors
/// As [`load`].
pub fn load_from(file: &Path) -> Result<Config> {
    read(file, Given::default())
}

fn read(file: &Path, given: Given<'_>) -> Result<Config> {
    let text = text_of(file)?;
    let raw = given.over(parse(&text, file)?);
    let absolute = std::path::absolute(file).map_err(|e| Error::io("read", file, e))?;
    let root = absolute.parent().unwrap_or(Path::new("/"));
    let config = Config::from_raw(raw, root, Some(absolute.clone()));
    let config = config.map_err(|e| locate(e, &text, file))?;
    Ok(Config { written: super::written::written(&text), ..config })
}

fn text_of(file: &Path) -> Result<String> {
    let bytes = std::fs::read(file).map_err(|e| Error::io("read", file, e))?;
    String::from_utf8(bytes).map_err(|e| {
        let valid = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|b| **b == b'\n').count();
        Error::config(format!("{}:{line} is not UTF-8", file.display()))
            .hint("save the file as UTF-8")
    })
}

fn find(start: &Path) -> Option<PathBuf> {
    for folder in start.ancestors() {
        let file = folder.join(FILE_NAME);
        if file.is_file() {
            return Some(file);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

fn parse(text: &str, file: &Path) -> Result<RawConfig> {
    serde_saphyr::from_str::<RawConfig>(text).map_err(|e| explain(&e, text, file))
}

/// Puts the file, and the line of the key that the message names, in front of a message that was
/// made after parsing.
fn locate(error: Error, text: &str, file: &Path) -> Error {
    let message = error.to_string();
    match line_of(text, key_of(&message)) {
        Some(line) => error.during(format!("{}:{line}", file.display())).at(Place {
            file: file.to_owned(),
            line,
            column: None,
        }),
        None => error.during(file.display().to_string()),
    }
}

/// The key that a message is about: what stands before its first colon, else in its first
/// backticks.
fn key_of(message: &str) -> &str {
    let before = message.split(':').next().unwrap_or_default();
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if !before.is_empty() && before.chars().all(is_key) {
        return before;
    }
    message.split('`').nth(1).unwrap_or_default()
}

/// The line (from 1) of a dotted key in block-style YAML: each part is looked for below the one
/// before it.
fn line_of(text: &str, key: &str) -> Option<usize> {
    let mut lines = text.lines().enumerate();
    let mut found = None;
    for part in key.split('.') {
        let index = lines.by_ref().find_map(|(i, line)| {
            let name = line.trim_start().trim_start_matches("- ");
            let rest = name.strip_prefix(part)?;
            rest.trim_start().starts_with(':').then_some(i)
        });
        match index {
            Some(i) => found = Some(i + 1),
            None => break,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(text: &str) -> Error {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join(FILE_NAME);
        std::fs::write(&file, text).expect("writes");
        load_from(&file).expect_err("is refused")
    }

    #[test]
    fn unknown_key_names_file_line_and_nearest() {
        let error = error_of("model: acme\nmonitor:\n  min-row: 5\n");
        assert!(error.to_string().contains("outerloop.yaml:3:3: unknown key `min-row`"), "{error}");
        assert!(error.hint_text().is_some_and(|h| h.contains("did you mean `min-rows`")));
    }

    #[test]
    fn wrong_type_names_line_key_and_what_was_expected() {
        for (text, said) in [
            (
                "monitor:\n  min-rows: many\n",
                ":2:13: `min-rows`: `many` is not a whole number from 0",
            ),
            ("monitor: {psi: a lot, ks: 1}\n", ":1:16: `psi`: `a lot` is not a number"),
            ("endpoints:\n  prod:\n    port: 70000\n", ":3:11: `port`: `70000` is not a whole"),
            ("predictions:\n  slices: SEX # one\n", ":2:11: `slices`: `SEX` is not a list"),
            ("package:\n  baseline: x.csv\n", ":2:13: `baseline`: `x.csv` is not a mapping"),
            ("model: [a]\n", ":1:8: `model`: `[a]` is not text"),
            ("model: a\nmodel: b\n", ":2:1: the key `model` is written twice"),
            (
                "endpoints:\n  p: {log: {max-bytes: lots}}\n",
                ":2:24: `max-bytes`: `lots` is not a size",
            ),
            ("model: \u{e4}\u{e4}\n", ":1: model"),
        ] {
            let error = error_of(text);
            assert!(error.to_string().contains(&format!("outerloop.yaml{said}")), "{error}");
            assert!(error.hint_text().is_some(), "{error}");
            assert_eq!(error.to_string().matches("line ").count(), 0, "{error}");
        }
    }

    #[test]
    fn bad_value_names_the_key_and_line() {
        let error = error_of("endpoints:\n  prod:\n    rollout:\n      steps: [50, 10]\n");
        assert!(error.to_string().contains("outerloop.yaml:4"), "{error}");
        assert!(error.to_string().contains("endpoints.prod.rollout.steps"), "{error}");
    }

    #[test]
    fn a_metric_that_monitoring_does_not_measure_is_refused() {
        let text = |metric: &str| {
            format!("retrain:\n  when:\n    performance:\n      metric: {metric}\n      min: 0.8\n")
        };
        for unknown in ["f1", "rocauc", "average-precision", "''"] {
            let error = error_of(&text(unknown));
            let message = error.to_string();
            assert!(message.contains("outerloop.yaml:4"), "{message}");
            assert!(message.contains("`retrain.when.performance.metric`"), "{message}");
            let hint = error.hint_text().expect("a hint");
            assert!(hint.contains("roc-auc, accuracy, brier, mae, rmse"), "{hint}");
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join(FILE_NAME);
        for alias in ["auc", "roc_auc", "ROC-AUC", "roc-auc"] {
            std::fs::write(&file, text(alias)).expect("writes");
            let rule = load_from(&file).expect("loads").retrain.and_then(|r| r.performance);
            assert_eq!(rule.expect("a rule").metric, "roc-auc", "{alias}");
        }
    }

    #[test]
    fn a_threshold_that_is_no_number_is_refused() {
        for value in [".nan", ".inf", "-.inf"] {
            let error = error_of(&format!("predictions:\n  threshold: {value}\n"));
            assert!(error.to_string().contains("outerloop.yaml:2"), "{error}");
            assert!(error.to_string().contains("`predictions.threshold`"), "{error}");
        }
    }

    #[test]
    fn without_a_model_the_error_says_where_to_name_it() {
        let config = Config::without_file(Path::new("/")).expect("defaults");
        if config.model.is_none() {
            let error = config.require_model().expect_err("no model");
            let hint = error.hint_text().expect("a hint");
            assert!(hint.contains("OUTERLOOP_MODEL") && !hint.contains("--"), "{hint}");
        }
    }

    #[test]
    fn an_empty_file_is_all_defaults() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join(FILE_NAME);
        std::fs::write(&file, "# nothing yet\n").expect("writes");
        let config = load_from(&file).expect("loads");
        assert_eq!(config.registry.to_string(), "git");
        assert!(config.retrain.is_none());
    }
}
