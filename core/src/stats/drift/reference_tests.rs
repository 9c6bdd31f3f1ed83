//! Every metric held to what scipy, Evidently, NannyML and Azure Machine Learning's code computed
//! on real data and on edge cases (`testdata/drift/cut.py` says how they were cut).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proptest::prelude::*;
use serde::Deserialize;

use super::profile::{Comparison, Current, compare};
use super::*;
use crate::data::profile::{ProfileOptions, profile};
use crate::data::{Categories, Column, Table, Values};
use crate::domain::profile::{ColumnProfile, ColumnValues};

#[derive(Deserialize)]
struct Case {
    set: String,
    column: String,
    kind: String,
    whole: bool,
    reference: Sample,
    current: Sample,
    expected: BTreeMap<String, BTreeMap<String, f64>>,
}

#[derive(Deserialize)]
struct Sample {
    values: Vec<serde_json::Value>,
    counts: Vec<u64>,
}

impl Sample {
    fn numbers(&self) -> Vec<f64> {
        let pairs = self.values.iter().zip(&self.counts);
        pairs
            .flat_map(|(v, n)| std::iter::repeat_n(v.as_f64().expect("number"), *n as usize))
            .collect()
    }

    fn levels(&self) -> BTreeMap<&str, u64> {
        let names = self.values.iter().map(|v| v.as_str().expect("text"));
        names.zip(self.counts.iter().copied()).collect()
    }
}

fn cases() -> Vec<Case> {
    let text = include_str!("../../../testdata/drift/reference.json");
    serde_json::from_str(text).expect("reference values")
}

/// Compares and counts; `None` is for what does not apply.
struct Held<'a> {
    case: &'a Case,
    seen: BTreeMap<String, usize>,
}

impl Held<'_> {
    fn value(&mut self, metric: &str, key: &str, mine: Option<f64>) {
        self.within(metric, key, mine, 1e-9, 1e-12);
    }

    fn p_value(&mut self, metric: &str, key: &str, mine: Option<f64>) {
        self.within(metric, key, mine, 1e-6, 1e-12);
    }

    fn within(&mut self, metric: &str, key: &str, mine: Option<f64>, relative: f64, absolute: f64) {
        let Some(theirs) = self.case.expected.get(metric).and_then(|m| m.get(key)) else { return };
        let place = format!("{}.{} {metric}.{key}", self.case.set, self.case.column);
        let mine = mine.unwrap_or_else(|| panic!("{place}: nothing instead of {theirs}"));
        let apart = (mine - theirs).abs();
        assert!(
            apart <= absolute || apart <= relative * theirs.abs(),
            "{place}: {mine:e} instead of {theirs:e}"
        );
        *self.seen.entry(format!("{metric}.{key}")).or_default() += 1;
    }
}

fn hold_numbers(case: &Case, held: &mut Held<'_>) {
    let (a, b) = (case.reference.numbers(), case.current.numbers());
    let test = ks::two_samples(&a, &b);
    held.value("scipy.ks_2samp.auto", "statistic", test.map(|t| t.statistic));
    held.p_value("scipy.ks_2samp.auto", "pvalue", test.map(|t| t.p_value));
    held.p_value("evidently.ks", "score", test.map(|t| t.p_value));
    let (n, m) = (a.len() as f64, b.len() as f64);
    let asymptotic = test.map(|t| ks::asymptotic(t.statistic, n, m));
    held.p_value("scipy.ks_2samp.asymp", "pvalue", asymptotic);
    held.value("scipy.wasserstein_distance", "score", wasserstein::distance(&a, &b));
    held.value("evidently.wasserstein", "score", wasserstein::normed(&a, &b));
    let (p, q) = bins::evidently(&a, &b, case.whole).expect("bins");
    held.value("evidently.psi", "score", psi::filled(&p, &q));
    held.value("evidently.jensenshannon", "score", jensen_shannon::nats(&p, &q));
    let (p, q) = bins::nannyml(&a, &b).expect("bins");
    held.value("nannyml.jensen_shannon", "whole_current", jensen_shannon::bits(&p, &q));
    if case.set != "edge" {
        // On the edge set Azure's code drops every row that has a null in any column.
        let (low, high) = (a[0].min(b[0]), a[a.len() - 1].max(b[b.len() - 1]));
        let count = bins::azure_count(a.len(), b.len());
        let edges = bins::equal_width(low, high, count);
        let (p, q) = (bins::histogram(&a, &edges), bins::histogram(&b, &edges));
        held.value("azure.hist", "nbins", Some(count as f64));
        held.value("azure.hist", "JensenShannonDistance", jensen_shannon::bits(&p, &q));
        held.value("azure.hist", "PopulationStabilityIndex", psi::laplace(&p, &q));
    }
}

