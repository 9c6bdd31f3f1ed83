//! `lineage`: what led to a version, and what came of it.

use crate::domain::error::{Error, Result};
use crate::domain::lineage::Lineage;
use crate::domain::reference::ModelRef;
use crate::ports::registry::Registry;

/// Walks the events both ways from the version's registration.
///
/// # Errors
/// No such version, or the registry cannot be read.
pub fn run(reference: &ModelRef, registry: &dyn Registry) -> Result<Lineage> {
    let record = registry.resolve(reference)?;
    let history = registry.history(&record.model)?;
    if !history.iter().any(|logged| logged.id == record.event) {
        return Err(Error::integrity(format!(
            "the history of {} does not hold the registration of {}",
            record.model, record.version
        ))
        .hint("`outerloop history MODEL --verify` lists what is wrong"));
    }
    Ok(Lineage::of(&history, record.event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::registry::git::GitRegistry;
    use crate::adapters::registry::git::fixture::{git, open, package};
    use crate::domain::digest::Digest;
    use crate::domain::drift::DriftStatus;
    use crate::domain::event::{Monitored, RetrainRequested, Validated, What};
    use crate::domain::retrain::Reason;
    use crate::domain::verdict::Verdict;
    use crate::ports::registry::{Entry, Expected, Origin, Promotion, Registration};
    use crate::report::lineage::{mermaid, text};

    fn because(cause: Option<Digest>) -> Origin {
        Origin { actor: "ada".to_owned(), run: None, cause }
    }

    fn record(registry: &GitRegistry, what: What, cause: Option<Digest>) -> Digest {
        let model = "acme".parse().unwrap();
        let entry = Entry { model, what, only_after: None, origin: because(cause) };
        registry.record(&entry).unwrap().id
    }

    fn monitored(status: DriftStatus, drifted: &[&str]) -> What {
        What::Monitored(Monitored {
            version: "1.0.0".parse().unwrap(),
            status,
            rows: 500,
            window: Digest::of(b"window"),
            drifted: drifted.iter().map(ToString::to_string).collect(),
            summary: Vec::new(),
            performance: Vec::new(),
            signals: Vec::new(),
            alerts: Vec::new(),
            span: None,
            chunks: Vec::new(),
            labels: None,
        })
    }

    /// A closed loop: 1.0.0 drifts, 1.1.0 answers it, is validated and promoted.
    fn closed_loop() -> (tempfile::TempDir, GitRegistry) {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q"]);
        let registry = open(folder.path());
        registry.register(&package("a")).unwrap();
        record(&registry, monitored(DriftStatus::Ok, &[]), None);
        let drift = record(&registry, monitored(DriftStatus::Drift, &["age", "x\"]\n<b>"]), None);
        let request = What::RetrainRequested(RetrainRequested {
            version: "1.0.0".parse().unwrap(),
            reasons: vec![Reason { code: "drift".to_owned(), message: "age".to_owned() }],
            evidence: Digest::of(b"evidence"),
            trigger: "command".to_owned(),
        });
        let request = record(&registry, request, Some(drift));
        let next = Registration { origin: because(Some(request)), ..package("b") };
        let next = registry.register(&next).unwrap().record;
        let validated = What::Validated(Validated {
            version: next.version.clone(),
            against: Some("1.0.0".parse().unwrap()),
            verdict: Verdict::Pass,
            findings: Vec::new(),
            verdict_file: None,
        });
        let validated = record(&registry, validated, None);
        let promotion = Promotion {
            model: next.model,
            alias: "champion".parse().unwrap(),
            version: next.version,
            expected: Expected::Nothing,
            origin: because(Some(validated)),
        };
        registry.promote(&promotion).unwrap();
        registry.register(&package("unrelated")).unwrap();
        (folder, registry)
    }

    #[test]
    fn the_loop_is_seen_from_both_ends() {
        let (_folder, registry) = closed_loop();
        let expected =
            ["registered", "monitored", "retrain-requested", "registered", "validated", "promoted"];
        let relations = ["monitored", "triggered", "trained", "validated", "promoted"];
        for (reference, focus) in [("acme@1.0.0", 0), ("acme@champion", 3)] {
            let lineage = run(&reference.parse().unwrap(), &registry).unwrap();
            let kinds: Vec<&str> = lineage.nodes.iter().map(|node| node.kind).collect();
            assert_eq!(kinds, expected, "{reference}");
            let found: Vec<&str> = lineage.edges.iter().map(|edge| edge.relation).collect();
            assert_eq!(found, relations);
            assert_eq!(lineage.nodes.iter().position(|node| node.focus), Some(focus));
        }
        let alone = run(&"acme@1.2.0".parse().unwrap(), &registry).unwrap();
        assert_eq!((alone.nodes.len(), alone.edges.len()), (1, 0));
    }

    #[test]
    fn it_is_drawn_as_a_tree_and_as_a_flowchart() {
        let (_folder, registry) = closed_loop();
        let lineage = run(&"acme@champion".parse().unwrap(), &registry).unwrap();
        let drawn = text(&lineage);
        let lines: Vec<&str> =
            drawn.lines().map(|line| line.rsplit_once("  ").unwrap().0).collect();
        let expected = [
            "registered acme@1.0.0",
            "└─ monitored drift in 500 rows: age, x\"]\u{fffd}<b>",
            "   └─ retrain-requested through command: drift",
            "      └─ registered acme@1.1.0 (this version)",
            "         └─ validated acme@1.1.0: pass against 1.0.0",
            "            └─ promoted champion: acme@1.1.0",
        ];
        assert_eq!(lines, expected);

        let chart = mermaid(&lineage);
        assert!(
            chart.starts_with("flowchart LR\n  n0[\"registered<br/>acme@1.0.0\"]\n"),
            "{chart}"
        );
        assert!(chart.contains("x#34;]#65533;#60;b#62;"), "{chart}");
        assert!(chart.contains("  n2 -->|trained| n3\n"), "{chart}");
        assert!(chart.contains("class n3 focus"), "{chart}");
    }
}
