//! A step of GitHub Actions.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use super::super::ci::{CiRun, Get};
use super::super::terminal::write_line;
use super::{event, syntax};
use crate::config::env;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::package::Provenance;
use crate::ports::host::{Annotation, Completion, Host, HostKind, Level, PullRequest};

/// A step of GitHub Actions.
pub struct GitHubHost {
    get: Get,
}

impl GitHubHost {
    /// A step whose environment `get` reads.
    pub fn new(get: Get) -> Self {
        Self { get }
    }

    fn append(&self, variable: &str, text: &str) -> Result<()> {
        let Some(path) = (self.get)(variable) else { return Ok(()) };
        let failed = |e| Error::io("write", Path::new(&path), e);
        let mut file = OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)
    }

    fn event(&self) -> Result<serde_json::Value> {
        event::read((self.get)(env::GITHUB_EVENT_PATH).as_deref())
    }

    fn event_is(&self, prefix: &str) -> bool {
        (self.get)(env::GITHUB_EVENT_NAME).is_some_and(|name| name.starts_with(prefix))
    }

    /// The file as GitHub names it: relative to the checkout.
    fn relative(&self, file: &Path) -> String {
        let root = (self.get)(env::GITHUB_WORKSPACE).unwrap_or_default();
        file.strip_prefix(root).unwrap_or(file).display().to_string().replace('\\', "/")
    }
}

impl Host for GitHubHost {
    fn kind(&self) -> HostKind {
        HostKind::GitHub
    }

    fn actor(&self) -> String {
        CiRun::actor(&self.get)
    }

    fn run_url(&self) -> Option<String> {
        CiRun::read(&self.get).url
    }

    fn provenance(&self, folder: &Path) -> Result<Provenance> {
        CiRun::read(&self.get).provenance(folder)
    }

    fn pull_request(&self) -> Result<Option<PullRequest>> {
        match self.event_is("pull_request") {
            true => event::pull_request(&self.event()?),
            false => Ok(None),
        }
    }

    fn cause(&self) -> Result<Option<Digest>> {
        let dispatched =
            || self.event_is("workflow_dispatch") || self.event_is("repository_dispatch");
        match CiRun::cause(&self.get)? {
            None if dispatched() => Ok(event::cause(&self.event()?)),
            found => Ok(found),
        }
    }

    fn input(&self, name: &str) -> Option<String> {
        let variable = name.to_ascii_uppercase().replace('-', "_");
        (self.get)(&format!("{}{variable}", env::INPUT_PREFIX))
    }

    fn output(&self, name: &str, value: &str) -> Result<()> {
        if value.len() > syntax::OUTPUT_LIMIT {
            self.annotate(&Annotation {
                level: Level::Warning,
                title: "an output is too long".to_owned(),
                message: format!(
                    "the output {name} has {} bytes, more than GitHub takes; it is left empty. \
                     `--json` prints it",
                    value.len()
                ),
                place: None,
            });
            return self.output(name, "");
        }
        let delimiter = format!("outerloop_{:032x}", rand::random::<u128>());
        self.append(env::GITHUB_OUTPUT, &syntax::entry(name, value, &delimiter)?)
    }

    fn mask(&self, secret: &str) {
        for line in secret.lines().filter(|line| !line.trim().is_empty()) {
            write_line(&syntax::command("add-mask", &[], line));
        }
    }

    fn plain(&self, text: &str) -> String {
        syntax::plain(text)
    }

    fn say(&self, text: &str) {
        write_line(&syntax::plain(text));
    }

    fn begin_group(&self, title: &str) {
        write_line(&syntax::command("group", &[], title));
    }

    fn end_group(&self) {
        write_line("::endgroup::");
    }

    fn progress(&self, percent: u8, what: &str) {
        self.say(&format!("{percent:>3} % {what}"));
    }

    fn annotate(&self, annotation: &Annotation) {
        let name = match annotation.level {
            Level::Notice => "notice",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        let place = annotation.place.as_ref();
        let file = place.map(|p| self.relative(&p.file)).unwrap_or_default();
        let line = place.map(|p| p.line.to_string()).unwrap_or_default();
        let column = place.and_then(|p| p.column).map(|c| c.to_string()).unwrap_or_default();
        let properties =
            [("title", &*annotation.title), ("file", &file), ("line", &line), ("col", &column)];
        write_line(&syntax::command(name, &properties, &annotation.message));
    }

    fn summary_limit(&self) -> usize {
        let written = (self.get)(env::GITHUB_STEP_SUMMARY).and_then(|p| std::fs::metadata(p).ok());
        let written = written.map_or(0, |m| usize::try_from(m.len()).unwrap_or(usize::MAX));
        syntax::SUMMARY_LIMIT.saturating_sub(written).saturating_sub(1)
    }

    fn summary(&self, markdown: &str) -> Result<()> {
        self.append(env::GITHUB_STEP_SUMMARY, &format!("{markdown}\n"))
    }

    fn complete(&self, _: Completion, _: &str) -> bool {
        false
    }
}
