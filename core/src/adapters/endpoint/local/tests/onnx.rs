//! Models in this process.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::harness::{House, ONNX, matrix, testdata};
use crate::domain::endpoint::prediction_bin;
use crate::domain::error::ErrorKind;
use crate::ports::endpoint::Endpoint;

fn reference() -> Value {
    serde_json::from_str(&std::fs::read_to_string(testdata("reference.json")).unwrap()).unwrap()
}

fn data(answer: &Value, output: &str) -> Vec<f64> {
    let outputs = answer["outputs"].as_array().unwrap();
    let found = outputs.iter().find(|o| o["name"] == output).unwrap();
    found["data"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn assert_close(found: &[f64], wanted: &Value) {
    let wanted: Vec<f64> = wanted
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()))
        .collect();
    assert_eq!(found.len(), wanted.len());
    for (a, b) in found.iter().zip(&wanted) {
        assert!((a - b).abs() < 1e-6, "{found:?} {wanted:?}");
    }
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn answers_as_scikit_learn_does_in_both_protocols() {
    let house = House::onnx();
    let served = house.serve();
    let reference = reference();
    let loaded = served.load_onnx_with("1.0.0", ONNX, Some(reference["request"].clone()));
    assert!(loaded.unwrap().healthy);
    assert_eq!(served.get("/v2/health/ready").0, 503);
    served.traffic(&[("1.0.0", 100)]);
    assert_eq!(served.get("/v2/health/ready").0, 200);

    let (status, answer, version) = served.infer(&reference["request"]);
    assert_eq!((status, version.as_str(), &answer["id"]), (200, "1.0.0", &json!("reference")));
    assert_eq!(
        (&answer["model_name"], &answer["model_version"]),
        (&json!("employment"), &json!("1.0.0"))
    );
    assert_close(&data(&answer, "probabilities"), &reference["probabilities"]);
    let labels: Vec<i64> = data(&answer, "label").iter().map(|v| *v as i64).collect();
    assert_eq!(json!(labels), reference["label"]);

    let frame = json!({ "dataframe_split": {
        "columns": ["AGEP", "SEX", "SCHL", "STATE", "extra"],
        "data": [[30.5, 1, 4, "NY", 0], [61, 2, 2, "MA", 0], [22, 1, 1, "TX", 0]],
    }});
    let (status, answer, _) = served.post("/invocations", &frame);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["predictions"]["label"], reference["label"]);

    let (_, metadata) = served.get("/v2/models/employment");
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let wanted = json!({ "name": "AGEP", "datatype": "FP32", "shape": [-1, 1] });
    assert_eq!(metadata["inputs"][0], wanted);

    let counters = served.endpoint.counters().unwrap().remove("1.0.0").unwrap();
    assert_eq!((counters.requests, counters.errors), (2, 0));
    assert_eq!(counters.predictions.iter().sum::<u64>(), 6);
    let first = reference["probabilities"][0][1].as_f64().unwrap();
    assert!(counters.predictions[prediction_bin(first)] >= 2);
    served.stop();
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn bad_input_is_400_and_counts_against_nobody() {
    let house = House::onnx();
    let served = house.serve();
    served.load_onnx("1.0.0", ONNX).unwrap();
    served.load_onnx("1.1.0", "employment-2").unwrap();
    served.traffic(&[("1.0.0", 60), ("1.1.0", 40)]);
    let good = reference()["request"].clone();
    let with = |input: usize, key: &str, value: Value| {
        let mut body = good.clone();
        body["inputs"][input][key] = value;
        body
    };
    let mut missing = good.clone();
    missing["inputs"].as_array_mut().unwrap().remove(2);
    let cases = [
        (with(1, "data", json!([1, 2, null])), "SEX"),
        (with(0, "shape", json!([1, 3])), "AGEP"),
        (with(3, "name", json!("COUNTY")), "STATE"),
        (missing, "SCHL"),
    ];
    for _ in 0..5 {
        for (body, word) in &cases {
            let (status, answer, _) = served.infer(body);
            assert_eq!(status, 400, "{answer}");
            assert!(answer["error"].as_str().unwrap().contains(word), "{answer} has no {word}");
        }
    }
    assert_eq!((served.counts("1.0.0"), served.counts("1.1.0")), ((0, 0), (0, 0)));
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn shares_are_exact_and_change_at_once() {
    let house = House::onnx();
    let served = house.serve();
    served.load_onnx("1.0.0", ONNX).unwrap();
    served.load_onnx("1.1.0", "employment-2").unwrap();
    served.traffic(&[("1.0.0", 90), ("1.1.0", 10)]);
    let body = reference()["request"].clone();
    (0..200).for_each(|_| assert_eq!(served.infer(&body).0, 200));
    assert_eq!((served.counts("1.0.0").0, served.counts("1.1.0").0), (180, 20));
    served.traffic(&[("1.1.0", 100)]);
    (0..50).for_each(|_| assert_eq!(served.infer(&body).2, "1.1.0"));
    let (status, _, version) = served.post("/v2/models/employment/versions/1.0.0/infer", &body);
    assert_eq!((status, version.as_str()), (200, "1.0.0"));
    served.endpoint.unload("1.0.0").unwrap();
    served.endpoint.unload("1.0.0").unwrap();
    let (status, ..) = served.post("/v2/models/employment/versions/1.0.0/infer", &body);
    assert_eq!(status, 404);
    assert_eq!(served.endpoint.unload("1.1.0").unwrap_err().kind(), ErrorKind::Conflict);
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn callers_see_no_failure_of_a_broken_candidate() {
    let house = House::onnx();
    let served = house.serve();
    served.load_onnx("1.0.0", "line").unwrap();
    served.load_onnx("1.1.0", "sometimes-nan").unwrap();
    served.load_onnx("1.2.0", "one-row").unwrap();
    served.traffic(&[("1.0.0", 50), ("1.1.0", 25), ("1.2.0", 25)]);
    let body = matrix(&[[-1.0, -2.0], [3.0, 4.0]]);
    for _ in 0..100 {
        let (status, answer, version) = served.infer(&body);
        assert_eq!((status, version.as_str()), (200, "1.0.0"), "{answer}");
        assert_eq!(answer["outputs"][0]["shape"], json!([2, 1]));
    }
    assert_eq!(served.counts("1.1.0"), (25, 25));
    assert_eq!(served.counts("1.2.0"), (25, 25));
    assert_eq!(served.counts("1.0.0"), (100, 0));
    assert!(served.get("/metrics").1.contains("outerloop_rescued_total 50"));
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn a_mirrored_candidate_is_watched_and_never_heard() {
    let house = House::onnx();
    let served = house.serve();
    served.load_onnx("1.0.0", "line").unwrap();
    served.load_onnx("1.1.0", "sometimes-nan").unwrap();
    served.mirrored("1.0.0", "1.1.0", 50);
    for i in 0..100 {
        let body = matrix(&[[if i % 4 < 2 { 1.0 } else { -1.0 }, 0.0]]);
        let (status, _, version) = served.infer(&body);
        assert_eq!((status, version.as_str()), (200, "1.0.0"));
    }
    served.eventually("copies were counted", |s| s.counts("1.1.0").0 == 50);
    let (_, errors) = served.counts("1.1.0");
    assert!(errors > 10 && errors < 40, "{errors}");
    assert_eq!(served.counts("1.0.0"), (100, 0));
    served.stop();
    let mut mirrored = 0;
    for file in std::fs::read_dir(house.folder().join("log")).unwrap() {
        for line in std::fs::read_to_string(file.unwrap().path()).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            mirrored += usize::from(line["mirrored"] == json!(true));
            assert_eq!(line["inputs"]["X"][0].as_array().unwrap().len(), 2);
        }
    }
    assert_eq!(mirrored as u64, 50 - errors);
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn a_candidate_that_hangs_is_stopped_and_another_answers() {
    let mut house = House::onnx();
    house.config.request_timeout = Duration::from_millis(300);
    let served = house.serve();
    served.load_onnx("1.0.0", "line").unwrap();
    served.load_onnx("1.1.0", "sometimes-hangs").unwrap();
    served.traffic(&[("1.0.0", 50), ("1.1.0", 50)]);
    let (quick, slow) = (matrix(&[[-1.0, -1.0]]), matrix(&[[1.0, 1.0]]));
    (0..20).for_each(|_| assert_eq!(served.infer(&quick).0, 200));
    let started = Instant::now();
    for _ in 0..6 {
        let (status, _, version) = served.infer(&slow);
        assert_eq!((status, version.as_str()), (200, "1.0.0"));
    }
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    assert_eq!(served.counts("1.1.0").1, 3);
    (0..20).for_each(|_| assert_eq!(served.infer(&quick).0, 200));
    assert_eq!(served.counts("1.1.0").1, 3, "it answers again once it was stopped");
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn a_model_that_does_not_load_leaves_everything_as_it_was() {
    let mut house = House::onnx();
    house.config.load_timeout = Duration::from_secs(3);
    let served = house.serve();
    served.load_onnx("1.0.0", ONNX).unwrap();
    served.traffic(&[("1.0.0", 100)]);
    let cases = [
        ("always-nan", ErrorKind::Input, "NaN"),
        ("always-hangs", ErrorKind::Timeout, "3s"),
        ("zipmap", ErrorKind::Input, "output"),
    ];
    for (name, kind, word) in cases {
        let error = served.load_onnx("1.1.0", name).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(word), "{error}");
        let status = served.endpoint.status().unwrap();
        assert_eq!(status.slots.keys().collect::<Vec<_>>(), ["1.0.0"]);
    }
    assert_eq!(served.infer(&reference()["request"]).0, 200);
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn a_restart_serves_the_same_without_the_store() {
    let house = House::onnx();
    let served = house.serve();
    served.load_onnx("1.0.0", ONNX).unwrap();
    served.load_onnx("1.1.0", "employment-2").unwrap();
    served.traffic(&[("1.0.0", 75), ("1.1.0", 25)]);
    let before = served.endpoint.status().unwrap();
    served.stop();
    std::fs::remove_dir_all(house.root.join("store")).unwrap();
    let served = house.serve();
    assert_eq!(served.endpoint.status().unwrap(), before);
    assert_eq!(served.infer(&reference()["request"]).0, 200);
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn text_labels_are_counted_and_columns_make_a_matrix() {
    let house = House::onnx();
    let served = house.serve();
    served.load_onnx("1.0.0", "labels").unwrap();
    served.traffic(&[("1.0.0", 100)]);
    let records =
        json!({ "dataframe_records": [{ "AGEP": 70, "SEX": 1 }, { "AGEP": 19, "SEX": 2 }] });
    let (status, answer, _) = served.post("/invocations", &records);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["predictions"]["label"], json!(["yes", "no"]));
    let counters = served.endpoint.counters().unwrap().remove("1.0.0").unwrap();
    assert_eq!(counters.categories.get("yes"), Some(&1));
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn a_model_that_crashes_takes_only_its_proof_with_it() {
    use std::os::unix::fs::PermissionsExt;
    let mut house = House::onnx();
    let script = house.root.join("crash.sh");
    std::fs::write(&script, "#!/bin/sh\nkill -SEGV $$\n").unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    house.prober = Some(script);
    let served = house.serve();
    let error = served.load_onnx("1.0.0", ONNX).unwrap_err();
    assert!(error.to_string().contains("signal 11"), "{error}");
    assert_eq!(served.get("/v2/health/live").0, 200);
}
