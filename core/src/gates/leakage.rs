//! `leakage`: the test data holds no row that the model was trained on.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::evidence::Evidence;
use super::gate::Gate;
use crate::data::overlap::Overlap;
use crate::domain::error::{Error, Result};
use crate::domain::verdict::{Figure, Finding, Verdict};
use crate::stats::number::{apart, count, counted};

const ID: &str = "leakage";

/// Most rows of the test data that training may have seen.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Leakage {
    /// Files of the training data; left out, the data set `train` of `package.data`.
    #[serde(default)]
    pub train: Vec<PathBuf>,
    /// Files of the test data.
    #[serde(default)]
    pub test: Vec<PathBuf>,
    /// Columns that are compared; left out, all that both have.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Columns that are not compared, such as ids.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Largest share of the test rows that may be in the training data too; 0 when left out.
    #[serde(default)]
    pub max_share: Option<f64>,
    /// Largest share of rows that may equal an earlier row of the same data; left out, duplicates
    /// are counted and not judged.
    #[serde(default)]
    pub max_duplicates: Option<f64>,
}

impl Leakage {
    /// Checks the values; `key` names the gate in messages.
    ///
    /// # Errors
    /// No files; a share that is none.
    pub(super) fn check(&self, key: &str) -> Result<()> {
        for (name, files) in [("train", &self.train), ("test", &self.test)] {
            if files.is_empty() {
                return Err(Error::config(format!("`{key}` has no `{name}`")).hint(
                    "write {train: [data/train.parquet], test: [data/test.parquet]}; `train` may \
                     be left out where `package.data` names it",
                ));
            }
        }
        for (name, share) in
            [("max-share", self.max_share), ("max-duplicates", self.max_duplicates)]
        {
            if let Some(share) = share.filter(|s| !(0.0..=1.0).contains(s)) {
                return Err(Error::config(format!("`{key}.{name}` is {share}"))
                    .hint("give a share from 0 to 1, such as 0.01"));
            }
        }
        Ok(())
    }

    fn overlap(&self, found: &Overlap) -> Finding {
        let share = found.shared as f64 / found.test_rows as f64;
        let bound = self.max_share.unwrap_or(0.0);
        let (shown, limit) = apart(share, bound);
        let columns = counted(found.columns.len() as u64, "column");
        let rows = format!(
            "{} of {} test rows are in the training data too ({columns} compared): a share of {shown}",
            count(found.shared as u64),
            count(found.test_rows as u64),
        );
        let finding = |code: &str, verdict, message| {
            Finding::new(ID, code, verdict, message)
                .subject("overlap")
                .value(share)
                .bound(bound)
                .evidence(figures(found))
        };
        if share > bound {
            let examples = examples(&found.examples);
            let message = format!("{rows}, more than {limit}; {examples}");
            let most = (bound * found.test_rows as f64).floor() as u64;
            return finding("overlap-found", Verdict::Fail, message).hint(format!(
                "at most {} would have passed: take the others out of the test data, or leave out \
                 columns that tell rows apart only by chance with `ignore`",
                counted(most, "such row")
            ));
        }
        finding(
            "overlap-within-limit",
            Verdict::Pass,
            format!("{rows}, at most {limit} is allowed"),
        )
    }

    fn duplicates(&self, what: &'static str, duplicates: usize, rows: usize) -> Option<Finding> {
        let bound = self.max_duplicates?;
        let share = duplicates as f64 / rows as f64;
        let (shown, limit) = apart(share, bound);
        let counted = format!(
            "{} of {} rows of the {what} data equal an earlier one: a share of {shown}",
            count(duplicates as u64),
            count(rows as u64)
        );
        let finding = |code: &str, verdict, message| {
            Finding::new(ID, code, verdict, message).subject(what).value(share).bound(bound)
        };
        Some(match share > bound {
            true => {
                finding("duplicates-found", Verdict::Fail, format!("{counted}, more than {limit}"))
                    .hint("take rows out that are there twice, or raise `max-duplicates`")
            }
            false => finding(
                "duplicates-within-limit",
                Verdict::Pass,
                format!("{counted}, at most {limit} is allowed"),
            ),
        })
    }
}