fn aligned(case: &Case) -> (Vec<u64>, Vec<u64>) {
    let (a, b) = (case.reference.levels(), case.current.levels());
    let names: BTreeSet<&str> = a.keys().chain(b.keys()).copied().collect();
    let of = |m: &BTreeMap<&str, u64>, n: &str| m.get(n).copied().unwrap_or(0);
    (names.iter().map(|n| of(&a, n)).collect(), names.iter().map(|n| of(&b, n)).collect())
}

/// NannyML counts what the reference lacks together.
fn with_the_new_together(p: &[u64], q: &[u64]) -> (Vec<u64>, Vec<u64>) {
    let known = |i: &usize| p[*i] > 0;
    let kept: Vec<usize> = (0..p.len()).filter(known).collect();
    let new = (0..p.len()).filter(|i| !known(i)).map(|i| q[i]).sum();
    let before = kept.iter().map(|i| p[*i]).chain([0]).collect();
    (before, kept.iter().map(|i| q[*i]).chain([new]).collect())
}

fn hold_categories(case: &Case, held: &mut Held<'_>) {
    let (p, q) = aligned(case);
    held.value("evidently.psi", "score", psi::filled(&p, &q));
    held.value("evidently.jensenshannon", "score", jensen_shannon::nats(&p, &q));
    held.value("evidently.TVD.statistic", "score", total_variation::distance(&p, &q));
    held.value("tvd", "score", total_variation::distance(&p, &q));
    held.value("nannyml.l_infinity", "whole_current", total_variation::largest(&p, &q));
    let (known, now) = with_the_new_together(&p, &q);
    held.value("nannyml.jensen_shannon", "whole_current", jensen_shannon::bits(&known, &now));
    let goodness = chi_squared::against_shares(&p, &q).map_or(0.0, |t| t.p_value);
    if p.len() > 1 {
        held.p_value("evidently.chisquare", "score", Some(goodness));
    }
    for (metric, yates) in [
        ("scipy.chi2_contingency.correction", true),
        ("scipy.chi2_contingency.nocorrection", false),
    ] {
        let test = chi_squared::two_samples(&p, &q, yates);
        if p.len() > 1 {
            held.value(metric, "statistic", test.map(|t| t.statistic));
            held.p_value(metric, "pvalue", test.map(|t| t.p_value));
        }
    }
    if p.len() > 1 {
        let test = chi_squared::two_samples(&p, &q, true);
        held.value("nannyml.chi2", "whole_current", test.map(|t| t.statistic));
        held.p_value("nannyml.chi2", "whole_pvalue", test.map(|t| t.p_value));
    }
    if case.set != "edge" {
        held.value("azure.JensenShannonDistance", "score", jensen_shannon::bits(&p, &q));
        held.value("azure.PopulationStabilityIndex", "score", psi::laplace(&p, &q));
    }
}

#[test]
fn the_libraries_values_are_reproduced() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for case in &cases() {
        let mut held = Held { case, seen: BTreeMap::new() };
        match case.kind.as_str() {
            "numerical" => hold_numbers(case, &mut held),
            _ => hold_categories(case, &mut held),
        }
        held.seen.into_iter().for_each(|(k, n)| *seen.entry(k).or_default() += n);
    }
    assert_eq!(seen.len(), 24, "metrics that were held: {seen:#?}");
    assert!(seen.values().sum::<usize>() > 250, "{seen:#?}");
}

fn profile_of(values: Vec<f64>) -> ColumnProfile {
    let rows = values.len();
    let column = Column { name: "x".into(), values: Values::Number(values) };
    let table =
        Table { columns: vec![column], rows, source: "baseline".into(), ..Table::default() };
    let mut profile = profile(&table, &ProfileOptions::default()).expect("profile");
    profile.columns.remove(0)
}

