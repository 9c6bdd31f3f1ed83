//! Models of Azure Machine Learning: from a job's output, a path of a datastore, or a model of a
//! workspace or registry.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::adapters::azure::blob::Container;
use crate::adapters::azure::ml::{Models, SharedFiles, SharedRegistry, Workspace};
use crate::domain::azure_ml::{Asset, AzureMlRef, Home};
use crate::domain::error::{Error, Result};
use crate::domain::package::is_safe_path;
use crate::files::place::{Mode, NewFile};
use crate::ports::import::{Brought, Importer};
use crate::ports::store::Progress;

/// Properties of a job that name the commit of its code.
const COMMITS: [&str; 2] = ["azureml.git.commit", "mlflow.source.git.commit"];

/// Opens the workspace that a reference names.
type Open = Box<dyn Fn(&Home) -> Result<Arc<Workspace>> + Send + Sync>;

/// Finds the registry of a name.
type Find = Box<dyn Fn(&str) -> Result<SharedRegistry> + Send + Sync>;

/// Azure Machine Learning, as a system that models are taken from.
pub struct AzureMlImporter {
    open: Open,
    find: Find,
}

/// Files, and what holds them.
struct Files {
    container: Container,
    /// The folder or file.
    path: String,
    holder: String,
}

impl AzureMlImporter {
    /// `open` opens the workspace that a reference names, `find` finds the registry of a name.
    pub fn new(open: Open, find: Find) -> Self {
        Self { open, find }
    }

    /// Where the files of `reference` are; notes what is known of the training.
    fn files(&self, reference: &AzureMlRef, brought: &mut Brought) -> Result<Files> {
        if let Home::Registry(name) = &reference.home {
            return shared(&(self.find)(name)?, reference);
        }
        let (workspace, store, path) = self.follow(reference, brought)?;
        let datastore = workspace.datastore_named(&store)?;
        let holder = format!("the datastore {}", datastore.name);
        Ok(Files { container: datastore.container, path, holder })
    }

    /// Follows a reference to a folder or file of a datastore; notes what is known of the training.
    fn follow(
        &self,
        reference: &AzureMlRef,
        brought: &mut Brought,
    ) -> Result<(Arc<Workspace>, String, String)> {
        let workspace = (self.open)(&reference.home)?;
        match &reference.asset {
            Asset::Datastore { name, path } => Ok((workspace, name.clone(), path.clone())),
            Asset::Model { name, version } => {
                let (_, uri) = model(&workspace.models(), "workspace", name, version.as_deref())?;
                let next: AzureMlRef = uri
                    .parse()
                    .map_err(|e: Error| e.during(format!("the model {name} is at `{uri}`")))?;
                match next.asset {
                    // A model that is another model would lead in circles.
                    Asset::Datastore { .. } | Asset::Output { .. } => self.follow(&next, brought),
                    _ => Err(no_files(&next)),
                }
            }
            Asset::Output { job, output, path } => {
                let properties = workspace.job(job)?;
                brought.commit = commit(&properties);
                brought.run =
                    properties["services"]["Studio"]["endpoint"].as_str().map(str::to_owned);
                let (store, folder) = place(&workspace, job, output, &properties)?;
                let parts = [folder.as_str(), path.as_str()];
                let whole: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
                Ok((workspace, store, whole.join("/")))
            }
            Asset::Itself => Err(no_files(reference)),
        }
    }
}

/// The files of a model of a registry.
fn shared(registry: &SharedRegistry, reference: &AzureMlRef) -> Result<Files> {
    let Asset::Model { name, version } = &reference.asset else {
        return Err(no_files(reference));
    };
    let (version, uri) = model(&registry.models(), "registry", name, version.as_deref())?;
    let SharedFiles { container, path } = registry.files(name, &version, &uri)?;
    Ok(Files { container, path, holder: format!("the registry {}", registry.name()) })
}

