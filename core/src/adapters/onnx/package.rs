//! A package on disk: `outerloop-package.json` and the model's files.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::package::{FILES, FileEntry, Format, MANIFEST, Manifest};

/// A package in a folder of its own.
#[derive(Debug, Clone)]
pub(in crate::adapters) struct Package {
    /// The folder.
    pub(in crate::adapters) folder: PathBuf,
    /// Its manifest.
    pub(in crate::adapters) manifest: Manifest,
}

impl Package {
    /// Reads the manifest of the package in `folder`.
    ///
    /// # Errors
    /// No manifest, or one that cannot be used.
    pub(in crate::adapters) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(MANIFEST);
        let bytes = std::fs::read(&path).map_err(|e| Error::io("read", &path, e))?;
        Ok(Self { folder: folder.to_owned(), manifest: Manifest::from_bytes(&bytes)? })
    }

    /// Checks the manifest against `digest`, and every file against the manifest.
    ///
    /// # Errors
    /// Other bytes than the digests say.
    pub(in crate::adapters) fn verify(&self, digest: &Digest) -> Result<()> {
        let found = self.manifest.digest()?;
        if found != *digest {
            let folder = self.folder.display();
            return Err(Error::integrity(format!("{folder} holds package {found}, not {digest}")));
        }
        self.manifest.files.iter().try_for_each(|entry| self.verify_file(entry))
    }

    fn verify_file(&self, entry: &FileEntry) -> Result<()> {
        let path = self.path(entry);
        let found = hash(&path).map_err(|e| Error::io("read", &path, e))?;
        if found != entry.digest {
            let (path, wanted) = (path.display(), entry.digest);
            return Err(Error::integrity(format!("{path} has digest {found}, not {wanted}")));
        }
        Ok(())
    }

    fn path(&self, entry: &FileEntry) -> PathBuf {
        self.folder.join(FILES).join(&entry.path)
    }

    /// The one ONNX file.
    ///
    /// # Errors
    /// Another format, or not exactly one `.onnx` file.
    pub(in crate::adapters) fn onnx_file(&self) -> Result<PathBuf> {
        if self.manifest.format != Format::Onnx {
            let format = self.manifest.format.as_str();
            return Err(Error::input(format!("the package holds a model of format {format}"))
                .hint("set `runtime: mlflow` or `runtime: command` for the endpoint, or package an ONNX file"));
        }
        let is_onnx = |e: &&FileEntry| e.path.to_ascii_lowercase().ends_with(".onnx");
        let mut models = self.manifest.files.iter().filter(is_onnx);
        match (models.next(), models.next(), self.manifest.files.as_slice()) {
            (Some(only), None, _) | (None, None, [only]) => Ok(self.path(only)),
            (None, ..) => Err(Error::input("the package has no .onnx file")),
            (Some(a), Some(b), _) => Err(Error::input(format!(
                "the package has several models: {} and {}",
                a.path, b.path
            ))
            .hint("package one .onnx file with its external data")),
        }
    }

    /// The folder of the model's files.
    pub(in crate::adapters) fn files(&self) -> PathBuf {
        self.folder.join(FILES)
    }

    /// What a child process is given as its model: the folder of the `MLmodel` file, the one file,
    /// or the folder of all files.
    pub(in crate::adapters) fn model_path(&self) -> PathBuf {
        let folder = self.files();
        let mlmodel = |e: &&FileEntry| e.path == "MLmodel" || e.path.ends_with("/MLmodel");
        match (self.manifest.files.iter().find(mlmodel), self.manifest.files.as_slice()) {
            (Some(entry), _) => self.path(entry).parent().map_or(folder, Path::to_owned),
            (None, [only]) => self.path(only),
            _ => folder,
        }
    }
}

fn hash(path: &Path) -> std::io::Result<Digest> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Digest::from_raw(hasher.finalize().into())),
            n => hasher.update(&buffer[..n]),
        }
    }
}
