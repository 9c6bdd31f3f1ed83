//! `registry:` and `store:`: which system holds versions and events, and which the bytes.

use std::fmt;
use std::path::{Path, PathBuf};

use super::defaults::out_of_bounds;
use super::env;
use super::raw::{RawRegistry, RawStore};
use crate::domain::error::{Error, Result};

/// Which system holds versions and events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryConfig {
    /// A reference in the git repository.
    Git(GitConfig),
    /// An MLflow server.
    Mlflow(MlflowConfig),
    /// Azure Machine Learning.
    AzureMl(AzureMlConfig),
}

/// The git registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitConfig {
    /// Full reference name.
    pub reference: String,
    /// Which remote.
    pub remote: Remote,
    /// Also write GTO-style tags.
    pub gto_tags: bool,
}

/// Which git remote holds the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remote {
    /// `origin` where it exists, else none.
    Auto,
    /// Only the local repository.
    None,
    /// This one.
    Named(String),
}

/// An MLflow server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MlflowConfig {
    /// Its address, `https://HOST/PATH` without `/` at the end, or `databricks`.
    pub url: String,
}

/// Azure Machine Learning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AzureMlConfig {
    /// A workspace.
    Workspace {
        /// Id of the subscription.
        subscription: String,
        /// Name of the resource group.
        resource_group: String,
        /// Name of the workspace.
        workspace: String,
    },
    /// A registry, which workspaces share.
    Registry {
        /// Its name.
        name: String,
    },
}

/// Which system holds the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreConfig {
    /// This folder.
    Folder(PathBuf),
    /// An object store: `az://`, `s3://` or `gs://`.
    Address(String),
    /// A repository of an OCI registry.
    Oci {
        /// Its address, `oci://HOST/REPOSITORY`.
        address: String,
        /// What a package becomes there.
        kind: OciType,
    },
    /// The artifacts of the MLflow server that is the registry.
    Mlflow,
    /// The default datastore of the Azure Machine Learning workspace that is the registry.
    AzureMl,
}

/// What a package becomes in an OCI registry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OciType {
    /// An artifact of the ModelPack specification, with the files as they are.
    #[default]
    Artifact,
    /// A container image, with the files below `/models`.
    Image,
}

impl OciType {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Artifact => "artifact",
            Self::Image => "image",
        }
    }

    fn read(text: &str) -> Result<Self> {
        match text {
            "artifact" => Ok(Self::Artifact),
            "image" => Ok(Self::Image),
            _ => Err(out_of_bounds("store.oci-type", text.escape_debug(), "artifact or image")),
        }
    }
}

impl StoreConfig {
    /// The store that goes with `registry`, where none is named.
    pub fn of(registry: &RegistryConfig, root: &Path) -> Self {
        match registry {
            RegistryConfig::Git(_) => Self::Folder(root.join(".outerloop/store")),
            RegistryConfig::Mlflow(_) => Self::Mlflow,
            RegistryConfig::AzureMl(_) => Self::AzureMl,
        }
    }

    /// The same store; if it is an OCI registry, packages become this there.
    fn with(self, kind: OciType) -> Self {
        match self {
            Self::Oci { address, .. } => Self::Oci { address, kind },
            other => other,
        }
    }
}

/// What may be written for `registry.type`.
const TYPES: &str = "git, mlflow or azure-ml";
/// What may be written for `--registry`.
const ADDRESSES: &str = "git, mlflow+https://HOST, azureml://subscriptions/ID/resourceGroups/GROUP/\
                         workspaces/NAME or azureml://registries/NAME";
/// Schemes of `store.url`.
const STORES: [&str; 6] = ["az://", "abfs://", "abfss://", "s3://", "gs://", "oci://"];

impl RegistryConfig {
    /// The registry that an address such as `mlflow+https://mlflow.acme.example` means. What `git`
    /// means is told by `written`.
    ///
    /// # Errors
    /// No such address.
    pub fn at(address: &str, written: RawRegistry) -> Result<Self> {
        let unknown = || {
            Error::usage(format!("`{}` is no address of a registry", address.escape_debug()))
                .hint(format!("write {ADDRESSES}"))
        };
        let of_file = written.kind.as_deref().is_none_or(|kind| kind == "git");
        if address == "git" {
            return git(if of_file { written } else { RawRegistry::default() });
        }
        if let Some(url) = address.strip_prefix("mlflow+") {
            return Ok(Self::Mlflow(MlflowConfig { url: mlflow_url("--registry", url)? }));
        }
        let resource = address.strip_prefix("azureml://").ok_or_else(unknown)?;
        let parts: Vec<&str> = resource.trim_matches('/').split('/').collect();
        azure_ml(&parts).map(Self::AzureMl).ok_or_else(unknown)
    }
}

