//! `history`: what happened to a model, and whether the record of it holds.

use serde::Serialize;

use crate::domain::error::{ErrorKind, Result};
use crate::domain::name::ModelName;
use crate::domain::record::LoggedEvent;
use crate::ports::registry::{Registry, Verification};

/// A model's events.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct History {
    /// Oldest first. Empty when the history is so damaged that it cannot be read.
    pub events: Vec<LoggedEvent>,
    /// The verification of the whole registry, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
}

/// Reads a model's events, and verifies the registry if asked. A registry that does not hold is an
/// answer then, and no error.
///
/// # Errors
/// No such model, or the registry cannot be read.
pub fn run(model: &ModelName, verify: bool, registry: &dyn Registry) -> Result<History> {
    let verification = if verify { Some(registry.verify_model(model)?) } else { None };
    let damaged = verification.as_ref().is_some_and(|v| !v.verified);
    match registry.history(model) {
        Ok(events) => Ok(History { events, verification }),
        Err(e) if damaged && e.kind() == ErrorKind::Integrity => {
            Ok(History { events: Vec::new(), verification })
        }
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::registry::git::fixture::{REFERENCE, git, open, package};

    #[test]
    fn a_registry_that_does_not_hold_is_an_answer() {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q"]);
        let registry = open(folder.path());
        let record = registry.register(&package("a")).unwrap().record;
        let held = run(&record.model, true, &registry).unwrap();
        assert!(held.verification.is_some_and(|v| v.verified));
        assert_eq!(held.events[0].id, record.event);
        assert_eq!(run(&record.model, false, &registry).unwrap().verification, None);

        let tree = format!("{REFERENCE}^{{tree}}");
        let forged = git(folder.path(), &["commit-tree", &tree, "-m", "archived acme@1.0.0"]);
        git(folder.path(), &["update-ref", REFERENCE, &forged]);
        assert!(run(&record.model, false, &registry).is_err());
        let broken = run(&record.model, true, &registry).unwrap();
        assert!(broken.events.is_empty());
        assert!(!broken.verification.unwrap().problems.is_empty());
    }
}