#[test]
fn a_profile_gives_the_numbers_that_the_raw_values_give() {
    for case in cases().iter().filter(|c| c.kind == "numerical") {
        let (a, b) = (case.reference.numbers(), case.current.numbers());
        let stored = profile_of(a.clone());
        let found = compare(&stored, &Current::Numbers(&b)).expect("numbers");
        let name = format!("{}.{}", case.set, case.column);
        let exact = ks::statistic(&a, &b).expect("values");
        let ks = found.metrics["ks"];
        assert_eq!(stored.is_exact(), !found.errors.contains_key("ks"), "{name}");
        let slack = found.errors.get("ks").map_or(1e-12, |error| error + 1e-12);
        assert!(slack < 0.025, "{name}: {slack}");
        assert!((ks - exact).abs() <= slack, "{name}: ks {ks} instead of {exact}");
        let std = wasserstein::distance(&a, &b).expect("values")
            / wasserstein::normed(&a, &b).expect("values");
        if std > 0.0011 {
            let exact = wasserstein::normed(&a, &b).expect("values");
            let mine = found.metrics["wasserstein-normed"];
            let near = (mine - exact).abs() <= if slack < 1e-6 { 1e-9 } else { 0.05 };
            assert!(near, "{name}: wasserstein {mine} instead of {exact}");
        }
        let (now, whole) = (profile_of(b.clone()), &found);
        let found = compare(&stored, &Current::Profile(&now)).expect("numbers");
        for (metric, value) in &whole.metrics {
            let other = found.metrics[metric];
            let bound = |c: &Comparison| c.errors.get(metric).copied().unwrap_or(0.0);
            // A p-value follows its statistic, and what is told of the range that of the extremes.
            let slack = match metric.as_str() {
                "ks-p-value" => 1.0,
                "wasserstein-normed" if !stored.is_exact() || !now.is_exact() => 0.05,
                _ => bound(&found) + bound(whole),
            };
            let apart = (value - other).abs();
            assert!(apart <= slack + 1e-9, "{name}: {metric} {other} instead of {value} ± {slack}");
        }
        within_its_bounds(&name, &found, &stored, (&a, &b));
    }
}

/// The distances over the same bins of all values lie within the stated errors.
fn within_its_bounds(
    name: &str,
    found: &Comparison,
    stored: &ColumnProfile,
    (a, b): (&[f64], &[f64]),
) {
    let ColumnValues::Number(before) = &stored.values else { panic!("{name}: numbers") };
    let ends = number_profile::ends(before);
    let counted = |values: &[f64]| {
        let mut counts = vec![0; ends.len()];
        for x in values.iter().filter(|x| x.is_finite()) {
            counts[ends[..ends.len() - 1].partition_point(|end| end < x)] += 1;
        }
        counts
    };
    let (p, q) = (counted(a), counted(b));
    for (metric, truth) in [
        ("psi", psi::filled(&p, &q)),
        ("jensen-shannon", jensen_shannon::bits(&p, &q)),
        ("total-variation", total_variation::distance(&p, &q)),
    ] {
        let (value, truth) = (found.metrics[metric], truth.expect("values"));
        let error = found.errors.get(metric).copied().unwrap_or(0.0);
        let apart = (value - truth).abs();
        assert!(apart <= error + 1e-9, "{name}: {metric} {value} ± {error} and not {truth}");
    }
}

