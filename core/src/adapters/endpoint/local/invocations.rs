//! MLflow's `/invocations`: its JSON in and out.

use std::sync::OnceLock;

use axum::body::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::request::{Answer, Dialect, Failure, Request};
use super::tensor::{Flat, Tensor};

const EXPECTED: &str = "expected one of dataframe_split, dataframe_records, instances and inputs";

#[derive(Deserialize)]
struct Body {
    dataframe_split: Option<Split>,
    dataframe_records: Option<Vec<Map<String, Value>>>,
    instances: Option<Value>,
    inputs: Option<Value>,
}

#[derive(Deserialize)]
struct Split {
    columns: Vec<String>,
    data: Vec<Vec<Value>>,
}

/// Reads a request.
///
/// # Errors
/// [`Failure::Input`] naming the column.
pub(super) fn read(body: &Bytes, fresh_id: impl FnOnce() -> String) -> Result<Request, Failure> {
    let parsed: Body = serde_json::from_slice(body)
        .map_err(|e| Failure::Input(format!("the body is not an invocation: {e}")))?;
    let inputs = match parsed {
        Body { dataframe_split: Some(split), .. } => from_split(split)?,
        Body { dataframe_records: Some(records), .. } => from_records(records)?,
        Body { instances: Some(value), .. } | Body { inputs: Some(value), .. } => {
            from_tensors(value)?
        }
        _ => return Err(Failure::Input(format!("the body has no data: {EXPECTED}"))),
    };
    Ok(Request {
        id: fresh_id(),
        dialect: Dialect::Invocations,
        rows: inputs.first().map_or(0, Tensor::rows),
        inputs,
        wanted: Vec::new(),
        invocation: OnceLock::from(body.clone()),
    })
}

/// Reads values that may be nested; `name` is for the message.
fn tensor(name: &str, value: Value) -> Result<Tensor, Failure> {
    let flat = Flat::deserialize(value)
        .map_err(|e| Failure::Input(format!("column `{name}` cannot be used: {e}")))?;
    Ok(Tensor {
        name: name.to_owned(),
        datatype: flat.data.datatype(),
        shape: flat.shape,
        data: flat.data,
    })
}

fn from_split(split: Split) -> Result<Vec<Tensor>, Failure> {
    let width = split.columns.len();
    let mut columns = vec![Vec::with_capacity(split.data.len()); width];
    for (i, row) in split.data.into_iter().enumerate() {
        if row.len() != width {
            let found = row.len();
            let why = format!("row {i} of dataframe_split has {found} values for {width} columns");
            return Err(Failure::Input(why));
        }
        columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
    }
    split.columns.iter().zip(columns).map(|(name, values)| tensor(name, values.into())).collect()
}

fn from_records(records: Vec<Map<String, Value>>) -> Result<Vec<Tensor>, Failure> {
    let names: Vec<String> = records.first().into_iter().flat_map(Map::keys).cloned().collect();
    let mut columns = vec![Vec::with_capacity(records.len()); names.len()];
    for (i, mut record) in records.into_iter().enumerate() {
        for (name, column) in names.iter().zip(&mut columns) {
            let value = record
                .remove(name)
                .ok_or_else(|| Failure::Input(format!("record {i} has no `{name}`")))?;
            column.push(value);
        }
        if let Some(extra) = record.keys().next() {
            return Err(Failure::Input(format!("record {i} has `{extra}`, the first has not")));
        }
    }
    names.iter().zip(columns).map(|(name, values)| tensor(name, values.into())).collect()
}

fn from_tensors(value: Value) -> Result<Vec<Tensor>, Failure> {
    match value {
        Value::Object(named) => named.into_iter().map(|(k, v)| tensor(&k, v)).collect(),
        Value::Array(rows) if rows.iter().any(Value::is_object) => {
            let records = rows.into_iter().map(|row| match row {
                Value::Object(record) => Ok(record),
                _ => Err(Failure::Input("the rows are partly records, partly not".into())),
            });
            from_records(records.collect::<Result<_, _>>()?)
        }
        rows => Ok(vec![tensor("", rows)?]),
    }
}

