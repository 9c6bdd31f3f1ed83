//! References to things of Azure Machine Learning, in every form that its tools write.

use std::fmt;
use std::str::FromStr;

use super::error::{Error, Result};

/// Where something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// In the workspace that is configured.
    Here,
    /// In this workspace.
    Workspace {
        /// Id of the subscription.
        subscription: String,
        /// Name of the resource group.
        group: String,
        /// Name of the workspace.
        name: String,
    },
    /// In this registry.
    Registry(String),
}

/// What something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asset {
    /// The workspace or registry itself.
    Itself,
    /// A model.
    Model {
        /// Its name.
        name: String,
        /// Its version; none: the one that was made last.
        version: Option<String>,
    },
    /// A folder or file of a datastore.
    Datastore {
        /// Name of the datastore.
        name: String,
        /// The path, without a `/` at either end.
        path: String,
    },
    /// An output of a job, or a part of one.
    Output {
        /// Name of the job.
        job: String,
        /// Name of the output.
        output: String,
        /// The path inside, without a `/` at either end.
        path: String,
    },
}

/// A reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AzureMlRef {
    /// Where it is.
    pub home: Home,
    /// What it is.
    pub asset: Asset,
}

/// What may be written.
const FORMS: &str = "write azureml:NAME:VERSION, azureml://jobs/JOB/outputs/NAME/paths/PATH, \
                     azureml://datastores/NAME/paths/PATH, \
                     azureml://registries/NAME/models/NAME/versions/VERSION, or one of these behind \
                     azureml://subscriptions/ID/resourcegroups/GROUP/workspaces/NAME";

impl AzureMlRef {
    /// Whether `text` is meant as such a reference.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with("azureml:") || text.starts_with("/subscriptions/")
    }
}

impl FromStr for AzureMlRef {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        read(text).ok_or_else(|| {
            let shown = text.escape_debug();
            Error::usage(format!("`{shown}` is no reference of Azure Machine Learning")).hint(FORMS)
        })
    }
}

fn read(text: &str) -> Option<AzureMlRef> {
    if let Some(path) = text.strip_prefix("azureml://") {
        return below(path);
    }
    if text.starts_with("/subscriptions/") {
        return below(text);
    }
    // azureml:NAME:VERSION, azureml:NAME@latest, azureml:/subscriptions/…
    let short = text.strip_prefix("azureml:")?;
    if short.starts_with('/') {
        return below(short);
    }
    let (name, version) = match short.split_once(':') {
        Some((name, version)) => (name, Some(version.to_owned())),
        None => (short.strip_suffix("@latest")?, None),
    };
    let whole = |part: &str| !part.is_empty() && !part.contains(['/', ':', '@']);
    let fits = whole(name) && version.as_deref().is_none_or(whole);
    let asset = Asset::Model { name: name.to_owned(), version };
    fits.then_some(AzureMlRef { home: Home::Here, asset })
}

fn below(path: &str) -> Option<AzureMlRef> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    if parts.iter().any(|part| matches!(*part, "" | "." | "..")) {
        return None;
    }
    let is = |part: &str, words: &[&str]| words.iter().any(|w| part.eq_ignore_ascii_case(w));
    let (home, rest) = match parts.as_slice() {
        [s, subscription, g, group, rest @ ..]
            if is(s, &["subscriptions"]) && is(g, &["resourcegroups", "resourcegroup"]) =>
        {
            let rest = match rest {
                [p, m, rest @ ..]
                    if is(p, &["providers"]) && is(m, &["microsoft.machinelearningservices"]) =>
                {
                    rest
                }
                rest => rest,
            };
            let [w, name, rest @ ..] = rest else { return None };
            let (subscription, group) = ((*subscription).to_owned(), (*group).to_owned());
            let home = match w.to_ascii_lowercase().as_str() {
                "workspaces" => Home::Workspace { subscription, group, name: (*name).to_owned() },
                "registries" => Home::Registry((*name).to_owned()),
                _ => return None,
            };
            (home, rest)
        }
        [r, name, rest @ ..] if is(r, &["registries"]) => {
            (Home::Registry((*name).to_owned()), rest)
        }
        rest => (Home::Here, rest),
    };
    let asset = asset(rest)?;
    (asset != Asset::Itself || home != Home::Here).then_some(AzureMlRef { home, asset })
}

