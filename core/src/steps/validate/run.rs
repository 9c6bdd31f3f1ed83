//! Gathers the evidence, asks the gates, records the answer, writes the reports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::evidence::{integrity, manifest, opponent};
use super::outcome::{PredictionsSeen, ValidateOutcome, Validation};
use super::portable::portable;
use super::probe::{Case, look};
use super::scores::scored;
use super::slices;
use super::verdict_file::{self, JudgedVersion, VerdictFile};
use crate::config::valid::Config;
use crate::data::read::digest;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::event::{Validated, What};
use crate::domain::fetched::Fetched;
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
use crate::stats::bootstrap::Options;
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
    /// Rows that the models score themselves, where there is no predictions file.
    pub data: Option<PathBuf>,
    /// The addresses behind fetched files.
    pub fetched: Fetched,
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
    /// Is told the rows that a model has scored, and all rows.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
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
    let against = match &input.against {
        Some(reference) => Against::Version(reference.clone()),
        None => Against::Champion,
    };
    let subject = Subject {
        reference: &input.reference,
        against: &against,
        predictions: input.predictions.as_ref(),
        champion_predictions: input.champion_predictions.as_ref(),
        data: input.data.as_ref(),
        fetched: &input.fetched,
    };
    let gathered = Gathered::new(&subject, backends, config)?;
    let (verdict, findings) = gathered.judged(config);
    let verdict_file = gathered.verdict_file(config, verdict, &findings)?;
    let event = gathered.record(backends.registry, &input.origin, &verdict_file, &findings)?;
    let validation = gathered.into_validation(config, verdict_file, findings, &event)?;
    Ok(ValidateOutcome {
        markdown: report::validate::markdown(&validation),
        html: report::validate::html(&validation),
        validation,
    })
}

/// What to compare a version with.
#[derive(Debug, Clone)]
pub(super) enum Against {
    /// The champion, where there is another one.
    Champion,
    /// This version.
    Version(ModelRef),
    /// Nothing, also where there is a champion.
    Nobody,
}

/// What is judged, and by which rows.
pub(super) struct Subject<'a> {
    pub(super) reference: &'a ModelRef,
    pub(super) against: &'a Against,
    pub(super) predictions: Option<&'a PathBuf>,
    pub(super) champion_predictions: Option<&'a PathBuf>,
    pub(super) data: Option<&'a PathBuf>,
    pub(super) fetched: &'a Fetched,
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
pub(super) struct Gathered {
    challenger: (VersionRecord, Manifest),
    champion: Option<(VersionRecord, Manifest)>,
    files: Option<Files>,
    /// The data that the models scored, and what is to be said of that.
    scored: Option<(PathBuf, Finding)>,
    fetched: Fetched,
    loaded: Option<Predictions>,
    integrity: Integrity,
    probes: Probes,
}

