//! Gathers the evidence, asks the gates, records the answer, writes the reports.

use std::path::PathBuf;

use super::evidence::{integrity, manifest, opponent};
use super::outcome::{PredictionsSeen, ValidateOutcome, Validation};
use super::probe::{Case, look};
use super::slices;
use crate::config::valid::Config;
use crate::data::read::digest;
use crate::domain::error::{Error, Result};
use crate::domain::event::{Validated, What};
use crate::domain::package::Manifest;
use crate::domain::record::{LoggedEvent, VersionRecord};
use crate::domain::reference::ModelRef;
use crate::domain::verdict::{Finding, Verdict};
use crate::gates::{Candidate, Evidence, Integrity, Predictions, Probes, judge};
use crate::ports::programs::Programs;
use crate::ports::registry::{Entry, Origin, Registry};
use crate::ports::scorer::Scorer;
use crate::ports::store::ArtifactStore;
use crate::report;
use crate::report::models::Models;
use crate::steps::predictions::{self, Files};

/// What to validate.
#[derive(Debug, Clone)]
pub struct ValidateInput {
    /// The challenger.
    pub reference: ModelRef,
    /// The version to compare it with; left out, the champion.
    pub against: Option<ModelRef>,
    /// The predictions file; left out, the configured one.
    pub predictions: Option<PathBuf>,
    /// A second file with the champion's scores; left out, the configured one.
    pub champion_predictions: Option<PathBuf>,
    /// Who acts. The cause is set to the challenger's registration.
    pub origin: Origin,
}

/// The outside world that a validation works with.
#[derive(Clone, Copy)]
pub struct Backends<'a> {
    /// Where versions and events are kept.
    pub registry: &'a dyn Registry,
    /// Where bytes are kept.
    pub store: &'a dyn ArtifactStore,
    /// What runs models here.
    pub scorer: &'a dyn Scorer,
    /// What runs programs here.
    pub programs: &'a dyn Programs,
}

/// Judges the challenger by the configured gates and records a `validated` event.
///
/// A verdict is an answer, not an error: look at [`Validation::verdict`].
///
/// # Errors
/// An unknown version, a package that the store does not hold, a predictions file that cannot be
/// used, a registry that cannot be written.
pub fn run(
    input: &ValidateInput,
    backends: &Backends<'_>,
    config: &Config,
) -> Result<ValidateOutcome> {
    let gathered = Gathered::new(input, backends, config)?;
    let (_, mut findings) = judge(&config.gates, &gathered.evidence());
    findings.extend(gathered.loaded.as_ref().and_then(left_out));
    if gathered.challenger.0.archived {
        findings.insert(0, archived());
    }
    let verdict = Verdict::of(&findings);
    let event = gathered.record(backends.registry, &input.origin, verdict, &findings)?;
    let validation = gathered.into_validation(config, verdict, findings, &event)?;
    Ok(ValidateOutcome {
        markdown: report::validate::markdown(&validation),
        html: report::validate::html(&validation),
        validation,
    })
}

/// A version that was put away cannot be promoted, however good it is.
fn archived() -> Finding {
    Finding::new("version", "version-archived", Verdict::Fail, "the version is archived")
        .hint("take it out again with `outerloop restore`, or choose another version")
}

/// Rows that were left out are said, also where everything else passes.
fn left_out(predictions: &Predictions) -> Option<Finding> {
    if predictions.dropped.is_empty() {
        return None;
    }
    let reasons: Vec<String> =
        predictions.dropped.iter().map(|d| format!("{} ({})", d.rows, d.why)).collect();
    let message = format!(
        "rows of the predictions were left out: {}; {} are left",
        reasons.join(", "),
        predictions.rows()
    );
    Some(
        Finding::new("predictions", "rows-left-out", Verdict::Warn, message)
            .hint("the configuration asks for it (`predictions.drop`); look whether they differ"),
    )
}

/// Everything that the gates and the reports need, owned.
struct Gathered {
    challenger: (VersionRecord, Manifest),
    champion: Option<(VersionRecord, Manifest)>,
    files: Option<Files>,
    loaded: Option<Predictions>,
    integrity: Integrity,
    probes: Probes,
}

