//! Comparisons of files.

use std::path::{Path, PathBuf};

use super::*;
use crate::config::valid::{Config, MonitorConfig};
use crate::domain::drift::DriftStatus;
use crate::stats::drift::presets::Preset;

fn config() -> MonitorConfig {
    Config::without_file(Path::new("/")).expect("defaults").monitor
}

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("folder"))
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).expect("file");
        path
    }

    fn compare(&self, before: &str, now: &str, preset: Preset) -> CompareOutcome {
        let (baseline, current) = ([self.write("a.csv", before)], [self.write("b.csv", now)]);
        with(&baseline, &current, preset, &config())
    }
}

fn with(
    baseline: &[PathBuf],
    current: &[PathBuf],
    preset: Preset,
    config: &MonitorConfig,
) -> CompareOutcome {
    let input = CompareInput {
        baseline,
        current,
        only: None,
        categories: &[],
        config,
        asked: Asked::default(),
        preset,
        more: true,
    };
    run(&input).expect("comparison")
}

fn codes(found: &CompareOutcome, column: &str) -> Vec<String> {
    let column = found.columns.iter().find(|c| c.name == column).expect("column");
    column.reasons.iter().map(|r| r.split(':').next().unwrap_or_default().to_owned()).collect()
}

fn lines(header: &str, rows: u64, row: impl Fn(u64) -> String) -> String {
    format!("{header}\n") + &(0..rows).map(|i| row(i) + "\n").collect::<String>()
}

/// A number from 0 to below 1 without a pattern.
fn noise(i: u64, salt: u64) -> f64 {
    crate::stats::generator::Generator::new(salt, i).unit()
}

#[test]
fn real_drift_is_told_and_calm_years_are_not() {
    let data = |name: &str| {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/employment/data").join(name)
    };
    let categories = ["SCHL", "RELP", "MAR", "SEX", "RAC1P", "DIS", "MIL"].map(str::to_owned);
    let compared = |current: &str| {
        let config = config();
        run(&CompareInput {
            baseline: &[data("2015.parquet")],
            current: &[data(current)],
            only: None,
            categories: &categories,
            config: &config,
            asked: Asked::default(),
            preset: Preset::Outerloop,
            more: false,
        })
        .expect("comparison")
    };
    let calm = compared("2016.parquet");
    assert_eq!((calm.status, calm.drifted()), (DriftStatus::Ok, Vec::new()), "{:?}", calm.summary);
    let found = compared("2018-households.parquet");
    assert_eq!(found.drifted(), ["RELP"]);
    assert_eq!(found.columns[0].name, "RELP");
    assert_eq!(found.bins.len(), found.columns.len());
    assert!(found.columns.iter().flat_map(|c| &c.measures).all(|m| !m.definition.is_empty()));
}

#[test]
fn every_kind_of_change_is_named() {
    let files = Files::new();
    let before = lines("shifted,emptied,worded,gone,colour,fixed", 600, |i| {
        let colour = ["red", "green", "blue"][(i % 3) as usize];
        format!("{:.6},{:.6},{},1,{colour},7", noise(i, 1), noise(i, 2), i % 50)
    });
    let now = lines("shifted,emptied,worded,colour,fixed,extra", 600, |i| {
        let colour = ["red", "Green ", "mauve"][(i % 3) as usize];
        let emptied =
            if i.is_multiple_of(4) { String::new() } else { format!("{:.6}", noise(i, 3)) };
        format!("{:.6},{emptied},w{},{colour},7,1", noise(i, 4) * 0.6, i % 50)
    });
    let found = files.compare(&before, &now, Preset::Outerloop);
    assert_eq!(found.status, DriftStatus::Drift);
    let shape = ["psi", "jensen-shannon", "ks", "wasserstein-normed"];
    assert_eq!(codes(&found, "shifted"), shape.map(|m| format!("{m}-above-threshold")));
    assert_eq!(codes(&found, "emptied"), ["null-rate-rose"]);
    assert_eq!(codes(&found, "worded"), ["type-changed"]);
    assert_eq!(codes(&found, "gone"), ["missing-column"]);
    assert_eq!(codes(&found, "fixed"), ["constant-column"]);
    let colour = codes(&found, "colour");
    for code in ["new-categories", "lost-category", "spelled-apart"] {
        assert!(colour.iter().any(|c| c == code), "{code} {colour:?}");
    }
    assert!(found.findings[0].starts_with("new-column"), "{:?}", found.findings);
    assert_eq!(found.drifted().len(), 5, "{:?}", found.summary);
}

#[test]
fn few_rows_are_inconclusive_and_none_are_refused() {
    let files = Files::new();
    let row = |i: u64| format!("{}", noise(i, 9));
    let (before, far) = (lines("x", 500, row), lines("x", 150, |i| format!("{}", i + 9)));
    let found = files.compare(&before, &far, Preset::Outerloop);
    assert_eq!((found.status, found.drifted().len()), (DriftStatus::Inconclusive, 0));
    assert!(found.summary[0].starts_with("too-few-rows"));
    assert_eq!(files.compare(&before, &far, Preset::Evidently).status, DriftStatus::Drift);
    assert_eq!(files.compare(&before, "x\n", Preset::Nannyml).status, DriftStatus::Inconclusive);
    let (a, b) = (files.write("a.csv", "x\n"), files.write("b.csv", &before));
    let config = config();
    let input = CompareInput {
        baseline: &[a],
        current: &[b],
        only: None,
        categories: &[],
        config: &config,
        asked: Asked::default(),
        preset: Preset::Outerloop,
        more: false,
    };
    assert!(run(&input).expect_err("no rows").to_string().contains("has no rows"));
}

