//! A verdict as an artifact of its own: what was judged, by what, and what was found, without times
//! and places, so that anyone who judges again gets the same bytes.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::canonical;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::name::ModelName;
use crate::domain::record::VersionRecord;
use crate::domain::verdict::{Finding, Verdict};
use crate::domain::version::Version;

/// Version of the format.
pub const FORMAT: u32 = 1;
/// Bytes of a file that is read.
const MOST_BYTES: u64 = 64 << 20;
/// The gate whose figures are those of a machine.
const MEASURES_THE_MACHINE: &str = "latency";

/// A verdict with everything that it follows from. As bytes it is canonical JSON (RFC 8785).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VerdictFile {
    /// [`FORMAT`].
    pub format: u32,
    /// Version of the program that judged.
    pub outerloop: String,
    /// The model.
    pub model: ModelName,
    /// The version that was judged.
    pub challenger: JudgedVersion,
    /// The version that it was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub champion: Option<JudgedVersion>,
    /// Digests of the data that was looked at, by what it is.
    pub inputs: BTreeMap<String, Digest>,
    /// Rows of the predictions that were used; 0 without predictions.
    pub rows: u64,
    /// Rows of the predictions that were not used, by the reason.
    pub dropped: BTreeMap<String, u64>,
    /// `data`, `gates` and `predictions` of the configuration as written, without paths. Defaults are those
    /// of the program's version.
    pub settings: BTreeMap<String, Value>,
    /// Seed of the resampling.
    pub seed: u64,
    /// What the gates found. Of a gate that measures the machine only the answer is kept.
    pub findings: Vec<Finding>,
    /// All gates together.
    pub verdict: Verdict,
    /// SHA-256 of the canonical JSON of everything above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// A version and the bytes that it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct JudgedVersion {
    /// The version.
    pub version: Version,
    /// Digest of its package.
    pub package: Digest,
}

impl JudgedVersion {
    /// What `record` stands for.
    pub fn of(record: &VersionRecord) -> Self {
        Self { version: record.version.clone(), package: record.digest }
    }
}

impl VerdictFile {
    /// The digest of everything but the digest itself.
    ///
    /// # Errors
    /// A number that JSON cannot carry.
    pub fn own_digest(&self) -> Result<Digest> {
        let content = Self { digest: None, ..self.clone() };
        Ok(Digest::of(&canonical::to_bytes(&content)?))
    }

    /// Leaves of each finding what another machine would find too, and sets the digest.
    ///
    /// # Errors
    /// A number that JSON cannot carry.
    pub fn sealed(mut self) -> Result<Self> {
        self.findings = self.findings.into_iter().map(without_the_machine).collect();
        self.digest = Some(self.own_digest()?);
        Ok(self)
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// A number that JSON cannot carry.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        canonical::to_bytes(self)
    }

    /// Reads a file, and whether its bytes are those that were written.
    ///
    /// # Errors
    /// A file that cannot be read, is too large, or is no verdict.
    pub fn read(file: &Path) -> Result<(Self, bool)> {
        let io = |e| Error::io("read", file, e);
        let mut bytes = Vec::new();
        let reader = std::fs::File::open(file).map_err(io)?;
        reader.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
        let (shown, hint) = (file.display(), "give the file that the output `verdict-file` names");
        if bytes.len() as u64 > MOST_BYTES {
            let message = format!("{shown} has more than {MOST_BYTES} bytes");
            return Err(Error::input(message).hint(hint));
        }
        let found: Self = serde_json::from_slice(&bytes)
            .map_err(|e| Error::input(format!("{shown} is not a verdict file: {e}")).hint(hint))?;
        if found.format != FORMAT {
            let message =
                format!("{shown} has format {}, this program reads {FORMAT}", found.format);
            let hint = format!("verify it with outerloop {}", found.outerloop);
            return Err(Error::input(message).hint(hint));
        }
        let untouched = found.to_bytes()? == bytes && found.digest == Some(found.own_digest()?);
        Ok((found, untouched))
    }
}

/// Of a gate that measures the machine: its answer without figures.
fn without_the_machine(finding: Finding) -> Finding {
    if finding.gate != MEASURES_THE_MACHINE {
        return finding;
    }
    let message = "measured on the machine that judged";
    let plain = Finding::new(finding.gate, finding.code, finding.verdict, message);
    Finding { subject: finding.subject, bound: finding.bound, ..plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::ErrorKind;

    fn verdict() -> VerdictFile {
        let version = |text: &str, package: &[u8]| JudgedVersion {
            version: text.parse().expect("a version"),
            package: Digest::of(package),
        };
        let findings = vec![
            Finding::new("size", "size-exceeded", Verdict::Fail, "2 MB").value(2e6).bound(1e6),
            Finding::new("latency", "fast-enough", Verdict::Pass, "3 ms").value(0.003).bound(0.1),
        ];
        VerdictFile {
            format: FORMAT,
            outerloop: "1.2.3".into(),
            model: "acme".parse().expect("a name"),
            challenger: version("1.1.0", b"b"),
            champion: Some(version("1.0.0", b"a")),
            inputs: BTreeMap::from([("predictions".into(), Digest::of(b"p"))]),
            rows: 10,
            dropped: BTreeMap::from([("no label".into(), 2)]),
            settings: BTreeMap::from([("gates".into(), serde_json::json!({"size": {"max": 1}}))]),
            seed: 42,
            verdict: Verdict::of(&findings),
            findings,
            digest: None,
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_a_change_is_seen() {
        let sealed = verdict().sealed().expect("seals");
        assert_eq!(sealed.findings[1].value, None, "a latency is the machine's");
        assert_eq!(sealed.findings[1].bound, Some(0.1));
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("v.json");
        let bytes = sealed.to_bytes().expect("bytes");
        std::fs::write(&file, &bytes).expect("writes");
        assert_eq!(VerdictFile::read(&file).expect("reads"), (sealed, true));
        let text = String::from_utf8(bytes).expect("text");
        assert!(!text.contains('\n'), "{text}");
        std::fs::write(&file, text.replace("2 MB", "1 MB")).expect("writes");
        assert!(!VerdictFile::read(&file).expect("reads").1);
        std::fs::write(&file, text.replace("{\"challenger", "{ \"challenger")).expect("writes");
        assert!(!VerdictFile::read(&file).expect("reads").1);
    }

    #[test]
    fn anything_else_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("v.json");
        let good = String::from_utf8(verdict().to_bytes().expect("bytes")).expect("text");
        for text in ["", "[]", &good.replace("\"format\":1", "\"format\":2"), &good[1..]] {
            std::fs::write(&file, text).expect("writes");
            let error = VerdictFile::read(&file).expect_err("is refused");
            assert_eq!(error.kind(), ErrorKind::Input, "{text}");
        }
    }
}