/// Version and address of a model; without a version, of the one that was made last.
fn model(
    models: &Models,
    holder: &str,
    name: &str,
    version: Option<&str>,
) -> Result<(String, String)> {
    let found = match version {
        Some(version) => models.get(name, version)?,
        None => models.latest(name)?,
    };
    let found = found.ok_or_else(|| {
        let shown = version.unwrap_or("latest");
        Error::not_found(format!("the {holder} has no model {name}:{shown}"))
            .hint("check name and version in the studio; archived versions count too")
    })?;
    let uri = found.properties["modelUri"].as_str().unwrap_or_default().to_owned();
    Ok((found.version, uri))
}

fn no_files(reference: &AzureMlRef) -> Error {
    Error::usage(format!("{reference} names no files"))
        .hint("name a model, a path of a datastore or the output of a job")
}

fn commit(properties: &Value) -> Option<String> {
    let of_job = &properties["properties"];
    let found = COMMITS.iter().find_map(|name| of_job[*name].as_str());
    let is_commit = |text: &&str| text.len() == 40 && text.chars().all(|c| c.is_ascii_hexdigit());
    found.filter(is_commit).map(str::to_owned)
}

/// Datastore and folder of a job's output: where it says, else where the service puts it.
fn place(
    workspace: &Workspace,
    job: &str,
    output: &str,
    properties: &Value,
) -> Result<(String, String)> {
    let outputs = &properties["outputs"];
    if outputs.get(output).is_none() && output != "default" {
        let known: Vec<&str> =
            outputs.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(Error::not_found(format!("the job {job} has no output `{output}`"))
            .hint(format!("its outputs are: {known}")));
    }
    let uri = outputs[output]["uri"].as_str().unwrap_or_default();
    let uri = uri.replace("${{name}}", job).replace("${{output_name}}", output);
    match uri.parse::<AzureMlRef>() {
        Ok(AzureMlRef { asset: Asset::Datastore { name, path }, .. })
            if !name.contains("${{") && !path.contains("${{") =>
        {
            Ok((name, path))
        }
        _ => Ok((workspace.datastore()?.name.clone(), format!("azureml/{job}/{output}"))),
    }
}

impl Importer for AzureMlImporter {
    fn bring(&self, reference: &str, into: &Path, progress: Progress<'_>) -> Result<Brought> {
        let parsed: AzureMlRef = reference.parse()?;
        let mut brought = Brought::default();
        let within = |e: Error| e.during(format!("take {reference}"));
        let files = self.files(&parsed, &mut brought).map_err(within)?;
        brought.model = fetch(&files, into, progress).map_err(within)?;
        Ok(brought)
    }
}

/// Fetches a file, or every file below a folder.
fn fetch(files: &Files, into: &Path, progress: Progress<'_>) -> Result<std::path::PathBuf> {
    let Files { container, path, holder } = files;
    let last = path.rsplit('/').next().filter(|name| is_safe_path(name)).unwrap_or("model");
    let target = into.join(last);
    let one = |blob: &str, target: &Path| {
        let mut new = NewFile::beside(target, Mode::Ordinary)?;
        match container.download(blob, (new.file(), target), progress)? {
            Some(_) => new.commit().map(|()| true),
            None => Ok(false),
        }
    };
    if one(path, &target)? {
        return Ok(target);
    }
    let prefix = format!("{path}/");
    let names = container.names(&prefix)?;
    let mut files = Vec::new();
    for name in &names {
        let inside = name.strip_prefix(&prefix).unwrap_or_default();
        if inside.is_empty() || inside.ends_with('/') {
            continue;
        }
        if !is_safe_path(inside) {
            let shown = name.escape_debug();
            return Err(Error::input(format!(
                "the blob `{shown}` has a name that no file can have"
            ))
            .hint("rename it, or name a folder without it"));
        }
        one(name, &target.join(inside))?;
        files.push(inside);
    }
    // A folder with one file is that file, as it was when it was packaged.
    if let [only] = files.as_slice()
        && !only.contains('/')
    {
        return Ok(target.join(only));
    }
    match names.is_empty() {
        false => Ok(target),
        true => Err(Error::not_found(format!("there is nothing at {path} of {holder}"))
            .hint("check the path in the studio; names of blobs are case-sensitive")),
    }
}
