//! MLflow: a folder with `MLmodel`, its signature, flavors and environment.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::inspect::{Inspection, cut_short, requirement_lines};
use crate::domain::error::{Error, Result};
use crate::domain::package::Format;
use crate::domain::signature::{DataType, Signature, Tensor};

/// The file that makes a folder an MLflow model.
pub const FILE: &str = "MLmodel";

#[derive(Deserialize)]
struct Model {
    flavors: BTreeMap<String, Value>,
    #[serde(default)]
    signature: Option<RawSignature>,
    #[serde(default)]
    mlflow_version: Option<String>,
    #[serde(default)]
    run_id: Option<String>,
    #[serde(default)]
    model_uuid: Option<String>,
}

#[derive(Deserialize)]
struct RawSignature {
    #[serde(default)]
    inputs: Option<String>,
    #[serde(default)]
    outputs: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type", default)]
    kind: Value,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    required: Option<bool>,
    #[serde(default)]
    optional: Option<bool>,
    #[serde(rename = "tensor-spec", default)]
    tensor: Option<TensorSpec>,
}

#[derive(Deserialize)]
struct TensorSpec {
    dtype: String,
    shape: Vec<i64>,
}

#[derive(Deserialize)]
struct PythonEnvironment {
    #[serde(default)]
    python: Option<String>,
}

#[derive(Deserialize)]
struct CondaEnvironment {
    #[serde(default)]
    dependencies: Vec<Value>,
}

/// Reads the MLflow model in `folder`.
///
/// # Errors
/// `MLmodel` cannot be read or is no such file, its signature is no JSON, or a model file that a
/// flavor names is missing.
pub fn inspect(folder: &Path) -> Result<Inspection> {
    let path = folder.join(FILE);
    let model: Model = yaml(&path)?;
    if model.flavors.is_empty() {
        return Err(cut_short(&path, "it names no flavors"));
    }
    require_data(folder, &model.flavors)?;
    let flavors: Vec<&str> = model.flavors.keys().map(String::as_str).collect();
    let found = Inspection::of(Format::Mlflow)
        .with("flavors", flavors.join(", "))
        .with("mlflow-version", model.mlflow_version.unwrap_or_default())
        .with("run-id", model.run_id.unwrap_or_default())
        .with("model-uuid", model.model_uuid.unwrap_or_default());
    let signature = model.signature.map(|s| signature(&s, &path)).transpose()?;
    Ok(Inspection { signature, environment: environment(folder)?, ..found })
}

fn yaml<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).map_err(|e| Error::io("read", path, e))?;
    serde_saphyr::from_str(&text).map_err(|e| {
        let message = e.without_snippet().to_string();
        cut_short(path, message.lines().next().unwrap_or("it is not YAML"))
    })
}

/// The files that flavors name must be there.
fn require_data(folder: &Path, flavors: &BTreeMap<String, Value>) -> Result<()> {
    for (flavor, settings) in flavors {
        for key in ["data", "python_model", "pickled_model", "model_path"] {
            let Some(name) = settings.get(key).and_then(Value::as_str) else { continue };
            if !folder.join(name).exists() {
                let path = folder.join(FILE);
                let name = name.escape_debug();
                return Err(Error::input(format!(
                    "{}: the flavor `{flavor}` names `{name}`, which is not there",
                    path.display()
                ))
                .hint("package the whole folder that `mlflow` saved"));
            }
        }
    }
    Ok(())
}

fn signature(raw: &RawSignature, path: &Path) -> Result<Signature> {
    let side = |text: &Option<String>, what: &str| -> Result<Vec<Tensor>> {
        let Some(text) = text.as_deref().filter(|t| !t.trim().is_empty()) else {
            return Ok(Vec::new());
        };
        let entries: Option<Vec<Entry>> = serde_json::from_str(text).map_err(|e| {
            Error::input(format!("{}: `signature.{what}` cannot be read: {e}", path.display()))
                .hint("log the model with a signature made by `infer_signature`")
        })?;
        Ok(entries.unwrap_or_default().into_iter().enumerate().map(|(i, e)| e.tensor(i)).collect())
    };
    Ok(Signature { inputs: side(&raw.inputs, "inputs")?, outputs: side(&raw.outputs, "outputs")? })
}

impl Entry {
    fn tensor(self, index: usize) -> Tensor {
        let name = self.name.unwrap_or_else(|| index.to_string());
        let optional = self.required == Some(false) || self.optional == Some(true);
        let (datatype, shape) = match &self.tensor {
            Some(spec) => (
                tensor_type(&spec.dtype),
                spec.shape.iter().map(|n| u64::try_from(*n).ok()).collect(),
            ),
            None => (column_type(&self.kind), vec![None]),
        };
        Tensor { name, datatype, shape, optional }
    }
}

/// Types of MLflow's column specifications.
fn column_type(kind: &Value) -> DataType {
    match kind.as_str().unwrap_or_default() {
        "boolean" => DataType::Bool,
        "integer" => DataType::Int32,
        "long" => DataType::Int64,
        "float" => DataType::Fp32,
        "double" => DataType::Fp64,
        "string" | "binary" => DataType::Bytes,
        _ => DataType::Other,
    }
}

/// Names of numpy's types.
fn tensor_type(name: &str) -> DataType {
    match name {
        "bool" => DataType::Bool,
        "uint8" => DataType::Uint8,
        "uint16" => DataType::Uint16,
        "uint32" => DataType::Uint32,
        "uint64" => DataType::Uint64,
        "int8" => DataType::Int8,
        "int16" => DataType::Int16,
        "int32" => DataType::Int32,
        "int64" => DataType::Int64,
        "float16" => DataType::Fp16,
        "float32" => DataType::Fp32,
        "float64" => DataType::Fp64,
        "str" | "object" | "bytes" => DataType::Bytes,
        _ => DataType::Other,
    }
}

/// The Python version and the pip requirements: of `requirements.txt`, else of `conda.yaml`.
fn environment(folder: &Path) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let python = folder.join("python_env.yaml");
    if python.is_file() {
        let environment: PythonEnvironment = yaml(&python)?;
        lines.extend(environment.python.map(|version| format!("python=={version}")));
    }
    let (pip, conda) = (folder.join("requirements.txt"), folder.join("conda.yaml"));
    if pip.is_file() {
        let text = fs::read_to_string(&pip).map_err(|e| Error::io("read", &pip, e))?;
        lines.extend(requirement_lines(&text));
    } else if conda.is_file() {
        let environment: CondaEnvironment = yaml(&conda)?;
        lines.extend(environment.dependencies.iter().flat_map(pip_of_conda));
    }
    Ok(lines)
}

/// Conda's dependencies are text, or a map whose `pip` is a list of text.
fn pip_of_conda(dependency: &Value) -> Vec<String> {
    let pip = dependency.get("pip").and_then(Value::as_array);
    pip.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
