//! Holds the arrows between the rooms of the core: who may know whom (docs/ARCHITECTURE.md).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::process::{Result, root};

/// Each room, and the rooms that it may name with `crate::`.
fn allowed() -> BTreeMap<&'static str, Vec<&'static str>> {
    let values = ["domain", "stats", "data", "files", "formats", "ports", "config"];
    let inner = |more: &[&'static str]| [&values[..], more].concat();
    BTreeMap::from([
        ("domain", vec![]),
        ("stats", vec!["domain"]),
        ("ports", vec!["domain"]),
        ("files", vec!["domain", "ports"]),
        ("data", vec!["domain", "stats"]),
        ("formats", vec!["domain"]),
        ("gates", inner(&[])),
        ("spec", vec![]),
        ("sql", vec!["domain"]),
        ("process", vec!["domain"]),
        ("config", vec!["domain", "gates"]),
        ("steps", inner(&["gates", "report", "sql"])),
        ("report", inner(&["gates", "steps"])),
        ("adapters", vec!["domain", "files", "ports", "process", "config"]),
        ("conformance", vec!["domain", "files", "ports"]),
    ])
}

/// Checks every file of the core.
///
/// # Errors
/// Each `crate::` path that points the wrong way, by file and line.
pub fn check() -> Result<()> {
    let core = root().join("core/src");
    let mut wrong = Vec::new();
    for (room, may_know) in allowed() {
        for file in files_below(&core.join(room))? {
            let text =
                std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
            let shown = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
            for (line, known) in rooms_named(production(&text)) {
                if known != room && !may_know.contains(&known.as_str()) {
                    wrong.push(format!("{shown}:{line}: `{room}` may not know `{known}`"));
                }
            }
            wrong.extend(adapter_neighbours(&file, &core, &text, &shown));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("arrows between rooms:\n  {}", wrong.join("\n  ")))
    }
}

/// The text before the file's tests: tests may know everything.
fn production(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let single = folder.with_extension("rs");
    if single.is_file() {
        found.push(single);
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(found) };
    for entry in entries {
        let path = entry.map_err(|e| format!("{}: {e}", folder.display()))?.path();
        if path.is_dir() {
            found.extend(files_below(&path)?);
        } else if path.extension().is_some_and(|e| e == "rs") && !is_test(&path) {
            found.push(path);
        }
    }
    Ok(found)
}

fn is_test(path: &Path) -> bool {
    path.file_stem()
        .and_then(|n| n.to_str())
        .is_some_and(|n| matches!(n, "tests" | "fixture") || n.ends_with("_tests"))
        || path.components().any(|c| c.as_os_str() == "tests")
}

fn rooms_named(text: &str) -> impl Iterator<Item = (usize, String)> + '_ {
    let code = |line: &&str| !line.trim_start().starts_with("//");
    text.lines().enumerate().filter(move |(_, l)| code(l)).flat_map(|(number, line)| {
        line.split("crate::").skip(1).map(move |rest| {
            let room = rest.split(|c: char| !c.is_ascii_lowercase() && c != '_').next();
            (number + 1, room.unwrap_or_default().to_owned())
        })
    })
}

/// Adapters never know each other: `adapters/registry/…` may not name `crate::adapters::store`.
fn adapter_neighbours(file: &Path, core: &Path, text: &str, shown: &str) -> Vec<String> {
    let Ok(inside) = file.strip_prefix(core.join("adapters")) else { return Vec::new() };
    let own =
        inside.iter().next().and_then(|p| p.to_str()).unwrap_or_default().trim_end_matches(".rs");
    if matches!(own, "factory" | "mod") {
        return Vec::new();
    }
    production(text)
        .match_indices("crate::adapters::")
        .filter_map(|(at, found)| {
            let rest = &text[at + found.len()..];
            let other = rest.split(|c: char| !c.is_ascii_lowercase() && c != '_').next()?;
            let shared =
                matches!(other, "http" | "azure" | "github" | "mlflow" | "objects" | "onnx");
            (other != own && !shared)
                .then(|| format!("{shown}: adapter `{own}` may not know `{other}`"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rooms_are_found_outside_comments_and_tests() {
        let text = "use crate::domain::x;\n// crate::steps\n#[cfg(test)]\nuse crate::adapters;";
        let found: Vec<_> = rooms_named(production(text)).collect();
        assert_eq!(found, [(1, "domain".to_owned())]);
    }

    #[test]
    fn this_repository_holds_its_arrows() {
        assert_eq!(check(), Ok(()));
    }
}
