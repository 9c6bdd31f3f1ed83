//! Tensors as they travel between JSON and a model.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq, Serializer};

use crate::domain::signature::DataType;

/// Values of one tensor, flat, in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::adapters) enum Data {
    /// Single precision: only what a model gave, so that it prints as short as it was.
    Single(Vec<f32>),
    /// Numbers with a fraction, or with nulls (NaN).
    Double(Vec<f64>),
    /// Whole numbers.
    Int(Vec<i64>),
    /// Booleans.
    Bool(Vec<bool>),
    /// Text.
    Text(Vec<String>),
}

impl Data {
    /// Number of values.
    pub(in crate::adapters) fn len(&self) -> usize {
        match self {
            Self::Single(v) => v.len(),
            Self::Double(v) => v.len(),
            Self::Int(v) => v.len(),
            Self::Bool(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }

    /// The element type that fits the values best.
    pub(in crate::adapters) fn datatype(&self) -> DataType {
        match self {
            Self::Single(_) => DataType::Fp32,
            Self::Double(_) => DataType::Fp64,
            Self::Int(_) => DataType::Int64,
            Self::Bool(_) => DataType::Bool,
            Self::Text(_) => DataType::Bytes,
        }
    }

    /// Whether no number is NaN or infinite.
    pub(in crate::adapters) fn is_finite(&self) -> bool {
        match self {
            Self::Single(v) => v.iter().all(|x| x.is_finite()),
            Self::Double(v) => v.iter().all(|x| x.is_finite()),
            Self::Int(_) | Self::Bool(_) | Self::Text(_) => true,
        }
    }

    /// The number at `index`; text has none.
    pub(in crate::adapters) fn number(&self, index: usize) -> Option<f64> {
        match self {
            Self::Single(v) => v.get(index).map(|x| f64::from(*x)),
            Self::Double(v) => v.get(index).copied(),
            Self::Int(v) => v.get(index).map(|x| *x as f64),
            Self::Bool(v) => v.get(index).map(|x| f64::from(u8::from(*x))),
            Self::Text(_) => None,
        }
    }

    /// Values `from..to` as JSON.
    pub(in crate::adapters) fn json(&self, from: usize, to: usize) -> Vec<serde_json::Value> {
        match self {
            Self::Single(v) => v[from..to].iter().map(|x| json_single(*x)).collect(),
            Self::Double(v) => v[from..to].iter().map(|x| (*x).into()).collect(),
            Self::Int(v) => v[from..to].iter().map(|x| (*x).into()).collect(),
            Self::Bool(v) => v[from..to].iter().map(|x| (*x).into()).collect(),
            Self::Text(v) => v[from..to].iter().map(|x| x.as_str().into()).collect(),
        }
    }
}

/// The shortest decimal that reads back as the same single-precision number.
fn json_single(x: f32) -> serde_json::Value {
    x.to_string().parse::<f64>().ok().filter(|v| v.is_finite()).into()
}

fn sequence<S: Serializer, T: Serialize>(serializer: S, values: &[T]) -> Result<S::Ok, S::Error> {
    let mut seq = serializer.serialize_seq(Some(values.len()))?;
    for value in values {
        seq.serialize_element(value)?;
    }
    seq.end()
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Single(v) => sequence(serializer, v),
            Self::Double(v) => sequence(serializer, v),
            Self::Int(v) => sequence(serializer, v),
            Self::Bool(v) => sequence(serializer, v),
            Self::Text(v) => sequence(serializer, v),
        }
    }
}

/// A named tensor.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::adapters) struct Tensor {
    /// Name; empty where the caller gave none.
    pub(in crate::adapters) name: String,
    /// Element type as declared by the caller or the model.
    pub(in crate::adapters) datatype: DataType,
    /// Extent of each axis; its product is the number of values.
    pub(in crate::adapters) shape: Vec<usize>,
    /// The values.
    pub(in crate::adapters) data: Data,
}

impl Tensor {
    /// Rows: the extent of the first axis, 1 for a scalar.
    pub(in crate::adapters) fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    /// The tensor as nested JSON arrays.
    pub(in crate::adapters) fn nested(&self) -> serde_json::Value {
        nest(&self.data.json(0, self.data.len()), &self.shape)
    }
}

fn nest(values: &[serde_json::Value], shape: &[usize]) -> serde_json::Value {
    match shape {
        [] => values.first().cloned().unwrap_or_default(),
        [_] => values.to_vec().into(),
        [rows, rest @ ..] => {
            let width: usize = rest.iter().product();
            (0..*rows).map(|i| nest(&values[i * width..(i + 1) * width], rest)).collect()
        }
    }
}

/// A JSON array, nested or flat, read into one run of values.
#[derive(Debug)]
pub(in crate::adapters) struct Flat {
    /// The values.
    pub(in crate::adapters) data: Data,
    /// Extents of the nesting.
    pub(in crate::adapters) shape: Vec<usize>,
}

