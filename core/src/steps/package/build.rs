//! Makes a package folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{metrics, sample};
use crate::config::Config;
use crate::config::valid::BaselineConfig;
use crate::data::Table;
use crate::data::profile::{ProfileOptions, profile as profile_table};
use crate::data::read::{ReadOptions, digest, read};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::package::{FILES, FileEntry, MANIFEST, MANIFEST_VERSION, Manifest, Provenance};
use crate::domain::pattern::Pattern;
use crate::domain::profile::{ColumnRole, Profile};
use crate::domain::{canonical, metric};
use crate::files::place::{self, Mode, NewFile, NewFolder};
use crate::files::stream;
use crate::files::walk::{self, Found};
use crate::formats::{Inspection, inspect};
use crate::ports::host::Host;
use crate::ports::import::Brought;
use crate::ports::store::Progress;
use crate::steps::profile::{self, is_profile};

/// Name under which the baseline's digest stands among the data.
const BASELINE: &str = "baseline";

/// What to package.
#[derive(Debug, Clone, Default)]
pub struct PackageInput {
    /// The model's file or folder.
    pub model: PathBuf,
    /// Where the package folder is written.
    pub out: PathBuf,
    /// Folder whose git work tree is the provenance.
    pub root: PathBuf,
    /// `metrics.json`.
    pub metrics: Option<PathBuf>,
    /// How much each feature matters, as JSON: name to number.
    pub importances: Option<PathBuf>,
    /// Baseline data.
    pub baseline: Option<BaselineConfig>,
    /// Columns of times and ids, which are left out of its profile.
    pub beside: Vec<String>,
    /// Sample request.
    pub sample: Option<PathBuf>,
    /// Data sets whose digests go into the provenance, by name.
    pub data: BTreeMap<String, PathBuf>,
    /// The retrain-requested event that this training answers.
    pub cause: Option<Digest>,
    /// What another system knows of the training: its metrics, commit and run go over what is here.
    pub brought: Option<Brought>,
}

/// A finished package.
#[derive(Debug, Clone)]
pub struct PackageOutcome {
    /// The package folder.
    pub folder: PathBuf,
    /// Package digest.
    pub digest: Digest,
    /// What the package says of itself.
    pub manifest: Manifest,
    /// Sum of the file sizes in bytes.
    pub bytes: u64,
    /// What was left out and why, in plain words.
    pub warnings: Vec<String>,
}

impl PackageInput {
    /// What the configuration says; `model` and `out` go over it. `cause` is the retrain event that
    /// the training answers.
    ///
    /// # Errors
    /// No model is named.
    pub fn new(
        config: &Config,
        model: Option<PathBuf>,
        out: Option<PathBuf>,
        cause: Option<Digest>,
    ) -> Result<Self> {
        let package = config.package.clone();
        let model = model.or(package.path).ok_or_else(|| {
            Error::usage("no model file is named")
                .hint("give --model PATH, or write `package: {path: PATH}` into outerloop.yaml")
        })?;
        Ok(Self {
            model,
            out: out.unwrap_or(package.out),
            root: config.root.clone(),
            metrics: package.metrics,
            importances: package.importances,
            baseline: package.baseline,
            beside: config.monitor.time.iter().chain(&config.monitor.id).cloned().collect(),
            sample: package.sample,
            data: package.data,
            cause,
            brought: None,
        })
    }
}

