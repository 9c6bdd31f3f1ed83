//! A host in memory for the tests: it keeps what was said.

use std::path::Path;
use std::sync::Mutex;

use crate::domain::digest::Digest;
use crate::domain::error::Result;
use crate::domain::package::Provenance;
use crate::ports::host::{Annotation, Completion, Host, HostKind, PullRequest};

/// A host in memory.
pub(crate) struct SimulatedHost {
    kind: HostKind,
    pub(crate) annotations: Mutex<Vec<Annotation>>,
    pub(crate) said: Mutex<Vec<String>>,
}

impl SimulatedHost {
    pub(crate) fn new(kind: HostKind) -> Self {
        Self { kind, annotations: Mutex::default(), said: Mutex::default() }
    }

    /// Titles of the annotations so far.
    pub(crate) fn titles(&self) -> Vec<String> {
        self.annotations.lock().unwrap().iter().map(|a| a.title.clone()).collect()
    }
}

impl Host for SimulatedHost {
    fn kind(&self) -> HostKind {
        self.kind
    }

    fn actor(&self) -> String {
        "ada".to_owned()
    }

    fn run_url(&self) -> Option<String> {
        Some("https://forge.example/runs/7".to_owned())
    }

    fn provenance(&self, _: &Path) -> Result<Provenance> {
        Ok(Provenance { commit: Some("c0ffee".to_owned()), ..Provenance::default() })
    }

    fn pull_request(&self) -> Result<Option<PullRequest>> {
        Ok(None)
    }

    fn cause(&self) -> Result<Option<Digest>> {
        Ok(None)
    }

    fn input(&self, _: &str) -> Option<String> {
        None
    }

    fn output(&self, _: &str, _: &str) -> Result<()> {
        Ok(())
    }

    fn mask(&self, _: &str) {}

    fn plain(&self, text: &str) -> String {
        text.to_owned()
    }

    fn say(&self, text: &str) {
        self.said.lock().unwrap().push(text.to_owned());
    }

    fn begin_group(&self, _: &str) {}

    fn end_group(&self) {}

    fn progress(&self, _: u8, _: &str) {}

    fn annotate(&self, annotation: &Annotation) {
        self.annotations.lock().unwrap().push(annotation.clone());
    }

    fn summary_limit(&self) -> usize {
        1 << 20
    }

    fn summary(&self, _: &str) -> Result<()> {
        Ok(())
    }

    fn complete(&self, _: Completion, _: &str) -> bool {
        false
    }
}
