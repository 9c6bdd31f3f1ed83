//! Addresses of models, as MLflow's users write them.

use std::str::FromStr;

use crate::domain::error::{Error, Result};

/// A model on an MLflow server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// `models:/name/3`
    Version {
        /// The registered model.
        name: String,
        /// MLflow's number.
        number: String,
    },
    /// `models:/name@champion`
    Alias {
        /// The registered model.
        name: String,
        /// The alias.
        alias: String,
    },
    /// `models:/m-0123…`
    Logged {
        /// Id of the logged model.
        id: String,
    },
    /// `runs:/id/path`
    Run {
        /// The run.
        id: String,
        /// Folder below its artifacts.
        path: String,
    },
}

impl Wanted {
    /// Whether `text` begins as an address of MLflow's.
    pub fn is_meant(text: &str) -> bool {
        ["models:/", "runs:/", "mlflow:/"].iter().any(|scheme| text.starts_with(scheme))
    }
}

impl FromStr for Wanted {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bad = || {
            let shown = text.escape_debug();
            Error::usage(format!("`{shown}` is no address of a model in MLflow")).hint(
                "write models:/NAME/3, models:/NAME@champion, runs:/RUN/model, or \
                 mlflow:/models/NAME/3",
            )
        };
        let text = text.strip_prefix("mlflow:/").map_or(text.to_owned(), |rest| {
            let rest = rest.trim_start_matches('/');
            rest.replacen("models/", "models:/", 1).replacen("runs/", "runs:/", 1)
        });
        let safe = |part: &str| crate::domain::package::is_safe_path(part);
        let owned = str::to_owned;
        if let Some(rest) = text.strip_prefix("models:/") {
            let rest = rest.trim_matches('/');
            return match (rest.split_once('@'), rest.split_once('/')) {
                (Some((name, alias)), _) if safe(name) && !alias.is_empty() => {
                    Ok(Self::Alias { name: owned(name), alias: owned(alias) })
                }
                (None, Some((name, number))) if safe(name) && number.parse::<u64>().is_ok() => {
                    Ok(Self::Version { name: owned(name), number: owned(number) })
                }
                (None, None) if rest.starts_with("m-") && safe(rest) => {
                    Ok(Self::Logged { id: owned(rest) })
                }
                _ => Err(bad()),
            };
        }
        match text.strip_prefix("runs:/").and_then(|rest| rest.trim_matches('/').split_once('/')) {
            Some((id, path)) if safe(id) && safe(path) => {
                Ok(Self::Run { id: owned(id), path: owned(path) })
            }
            _ => Err(bad()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_mlflow_are_understood_and_others_are_not() {
        let version = Wanted::Version { name: "acme".to_owned(), number: "3".to_owned() };
        for text in ["models:/acme/3", "mlflow:/models/acme/3"] {
            assert_eq!(text.parse::<Wanted>().unwrap(), version);
        }
        let alias = Wanted::Alias { name: "acme".to_owned(), alias: "champion".to_owned() };
        assert_eq!("models:/acme@champion".parse::<Wanted>().unwrap(), alias);
        let run = Wanted::Run { id: "0a".to_owned(), path: "model/a".to_owned() };
        assert_eq!("runs:/0a/model/a".parse::<Wanted>().unwrap(), run);
        let logged = Wanted::Logged { id: "m-0a".to_owned() };
        assert_eq!("models:/m-0a".parse::<Wanted>().unwrap(), logged);
        for bad in [
            "",
            "acme",
            "models:/acme",
            "models:/acme/x",
            "runs:/0a",
            "runs:/0a/../x",
            "s3://acme/x",
            "models:/@x",
            "models:/../3",
        ] {
            assert!(bad.parse::<Wanted>().unwrap_err().hint_text().is_some(), "{bad}");
        }
    }
}
