//! Moves an alias in the registry.

use std::str::FromStr;

use serde::Serialize;

use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::event::What;
use crate::domain::name::{Alias, ModelName};
use crate::domain::record::{LoggedEvent, VersionRecord};
use crate::domain::reference::ModelRef;
use crate::domain::verdict::Verdict;
use crate::domain::version::Version;
use crate::ports::registry::{Expected, Origin, Promotion, Registry};

/// What the alias must point at for the promotion to go ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// `none`: it does not exist yet.
    Nothing,
    /// This version.
    Version(Version),
    /// The version that this reference means when the promotion begins.
    Reference(ModelRef),
}

impl FromStr for Expectation {
    type Err = Error;

    /// Reads `none`, a version, or a reference.
    fn from_str(text: &str) -> Result<Self> {
        if text == "none" {
            return Ok(Self::Nothing);
        }
        match text.parse() {
            Ok(version) => Ok(Self::Version(version)),
            Err(_) => text.parse().map(Self::Reference),
        }
    }
}

/// What to promote.
#[derive(Debug, Clone)]
pub struct PromoteInput {
    /// The version.
    pub reference: ModelRef,
    /// The alias.
    pub alias: Alias,
    /// Where the alias must point; missing: wherever it does when the promotion begins.
    pub expect: Option<Expectation>,
    /// Who acts. Without a cause, the version's newest validation that let it through is taken.
    pub origin: Origin,
}

/// The alias, as it is now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Promoted {
    /// The alias.
    pub alias: Alias,
    /// Where it points: `model@version`.
    #[serde(rename = "ref")]
    pub reference: ModelRef,
    /// Where it pointed before.
    pub previous: Option<ModelRef>,
    /// The `promoted` event; none when it pointed there already.
    #[serde(skip)]
    pub event: Option<Digest>,
}

/// Moves the alias.
///
/// # Errors
/// No such version, an archived one, or the alias points elsewhere than expected.
pub fn run(input: &PromoteInput, registry: &dyn Registry) -> Result<Promoted> {
    let record = registry.resolve(&input.reference)?;
    let cause = match input.origin.cause {
        Some(cause) => Some(cause),
        None => validation(&registry.history(&record.model)?, &record),
    };
    let outcome = registry.promote(&Promotion {
        model: record.model.clone(),
        alias: input.alias.clone(),
        version: record.version.clone(),
        expected: expected(input, &record.model, registry)?,
        origin: Origin { cause, ..input.origin.clone() },
    })?;
    Ok(Promoted {
        alias: input.alias.clone(),
        reference: ModelRef::version(&record.model, &record.version),
        previous: outcome.previous.map(|version| ModelRef::version(&record.model, &version)),
        event: outcome.event,
    })
}

pub(super) fn expected(
    input: &PromoteInput,
    model: &ModelName,
    registry: &dyn Registry,
) -> Result<Expected> {
    Ok(match &input.expect {
        None => Expected::Current,
        Some(Expectation::Nothing) => Expected::Nothing,
        Some(Expectation::Version(version)) => Expected::Version(version.clone()),
        Some(Expectation::Reference(reference)) if reference.model != *model => {
            return Err(Error::usage(format!("`{reference}` is not a version of {model}"))
                .hint("expect a version of the model that is promoted, or `none`"));
        }
        Some(Expectation::Reference(reference)) => {
            Expected::Version(registry.resolve(reference)?.version)
        }
    })
}

fn validation(history: &[LoggedEvent], record: &VersionRecord) -> Option<Digest> {
    let passed = |logged: &&LoggedEvent| match &logged.event.what {
        What::Validated(v) => {
            v.version == record.version && matches!(v.verdict, Verdict::Pass | Verdict::Warn)
        }
        _ => false,
    };
    history.iter().rfind(passed).map(|logged| logged.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::registry::git::fixture::{git, open, package};
    use crate::domain::error::ErrorKind;
    use crate::domain::event::Validated;
    use crate::ports::registry::Entry;

    fn input(reference: &str, expect: Option<&str>) -> PromoteInput {
        PromoteInput {
            reference: reference.parse().unwrap(),
            alias: "champion".parse().unwrap(),
            expect: expect.map(|text| text.parse().unwrap()),
            origin: Origin { actor: "ada".to_owned(), ..Origin::default() },
        }
    }

    fn validated(version: &str, verdict: Verdict) -> Entry {
        let version = version.parse().unwrap();
        Entry {
            model: "acme".parse().unwrap(),
            what: What::Validated(Validated {
                version,
                against: None,
                verdict,
                findings: vec![],
                verdict_file: None,
            }),
            only_after: None,
            origin: Origin::default(),
        }
    }

    #[test]
    fn the_validation_that_let_it_through_is_the_cause() {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q"]);
        let registry = open(folder.path());
        registry.register(&package("a")).unwrap();
        registry.register(&package("b")).unwrap();
        registry.record(&validated("1.0.0", Verdict::Pass)).unwrap();
        let warned = registry.record(&validated("1.0.0", Verdict::Warn)).unwrap();
        registry.record(&validated("1.0.0", Verdict::Fail)).unwrap();
        registry.record(&validated("1.1.0", Verdict::Pass)).unwrap();

        let first = run(&input("acme@1.0.0", Some("none")), &registry).unwrap();
        let json = serde_json::to_value(&first).unwrap();
        let expected =
            serde_json::json!({ "alias": "champion", "ref": "acme@1.0.0", "previous": null });
        assert_eq!(json, expected);
        let events = registry.history(&"acme".parse().unwrap()).unwrap();
        assert_eq!(events.last().map(|e| (Some(e.id), e.event.cause)).unwrap().0, first.event);
        assert_eq!(events.last().unwrap().event.cause, Some(warned.id));
    }

    #[test]
    fn an_expectation_is_none_a_version_or_a_reference() {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q"]);
        let registry = open(folder.path());
        for content in ["a", "b"] {
            registry.register(&package(content)).unwrap();
        }
        run(&input("acme@1.0.0", None), &registry).unwrap();
        for wrong in ["none", "1.1.0", "acme@1.1.0", "acme"] {
            let error = run(&input("acme@1.1.0", Some(wrong)), &registry).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Conflict, "{wrong}: {error}");
        }
        let error = run(&input("acme@1.1.0", Some("other@1.0.0")), &registry).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        let moved = run(&input("acme", Some("acme@champion")), &registry).unwrap();
        assert_eq!(moved.previous, Some("acme@1.0.0".parse().unwrap()));
        let again = run(&input("acme", Some("1.1.0")), &registry).unwrap();
        assert_eq!(again.event, None);
    }
}
