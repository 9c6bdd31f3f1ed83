//! What of the file a verdict follows from, as written.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::domain::address::Address;

/// The parts that decide a verdict.
const PARTS: [&str; 3] = ["data", "gates", "predictions"];

/// `data`, `gates` and `predictions` of a file that was read already. Where the predictions are is left out:
/// it is another place on each machine, and their bytes are told by their digest.
pub(super) fn written(text: &str) -> BTreeMap<String, Value> {
    // A column named `y` is a text, also where any kind of value may stand.
    let options = serde_saphyr::options! { strict_booleans: true };
    let mut all: Value = serde_saphyr::from_str_with_options(text, options).unwrap_or_default();
    let mut take = |part: &&str| {
        let mut value = all.get_mut(*part)?.take();
        if let Some(map) = value.as_object_mut().filter(|_| *part == "predictions") {
            map.retain(|key, _| !is_place(key));
            // How long a machine may take decides nothing.
            map.remove("timeout");
        }
        hide_secrets(&mut value);
        Some(((*part).to_owned(), value))
    };
    PARTS.iter().filter_map(&mut take).collect()
}

/// Addresses are kept as they are shown: what stands behind a `?` may be a permission.
fn hide_secrets(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Ok(Some(address)) = Address::of(Path::new(text.as_str())) {
                *text = address.to_string();
            }
        }
        Value::Array(list) => list.iter_mut().for_each(hide_secrets),
        Value::Object(map) => map.values_mut().for_each(hide_secrets),
        _ => {}
    }
}

fn is_place(key: &str) -> bool {
    key == "path" || key == "data" || key.ends_with("-path")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_decides_is_kept() {
        let text =
            "model: acme\npredictions: {path: /x/p.csv, label: y}\ngates:\n  size: {max: 1MB}\n";
        let found = serde_json::to_string(&written(text)).expect("JSON");
        assert_eq!(found, r#"{"gates":{"size":{"max":"1MB"}},"predictions":{"label":"y"}}"#);
        assert!(written("model: acme\n").is_empty());
        let found = serde_json::to_string(&written("data: {encoding: latin1}\n")).expect("JSON");
        assert_eq!(found, r#"{"data":{"encoding":"latin1"}}"#);
        let text = "gates:\n  leakage: {train: ['https://acme.example/t.csv?sig=secret']}\n";
        let found = serde_json::to_string(&written(text)).expect("JSON");
        assert_eq!(found, r#"{"gates":{"leakage":{"train":["https://acme.example/t.csv"]}}}"#);
    }
}
