//! `size`: the package is not larger than it may be.

use schemars::JsonSchema;
use serde::Deserialize;

use super::evidence::Evidence;
use super::gate::Gate;
use crate::config::units::Bytes;
use crate::domain::error::{Error, Result};
use crate::domain::verdict::{Finding, Verdict};

const ID: &str = "size";

/// Largest sum of the files' sizes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SizeLimit {
    /// The limit, such as `100MB` or `2GiB`.
    #[serde(default)]
    pub max: Option<Bytes>,
}

impl SizeLimit {
    /// Checks the values; `key` names the gate in messages.
    ///
    /// # Errors
    /// No limit, or a limit of nothing.
    pub(super) fn check(&self, key: &str) -> Result<()> {
        match self.max {
            Some(Bytes(max)) if max > 0 => Ok(()),
            Some(_) => Err(Error::config(format!("`{key}.max` is 0")).hint("write 100MB or 2GiB")),
            None => Err(Error::config(format!("`{key}` has no `max`")).hint("write {max: 100MB}")),
        }
    }
}

impl Gate for SizeLimit {
    fn id(&self) -> &'static str {
        ID
    }

    fn evaluate(&self, evidence: &Evidence<'_>) -> Vec<Finding> {
        let max = self.max.map_or(0, |b| b.0);
        let bytes = evidence.challenger.manifest.total_size();
        let (shown, limit) = (words(bytes), words(max));
        let finding = |code: &str, verdict, message: String| {
            Finding::new(ID, code, verdict, message)
                .subject("bytes")
                .value(bytes as f64)
                .bound(max as f64)
        };
        vec![if bytes == 0 {
            finding("empty-package", Verdict::Fail, "the package holds no bytes".to_owned())
                .hint("package the model again")
        } else if bytes > max {
            let message = format!("the package has {shown}, more than {limit}");
            finding("size-exceeded", Verdict::Fail, message)
                .hint(format!("{limit} or less would have passed"))
        } else {
            let message = format!("the package has {shown}, at most {limit} are allowed");
            finding("size-within-limit", Verdict::Pass, message)
        }]
    }
}

/// A size as people write it, in full below 10 kB so that near misses stay visible.
fn words(bytes: u64) -> String {
    if bytes < 10_000 {
        format!("{bytes} B")
    } else {
        bytesize::ByteSize(bytes).display().si().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::World;
    use super::*;

    #[test]
    fn twins_one_byte_apart() {
        let world = World::new();
        let bytes = world.challenger.total_size();
        let code =
            |max| SizeLimit { max: Some(Bytes(max)) }.evaluate(&world.evidence())[0].code.clone();
        assert_eq!(code(bytes), "size-within-limit");
        assert_eq!(code(bytes - 1), "size-exceeded");
        let mut empty = World::new();
        empty.challenger.files.clear();
        let finding = &SizeLimit { max: Some(Bytes(1)) }.evaluate(&empty.evidence())[0];
        assert_eq!((finding.verdict, finding.code.as_str()), (Verdict::Fail, "empty-package"));
    }
}
