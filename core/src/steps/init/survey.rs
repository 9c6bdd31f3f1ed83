//! What is in the repository already, as far as the workflows depend on it.

use std::path::{Path, PathBuf};

use crate::config::load::FILE_NAME;
use crate::config::{self, Config};
use crate::domain::error::Result;

use super::configuration::name_of;
use super::templates::Workflows;

/// What the workflows depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Survey {
    /// The model.
    pub(super) model: String,
    /// The branch that is deployed from.
    pub(super) branch: String,
    /// The endpoint that is deployed to.
    pub(super) endpoint: String,
    /// The command that trains, when the repository has one.
    pub(super) train: Option<String>,
    /// The command that scores two packages, when the repository has one.
    pub(super) score: bool,
    /// The command that installs Python packages, when the repository names some.
    pub(super) install: Option<String>,
    /// What a change of the model's code touches; folders end with `/`.
    pub(super) sources: Vec<String>,
    /// The CI system of the server that `origin` is on, where its address tells.
    pub(super) server: Option<Workflows>,
}

/// What may train, the most particular first.
const TRAINERS: [(&str, &str); 5] = [
    ("train.sh", "sh train.sh"),
    ("dvc.yaml", "dvc repro"),
    ("MLproject", "mlflow run . --env-manager local"),
    ("train.py", "python train.py"),
    ("src/train.py", "python src/train.py"),
];

/// What names Python packages, and how they are installed.
const REQUIREMENTS: [(&str, &str); 2] = [
    ("requirements.txt", "pip install --requirement requirements.txt"),
    ("pyproject.toml", "pip install ."),
];

/// What a change of the model's code may touch; a folder ends with `/`.
const SOURCES: [&str; 12] = [
    "train.py",
    "train.sh",
    "MLproject",
    "dvc.yaml",
    "dvc.lock",
    "params.yaml",
    "requirements.txt",
    "pyproject.toml",
    FILE_NAME,
    "data/",
    "data.dvc",
    "src/",
];

impl Survey {
    /// Looks around in `folder`, the root of a repository. `name` goes over what is found.
    ///
    /// # Errors
    /// There is an `outerloop.yaml` that does not load.
    pub(super) fn of(folder: &Path, name: Option<&str>) -> Result<Self> {
        let file = folder.join(FILE_NAME);
        let config = file.exists().then(|| config::load_from(&file)).transpose()?;
        let there = |path: &str| folder.join(path).exists();
        let found = |list: &[(&str, &str)]| {
            list.iter().find(|(file, _)| there(file)).map(|(_, command)| (*command).to_owned())
        };
        let model = config.as_ref().and_then(|c| c.model.as_ref()).map(ToString::to_string);
        let sources = SOURCES.iter().filter(|path| **path == FILE_NAME || there(path));
        Ok(Self {
            model: name.map(str::to_owned).or(model).unwrap_or_else(|| name_of(folder)),
            branch: default_branch(folder).unwrap_or_else(|| "main".to_owned()),
            endpoint: config.as_ref().and_then(endpoint).unwrap_or_else(|| "prod".to_owned()),
            train: found(&TRAINERS),
            score: there("score.py"),
            install: found(&REQUIREMENTS),
            sources: sources.map(|path| (*path).to_owned()).collect(),
            server: server(folder),
        })
    }
}

/// The first endpoint of the configuration.
fn endpoint(config: &Config) -> Option<String> {
    config.endpoints.keys().next().map(ToString::to_string)
}

/// The remote's default branch, else the one that is checked out.
fn default_branch(folder: &Path) -> Option<String> {
    let git = git_folder(folder)?;
    let of = |file: PathBuf, prefix: &str| {
        let text = std::fs::read_to_string(file).ok()?;
        let branch = text.trim().strip_prefix("ref: ")?.strip_prefix(prefix)?.to_owned();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        branch.chars().all(plain).then_some(branch)
    };
    of(git.join("refs/remotes/origin/HEAD"), "refs/remotes/origin/")
        .or_else(|| of(git.join("HEAD"), "refs/heads/"))
}

/// The CI system of the server that `origin` is on.
fn server(folder: &Path) -> Option<Workflows> {
    let config = std::fs::read_to_string(git_folder(folder)?.join("config")).ok()?;
    let origin = config.split_once("[remote \"origin\"]")?.1;
    let origin = origin.split_once("\n[").map_or(origin, |(section, _)| section);
    let url = origin.lines().find_map(|line| line.trim().strip_prefix("url = "))?;
    let has = |words: &[&str]| words.iter().any(|word| url.contains(word));
    match () {
        () if has(&["dev.azure.com", "visualstudio.com", "/_git/"]) => {
            Some(Workflows::AzurePipelines)
        }
        () if has(&["github."]) => Some(Workflows::GitHub),
        () => None,
    }
}

/// The git folder of the repository whose root is `folder`; in a linked work tree a file names it.
pub(super) fn git_folder(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let text = std::fs::read_to_string(git).ok()?;
    Some(folder.join(text.trim().strip_prefix("gitdir: ")?))
}
