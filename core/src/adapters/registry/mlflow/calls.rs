//! The calls to the server's model registry, with the shapes of their answers.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Mlflow;
use super::tags::{LAYOUT, MARK};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::name::ModelName;

/// Most versions in one answer.
const VERSIONS: &str = "1000";
/// Most models in one answer.
const MODELS: &str = "100";
/// Most pages of a list; a server that gives more is walking in circles.
const PAGES: usize = 10_000;

/// A key and its value.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Tag {
    pub key: String,
    #[serde(default)]
    pub value: String,
}

/// An alias.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct AliasOf {
    pub alias: String,
    pub version: String,
}

/// A registered model.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RegisteredModel {
    pub name: String,
    #[serde(default)]
    pub tags: Vec<Tag>,
    #[serde(default)]
    pub aliases: Vec<AliasOf>,
}

/// A version of it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ModelVersion {
    pub version: String,
    #[serde(default)]
    pub source: String,
    #[serde(default)]
    pub tags: Vec<Tag>,
}

impl ModelVersion {
    /// The value of a tag.
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|tag| tag.key == key).map(|tag| tag.value.as_str())
    }

    /// MLflow's own number.
    pub fn number(&self) -> u64 {
        self.version.parse().unwrap_or(u64::MAX)
    }
}

#[derive(Deserialize)]
struct ModelAnswer {
    registered_model: RegisteredModel,
}

#[derive(Deserialize)]
struct ModelsAnswer {
    #[serde(default)]
    registered_models: Vec<RegisteredModel>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct VersionsAnswer {
    #[serde(default)]
    model_versions: Vec<ModelVersion>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct VersionAnswer {
    model_version: ModelVersion,
}

impl Mlflow {
    /// The model with its tags and aliases.
    pub(super) fn find(&self, model: &ModelName) -> Result<Option<RegisteredModel>> {
        let found: Result<ModelAnswer> =
            self.server.get("registered-models/get", &[("name", model.as_str())]);
        match found {
            Ok(answer) => Ok(Some(answer.registered_model)),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Makes the model, if it is not there, with this tag.
    pub(super) fn ensure(&self, model: &ModelName, (key, value): (&str, &str)) -> Result<()> {
        let body = json!({
            "name": model,
            "tags": [{"key": MARK, "value": LAYOUT}, {"key": key, "value": value}],
        });
        let tags = || {
            self.set_tag(model, MARK, LAYOUT)?;
            self.set_tag(model, key, value)
        };
        let made = self.server.create::<Value>("registered-models/create", &body);
        match made {
            Ok(_) => Ok(()),
            Err((e, _)) if e.kind() == ErrorKind::AlreadyExists => tags(),
            // Perhaps it was made all the same.
            Err((e, true)) => match self.find(model)? {
                Some(_) => tags(),
                None => Err(e),
            },
            Err((e, false)) => Err(e),
        }
    }

    pub(super) fn set_tag(&self, model: &ModelName, key: &str, value: &str) -> Result<()> {
        let body = json!({"name": model, "key": key, "value": value});
        self.server.set::<Value>("registered-models/set-tag", &body).map(|_| ())
    }

    pub(super) fn delete_tag(&self, model: &ModelName, key: &str) -> Result<()> {
        let body = json!({"name": model, "key": key});
        match self.server.delete("registered-models/delete-tag", &body) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    /// Refuses a login that may not even look at models.
    pub(super) fn check_readable(&self) -> Result<()> {
        self.server.get::<Value>("registered-models/search", &[("max_results", "1")]).map(|_| ())
    }

    /// Every model of this registry.
    pub(super) fn search_models(&self) -> Result<Vec<RegisteredModel>> {
        let filter = format!("tags.`{MARK}` = '{LAYOUT}'");
        let (mut models, mut token) = (Vec::new(), String::new());
        for _ in 0..PAGES {
            let query =
                [("filter", filter.as_str()), ("max_results", MODELS), ("page_token", &token)];
            let query = &query[..if token.is_empty() { 2 } else { 3 }];
            let page: ModelsAnswer = self.server.get("registered-models/search", query)?;
            models.extend(page.registered_models);
            match page.next_page_token.filter(|next| !next.is_empty()) {
                Some(next) => token = next,
                None => return Ok(models),
            }
        }
        Err(circles("models"))
    }

    /// The model's versions that `more` (part of a filter, may be empty) lets through, by number.
    pub(super) fn search_versions(
        &self,
        model: &ModelName,
        more: &str,
    ) -> Result<Vec<ModelVersion>> {
        let filter = format!("name='{model}'{more}");
        let (mut versions, mut token) = (Vec::new(), String::new());
        for _ in 0..PAGES {
            let query =
                [("filter", filter.as_str()), ("max_results", VERSIONS), ("page_token", &token)];
            let query = &query[..if token.is_empty() { 2 } else { 3 }];
            let page: VersionsAnswer = self.server.get("model-versions/search", query)?;
            versions.extend(page.model_versions);
            match page.next_page_token.filter(|next| !next.is_empty()) {
                Some(next) => token = next,
                None => {
                    versions.sort_by_key(ModelVersion::number);
                    return Ok(versions);
                }
            }
        }
        Err(circles("versions"))
    }

    /// Makes a version. The second value of an error says whether it may be there all the same.
    pub(super) fn create_version(
        &self,
        body: &Value,
    ) -> std::result::Result<ModelVersion, (Error, bool)> {
        let made = self.server.create::<VersionAnswer>("model-versions/create", body);
        made.map(|answer| answer.model_version)
    }

    pub(super) fn delete_version(&self, model: &ModelName, number: &str) -> Result<()> {
        let body = json!({"name": model, "version": number});
        match self.server.delete("model-versions/delete", &body) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    pub(super) fn set_version_tag(
        &self,
        model: &ModelName,
        number: &str,
        key: &str,
        value: &str,
    ) -> Result<()> {
        let body = json!({"name": model, "version": number, "key": key, "value": value});
        self.server.set::<Value>("model-versions/set-tag", &body).map(|_| ())
    }

    pub(super) fn set_alias(&self, model: &ModelName, alias: &str, number: &str) -> Result<()> {
        let body = json!({"name": model, "alias": alias, "version": number});
        self.server.set::<Value>("registered-models/alias", &body).map(|_| ())
    }

    pub(super) fn remove_alias(&self, model: &ModelName, alias: &str) -> Result<()> {
        let body = json!({"name": model, "alias": alias});
        match self.server.delete("registered-models/alias", &body) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }
}

fn circles(what: &str) -> Error {
    Error::unavailable(format!("the MLflow server's list of {what} does not end"))
        .hint("ask whoever runs the server, or a proxy before it")
}
