//! Which probes are made: those that a configured gate asks for.

use std::path::PathBuf;

use super::{custom, history, latency, leakage};
use crate::config::valid::Config;
use crate::domain::error::{Error, Result};
use crate::domain::package::Manifest;
use crate::domain::record::VersionRecord;
use crate::gates::{Looked, Predictions, Probes};
use crate::steps::validate::Backends;
use crate::steps::validate::scores::fetched;

/// What is being judged.
pub(in crate::steps::validate) struct Case<'a> {
    pub(in crate::steps::validate) challenger: (&'a VersionRecord, &'a Manifest),
    pub(in crate::steps::validate) champion: Option<(&'a VersionRecord, &'a Manifest)>,
    pub(in crate::steps::validate) predictions: Option<&'a Predictions>,
}

/// Looks for what the gates of the configuration ask for. What cannot be found is said by the gate.
pub(in crate::steps::validate) fn look(
    case: &Case<'_>,
    backends: &Backends<'_>,
    config: &Config,
) -> Probes {
    let gates = &config.gates;
    let asked = |custom: &crate::gates::custom::Custom| custom.package == Some(true);
    let wants_package = gates.latency.is_some() || gates.custom.iter().flatten().any(asked);
    let package = wants_package.then(|| fetched(case.challenger.0, backends));
    let mut probes = Probes::default();
    if let Some(settings) = &gates.latency {
        let measured = folder(package.as_ref())
            .and_then(|folder| latency::measure(folder, settings, backends.scorer));
        probes.latency = Looked::of(measured);
    }
    if let Some(settings) = &gates.leakage {
        probes.overlap = Looked::of(leakage::compare(settings, &config.root, config.text));
    }
    if let Some(most) = gates.expectations.iter().flatten().map(|e| e.last()).max() {
        let read = history::read(case.challenger.0, most, backends.registry, backends.store);
        probes.history = Looked::of(read);
    }
    for settings in gates.custom.iter().flatten() {
        let files = match asked(settings) {
            true => folder(package.as_ref()).map(Some),
            false => Ok(None),
        };
        let ran = files.and_then(|files| custom::ask(settings, case, files, backends, config));
        probes.custom.push((settings.name.clone(), Looked::of(ran)));
    }
    probes
}

type Package = Result<(tempfile::TempDir, PathBuf)>;

fn folder(package: Option<&Package>) -> Result<PathBuf> {
    match package {
        Some(Ok((_, package))) => Ok(package.clone()),
        Some(Err(e)) => Err(Error::new(e.kind(), e.to_string())),
        None => Err(Error::internal("the package was not fetched")),
    }
}