impl fmt::Display for RegistryConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Git(_) => f.write_str("git"),
            Self::Mlflow(mlflow) => write!(f, "mlflow+{}", mlflow.url),
            Self::AzureMl(AzureMlConfig::Registry { name }) => {
                write!(f, "azureml://registries/{name}")
            }
            Self::AzureMl(AzureMlConfig::Workspace { subscription, resource_group, workspace }) => {
                write!(
                    f,
                    "azureml://subscriptions/{subscription}/resourceGroups/{resource_group}/\
                     workspaces/{workspace}"
                )
            }
        }
    }
}

/// The parts of an `azureml://` address, in either of the forms that Azure's tools write.
fn azure_ml(parts: &[&str]) -> Option<AzureMlConfig> {
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let owned = |text: &&str| (*text).to_owned();
    if parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    match parts {
        [registries, name] if same(registries, "registries") => {
            Some(AzureMlConfig::Registry { name: owned(name) })
        }
        [s, subscription, g, group, rest @ ..]
            if same(s, "subscriptions")
                && (same(g, "resourceGroups") || same(g, "resourcegroup")) =>
        {
            let workspace = match rest {
                [w, name] if same(w, "workspaces") => name,
                [p, m, w, name]
                    if same(p, "providers")
                        && same(m, "Microsoft.MachineLearningServices")
                        && same(w, "workspaces") =>
                {
                    name
                }
                _ => return None,
            };
            Some(AzureMlConfig::Workspace {
                subscription: owned(subscription),
                resource_group: owned(group),
                workspace: owned(workspace),
            })
        }
        _ => None,
    }
}

/// The registry: `given` (a flag), else the environment, else the file.
pub(super) fn registry_config(raw: RawRegistry, given: Option<&str>) -> Result<RegistryConfig> {
    if let Some(address) = given {
        return RegistryConfig::at(address, raw);
    }
    if let Some(address) = env::get(env::REGISTRY) {
        return RegistryConfig::at(&address, raw).map_err(|e| e.during(env::REGISTRY));
    }
    match raw.kind.as_deref() {
        None | Some("git") => git(raw),
        Some("mlflow") => mlflow(raw),
        Some("azure-ml") => azure_ml_config(raw).map(RegistryConfig::AzureMl),
        Some(other) => Err(out_of_bounds("registry.type", other.escape_debug(), TYPES)),
    }
}

fn git(raw: RawRegistry) -> Result<RegistryConfig> {
    refuse_others(&raw, "git", &["ref", "remote", "gto-tags"])?;
    let reference = raw.reference.unwrap_or_else(|| "refs/outerloop/registry".to_owned());
    if !reference.starts_with("refs/") || !git2::Reference::is_valid_name(&reference) {
        return Err(out_of_bounds(
            "registry.ref",
            reference,
            "a full git reference such as refs/outerloop/registry",
        ));
    }
    let remote = match env::get(env::REMOTE).or(raw.remote).as_deref() {
        None | Some("auto") => Remote::Auto,
        Some("none") => Remote::None,
        Some(name) if name.starts_with('-') => {
            let expected = "the name of a git remote, or none";
            return Err(out_of_bounds("registry.remote", name, expected));
        }
        Some(name) => Remote::Named(name.to_owned()),
    };
    let gto_tags = raw.gto_tags.unwrap_or(false);
    Ok(RegistryConfig::Git(GitConfig { reference, remote, gto_tags }))
}

fn mlflow(raw: RawRegistry) -> Result<RegistryConfig> {
    refuse_others(&raw, "mlflow", &["url"])?;
    let url = raw.url.or_else(|| env::get(env::MLFLOW_TRACKING_URI)).ok_or_else(|| {
        Error::config("`registry.type` is mlflow, and there is no `registry.url`").hint(format!(
            "write the address of the MLflow server there, or set {}",
            env::MLFLOW_TRACKING_URI
        ))
    })?;
    Ok(RegistryConfig::Mlflow(MlflowConfig { url: mlflow_url("registry.url", &url)? }))
}

