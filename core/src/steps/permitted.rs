//! What is written beside the work: a missing permission is said, and stops nothing.

use crate::domain::error::{ErrorKind, Result};
use crate::ports::host::{Annotation, Host, Level};

/// Turns a missing permission to write `what` into an annotation; other failures are handed on.
///
/// # Errors
/// The failure, unless it is a matter of permission.
pub fn or_said(what: &str, written: Result<()>, level: Level, host: &dyn Host) -> Result<()> {
    match written {
        Err(e) if e.kind() == ErrorKind::Permission => {
            let hint = e.hint_text().map(|hint| format!("\n{hint}")).unwrap_or_default();
            host.annotate(&Annotation {
                level,
                title: format!("{what} could not be written"),
                message: format!("{e}{hint}"),
                place: None,
            });
            Ok(())
        }
        other => other.map_err(|e| e.during(format!("write {what}"))),
    }
}
