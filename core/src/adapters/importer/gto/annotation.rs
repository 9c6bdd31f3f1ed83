//! What is written of an artifact at a commit: in GTO's `artifacts.yaml`, else below `artifacts:` of
//! DVC's `dvc.yaml`, in the artifact's folder.

use std::collections::BTreeMap;

use git2::{Repository, Tree};
use serde::Deserialize;
use serde_json::Value;

use super::repository::damaged;
use crate::domain::error::{Error, Result};

/// An artifact, as its file says. Other keys are passed over, as GTO does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub(super) struct Annotation {
    /// What it is, such as `model`.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// Where its files are, as written.
    #[serde(default)]
    pub path: Option<String>,
    /// Words for it.
    #[serde(default)]
    pub labels: Vec<String>,
    /// What it is, in plain words.
    #[serde(default, alias = "desc")]
    pub description: Option<String>,
    /// Anything else.
    #[serde(default, alias = "meta")]
    pub custom: Value,
}

#[derive(Deserialize)]
struct DvcFile {
    #[serde(default)]
    artifacts: BTreeMap<String, Annotation>,
}

/// An annotation, and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// What it says.
    pub annotation: Annotation,
    /// Path of its file in the repository.
    pub file: String,
    /// Path of the artifact in the repository.
    pub path: String,
}

/// Reads what `tree` says of an artifact.
///
/// # Errors
/// Not found where it says nothing, or nothing of its files; input where that cannot be read.
pub(super) fn read(repository: &Repository, tree: &Tree<'_>, artifact: &str) -> Result<Found> {
    let (folder, name) = artifact.split_once(':').unwrap_or(("", artifact));
    let index = joined(folder, "artifacts.yaml")?;
    let dvc = joined(folder, "dvc.yaml")?;
    let mut found = None;
    if let Some(text) = text(repository, tree, &index)? {
        let mut all: BTreeMap<String, Annotation> = parse(&text, &index)?;
        found = all.remove(name).map(|annotation| (annotation, index.clone()));
    }
    if found.is_none()
        && let Some(text) = text(repository, tree, &dvc)?
    {
        let mut all: DvcFile = parse(&text, &dvc)?;
        found = all.artifacts.remove(name).map(|annotation| (annotation, dvc.clone()));
    }
    let Some((annotation, file)) = found else {
        return Err(Error::not_found(format!("neither {index} nor {dvc} there names `{name}`"))
            .hint("which files it is was never written down; package and register it by hand"));
    };
    let written = annotation.path.clone().unwrap_or_default();
    if written.is_empty() {
        return Err(Error::not_found(format!("{file} there names no `path` of `{name}`"))
            .hint("its files were never in the repository; package and register it by hand"));
    }
    if written.contains("://") {
        let shown = written.escape_debug();
        return Err(Error::not_found(format!("`{name}` is at {shown}, outside of the repository"))
            .hint("fetch it from there, and package and register it by hand"));
    }
    let path = joined(folder, &written).map_err(|e| e.during(file.clone()))?;
    Ok(Found { annotation, file, path })
}

fn parse<T: for<'a> Deserialize<'a>>(text: &str, file: &str) -> Result<T> {
    if text.trim().is_empty() {
        return parse("{}", file);
    }
    serde_saphyr::from_str(text).map_err(|e| {
        Error::input(format!("{file} there cannot be read: {e}"))
            .hint("it was committed so; package and register the version by hand")
    })
}

fn text(repository: &Repository, tree: &Tree<'_>, path: &str) -> Result<Option<String>> {
    let Ok(entry) = tree.get_path(std::path::Path::new(path)) else { return Ok(None) };
    if entry.kind() != Some(git2::ObjectType::Blob) {
        return Ok(None);
    }
    let blob = repository.find_blob(entry.id()).map_err(|e| damaged(path, &e))?;
    Ok(Some(String::from_utf8_lossy(blob.content()).into_owned()))
}

/// `path` as written in a file of `folder`, as a path in the repository: `/` between its parts,
/// without `.` and `..`.
///
/// # Errors
/// Input where it leaves the repository.
pub(super) fn joined(folder: &str, path: &str) -> Result<String> {
    let path = path.replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    let outside = path.starts_with('/') || path.contains([':', '\0']);
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_some() => {}
            ".." => return Err(leaves(&path)),
            part => parts.push(part),
        }
    }
    if outside || parts.is_empty() { Err(leaves(&path)) } else { Ok(parts.join("/")) }
}

fn leaves(path: &str) -> Error {
    Error::input(format!("the path `{}` is not one inside of the repository", path.escape_debug()))
        .hint("package its files and register the version by hand")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_the_repository() {
        for (folder, path, whole) in [
            ("", "models/clf.pkl", "models/clf.pkl"),
            ("", "./models/", "models"),
            ("a/b", "../c.pkl", "a/c.pkl"),
            ("", "models\\clf.pkl", "models/clf.pkl"),
        ] {
            assert_eq!(joined(folder, path).unwrap(), whole);
        }
        for (folder, path) in
            [("", "../x"), ("a", "../../x"), ("", "/etc/passwd"), ("", "C:/x"), ("", ".")]
        {
            assert!(joined(folder, path).is_err(), "{path}");
        }
    }
}
