//! ONNX: inputs, outputs, opsets and external data, read from the protobuf without the weights.
//!
//! Field numbers are those of `onnx.proto3`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

use prost::Message;

use super::inspect::{Inspection, cut_short};
use super::protobuf::{Broken, Value, Walk};
use crate::domain::error::{Error, Result};
use crate::domain::package::Format;
use crate::domain::signature::{DataType, Signature, Tensor};

/// Graphs inside nodes inside graphs, at most.
const MAX_DEPTH: usize = 32;
/// The longest producer name that is believed.
const MAX_NAME: u64 = 1 << 12;

/// Reads `path` when it is an ONNX model.
///
/// # Errors
/// A model that is cut short, or whose external data is missing or outside its folder.
pub fn inspect(path: &Path, head: &[u8]) -> Result<Option<Inspection>> {
    if !may_be_model(head) {
        return Ok(None);
    }
    let mut walk = Walk::open(path).map_err(|e| Error::io("read", path, e))?;
    let mut model = Model::default();
    match model.read(&mut walk) {
        Ok(()) if model.has_graph => model.require_opsets(path)?,
        Err(Broken::CutShort) if model.begun() || named_onnx(path) => {
            return Err(cut_short(path, "the file ends inside the ONNX graph"));
        }
        Err(Broken::Malformed) if model.begun() && named_onnx(path) => {
            return Err(cut_short(path, "its graph cannot be read"));
        }
        Err(Broken::Io(e)) => return Err(Error::io("read", path, e)),
        _ => return Ok(None),
    }
    check_external(path, &model.external)?;
    Ok(Some(model.inspection()))
}

fn named_onnx(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "onnx")
}

/// A model begins with `ir_version`, or, from unusual writers, with another field of `ModelProto`.
fn may_be_model(head: &[u8]) -> bool {
    matches!(head, [0x08, 1..=0x40, ..] | [0x12 | 0x1a | 0x22 | 0x3a | 0x42, ..])
}

#[derive(Default)]
struct Model {
    ir_version: Option<u64>,
    producer: String,
    producer_version: String,
    opsets: BTreeMap<String, u64>,
    /// Domains of the operators that the graph uses.
    domains: BTreeSet<String>,
    has_graph: bool,
    inputs: Vec<ValueInfo>,
    outputs: Vec<ValueInfo>,
    initializers: BTreeSet<String>,
    external: BTreeMap<String, u64>,
}

impl Model {
    /// Enough was read to tell that this is meant to be an ONNX model.
    fn begun(&self) -> bool {
        self.ir_version.is_some() && (self.has_graph || !self.producer.is_empty())
    }

    /// Every domain needs its operator set; they stand last in the file, so that one cut short
    /// between two fields shows here.
    fn require_opsets(&self, path: &Path) -> Result<()> {
        match self.domains.iter().find(|d| !self.opsets.contains_key(*d)) {
            Some(domain) => {
                let why = format!("it names no operator set of {}", domain.escape_debug());
                Err(cut_short(path, &why))
            }
            None if self.opsets.is_empty() => Err(cut_short(path, "it names no operator set")),
            None => Ok(()),
        }
    }

    fn read(&mut self, walk: &mut Walk) -> Result<(), Broken> {
        let end = walk.length();
        while let Some(field) = walk.next(end)? {
            match (field.number, field.value) {
                (1, Value::Varint(version)) => self.ir_version = Some(version),
                (2, Value::Until(end)) => self.producer = name(walk, end)?,
                (3, Value::Until(end)) => self.producer_version = name(walk, end)?,
                (7, Value::Until(end)) => {
                    self.graph(walk, end, 0)?;
                    self.has_graph = true;
                }
                (8, Value::Until(end)) => self.opset(&walk.bytes(end)?)?,
                (4 | 6 | 14 | 20 | 25 | 26, Value::Until(end)) => walk.skip_to(end)?,
                (5, Value::Varint(_)) => {}
                _ => return Err(Broken::Malformed),
            }
        }
        Ok(())
    }

    fn opset(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let opset = OperatorSet::decode(bytes).map_err(|_| Broken::Malformed)?;
        self.opsets.insert(known_domain(opset.domain), u64::try_from(opset.version).unwrap_or(0));
        Ok(())
    }