fn examples(found: &[(usize, usize)]) -> String {
    let shown: Vec<String> = found
        .iter()
        .take(3)
        .map(|(test, train)| format!("test row {test} is training row {train}"))
        .collect();
    shown.join(", ")
}

fn figures(found: &Overlap) -> Vec<Figure> {
    let share = |part: usize, whole: usize| part as f64 / whole as f64;
    let mut figures = vec![
        Figure::new(
            "duplicates in the training data",
            share(found.train_duplicates, found.train_rows),
        )
        .rows(found.train_duplicates),
        Figure::new("duplicates in the test data", share(found.test_duplicates, found.test_rows))
            .rows(found.test_duplicates),
    ];
    figures.extend(
        found
            .only_in_one
            .iter()
            .map(|name| Figure::new(format!("column `{name}` is in one of the files only"), 0.0)),
    );
    let example = |(test, train): &(usize, usize)| {
        Figure::new(format!("test row {test}, training row"), *train as f64)
    };
    figures.extend(found.examples.iter().map(example));
    figures
}

impl Gate for Leakage {
    fn id(&self) -> &'static str {
        ID
    }

    fn evaluate(&self, evidence: &Evidence<'_>) -> Vec<Finding> {
        let found = match evidence.probes.overlap.found(ID, "data-not-read") {
            Ok(found) => found,
            Err(finding) => return vec![*finding],
        };
        for (what, rows) in [("training", found.train_rows), ("test", found.test_rows)] {
            if rows == 0 {
                let message = format!("the {what} data has no rows");
                return vec![
                    Finding::new(ID, "no-rows", Verdict::Error, message)
                        .subject(what)
                        .hint("check the files that the gate names"),
                ];
            }
        }
        let mut findings = vec![self.overlap(found)];
        findings.extend(self.duplicates("training", found.train_duplicates, found.train_rows));
        findings.extend(self.duplicates("test", found.test_duplicates, found.test_rows));
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::super::probes::Looked;
    use super::super::testing::World;
    use super::*;

    fn world(shared: usize, test_rows: usize) -> World {
        let mut world = World::new();
        world.probes.overlap = Looked::Found(Overlap {
            columns: vec!["a".into()],
            only_in_one: vec![],
            train_rows: 1000,
            test_rows,
            shared,
            examples: vec![(3, 7)],
            train_duplicates: 10,
            test_duplicates: 2,
        });
        world
    }

    fn codes(gate: &Leakage, world: &World) -> Vec<(Verdict, String)> {
        let findings = gate.evaluate(&world.evidence());
        findings.into_iter().map(|f| (f.verdict, f.code)).collect()
    }

    #[test]
    fn twins_one_row_apart() {
        let gate = Leakage { max_share: Some(0.05), ..Leakage::default() };
        assert_eq!(codes(&gate, &world(5, 100)), [(Verdict::Pass, "overlap-within-limit".into())]);
        assert_eq!(codes(&gate, &world(6, 100)), [(Verdict::Fail, "overlap-found".into())]);
        let none = Leakage::default();
        assert_eq!(codes(&none, &world(0, 100))[0].0, Verdict::Pass);
        let finding = none.evaluate(&world(1, 100).evidence()).remove(0);
        assert!(finding.message.contains("test row 3 is training row 7"), "{}", finding.message);
    }

    #[test]
    fn duplicates_are_judged_where_it_is_asked() {
        let gate = Leakage { max_duplicates: Some(0.015), ..Leakage::default() };
        let found = codes(&gate, &world(0, 100));
        assert_eq!(found[1], (Verdict::Pass, "duplicates-within-limit".into()));
        assert_eq!(found[2], (Verdict::Fail, "duplicates-found".into()));
    }

    #[test]
    fn what_was_not_read_never_passes() {
        let gate = Leakage::default();
        assert_eq!(codes(&gate, &World::new()), [(Verdict::Error, "data-not-read".into())]);
        assert_eq!(codes(&gate, &world(0, 0)), [(Verdict::Error, "no-rows".into())]);
    }
}
