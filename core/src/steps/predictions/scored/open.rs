//! A model's file or package, opened to be run here.

use std::path::Path;

use crate::domain::error::{Error, Result};
use crate::domain::package::{Format, MANIFEST};
use crate::formats::inspect::{MODEL_FILE, inspect};
use crate::ports::scorer::{Scorer, ScorerModel};
use crate::steps::package::open as verified;

/// Opens `path`: a package, whose files are hashed first, or the file or folder of a model.
///
/// # Errors
/// Nothing there; a package that was changed; a format that is not run here; a model that does not
/// load.
pub fn open(path: &Path, scorer: &dyn Scorer) -> Result<Box<dyn ScorerModel>> {
    if path.join(MANIFEST).is_file() {
        let (manifest, _) = verified(path)?;
        check(manifest.format, &path.display().to_string())?;
        return scorer.load(path).map_err(|e| during(e, path));
    }
    let found = inspect(path)?;
    check(found.format, &path.display().to_string())?;
    let file = match found.details.get(MODEL_FILE) {
        Some(name) if path.is_dir() => path.join(name),
        _ => path.to_owned(),
    };
    scorer.load_file(&file).map_err(|e| during(e, path))
}

/// Only ONNX is run here.
///
/// # Errors
/// Another format; the hint says what to do.
pub(in crate::steps) fn check(format: Format, what: &str) -> Result<()> {
    let (kind, way) = match format {
        Format::Onnx => return Ok(()),
        Format::Pickle => (
            "a pickle, which runs code of its own when it is read and is never opened",
            "export it to ONNX (skl2onnx)",
        ),
        Format::Mlflow => {
            ("a model of MLflow", "serve it (`mlflow models serve`) and name --endpoint")
        }
        Format::Torch => ("a model of PyTorch", "export it to ONNX (torch.onnx.export)"),
        Format::Keras | Format::Tensorflow => {
            ("a model of TensorFlow", "export it to ONNX (tf2onnx)")
        }
        Format::Safetensors | Format::Gguf => {
            ("weights without their computation", "export the model to ONNX")
        }
        Format::Generic => ("of no format that is known", "give an ONNX file, or a package of one"),
    };
    Err(Error::input(format!("{what} cannot be scored here: it is {kind}"))
        .hint(format!("{way}, or score the rows with your own code and give the predictions file")))
}

fn during(error: Error, path: &Path) -> Error {
    let shown = path.display().to_string();
    if error.to_string().contains(&shown) { error } else { error.during(shown) }
}