/// The address of an MLflow server, from what `mlflow` calls a tracking URI.
fn mlflow_url(key: &str, text: &str) -> Result<String> {
    let expected = "the address of an MLflow server, such as https://mlflow.acme.example";
    let text = text.trim_end_matches('/');
    if text == "databricks" {
        return Ok(text.to_owned());
    }
    if text.starts_with("databricks-uc") {
        let message = format!("`{key}` is the registry of Databricks' Unity Catalog");
        return Err(Error::config(message).hint(
            "it has calls of its own, which this version does not know; write `databricks` for the \
             workspace's own registry, or keep the registry in git",
        ));
    }
    // What Azure's tools call the tracking URI of a workspace.
    let text = match text.strip_prefix("azureml://") {
        Some(rest) if rest.contains("/mlflow/") => format!("https://{rest}"),
        _ => text.to_owned(),
    };
    let shown = || text.split(['?', '#']).next().unwrap_or_default().escape_debug().to_string();
    let url = reqwest::Url::parse(&text).ok();
    match url {
        Some(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            if !url.username().is_empty() || url.password().is_some() {
                let hint = format!(
                    "take the login out and set {} and {}",
                    env::MLFLOW_TRACKING_USERNAME,
                    env::MLFLOW_TRACKING_PASSWORD
                );
                return Err(Error::config(format!("`{key}` has a login in it")).hint(hint));
            }
            if url.query().is_some() || url.fragment().is_some() {
                return Err(out_of_bounds(key, format!("{}?…", shown()), expected));
            }
            Ok(text)
        }
        _ => Err(out_of_bounds(key, shown(), expected)),
    }
}

fn azure_ml_config(raw: RawRegistry) -> Result<AzureMlConfig> {
    refuse_others(&raw, "azure-ml", &["subscription", "resource-group", "workspace", "name"])?;
    let RawRegistry { subscription, resource_group, workspace, name, .. } = raw;
    match (name, workspace) {
        (Some(_), Some(_)) => Err(Error::config(
            "`registry.name` and `registry.workspace` are both set",
        )
        .hint(
            "`name` means a registry of Azure Machine Learning, `workspace` a workspace; keep one",
        )),
        (Some(name), None) => Ok(AzureMlConfig::Registry { name }),
        (None, Some(workspace)) => {
            let missing = |key: &str| {
                Error::config(format!(
                    "`registry.workspace` is set, and there is no `registry.{key}`"
                ))
                .hint("a workspace is named by `subscription`, `resource-group` and `workspace`")
            };
            let subscription = subscription
                .or_else(|| env::get(env::LOGIN_SUBSCRIPTION))
                .ok_or_else(|| missing("subscription"))?;
            let resource_group = resource_group.ok_or_else(|| missing("resource-group"))?;
            Ok(AzureMlConfig::Workspace { subscription, resource_group, workspace })
        }
        (None, None) => Err(Error::config(
            "`registry.type` is azure-ml, and no workspace is named",
        )
        .hint("write `subscription`, `resource-group` and `workspace`, or `name` for a registry")),
    }
}

/// Refuses the keys of other types than `kind`, which has `own`.
fn refuse_others(raw: &RawRegistry, kind: &str, own: &[&str]) -> Result<()> {
    let keys = [
        ("ref", "git", raw.reference.is_some()),
        ("remote", "git", raw.remote.is_some()),
        ("gto-tags", "git", raw.gto_tags.is_some()),
        ("url", "mlflow", raw.url.is_some()),
        ("subscription", "azure-ml", raw.subscription.is_some()),
        ("resource-group", "azure-ml", raw.resource_group.is_some()),
        ("workspace", "azure-ml", raw.workspace.is_some()),
        ("name", "azure-ml", raw.name.is_some()),
    ];
    match keys.iter().find(|(key, _, set)| *set && !own.contains(key)) {
        None => Ok(()),
        Some((key, of, _)) => Err(Error::config(format!(
            "`registry.{key}` is a key of type {of}, and the type is {kind}"
        ))
        .hint(format!(
            "write `type: {of}` beside it, or take it out; {kind} has {}",
            own.join(", ")
        ))),
    }
}

