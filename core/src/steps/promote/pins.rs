//! The pins file: which version each alias of each model should point at.
//!
//! It is a small part of YAML, read and changed line by line, so that comments, order and other
//! models stay as people wrote them:
//!
//! ```yaml
//! # kept
//! employment:
//!   champion: 1.2.0  # kept
//! ```

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::domain::error::{Error, Result};
use crate::domain::name::{Alias, ModelName};
use crate::domain::version::Version;

/// The alias of the version that others are measured by.
pub const CHAMPION: &str = "champion";
/// How a new file begins.
const HEADER: &str = "\
# Which version each alias should point at. Merging a change of this file is the promotion:
# `outerloop promote --pinned` moves the aliases to what is written here.
";

/// One line of the pins file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The model.
    pub model: ModelName,
    /// The alias.
    pub alias: Alias,
    /// Where it should point.
    pub version: Version,
    /// Line, from 1.
    pub line: usize,
    /// Where the version stands in its line, in bytes.
    place: Range<usize>,
}

/// The pins file, as read.
#[derive(Debug, Clone)]
pub struct Pins {
    file: PathBuf,
    lines: Vec<String>,
    /// Each model with the index of its line.
    models: Vec<(ModelName, usize)>,
    pins: Vec<Pin>,
}

impl Pins {
    /// Reads the file.
    ///
    /// # Errors
    /// No file, or one that holds anything but pins, by its line.
    pub fn load(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).map_err(|e| {
            let missing = e.kind() == std::io::ErrorKind::NotFound;
            let error = Error::io("read", file, e);
            let hint = "`outerloop promote REF --to ALIAS --via pull-request` writes it";
            if missing { error.hint(hint) } else { error }
        })?;
        Self::parse(&text, file)
    }

    /// Reads `text`; `file` is named in messages.
    ///
    /// # Errors
    /// Anything but pins, by its line.
    pub fn parse(text: &str, file: &Path) -> Result<Self> {
        let mut pins = Self {
            file: file.to_owned(),
            lines: text.split_inclusive('\n').map(str::to_owned).collect(),
            models: Vec::new(),
            pins: Vec::new(),
        };
        for index in 0..pins.lines.len() {
            let line = pins.lines[index].trim_end_matches(['\n', '\r']).to_owned();
            pins.read(&line, index).map_err(|e| {
                let hint = "write `MODEL:`, and below it, indented, `ALIAS: VERSION`";
                Error::config(format!("{}: {e}", pins.at(index + 1))).hint(hint)
            })?;
        }
        Ok(pins)
    }

    /// The place of a line for messages.
    pub fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.file.display())
    }

    /// The pin of an alias.
    pub fn get(&self, model: &ModelName, alias: &Alias) -> Option<&Pin> {
        self.pins.iter().find(|pin| pin.model == *model && pin.alias == *alias)
    }

    /// The pins of a model, in the order of the file.
    ///
    /// # Errors
    /// There are none.
    pub fn of(&self, model: &ModelName) -> Result<Vec<&Pin>> {
        let found: Vec<&Pin> = self.pins.iter().filter(|pin| pin.model == *model).collect();
        if found.is_empty() {
            let message = format!("{} pins no alias of `{model}`", self.file.display());
            return Err(Error::config(message)
                .hint("`outerloop promote REF --to ALIAS --via pull-request` adds one"));
        }
        Ok(found)
    }

    /// The pin of the model's champion.
    ///
    /// # Errors
    /// There is none.
    pub fn champion(&self, model: &ModelName) -> Result<&Pin> {
        self.of(model)?.into_iter().find(|pin| pin.alias.as_str() == CHAMPION).ok_or_else(|| {
            let file = self.file.display();
            Error::config(format!("{file} does not pin `{CHAMPION}` of `{model}`"))
                .hint(format!("write `  {CHAMPION}: VERSION` below `{model}:`"))
        })
    }

    /// The text of the file with an alias pinned to `version`; everything else stays.
    pub fn with(&self, model: &ModelName, alias: &Alias, version: &Version) -> String {
        let mut lines = self.lines.clone();
        let newline = if lines.iter().any(|l| l.ends_with("\r\n")) { "\r\n" } else { "\n" };
        if let Some(pin) = self.get(model, alias) {
            lines[pin.line - 1].replace_range(pin.place.clone(), &version.to_string());
            return lines.concat();
        }
        if let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n')) {
            last.push_str(newline);
        }
        match self.models.iter().find(|(name, _)| name == model) {
            Some((_, index)) => {
                let pins: Vec<&Pin> = self.pins.iter().filter(|p| p.model == *model).collect();
                let indent = pins.first().map_or("  ", |p| indentation(&self.lines[p.line - 1]));
                let after = pins.iter().map(|p| p.line).max().unwrap_or(index + 1);
                lines.insert(after, format!("{indent}{alias}: {version}{newline}"));
            }
            None => lines.push(format!("{model}:{newline}  {alias}: {version}{newline}")),
        }
        lines.concat()
    }

    fn read(&mut self, line: &str, index: usize) -> Result<(), String> {
        let indent = indentation(line);
        let content = without_comment(line);
        if content.is_empty() {
            return Ok(());
        }
        if indent.is_empty() {
            let name = content
                .strip_suffix(':')
                .ok_or_else(|| format!("`{}` is not `MODEL:`", content.escape_debug()))?;
            let name: ModelName = name.parse().map_err(|e: Error| e.to_string())?;
            if self.models.iter().any(|(known, _)| *known == name) {
                return Err(format!("`{name}` stands here a second time"));
            }
            self.models.push((name, index));
            return Ok(());
        }
        self.read_pin(line, content, index)
    }

    fn read_pin(&mut self, line: &str, content: &str, index: usize) -> Result<(), String> {
        let indent = indentation(line);
        let Some((model, _)) = self.models.last() else {
            return Err("no model stands above it".to_owned());
        };
        if indent.contains('\t') {
            return Err("it is indented by a tab".to_owned());
        }
        let mut others = self.pins.iter().filter(|pin| pin.model == *model);
        if others.any(|pin| indentation(&self.lines[pin.line - 1]) != indent) {
            return Err("it is indented in another way than its neighbours".to_owned());
        }
        let wrong = || format!("`{}` is not `ALIAS: VERSION`", content.escape_debug());
        let (alias, written) = content.split_once(": ").ok_or_else(wrong)?;
        let version = unquoted(written.trim()).ok_or_else(wrong)?;
        // The offset is certain: `version` is a part of `line`.
        let start = version.as_ptr() as usize - line.as_ptr() as usize;
        let pin = Pin {
            model: model.clone(),
            alias: alias.trim_end().parse().map_err(|e: Error| e.to_string())?,
            version: version.parse().map_err(|e: Error| e.to_string())?,
            line: index + 1,
            place: start..start + version.len(),
        };
        if let Some(first) = self.get(&pin.model, &pin.alias) {
            return Err(format!("`{}` is pinned in line {} already", pin.alias, first.line));
        }
        self.pins.push(pin);
        Ok(())
    }
}