fn asset(parts: &[&str]) -> Option<Asset> {
    let owned = |text: &str| text.to_owned();
    Some(match parts {
        [] => Asset::Itself,
        ["models", name, "versions", version] => {
            Asset::Model { name: owned(name), version: Some(owned(version)) }
        }
        ["models", name, "labels", "latest"] => Asset::Model { name: owned(name), version: None },
        ["datastores", name, "paths", path @ ..] => {
            Asset::Datastore { name: owned(name), path: path.join("/") }
        }
        ["jobs", job, "outputs", output] => {
            Asset::Output { job: owned(job), output: owned(output), path: String::new() }
        }
        ["jobs", job, "outputs", output, "paths", path @ ..] => {
            Asset::Output { job: owned(job), output: owned(output), path: path.join("/") }
        }
        _ => return None,
    })
}

impl fmt::Display for AzureMlRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("azureml://")?;
        match &self.home {
            Home::Here => {}
            Home::Workspace { subscription, group, name } => {
                write!(f, "subscriptions/{subscription}/resourcegroups/{group}/workspaces/{name}")?;
            }
            Home::Registry(name) => write!(f, "registries/{name}")?,
        }
        if self.home != Home::Here && self.asset != Asset::Itself {
            f.write_str("/")?;
        }
        match &self.asset {
            Asset::Itself => Ok(()),
            Asset::Model { name, version: Some(version) } => {
                write!(f, "models/{name}/versions/{version}")
            }
            Asset::Model { name, version: None } => write!(f, "models/{name}/labels/latest"),
            Asset::Datastore { name, path } => write!(f, "datastores/{name}/paths/{path}"),
            Asset::Output { job, output, path } if path.is_empty() => {
                write!(f, "jobs/{job}/outputs/{output}")
            }
            Asset::Output { job, output, path } => {
                write!(f, "jobs/{job}/outputs/{output}/paths/{path}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_understood_and_written_in_one() {
        let workspace = "azureml://subscriptions/s/resourcegroups/g/workspaces/w";
        for (text, written) in [
            ("azureml:acme:1.2.0", "azureml://models/acme/versions/1.2.0".to_owned()),
            ("azureml:acme@latest", "azureml://models/acme/labels/latest".to_owned()),
            ("azureml://jobs/j/outputs/model", "azureml://jobs/j/outputs/model".to_owned()),
            (
                "azureml://jobs/j/outputs/model/paths/a/b/",
                "azureml://jobs/j/outputs/model/paths/a/b".to_owned(),
            ),
            (
                "azureml://datastores/d/paths/models/acme/",
                "azureml://datastores/d/paths/models/acme".to_owned(),
            ),
            ("azureml://registries/r", "azureml://registries/r".to_owned()),
            (
                "azureml://registries/r/models/acme/versions/1",
                "azureml://registries/r/models/acme/versions/1".to_owned(),
            ),
            (
                "azureml://subscriptions/s/resourceGroups/g/workspaces/w/datastores/d/paths/p",
                format!("{workspace}/datastores/d/paths/p"),
            ),
            (
                "azureml://subscriptions/s/resourcegroups/g/providers/\
                 Microsoft.MachineLearningServices/workspaces/w/models/acme/versions/1",
                format!("{workspace}/models/acme/versions/1"),
            ),
            (
                "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/\
                 workspaces/w/models/acme/versions/1",
                format!("{workspace}/models/acme/versions/1"),
            ),
            ("azureml:/subscriptions/s/resourceGroups/g/workspaces/w", workspace.to_owned()),
        ] {
            let read: AzureMlRef = text.parse().expect(text);
            assert_eq!(read.to_string(), written);
            assert_eq!(written.parse::<AzureMlRef>().expect(&written), read);
        }
    }

    #[test]
    fn what_is_none_is_refused_with_the_forms() {
        for text in [
            "",
            "azureml:",
            "azureml://",
            "azureml:acme",
            "azureml:a:b:c",
            "azureml:/x",
            "azureml://models/acme",
            "azureml://datastores/d",
            "azureml://jobs/j/outputs/o/x",
            "azureml://registries/../models/a/versions/1",
            "azureml://registries//models",
            "azureml://subscriptions/s/workspaces/w",
        ] {
            let error = text.parse::<AzureMlRef>().expect_err(text);
            assert!(error.hint_text().is_some_and(|hint| hint.contains("azureml:NAME:VERSION")));
        }
    }
}
