//! Open Inference Protocol v2 as its client writes and reads it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::onnx::given;
use crate::adapters::onnx::tensor;
use crate::domain::signature::{DataType, Signature, Tensor as Declared};
use crate::ports::scorer::{Tensor, Values};

/// Every element type that the protocol names.
const KINDS: [DataType; 14] = [
    DataType::Bool,
    DataType::Uint8,
    DataType::Uint16,
    DataType::Uint32,
    DataType::Uint64,
    DataType::Int8,
    DataType::Int16,
    DataType::Int32,
    DataType::Int64,
    DataType::Fp16,
    DataType::Bf16,
    DataType::Fp32,
    DataType::Fp64,
    DataType::Bytes,
];

#[derive(Deserialize)]
struct Described {
    #[serde(default)]
    inputs: Vec<Outlet>,
    #[serde(default)]
    outputs: Vec<Outlet>,
}

#[derive(Deserialize)]
struct Outlet {
    name: String,
    datatype: String,
    shape: Vec<i64>,
}

#[derive(Deserialize)]
struct Reply {
    outputs: Vec<Answered>,
}

#[derive(Deserialize)]
struct Answered {
    name: String,
    datatype: String,
    shape: Vec<usize>,
    data: tensor::Flat,
}

/// What the description of a model says; an extent below zero may vary.
pub(super) fn signature(description: &Value) -> Result<Signature, String> {
    let found = Described::deserialize(description).map_err(|e| format!("cannot be read: {e}"))?;
    let declared = |outlet: Outlet| Declared {
        datatype: kind(&outlet.datatype),
        name: outlet.name,
        shape: outlet.shape.iter().map(|n| u64::try_from(*n).ok()).collect(),
        optional: false,
    };
    Ok(Signature {
        inputs: found.inputs.into_iter().map(declared).collect(),
        outputs: found.outputs.into_iter().map(declared).collect(),
    })
}

fn kind(name: &str) -> DataType {
    KINDS.into_iter().find(|kind| kind.protocol_name() == name).unwrap_or(DataType::Other)
}

/// A request about rows, each input as it is declared, else as its values are.
pub(super) fn request(inputs: &[Tensor], signature: &Signature) -> Value {
    let input = |tensor: &Tensor| {
        let declared = signature.inputs.iter().find(|d| d.name == tensor.name);
        let kind = declared.map_or_else(|| natural(&tensor.values), |d| d.datatype);
        let flat = declared.is_some_and(|d| d.shape.len() == 1);
        let shape = if flat { &tensor.shape[..1] } else { &tensor.shape };
        json!({
            "name": tensor.name,
            "shape": shape,
            "datatype": kind.protocol_name(),
            "data": data(&tensor.values, kind),
        })
    };
    json!({ "inputs": inputs.iter().map(input).collect::<Vec<_>>() })
}

fn natural(values: &Values) -> DataType {
    match values {
        Values::Numbers(_) => DataType::Fp64,
        Values::Integers(_) => DataType::Int64,
        Values::Text(_) => DataType::Bytes,
    }
}

fn data(values: &Values, kind: DataType) -> Value {
    match values {
        Values::Integers(all) if kind == DataType::Bool => {
            all.iter().map(|x| *x != 0).collect::<Vec<bool>>().into()
        }
        Values::Numbers(all) => all.clone().into(),
        Values::Integers(all) => all.clone().into(),
        Values::Text(all) => all.clone().into(),
    }
}

/// The outputs of an answer.
pub(super) fn answer(body: Value) -> Result<Vec<Tensor>, String> {
    let reply: Reply = serde_json::from_value(body)
        .map_err(|e| format!("its answer is none of Open Inference Protocol v2: {e}"))?;
    let output = |found: Answered| {
        let (name, count) = (found.name, found.data.data.len());
        let wanted = found.shape.iter().try_fold(1usize, |n, axis| n.checked_mul(*axis));
        if wanted != Some(count) {
            return Err(format!("output `{name}` has shape {:?} but {count} values", found.shape));
        }
        let data = match kind(&found.datatype) {
            DataType::Fp32 => single(found.data.data),
            _ => found.data.data,
        };
        Ok(given(tensor::Tensor { name, datatype: data.datatype(), shape: found.shape, data }))
    };
    reply.outputs.into_iter().map(output).collect()
}

/// Single precision is written in as few digits as it needs: read back, it is what the model gave.
fn single(data: tensor::Data) -> tensor::Data {
    match data {
        tensor::Data::Double(all) => tensor::Data::Single(all.iter().map(|x| *x as f32).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_written_as_they_are_declared() {
        let described = json!({"inputs": [
            {"name": "age", "datatype": "FP32", "shape": [-1, 1]},
            {"name": "new", "datatype": "BOOL", "shape": [-1]},
        ]});
        let signature = signature(&described).expect("reads");
        let tensor = |name: &str, values| Tensor { name: name.into(), shape: vec![2, 1], values };
        let inputs = [
            tensor("age", Values::Numbers(vec![1.5, f64::NAN])),
            tensor("new", Values::Integers(vec![1, 0])),
            tensor("text", Values::Text(vec!["a".into(), "b".into()])),
        ];
        assert_eq!(
            request(&inputs, &signature),
            json!({"inputs": [
                {"name": "age", "shape": [2, 1], "datatype": "FP32", "data": [1.5, null]},
                {"name": "new", "shape": [2], "datatype": "BOOL", "data": [true, false]},
                {"name": "text", "shape": [2, 1], "datatype": "BYTES", "data": ["a", "b"]},
            ]})
        );
    }

    #[test]
    fn answers_whose_shape_does_not_fit_are_refused() {
        let body = |shape: &[usize]| {
            json!({"outputs": [
                {"name": "p", "datatype": "FP32", "shape": shape, "data": [0.1, 0.9]}
            ]})
        };
        let read = [f64::from(0.1f32), f64::from(0.9f32)];
        assert_eq!(answer(body(&[2])).expect("fits")[0].values, Values::Numbers(read.to_vec()));
        assert!(answer(body(&[3])).is_err_and(|e| e.contains("`p`")));
        assert!(answer(json!({"predictions": [1]})).is_err());
    }
}
