//! Opens a pull request that pins an alias to a version; merging it is the promotion.

use std::path::Path;

use serde::Serialize;

use super::pinned::refuse_archived;
use super::pins::edited;
use super::run::{PromoteInput, expected};
use crate::config::valid::PromoteConfig;
use crate::domain::error::{Error, Result};
use crate::domain::event::{Validated, What};
use crate::domain::name::Alias;
use crate::domain::record::{LoggedEvent, ModelRecord, VersionRecord};
use crate::domain::reference::ModelRef;
use crate::ports::forge::{Change, Forge, Proposal};
use crate::ports::registry::{Expected, Registry};
use crate::report;
use crate::steps::repository::relative_to_repository;

/// A pull request that asks for a promotion.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ProposedPromotion {
    /// The alias.
    pub alias: Alias,
    /// Where it should point: `model@version`.
    #[serde(rename = "ref")]
    pub reference: ModelRef,
    /// Where it points now.
    pub previous: Option<ModelRef>,
    /// Number of the pull request; none when the pin is written already.
    pub pull_request: Option<u64>,
    /// Address of the pull request.
    pub url: Option<String>,
    /// What was done.
    #[serde(skip)]
    pub change: Change,
}

/// Opens the pull request, or brings the open one up to date. The registry is not changed.
///
/// # Errors
/// No such version, an archived one, an alias that points elsewhere than expected, a pins file
/// outside of the repository or that holds anything but pins; what the forge says.
pub fn propose(
    input: &PromoteInput,
    config: &PromoteConfig,
    registry: &dyn Registry,
    forge: &dyn Forge,
) -> Result<ProposedPromotion> {
    let record = registry.resolve(&input.reference)?;
    refuse_archived(&record)?;
    let model = registry.model(&record.model)?;
    check_expectation(input, &model, registry)?;
    let reference = ModelRef::version(&record.model, &record.version);
    let previous =
        model.aliases.get(&input.alias).map(|version| ModelRef::version(&record.model, version));
    let history = registry.history(&record.model)?;
    let path = repository_path(&config.pins)?;
    let edit = |text: Option<&str>| {
        edited(text, Path::new(&path), &record.model, &input.alias, &record.version)
    };
    let proposed = forge.propose(&Proposal {
        branch: format!("{}-{}-{}", config.branch, record.model, input.alias),
        base: config.base.clone(),
        path: path.clone(),
        edit: &edit,
        title: format!("Promote {reference} to {}", input.alias),
        body: report::promote::proposal(&report::promote::Proposed {
            alias: &input.alias,
            reference: &reference,
            previous: previous.as_ref(),
            validated: newest_verdict(&history, &record),
            pins: &path,
        }),
    })?;
    Ok(ProposedPromotion {
        alias: input.alias.clone(),
        reference,
        previous,
        pull_request: proposed.number,
        url: proposed.url,
        change: proposed.change,
    })
}

/// The alias must point where it is expected to also when only a pull request is opened.
fn check_expectation(
    input: &PromoteInput,
    model: &ModelRecord,
    registry: &dyn Registry,
) -> Result<()> {
    let now = model.aliases.get(&input.alias);
    let holds = match expected(input, &model.name, registry)? {
        Expected::Current => true,
        Expected::Nothing => now.is_none(),
        Expected::Version(version) => now == Some(&version),
    };
    if holds {
        return Ok(());
    }
    let points = now.map_or("nowhere".to_owned(), |version| format!("at {version}"));
    Err(Error::conflict(format!("`{}@{}` points {points}", model.name, input.alias))
        .hint("somebody moved it: look at `outerloop history`, then propose again"))
}

fn repository_path(pins: &Path) -> Result<String> {
    let path = relative_to_repository(pins).ok_or_else(|| {
        Error::config(format!("{} is not in a git repository", pins.display()))
            .hint("`promote.pins` names a file in the repository with outerloop.yaml")
    })?;
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    parts.map(|parts| parts.join("/")).ok_or_else(|| {
        Error::config(format!("{} is not UTF-8", pins.display())).hint("choose another name")
    })
}

/// The newest validation of a version, with the event that holds it.
pub(crate) fn newest_verdict<'a>(
    history: &'a [LoggedEvent],
    record: &VersionRecord,
) -> Option<(&'a LoggedEvent, &'a Validated)> {
    history.iter().rev().find_map(|logged| match &logged.event.what {
        What::Validated(v) if v.version == record.version => Some((logged, v)),
        _ => None,
    })
}
