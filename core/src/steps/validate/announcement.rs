//! What is told of a validation in a pull request: facts, from which the comment is written where
//! it is posted.

use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::outcome::Validation;
use crate::domain::error::{Error, Result};
use crate::domain::name::ModelName;
use crate::domain::verdict::{Finding, MAX_FIGURES, Verdict};
use crate::domain::version::Version;
use crate::report::validate::hurt;

/// Findings that are told; those that pass give way first.
const MOST_FINDINGS: usize = 200;
/// Characters of each text.
const MOST_CHARACTERS: usize = 1_000;
/// Bytes of a file that is read.
const MOST_BYTES: u64 = 4 << 20;

/// What is told of a validation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Announcement {
    /// The model.
    pub model: ModelName,
    /// The challenger.
    pub version: Version,
    /// The version that it was compared with.
    pub champion: Option<Version>,
    /// All gates together.
    pub verdict: Verdict,
    /// What the gates found.
    pub findings: Vec<Finding>,
    /// Findings that are left out.
    pub more: u64,
    /// The group of rows that loses most, in plain words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hurt: Option<String>,
    /// Path of the report.
    pub report: Option<String>,
    /// Address of the run.
    pub run: Option<String>,
    /// It was measured by a run of a fork, which may claim anything.
    pub from_fork: bool,
}

impl Announcement {
    /// What is told of `validation`.
    pub fn of(validation: &Validation) -> Self {
        Self {
            model: validation.challenger.model.clone(),
            version: validation.challenger.version.clone(),
            champion: validation.champion.as_ref().map(|record| record.version.clone()),
            verdict: validation.verdict,
            findings: validation.findings.clone(),
            more: 0,
            hurt: hurt(validation),
            report: None,
            run: None,
            from_fork: false,
        }
        .bounded()
    }

    /// Names the comment among all comments.
    pub fn marker(&self) -> String {
        format!("validate:{}", self.model)
    }

    /// The facts as JSON.
    ///
    /// # Errors
    /// A number that JSON cannot carry.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|e| Error::internal(format!("cannot write the announcement: {e}")))
    }

    /// Reads what [`Announcement::to_json`] wrote. The file may come from anywhere: its size is
    /// bounded, and so is every text in it.
    ///
    /// # Errors
    /// A file that cannot be read, is too large, or is something else.
    pub fn read(file: &Path) -> Result<Self> {
        let io = |e| Error::io("read", file, e);
        let mut text = String::new();
        let reader = std::fs::File::open(file).map_err(io)?;
        reader.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(io)?;
        let shown = file.display();
        let hint = "give the file that the output `comment` of validate names";
        if text.len() as u64 > MOST_BYTES {
            let message = format!("{shown} has more than {MOST_BYTES} bytes");
            return Err(Error::input(message).hint(hint));
        }
        let told: Self = serde_json::from_str(&text).map_err(|e| {
            Error::input(format!("{shown} does not tell of a validation: {e}")).hint(hint)
        })?;
        Ok(told.bounded())
    }

    fn bounded(mut self) -> Self {
        if self.findings.len() > MOST_FINDINGS {
            self.findings.sort_by_key(|f| f.verdict == Verdict::Pass);
            self.more += (self.findings.len() - MOST_FINDINGS) as u64;
            self.findings.truncate(MOST_FINDINGS);
        }
        for finding in &mut self.findings {
            for text in [&mut finding.gate, &mut finding.code, &mut finding.message] {
                cut(text);
            }
            finding.subject.iter_mut().chain(&mut finding.hint).for_each(cut);
            finding.evidence.truncate(MAX_FIGURES);
            finding.evidence.iter_mut().for_each(|figure| cut(&mut figure.what));
        }
        self.report.iter_mut().chain(&mut self.run).chain(&mut self.hurt).for_each(cut);
        self
    }
}

fn cut(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(MOST_CHARACTERS) {
        text.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::ErrorKind;

    fn told(findings: Vec<Finding>) -> Announcement {
        Announcement {
            model: "acme".parse().unwrap(),
            version: "1.1.0".parse().unwrap(),
            champion: None,
            verdict: Verdict::of(&findings),
            findings,
            more: 0,
            hurt: None,
            report: None,
            run: None,
            from_fork: false,
        }
    }

    fn read(text: &str) -> Result<Announcement> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("comment.json");
        std::fs::write(&file, text).unwrap();
        Announcement::read(&file)
    }

    #[test]
    fn what_is_written_is_read_again() {
        let finding = Finding::new("size", "size-exceeded", Verdict::Fail, "ä\n@b").value(1.5);
        let told = told(vec![finding]);
        assert_eq!(read(&told.to_json().unwrap()).unwrap(), told);
    }

    #[test]
    fn too_much_is_bounded_and_what_passes_gives_way_first() {
        let long = "x".repeat(5_000);
        let finding = |i: usize| {
            let verdict = if i < 300 { Verdict::Pass } else { Verdict::Fail };
            Finding::new("signature", "code", verdict, &long).hint(&long)
        };
        let told = read(&told((0..310).map(finding).collect()).to_json().unwrap()).unwrap();
        assert_eq!((told.findings.len(), told.more), (200, 110));
        assert_eq!(told.findings.iter().filter(|f| f.verdict == Verdict::Fail).count(), 10);
        assert_eq!(told.findings[0].message.len(), 1_000);
    }

    #[test]
    fn anything_else_is_refused() {
        let good = told(vec![]).to_json().unwrap();
        let large = format!("{}{good}", " ".repeat(5 << 20));
        for (text, part) in [
            ("", "does not tell"),
            ("[]", "does not tell"),
            (&*good.replace("\"acme\"", "\"-->@acme\""), "does not tell"),
            (&*good.replace("{\"model\"", "{\"html\":1,\"model\""), "html"),
            (&*large, "more than"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Input);
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