impl Gathered {
    pub(super) fn new(
        subject: &Subject<'_>,
        backends: &Backends<'_>,
        config: &Config,
    ) -> Result<Self> {
        let Backends { registry, store, .. } = *backends;
        let challenger = registry.resolve(subject.reference)?;
        let champion = match subject.against {
            Against::Champion => opponent(registry, &challenger, None)?,
            Against::Version(reference) => opponent(registry, &challenger, Some(reference))?,
            Against::Nobody => None,
        };
        let package = manifest(store, &challenger)?;
        let files = files(subject, config)?;
        let columns = config.gates.columns();
        let load = |files: &Files| predictions::load(files, &config.predictions, &columns);
        let integrity = match config.gates.digest {
            Some(_) => integrity(store, &challenger.digest, &package),
            None => Integrity::Unchecked("no gate asked for it".to_owned()),
        };
        let with_manifest = |record: VersionRecord| -> Result<_> {
            let package = manifest(store, &record)?;
            Ok((record, package))
        };
        let champion = champion.map(with_manifest).transpose()?;
        let mut loaded = files.as_ref().map(load).transpose()?;
        let challenger = (challenger, package);
        let data = subject.data.or(config.predictions.data.as_ref()).filter(|_| files.is_none());
        let mut by_models = None;
        if let Some(data) = data {
            let found = scored(data, &challenger, champion.as_ref(), backends, config)?;
            by_models = Some((data.clone(), found.finding()));
            loaded = Some(found.predictions);
        }
        if let Some(loaded) = &mut loaded {
            loaded.source = subject.fetched.told(&loaded.source);
        }
        let case = Case {
            challenger: (&challenger.0, &challenger.1),
            champion: champion.as_ref().map(|(record, manifest)| (record, manifest)),
            predictions: loaded.as_ref(),
        };
        let probes = look(&case, backends, config);
        let (fetched, scored) = (subject.fetched.clone(), by_models);
        Ok(Self { challenger, champion, files, fetched, scored, loaded, integrity, probes })
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

    /// What the gates say, in words that do not depend on this machine's folders.
    pub(super) fn judged(&self, config: &Config) -> (Verdict, Vec<Finding>) {
        let (_, mut findings) = judge(&config.gates, &self.evidence());
        findings.extend(self.scored.iter().map(|(_, said)| said.clone()));
        findings.extend(self.loaded.as_ref().and_then(left_out));
        if self.challenger.0.archived {
            findings.insert(0, archived());
        }
        let files: Vec<&Path> = self.paths().into_iter().map(|(_, path)| path.as_path()).collect();
        let findings = portable(findings, &config.root, &files, &self.fetched);
        (Verdict::of(&findings), findings)
    }

    /// The verdict with everything that it follows from.
    pub(super) fn verdict_file(
        &self,
        config: &Config,
        verdict: Verdict,
        findings: &[Finding],
    ) -> Result<VerdictFile> {
        let mut dropped = BTreeMap::new();
        for found in self.loaded.iter().flat_map(|loaded| &loaded.dropped) {
            *dropped.entry(found.why.clone()).or_insert(0) += found.rows;
        }
        VerdictFile {
            format: verdict_file::FORMAT,
            outerloop: env!("CARGO_PKG_VERSION").to_owned(),
            model: self.challenger.0.model.clone(),
            challenger: JudgedVersion::of(&self.challenger.0),
            champion: self.champion.as_ref().map(|(record, _)| JudgedVersion::of(record)),
            inputs: self.inputs(config)?,
            rows: self.loaded.as_ref().map_or(0, |loaded| loaded.rows() as u64),
            dropped,
            settings: config.written.clone(),
            seed: Options::default().seed,
            findings: findings.to_vec(),
            verdict,
            digest: None,
        }
        .sealed()
    }

    /// The files that were read, by what they are.
    fn paths(&self) -> Vec<(&'static str, &PathBuf)> {
        let Some(files) = &self.files else {
            return self.scored.iter().map(|(data, _)| ("data", data)).collect();
        };
        let champion = files.champion.iter().map(|path| ("champion-predictions", path));
        [("predictions", &files.challenger)].into_iter().chain(champion).collect()
    }

    /// Digests of the data that was looked at.
    fn inputs(&self, config: &Config) -> Result<BTreeMap<String, Digest>> {
        let mut out = BTreeMap::new();
        for (name, path) in self.paths() {
            out.insert(name.to_owned(), digest(std::slice::from_ref(path))?);
        }
        if self.scored.is_some() {
            out.insert("scored-by".to_owned(), self.challenger.0.digest);
            let champion = self.champion.iter().map(|(record, _)| record.digest);
            out.extend(champion.map(|digest| ("champion-scored-by".to_owned(), digest)));
        }
        if let Some(leakage) = &config.gates.leakage {
            for (name, files) in [("train", &leakage.train), ("test", &leakage.test)] {
                let files: Vec<PathBuf> = files.iter().map(|f| config.root.join(f)).collect();
                // A file that cannot be read is what the gate found.
                if let Ok(digest) = digest(&files) {
                    out.insert(format!("leakage-{name}"), digest);
                }
            }
        }
        Ok(out)
    }

    fn record(
        &self,
        registry: &dyn Registry,
        origin: &Origin,
        verdict_file: &VerdictFile,
        findings: &[Finding],
    ) -> Result<LoggedEvent> {
        let challenger = &self.challenger.0;
        registry.record(&Entry {
            model: challenger.model.clone(),
            what: What::Validated(Validated {
                version: challenger.version.clone(),
                against: self.champion.as_ref().map(|(record, _)| record.version.clone()),
                verdict: verdict_file.verdict,
                findings: findings.to_vec(),
                verdict_file: verdict_file.digest,
            }),
            only_after: None,
            origin: Origin { cause: Some(challenger.event), ..origin.clone() },
        })
    }

    fn into_validation(
        self,
        config: &Config,
        verdict_file: VerdictFile,
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
            verdict: verdict_file.verdict,
            findings,
            metrics,
            models: loaded.map(Models::of),
            slices: loaded.and_then(|l| slices::slices(l, metric)),
            predictions: loaded.map(|loaded| seen(loaded, &verdict_file)),
            verdict_file,
            provenance: self.challenger.1.provenance,
            challenger: self.challenger.0,
            champion: self.champion.map(|(record, _)| record),
            time: event.event.time,
            event: event.id,
        })
    }
}

/// The predictions files that are named, each on the command line or in the configuration.
fn files(subject: &Subject<'_>, config: &Config) -> Result<Option<Files>> {
    let (own, other) = (subject.predictions, subject.champion_predictions);
    let challenger = own.or(config.predictions.path.as_ref()).cloned();
    let champion = other.or(config.predictions.champion_path.as_ref()).cloned();
    match (challenger, champion) {
        (Some(challenger), champion) => Ok(Some(Files { challenger, champion, text: config.text })),
        (None, None) => Ok(None),
        (None, Some(_)) => {
            Err(Error::usage("the champion's predictions are given, but not the challenger's")
                .hint("name the challenger's with --predictions or `predictions.path`"))
        }
    }
}

fn seen(loaded: &Predictions, verdict_file: &VerdictFile) -> PredictionsSeen {
    PredictionsSeen {
        source: loaded.source.clone(),
        rows: loaded.rows() as u64,
        digests: verdict_file.inputs.clone(),
        dropped: loaded.dropped.clone(),
    }
}
