//! Probabilities that come as a map for each row, as converters of classifiers write them unless told
//! otherwise (the operator ZipMap).

use ort::value::{
    DynMapValueType, DynValue, IntoTensorElementType, Outlet, TensorElementType, Value, ValueType,
};

use super::tensor::Data;

/// Whether the output is a map of classes to probabilities for each row.
pub(super) fn is_map(outlet: &Outlet) -> bool {
    matches!(key(outlet.dtype()), Some(TensorElementType::Int64 | TensorElementType::String))
}

/// The classes' type, where values are single precision.
fn key(kind: &ValueType) -> Option<TensorElementType> {
    match kind {
        ValueType::Sequence(inner) => match inner.as_ref() {
            ValueType::Map { key, value: TensorElementType::Float32 } => Some(*key),
            _ => None,
        },
        _ => None,
    }
}

/// The probabilities, `[rows, classes]`, in the order of the classes.
///
/// # Errors
/// Rows of other classes than the first.
pub(super) fn extract(value: &DynValue) -> ort::Result<(Vec<usize>, Data)> {
    let text = key(value.dtype()) == Some(TensorElementType::String);
    let rows: Vec<Value<DynMapValueType>> = value.try_extract_sequence()?;
    let (mut all, mut width) = (Vec::new(), 0);
    for (number, row) in rows.iter().enumerate() {
        let own = if text { sorted::<String>(row)? } else { sorted::<i64>(row)? };
        if number > 0 && own.len() != width {
            let message = format!("row {number} has {} classes, the first {width}", own.len());
            return Err(ort::Error::new(message));
        }
        width = own.len();
        all.extend(own);
    }
    Ok((vec![rows.len(), width], Data::Single(all)))
}

/// The values by their keys in order.
fn sorted<K>(row: &Value<DynMapValueType>) -> ort::Result<Vec<f32>>
where
    K: IntoTensorElementType + Clone + std::hash::Hash + Ord,
{
    let mut pairs = row.try_extract_key_values::<K, f32>()?;
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(pairs.into_iter().map(|(_, value)| value).collect())
}
