//! Open Inference Protocol v2: its JSON in and out.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::request::{Answer, Dialect, Failure, Request};
use super::tensor::{Data, Flat, Tensor};
use crate::domain::signature::DataType;

#[derive(Deserialize)]
struct Body {
    id: Option<String>,
    #[serde(default)]
    inputs: Vec<Input>,
    #[serde(default)]
    outputs: Vec<Wanted>,
}

#[derive(Deserialize)]
struct Input {
    name: String,
    shape: Vec<usize>,
    datatype: String,
    data: Option<Flat>,
}

#[derive(Deserialize)]
struct Wanted {
    name: String,
}

/// Reads a request.
///
/// # Errors
/// [`Failure::Input`] naming the input.
pub(in crate::adapters) fn read(
    body: &[u8],
    fresh_id: impl FnOnce() -> String,
) -> Result<Request, Failure> {
    let body: Body = serde_json::from_slice(body)
        .map_err(|e| Failure::Input(format!("the body is not an inference request: {e}")))?;
    if body.inputs.is_empty() {
        return Err(Failure::Input("the request has no `inputs`".into()));
    }
    let inputs: Vec<Tensor> = body.inputs.into_iter().map(tensor).collect::<Result<_, _>>()?;
    Ok(Request {
        id: body.id.unwrap_or_else(fresh_id),
        dialect: Dialect::Inference,
        rows: inputs.first().map_or(0, Tensor::rows),
        inputs,
        wanted: body.outputs.into_iter().map(|w| w.name).collect(),
        invocation: OnceLock::new(),
    })
}

fn tensor(input: Input) -> Result<Tensor, Failure> {
    let name = input.name;
    let bad = |why: String| Failure::Input(format!("input `{name}` {why}"));
    let datatype = datatype(&input.datatype)
        .ok_or_else(|| bad(format!("has the unknown datatype `{}`", input.datatype)))?;
    let data = input.data.ok_or_else(|| bad("has no `data` (binary data is not taken)".into()))?;
    let count = input.shape.iter().try_fold(1usize, |n, axis| n.checked_mul(*axis));
    if count != Some(data.data.len()) {
        let found = data.data.len();
        return Err(bad(format!("has shape {:?} but {found} values", input.shape)));
    }
    // Written out, rows without values would take memory that the request did not.
    if count == Some(0) && input.shape.first().is_some_and(|rows| *rows > 0) {
        return Err(bad(format!("has shape {:?}, whose rows hold no values", input.shape)));
    }
    if !goes_with(datatype, &data.data) {
        return Err(bad(format!("has values that are not {}", datatype.protocol_name())));
    }
    Ok(Tensor { datatype, shape: input.shape, data: data.data, name })
}

/// The element type with this protocol name.
fn datatype(name: &str) -> Option<DataType> {
    use DataType as D;
    [
        D::Fp32,
        D::Fp64,
        D::Int64,
        D::Int32,
        D::Bytes,
        D::Bool,
        D::Int16,
        D::Int8,
        D::Uint8,
        D::Uint16,
        D::Uint32,
        D::Uint64,
        D::Fp16,
        D::Bf16,
    ]
    .into_iter()
    .find(|d| d.protocol_name() == name)
}

fn goes_with(datatype: DataType, data: &Data) -> bool {
    match (datatype, data) {
        (_, data) if data.len() == 0 => true,
        (DataType::Bytes, data) => matches!(data, Data::Text(_)),
        (DataType::Bool, data) => match data {
            Data::Bool(_) => true,
            Data::Int(v) => v.iter().all(|x| matches!(x, 0 | 1)),
            _ => false,
        },
        (DataType::Fp16 | DataType::Bf16 | DataType::Fp32 | DataType::Fp64, data) => {
            matches!(data, Data::Int(_) | Data::Double(_) | Data::Single(_))
        }
        (_, Data::Int(_)) => true,
        (_, Data::Double(v)) => v.iter().all(|x| x.fract() == 0.0),
        _ => false,
    }
}

#[derive(Serialize)]
struct Reply<'a> {
    model_name: &'a str,
    model_version: &'a str,
    id: &'a str,
    outputs: Vec<Output<'a>>,
}

#[derive(Serialize)]
struct Output<'a> {
    name: &'a str,
    datatype: &'static str,
    shape: &'a [usize],
    data: &'a Data,
}

/// Writes an answer.
///
/// # Errors
/// [`Failure::Input`] for an output that was asked for and is not there.
pub(in crate::adapters) fn write(
    model: &str,
    version: &str,
    request: &Request,
    answer: &Answer,
) -> Result<Vec<u8>, Failure> {
    let output =
        |t: &'_ Tensor| -> bool { request.wanted.is_empty() || request.wanted.contains(&t.name) };
    let missing = |name: &&String| !answer.outputs.iter().any(|t| t.name == **name);
    if let Some(name) = request.wanted.iter().find(missing) {
        return Err(Failure::Input(format!("the model has no output `{name}`")));
    }
    let outputs = answer.outputs.iter().filter(|t| output(t)).map(|t| Output {
        name: &t.name,
        datatype: t.datatype.protocol_name(),
        shape: &t.shape,
        data: &t.data,
    });
    let reply = Reply {
        model_name: model,
        model_version: version,
        id: &request.id,
        outputs: outputs.collect(),
    };
    serde_json::to_vec(&reply).map_err(|e| Failure::Model(format!("the answer is no JSON: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Request, Failure> {
        read(text.as_bytes(), || "made".into())
    }

    #[test]
    fn reads_a_batch_and_keeps_the_id() {
        let request = read_text(
            r#"{"id":"7","inputs":[{"name":"a","shape":[2,1],"datatype":"FP32","data":[[1],[2.5]]},
                {"name":"b","shape":[2],"datatype":"BYTES","data":["x","y"]}]}"#,
        )
        .unwrap();
        assert_eq!((request.id.as_str(), request.rows), ("7", 2));
        assert_eq!(request.inputs[0].data, Data::Double(vec![1.0, 2.5]));
    }

    #[test]
    fn bad_inputs_are_named() {
        let cases = [
            (r#"{"inputs":[]}"#, "inputs"),
            (r#"{"inputs":[{"name":"age","shape":[2],"datatype":"FP32","data":[1]}]}"#, "age"),
            (r#"{"inputs":[{"name":"age","shape":[1],"datatype":"FP99","data":[1]}]}"#, "FP99"),
            (r#"{"inputs":[{"name":"age","shape":[1],"datatype":"INT64","data":[1.5]}]}"#, "INT64"),
            (r#"{"inputs":[{"name":"age","shape":[1],"datatype":"FP32","data":["x"]}]}"#, "FP32"),
            (r#"{"inputs":[{"name":"age","shape":[1],"datatype":"FP32"}]}"#, "binary"),
            (
                r#"{"inputs":[{"name":"age","shape":[1000000000000,0],"datatype":"FP32","data":[]}]}"#,
                "age",
            ),
            (
                r#"{"inputs":[{"name":"age","shape":[4294967296,4294967296],"datatype":"FP32","data":[]}]}"#,
                "age",
            ),
            ("nonsense", "body"),
        ];
        for (text, word) in cases {
            let failure = read_text(text).unwrap_err();
            assert!(failure.is_input() && failure.message().contains(word), "{failure:?}");
        }
    }
}
