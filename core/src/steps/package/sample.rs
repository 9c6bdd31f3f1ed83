//! A sample request in Open Inference Protocol v2 form: given, or made from the baseline.

use std::path::Path;

use serde_json::{Value, json};

use crate::data::{Categories, Table, Values};
use crate::domain::error::{Error, Result};
use crate::domain::signature::{DataType, Signature, Tensor};

/// Reads a sample request.
///
/// # Errors
/// No JSON, or no `inputs` with a name and data each.
pub fn read(path: &Path) -> Result<Value> {
    let bytes = std::fs::read(path).map_err(|e| Error::io("read", path, e))?;
    let place = path.display();
    let hint =
        "write it as {\"inputs\": [{\"name\": …, \"shape\": …, \"datatype\": …, \"data\": …}]}";
    let value: Value = serde_json::from_slice(&bytes)
        .map_err(|e| Error::input(format!("{place}:{}: {e}", e.line())).hint(hint))?;
    let inputs = value.get("inputs").and_then(Value::as_array).filter(|list| !list.is_empty());
    let is_input =
        |i: &Value| i.get("name").is_some_and(Value::is_string) && i.get("data").is_some();
    match inputs {
        Some(inputs) if inputs.iter().all(is_input) => Ok(value),
        _ => Err(Error::input(format!("{place} has no `inputs` with name and data")).hint(hint)),
    }
}

/// Makes a sample request of the first row of the baseline that has every input. `None` when an
/// input that is not optional is no column, takes more than one value a row, or has a type that
/// the column does not fit.
pub fn derive(signature: &Signature, baseline: &Table) -> Option<Value> {
    let wanted: Vec<(&Tensor, &Values)> = signature
        .inputs
        .iter()
        .filter_map(|tensor| match baseline.column(&tensor.name) {
            Some(column) => Some(Some((tensor, &column.values))),
            None if tensor.optional => None,
            None => Some(None),
        })
        .collect::<Option<_>>()?;
    let one_value = |t: &Tensor| t.shape.iter().all(|extent| matches!(extent, None | Some(1)));
    if wanted.is_empty() || !wanted.iter().all(|(tensor, _)| one_value(tensor)) {
        return None;
    }
    (0..baseline.rows).find_map(|row| {
        let inputs: Option<Vec<Value>> =
            wanted.iter().map(|(tensor, values)| input(tensor, values, row)).collect();
        Some(json!({ "inputs": inputs? }))
    })
}

fn input(tensor: &Tensor, values: &Values, row: usize) -> Option<Value> {
    let value = match values {
        Values::Number(numbers) => of_number(tensor.datatype, *numbers.get(row)?)?,
        Values::Category(categories) => of_text(tensor.datatype, level(categories, row)?)?,
    };
    let shape = vec![1; tensor.shape.len().max(1)];
    let datatype = tensor.datatype.protocol_name();
    Some(json!({ "name": tensor.name, "shape": shape, "datatype": datatype, "data": [value] }))
}

fn level(categories: &Categories, row: usize) -> Option<&str> {
    let code = usize::try_from(*categories.codes.get(row)?).ok()?;
    categories.levels.get(code).map(String::as_str)
}

fn of_number(datatype: DataType, number: f64) -> Option<Value> {
    if !number.is_finite() {
        return None;
    }
    match datatype {
        DataType::Fp16 | DataType::Bf16 | DataType::Fp32 | DataType::Fp64 => Some(json!(number)),
        DataType::Bool => [0.0, 1.0].contains(&number).then(|| json!(number == 1.0)),
        DataType::Bytes => Some(json!(number.to_string())),
        DataType::Other => None,
        _ if number.fract() == 0.0 && number.abs() < 9e15 => Some(json!(number as i64)),
        _ => None,
    }
}

/// A category for an input of numbers is one that was read from numbers.
fn of_text(datatype: DataType, text: &str) -> Option<Value> {
    match datatype {
        DataType::Bytes => Some(json!(text)),
        DataType::Bool => text.parse::<bool>().ok().map(|b| json!(b)),
        _ => of_number(datatype, text.parse().ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Column;

    fn table() -> Table {
        let text = Categories {
            levels: vec!["2".to_owned(), "x".to_owned()],
            codes: vec![Categories::NULL, 0],
        };
        let column = |name: &str, values| Column { name: name.to_owned(), values };
        Table {
            columns: vec![
                column("age", Values::Number(vec![30.0, 41.5])),
                column("sex", Values::Category(text)),
            ],
            rows: 2,
            source: "baseline".to_owned(),
            ..Table::default()
        }
    }

    fn tensor(name: &str, datatype: DataType, shape: &[Option<u64>]) -> Tensor {
        Tensor { name: name.to_owned(), datatype, shape: shape.to_vec(), optional: false }
    }

    #[test]
    fn the_first_whole_row_becomes_the_request() {
        let optional = Tensor { optional: true, ..tensor("gone", DataType::Fp32, &[None]) };
        let inputs = vec![
            tensor("age", DataType::Fp32, &[None, Some(1)]),
            tensor("sex", DataType::Int64, &[None]),
            optional,
        ];
        let sample = derive(&Signature { inputs, outputs: vec![] }, &table()).expect("a sample");
        let expected = json!({"inputs": [
            {"name": "age", "shape": [1, 1], "datatype": "FP32", "data": [41.5]},
            {"name": "sex", "shape": [1], "datatype": "INT64", "data": [2]},
        ]});
        assert_eq!(sample, expected);
    }

    #[test]
    fn inputs_that_do_not_fit_the_columns_give_none() {
        for inputs in [
            vec![],
            vec![tensor("X", DataType::Fp32, &[None, Some(1)])],
            vec![tensor("age", DataType::Fp32, &[None, Some(2)])],
            vec![tensor("sex", DataType::Other, &[None])],
        ] {
            assert_eq!(derive(&Signature { inputs, outputs: vec![] }, &table()), None);
        }
    }

    #[test]
    fn a_request_without_inputs_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("sample.json");
        for text in ["{", "[]", r#"{"inputs": []}"#, r#"{"inputs": [{"name": "a"}]}"#] {
            std::fs::write(&path, text).expect("writes");
            let error = read(&path).expect_err(text);
            assert!(error.to_string().contains("sample.json"), "{error}");
        }
    }
}