/// Packages a model: copies its files while hashing them, reads what it says of itself, and writes
/// the manifest. The same input gives the same digest. `progress` is told the bytes of the
/// model's files.
///
/// # Errors
/// A file that cannot be read, is cut short or does not belong into a package; metrics that are no
/// numbers; a baseline or sample that cannot be used; a target that is no package. Nothing is left
/// behind then.
pub fn run(
    input: &PackageInput,
    host: &dyn Host,
    progress: Progress<'_>,
) -> Result<PackageOutcome> {
    refuse_overlap(&input.model, &input.out)?;
    let found = walk::files(&input.model)?;
    let inspection = inspect(&input.model)?;
    let (mut metrics, mut warnings) = metrics_of(input)?;
    for (name, value) in input.brought.iter().flat_map(|brought| brought.metrics.clone()) {
        metrics.entry(name).or_insert(value);
    }
    let stored = input.baseline.as_ref().filter(|config| is_profile(&config.path));
    let stored = stored.map(|config| stored_profile(config, &input.beside)).transpose()?;
    let data = input.baseline.as_ref().filter(|_| stored.is_none());
    let table = data.map(read_baseline).transpose()?;
    let baseline = table.as_ref().zip(data);
    let made =
        baseline.map(|(table, config)| profile_of(table, config, &input.beside)).transpose()?;
    let baseline = stored.or(made);
    let sample = sample_of(input, &inspection, table.as_ref(), &mut warnings)?;
    let provenance = provenance(input, host)?;

    let new = NewFolder::beside(&input.out, MANIFEST)?;
    let files = copy_all(&found, &new.path().join(FILES), progress)?;
    let manifest = Manifest {
        manifest_version: MANIFEST_VERSION,
        format: inspection.format,
        details: details(input, inspection.details),
        files,
        signature: inspection.signature,
        environment: inspection.environment,
        metrics,
        importances: importances_of(input)?,
        baseline,
        sample,
        provenance,
    };
    let bytes = manifest.to_bytes()?;
    place::write(&new.path().join(MANIFEST), &bytes, Mode::Ordinary)?;
    new.commit()?;
    Ok(PackageOutcome {
        folder: input.out.clone(),
        digest: Digest::of(&bytes),
        bytes: manifest.total_size(),
        // As it is read back: JSON knows no difference between 20 and 20.0.
        manifest: Manifest::from_bytes(&bytes)?,
        warnings,
    })
}

/// A package inside its own model would hold itself the next time.
fn refuse_overlap(model: &Path, out: &Path) -> Result<()> {
    let real = |path: &Path| {
        std::fs::canonicalize(path)
            .or_else(|_| std::path::absolute(path))
            .unwrap_or(path.to_owned())
    };
    let (inner, outer) = (real(model), real(out));
    let overlap = inner.starts_with(&outer) || inner.is_dir() && outer.starts_with(&inner);
    if !overlap {
        return Ok(());
    }
    let (model, out) = (model.display(), out.display());
    Err(Error::usage(format!("the model {model} and the package folder {out} lie in one another"))
        .hint("choose another --out"))
}

fn copy_all(found: &[Found], files: &Path, progress: Progress<'_>) -> Result<Vec<FileEntry>> {
    place::make_folder(files)?;
    found.par_iter().map(|file| copy(file, files, progress)).collect()
}

fn copy(file: &Found, files: &Path, progress: Progress<'_>) -> Result<FileEntry> {
    let target = files.join(&file.path);
    let mut new = NewFile::beside(&target, Mode::Ordinary)?;
    let copied = stream::copy(&file.source, new.file(), &target, progress)?;
    if copied.size != file.size {
        let place = file.source.display();
        return Err(Error::conflict(format!("{place} was written to while it was read"))
            .hint("wait until the training has finished, and package again"));
    }
    new.commit()?;
    Ok(FileEntry { path: file.path.clone(), size: copied.size, digest: copied.digest })
}

fn metrics_of(input: &PackageInput) -> Result<(metric::Metrics, Vec<String>)> {
    let read = input.metrics.as_deref().map(metrics::read).transpose()?.unwrap_or_default();
    Ok((read.metrics, read.warnings))
}

/// What the file says, what the system says that the model was brought from, and the parameters of
/// its training as `param.NAME`.
fn details(input: &PackageInput, read: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let params = input.brought.iter().flat_map(|brought| &brought.params);
    let params = params.map(|(name, value)| (format!("param.{name}"), value.clone()));
    let said = input.brought.iter().flat_map(|brought| brought.details.clone());
    params.chain(said).chain(read).collect()
}

fn importances_of(input: &PackageInput) -> Result<metric::Metrics> {
    let Some(path) = &input.importances else { return Ok(metric::Metrics::new()) };
    let read = metrics::read(path)?;
    match read.warnings.first() {
        None => Ok(read.metrics),
        Some(warning) => Err(Error::input(format!("{}: {warning}", path.display()))
            .hint("write {\"FEATURE\": NUMBER, …}, one number a feature")),
    }
}

fn read_baseline(config: &BaselineConfig) -> Result<Table> {
    let options = ReadOptions {
        categories: config.categories.clone(),
        ignore: config.ignore.clone(),
        text: config.text,
        ..ReadOptions::default()
    };
    let table = read(std::slice::from_ref(&config.path), &options)?;
    for name in &config.categories {
        table.require(name)?;
    }
    Ok(table)
}

