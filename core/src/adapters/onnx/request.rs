//! One request, however it was written, and what can come of it.

use std::sync::OnceLock;

use axum::body::Bytes;
use serde_json::{Map, Value, json};

use super::tensor::{Data, Tensor};
use crate::domain::signature::{DataType, Tensor as Declared};

/// How the caller wrote the request, and gets the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::adapters) enum Dialect {
    /// Open Inference Protocol v2.
    Inference,
    /// MLflow's `/invocations`.
    Invocations,
}

/// A request.
#[derive(Debug)]
pub(in crate::adapters) struct Request {
    /// The caller's id, or one made for it.
    pub(in crate::adapters) id: String,
    /// How it was written.
    pub(in crate::adapters) dialect: Dialect,
    /// The inputs; columns of a data frame have shape `[rows]`.
    pub(in crate::adapters) inputs: Vec<Tensor>,
    /// Rows asked about.
    pub(in crate::adapters) rows: usize,
    /// Names of the outputs wanted; empty for all.
    pub(in crate::adapters) wanted: Vec<String>,
    /// The body as MLflow takes it, made on first use.
    pub(in crate::adapters) invocation: OnceLock<Bytes>,
}

impl Request {
    /// The body for a child process that takes MLflow's JSON.
    pub(in crate::adapters) fn invocation_body(&self) -> Bytes {
        self.invocation.get_or_init(|| as_invocation(&self.inputs).to_string().into()).clone()
    }
}

/// Rows as a data frame when every input is one column, else named tensors.
fn as_invocation(inputs: &[Tensor]) -> Value {
    let rows = inputs.first().map_or(0, Tensor::rows);
    let is_column = |t: &Tensor| {
        matches!(t.shape.as_slice(), [_] | [_, 1]) && !t.name.is_empty() && t.rows() == rows
    };
    if let [only] = inputs
        && !is_column(only)
    {
        return json!({ "inputs": only.nested() });
    }
    if !inputs.iter().all(is_column) {
        let named: Map<String, Value> =
            inputs.iter().map(|t| (t.name.clone(), t.nested())).collect();
        return json!({ "inputs": named });
    }
    let columns: Vec<Vec<Value>> = inputs.iter().map(|t| t.data.json(0, t.data.len())).collect();
    let data: Vec<Vec<Value>> =
        (0..rows).map(|i| columns.iter().map(|c| c[i].clone()).collect()).collect();
    let names: Vec<&str> = inputs.iter().map(|t| t.name.as_str()).collect();
    json!({ "dataframe_split": { "columns": names, "data": data } })
}

/// A request of one row of zeros, for a model that has no sample.
pub(in crate::adapters) fn zero_row(inputs: &[Declared]) -> Request {
    let inputs = inputs.iter().filter(|t| !t.optional).map(zero_tensor).collect();
    Request {
        id: "probe".to_owned(),
        dialect: Dialect::Inference,
        inputs,
        rows: 1,
        wanted: Vec::new(),
        invocation: OnceLock::new(),
    }
}

fn zero_tensor(declared: &Declared) -> Tensor {
    let shape: Vec<usize> = declared
        .shape
        .iter()
        .map(|n| n.and_then(|n| usize::try_from(n).ok()).unwrap_or(1))
        .collect();
    let count = shape.iter().product();
    let data = match declared.datatype {
        DataType::Bytes => Data::Text(vec![String::new(); count]),
        DataType::Bool => Data::Bool(vec![false; count]),
        _ => Data::Int(vec![0; count]),
    };
    Tensor { name: declared.name.clone(), datatype: declared.datatype, shape, data }
}

/// What a slot answered.
#[derive(Debug)]
pub(in crate::adapters) struct Answer {
    /// The outputs.
    pub(in crate::adapters) outputs: Vec<Tensor>,
    /// The answer as a child process wrote it.
    pub(in crate::adapters) body: Option<Bytes>,
}

/// Why a slot did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::adapters) enum Failure {
    /// The caller's input cannot be used: 400.
    Input(String),
    /// Nothing is loaded that could answer: 503.
    NotReady(String),
    /// The model failed: 500.
    Model(String),
    /// The process that runs the model went away: 500.
    Gone(String),
    /// It took too long: 504.
    Timeout(String),
}

impl Failure {
    /// HTTP status.
    pub(in crate::adapters) fn status(&self) -> u16 {
        match self {
            Self::Input(_) => 400,
            Self::NotReady(_) => 503,
            Self::Model(_) | Self::Gone(_) => 500,
            Self::Timeout(_) => 504,
        }
    }

    /// What to tell the caller.
    pub(in crate::adapters) fn message(&self) -> &str {
        match self {
            Self::Input(m)
            | Self::NotReady(m)
            | Self::Model(m)
            | Self::Gone(m)
            | Self::Timeout(m) => m,
        }
    }

    /// Whether it is the caller's doing, as far as the slot can tell.
    pub(in crate::adapters) fn is_input(&self) -> bool {
        matches!(self, Self::Input(_))
    }
}

/// Refuses outputs that are NaN or infinite.
pub(in crate::adapters) fn check_finite(outputs: &[Tensor]) -> Result<(), Failure> {
    match outputs.iter().find(|t| !t.data.is_finite()) {
        Some(bad) => {
            Err(Failure::Model(format!("output `{}` has NaN or infinite values", bad.name)))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(name: &str, shape: &[usize], data: Data) -> Tensor {
        Tensor { name: name.into(), datatype: data.datatype(), shape: shape.to_vec(), data }
    }

    #[test]
    fn columns_become_a_data_frame_and_matrices_stay_tensors() {
        let columns = [
            tensor("a", &[2, 1], Data::Int(vec![1, 2])),
            tensor("b", &[2], Data::Text(vec!["x".into(), "y".into()])),
        ];
        assert_eq!(
            as_invocation(&columns).to_string(),
            r#"{"dataframe_split":{"columns":["a","b"],"data":[[1,"x"],[2,"y"]]}}"#
        );
        let matrix = [tensor("x", &[1, 2], Data::Double(vec![0.5, 1.5]))];
        assert_eq!(as_invocation(&matrix).to_string(), r#"{"inputs":[[0.5,1.5]]}"#);
        let uneven =
            [tensor("a", &[2], Data::Int(vec![1, 2])), tensor("b", &[1], Data::Int(vec![3]))];
        assert_eq!(as_invocation(&uneven).to_string(), r#"{"inputs":{"a":[1,2],"b":[3]}}"#);
    }
}
