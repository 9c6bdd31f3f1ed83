//! References to a registered model: `name@1.2.0`, `name@champion`, `name@sha256:…`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::digest::Digest;
use super::error::{Error, Result};
use super::name::{Alias, ModelName};
use super::version::Version;

/// What follows the `@`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// An exact version.
    Version(Version),
    /// Whatever the alias points at.
    Alias(Alias),
    /// The version whose package has this digest.
    Digest(Digest),
    /// The highest version that is not archived (`name` alone, or `name@latest`).
    Latest,
}

/// A model and which of its versions is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelRef {
    /// The model.
    pub model: ModelName,
    /// Which version.
    pub selector: Selector,
}

impl ModelRef {
    /// `model@version`.
    pub fn version(model: &ModelName, version: &Version) -> Self {
        Self { model: model.clone(), selector: Selector::Version(version.clone()) }
    }

    /// `model@alias`.
    pub fn alias(model: &ModelName, alias: &Alias) -> Self {
        Self { model: model.clone(), selector: Selector::Alias(alias.clone()) }
    }
}

impl fmt::Display for ModelRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.selector {
            Selector::Version(v) => write!(f, "{}@{v}", self.model),
            Selector::Alias(a) => write!(f, "{}@{a}", self.model),
            Selector::Digest(d) => write!(f, "{}@{d}", self.model),
            Selector::Latest => write!(f, "{}@latest", self.model),
        }
    }
}

impl FromStr for ModelRef {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let Some((model, selector)) = text.split_once('@') else {
            return Ok(Self { model: text.parse()?, selector: Selector::Latest });
        };
        let model = model.parse()?;
        let selector = if selector == "latest" {
            Selector::Latest
        } else if selector.starts_with("sha256:") {
            Selector::Digest(selector.parse()?)
        } else if let Ok(version) = selector.parse() {
            Selector::Version(version)
        } else {
            Selector::Alias(selector.parse::<Alias>().map_err(|_| {
                Error::usage(format!("`{}` is not a reference to a model", text.escape_debug()))
                    .hint("write name@1.2.0, name@champion or name@sha256:…")
            })?)
        };
        Ok(Self { model, selector })
    }
}

impl Serialize for ModelRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ModelRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_survives_a_round_trip() -> Result<()> {
        let digest = Digest::of(b"x");
        for text in ["a@1.2.0", "a@champion", &format!("a@{digest}"), "a@latest"] {
            assert_eq!(text.parse::<ModelRef>()?.to_string(), text);
        }
        assert_eq!("a".parse::<ModelRef>()?.selector, Selector::Latest);
        assert!("a@".parse::<ModelRef>().is_err());
        assert!("A@1.0.0".parse::<ModelRef>().is_err());
        Ok(())
    }
}
