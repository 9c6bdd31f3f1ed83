//! `digest`: the stored bytes are the registered ones.

use schemars::JsonSchema;
use serde::Deserialize;

use super::evidence::{Evidence, Integrity};
use super::gate::Gate;
use crate::domain::verdict::{Finding, Verdict};
use crate::stats::number::counted;

const ID: &str = "digest";

/// Every file of the package is read again and hashed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DigestMatch {}

impl Gate for DigestMatch {
    fn id(&self) -> &'static str {
        ID
    }

    fn evaluate(&self, evidence: &Evidence<'_>) -> Vec<Finding> {
        vec![match evidence.integrity {
            Integrity::Verified { files, bytes } => {
                let message = format!(
                    "{} with {} as registered",
                    counted(*files as u64, "file"),
                    counted(*bytes, "byte")
                );
                Finding::new(ID, "digest-matches", Verdict::Pass, message)
            }
            Integrity::Mismatch(what) => {
                Finding::new(ID, "digest-mismatch", Verdict::Fail, what.as_str())
                    .hint("the store does not hold what was registered: register the package again")
            }
            Integrity::Unchecked(why) => {
                Finding::new(ID, "digest-unchecked", Verdict::Error, why.as_str())
                    .hint("the store must be readable from here")
            }
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::World;
    use super::*;

    #[test]
    fn only_verified_bytes_pass() {
        let mut world = World::new();
        let verdict = |world: &World| DigestMatch {}.evaluate(&world.evidence())[0].verdict;
        world.integrity = Integrity::Verified { files: 1, bytes: 2000 };
        assert_eq!(verdict(&world), Verdict::Pass);
        world.integrity = Integrity::Mismatch("model.onnx differs".into());
        assert_eq!(verdict(&world), Verdict::Fail);
        world.integrity = Integrity::Unchecked("no store".into());
        assert_eq!(verdict(&world), Verdict::Error);
    }
}
