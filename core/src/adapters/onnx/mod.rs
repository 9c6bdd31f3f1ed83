//! What the adapters that run ONNX models share: the library, a loaded model, requests as tensors.

pub(in crate::adapters) mod bind;
pub(in crate::adapters) mod inference;
pub mod library;
mod maps;
pub(in crate::adapters) mod model;
pub(in crate::adapters) mod package;
pub(in crate::adapters) mod request;
pub(in crate::adapters) mod tensor;
pub(in crate::adapters) mod watchdog;