/// The columns of `beside` that nobody wants in the profile by naming them otherwise.
fn left_out<'a>(beside: &'a [String], config: &BaselineConfig) -> Vec<&'a String> {
    let wanted =
        [&config.prediction, &config.label].into_iter().flatten().chain(&config.categories);
    let wanted: Vec<&String> = wanted.collect();
    beside.iter().filter(|name| !wanted.contains(name)).collect()
}

fn profile_of(table: &Table, config: &BaselineConfig, beside: &[String]) -> Result<Profile> {
    let options = ProfileOptions {
        prediction: config.prediction.clone(),
        label: config.label.clone(),
        ignore: config.ignore.iter().chain(left_out(beside, config)).cloned().collect(),
        categories: config.categories.clone(),
    };
    profile_table(table, &options)
}

/// The profile that the configuration names, with the parts of its columns as it says.
fn stored_profile(config: &BaselineConfig, beside: &[String]) -> Result<Profile> {
    let mut stored = profile::read(&config.path)?;
    let beside = left_out(beside, config);
    let ignored = |name: &String| config.ignore.contains(name) || beside.contains(&name);
    stored.columns.retain(|column| !ignored(&column.name));
    stored.segments = None;
    for (name, role) in
        [(&config.prediction, ColumnRole::Prediction), (&config.label, ColumnRole::Label)]
    {
        let Some(name) = name else { continue };
        let place = config.path.display();
        let found = stored.columns.iter_mut().find(|column| column.name == *name);
        let column = found.ok_or_else(|| {
            Error::input(format!("{place} has no column `{name}`"))
                .hint("name a column of the data that was profiled")
        })?;
        column.role = role;
    }
    Ok(stored)
}

fn sample_of(
    input: &PackageInput,
    inspection: &Inspection,
    baseline: Option<&Table>,
    warnings: &mut Vec<String>,
) -> Result<Option<serde_json::Value>> {
    if let Some(path) = &input.sample {
        return sample::read(path).map(Some);
    }
    let (Some(signature), Some(baseline)) = (&inspection.signature, baseline) else {
        return Ok(None);
    };
    let derived = sample::derive(signature, baseline);
    if derived.is_none() {
        warnings.push(
            "no sample request: the model's inputs are not columns of the baseline; name a file \
             under `package.sample`"
                .to_owned(),
        );
    }
    Ok(derived)
}

fn provenance(input: &PackageInput, host: &dyn Host) -> Result<Provenance> {
    let mut sets: Vec<(&str, &Path)> =
        input.data.iter().map(|(name, path)| (name.as_str(), path.as_path())).collect();
    if let Some(baseline) = &input.baseline
        && !input.data.contains_key(BASELINE)
    {
        sets.push((BASELINE, &baseline.path));
    }
    let digests = sets.into_par_iter().map(|(name, path)| {
        let digest = data_digest(path).map_err(|e| e.during(format!("data `{name}`")))?;
        Ok((name.to_owned(), digest))
    });
    if let Some(brought) = &input.brought {
        // The work tree here is not the one that the model was trained in.
        return Ok(Provenance {
            data: digests.collect::<Result<_>>()?,
            cause: input.cause,
            commit: brought.commit.clone(),
            run: brought.run.clone(),
            ..Provenance::default()
        });
    }
    Ok(Provenance {
        data: digests.collect::<Result<_>>()?,
        cause: input.cause,
        ..host.provenance(&input.root)?
    })
}

/// The digest of a file, of the canonical list of a folder's files, or of what matches a pattern.
fn data_digest(path: &Path) -> Result<Digest> {
    if !path.exists() && path.to_str().is_some_and(Pattern::is_in) {
        return digest(&[path.to_owned()]);
    }
    if !path.is_dir() {
        return Ok(stream::hash(path, &stream::silent)?.digest);
    }
    let entry = |file: &Found| -> Result<FileEntry> {
        let hashed = stream::hash(&file.source, &stream::silent)?;
        Ok(FileEntry { path: file.path.clone(), size: hashed.size, digest: hashed.digest })
    };
    let entries: Vec<FileEntry> =
        walk::files(path)?.par_iter().map(entry).collect::<Result<_>>()?;
    Ok(Digest::of(&canonical::to_bytes(&entries)?))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
