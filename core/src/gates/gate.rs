//! What a gate is, and how all of them together give one verdict.

use super::evidence::Evidence;
use super::settings::Gates;
use crate::domain::verdict::{Finding, Verdict};

/// A condition that a challenger must meet.
pub trait Gate {
    /// The id: the key in `gates:`, the file's name, the section in the documentation.
    fn id(&self) -> &'static str;
    /// Looks at the evidence. At least one finding; what cannot be shown is never a pass.
    fn evaluate(&self, evidence: &Evidence<'_>) -> Vec<Finding>;
}

/// Evaluates every configured gate, in the order of the documentation, and gives all their
/// findings with the worst verdict among them. No gates at all are inconclusive.
pub fn judge(gates: &Gates, evidence: &Evidence<'_>) -> (Verdict, Vec<Finding>) {
    judge_all(&gates.all(), evidence)
}

fn judge_all(gates: &[Box<dyn Gate>], evidence: &Evidence<'_>) -> (Verdict, Vec<Finding>) {
    let mut findings: Vec<Finding> = gates.iter().flat_map(|g| run(g.as_ref(), evidence)).collect();
    if findings.is_empty() {
        findings.push(no_gates());
    }
    (Verdict::of(&findings), findings)
}

fn run(gate: &dyn Gate, evidence: &Evidence<'_>) -> Vec<Finding> {
    let findings = gate.evaluate(evidence);
    if findings.is_empty() {
        let message = "the gate gave no answer";
        return vec![Finding::new(gate.id(), "did-not-run", Verdict::Error, message)];
    }
    findings
}

fn no_gates() -> Finding {
    Finding::new("gates", "no-gates", Verdict::Inconclusive, "no gates are configured")
        .hint("say under `gates:` what a challenger must show, for example an absolute bound")
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    struct Silent;

    impl Gate for Silent {
        fn id(&self) -> &'static str {
            "silent"
        }

        fn evaluate(&self, _: &Evidence<'_>) -> Vec<Finding> {
            Vec::new()
        }
    }

    #[test]
    fn nothing_shown_is_never_a_pass() {
        let world = testing::World::new();
        let (verdict, findings) = judge(&Gates::default(), &world.evidence());
        assert_eq!(verdict, Verdict::Inconclusive);
        assert_eq!(findings[0].code, "no-gates");
        let (verdict, findings) = judge_all(&[Box::new(Silent)], &world.evidence());
        assert_eq!(verdict, Verdict::Error);
        assert_eq!(findings[0].code, "did-not-run");
    }
}
