//! Runs ONNX packages with ONNX Runtime in this process.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::adapters::onnx::model::{Maps, OnnxModel};
use crate::adapters::onnx::package::Package;
use crate::adapters::onnx::request::{Dialect, Failure, Request, zero_row};
use crate::adapters::onnx::{inference, tensor, watchdog};
use crate::domain::error::{Error, Result};
use crate::domain::signature::{DataType, Signature};
use crate::ports::scorer::{Pace, Scorer, ScorerModel, Tensor, Values};

/// Runs ONNX packages. Needs ONNX Runtime on this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct OnnxScorer;

impl Scorer for OnnxScorer {
    fn load(&self, package: &Path) -> Result<Box<dyn ScorerModel>> {
        let package = Package::open(package)?;
        let model = guarded(OnnxModel::open(
            &package.onnx_file()?,
            package.manifest.total_size(),
            Maps::AsMatrix,
        )?);
        let sample = sample(&package, &model)?;
        Ok(Box::new(Loaded { model, sample }))
    }

    fn load_file(&self, file: &Path) -> Result<Box<dyn ScorerModel>> {
        let bytes = std::fs::metadata(file).map_err(|e| Error::io("read", file, e))?.len();
        let model = guarded(OnnxModel::open(file, bytes, Maps::AsMatrix)?);
        let sample = zero_row(&model.signature().inputs);
        Ok(Box::new(Loaded { sample: sample.inputs.into_iter().map(given).collect(), model }))
    }
}

/// A model whose runs are stopped when they take too long.
fn guarded(model: OnnxModel) -> Arc<OnnxModel> {
    let model = Arc::new(model);
    watchdog::guard(Arc::downgrade(&model));
    model
}

/// Rows of one request: many enough to be fast, few enough that memory stays flat.
const ROWS: usize = 8192;

struct Loaded {
    model: Arc<OnnxModel>,
    sample: Vec<Tensor>,
}

impl ScorerModel for Loaded {
    fn signature(&self) -> Signature {
        self.model.signature()
    }

    fn sample(&self) -> &[Tensor] {
        &self.sample
    }

    fn score(&self, inputs: &[Tensor], limit: Duration) -> Result<Vec<Tensor>> {
        let answered = self.model.run(&request(inputs)?, limit).map_err(|f| refused(&f))?;
        Ok(answered.into_iter().map(given).collect())
    }

    fn pace(&self) -> Pace {
        Pace { rows: ROWS, at_once: self.model.at_once(), again: true }
    }
}

/// The package's sample request, else one row of zeros.
fn sample(package: &Package, model: &OnnxModel) -> Result<Vec<Tensor>> {
    let request = match &package.manifest.sample {
        None => zero_row(&model.signature().inputs),
        Some(sample) => inference::read(sample.to_string().as_bytes(), || "sample".to_owned())
            .map_err(|f| Error::input(format!("the package's sample request: {}", f.message())))?,
    };
    Ok(request.inputs.into_iter().map(given).collect())
}

fn request(inputs: &[Tensor]) -> Result<Request> {
    let inputs: Vec<tensor::Tensor> = inputs.iter().map(taken).collect::<Result<_>>()?;
    Ok(Request {
        id: String::new(),
        dialect: Dialect::Inference,
        rows: inputs.first().map_or(0, tensor::Tensor::rows),
        inputs,
        wanted: Vec::new(),
        invocation: OnceLock::new(),
    })
}

fn taken(tensor: &Tensor) -> Result<tensor::Tensor> {
    let (datatype, data) = match &tensor.values {
        Values::Numbers(v) => (DataType::Fp64, tensor::Data::Double(v.clone())),
        Values::Integers(v) => (DataType::Int64, tensor::Data::Int(v.clone())),
        Values::Text(v) => (DataType::Bytes, tensor::Data::Text(v.clone())),
    };
    let (shape, name) = (tensor.shape.clone(), tensor.name.clone());
    if shape.iter().product::<usize>() != data.len() {
        let found = data.len();
        return Err(Error::input(format!("input `{name}` of shape {shape:?} has {found} values")));
    }
    Ok(tensor::Tensor { name, datatype, shape, data })
}

/// A tensor of a model as the port has it.
pub(super) fn given(found: tensor::Tensor) -> Tensor {
    let values = match found.data {
        tensor::Data::Single(v) => Values::Numbers(v.into_iter().map(f64::from).collect()),
        tensor::Data::Double(v) => Values::Numbers(v),
        tensor::Data::Int(v) => Values::Integers(v),
        tensor::Data::Bool(v) => Values::Integers(v.into_iter().map(i64::from).collect()),
        tensor::Data::Text(v) => Values::Text(v),
    };
    Tensor { name: found.name, shape: found.shape, values }
}

fn refused(failure: &Failure) -> Error {
    match failure {
        Failure::Timeout(why) => Error::timeout(why.clone()),
        other => Error::input(format!("the model fails: {}", other.message())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_keep_their_values_and_refuse_a_shape_that_does_not_fit() {
        let tensor =
            |shape: &[usize], values| Tensor { name: "age".into(), shape: shape.to_vec(), values };
        for values in [
            Values::Numbers(vec![0.5, 1.5]),
            Values::Integers(vec![1 << 60, 2]),
            Values::Text(vec!["a".into(), "b".into()]),
        ] {
            let whole = tensor(&[2, 1], values);
            assert_eq!(taken(&whole).map(given).ok(), Some(whole));
        }
        let error = taken(&tensor(&[3], Values::Integers(vec![1]))).expect_err("does not fit");
        assert!(error.to_string().contains("`age`"), "{error}");
    }
}
