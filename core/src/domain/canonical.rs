//! Canonical JSON (RFC 8785): one byte sequence for one value, so that a digest means something.

use serde::Serialize;

use super::error::{Error, Result};

/// The canonical bytes of `value`.
///
/// # Errors
/// A value that JSON cannot carry: a NaN or infinite number, a map key that is no string.
pub fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json_canonicalizer::to_vec(value)
        .map_err(|e| Error::internal(format!("cannot write canonical JSON: {e}")))
}