/// The text of the pins file with an alias pinned to `version`. No text: the file is new.
///
/// # Errors
/// A text that holds anything but pins.
pub fn edited(
    text: Option<&str>,
    file: &Path,
    model: &ModelName,
    alias: &Alias,
    version: &Version,
) -> Result<String> {
    let pins = Pins::parse(text.unwrap_or(HEADER), file)?;
    match pins.get(model, alias) {
        Some(pin) if pin.version == *version => Ok(text.unwrap_or(HEADER).to_owned()),
        _ => Ok(pins.with(model, alias, version)),
    }
}

fn indentation(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// What stands in a line besides its indentation and its comment.
fn without_comment(line: &str) -> &str {
    let text = line.trim_matches([' ', '\t']);
    let comment = if text.starts_with('#') {
        Some(0)
    } else {
        text.find(" #").into_iter().chain(text.find("\t#")).min()
    };
    text[..comment.unwrap_or(text.len())].trim_end_matches([' ', '\t'])
}

/// What stands between quotation marks, if there are any.
fn unquoted(text: &str) -> Option<&str> {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.strip_suffix(quote);
        }
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = "\
# ours
employment: # a comment
    champion: 1.2.0   # since May
    # between
    staging: \"1.3.0\"

churn:
  champion: '2.0.0'
";

    fn with(text: &str, model: &str, alias: &str, version: &str) -> Result<String> {
        let (model, alias) = (model.parse()?, alias.parse()?);
        edited(Some(text), Path::new("pins.yaml"), &model, &alias, &version.parse()?)
    }

    #[test]
    fn one_version_changes_and_every_other_byte_stays() {
        for (model, alias, before, after) in [
            ("employment", "champion", "1.2.0", "1.10.0-rc.1"),
            ("employment", "staging", "1.3.0", "1.3.1"),
            ("churn", "champion", "2.0.0", "3.0.0"),
        ] {
            assert_eq!(with(FILE, model, alias, after).unwrap(), FILE.replace(before, after));
            let crlf = FILE.replace('\n', "\r\n");
            assert_eq!(with(&crlf, model, alias, after).unwrap(), crlf.replace(before, after));
            assert_eq!(with(FILE, model, alias, before).unwrap(), FILE);
        }
    }

    #[test]
    fn a_new_alias_joins_its_model_and_a_new_model_comes_last() {
        let alias = with(FILE, "employment", "shadow", "1.4.0").unwrap();
        assert_eq!(alias, FILE.replace("\"1.3.0\"\n", "\"1.3.0\"\n    shadow: 1.4.0\n"));
        let model = with(FILE.trim_end(), "acme", "champion", "1.0.0").unwrap();
        assert_eq!(model, format!("{FILE}acme:\n  champion: 1.0.0\n"));
        let empty = with("acme:\n", "acme", "champion", "1.0.0").unwrap();
        assert_eq!(empty, "acme:\n  champion: 1.0.0\n");
        let (name, alias) = ("acme".parse().unwrap(), "champion".parse().unwrap());
        let version = "1.0.0".parse().unwrap();
        let new = edited(None, Path::new("p"), &name, &alias, &version).unwrap();
        assert_eq!(new, format!("{HEADER}acme:\n  champion: 1.0.0\n"));
    }

    #[test]
    fn the_champion_must_be_pinned_where_it_is_asked_for() {
        let pins = Pins::parse(FILE, Path::new("pins.yaml")).unwrap();
        let pin = pins.champion(&"employment".parse().unwrap()).unwrap();
        assert_eq!((pin.version.to_string(), pin.line), ("1.2.0".to_owned(), 3));
        let pins = Pins::parse("acme:\n  staging: 1.0.0\n", Path::new("pins.yaml")).unwrap();
        for model in ["acme", "employment"] {
            let error = pins.champion(&model.parse().unwrap()).unwrap_err();
            assert!(error.to_string().contains("pins.yaml") && error.hint_text().is_some());
        }
    }

    #[test]
    fn anything_but_pins_is_refused_at_its_line() {
        for (text, line, part) in [
            ("acme: {champion: 1.0.0}\n", 1, "is not `MODEL:`"),
            ("acme:\n  champion: 1.0.0\n  champion: 1.1.0\n", 3, "in line 2 already"),
            ("acme:\nacme:\n", 2, "a second time"),
            ("acme:\n\tchampion: 1.0.0\n", 2, "tab"),
            ("acme:\n  champion: 1.0.0\n    staging: 1.0.0\n", 3, "indented"),
            ("\n  champion: 1.0.0\n", 2, "no model"),
            ("acme:\n  champion: 1.0\n", 2, "1.0"),
            ("acme:\n  champion: \"1.0.0\n", 2, "is not `ALIAS: VERSION`"),
            ("acme:\n  champion:\n", 2, "is not `ALIAS: VERSION`"),
            ("acme:\n  - champion\n", 2, "is not `ALIAS: VERSION`"),
            ("acme:\n  champion: 1.0.0 1.1.0\n", 2, "1.0.0 1.1.0"),
            ("---\nacme:\n", 1, "is not `MODEL:`"),
            ("Acme:\n", 1, "has 'A' in it"),
            ("<<<<<<< HEAD\n", 1, "is not `MODEL:`"),
        ] {
            let error = Pins::parse(text, Path::new("pins.yaml")).unwrap_err().to_string();
            assert!(error.starts_with(&format!("pins.yaml:{line}: ")), "{text:?}: {error}");
            assert!(error.contains(part), "{text:?}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_by_yaml_and_by_us(
            steps in proptest::collection::vec(("[a-c]", "[d-f]", 0_u64..9), 1..20),
        ) {
            let mut text = String::new();
            let mut expected = std::collections::BTreeMap::new();
            for (model, alias, number) in steps {
                let version = format!("1.{number}.0");
                text = with(&text, &model, &alias, &version).unwrap();
                let model: &mut std::collections::BTreeMap<_, _> =
                    expected.entry(model).or_default();
                model.insert(alias, version);
            }
            let read: std::collections::BTreeMap<_, _> = serde_saphyr::from_str(&text).unwrap();
            prop_assert_eq!(read, expected);
        }
    }
}
