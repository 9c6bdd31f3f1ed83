//! Answers of no fixed form: a list, an object around one, or text that holds either.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::onnx::given;
use crate::adapters::onnx::tensor::{self, Flat};
use crate::ports::scorer::Tensor;

/// What the list of answers is called where an object holds it.
const LISTS: [&str; 5] = ["predictions", "result", "results", "output", "outputs"];
/// What a list without a name is called.
const UNNAMED: &str = "predictions";

/// The outputs: `[0.1, …]`, `[[0.9, 0.1], …]`, `[{"label": 1}, …]`, `{"label": [1, …]}`, each also as
/// `predictions`, `result` or `output` of an object, and as text.
///
/// # Errors
/// What it is instead.
pub(super) fn tensors(answer: Value) -> Result<Vec<Tensor>, String> {
    match answer {
        // A script that calls `json.dumps` itself is packed twice.
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(Value::String(_)) | Err(_) => {
                Err(format!("its answer is the text `{}`", short(&text)))
            }
            Ok(inner) => tensors(inner),
        },
        Value::Array(rows) if rows.iter().any(Value::is_object) => of_records(rows),
        Value::Array(rows) => one(UNNAMED, rows.into()).map(|tensor| vec![tensor]),
        Value::Object(mut object) => {
            if let Some(list) = LISTS.iter().find_map(|name| object.remove(*name)) {
                return tensors(list);
            }
            match object.get("error").or_else(|| object.get("message")) {
                Some(said) => {
                    Err(format!("it answers with an error: {}", short(&said.to_string())))
                }
                None => of_columns(object),
            }
        }
        other => Err(format!("its answer is `{}`, no list of answers", short(&other.to_string()))),
    }
}

fn of_columns(object: Map<String, Value>) -> Result<Vec<Tensor>, String> {
    let lists = object.into_iter().filter(|(_, value)| value.is_array());
    let found: Vec<Tensor> =
        lists.map(|(name, values)| one(&name, values)).collect::<Result<_, _>>()?;
    if found.is_empty() { Err("its answer holds no list of answers".to_owned()) } else { Ok(found) }
}

fn of_records(rows: Vec<Value>) -> Result<Vec<Tensor>, String> {
    let names: Vec<String> =
        rows.first().and_then(Value::as_object).into_iter().flat_map(Map::keys).cloned().collect();
    let mut columns = vec![Vec::with_capacity(rows.len()); names.len()];
    for (at, row) in rows.into_iter().enumerate() {
        for (name, column) in names.iter().zip(&mut columns) {
            match row.get(name) {
                Some(value) => column.push(value.clone()),
                None => return Err(format!("its answer to row {} has no `{name}`", at + 1)),
            }
        }
    }
    names.iter().zip(columns).map(|(name, values)| one(name, values.into())).collect()
}

fn one(name: &str, values: Value) -> Result<Tensor, String> {
    let flat = Flat::deserialize(values)
        .map_err(|e| format!("its answer `{name}` cannot be used: {e}"))?;
    let (name, datatype) = (name.to_owned(), flat.data.datatype());
    Ok(given(tensor::Tensor { name, datatype, shape: flat.shape, data: flat.data }))
}

fn short(text: &str) -> String {
    let line: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    line.replace('`', "'")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ports::scorer::Values;

    #[test]
    fn every_usual_form_is_understood() {
        let plain = json!([0.25, 0.5]);
        for form in [
            plain.clone(),
            json!({"predictions": plain}),
            json!({"result": plain}),
            json!("[0.25, 0.5]"),
            json!({"result": "[0.25, 0.5]"}),
        ] {
            let found = tensors(form.clone()).expect("is understood");
            assert_eq!(found[0].values, Values::Numbers(vec![0.25, 0.5]), "{form}");
            assert_eq!(found[0].name, "predictions");
        }
        let records =
            json!({"predictions": [{"label": 1, "p": [0.1, 0.9]}, {"label": 0, "p": [0.8, 0.2]}]});
        for form in [records, json!({"label": [1, 0], "p": [[0.1, 0.9], [0.8, 0.2]]})] {
            let found = tensors(form).expect("is understood");
            assert_eq!(found[0].values, Values::Integers(vec![1, 0]));
            assert_eq!((found[1].name.as_str(), &found[1].shape[..]), ("p", &[2, 2][..]));
        }
    }

    #[test]
    fn anything_else_is_said() {
        for (form, said) in [
            (json!({"error": "no such column"}), "no such column"),
            (json!("it went wrong"), "went wrong"),
            (json!(7), "`7`"),
            (json!([[1], [2, 3]]), "cannot be used"),
            (json!([{"a": 1}, {"b": 1}]), "row 2"),
            (json!({"ok": true}), "no list"),
        ] {
            assert!(tensors(form.clone()).is_err_and(|e| e.contains(said)), "{form}");
        }
    }
}
