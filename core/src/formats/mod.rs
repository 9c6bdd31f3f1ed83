//! Recognises model formats by content and reads what they say of themselves. Nothing is ever
//! loaded or executed.

pub mod archive;
pub mod gguf;
pub mod hdf5;
pub mod inspect;
pub mod mlflow;
pub mod onnx;
pub mod pickle;
pub mod protobuf;
pub mod safetensors;
pub mod tensorflow;
pub mod zip;

pub use inspect::{Inspection, inspect};
