//! Names of models, aliases and endpoints: `[a-z0-9][a-z0-9._-]{0,127}`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use super::error::{Error, Result};

const MAX: usize = 128;

fn check(what: &str, text: &str) -> Result<()> {
    let hint = "use lowercase letters, digits, `.`, `_` and `-`, starting with a letter or digit, \
                at most 128 characters";
    let bad = |why: String| Err(Error::usage(why).hint(hint));
    if text.is_empty() {
        return bad(format!("{what} is empty"));
    }
    if text.len() > MAX {
        return bad(format!("{what} has {} characters", text.len()));
    }
    let head = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let tail = |c: char| head(c) || matches!(c, '.' | '_' | '-');
    if let Some((_, c)) =
        text.char_indices().find(|(i, c)| !(if *i == 0 { head(*c) } else { tail(*c) }))
    {
        return bad(format!("{what} `{}` has {c:?} in it", text.escape_debug()));
    }
    if text.contains("..") || text.ends_with('.') || text.ends_with(".lock") {
        return bad(format!("{what} `{text}` cannot be part of a git reference"));
    }
    Ok(())
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal, $extra:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $type(String);

        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $type {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                check($what, text)?;
                let extra: fn(&str) -> Result<()> = $extra;
                extra(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

name!(
    /// The name of a model.
    ModelName, "model name", |_| Ok(())
);
name!(
    /// The name of an alias such as `champion`. It cannot look like a version.
    Alias, "alias", |text| {
        if semver::Version::parse(text).is_ok() {
            return Err(Error::usage(format!("alias `{text}` looks like a version"))
                .hint("choose a word, such as `champion` or `staging`"));
        }
        Ok(())
    }
);
name!(
    /// The name of an endpoint.
    EndpointName, "endpoint name", |_| Ok(())
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names_pass_and_bad_ones_say_why() {
        assert!("ma-employment.v2_x".parse::<ModelName>().is_ok());
        assert!("champion".parse::<Alias>().is_ok());
        for bad in ["", "-a", "A", "a/b", "a b", "a\nb", "é", "a..b", "a.lock", &"a".repeat(129)] {
            assert!(bad.parse::<ModelName>().is_err(), "{bad:?}");
        }
        assert!("1.2.3".parse::<Alias>().is_err());
    }
}
