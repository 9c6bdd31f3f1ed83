//! What runs a package's model on rows.

pub mod endpoint;
pub mod onnx;
