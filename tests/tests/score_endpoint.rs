//! Endpoints that score rows: our own, and fakes that answer as Azure Machine Learning does, rightly
//! and wrongly.

use outerloop_tests::fake::{Call, Fake, Fault, Reply, Rule, Site};
use outerloop_tests::{Ran, Workshop};
use serde_json::{Value, json};

const TESTDATA: &str = "core/testdata/scores";

fn metrics(ran: &Ran) -> Value {
    ran.json()["metrics"].clone()
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn a_served_model_scores_as_the_file_does() {
    let workshop = Workshop::new();
    workshop.write(
        "outerloop.yaml",
        "model: acme\nendpoints:\n  prod: {runtime: onnx, rollout: {mirror: 0, steps: [100]}}\n",
    );
    workshop.copy(&format!("{TESTDATA}/rows.csv"), "rows.csv");
    workshop.copy(&format!("{TESTDATA}/binary.onnx"), "model.onnx");
    workshop.run(&["package", "--model", "model.onnx"]).exits(0);
    workshop.run(&["register"]).exits(0);
    let server = workshop.serve("prod");
    workshop.run(&["deploy", "acme@1.0.0", "--endpoint", "prod"]).exits(0);
    let run = |options: &[&str]| {
        let words = ["evaluate", "rows.csv", "--label", "bought", "--json"];
        workshop.run(&[&words, options].concat())
    };
    let here = metrics(&run(&["--model", "model.onnx"]).exits(0));
    let infer = format!("{}/v2/models/acme/infer", server.url);
    let there = run(&["--endpoint", &infer, "--champion-model", "model.onnx"]).exits(0);
    assert_eq!(metrics(&there), here);
    let difference = &there.json()["difference"]["roc-auc"]["difference"];
    assert_eq!(difference.as_f64(), Some(0.0), "the endpoint and the file are the same model");
    let invocations = format!("{}/invocations", server.url);
    let features = ["--endpoint", &invocations, "--features", "age,visits,region"];
    let loss = |found: &Value| found["log-loss"].as_f64().expect("a number");
    let answered = metrics(&run(&features).exits(0));
    assert_eq!(answered["roc-auc"], here["roc-auc"]);
    assert!((loss(&answered) - loss(&here)).abs() < 1e-6, "{answered}");
    let one = ["--endpoint", &invocations, "--features", "age"];
    run(&one).exits(2).says("refuses the rows (400): input `visits` is missing").says("--features");
    let other = format!("{}/v2/models/other/infer", server.url);
    run(&["--endpoint", &other]).exits(2).says("hint:");
}

/// A scoring script on an online endpoint: the probability is the first column.
struct Scoring {
    token: Option<&'static str>,
    /// What becomes of the list of answers.
    shape: fn(Vec<Value>) -> Value,
}

impl Site for Scoring {
    fn answer(&mut self, call: &Call) -> Reply {
        assert_eq!(call.line(), "POST /score");
        if self.token.is_some_and(|t| call.header("authorization") != Some(&format!("Bearer {t}")))
        {
            return Reply::json(401, &json!({"message": "key is wrong"}));
        }
        let body = call.json();
        let frame = &body["input_data"];
        assert_eq!(frame["columns"], json!(["x", "note"]), "{body}");
        let rows = frame["data"].as_array().expect("rows");
        assert_eq!(frame["index"].as_array().map(Vec::len), Some(rows.len()));
        Reply::json(200, &(self.shape)(rows.iter().map(|row| row[0].clone()).collect()))
    }
}

/// 2,500 rows: more than two requests.
fn rows() -> String {
    let mut text = "x,note,y\n".to_owned();
    for i in 0..2500 {
        let x = f64::from(i * 7919 % 2500) / 2500.0;
        text.push_str(&format!("{x},n{i},{}\n", i32::from(x > 0.4)));
    }
    text
}

fn evaluate(url: &str, token: Option<&str>) -> Ran {
    let workshop = Workshop::new();
    workshop.write("rows.csv", rows());
    let address = format!("{url}/score?code=secret");
    let mut command = workshop.command(&[
        "evaluate",
        "rows.csv",
        "--label",
        "y",
        "--endpoint",
        &address,
        "--timeout",
        "5s",
        "--json",
    ]);
    command.env_remove("OUTERLOOP_ENDPOINT_TOKEN");
    command.envs(token.map(|token| ("OUTERLOOP_ENDPOINT_TOKEN", token)));
    let ran = Workshop::ran(&mut command);
    let said = format!("{ran:?}");
    assert!(!said.contains("panicked") && !said.contains("code=secret"), "{said}");
    assert!(!said.contains("t0ken"), "{said}");
    ran
}

#[test]
fn answers_are_put_together_in_the_order_of_the_rows() {
    let shapes: [fn(Vec<Value>) -> Value; 4] = [
        |all| json!(all),
        |all| json!({"result": all}),
        |all| json!(json!(all).to_string()),
        |all| all.iter().map(|p| json!([1.0 - p.as_f64().unwrap_or(0.0), p])).collect(),
    ];
    for shape in shapes {
        let server = Fake::start(|_| Scoring { token: Some("t0ken"), shape });
        let ran = evaluate(&server.url, Some("t0ken")).exits(0);
        assert_eq!(ran.json()["metrics"]["roc-auc"], 1.0, "{ran:?}");
        assert_eq!(ran.json()["rows"], 2500);
        assert_eq!(server.take_calls().len(), 3);
    }
}

#[test]
fn what_an_endpoint_does_wrong_is_said() {
    let plain = || Fake::start(|_| Scoring { token: None, shape: |all| json!(all) });
    let cases: [(Reply, i32, &str); 6] = [
        (Reply::json(200, &json!([0.5])), 2, "does not answer row by row"),
        (
            Reply::bytes(200, "text/html", b"<!DOCTYPE html><p>Sign in".to_vec()),
            2,
            "a page for browsers",
        ),
        (Reply::bytes(200, "application/json", b"[NaN, 0.5]".to_vec()), 2, "holds NaN"),
        (
            Reply::json(400, &json!({"error": {"message": "no column age"}})),
            2,
            "(400): no column age",
        ),
        (Reply::json(404, &json!({})), 2, "404"),
        (
            Reply::bytes(200, "application/json", b"\"the script failed\"".to_vec()),
            2,
            "the script failed",
        ),
    ];
    for (reply, code, said) in cases {
        let server = plain();
        server.inject(Rule::next(Fault::Instead(reply)).times(100));
        evaluate(&server.url, None).exits(code).says(said).says("hint:");
    }
    let server = Fake::start(|_| Scoring { token: Some("right"), shape: |all| json!(all) });
    evaluate(&server.url, Some("t0ken"))
        .exits(3)
        .says("key is wrong")
        .says("OUTERLOOP_ENDPOINT_TOKEN");
}

#[test]
fn an_endpoint_that_stumbles_is_asked_again_and_one_that_stays_down_is_the_backends_fault() {
    let server = Fake::start(|_| Scoring { token: None, shape: |all| json!(all) });
    server.inject(Rule::next(Fault::Instead(Reply::empty(503))));
    server.inject(Rule::next(Fault::CutAfter));
    evaluate(&server.url, None).exits(0);
    assert!(server.take_calls().len() >= 4);
    server.inject(Rule::next(Fault::Instead(Reply::empty(500))).times(1000));
    evaluate(&server.url, None).exits(3).says("the server answered 500");
    let gone = server.url.clone();
    drop(server);
    evaluate(&gone, None).exits(3).says("cannot be reached");
}

#[test]
fn addresses_that_cannot_be_used_are_refused_before_anything_is_sent() {
    let workshop = Workshop::new();
    workshop.write("rows.csv", "x,y\n0.5,1\n0.1,0\n");
    for (address, said) in [
        ("acme", "no address of a server"),
        ("http://127.0.0.1:9/predict", "does not tell how the endpoint is spoken to"),
        ("http://acme.example/score", "without encryption"),
    ] {
        let words = ["evaluate", "rows.csv", "--label", "y", "--endpoint", address];
        let mut command = workshop.command(&words);
        command.env("OUTERLOOP_ENDPOINT_TOKEN", "t0ken");
        Workshop::ran(&mut command).exits(2).says(said).says("hint:");
    }
}
