//! The scores that the versions' own models give to the configured data.

use std::path::{Path, PathBuf};

use super::run::Backends;
use crate::config::valid::Config;
use crate::domain::error::{Error, Result};
use crate::domain::package::Manifest;
use crate::domain::record::VersionRecord;
use crate::domain::verdict::{Finding, Verdict};
use crate::gates::Predictions;
use crate::ports::scorer::ScorerModel;
use crate::stats::number::counted;
use crate::steps::package::transfer;
use crate::steps::predictions::{ByModels, Guess, Model, check_format, score};

/// What was scored, and how.
pub(super) struct Scored {
    pub(super) predictions: Predictions,
    told: Vec<Guess>,
}

/// A version with its package.
type Version = (VersionRecord, Manifest);

/// Scores `data` with the challenger's package and the champion's, from the store.
///
/// # Errors
/// A package that is not there, was changed, or is of a format that is not run here; data or models
/// that do not go together.
pub(super) fn scored(
    data: &Path,
    challenger: &Version,
    champion: Option<&Version>,
    backends: &Backends<'_>,
    config: &Config,
) -> Result<Scored> {
    let first = Fetched::new(challenger, backends)?;
    let second = champion.map(|champion| Fetched::new(champion, backends)).transpose()?;
    let by = ByModels {
        data: data.to_owned(),
        text: config.text,
        challenger: first.model(),
        champion: second.as_ref().map(Fetched::model),
        features: config.predictions.features.clone(),
        output: config.predictions.output.clone(),
        limit: config.predictions.timeout,
        progress: backends.progress,
    };
    let (predictions, told) = score(&by, &config.predictions, &config.gates.columns())?;
    Ok(Scored { predictions, told })
}

impl Scored {
    /// Says that no file was read, and which columns and outputs were taken.
    pub(super) fn finding(&self) -> Finding {
        let rows = counted(self.predictions.rows() as u64, "row");
        let how: Vec<String> =
            self.told.iter().map(|g| format!("{} {} ({})", g.what, g.value, g.why)).collect();
        let how = if how.is_empty() { String::new() } else { format!(": {}", how.join("; ")) };
        let message = format!("the packages' own models scored {rows}{how}");
        Finding::new("predictions", "scored-by-models", Verdict::Pass, message)
    }
}

/// A package that is loaded, in a folder that goes away with it.
struct Fetched {
    scorer: Box<dyn ScorerModel>,
    name: String,
    _folder: tempfile::TempDir,
}

impl Fetched {
    fn new((record, manifest): &Version, backends: &Backends<'_>) -> Result<Self> {
        let name = format!("{}@{}", record.model, record.version);
        check_format(manifest.format, &name)?;
        let (folder, package) = fetched(record, backends)?;
        let scorer = backends.scorer.load(&package).map_err(|e| e.during(name.clone()))?;
        Ok(Self { scorer, name, _folder: folder })
    }

    fn model(&self) -> Model<'_> {
        Model { scorer: self.scorer.as_ref(), name: self.name.clone() }
    }
}

/// The package of a version, in a folder that goes away with the first of what is returned.
///
/// # Errors
/// No temporary folder; a package that the store does not hold.
pub(super) fn fetched(
    record: &VersionRecord,
    backends: &Backends<'_>,
) -> Result<(tempfile::TempDir, PathBuf)> {
    let folder =
        tempfile::tempdir().map_err(|e| Error::unavailable(format!("no temporary folder: {e}")))?;
    let package = folder.path().join("package");
    transfer::fetch(&record.digest, backends.store, &package)?;
    Ok((folder, package))
}
