//! The request log of an endpoint: one line a request with `inputs` and `outputs`, each a list of
//! values a column, flattened into one row a scored row.

use serde_json::{Map, Value};

use super::jsonl::Rows;
use crate::domain::error::{Error, Result};

/// Name of the column that the model's answer becomes.
const PREDICTION: &str = "prediction";

/// Whether a line is a logged request.
pub(super) fn is_request(line: &Map<String, Value>) -> bool {
    let is_object = |key: &str| line.get(key).is_some_and(Value::is_object);
    is_object("inputs") && is_object("outputs")
}

/// Appends the rows of one request; mirrored ones are skipped, because the user's answer came from
/// elsewhere and the same rows are in the log already.
///
/// A column with a list a row becomes `name.0`, `name.1` … The prediction is the last value of the
/// first output that has several values a row (the probability of the last class), else the first
/// output.
pub(super) fn push(mut request: Map<String, Value>, line: u64, rows: &mut Rows<'_>) -> Result<()> {
    if request.get("mirrored").and_then(Value::as_bool).unwrap_or(false) {
        return Ok(());
    }
    let (Some(Value::Object(inputs)), Some(Value::Object(outputs))) =
        (request.remove("inputs"), request.remove("outputs"))
    else {
        return Ok(());
    };
    let count = row_count(&request, &inputs, &outputs);
    let predictions = prediction_of(&outputs).cloned().unwrap_or(Value::Null);
    let failed = |name: &str, have: usize| {
        Error::input(format!(
            "{}:{line} has {have} values of `{name}` for {count} rows",
            rows.file.display()
        ))
        .hint("the log is damaged; leave this file out")
    };
    let mut flat: Vec<Map<String, Value>> = vec![Map::new(); count];
    for (name, column) in &inputs {
        let cells = cells(column);
        if cells.len() != count {
            return Err(failed(name, cells.len()));
        }
        for (row, cell) in flat.iter_mut().zip(cells) {
            put(row, name, cell);
        }
    }
    let answers = cells(&predictions);
    if !predictions.is_null() && answers.len() != count {
        return Err(failed(PREDICTION, answers.len()));
    }
    for (row, answer) in flat.iter_mut().zip(answers) {
        row.insert(PREDICTION.to_owned(), last_of(answer).clone());
    }
    flat.into_iter().try_for_each(|row| rows.push(row, line))
}

fn row_count(
    request: &Map<String, Value>,
    inputs: &Map<String, Value>,
    outputs: &Map<String, Value>,
) -> usize {
    let said = request.get("rows").and_then(Value::as_u64);
    let seen = || inputs.values().chain(outputs.values()).map(|v| cells(v).len()).max();
    said.and_then(|n| usize::try_from(n).ok()).or_else(seen).unwrap_or(0)
}

fn cells(column: &Value) -> &[Value] {
    match column {
        Value::Array(list) => list,
        Value::Null => &[],
        single => std::slice::from_ref(single),
    }
}

fn prediction_of(outputs: &Map<String, Value>) -> Option<&Value> {
    let several = |v: &&Value| match cells(v).first() {
        Some(Value::Array(row)) => row.len() > 1,
        Some(Value::Object(row)) => row.len() > 1,
        _ => false,
    };
    outputs.values().find(several).or_else(|| outputs.values().next())
}

fn last_of(answer: &Value) -> &Value {
    match answer {
        Value::Array(list) => list.last().map_or(&Value::Null, last_of),
        Value::Object(map) => map.values().next_back().map_or(&Value::Null, last_of),
        single => single,
    }
}

fn put(row: &mut Map<String, Value>, name: &str, cell: &Value) {
    match cell {
        Value::Array(list) if list.len() == 1 => put(row, name, &list[0]),
        Value::Array(list) => {
            for (i, value) in list.iter().enumerate() {
                put(row, &format!("{name}.{i}"), value);
            }
        }
        single => {
            row.insert(name.to_owned(), single.clone());
        }
    }
}
