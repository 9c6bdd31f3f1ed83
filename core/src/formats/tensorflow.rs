//! TensorFlow SavedModel: a folder with `saved_model.pb`.

use std::path::Path;

use super::inspect::{Inspection, MODEL_FILE, cut_short};
use super::protobuf::{Broken, Value, Walk};
use crate::domain::error::{Error, Result};
use crate::domain::package::Format;

/// The file that makes a folder a SavedModel.
pub const FILE: &str = "saved_model.pb";

/// Reads the outermost message: a schema version and meta graphs.
///
/// # Errors
/// The file cannot be read or is cut short.
pub fn inspect(folder: &Path) -> Result<Inspection> {
    let path = folder.join(FILE);
    match read(&path) {
        Ok((schema, graphs)) if graphs > 0 => Ok(Inspection::of(Format::Tensorflow)
            .with("schema-version", schema)
            .with("meta-graphs", graphs)
            .with(MODEL_FILE, FILE)),
        Ok(_) => Err(cut_short(&path, "it holds no graph")),
        Err(Broken::Io(e)) => Err(Error::io("read", &path, e)),
        Err(Broken::CutShort) => Err(cut_short(&path, "the file ends inside a graph")),
        Err(Broken::Malformed) => Err(cut_short(&path, "it is no SavedModel")),
    }
}

fn read(path: &Path) -> Result<(u64, usize), Broken> {
    let mut walk = Walk::open(path).map_err(Broken::Io)?;
    let (mut schema, mut graphs) = (0, 0);
    let end = walk.length();
    while let Some(field) = walk.next(end)? {
        match (field.number, field.value) {
            (1, Value::Varint(version)) => schema = version,
            (2, Value::Until(end)) => {
                walk.skip_to(end)?;
                graphs += 1;
            }
            _ => return Err(Broken::Malformed),
        }
    }
    Ok((schema, graphs))
}
