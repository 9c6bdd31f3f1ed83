//! Semantic versions of models, and how the next one is chosen.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::{Error, Result};

/// A semantic version (semver 2.0), immutable once registered. Build metadata is refused, because
/// two versions that differ only there compare as equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Version(semver::Version);

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Which part of the version the next registration raises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bump {
    /// Incompatible change, for example another signature.
    Major,
    /// A new model of the same shape: the default.
    #[default]
    Minor,
    /// A repackaging of the same model.
    Patch,
}

impl Version {
    /// The version given to the first registration: 1.0.0.
    pub fn first() -> Self {
        Self(semver::Version::new(1, 0, 0))
    }

    /// Whether it is a pre-release such as 2.0.0-rc.1.
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }

    /// The next release after `self`; a pre-release is raised to its release by `Patch`.
    #[must_use]
    pub fn bumped(&self, bump: Bump) -> Self {
        let v = &self.0;
        Self(match bump {
            Bump::Major => semver::Version::new(v.major + 1, 0, 0),
            Bump::Minor => semver::Version::new(v.major, v.minor + 1, 0),
            Bump::Patch if !v.pre.is_empty() => semver::Version::new(v.major, v.minor, v.patch),
            Bump::Patch => semver::Version::new(v.major, v.minor, v.patch + 1),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Version {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let hint = "write a semantic version such as 1.4.0 or 2.0.0-rc.1";
        let version =
            semver::Version::parse(text.strip_prefix('v').unwrap_or(text)).map_err(|e| {
                Error::usage(format!("`{}` is not a version: {e}", text.escape_debug())).hint(hint)
            })?;
        if !version.build.is_empty() {
            return Err(Error::usage(format!("version `{text}` has build metadata")).hint(hint));
        }
        Ok(Self(version))
    }
}

impl FromStr for Bump {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "major" => Ok(Self::Major),
            "minor" => Ok(Self::Minor),
            "patch" => Ok(Self::Patch),
            _ => Err(Error::usage(format!("`{text}` is not a level of a version"))
                .hint("use major, minor or patch")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bumps_follow_semver() -> Result<()> {
        let v: Version = "1.2.3".parse()?;
        assert_eq!(v.bumped(Bump::Major).to_string(), "2.0.0");
        assert_eq!(v.bumped(Bump::Minor).to_string(), "1.3.0");
        assert_eq!(v.bumped(Bump::Patch).to_string(), "1.2.4");
        let rc: Version = "2.0.0-rc.1".parse()?;
        assert_eq!(rc.bumped(Bump::Patch).to_string(), "2.0.0");
        assert!("1.2".parse::<Version>().is_err());
        assert!("1.2.3+x".parse::<Version>().is_err());
        Ok(())
    }
}
