//! Tests and intervals held to the values of scipy and statsmodels (see
//! `core/testdata/inference/make.py`): statistics and interval ends to 1e-9 relative, p-values to
//! 1e-6 relative or 1e-12 absolute.

use serde_json::Value;

use super::mcnemar::{self, Disagreements};
use super::paired_t::PairedT;
use super::permutation::{self, sign_flip};
use super::wilcoxon::signed_rank;
use super::{Alternative, Test, multiple, proportion};

const SIDES: [(&str, Alternative); 3] = [
    ("two-sided", Alternative::TwoSided),
    ("greater", Alternative::Greater),
    ("less", Alternative::Less),
];

fn expected() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/inference/expected.json");
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    serde_json::from_str(&text).expect("is JSON")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn cases<'a>(expected: &'a Value, key: &str) -> &'a Vec<Value> {
    expected[key].as_array().expect("a list")
}

#[track_caller]
fn same(what: &str, mine: f64, reference: &Value) {
    let reference = number(reference);
    let error = (mine - reference).abs();
    assert!(error <= 1e-9 * reference.abs() || error < 1e-15, "{what}: {mine} not {reference}");
}

#[track_caller]
fn same_p(what: &str, mine: f64, reference: &Value) {
    let reference = number(reference);
    let error = (mine - reference).abs();
    assert!(error <= 1e-6 * reference || error < 1e-12, "{what}: p {mine:e} not {reference:e}");
}

fn check(name: &str, differences: &[f64], expected: &Value) {
    let t = PairedT::new(differences).expect("has an answer");
    same(
        &format!("{name} t"),
        t.test(Alternative::TwoSided).statistic,
        &expected["t"]["statistic"],
    );
    for (level, ends) in expected["t-interval"].as_object().expect("levels") {
        let interval = t.interval(level.parse().expect("a level")).expect("an interval");
        same(&format!("{name} t {level} low"), interval.low, &ends[0]);
        same(&format!("{name} t {level} high"), interval.high, &ends[1]);
    }
    for (side, alternative) in SIDES {
        let what = format!("{name} {side}");
        same_p(&format!("{what} t"), t.test(alternative).p_value, &expected["t"][side]);
        let ranks = signed_rank(differences, alternative).expect("has an answer");
        same_p(&format!("{what} wilcoxon"), ranks.p_value, &expected["wilcoxon"][side]);
        if alternative == Alternative::TwoSided {
            same(&what, ranks.statistic, &expected["wilcoxon"]["statistic"]);
        }
        if let Some(reference) = expected["permutation"].get(side) {
            let options = permutation::Options { permutations: 1 << 16, seed: 0, alternative };
            let all = sign_flip(differences, &options).expect("has an answer");
            same_p(&format!("{what} permutation"), all.p_value, reference);
        }
    }
}

#[test]
fn tests_of_differences_agree_with_scipy() {
    let expected = expected();
    for case in cases(&expected, "given") {
        let differences: Vec<f64> =
            case["differences"].as_array().expect("a list").iter().map(number).collect();
        check(case["name"].as_str().expect("a name"), &differences, case);
    }
    for case in cases(&expected, "made") {
        let (n, by) = (case["n"].as_u64().expect("a count"), number(&case["by"]));
        let one = |i: u64| {
            let x = (i * 7919 % 100_003) as f64 / 100_003.0 - by;
            x * x.abs()
        };
        check(&format!("{n} by {by}"), &(0..n).map(one).collect::<Vec<_>>(), case);
    }
}

#[test]
fn random_permutations_come_near_all_of_them() {
    let expected = expected();
    for case in cases(&expected, "given") {
        let Some(reference) = case["permutation"].get("two-sided") else { continue };
        let differences: Vec<f64> =
            case["differences"].as_array().expect("a list").iter().map(number).collect();
        let options = permutation::Options { permutations: 999, ..Default::default() };
        let some = sign_flip(&differences, &options).expect("has an answer");
        // Four standard errors of a share among 999, twice because of the two sides.
        assert!((some.p_value - number(reference)).abs() < 0.07, "{case}");
    }
}

#[test]
fn mcnemar_agrees_with_statsmodels() {
    let expected = expected();
    for case in cases(&expected, "mcnemar") {
        let count = |key: &str| case[key].as_u64().expect("a count");
        let rows = Disagreements { challenger: count("challenger"), champion: count("champion") };
        same_p(&format!("{rows:?}"), mcnemar::exact(rows).p_value, &case["exact"]);
        let Test { statistic, p_value } = mcnemar::corrected(rows);
        if let Some(reference) = case.get("corrected") {
            same(&format!("{rows:?}"), statistic, &reference[0]);
            same_p(&format!("{rows:?}"), p_value, &reference[1]);
        } else {
            // statsmodels corrects even counts to a statistic above 0; no evidence is no evidence.
            assert_eq!((statistic, p_value), (0.0, 1.0));
        }
    }
}

#[test]
fn intervals_of_shares_agree_with_statsmodels() {
    let expected = expected();
    for case in cases(&expected, "share") {
        let count = |key: &str| case[key].as_u64().expect("a count");
        let (k, n, level) = (count("successes"), count("trials"), number(&case["level"]));
        let what = format!("{k} of {n} at {level}");
        let wilson = proportion::wilson(k, n, level).expect("an interval");
        let exact = proportion::clopper_pearson(k, n, level).expect("an interval");
        for (interval, key) in [(wilson, "wilson"), (exact, "clopper-pearson")] {
            same(&format!("{key} low {what}"), interval.low, &case[key][0]);
            same(&format!("{key} high {what}"), interval.high, &case[key][1]);
        }
    }
}

#[test]
fn adjusted_p_values_agree_with_statsmodels() {
    let expected = expected();
    for case in cases(&expected, "multiple") {
        let numbers = |key: &str| -> Vec<f64> {
            case[key].as_array().expect("a list").iter().map(number).collect()
        };
        let p: Vec<Option<f64>> = numbers("p").into_iter().map(Some).collect();
        let methods = [(multiple::holm(&p), "holm"), (multiple::benjamini_hochberg(&p), "fdr_bh")];
        for (mine, key) in methods {
            for (mine, reference) in mine.iter().zip(numbers(key)) {
                same(key, mine.expect("is there"), &reference.into());
            }
        }
    }
}
