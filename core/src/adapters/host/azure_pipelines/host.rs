//! A step of Azure Pipelines.

use std::io::Write as _;
use std::path::Path;

use super::super::ci::{CiRun, Get};
use super::super::terminal::write_line;
use super::syntax;
use crate::config::env;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::package::Provenance;
use crate::ports::host::{Annotation, Completion, Host, HostKind, Level, PullRequest};

/// Bytes of a step's summary that the run's page shows well.
const SUMMARY_LIMIT: usize = 1024 * 1024;

/// A step of Azure Pipelines.
pub struct AzurePipelinesHost {
    get: Get,
}

impl AzurePipelinesHost {
    /// A step whose environment `get` reads.
    pub fn new(get: Get) -> Self {
        Self { get }
    }

    /// The file as the run's page names it: relative to the checkout.
    fn relative(&self, file: &Path) -> String {
        let root = (self.get)(env::AZURE_SOURCES).unwrap_or_default();
        file.strip_prefix(root).unwrap_or(file).display().to_string()
    }
}

impl Host for AzurePipelinesHost {
    fn kind(&self) -> HostKind {
        HostKind::AzurePipelines
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
        let Some(number) = (self.get)(env::AZURE_PULL_REQUEST) else { return Ok(None) };
        let number = number.parse().map_err(|_| {
            let name = env::AZURE_PULL_REQUEST;
            Error::input(format!("{name} is `{}`", number.escape_debug()))
                .hint("the agent sets it to the number of the pull request")
        })?;
        let base = (self.get)(env::AZURE_PULL_REQUEST_BASE);
        let short = |name: String| match name.strip_prefix("refs/heads/") {
            Some(short) => short.to_owned(),
            None => name,
        };
        let says = |name: &str| (self.get)(name).is_some_and(|v| v.eq_ignore_ascii_case("true"));
        Ok(Some(PullRequest {
            number,
            head: (self.get)(env::AZURE_PULL_REQUEST_HEAD),
            base: base.map(short),
            from_fork: says(env::AZURE_PULL_REQUEST_FORK),
        }))
    }

    fn cause(&self) -> Result<Option<Digest>> {
        CiRun::cause(&self.get)
    }

    fn input(&self, name: &str) -> Option<String> {
        let variable = syntax::camel_case(name).to_ascii_uppercase();
        (self.get)(&format!("{}{variable}", env::INPUT_PREFIX))
    }

    fn output(&self, name: &str, value: &str) -> Result<()> {
        let variable = syntax::camel_case(name);
        let properties = [("variable", &*variable), ("isOutput", "true")];
        write_line(&syntax::command("task.setvariable", &properties, value));
        Ok(())
    }

    fn mask(&self, secret: &str) {
        for line in secret.lines().filter(|line| !line.trim().is_empty()) {
            write_line(&syntax::command("task.setsecret", &[], line));
        }
    }

    fn plain(&self, text: &str) -> String {
        syntax::plain(text)
    }

    fn say(&self, text: &str) {
        write_line(&syntax::plain(text));
    }

    fn begin_group(&self, title: &str) {
        write_line(&format!("##[group]{}", syntax::plain(&title.replace(['\r', '\n'], " "))));
    }

    fn end_group(&self) {
        write_line("##[endgroup]");
    }

    fn progress(&self, percent: u8, what: &str) {
        let percent = percent.min(100).to_string();
        write_line(&syntax::command("task.setprogress", &[("value", &percent)], what));
    }

    fn annotate(&self, annotation: &Annotation) {
        let kind = match annotation.level {
            // Issues are errors and warnings only, and only the first ten of each are shown.
            Level::Notice => {
                return self.say(&format!("{}: {}", annotation.title, annotation.message));
            }
            Level::Warning => "warning",
            Level::Error => "error",
        };
        let place = annotation.place.as_ref();
        let file = place.map(|p| self.relative(&p.file)).unwrap_or_default();
        let line = place.map(|p| p.line.to_string()).unwrap_or_default();
        let column = place.and_then(|p| p.column).map(|c| c.to_string()).unwrap_or_default();
        let properties = [
            ("type", kind),
            ("sourcepath", &file),
            ("linenumber", &line),
            ("columnnumber", &column),
        ];
        let message = format!("{}: {}", annotation.title, annotation.message);
        write_line(&syntax::command("task.logissue", &properties, &message));
    }

    fn summary_limit(&self) -> usize {
        SUMMARY_LIMIT
    }

    fn summary(&self, markdown: &str) -> Result<()> {
        let Some(folder) = (self.get)(env::AZURE_TEMP) else { return Ok(()) };
        let failed = |e| Error::io("write the summary into", Path::new(&folder), e);
        let mut file = tempfile::Builder::new()
            .prefix("outerloop-")
            .suffix(".md")
            .tempfile_in(&folder)
            .map_err(failed)?;
        file.write_all(markdown.as_bytes()).map_err(failed)?;
        // The agent reads it after the step, and empties the folder after the job.
        let (_, path) = file.keep().map_err(|e| failed(e.error))?;
        write_line(&syntax::command("task.uploadsummary", &[], &path.display().to_string()));
        Ok(())
    }

    fn complete(&self, completion: Completion, message: &str) -> bool {
        let result = match completion {
            Completion::Succeeded => "Succeeded",
            Completion::SucceededWithIssues => "SucceededWithIssues",
            Completion::Failed => "Failed",
        };
        write_line(&syntax::command("task.complete", &[("result", result)], message));
        true
    }
}
