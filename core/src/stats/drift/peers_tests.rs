//! The presets held to what Evidently, NannyML and Azure Machine Learning's code answered on nine
//! data sets (`testdata/drift/carry.py` says how they were carried over): every number, the chosen
//! test, the bins and the decisions; and the measures held to scipy's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::pair::{Labels, Pair, sorted};
use super::presets::{Compared, Preset, Thresholds, compare, complete_rows, data_set};
use super::*;
use crate::data::{Categories, Column, ReadOptions, Table, Values, read};

const SETS: [&str; 9] = [
    "breast_cancer",
    "car_loan",
    "diamonds",
    "digits",
    "edge",
    "iris",
    "randhie",
    "us_census_ma",
    "wine",
];

/// Thresholds do not matter to the peers.
const NONE: Thresholds = Thresholds {
    psi: 0.2,
    jensen_shannon: 0.2,
    ks: 0.15,
    wasserstein: 0.25,
    null_rate: 0.05,
    out_of_range: 0.01,
    new_categories: 0.01,
    significance: 0.01,
};

struct Set {
    name: &'static str,
    expected: Value,
    baseline: Table,
    current: Table,
}

impl Set {
    fn load(name: &'static str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/drift/sets").join(name);
        let text = std::fs::read_to_string(folder.join("expected.json")).expect("expected");
        let expected: Value = serde_json::from_str(&text).expect("JSON");
        let schema = expected["schema"].as_object().expect("schema");
        let categories =
            schema.iter().filter(|(_, k)| *k == "categorical").map(|(c, _)| c.clone()).collect();
        let options = ReadOptions { categories, ..ReadOptions::default() };
        let table = |side: &str| -> Table {
            let path: PathBuf = folder.join(format!("{side}.parquet"));
            read(&[path], &options).expect("data")
        };
        let (baseline, current) = (table("reference"), table("current"));
        Self { name, expected, baseline, current }
    }

    /// Whether both sides hold the column as integers.
    fn whole(&self, column: &Column) -> bool {
        let whole = self.expected["whole"].as_array().expect("whole");
        whole.iter().any(|name| *name == column.name.as_str())
    }

    /// Every column with what is expected of it.
    fn columns(&self) -> impl Iterator<Item = (&Column, &Column, &Value)> {
        self.baseline.columns.iter().map(|before| {
            let now = self.current.column(&before.name).expect("column");
            (before, now, &self.expected["columns"][&before.name])
        })
    }
}

fn labels(categories: &Categories) -> Labels<'_> {
    Labels { levels: &categories.levels, codes: &categories.codes }
}

fn pair<'a>(before: &'a Column, now: &'a Column, whole: bool) -> Pair<'a> {
    match (&before.values, &now.values) {
        (Values::Number(baseline), Values::Number(current)) => {
            Pair::Numbers { baseline, current, whole }
        }
        (Values::Category(a), Values::Category(b)) => {
            Pair::Categories { baseline: labels(a), current: labels(b) }
        }
        _ => panic!("{}: kinds differ", before.name),
    }
}

/// Compares, and counts what was compared.
#[derive(Default)]
struct Held {
    place: String,
    seen: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Held {
    fn finish(self) -> BTreeMap<String, usize> {
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
        self.seen
    }

    fn value(&mut self, what: &str, mine: Option<f64>, theirs: &Value) {
        self.within(what, mine, theirs, 1e-9);
    }

    fn p_value(&mut self, what: &str, mine: Option<f64>, theirs: &Value) {
        self.within(what, mine, theirs, 1e-6);
    }

    fn within(&mut self, what: &str, mine: Option<f64>, theirs: &Value, relative: f64) {
        let Some(theirs) = theirs.as_f64() else { return };
        let close = mine.is_some_and(|mine| {
            let apart = (mine - theirs).abs();
            apart <= 1e-12 || apart <= relative * theirs.abs()
        });
        if !close {
            self.wrong.push(format!("{} {what}: {mine:?} instead of {theirs:?}", self.place));
        }
        *self.seen.entry(what.to_owned()).or_default() += 1;
    }

    fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, mine: T, theirs: T) {
        if mine != theirs {
            self.wrong.push(format!("{} {what}: {mine:?} instead of {theirs:?}", self.place));
        }
        *self.seen.entry(what.to_owned()).or_default() += 1;
    }
}

