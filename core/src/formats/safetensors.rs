//! safetensors: eight bytes of length, a JSON header, then the tensors without a gap.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::inspect::{Inspection, cut_short};
use crate::domain::error::{Error, Result};
use crate::domain::package::Format;

/// The longest header that the format allows.
const MAX_HEADER: u64 = 100_000_000;

#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

/// Reads `path` when it is a safetensors file, and checks that the tensors fill it exactly.
///
/// # Errors
/// The header or a tensor is cut short, overlaps another, or has another size than its shape says.
pub fn inspect(path: &Path, head: &[u8]) -> Result<Option<Inspection>> {
    let Some((length, b"{")) = head
        .split_first_chunk::<8>()
        .map(|(n, rest)| (u64::from_le_bytes(*n), rest.get(..1).unwrap_or_default()))
    else {
        return Ok(None);
    };
    if length > MAX_HEADER {
        return Ok(None);
    }
    let cannot = |e| Error::io("read", path, e);
    let mut file = File::open(path).map_err(cannot)?;
    let size = file.metadata().map_err(cannot)?.len();
    if length + 8 > size {
        return Err(cut_short(path, "the file ends inside the safetensors header"));
    }
    let mut header = vec![0; usize::try_from(length + 8).unwrap_or(usize::MAX)];
    file.read_exact(&mut header).map_err(cannot)?;
    let broken = |why: &str| cut_short(path, why);
    let mut tensors: BTreeMap<String, Value> = serde_json::from_slice(&header[8..])
        .map_err(|e| broken(&format!("its safetensors header is not JSON: {e}")))?;
    let metadata = tensors.remove("__metadata__");
    let (parameters, types) = check(tensors, size - length - 8).map_err(|why| broken(&why))?;
    let producer = metadata.as_ref().and_then(|m| m.get("format")).and_then(Value::as_str);
    Ok(Some(
        Inspection::of(Format::Safetensors)
            .with("tensors", parameters.0)
            .with("parameters", parameters.1)
            .with("data-types", types.into_iter().collect::<Vec<_>>().join(", "))
            .with("producer", producer.unwrap_or_default()),
    ))
}

type Counts = (usize, u64);

/// Number of tensors and of parameters, and the element types.
fn check(
    tensors: BTreeMap<String, Value>,
    data: u64,
) -> Result<(Counts, BTreeSet<String>), String> {
    let mut spans = Vec::with_capacity(tensors.len());
    let (mut parameters, mut types) = (0u64, BTreeSet::new());
    for (name, entry) in tensors {
        let name = name.escape_debug().to_string();
        let entry: Entry =
            serde_json::from_value(entry).map_err(|e| format!("tensor `{name}`: {e}"))?;
        let count = entry.shape.iter().try_fold(1u64, |a, b| a.checked_mul(*b));
        let bits =
            bits(&entry.dtype).ok_or_else(|| format!("tensor `{name}` has an unknown type"))?;
        let (begin, end) = entry.data_offsets;
        let expected = count.and_then(|c| c.checked_mul(bits)).map(|b| b / 8);
        if end < begin || expected != Some(end - begin) {
            return Err(format!("tensor `{name}` has another size than its shape says"));
        }
        if end > data {
            return Err(format!("the file ends inside tensor `{name}`"));
        }
        parameters = parameters.saturating_add(count.unwrap_or(0));
        types.insert(entry.dtype);
        spans.push((begin, end, name));
    }
    spans.sort();
    let mut reached = 0;
    for (begin, end, name) in &spans {
        if *begin != reached {
            return Err(format!("tensor `{name}` overlaps another or leaves a gap"));
        }
        reached = *end;
    }
    if reached != data {
        return Err(format!("{} bytes belong to no tensor", data - reached));
    }
    Ok(((spans.len(), parameters), types))
}

/// Size of one element in bits.
fn bits(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "F4" => 4,
        "F6_E2M3" | "F6_E3M2" => 6,
        "BOOL" | "U8" | "I8" | "F8_E5M2" | "F8_E4M3" | "F8_E8M0" | "F8_E4M3FNUZ"
        | "F8_E5M2FNUZ" => 8,
        "U16" | "I16" | "F16" | "BF16" => 16,
        "U32" | "I32" | "F32" => 32,
        "U64" | "I64" | "F64" | "C64" => 64,
        _ => return None,
    })
}
