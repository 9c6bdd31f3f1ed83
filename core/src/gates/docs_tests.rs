//! Holds the pages of the gates to the code.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of each source file of the room without its tests, by its name.
fn sources() -> BTreeMap<String, String> {
    let files = std::fs::read_dir(folder("src/gates")).expect("the room");
    let paths = files.map(|entry| entry.expect("an entry").path());
    let name = |path: &Path| path.file_stem().expect("a name").to_string_lossy().into_owned();
    paths
        .filter(|path| !name(path).ends_with("_tests") && name(path) != "testing")
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("reads").replace('\r', "");
            let text = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
            (name(&path), text)
        })
        .collect()
}

/// The id that a file gives its gate.
fn id(text: &str) -> Option<String> {
    let rest = text.split("const ID: &str = \"").nth(1)?;
    rest.split('"').next().map(str::to_owned)
}

/// What is quoted right before a verdict: the codes of findings.
fn codes(text: &str) -> Vec<String> {
    let text: String = text.split_whitespace().collect();
    let mut found = Vec::new();
    for mark in ["\",Verdict::", "\",verdict"] {
        for (at, _) in text.match_indices(mark) {
            if let Some(start) = text[..at].rfind('"') {
                found.push(text[start + 1..at].to_owned());
            }
        }
    }
    found
}

fn page(name: &str) -> Option<String> {
    std::fs::read_to_string(folder("../docs").join(name)).ok()
}

#[test]
fn every_gate_has_a_page_with_its_codes() {
    let index = page("gates.md").expect("the index");
    let mut missing = Vec::new();
    let mut gates = 0;
    for (file, text) in sources() {
        let own = match id(&text) {
            Some(id) => {
                gates += 1;
                if !index.contains(&format!("(gates/{id}.md)")) {
                    missing.push(format!("gates.md does not name {id}"));
                }
                page(&format!("gates/{id}.md")).unwrap_or_else(|| {
                    missing.push(format!("gates/{id}.md is not there"));
                    String::new()
                })
            }
            None => String::new(),
        };
        for code in codes(&text) {
            let quoted = format!("`{code}`");
            if !own.contains(&quoted) && !index.contains(&quoted) && !in_any_page(&file, &quoted) {
                missing.push(format!("`{code}` of {file}.rs is on no page"));
            }
        }
    }
    assert!(gates >= 15, "{gates} gates were found");
    assert_eq!(missing, [""; 0]);
}

/// What helps several gates may be described by one of them.
fn in_any_page(file: &str, quoted: &str) -> bool {
    let helps = ["slice_loss", "paired", "method", "single"].contains(&file);
    let pages = std::fs::read_dir(folder("../docs/gates")).expect("the pages");
    let texts = pages.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path()).ok());
    helps && texts.into_iter().any(|text| text.contains(quoted))
}

#[test]
fn codes_are_found_in_the_code() {
    let text = "self.finding(\"metric-missing\", Verdict::Error, m); f(\n \"near\",\n verdict, x)";
    assert_eq!(codes(text), ["metric-missing", "near"]);
}
