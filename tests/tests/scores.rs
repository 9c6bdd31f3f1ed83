//! Models that score the rows themselves: the same numbers as scikit-learn gives, through `evaluate`
//! and `validate`, and errors that say what to do.

use std::time::Duration;

use outerloop_core::adapters::scorer::onnx::OnnxScorer;
use outerloop_core::config::raw::RawPredictions;
use outerloop_core::gates::Predictions;
use outerloop_core::steps::predictions::{ByModels, Model, open, score_guessing};
use outerloop_tests::{Ran, Workshop, repository_file};
use serde_json::Value;

const TESTDATA: &str = "core/testdata/scores";
/// Single precision holds seven digits of the largest numbers that a model adds up.
const NEAR: f64 = 1e-6;

/// A folder with the rows, and these models.
fn workshop(models: &[&str]) -> Workshop {
    let workshop = Workshop::new();
    for file in ["rows.csv", "expected.csv"].iter().chain(models) {
        workshop.copy(&format!("{TESTDATA}/{file}"), file);
    }
    workshop
}

/// The column of what scikit-learn gave.
fn expected(column: &str) -> Vec<f64> {
    let text = std::fs::read_to_string(repository_file(&format!("{TESTDATA}/expected.csv")));
    let text = text.expect("reads");
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().expect("a header");
    let at = head.iter().position(|name| *name == column).expect("the column");
    lines.map(|line| line[at].parse().expect("a number")).collect()
}

fn scored(model: &str, label: &str, features: &[&str]) -> Predictions {
    let folder = repository_file(TESTDATA);
    let scorer = open(&folder.join(model), &OnnxScorer).expect("opens");
    let by = ByModels {
        data: folder.join("rows.csv"),
        text: Default::default(),
        challenger: Model { scorer: scorer.as_ref(), name: model.to_owned() },
        champion: None,
        features: features.iter().map(|f| (*f).to_owned()).collect(),
        output: None,
        limit: Duration::from_secs(30),
        progress: &|_, _| {},
    };
    let written = RawPredictions { label: Some(label.to_owned()), ..RawPredictions::default() };
    score_guessing(&by, written).expect("scores").0
}

fn assert_near(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(1.0, |most: f64, x| most.max(x.abs()));
    for (row, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= NEAR * largest, "{what}, row {}: {a}, not {b}", row + 1);
    }
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn scores_are_those_of_scikit_learn() {
    for (model, label, features, column) in [
        ("binary.onnx", "bought", &[][..], "binary"),
        ("zipmap.onnx", "bought", &[], "binary"),
        ("binary-old.onnx", "bought", &[], "binary-old"),
        ("matrix.onnx", "bought", &["age", "visits"], "matrix"),
        ("regression.onnx", "spent", &[], "regression"),
    ] {
        let found = scored(model, label, features);
        assert_near(&found.challenger.values, &expected(column), model);
    }
    let found = scored("multiclass.onnx", "kind", &[]);
    assert_eq!(found.classes, ["low", "mid", "top"]);
    let all = found.challenger.probabilities.expect("probabilities");
    for (at, class) in found.classes.iter().enumerate() {
        let own: Vec<f64> = all.iter().skip(at).step_by(3).copied().collect();
        assert_near(&own, &expected(&format!("p_{class}")), class);
    }
}