/// Writes an answer: a child's own words, a list for one output, else a list by output.
pub(super) fn write(answer: &Answer) -> Bytes {
    if let Some(body) = &answer.body {
        return body.clone();
    }
    let predictions = match answer.outputs.as_slice() {
        [only] => only.nested(),
        several => several.iter().map(|t| (t.name.clone(), t.nested())).collect(),
    };
    json!({ "predictions": predictions }).to_string().into()
}

/// Reads what a child process answered; an answer in a form of its own has no outputs.
///
/// # Errors
/// Not JSON, or predictions that are ragged or null.
pub(super) fn read_answer(body: Bytes) -> Result<Answer, Failure> {
    let bad = |why: String| Failure::Model(format!("the answer cannot be used: {why}"));
    let mut value: Value = serde_json::from_slice(&body).map_err(|e| bad(e.to_string()))?;
    let predictions = match &mut value {
        Value::Object(object) => object.remove("predictions"),
        Value::Array(_) => Some(value),
        _ => None,
    };
    let outputs = match predictions {
        Some(Value::Object(named)) => named.into_iter().map(|(k, v)| tensor(&k, v)).collect(),
        Some(Value::Array(rows)) if rows.iter().any(Value::is_object) => {
            from_tensors(Value::Array(rows))
        }
        Some(rows) => tensor("predictions", rows).map(|t| vec![t]),
        None => Ok(Vec::new()),
    };
    let outputs = outputs.map_err(|f| bad(f.message().to_owned()))?;
    Ok(Answer { outputs, body: Some(body) })
}

#[cfg(test)]
mod tests {
    use super::super::tensor::Data;
    use super::*;

    fn read_text(text: &'static str) -> Result<Request, Failure> {
        read(&Bytes::from_static(text.as_bytes()), || "made".into())
    }

    #[test]
    fn the_four_forms_say_the_same() {
        let forms = [
            r#"{"dataframe_split":{"index":[0,1],"columns":["a","b"],"data":[[1,"x"],[2,"y"]]}}"#,
            r#"{"dataframe_records":[{"a":1,"b":"x"},{"b":"y","a":2}]}"#,
            r#"{"instances":[{"a":1,"b":"x"},{"a":2,"b":"y"}]}"#,
            r#"{"inputs":{"a":[1,2],"b":["x","y"]}}"#,
        ];
        for form in forms {
            let request = read_text(form).unwrap();
            assert_eq!(request.rows, 2, "{form}");
            assert_eq!(request.inputs[0].data, Data::Int(vec![1, 2]), "{form}");
            assert_eq!(request.inputs[1].data, Data::Text(vec!["x".into(), "y".into()]), "{form}");
        }
        let unnamed = read_text(r#"{"inputs":[[1,2],[3,4]]}"#).unwrap();
        assert_eq!(
            (unnamed.inputs[0].name.as_str(), &unnamed.inputs[0].shape[..]),
            ("", &[2, 2][..])
        );
    }

    #[test]
    fn bad_rows_and_columns_are_named() {
        let cases = [
            (r#"{"dataframe_split":{"columns":["a"],"data":[[1],[1,2]]}}"#, "row 1"),
            (r#"{"dataframe_records":[{"a":1},{"b":1}]}"#, "`a`"),
            (r#"{"dataframe_split":{"columns":["age"],"data":[[1],["x"]]}}"#, "age"),
            ("{}", "dataframe_split"),
            ("[", "invocation"),
        ];
        for (text, word) in cases {
            let failure = read_text(text).unwrap_err();
            assert!(failure.is_input() && failure.message().contains(word), "{failure:?}");
        }
    }

    #[test]
    fn answers_of_a_child_are_understood() {
        let read = |text: &'static str| read_answer(Bytes::from_static(text.as_bytes()));
        assert_eq!(read(r#"{"predictions":[[0.1,0.9]]}"#).unwrap().outputs[0].shape, [1, 2]);
        assert_eq!(read("[1,0]").unwrap().outputs[0].data, Data::Int(vec![1, 0]));
        assert_eq!(read(r#"{"predictions":[{"p":0.5}]}"#).unwrap().outputs[0].name, "p");
        assert!(read(r#"{"result":"ok"}"#).unwrap().outputs.is_empty());
        assert!(read("NaN").is_err());
    }
}