/// Evidently's names of methods.
const METHODS: [(&str, &str); 5] = [
    ("K-S p_value", "ks-p-value"),
    ("chi-square p_value", "chi-squared-p-value"),
    ("Z-test p_value", "z-test-p-value"),
    ("Wasserstein distance (normed)", "wasserstein-normed"),
    ("Jensen-Shannon distance", "jensen-shannon"),
];

#[test]
fn evidently_chooses_measures_and_decides_the_same() {
    let mut held = Held::default();
    for set in SETS.map(Set::load) {
        let preset = set.expected["extra"]["evidently.DataDriftPreset"].as_array().expect("preset");
        let mut all: Vec<Compared> = Vec::new();
        for (before, now, expected) in set.columns() {
            held.place = format!("{}.{}", set.name, before.name);
            let found = compare(&pair(before, now, set.whole(before)), Preset::Evidently, true);
            let own = preset
                .iter()
                .find(|m| m["config"]["column"] == before.name.as_str())
                .expect("a value drift");
            let method = own["config"]["method"].as_str().expect("method");
            let chosen = METHODS.iter().find(|(theirs, _)| *theirs == method).expect("known").1;
            held.same("chosen", found.measures[0].measure, chosen);
            let threshold = &own["config"]["threshold"];
            held.value("threshold", found.measures[0].threshold, threshold);
            held.p_value("value", found.measures[0].value, &own["value"]);
            hold_evidently(&mut held, &found, expected, matches!(before.values, Values::Number(_)));
            all.push(found);
        }
        held.place = set.name.to_owned();
        let drifted = data_set(&mut all, &NONE, Preset::Evidently.rule());
        let count = all.iter().filter(|c| c.drifted).count() as f64;
        held.value("drifted columns", Some(count), &preset[0]["value"]["count"]);
        let share = preset[0]["value"]["share"].as_f64().expect("share");
        held.same("data set", drifted, share >= 0.5);
    }
    let seen = held.finish();
    assert_eq!((seen["chosen"], seen["data set"]), (161, 9), "{seen:?}");
    assert_eq!((seen["evidently.hellinger"], seen["evidently.ks"]), (161, 120), "{seen:?}");
    assert_eq!((seen["evidently.g_test"], seen["g-test"]), (5, 41), "{seen:?}");
}

fn hold_evidently(held: &mut Held, found: &Compared, expected: &Value, numbers: bool) {
    for (theirs, mine) in [
        ("evidently.psi", "psi"),
        ("evidently.jensenshannon", "jensen-shannon"),
        ("evidently.hellinger", "hellinger"),
        ("evidently.wasserstein", "wasserstein-normed"),
        ("evidently.ed", "energy"),
    ] {
        held.value(theirs, found.value(mine), &expected[theirs]["score"]);
    }
    if !numbers {
        let theirs = "evidently.TVD.statistic";
        held.value(theirs, found.value("total-variation"), &expected[theirs]);
        let theirs = "evidently.g_test";
        held.p_value(theirs, found.value("g-test-p-value"), &expected[theirs]["score"]);
        let raises = expected[theirs]["error"].is_string();
        held.same("g-test", found.value("g-test-p-value").is_some(), !raises);
    }
    for (theirs, mine) in [
        ("evidently.ks", "ks-p-value"),
        ("evidently.anderson", "anderson-darling-p-value"),
        ("evidently.cramer_von_mises", "cramer-von-mises-p-value"),
    ] {
        held.p_value(theirs, found.value(mine), &expected[theirs]["score"]);
    }
    if expected["evidently.anderson"]["error"].is_string() {
        let said = found.notes.iter().any(|n| n.starts_with("peer-raises"));
        held.same("raises", said, true);
    }
}