#[test]
fn a_changed_null_rate_and_range_are_told_from_chance() {
    let stored = profile_of((0..500).map(f64::from).collect());
    let mut now: Vec<f64> = (0..300).map(|i| f64::from(i) * 1.6).collect();
    let calm = compare(&stored, &Current::Numbers(&now)).expect("numbers");
    assert_eq!(calm.metrics["out-of-range"], 0.0);
    assert_eq!((calm.range_p, calm.metrics["null-rate-current"]), (Some(1.0), 0.0));
    for x in &mut now[..40] {
        *x = f64::NAN;
    }
    for x in &mut now[260..] {
        *x = 900.0;
    }
    let found = compare(&stored, &Current::Numbers(&now)).expect("numbers");
    assert!((found.metrics["null-rate-current"] - 40.0 / 300.0).abs() < 1e-12);
    assert!(found.null_p.expect("p") < 1e-9 && found.range_p.expect("p") < 1e-9);
    assert!((found.metrics["out-of-range"] - 40.0 / 260.0).abs() < 1e-12);
    // One value of each sample beyond all others is no news: 1 of 2 orders.
    let pair = compare(&profile_of(vec![1.0]), &Current::Numbers(&[2.0])).expect("numbers");
    assert_eq!((pair.metrics["out-of-range"], pair.range_p), (1.0, Some(1.0)));
}

fn category_profile_of(rows: &[&str]) -> ColumnProfile {
    let values = Values::Category(Categories::of(rows.iter().map(|r| Some(*r))));
    let column = Column { name: "c".into(), values };
    let table = Table {
        columns: vec![column],
        rows: rows.len(),
        source: "baseline".into(),
        ..Table::default()
    };
    profile(&table, &ProfileOptions::default()).expect("profile").columns.remove(0)
}

#[test]
fn single_precision_is_no_drift() {
    let thirds: Vec<f64> = (0..900).map(|i| f64::from(i % 9) / 3.0).collect();
    let widened: Vec<f64> = thirds.iter().map(|x| f64::from(*x as f32)).collect();
    let printed: Vec<f64> =
        thirds.iter().map(|x| (*x as f32).to_string().parse().expect("number")).collect();
    for (before, now) in [(&thirds, &widened), (&thirds, &printed), (&widened, &printed)] {
        let found = compare(&profile_of(before.clone()), &Current::Numbers(now)).expect("numbers");
        assert!(found.metrics["ks"] < 1e-12 && found.metrics["psi"] < 1e-12, "{found:?}");
        assert_eq!(found.metrics["out-of-range"], 0.0);
    }
}

#[test]
fn new_and_lost_categories_are_named() {
    let mut before = vec!["a"; 500];
    before.extend(vec!["b"; 500]);
    before.push("rare");
    let stored = category_profile_of(&before);
    let counts = HashMap::from([("a", 190), ("z", 8), ("y", 2)]);
    let found = compare(&stored, &Current::Levels { counts: &counts, nulls: 0 }).expect("levels");
    assert_eq!((found.new, found.lost), (vec!["z".to_owned(), "y".into()], vec!["b".to_owned()]));
    // One of 1,001 values occurred once: as many are to be expected in new categories.
    assert!((found.metrics["new-categories"] - (0.05 - 1.0 / 1001.0)).abs() < 1e-12);
    assert!(found.novelty_p.expect("p") < 1e-6 && found.shape_p.expect("p") < 1e-9);
    // A column of names: each new value is new, and was to be expected.
    let names: Vec<String> = (0..400).map(|i| format!("n{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let others: Vec<String> = (400..700).map(|i| format!("n{i}")).collect();
    let counts: HashMap<&str, u64> = others.iter().map(|n| (n.as_str(), 1)).collect();
    let current = Current::Levels { counts: &counts, nulls: 0 };
    let found = compare(&category_profile_of(&names), &current).expect("levels");
    assert!(found.novelty_p.expect("p") > 0.1, "{:?}", found.novelty_p);
}

#[test]
fn nothing_to_compare_gives_no_distance() {
    let stored = profile_of(vec![f64::NAN; 3]);
    let found = compare(&stored, &Current::Numbers(&[1.0, 2.0])).expect("numbers");
    assert!(!found.metrics.contains_key("psi") && found.shape_p.is_none());
    let found = compare(&profile_of(vec![1.0, 2.0]), &Current::Numbers(&[])).expect("numbers");
    assert!(found.metrics.is_empty() && found.null_p.is_none());
    let counts = HashMap::new();
    assert!(compare(&stored, &Current::Levels { counts: &counts, nulls: 3 }).is_none());
}

fn counts() -> impl Strategy<Value = (Vec<u64>, Vec<u64>)> {
    (1usize..30).prop_flat_map(|k| {
        let side = || proptest::collection::vec(0u64..1000, k);
        (side(), side())
    })
}

fn numbers() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        4 => -1e3..1e3f64,
        2 => (-5i32..5).prop_map(f64::from),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
    ];
    proptest::collection::vec(value, 1..600)
}