/// The store: `given` (a flag), else the environment, else the file, else what goes with the registry.
pub(super) fn store_config(
    raw: RawStore,
    given: Option<&str>,
    registry: &RegistryConfig,
    root: &Path,
) -> Result<StoreConfig> {
    let kind = raw.oci_type.as_deref().map(OciType::read).transpose()?;
    let elsewhere = given.map(|text| ("the store", text.to_owned()));
    let elsewhere = elsewhere.or_else(|| env::get(env::STORE).map(|text| (env::STORE, text)));
    if let Some((key, text)) = elsewhere {
        let store = folder_or_address(key, &text, registry, root)?;
        return Ok(store.with(kind.unwrap_or_default()));
    }
    let store = match (raw.path, raw.url) {
        (Some(_), Some(_)) => Err(Error::config("`store.path` and `store.url` are both set")
            .hint("keep one: the bytes are in one place")),
        (Some(path), None) => Ok(StoreConfig::Folder(root.join(path))),
        (None, Some(url)) => store_at("store.url", &url, registry),
        (None, None) => Ok(StoreConfig::of(registry, root)),
    }?;
    match (kind, store) {
        (None, store) => Ok(store),
        (Some(kind), store @ StoreConfig::Oci { .. }) => Ok(store.with(kind)),
        (Some(_), _) => {
            Err(Error::config("`store.oci-type` is set, and the store is no OCI registry")
                .hint("write `url: oci://HOST/REPOSITORY` beside it, or take it out"))
        }
    }
}

fn folder_or_address(
    key: &str,
    text: &str,
    registry: &RegistryConfig,
    root: &Path,
) -> Result<StoreConfig> {
    let is_path = !text.contains("://") && !matches!(text, "mlflow" | "azure-ml");
    match is_path {
        true => Ok(StoreConfig::Folder(root.join(text))),
        false => store_at(key, text, registry),
    }
}

