//! The request log of an endpoint: one line a request with `inputs` and `outputs`, each a list of
//! values a column, flattened into one row a scored row.

use serde_json::{Map, Value};

use super::jsonl::Rows;
use crate::domain::error::{Error, Result};

/// Name of the column that the model's answer becomes.
const PREDICTION: &str = "prediction";

/// Fields of a logged request that become columns where somebody names them, and no input does.
const ENVELOPE: [&str; 2] = ["time", "id"];

/// Whether a line is a logged request.
pub(super) fn is_request(line: &Map<String, Value>) -> bool {
    let is_object = |key: &str| line.get(key).is_some_and(Value::is_object);
    is_object("inputs") && is_object("outputs")
}

/// Appends the rows of one request; mirrored ones are skipped, because the user's answer came from
/// elsewhere and the same rows are in the log already.
///
/// A column holds one value a row, one list a row, or the values of all rows in one flat list; with
/// several values a row it becomes `name.0`, `name.1` … The prediction is the last value of the
/// first output that has several values a row (the probability of the last class), else the first
/// output. Rows of a request that has several are told apart: `ID.0`, `ID.1` …
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
    let asked = ENVELOPE.into_iter().filter(|name| rows.options.names(name));
    let envelope: Vec<(&str, Value)> =
        asked.filter_map(|name| Some((name, request.remove(name)?))).collect();
    let most = inputs.values().chain(outputs.values()).map(|v| list(v).len()).max();
    if count > most.unwrap_or(0) {
        return Err(damaged(rows, line, "rows", count));
    }
    let mut flat: Vec<Map<String, Value>> = vec![Map::new(); count];
    for (name, column) in &inputs {
        let cells = cells(column, count).ok_or_else(|| damaged(rows, line, name, count))?;
        for (row, cell) in flat.iter_mut().zip(cells) {
            put(row, name, cell);
        }
    }
    if let Some((name, output)) = prediction_of(&outputs, count) {
        let answers = cells(output, count).ok_or_else(|| damaged(rows, line, name, count))?;
        for (row, answer) in flat.iter_mut().zip(answers) {
            row.insert(PREDICTION.to_owned(), last_of(answer).clone());
        }
    }
    for (place, row) in flat.iter_mut().enumerate() {
        for (name, value) in &envelope {
            row.entry(*name).or_insert_with(|| match *name {
                "id" if count > 1 => one_of(value, place),
                _ => value.clone(),
            });
        }
    }
    flat.into_iter().try_for_each(|row| rows.push(row, line))
}

/// The id of one of several rows.
fn one_of(id: &Value, place: usize) -> Value {
    match id {
        Value::Null => Value::Null,
        Value::String(id) => format!("{id}.{place}").into(),
        other => format!("{other}.{place}").into(),
    }
}

fn damaged(rows: &Rows<'_>, line: u64, name: &str, count: usize) -> Error {
    let (file, name) = (rows.file.display(), name.escape_debug());
    Error::input(format!("{file}:{line}: the values of `{name}` do not make {count} rows"))
        .hint("the log is damaged; leave this file out")
}

fn row_count(
    request: &Map<String, Value>,
    inputs: &Map<String, Value>,
    outputs: &Map<String, Value>,
) -> usize {
    let said = request.get("rows").and_then(Value::as_u64);
    let seen = || inputs.values().chain(outputs.values()).map(|v| list(v).len()).min();
    said.and_then(|n| usize::try_from(n).ok()).or_else(seen).unwrap_or(0)
}

fn list(column: &Value) -> &[Value] {
    match column {
        Value::Array(list) => list,
        Value::Null => &[],
        single => std::slice::from_ref(single),
    }
}

/// The values of each row; `None` where they do not come out even.
fn cells(column: &Value, count: usize) -> Option<Vec<&[Value]>> {
    let values = list(column);
    if values.len() == count {
        return Some(values.iter().map(one_row).collect());
    }
    let even = count > 0 && !values.is_empty() && values.len().is_multiple_of(count);
    even.then(|| values.chunks(values.len() / count).collect())
}

fn one_row(value: &Value) -> &[Value] {
    match value {
        Value::Array(several) => several,
        single => std::slice::from_ref(single),
    }
}

fn prediction_of(outputs: &Map<String, Value>, count: usize) -> Option<(&str, &Value)> {
    let several = |(_, output): &(&String, &Value)| match cells(output, count).as_deref() {
        Some([[Value::Object(map)], ..]) => map.len() > 1,
        Some([first, ..]) => first.len() > 1,
        _ => false,
    };
    let chosen = outputs.iter().find(several).or_else(|| outputs.iter().next());
    chosen.map(|(name, output)| (name.as_str(), output))
}

fn last_of(answer: &[Value]) -> &Value {
    match answer.last() {
        None => &Value::Null,
        Some(Value::Array(list)) => last_of(list),
        Some(Value::Object(map)) => map.values().next_back().unwrap_or(&Value::Null),
        Some(single) => single,
    }
}

fn put(row: &mut Map<String, Value>, name: &str, cell: &[Value]) {
    if let [single] = cell {
        row.insert(name.to_owned(), single.clone());
        return;
    }
    for (i, value) in cell.iter().enumerate() {
        row.insert(format!("{name}.{i}"), value.clone());
    }
}
