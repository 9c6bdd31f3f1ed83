//! What a model takes and gives: names, element types and shapes.

use serde::{Deserialize, Serialize};

/// Element type, in the words of the Open Inference Protocol v2 (lower-cased here).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataType {
    /// Boolean.
    Bool,
    /// Unsigned integers.
    Uint8,
    /// 16 bits.
    Uint16,
    /// 32 bits.
    Uint32,
    /// 64 bits.
    Uint64,
    /// Signed integers.
    Int8,
    /// 16 bits.
    Int16,
    /// 32 bits.
    Int32,
    /// 64 bits.
    Int64,
    /// Half precision.
    Fp16,
    /// Brain float.
    Bf16,
    /// Single precision.
    Fp32,
    /// Double precision.
    Fp64,
    /// Text or bytes.
    Bytes,
    /// Something else: a map, a sequence, an optional.
    Other,
}

impl DataType {
    /// The name in Open Inference Protocol v2 messages, for example `FP32`.
    pub fn protocol_name(self) -> &'static str {
        match self {
            Self::Bool => "BOOL",
            Self::Uint8 => "UINT8",
            Self::Uint16 => "UINT16",
            Self::Uint32 => "UINT32",
            Self::Uint64 => "UINT64",
            Self::Int8 => "INT8",
            Self::Int16 => "INT16",
            Self::Int32 => "INT32",
            Self::Int64 => "INT64",
            Self::Fp16 => "FP16",
            Self::Bf16 => "BF16",
            Self::Fp32 => "FP32",
            Self::Fp64 => "FP64",
            Self::Bytes => "BYTES",
            Self::Other => "OTHER",
        }
    }
}

/// One input or output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tensor {
    /// Name as the model knows it.
    pub name: String,
    /// Element type.
    pub datatype: DataType,
    /// Extent of each axis; `None` (JSON null) where it may vary, such as the batch.
    pub shape: Vec<Option<u64>>,
    /// May be left out of a request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// All inputs and outputs of a model.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Inputs, in the model's order.
    pub inputs: Vec<Tensor>,
    /// Outputs, in the model's order.
    pub outputs: Vec<Tensor>,
}
