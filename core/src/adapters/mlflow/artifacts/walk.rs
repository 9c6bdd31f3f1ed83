//! All files below a folder, from lists of one folder each.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::package::is_safe_path;

/// Deepest folder; a server that goes deeper is walking in circles.
const DEEP: usize = 64;

/// Bytes of every file below `folder`, by its path. `list` answers as MLflow does, for a path.
pub(super) fn files(
    folder: &str,
    list: &dyn Fn(&str) -> Result<Value>,
) -> Result<BTreeMap<String, u64>> {
    let mut found = BTreeMap::new();
    walk(folder, list, DEEP, &mut found)?;
    Ok(found)
}

fn walk(
    folder: &str,
    list: &dyn Fn(&str) -> Result<Value>,
    deep: usize,
    found: &mut BTreeMap<String, u64>,
) -> Result<()> {
    if deep == 0 {
        return Err(Error::unavailable(format!("{folder}: folders without an end"))
            .hint("look at the artifacts in MLflow"));
    }
    let listed = match list(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        listed => listed?,
    };
    for entry in listed["files"].as_array().into_iter().flatten() {
        let name =
            entry["path"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        if !is_safe_path(name) {
            return Err(unsafe_name(folder, name));
        }
        let path = join(folder, name);
        if entry["is_dir"] == true {
            walk(&path, list, deep - 1, found)?;
        } else {
            // Some stores tell sizes as text, and that of an empty file is left out.
            let size = &entry["file_size"];
            let size = size.as_u64().or_else(|| size.as_str()?.parse().ok()).unwrap_or(0);
            found.insert(path, size);
        }
    }
    Ok(())
}

/// `name` below `folder`, which may be empty.
pub(super) fn join(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", name) => name.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, name) => format!("{folder}/{name}"),
    }
}

/// A name that would lead out of its folder.
pub(super) fn unsafe_name(folder: &str, name: &str) -> Error {
    Error::integrity(format!("{folder} holds `{}`", name.escape_debug()))
        .hint("no file of a model is called so; look at the artifacts in MLflow")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn folders_are_walked_and_sizes_read_in_both_forms() {
        let list = |folder: &str| {
            Ok(match folder {
                "" => {
                    json!({"files": [{"path": "a", "is_dir": true}, {"path": "x", "file_size": "7"}]})
                }
                "a" => json!({"files": [{"path": "a/b.bin", "file_size": 3}, {"path": "e"}]}),
                _ => return Err(Error::not_found(folder)),
            })
        };
        let all = files("", &list).unwrap();
        let expected = [("a/b.bin", 3), ("a/e", 0), ("x", 7)].map(|(p, n)| (p.to_owned(), n));
        assert_eq!(all, BTreeMap::from(expected));
        assert!(files("none", &list).unwrap().is_empty());
    }

    #[test]
    fn circles_and_names_that_lead_out_are_refused() {
        let circle = |_: &str| Ok(json!({"files": [{"path": "a", "is_dir": true}]}));
        assert_eq!(files("", &circle).unwrap_err().kind(), ErrorKind::Unavailable);
        for name in ["..", "", "a\\..\\b"] {
            let bad = |_: &str| Ok(json!({"files": [{"path": name}]}));
            if !is_safe_path(name) {
                assert_eq!(files("", &bad).unwrap_err().kind(), ErrorKind::Integrity);
            }
        }
    }
}