#[test]
fn nannyml_thresholds_and_alerts_are_the_same() {
    let mut held = Held::default();
    for set in SETS.map(Set::load) {
        for (before, now, expected) in set.columns() {
            held.place = format!("{}.{}", set.name, before.name);
            let found = compare(&pair(before, now, set.whole(before)), Preset::Nannyml, true);
            let js = &expected["nannyml.jensen_shannon"];
            if js["error"].is_string() {
                let said = found.notes[0].starts_with("peer-raises");
                held.same("raises", (said, found.drifted), (true, false));
                continue;
            }
            held.value("js", found.value("jensen-shannon"), &js["whole_current"]);
            held.value("js threshold", found.measures[0].threshold, &js["upper_threshold"]);
            held.same("js alert", found.drifted, js["whole_alert"].as_bool().expect("alert"));
            hold_chunks(&mut held, &found, js);
            for (theirs, mine) in [
                ("nannyml.hellinger", "hellinger"),
                ("nannyml.kolmogorov_smirnov", "ks"),
                ("nannyml.l_infinity", "l-infinity"),
                ("nannyml.chi2", "chi-squared"),
            ] {
                if found.value(mine).is_some() || theirs != "nannyml.chi2" {
                    held.value(theirs, found.value(mine), &expected[theirs]["whole_current"]);
                }
            }
            let p_value = &expected["nannyml.chi2"]["whole_pvalue"];
            if found.value("chi-squared").is_some() {
                held.p_value("nannyml.chi2 p", found.value("chi-squared-p-value"), p_value);
            }
            let raw = &expected["nannyml.wasserstein"]["whole_current"];
            held.value("nannyml.wasserstein", found.value("wasserstein"), raw);
        }
    }
    let seen = held.finish();
    assert_eq!((seen["js"], seen["js alert"], seen["raises"]), (160, 160, 1), "{seen:?}");
}

fn hold_chunks(held: &mut Held, found: &Compared, expected: &Value) {
    let alerts = expected["chunk_alerts"].as_array().expect("alerts");
    let theirs = alerts.iter().filter(|a| **a == true).count();
    let note = found.notes.iter().find(|n| n.starts_with("chunks-above-threshold: "));
    let mine = note.map_or(0, |n| {
        let words: Vec<&str> = n.split(' ').collect();
        words[1].parse().expect("count")
    });
    held.same("chunk alerts", mine, theirs);
}

#[test]
fn azure_bins_and_distances_are_the_same() {
    let mut held = Held::default();
    for set in SETS.map(Set::load) {
        let baseline = only_complete(&set.baseline);
        let current = only_complete(&set.current);
        let rows = &set.expected["extra"]["azure.rows_after_dropna"];
        held.place = set.name.to_owned();
        held.value("rows", Some(baseline.rows as f64), &rows[0]);
        held.value("rows", Some(current.rows as f64), &rows[1]);
        for before in &baseline.columns {
            held.place = format!("{}.{}", set.name, before.name);
            let now = current.column(&before.name).expect("column");
            let expected = &set.expected["columns"][&before.name];
            let found = compare(&pair(before, now, set.whole(before)), Preset::AzureMl, true);
            if let (Values::Number(a), Values::Number(b)) = (&before.values, &now.values) {
                hold_bins(&mut held, a, b, &expected["azure.hist"]);
                let theirs = &expected["azure.NormalizedWassersteinDistance"];
                held.value("wasserstein", found.value("wasserstein-normed"), theirs);
                let histogram = &expected["azure.hist"];
                let js = &histogram["JensenShannonDistance"];
                held.value("js of numbers", found.value("jensen-shannon"), js);
                let psi = &histogram["PopulationStabilityIndex"];
                held.value("psi of numbers", found.value("psi"), psi);
            }
            let js = &expected["azure.JensenShannonDistance"];
            held.value("js", found.value("jensen-shannon"), js);
            held.value("psi", found.value("psi"), &expected["azure.PopulationStabilityIndex"]);
            let ks = &expected["azure.TwoSampleKolmogorovSmirnovTest_pvalue"];
            held.p_value("ks p", found.value("ks-p-value"), ks);
            if ks["error"].is_string() {
                held.same("refuses", found.notes[0].starts_with("peer-raises"), true);
            }
            if let Some(mine) = found.value("chi-squared-p-value") {
                let theirs = &expected["azure.PearsonsChiSquaredTest_pvalue"];
                held.p_value("chi p", Some(mine), theirs);
            }
        }
    }
    let seen = held.finish();
    assert_eq!((seen["bins"], seen["js"]), (120, 41), "{seen:?}");
}