    fn graph(&mut self, walk: &mut Walk, end: u64, depth: usize) -> Result<(), Broken> {
        if depth > MAX_DEPTH {
            return Err(Broken::Malformed);
        }
        while let Some(field) = walk.next(end)? {
            match (field.number, field.value) {
                (1, Value::Until(end)) => self.node(walk, end, depth)?,
                (5, Value::Until(end)) => {
                    let name = self.tensor(walk, end)?;
                    if depth == 0 {
                        self.initializers.insert(name);
                    }
                }
                (11, Value::Until(end)) if depth == 0 => {
                    self.inputs.push(value_info(&walk.bytes(end)?)?);
                }
                (12, Value::Until(end)) if depth == 0 => {
                    self.outputs.push(value_info(&walk.bytes(end)?)?);
                }
                (_, Value::Until(end)) => walk.skip_to(end)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Nodes matter for their operators' domains and the tensors and graphs in their attributes.
    fn node(&mut self, walk: &mut Walk, end: u64, depth: usize) -> Result<(), Broken> {
        let mut domain = String::new();
        while let Some(field) = walk.next(end)? {
            match (field.number, field.value) {
                (5, Value::Until(end)) => self.attribute(walk, end, depth)?,
                (7, Value::Until(end)) => domain = name(walk, end)?,
                (_, Value::Until(end)) => walk.skip_to(end)?,
                _ => {}
            }
        }
        self.domains.insert(known_domain(domain));
        Ok(())
    }

    fn attribute(&mut self, walk: &mut Walk, end: u64, depth: usize) -> Result<(), Broken> {
        while let Some(field) = walk.next(end)? {
            match (field.number, field.value) {
                (5 | 10, Value::Until(end)) => {
                    self.tensor(walk, end)?;
                }
                (6 | 11, Value::Until(end)) => self.graph(walk, end, depth + 1)?,
                (_, Value::Until(end)) => walk.skip_to(end)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Returns the tensor's name and keeps where its external data ends, if it has any.
    fn tensor(&mut self, walk: &mut Walk, end: u64) -> Result<String, Broken> {
        let (mut tensor_name, mut external) = (String::new(), BTreeMap::new());
        while let Some(field) = walk.next(end)? {
            match (field.number, field.value) {
                (8, Value::Until(end)) => tensor_name = walk.text(end)?,
                (13, Value::Until(end)) => {
                    let entry =
                        Entry::decode(&walk.bytes(end)?[..]).map_err(|_| Broken::Malformed)?;
                    external.insert(entry.key, entry.value);
                }
                (_, Value::Until(end)) => walk.skip_to(end)?,
                _ => {}
            }
        }
        if let Some(location) = external.remove("location") {
            let number = |key: &str| external.get(key).and_then(|v| v.parse().ok()).unwrap_or(0u64);
            let reaches = number("offset").saturating_add(number("length"));
            let known = self.external.entry(location).or_default();
            *known = reaches.max(*known);
        }
        Ok(tensor_name)
    }

    fn inspection(self) -> Inspection {
        let opset = self.opsets.get("ai.onnx").map(u64::to_string).unwrap_or_default();
        let opsets: Vec<String> = self.opsets.iter().map(|(d, v)| format!("{d} {v}")).collect();
        let producer = format!("{} {}", self.producer, self.producer_version);
        let external: Vec<&str> = self.external.keys().map(String::as_str).collect();
        let found = Inspection::of(Format::Onnx)
            .with("ir-version", self.ir_version.map(|v| v.to_string()).unwrap_or_default())
            .with("producer", producer.trim())
            .with("opset", opset)
            .with("opsets", opsets.join(", "))
            .with("external-data", external.join(", "));
        let inputs = self.inputs.into_iter().filter(|i| !self.initializers.contains(&i.name));
        let signature = Signature {
            inputs: inputs.map(ValueInfo::tensor).collect(),
            outputs: self.outputs.into_iter().map(ValueInfo::tensor).collect(),
        };
        Inspection { signature: Some(signature), ..found }
    }
}

/// The domain of the standard operators may be left empty.
fn known_domain(domain: String) -> String {
    if domain.is_empty() { "ai.onnx".to_owned() } else { domain }
}

fn name(walk: &mut Walk, end: u64) -> Result<String, Broken> {
    let bytes = walk.bytes(end)?;
    match bytes.len() as u64 <= MAX_NAME {
        true => String::from_utf8(bytes).map_err(|_| Broken::Malformed),
        false => Err(Broken::Malformed),
    }
}

fn value_info(bytes: &[u8]) -> Result<ValueInfo, Broken> {
    ValueInfo::decode(bytes).map_err(|_| Broken::Malformed)
}

/// External data must lie in the model's folder and be long enough.
fn check_external(model: &Path, external: &BTreeMap<String, u64>) -> Result<()> {
    let folder = model.parent().unwrap_or(Path::new("."));
    for (location, reaches) in external {
        let shown = location.escape_debug();
        let inside = Path::new(location).components().all(|c| matches!(c, Component::Normal(_)));
        if !inside || location.contains('\\') {
            let message = format!("{} keeps weights in `{shown}`", model.display());
            return Err(Error::input(format!("{message}, outside its folder"))
                .hint("save the model with its external data beside it"));
        }
        let place = folder.join(location);
        match std::fs::metadata(&place) {
            Ok(metadata) if metadata.is_file() && metadata.len() >= *reaches => {}
            Ok(metadata) => {
                let why = format!("{} bytes, the model needs {reaches}", metadata.len());
                return Err(cut_short(&place, &why));
            }
            Err(_) => {
                let message = format!("{} keeps weights in `{shown}`", model.display());
                return Err(Error::input(format!("{message}, which is not there"))
                    .hint("put the file beside the model, and package the folder of both"));
            }
        }
    }
    Ok(())
}

#[derive(Clone, PartialEq, Message)]
struct OperatorSet {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(int64, tag = "2")]
    version: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Entry {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct ValueInfo {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    kind: Option<Kind>,
}

/// `TypeProto`: a tensor, an optional, or something that is neither.
#[derive(Clone, PartialEq, Message)]
struct Kind {
    #[prost(message, optional, tag = "1")]
    tensor: Option<TensorKind>,
    #[prost(message, optional, boxed, tag = "9")]
    optional: Option<Box<OptionalKind>>,
}

#[derive(Clone, PartialEq, Message)]
struct OptionalKind {
    #[prost(message, optional, boxed, tag = "1")]
    element: Option<Box<Kind>>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorKind {
    #[prost(int32, tag = "1")]
    element: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<Shape>,
}

#[derive(Clone, PartialEq, Message)]
struct Shape {
    #[prost(message, repeated, tag = "1")]
    axes: Vec<Axis>,
}

#[derive(Clone, PartialEq, Message)]
struct Axis {
    #[prost(int64, optional, tag = "1")]
    extent: Option<i64>,
}

impl ValueInfo {
    fn tensor(self) -> Tensor {
        let mut kind = self.kind.unwrap_or_default();
        let optional = kind.optional.is_some();
        if let Some(element) = kind.optional.take().and_then(|o| o.element) {
            kind = *element;
        }
        let tensor = kind.tensor.unwrap_or_default();
        let axes = tensor.shape.map(|s| s.axes).unwrap_or_default();
        let extent = |a: Axis| a.extent.and_then(|e| u64::try_from(e).ok()).filter(|e| *e > 0);
        Tensor {
            name: self.name,
            datatype: data_type(tensor.element),
            shape: axes.into_iter().map(extent).collect(),
            optional,
        }
    }
}

/// `TensorProto.DataType`.
fn data_type(element: i32) -> DataType {
    match element {
        1 => DataType::Fp32,
        2 => DataType::Uint8,
        3 => DataType::Int8,
        4 => DataType::Uint16,
        5 => DataType::Int16,
        6 => DataType::Int32,
        7 => DataType::Int64,
        8 => DataType::Bytes,
        9 => DataType::Bool,
        10 => DataType::Fp16,
        11 => DataType::Fp64,
        12 => DataType::Uint32,
        13 => DataType::Uint64,
        16 => DataType::Bf16,
        _ => DataType::Other,
    }
}