/// Every metric of both answers, which must be as good as equal.
fn assert_same_metrics(by_model: &Ran, by_file: &Ran) {
    let (a, b) = (by_model.json(), by_file.json());
    let names = |json: &Value| -> Vec<String> {
        json["metrics"].as_object().expect("metrics").keys().cloned().collect()
    };
    assert_eq!(names(&a), names(&b));
    assert!(names(&a).len() > 3, "{a}");
    for name in names(&a) {
        let value = |json: &Value| json["metrics"][&name].as_f64().expect("a number");
        let (x, y) = (value(&a), value(&b));
        assert!((x - y).abs() <= 1e-5 * y.abs().max(1.0), "{name}: {x}, not {y}");
    }
    assert_eq!(a["rows"], b["rows"]);
    assert_eq!(a["task"], b["task"]);
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn a_model_gives_the_metrics_of_its_predictions_file() {
    let workshop = workshop(&[
        "binary.onnx",
        "binary-old.onnx",
        "zipmap.onnx",
        "matrix.onnx",
        "multiclass.onnx",
        "regression.onnx",
    ]);
    for (model, file) in [
        (
            "--model binary.onnx --champion-model binary-old.onnx --label bought",
            "--label bought --score binary --champion binary-old",
        ),
        ("--model zipmap.onnx --label bought", "--label bought --score binary"),
        (
            "--model matrix.onnx --features age,visits --label bought --weight w",
            "--label bought --score matrix --weight w",
        ),
        (
            "--model multiclass.onnx --label kind",
            "--label kind --probabilities p_low,p_mid,p_top --task multiclass",
        ),
        ("--model regression.onnx --label spent", "--label spent --score regression"),
    ] {
        let run = |data: &str, options: &str| {
            let words: Vec<&str> = options.split(' ').collect();
            workshop.run(&[&["evaluate", data, "--json"], words.as_slice()].concat()).exits(0)
        };
        let (by_model, by_file) = (run("rows.csv", model), run("expected.csv", file));
        assert_same_metrics(&by_model, &by_file);
        let compared = |ran: &Ran| ran.json()["difference"].as_object().map(|d| d.len());
        assert_eq!(compared(&by_model), compared(&by_file), "{model}");
        let told = by_model.json()["guessed"].to_string();
        assert!(told.contains("--output"), "{told}");
    }
}

const CONFIG: &str = "model: acme
package: {path: model.onnx}
gates:
  absolute: [{metric: roc-auc, min: 0.9}]
  superiority: [{metric: roc-auc}]
  latency: {p50: 10s, requests: 20, warm-up: 1}
predictions: {data: rows.csv, label: bought, slices: [region], cluster: customer}
";

/// 1.0.0 is the champion, 1.1.0 the better model.
fn registered() -> Workshop {
    let workshop = workshop(&[]);
    workshop.write("outerloop.yaml", CONFIG);
    for model in ["binary-old.onnx", "binary.onnx"] {
        workshop.copy(&format!("{TESTDATA}/{model}"), "model.onnx");
        workshop.run(&["package"]).exits(0);
        workshop.run(&["register"]).exits(0);
        if model == "binary-old.onnx" {
            let promote = ["promote", "acme@1.0.0", "--to", "champion", "--via", "registry"];
            workshop.run(&promote).exits(0);
        }
    }
    workshop
}

fn finding<'a>(json: &'a Value, code: &str) -> &'a Value {
    let all = json["gates"].as_array().expect("gates");
    all.iter().find(|f| f["code"] == code).unwrap_or_else(|| panic!("{code}: {json}"))
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn a_column_of_the_data_can_be_the_champion() {
    let workshop = workshop(&["binary.onnx"]);
    let words = ["evaluate", "rows.csv", "--label", "bought", "--model", "binary.onnx"];
    let ran = workshop.run(&[&words[..], &["--champion", "w", "--json"]].concat()).exits(0);
    assert!(ran.json()["difference"]["roc-auc"]["difference"].as_f64() > Some(0.2), "{ran:?}");
    workshop.run(&[&words[..], &["--champion", "x"]].concat()).exits(2).says("no column `x`");
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn validate_scores_both_packages_and_can_be_judged_again() {
    let workshop = registered();
    let ran = workshop.run(&["validate", "acme@1.1.0", "--json"]).exits(0);
    let json = ran.json();
    let said = finding(&json, "scored-by-models")["message"].to_string();
    assert!(said.contains("400 rows") && said.contains("probabilities[1]"), "{said}");
    finding(&json, "latency-within-limit");
    let by_file = workshop.run(&[
        "evaluate",
        "expected.csv",
        "--label",
        "bought",
        "--score",
        "binary",
        "--json",
    ]);
    let auc = by_file.exits(0).json()["metrics"]["roc-auc"].as_f64().expect("a number");
    let gate = json["gates"].as_array().into_iter().flatten().find(|f| f["gate"] == "absolute");
    let value = gate.and_then(|f| f["value"].as_f64()).expect("a value");
    assert!((value - auc).abs() < NEAR, "{value}, not {auc}");

    let file = json["verdict-file"].as_str().expect("a path");
    let verdict: Value =
        serde_json::from_slice(&std::fs::read(file).expect("reads")).expect("JSON");
    let inputs = verdict["inputs"].as_object().expect("inputs");
    assert_eq!(inputs.keys().collect::<Vec<_>>(), ["champion-scored-by", "data", "scored-by"]);
    assert_eq!(inputs["scored-by"], verdict["challenger"]["package"]);
    assert_eq!(inputs["champion-scored-by"], verdict["champion"]["package"]);
    assert!(!verdict["settings"].to_string().contains("rows.csv"), "{verdict}");
    let again = workshop.run(&["validate", "--verify", file, "--json"]).exits(0);
    assert_eq!(again.json()["verified"], true);
    let rows = std::fs::read_to_string(workshop.path().join("rows.csv")).expect("reads");
    workshop.write("rows.csv", rows.replacen(",1,mid,", ",0,mid,", 1));
    let changed = workshop.run(&["validate", "--verify", file, "--json"]).exits(1).json();
    assert!(changed["differences"][0].to_string().contains("inputs.data"), "{changed}");
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn a_latency_that_is_too_long_is_measured_and_refused() {
    let workshop = registered();
    workshop.write("outerloop.yaml", CONFIG.replace("p50: 10s", "p50: 1ns"));
    let json = workshop.run(&["validate", "acme@1.1.0", "--json"]).exits(1).json();
    let found = finding(&json, "latency-exceeded");
    assert!(found["value"].as_f64().is_some_and(|ms| ms > 0.0), "{found}");
    assert!(found["evidence"].to_string().contains("load (ms)"), "{found}");
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn models_that_fail_or_hang_are_told_with_the_row() {
    let workshop = workshop(&["binary.onnx", "regression.onnx"]);
    for model in ["sometimes-nan.onnx", "always-hangs.onnx", "one-row.onnx"] {
        workshop.copy(&format!("core/testdata/serve/{model}"), model);
    }
    let text = "a,b,y\n1,2,1\n3,4,0\n-5,1,1\n2,2,0\n";
    workshop.write("few.csv", text);
    let run = |model: &str, more: &[&str]| {
        let words = ["evaluate", "few.csv", "--label", "y", "--features", "a,b", "--model", model];
        let ran = workshop.run(&[&words, more].concat());
        assert!(!ran.stderr.contains("panicked"), "{ran:?}");
        ran.says("hint:")
    };
    run("sometimes-nan.onnx", &[]).exits(2).says("row 3 of").says("NaN");
    run("one-row.onnx", &[]).exits(2).says("rows 1 to 4").says("shape [1, 1] for 4 rows");
    let began = std::time::Instant::now();
    run("always-hangs.onnx", &["--timeout", "1s"]).exits(3).says("no answer in 1s");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let missing = ["evaluate", "few.csv", "--model", "binary.onnx", "--label", "y"];
    workshop.run(&missing).exits(2).says("has no column `age`").says("did you mean `a`");
    let no_label = ["evaluate", "rows.csv", "--model", "binary.onnx", "--label", "boughtt"];
    workshop.run(&no_label).exits(2).says("no column `boughtt`");
    let wrong = ["evaluate", "rows.csv", "--model", "regression.onnx", "--label", "kind"];
    workshop.run(&wrong).exits(2).says("no output that suits a multiclass task");
    workshop.write("none.csv", "age,visits,region,y\n");
    let none = ["evaluate", "none.csv", "--model", "binary.onnx", "--label", "y"];
    workshop.run(&none).exits(2).says("hint:");
}

#[test]
fn what_cannot_be_scored_here_is_said_with_a_way_out() {
    let workshop = workshop(&[]);
    workshop.copy("core/testdata/formats/model.pkl", "model.pkl");
    let pickle = ["evaluate", "rows.csv", "--model", "model.pkl", "--label", "bought"];
    workshop.run(&pickle).exits(2).says("a pickle").says("export it to ONNX");
    workshop.run(&["evaluate", "rows.csv", "--features", "age"]).exits(2).says("no model");
    workshop.write(
        "outerloop.yaml",
        "model: acme\npackage: {path: model.pkl}\npredictions: {data: rows.csv, label: bought}\n",
    );
    workshop.run(&["package"]).exits(0);
    workshop.run(&["register"]).exits(0);
    let ran = workshop.run(&["validate", "acme@1.0.0"]).exits(2);
    ran.says("acme@1.0.0 cannot be scored here").says("predictions file");
    let both = "model: acme\npredictions: {data: rows.csv, path: expected.csv}\n";
    workshop.write("outerloop.yaml", both);
    workshop.run(&["validate", "acme@1.0.0"]).exits(2).says("are both set").says("hint:");
}