fn hold_bins(held: &mut Held, a: &[f64], b: &[f64], expected: &Value) {
    let counts = |key: &str| -> Vec<u64> {
        expected[key].as_array().expect("counts").iter().map(|n| n.as_u64().expect("n")).collect()
    };
    let (p, q) = presets::histograms(&sorted(a), &sorted(b));
    held.same("bins", (p, q), (counts("ref_counts"), counts("cur_counts")));
}

fn only_complete(table: &Table) -> Table {
    let present = |column: &Column| -> Vec<bool> {
        match &column.values {
            Values::Number(v) => v.iter().map(|x| x.is_finite()).collect(),
            Values::Category(c) => c.codes.iter().map(|c| *c != Categories::NULL).collect(),
        }
    };
    let present: Vec<Vec<bool>> = table.columns.iter().map(present).collect();
    let rows = complete_rows(&present, table.rows);
    let columns = table.columns.iter().map(|column| {
        let values = match &column.values {
            Values::Number(v) => Values::Number(rows.iter().map(|r| v[*r]).collect()),
            Values::Category(c) => Values::Category(Categories {
                levels: c.levels.clone(),
                codes: rows.iter().map(|r| c.codes[*r]).collect(),
            }),
        };
        Column { name: column.name.clone(), values }
    });
    Table {
        columns: columns.collect(),
        rows: rows.len(),
        source: table.source.clone(),
        ..Table::default()
    }
}

#[test]
fn scipys_tests_are_the_same() {
    let mut held = Held::default();
    for set in SETS.map(Set::load) {
        for (before, now, expected) in set.columns() {
            held.place = format!("{}.{}", set.name, before.name);
            let mut test = |key: &str, found: Option<chi_squared::Test>| {
                let theirs = &expected[key];
                if theirs["error"].is_string() {
                    held.same("raises", found.is_none(), true);
                } else {
                    held.value(key, found.map(|t| t.statistic), &theirs["statistic"]);
                    held.p_value(key, found.map(|t| t.p_value), &theirs["pvalue"]);
                }
            };
            match (&before.values, &now.values) {
                (Values::Number(a), Values::Number(b)) => {
                    let (a, b) = (sorted(a), sorted(b));
                    test("scipy.ks_2samp.auto", ks::two_samples(&a, &b));
                    let key = "scipy.cramervonmises_2samp.auto";
                    test(key, cramer_von_mises::two_samples(&a, &b));
                    let key = "scipy.anderson_ksamp.midrank";
                    test(key, anderson_darling::two_samples(&a, &b));
                    let theirs = &expected["scipy.energy_distance"];
                    held.value("energy", energy::distance(&a, &b), theirs);
                    let theirs = &expected["scipy.wasserstein_distance"];
                    held.value("wasserstein", wasserstein::distance(&a, &b), theirs);
                }
                (Values::Category(a), Values::Category(b)) => {
                    let found = pair::align(&labels(a), &labels(b));
                    let (p, q) = (&found.baseline, &found.current);
                    if found.distinct() > 1 {
                        let key = "scipy.g_test_contingency.nocorrection";
                        test(key, g_test::two_samples(p, q));
                        let key = "scipy.chi2_contingency.nocorrection";
                        test(key, chi_squared::two_samples(p, q, false));
                    }
                    held.value("hellinger", hellinger::distance(p, q), &expected["hellinger"]);
                    held.value("tvd", total_variation::distance(p, q), &expected["tvd"]);
                    let largest = total_variation::largest(p, q);
                    held.value("l_infinity", largest, &expected["l_infinity"]);
                }
                _ => panic!("kinds differ"),
            }
        }
    }
    let seen = held.finish();
    let anderson = seen["scipy.anderson_ksamp.midrank"];
    assert_eq!((anderson, seen["raises"], seen["energy"]), (232, 4, 120), "{seen:?}");
}
