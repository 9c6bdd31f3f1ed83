//! The use case.

use std::path::{Path, PathBuf};

use super::configuration::template;
use super::survey::{Survey, git_folder};
use super::templates::{self, Workflows};
use super::write;
use crate::config::load::FILE_NAME;
use crate::domain::error::{Error, Result};
use crate::domain::name::ModelName;

/// Where to begin, and with what.
#[derive(Debug, Clone)]
pub struct InitInput {
    /// The folder.
    pub folder: PathBuf,
    /// Name of the model; left out, what `outerloop.yaml` says, else the folder's name.
    pub name: Option<String>,
    /// The CI system whose workflows are wanted.
    pub workflows: Option<Workflows>,
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Initialised {
    /// The files written.
    pub files: Vec<String>,
    /// The files that were there and were left alone.
    pub kept: Vec<String>,
    /// What is still to be done by hand, in plain words.
    pub next: Vec<String>,
}

/// Writes `outerloop.yaml` and the workflows, each unless it is there, all of them or none.
///
/// # Errors
/// A name that cannot be used; workflows outside the root of a repository; an `outerloop.yaml` that
/// does not load; a folder that cannot be written.
pub fn run(input: &InitInput) -> Result<Initialised> {
    if let Some(name) = &input.name {
        name.parse::<ModelName>()?;
    }
    let survey = Survey::of(&input.folder, input.name.as_deref())?;
    let mut wanted = vec![(FILE_NAME.to_owned(), configuration(input.workflows, &survey))];
    let mut next = vec!["outerloop package --model PATH".to_owned()];
    if let Some(workflows) = input.workflows {
        refuse_below_root(&input.folder)?;
        let adapted =
            |(path, text): &(&str, &str)| ((*path).to_owned(), workflows.adapt(text, &survey));
        wanted.extend(workflows.templates().iter().map(adapted));
        next = templates::next(workflows, &survey);
    } else if let Some(server) = survey.server {
        next.push(format!("outerloop init --host {}, which writes workflows", server.word()));
    }
    let (there, new): (Vec<_>, Vec<_>) = wanted
        .into_iter()
        .map(|(path, text)| (input.folder.join(path), text))
        .partition(|(path, _)| path.symlink_metadata().is_ok());
    write::all(&new)?;
    let names = |files: &[(PathBuf, String)]| {
        files.iter().map(|(path, _)| path.display().to_string()).collect()
    };
    Ok(Initialised { files: names(&new), kept: names(&there), next })
}

fn configuration(workflows: Option<Workflows>, survey: &Survey) -> String {
    let training = workflows.map_or("command: [python, train.py]", Workflows::training);
    template(&survey.model, training)
}

/// CI systems read workflows at the root of a repository only.
fn refuse_below_root(folder: &Path) -> Result<()> {
    let root = folder.ancestors().skip(1).find(|above| git_folder(above).is_some());
    match root {
        Some(root) if git_folder(folder).is_none() => Err(Error::usage(format!(
            "workflows belong at the root of the repository, which is {}",
            root.display()
        ))
        .hint("run it there, and give the steps `working-directory` and the paths of this folder")),
        _ => Ok(()),
    }
}
