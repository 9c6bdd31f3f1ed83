//! Which format a model has.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{archive, gguf, hdf5, mlflow, onnx, pickle, safetensors, tensorflow};
use crate::domain::error::{Error, Result};
use crate::domain::package::Format;
use crate::domain::signature::Signature;

/// Key of [`Inspection::details`] for the model's own file, below the folder that was inspected.
pub const MODEL_FILE: &str = "model-file";

/// What a model says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// Its format.
    pub format: Format,
    /// Facts by name: `opset`, `producer`, `flavors`, `tensors`, [`MODEL_FILE`] …
    pub details: BTreeMap<String, String>,
    /// Inputs and outputs, where the format tells.
    pub signature: Option<Signature>,
    /// Requirements of the environment, such as pip requirement lines.
    pub environment: Vec<String>,
}

impl Inspection {
    /// An inspection that found the format and nothing else yet.
    pub fn of(format: Format) -> Self {
        Self { format, details: BTreeMap::new(), signature: None, environment: Vec::new() }
    }

    /// Adds a fact; an empty one is left out.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl ToString) -> Self {
        let value = value.to_string();
        if !value.is_empty() {
            self.details.insert(key.to_owned(), value);
        }
        self
    }
}

/// Inspects a model's file or folder. Memory stays flat: weights are skipped, not read.
///
/// A folder with `MLmodel` or `saved_model.pb` is of that format. Else it takes the format of its
/// one recognised file; of several of one format the first; of several formats the one file called
/// `model`; else it is generic.
///
/// # Errors
/// A file that cannot be read, is empty, is cut short, or is named as a model of a format that its
/// content is not; an ONNX model whose external data is missing or lies outside the folder.
pub fn inspect(path: &Path) -> Result<Inspection> {
    let metadata = fs::metadata(path).map_err(|e| Error::io("read", path, e))?;
    if metadata.is_dir() {
        return inspect_folder(path);
    }
    if metadata.len() == 0 {
        return Err(cut_short(path, "it is empty"));
    }
    let found = match inspect_file(path)? {
        Some(found) => found,
        None => Inspection::of(Format::Generic),
    };
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(found.with(MODEL_FILE, name))
}

type Reader = fn(&Path, &[u8]) -> Result<Option<Inspection>>;

/// The formats of single files, the most telling first. Each gets the path and the first bytes.
const READERS: [Reader; 6] = [
    gguf::inspect,
    hdf5::inspect,
    archive::inspect,
    safetensors::inspect,
    pickle::inspect,
    onnx::inspect,
];

/// Endings that promise a format; content decides, but a broken promise is an error.
const PROMISES: [(&str, &str); 4] =
    [("onnx", "ONNX"), ("safetensors", "safetensors"), ("gguf", "GGUF"), ("keras", "Keras")];

fn inspect_file(path: &Path) -> Result<Option<Inspection>> {
    let head = head(path)?;
    for reader in READERS {
        if let Some(found) = reader(path, &head)? {
            return Ok(Some(found));
        }
    }
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    match PROMISES.iter().find(|(known, _)| *known == ending) {
        Some((_, format)) => Err(cut_short(
            path,
            &format!("it is named as a {format} file and does not read as one"),
        )),
        None => Ok(None),
    }
}

/// The first bytes of a file, at most 512.
fn head(path: &Path) -> Result<Vec<u8>> {
    let cannot = |e| Error::io("read", path, e);
    let mut head = Vec::new();
    fs::File::open(path).map_err(cannot)?.take(512).read_to_end(&mut head).map_err(cannot)?;
    Ok(head)
}

fn inspect_folder(folder: &Path) -> Result<Inspection> {
    if folder.join(mlflow::FILE).is_file() {
        return mlflow::inspect(folder);
    }
    if folder.join(tensorflow::FILE).is_file() {
        return Ok(with_requirements(tensorflow::inspect(folder)?, folder));
    }
    let mut found = Vec::new();
    for path in files_below(folder)? {
        if let Some(inspection) = inspect_file(&path)? {
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
            found.push(inspection.with(MODEL_FILE, name));
        }
    }
    Ok(with_requirements(main_of(found), folder))
}

/// The inspection that stands for the folder.
fn main_of(mut found: Vec<Inspection>) -> Inspection {
    let count = found.len();
    let is_main = |i: &Inspection| {
        let name = i.details.get(MODEL_FILE).map(String::as_str).unwrap_or_default();
        Path::new(name).file_stem().is_some_and(|stem| stem == "model")
    };
    let named: Vec<usize> = (0..count).filter(|i| is_main(&found[*i])).collect();
    let one_format = found.windows(2).all(|pair| pair[0].format == pair[1].format);
    let index = match named[..] {
        [only] => Some(only),
        _ if one_format && count > 0 => Some(0),
        _ => None,
    };
    match index {
        Some(index) if count == 1 => found.swap_remove(index),
        Some(index) => found.swap_remove(index).with("model-files", count),
        None if count == 0 => Inspection::of(Format::Generic),
        None => Inspection::of(Format::Generic).with("model-files", count),
    }
}

fn with_requirements(mut inspection: Inspection, folder: &Path) -> Inspection {
    if let Ok(text) = fs::read_to_string(folder.join("requirements.txt")) {
        inspection.environment = requirement_lines(&text);
    }
    inspection
}

/// The lines of a pip requirements file without comments and blank lines.
pub(super) fn requirement_lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split(" #").next().unwrap_or_default().trim())
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// All files below a folder, ordered by path.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let cannot = |e| Error::io("list", folder, e);
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        entries.push(entry.map_err(cannot)?.path());
    }
    entries.sort();
    let mut files = Vec::new();
    for path in entries {
        let metadata = fs::metadata(&path).map_err(|e| Error::io("read", &path, e))?;
        if metadata.is_dir() && !path.is_symlink() {
            files.extend(files_below(&path)?);
        } else if metadata.is_file() {
            files.push(path);
        }
    }
    Ok(files)
}

/// The error for a model file that does not hold what its beginning promises.
pub(super) fn cut_short(path: &Path, why: &str) -> Error {
    Error::input(format!("{} is not a whole model file: {why}", path.display()))
        .hint("it may be cut short: compare its size with the original and copy it again")
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