impl Gathered {
    fn new(input: &ValidateInput, backends: &Backends<'_>, config: &Config) -> Result<Self> {
        let Backends { registry, store, .. } = *backends;
        let challenger = registry.resolve(&input.reference)?;
        let champion = opponent(registry, &challenger, input.against.as_ref())?;
        let package = manifest(store, &challenger)?;
        let files = files(input, config)?;
        let columns = config.gates.columns();
        let load = |files: &Files| predictions::load(files, &config.predictions, &columns);
        let integrity = match config.gates.digest {
            Some(_) => integrity(store, &package),
            None => Integrity::Unchecked("no gate asked for it".to_owned()),
        };
        let with_manifest = |record: VersionRecord| -> Result<_> {
            let package = manifest(store, &record)?;
            Ok((record, package))
        };
        let champion = champion.map(with_manifest).transpose()?;
        let loaded = files.as_ref().map(load).transpose()?;
        let case = Case {
            challenger: (&challenger, &package),
            champion: champion.as_ref().map(|(record, manifest)| (record, manifest)),
            predictions: loaded.as_ref(),
        };
        let probes = look(&case, backends, config);
        Ok(Self { challenger: (challenger, package), champion, loaded, files, integrity, probes })
    }

    fn evidence(&self) -> Evidence<'_> {
        fn candidate((record, manifest): &(VersionRecord, Manifest)) -> Candidate<'_> {
            Candidate { version: &record.version, manifest }
        }
        Evidence {
            challenger: candidate(&self.challenger),
            champion: self.champion.as_ref().map(candidate),
            predictions: self.loaded.as_ref(),
            integrity: &self.integrity,
            probes: &self.probes,
        }
    }

    fn record(
        &self,
        registry: &dyn Registry,
        origin: &Origin,
        verdict: Verdict,
        findings: &[Finding],
    ) -> Result<LoggedEvent> {
        let challenger = &self.challenger.0;
        registry.record(&Entry {
            model: challenger.model.clone(),
            what: What::Validated(Validated {
                version: challenger.version.clone(),
                against: self.champion.as_ref().map(|(record, _)| record.version.clone()),
                verdict,
                findings: findings.to_vec(),
            }),
            only_after: None,
            origin: Origin { cause: Some(challenger.event), ..origin.clone() },
        })
    }

    fn into_validation(
        self,
        config: &Config,
        verdict: Verdict,
        findings: Vec<Finding>,
        event: &LoggedEvent,
    ) -> Result<Validation> {
        let loaded = self.loaded.as_ref();
        let metrics = match loaded {
            Some(loaded) => slices::computed(loaded),
            None => slices::packaged(
                &self.challenger.1.metrics,
                self.champion.as_ref().map(|(_, manifest)| &manifest.metrics),
            ),
        };
        let metric = config.gates.main_metric(config.predictions.task);
        Ok(Validation {
            verdict,
            findings,
            metrics,
            models: loaded.map(Models::of),
            slices: loaded.and_then(|l| slices::slices(l, metric)),
            predictions: match (&self.files, loaded) {
                (Some(files), Some(loaded)) => Some(seen(files, loaded)?),
                _ => None,
            },
            provenance: self.challenger.1.provenance,
            challenger: self.challenger.0,
            champion: self.champion.map(|(record, _)| record),
            time: event.event.time,
            event: event.id,
        })
    }
}

/// The predictions files that are named, each on the command line or in the configuration.
fn files(input: &ValidateInput, config: &Config) -> Result<Option<Files>> {
    let challenger = input.predictions.clone().or_else(|| config.predictions.path.clone());
    let champion =
        input.champion_predictions.clone().or_else(|| config.predictions.champion_path.clone());
    match (challenger, champion) {
        (Some(challenger), champion) => Ok(Some(Files { challenger, champion })),
        (None, None) => Ok(None),
        (None, Some(_)) => {
            Err(Error::usage("the champion's predictions are given, but not the challenger's")
                .hint("name the challenger's with --predictions or `predictions.path`"))
        }
    }
}

fn seen(files: &Files, loaded: &Predictions) -> Result<PredictionsSeen> {
    let paths: Vec<PathBuf> =
        [&files.challenger].into_iter().chain(&files.champion).cloned().collect();
    Ok(PredictionsSeen {
        source: loaded.source.clone(),
        rows: loaded.rows() as u64,
        digest: digest(&paths)?,
        dropped: loaded.dropped.clone(),
    })
}