#[test]
fn a_baseline_of_few_rows_is_inconclusive_and_says_so() {
    let files = Files::new();
    let row = |i: u64| format!("{},{}", noise(i, 9), ["a", "b"][(i % 2) as usize]);
    let rows = lines("x,kind", 500, row);
    for few in [2, 199] {
        let before = lines("x,kind", few, row);
        let found = files.compare(&before, &rows, Preset::Outerloop);
        assert_eq!((found.status, found.drifted().len()), (DriftStatus::Inconclusive, 0), "{few}");
        let said = format!("too-few-baseline-rows: the baseline has {few} rows, at least 200");
        assert!(found.summary[0].starts_with(&said), "{:?}", found.summary);
        let peer = files.compare(&before, &rows, Preset::Evidently);
        assert_ne!(peer.status, DriftStatus::Inconclusive, "other tools have no such bound");
    }
    let profile = |text: &str, name: &str| {
        let data = [files.write("c.csv", text)];
        let input = crate::steps::profile::ProfileInput { data: &data, ..Default::default() };
        let path = files.0.path().join(name);
        crate::steps::profile::write(&crate::steps::profile::run(&input).expect("profile"), &path)
            .expect("written");
        path
    };
    let few = profile(&lines("x,kind", 1, row), "few.profile.json");
    let current = [files.write("b.csv", &rows)];
    let found = with(&[few], &current, Preset::Outerloop, &config());
    assert_eq!((found.status, found.drifted().len()), (DriftStatus::Inconclusive, 0));
    assert!(found.summary[0].starts_with("too-few-baseline-rows: the baseline has 1 row, at"));
    assert!(found.columns.iter().all(|c| !c.drifted && !c.measures.iter().any(|m| m.fired)));
}

#[test]
fn a_column_of_which_nothing_can_be_told_apart_is_no_calm_one() {
    let files = Files::new();
    let names = |word: &str| lines("id", 3000, |i| format!("{word}-{i}"));
    let found = files.compare(&names("id"), &names("other"), Preset::Outerloop);
    assert_eq!(found.status, DriftStatus::Inconclusive, "{:?}", found.summary);
    assert_eq!(codes(&found, "id"), ["not-comparable"]);
    // The same beside a column that can be compared.
    let two = |word: &str, salt| lines("id,x", 3000, |i| format!("{word}-{i},{}", noise(i, salt)));
    let found = files.compare(&two("id", 1), &two("other", 2), Preset::Outerloop);
    assert_eq!((found.status, found.drifted().len()), (DriftStatus::Ok, 0), "{:?}", found.summary);
    assert!(found.summary.iter().any(|line| line.starts_with("not-comparable: `id`: 100.0 %")));
}

#[test]
fn repeated_rows_and_changed_correlations_are_seen() {
    let files = Files::new();
    let before = lines("x,y", 2000, |i| {
        let x = noise(i, 1);
        format!("{x},{}", x + 0.2 * noise(i, 2))
    });
    let now = lines("x,y", 2000, |i| {
        let i = i % 1500;
        format!("{},{}", noise(i, 3), noise(i, 4) + 0.2 * noise(i, 5))
    });
    let found = files.compare(&before, &now, Preset::Outerloop);
    assert!(found.findings[0].starts_with("repeated-rows: 25.0 %"), "{:?}", found.findings);
    let change = &found.correlations[0];
    assert!(change.baseline > 0.9 && change.current.abs() < 0.1 && change.p_value < 1e-9);
    assert_eq!(found.correlations.len(), 2);
}

#[test]
fn the_peers_traps_are_said() {
    let files = Files::new();
    let row = |salt: u64| {
        move |i: u64| {
            let gap =
                if i.is_multiple_of(10) { String::new() } else { format!("{}", noise(i, salt)) };
            format!("{},{gap}", noise(i, salt + 7))
        }
    };
    let (before, now) = (lines("x,gap", 400, row(1)), lines("x,gap", 400, row(20)));
    let found = files.compare(&before, &now, Preset::AzureMl);
    let dropped =
        found.findings.iter().filter(|f| f.starts_with("rows-dropped: 360 of 400")).count();
    assert_eq!(dropped, 2, "{:?}", found.findings);
    let infinite = before.replace("x,gap\n", "x,gap\ninf,0.5\n");
    let found = files.compare(&infinite, &now, Preset::Nannyml);
    assert!(codes(&found, "x").contains(&"peer-raises".to_owned()), "{:?}", codes(&found, "x"));
}

#[test]
fn a_probability_is_also_looked_at_as_a_confidence() {
    let files = Files::new();
    let before = files.write("a.csv", &lines("p", 900, |i| format!("{}", noise(i, 1))));
    let sure = |i: u64| format!("{}", (noise(i, 2) * 2.0).floor() * 0.9 + 0.1 * noise(i, 3));
    let now = files.write("b.csv", &lines("p", 900, sure));
    let config = MonitorConfig { prediction: Some("p".to_owned()), ..config() };
    let found = with(&[before], &[now], Preset::Outerloop, &config);
    assert!(found.drifted().contains(&"p (confidence)".to_owned()), "{:?}", found.summary);
}

#[test]
fn few_whole_numbers_are_said_to_be_numbers() {
    let files = Files::new();
    let text = lines("code", 300, |i| format!("{}", i % 4));
    let found = files.compare(&text, &text, Preset::Outerloop);
    assert_eq!(found.guessed.len(), 1);
    assert_eq!(found.guessed[0].option, "--categories code");
}
