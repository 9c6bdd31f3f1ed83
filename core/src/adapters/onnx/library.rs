//! Finds and loads ONNX Runtime's shared library, once a process.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;

use crate::config::env;
use crate::domain::error::{Error, Result};

/// Prints the folder of the `onnxruntime` package without importing it.
const FIND: &str = "import importlib.util as u; s = u.find_spec('onnxruntime'); \
                    print(s.submodule_search_locations[0] if s else '')";

static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// The environment that sessions are made in.
///
/// # Errors
/// The library is missing, too old, or cannot be loaded.
pub(in crate::adapters) fn environment() -> Result<Environment> {
    let mut slot = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*slot {
        return Ok(environment.clone());
    }
    let path = find()?;
    let environment = ort::init_from(&path)
        .map_err(|e| unavailable(format!("cannot load ONNX Runtime: {e}")))?
        .with_name("outerloop")
        .with_telemetry(false)
        .with_logger(Arc::new(|_, category, _, _, message| {
            tracing::debug!("{category}: {message}")
        }))
        .build()
        .map_err(|e| unavailable(format!("cannot start ONNX Runtime {}: {e}", path.display())))?;
    *slot = Some(environment.clone());
    Ok(environment)
}

/// Path of the library: `ORT_DYLIB_PATH`, else that of the `onnxruntime` package of the Python
/// which `OUTERLOOP_PYTHON` names (or `python3`).
///
/// # Errors
/// There is none.
pub fn find() -> Result<PathBuf> {
    let python = env::get(env::PYTHON).unwrap_or_else(|| "python3".to_owned());
    find_with(env::get(env::ORT_DYLIB).map(PathBuf::from), &python)
}

fn find_with(named: Option<PathBuf>, python: &str) -> Result<PathBuf> {
    match named {
        Some(path) if path.is_file() => return Ok(path),
        Some(path) => {
            let (name, path) = (env::ORT_DYLIB, path.display());
            return Err(unavailable(format!("{name} names {path}, which is no file")));
        }
        None => {}
    }
    package_folder(python).and_then(|folder| library_in(&folder.join("capi"))).ok_or_else(|| {
        unavailable(format!("ONNX Runtime is not there: {python} has no package onnxruntime"))
    })
}

fn unavailable(message: String) -> Error {
    Error::unavailable(message).hint(format!(
        "run `pip install onnxruntime` (set {} if it is not for python3), or set {} to the path \
         of libonnxruntime.so, version 1.{} or newer",
        env::PYTHON,
        env::ORT_DYLIB,
        ort::MINOR_VERSION,
    ))
}

fn package_folder(python: &str) -> Option<PathBuf> {
    let output = Command::new(python)
        .args(["-c", FIND])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|o| o.status.success())?;
    let folder = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!folder.is_empty()).then(|| PathBuf::from(folder))
}

fn library_in(folder: &Path) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|p| {
            let name = p.file_name().unwrap_or_default().to_string_lossy();
            let own = name.starts_with("libonnxruntime.") || name == "onnxruntime.dll";
            own && !name.contains("providers")
        })
        .collect();
    found.sort();
    found.pop()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::domain::error::ErrorKind;

    #[test]
    fn a_missing_library_says_how_to_get_it() {
        for (named, python) in [
            (Some(PathBuf::from("/nowhere/libonnxruntime.so")), "python3"),
            (None, "/nowhere/python3"),
        ] {
            let error = find_with(named, python).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            assert!(error.to_string().contains("/nowhere"), "{error}");
            assert!(error.hint_text().unwrap().contains("pip install onnxruntime"));
        }
    }

    #[test]
    fn the_library_is_found_in_the_package_that_python_names() {
        let temp = tempfile::tempdir().unwrap();
        let capi = temp.path().join("capi");
        std::fs::create_dir(&capi).unwrap();
        for name in ["libonnxruntime.so.1.20.0", "libonnxruntime_providers_shared.so"] {
            std::fs::write(capi.join(name), "").unwrap();
        }
        let python = temp.path().join("python");
        std::fs::write(&python, format!("#!/bin/sh\necho {}\n", temp.path().display())).unwrap();
        std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
        let found = find_with(None, &python.display().to_string()).unwrap();
        assert_eq!(found, capi.join("libonnxruntime.so.1.20.0"));
    }
}