impl<'de> Deserialize<'de> for Flat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut collector =
            Collector { data: Data::Int(Vec::new()), shape: Vec::new(), leaf: None };
        Node { into: &mut collector, depth: 0 }.deserialize(deserializer)?;
        Ok(Self {
            data: collector.data,
            shape: collector.shape.into_iter().map(|n| n.unwrap_or(0)).collect(),
        })
    }
}

struct Collector {
    data: Data,
    shape: Vec<Option<usize>>,
    leaf: Option<usize>,
}

impl Collector {
    fn leaf<E: serde::de::Error>(&mut self, depth: usize) -> Result<(), E> {
        match *self.leaf.get_or_insert(depth) {
            leaf if leaf == depth => Ok(()),
            _ => Err(E::custom("an array mixes values with arrays")),
        }
    }

    fn close<E: serde::de::Error>(&mut self, depth: usize, len: usize) -> Result<(), E> {
        match *self.shape[depth].get_or_insert(len) {
            known if known == len => Ok(()),
            known => Err(E::custom(format!("rows of {known} and of {len} values"))),
        }
    }

    fn int<E: serde::de::Error>(&mut self, value: i64) -> Result<(), E> {
        match &mut self.data {
            Data::Int(v) => v.push(value),
            Data::Double(v) => v.push(value as f64),
            _ => return Err(mixed()),
        }
        Ok(())
    }

    fn double<E: serde::de::Error>(&mut self, value: f64) -> Result<(), E> {
        if let Data::Int(v) = &self.data {
            let mut wider: Vec<f64> = Vec::with_capacity(v.capacity().max(v.len() + 1));
            wider.extend(v.iter().map(|x| *x as f64));
            self.data = Data::Double(wider);
        }
        match &mut self.data {
            Data::Double(v) => v.push(value),
            _ => return Err(mixed()),
        }
        Ok(())
    }

    fn bool<E: serde::de::Error>(&mut self, value: bool) -> Result<(), E> {
        if self.data.len() == 0 {
            self.data = Data::Bool(Vec::new());
        }
        match &mut self.data {
            Data::Bool(v) => v.push(value),
            _ => return Err(mixed()),
        }
        Ok(())
    }

    fn text<E: serde::de::Error>(&mut self, value: &str) -> Result<(), E> {
        if self.data.len() == 0 {
            self.data = Data::Text(Vec::new());
        }
        match &mut self.data {
            Data::Text(v) => v.push(value.to_owned()),
            _ => return Err(mixed()),
        }
        Ok(())
    }
}

fn mixed<E: serde::de::Error>() -> E {
    E::custom("an array mixes numbers, text, booleans or nulls that do not go together")
}

struct Node<'a> {
    into: &'a mut Collector,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("numbers, text or booleans, or arrays of them")
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.into.leaf(self.depth)?;
        self.into.int(value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.into.leaf(self.depth)?;
        match i64::try_from(value) {
            Ok(value) => self.into.int(value),
            Err(_) => self.into.double(value as f64),
        }
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.into.leaf(self.depth)?;
        self.into.double(value)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.into.leaf(self.depth)?;
        self.into.bool(value)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.into.leaf(self.depth)?;
        self.into.text(value)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.into.leaf(self.depth)?;
        self.into.double(f64::NAN)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if self.into.shape.len() == self.depth {
            self.into.shape.push(None);
        }
        let mut len = 0;
        while seq
            .next_element_seed(Node { into: &mut *self.into, depth: self.depth + 1 })?
            .is_some()
        {
            len += 1;
        }
        self.into.close(self.depth, len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Flat, String> {
        serde_json::from_str(text).map_err(|e| e.to_string())
    }

    #[test]
    fn nested_and_flat_arrays_read_alike() {
        let nested = read("[[1, 2.5], [3, null]]").unwrap();
        assert_eq!(nested.shape, [2, 2]);
        let Data::Double(values) = &nested.data else { panic!("{:?}", nested.data) };
        assert_eq!(values[..3], [1.0, 2.5, 3.0]);
        assert!(values[3].is_nan());
        assert_eq!(read("[1,2]").unwrap().data, Data::Int(vec![1, 2]));
        assert_eq!(read("[\"a\"]").unwrap().data, Data::Text(vec!["a".into()]));
        assert_eq!(read("[]").unwrap().shape, [0]);
    }

    #[test]
    fn ragged_and_mixed_arrays_are_refused() {
        for bad in ["[[1],[2,3]]", "[1,[2]]", "[1,\"a\"]", "[true,1]", "[\"a\",null]", "[{}]"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn single_precision_prints_short() {
        let tensor = Tensor {
            name: "p".into(),
            datatype: DataType::Fp32,
            shape: vec![2, 1],
            data: Data::Single(vec![0.1, 0.7]),
        };
        assert_eq!(serde_json::to_string(&tensor.data).unwrap(), "[0.1,0.7]");
        assert_eq!(tensor.nested().to_string(), "[[0.1],[0.7]]");
    }
}
