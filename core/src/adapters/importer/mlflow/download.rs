//! A folder of artifacts, fetched with everything below.

use std::path::Path;

use crate::adapters::mlflow::{FileSink, Server};
use crate::domain::error::{Error, Result};
use crate::domain::package::is_safe_path;
use crate::files::place::{self, Mode, NewFile};
use crate::ports::store::Progress;

/// Deepest folder; a server that goes deeper is walking in circles.
const DEEP: usize = 64;

/// Fetches the artifacts below `root` into `into` and gives how many files there were.
pub(super) fn fetch(
    server: &Server,
    root: &str,
    into: &Path,
    progress: Progress<'_>,
) -> Result<usize> {
    folder(server, root, into, DEEP, progress)
}

fn folder(
    server: &Server,
    from: &str,
    into: &Path,
    deep: usize,
    progress: Progress<'_>,
) -> Result<usize> {
    if deep == 0 {
        return Err(Error::unavailable(format!("{from}: folders without an end"))
            .hint("look at the artifacts in MLflow"));
    }
    let listed = server.list(from)?;
    let mut files = 0;
    for entry in listed["files"].as_array().into_iter().flatten() {
        let path = entry["path"].as_str().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        if !is_safe_path(name) {
            return Err(Error::integrity(format!("{from} holds `{}`", name.escape_debug()))
                .hint("no file of a model is called so; look at the artifacts in MLflow"));
        }
        let (from, into) = (format!("{from}/{name}"), into.join(name));
        if entry["is_dir"] == true {
            files += folder(server, &from, &into, deep - 1, progress)?;
        } else {
            file(server, &from, &into, progress)?;
            files += 1;
        }
    }
    Ok(files)
}

fn file(server: &Server, from: &str, target: &Path, progress: Progress<'_>) -> Result<()> {
    if let Some(folder) = target.parent() {
        place::make_folder(folder)?;
    }
    let mut new = NewFile::beside(target, Mode::Ordinary)?;
    let mut sink = FileSink::new(new.file(), progress);
    server.fetch(from, &mut sink)?;
    new.commit()
}
