//! The package: a folder with a model's files and `outerloop-package.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::canonical;
use super::digest::Digest;
use super::error::{Error, Result};
use super::metric::Metrics;
use super::profile::Profile;
use super::signature::Signature;

/// File name of the manifest inside a package.
pub const MANIFEST: &str = "outerloop-package.json";
/// Folder of the model's files inside a package.
pub const FILES: &str = "files";
/// The manifest's format version.
pub const MANIFEST_VERSION: u32 = 1;

/// The model's format, recognised by content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Open Neural Network Exchange.
    Onnx,
    /// A folder with an `MLmodel` file.
    Mlflow,
    /// Hugging Face safetensors.
    Safetensors,
    /// Python pickle or joblib: recognised, never loaded.
    Pickle,
    /// A PyTorch zip archive.
    Torch,
    /// Keras `.keras` (zip) or HDF5.
    Keras,
    /// A TensorFlow SavedModel folder.
    Tensorflow,
    /// llama.cpp's GGUF.
    Gguf,
    /// Anything else.
    Generic,
}

impl Format {
    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Onnx => "onnx",
            Self::Mlflow => "mlflow",
            Self::Safetensors => "safetensors",
            Self::Pickle => "pickle",
            Self::Torch => "torch",
            Self::Keras => "keras",
            Self::Tensorflow => "tensorflow",
            Self::Gguf => "gguf",
            Self::Generic => "generic",
        }
    }
}

/// One file of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Path below `files/`, with `/` between its parts; never absolute, never `..`.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of the bytes.
    pub digest: Digest,
}

impl FileEntry {
    /// A file that holds `bytes`.
    pub fn of(path: &str, bytes: &[u8]) -> Self {
        Self { path: path.to_owned(), size: bytes.len() as u64, digest: Digest::of(bytes) }
    }
}

/// Where the model came from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Provenance {
    /// Commit of the training code (40 hex digits).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The work tree had changes that the commit does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dirty: Option<bool>,
    /// Address of the repository, without any credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Address of the CI run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Digests of the data sets, by the name they were given.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, Digest>,
    /// The retrain-requested event that this training answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Digest>,
}

/// `outerloop-package.json`. Its canonical bytes' SHA-256 is the package digest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manifest {
    /// [`MANIFEST_VERSION`].
    pub manifest_version: u32,
    /// The model's format.
    pub format: Format,
    /// What was read out of the file: opset, producer, flavors and the like.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
    /// Every file, ordered by path.
    pub files: Vec<FileEntry>,
    /// Inputs and outputs, where the format tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// Requirements of the environment, such as pip requirement lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<String>,
    /// Metrics that training measured.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: Metrics,
    /// How much each feature matters to the model, as training said; larger is more.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub importances: BTreeMap<String, f64>,
    /// Profile of the baseline data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Profile>,
    /// A sample request in Open Inference Protocol v2 form, used to prove that the model answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<serde_json::Value>,
    /// Where it came from.
    pub provenance: Provenance,
}

impl Manifest {
    /// Of a package of which nothing is known but its files, which are put into order.
    pub fn of(format: Format, mut files: Vec<FileEntry>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self {
            manifest_version: MANIFEST_VERSION,
            format,
            details: BTreeMap::new(),
            files,
            signature: None,
            environment: Vec::new(),
            metrics: Metrics::new(),
            importances: BTreeMap::new(),
            baseline: None,
            sample: None,
            provenance: Provenance::default(),
        }
    }

    /// The canonical bytes, as written to [`MANIFEST`].
    ///
    /// # Errors
    /// A metric or profile number that is NaN or infinite.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        canonical::to_bytes(self)
    }

    /// Reads a manifest and refuses paths that would leave the package and a baseline profile that
    /// no data has.
    ///
    /// # Errors
    /// Not JSON, an unknown key, a newer manifest version, an unsafe path, an unsound profile.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|e| {
            Error::input(format!("{MANIFEST} is not a package manifest: {e}"))
                .hint("it may be cut short or of another program; package the model again")
        })?;
        if manifest.manifest_version != MANIFEST_VERSION {
            let found = manifest.manifest_version;
            return Err(Error::input(format!("{MANIFEST} has version {found}"))
                .hint(format!("this program reads version {MANIFEST_VERSION}; use a newer one")));
        }
        for file in &manifest.files {
            if !is_safe_path(&file.path) {
                let path = file.path.escape_debug();
                return Err(Error::integrity(format!("{MANIFEST} names the unsafe path `{path}`")));
            }
        }
        if let Some(baseline) = &manifest.baseline {
            baseline.check().map_err(|e| e.during(MANIFEST))?;
        }
        Ok(manifest)
    }

    /// The package digest.
    ///
    /// # Errors
    /// As [`Manifest::to_bytes`].
    pub fn digest(&self) -> Result<Digest> {
        Ok(Digest::of(&self.to_bytes()?))
    }

    /// Sum of the files' sizes in bytes.
    pub fn total_size(&self) -> u64 {
        self.files.iter().map(|f| f.size).fold(0, u64::saturating_add)
    }
}

/// Whether `path` is relative, uses `/`, and stays inside the package.
pub fn is_safe_path(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', '\0'])
        && !path.contains(':')
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}
