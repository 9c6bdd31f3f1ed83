//! Rows as a data frame in JSON: how MLflow and Azure Machine Learning take them.

use serde_json::{Value, json};

use crate::ports::scorer::{Tensor, Values};

/// The body for MLflow's `/invocations`.
pub(super) fn mlflow(inputs: &[Tensor]) -> Value {
    json!({ "dataframe_split": { "columns": columns(inputs), "data": data(inputs) } })
}

/// The body for `/score` of Azure Machine Learning.
pub(super) fn azure_ml(inputs: &[Tensor]) -> Value {
    let data = data(inputs);
    let index: Vec<usize> = (0..data.len()).collect();
    json!({ "input_data": { "columns": columns(inputs), "index": index, "data": data } })
}

fn columns(inputs: &[Tensor]) -> Vec<&str> {
    inputs.iter().map(|tensor| tensor.name.as_str()).collect()
}

/// Row after row; a number that is missing is null.
fn data(inputs: &[Tensor]) -> Vec<Vec<Value>> {
    let rows = inputs.first().and_then(|tensor| tensor.shape.first()).copied().unwrap_or(0);
    let value = |tensor: &Tensor, row: usize| match &tensor.values {
        Values::Numbers(all) => all.get(row).copied().into(),
        Values::Integers(all) => all.get(row).copied().into(),
        Values::Text(all) => all.get(row).cloned().into(),
    };
    (0..rows).map(|row| inputs.iter().map(|tensor| value(tensor, row)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_become_rows() {
        let tensor = |name: &str, values| Tensor { name: name.into(), shape: vec![2, 1], values };
        let inputs = [
            tensor("a", Values::Numbers(vec![0.5, f64::NAN])),
            tensor("b", Values::Text(vec!["x".into(), "y".into()])),
        ];
        let rows = json!([[0.5, "x"], [null, "y"]]);
        assert_eq!(
            mlflow(&inputs),
            json!({"dataframe_split": {"columns": ["a", "b"], "data": rows}})
        );
        assert_eq!(
            azure_ml(&inputs),
            json!({"input_data": {"columns": ["a", "b"], "index": [0, 1], "data": rows}})
        );
    }
}