fn store_at(key: &str, url: &str, registry: &RegistryConfig) -> Result<StoreConfig> {
    let needs = |kind: &str| {
        Error::config(format!("`{key}` is {kind}, and the registry is none of {kind}"))
            .hint(format!("write `type: {kind}` below `registry:`, or name another store"))
    };
    match url {
        "mlflow" if matches!(registry, RegistryConfig::Mlflow(_)) => Ok(StoreConfig::Mlflow),
        "azure-ml" if matches!(registry, RegistryConfig::AzureMl(_)) => Ok(StoreConfig::AzureMl),
        "mlflow" | "azure-ml" => Err(needs(url)),
        _ => {
            let named = STORES.iter().find_map(|scheme| url.strip_prefix(scheme));
            match named {
                Some(rest) if !rest.trim_matches('/').is_empty() => {
                    let address = url.trim_end_matches('/').to_owned();
                    Ok(match address.starts_with("oci://") {
                        true => StoreConfig::Oci { address, kind: OciType::default() },
                        false => StoreConfig::Address(address),
                    })
                }
                _ => {
                    let shown = url.split(['?', '#']).next().unwrap_or_default();
                    let expected = format!(
                        "an address that begins with {}, or mlflow or azure-ml",
                        STORES.join(", ")
                    );
                    Err(out_of_bounds(key, shown.escape_debug(), &expected))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::{FILE_NAME, load_from};

    fn load(text: &str) -> Result<crate::config::Config> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join(FILE_NAME);
        std::fs::write(&file, text).expect("writes");
        load_from(&file)
    }

    fn registry(text: &str) -> String {
        load(text).expect("loads").registry.to_string()
    }

    #[test]
    fn each_type_has_its_keys_and_its_store() {
        let config = load("registry: {type: mlflow, url: 'https://mlflow.acme.example/'}\n");
        let config = config.expect("loads");
        assert_eq!(config.registry.to_string(), "mlflow+https://mlflow.acme.example");
        assert_eq!(config.store, StoreConfig::Mlflow);
        let text = "registry: {type: azure-ml, subscription: s, resource-group: g, workspace: w}\n";
        assert_eq!(registry(text), "azureml://subscriptions/s/resourceGroups/g/workspaces/w");
        assert_eq!(
            registry("registry: {type: azure-ml, name: acme}\n"),
            "azureml://registries/acme"
        );
        assert_eq!(registry("model: acme\n"), "git");
        let config = load("store: {url: 's3://acme/models/'}\n").expect("loads");
        assert_eq!(config.store, StoreConfig::Address("s3://acme/models".to_owned()));
        for (said, kind) in [("", OciType::Artifact), (", oci-type: image", OciType::Image)] {
            let config = load(&format!("store: {{url: 'oci://acme/models'{said}}}\n"));
            let address = "oci://acme/models".to_owned();
            assert_eq!(config.expect("loads").store, StoreConfig::Oci { address, kind });
        }
    }

    #[test]
    fn keys_of_another_type_and_bad_addresses_are_refused_by_line() {
        for (text, said) in [
            (
                "registry:\n  type: mlflow\n  url: https://a\n  ref: refs/x\n",
                ":4: `registry.ref` is a key of type git, and the type is mlflow",
            ),
            ("registry:\n  url: https://a\n", ":2: `registry.url` is a key of type mlflow"),
            (
                "registry:\n  type: mlflow\n  url: databricks-uc\n",
                ":3: `registry.url` is the registry of Databricks' Unity Catalog",
            ),
            ("registry:\n  type: wandb\n", ":2: `registry.type` is wandb"),
            (
                "registry:\n  type: mlflow\n  url: mlflow.acme\n",
                ":3: `registry.url` is mlflow.acme",
            ),
            ("registry:\n  type: mlflow\n  url: https://a:b@c\n", ":3: `registry.url` has a login"),
            ("registry:\n  type: azure-ml\n", ":2: `registry.type` is azure-ml, and no workspace"),
            (
                "registry:\n  type: azure-ml\n  subscription: s\n  workspace: w\n",
                ":4: `registry.workspace` is set, and there is no `registry.resource-group`",
            ),
            ("store:\n  url: ftp://a/b\n", ":2: `store.url` is ftp://a/b"),
            ("store:\n  url: mlflow\n", ":2: `store.url` is mlflow, and the registry is none"),
            ("store:\n  url: oci://a/b\n  oci-type: tar\n", ":3: `store.oci-type` is tar"),
            ("store:\n  url: s3://a\n  oci-type: image\n", ":3: `store.oci-type` is set"),
            ("store:\n  oci-type: image\n", ":2: `store.oci-type` is set"),
            ("store:\n  path: a\n  url: s3://a\n", ":2: `store.path` and `store.url` are both"),
        ] {
            let error = load(text).expect_err(text);
            assert!(error.to_string().contains(&format!("outerloop.yaml{said}")), "{error}");
            assert!(error.hint_text().is_some(), "{error}");
        }
    }

    #[test]
    fn one_address_means_one_registry() {
        for address in [
            "git",
            "mlflow+http://127.0.0.1:5000",
            "mlflow+databricks",
            "azureml://subscriptions/s/resourceGroups/g/workspaces/w",
            "azureml://registries/acme",
        ] {
            let config = RegistryConfig::at(address, RawRegistry::default()).expect(address);
            assert_eq!(config.to_string(), address);
        }
        let long = "azureml://subscriptions/s/resourceGroups/g/providers/\
                    Microsoft.MachineLearningServices/workspaces/w";
        let config = RegistryConfig::at(long, RawRegistry::default()).expect("reads");
        assert_eq!(config.to_string(), "azureml://subscriptions/s/resourceGroups/g/workspaces/w");
        let tracking = "mlflow+azureml://westeurope.api.azureml.ms/mlflow/v1.0/subscriptions/s";
        let config = RegistryConfig::at(tracking, RawRegistry::default()).expect("reads");
        let url = "mlflow+https://westeurope.api.azureml.ms/mlflow/v1.0/subscriptions/s";
        assert_eq!(config.to_string(), url);
        for bad in ["", "https://a", "mlflow+", "mlflow+ftp://a", "azureml://", "azureml://x/y"] {
            let error = RegistryConfig::at(bad, RawRegistry::default()).expect_err(bad);
            assert!(error.hint_text().is_some(), "{error}");
        }
    }
}