proptest! {
    #[test]
    fn distances_are_symmetric_and_bounded((p, q) in counts()) {
        let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * (1.0 + a.abs()),
            (a, b) => a == b,
        };
        prop_assert!(close(jensen_shannon::bits(&p, &q), jensen_shannon::bits(&q, &p)));
        prop_assert!(close(psi::laplace(&p, &q), psi::laplace(&q, &p)));
        if let Some(js) = jensen_shannon::bits(&p, &q) {
            prop_assert!((0.0..=1.0).contains(&js));
            let tv = total_variation::distance(&p, &q).expect("both have counts");
            prop_assert!((0.0..=1.0).contains(&tv));
            // Lin 1991: the divergence is at most the total variation distance.
            prop_assert!(js * js <= tv + 1e-12);
            prop_assert!(psi::filled(&p, &q).expect("both have counts") >= 0.0);
            prop_assert!(jensen_shannon::bits(&p, &p) == Some(0.0));
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(a in numbers(), b in numbers(), turn in 0usize..600) {
        let found = compare(&profile_of(a.clone()), &Current::Numbers(&b)).expect("numbers");
        let (mut a, mut b) = (a, b);
        let (i, j) = (turn % a.len(), turn % b.len());
        a.rotate_left(i);
        b.rotate_left(j);
        b.reverse();
        let turned = compare(&profile_of(a), &Current::Numbers(&b)).expect("numbers");
        for (name, value) in &found.metrics {
            let other = turned.metrics[name];
            prop_assert!((value - other).abs() <= 1e-9 * (1.0 + value.abs()), "{name}");
            prop_assert!(value.is_finite());
            if name != "psi" && !name.starts_with("wasserstein") {
                prop_assert!((0.0..=1.0 + 1e-12).contains(value), "{name} {value}");
            }
        }
    }

    #[test]
    fn a_sample_does_not_drift_from_itself(a in numbers()) {
        let found = compare(&profile_of(a.clone()), &Current::Numbers(&a)).expect("numbers");
        if let Some(psi) = found.metrics.get("psi") {
            prop_assert!(*psi <= 0.05, "psi {psi}");
            prop_assert!(found.metrics["ks"] <= 0.011);
            prop_assert_eq!(found.metrics["out-of-range"], 0.0);
        }
    }

    #[test]
    fn exact_and_asymptotic_p_values_agree_roughly(
        n in 40usize..200,
        m in 40usize..200,
        i in 0.0..1.0f64,
        j in 0.0..1.0f64,
    ) {
        // A statistic that the two samples can have: between two of those the exact value stands still.
        let step = |share: f64, rows: usize| (share * rows as f64).floor() / rows as f64;
        let statistic = (step(i, n) - step(j, m)).abs();
        prop_assume!(statistic > 0.0);
        let (exact, limit) = (ks::exact(statistic, n, m), ks::asymptotic(statistic, n as f64, m as f64));
        prop_assert!((exact - limit).abs() < 0.1, "{exact} {limit}");
    }
}

#[test]
fn cramer_von_mises_of_small_samples_is_scipys() {
    let text = include_str!("../../../testdata/drift/small_samples.json");
    let cases: Vec<serde_json::Value> = serde_json::from_str(text).expect("JSON");
    for case in &cases {
        let side = |key: &str| -> Vec<f64> {
            let values = case[key].as_array().expect("values").iter();
            let mut values: Vec<f64> = values.map(|v| v.as_f64().expect("number")).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let found = cramer_von_mises::two_samples(&side("baseline"), &side("current"));
        let found = found.expect("values");
        let expected = |key: &str| case[key].as_f64().expect("number");
        let close = |mine: f64, theirs: f64| (mine - theirs).abs() <= 1e-9 * theirs.abs() + 1e-12;
        assert!(close(found.statistic, expected("statistic")), "{case}: {found:?}");
        assert!(close(found.p_value, expected("p_value")), "{case}: {found:?}");
    }
    assert_eq!(cases.len(), 80);
}
