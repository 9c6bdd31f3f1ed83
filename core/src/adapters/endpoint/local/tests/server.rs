//! The server around the models.

use serde_json::{Value, json};

use super::super::client::LocalEndpoint;
use super::super::server::run;
use super::harness::{House, shares};
use crate::domain::digest::Digest;
use crate::domain::error::ErrorKind;
use crate::ports::endpoint::Endpoint;

#[test]
fn an_empty_server_says_so() {
    let house = House::onnx();
    let served = house.serve();
    assert_eq!(served.get("/v2/health/live").0, 200);
    for path in ["/v2/health/ready", "/ping"] {
        assert_eq!(served.get(path).0, 503, "{path}");
    }
    let (status, text) = served.get("/v2/models/employment");
    let error: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(status, 404);
    assert!(error["error"].as_str().unwrap().contains("employment"));
    let body = json!({ "dataframe_split": { "columns": ["a"], "data": [[1]] } });
    assert_eq!(served.post("/invocations", &body).0, 503);
    assert_eq!(served.post("/invocations", &json!({})).0, 400);
    assert_eq!(served.get("/nowhere").0, 404);
    assert_eq!(served.get("/invocations").0, 405);
    assert!(served.get("/metrics").1.contains("outerloop_log_dropped_total 0"));
}

#[test]
fn a_body_above_the_limit_is_413() {
    let house = House::onnx();
    let served = house.serve();
    let (status, answer, _) = served.post_text("/invocations", " ".repeat((16 << 20) + 1));
    assert_eq!(status, 413);
    assert!(answer["error"].as_str().unwrap().contains("16 MB"), "{answer}");
}

#[test]
fn the_control_api_is_closed_without_the_token() {
    let house = House::onnx();
    let served = house.serve();
    let url = served.url("/control/status");
    let ask = |token: Option<&str>| {
        let request = served.http.get(&url);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        request.send().unwrap().status().as_u16()
    };
    let token = std::fs::read_to_string(house.folder().join("token")).unwrap();
    assert_eq!((ask(None), ask(Some("wrong")), ask(Some(&token))), (401, 403, 200));
    let shutdown = served.http.post(served.url("/control/shutdown")).send().unwrap();
    assert_eq!(shutdown.status().as_u16(), 401);
}

#[test]
fn a_second_server_and_a_taken_port_are_refused() {
    let house = House::onnx();
    let served = house.serve();
    let error = run(house.options()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(error.to_string().contains(served.endpoint.url()), "{error}");

    let mut other = House::onnx();
    other.config.port = served.endpoint.url().rsplit(':').next().unwrap().parse().unwrap();
    let error = run(other.options()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.hint_text().unwrap().contains("port"), "{error}");
}

#[test]
fn a_server_that_is_gone_is_unavailable_with_a_hint() {
    let house = House::onnx();
    let error = LocalEndpoint::open(&house.folder()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.hint_text().unwrap().contains("outerloop serve --endpoint acme"));
    let served = house.serve();
    let client = LocalEndpoint::open(&house.folder()).unwrap();
    served.stop();
    assert_eq!(client.status().unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(!house.folder().join("endpoint.json").exists());
}

#[test]
fn what_is_not_there_is_not_found() {
    let house = House::onnx();
    let served = house.serve();
    let error = served.endpoint.set_traffic(&shares(&[("1.0.0", 100)])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let error = served.load_digest("1.0.0", Digest::of(b"nothing")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(served.endpoint.status().unwrap().slots.is_empty());
}

#[test]
fn a_restart_keeps_the_port() {
    let house = House::onnx();
    let served = house.serve();
    let first = served.endpoint.url().to_owned();
    served.stop();
    assert_eq!(house.serve().endpoint.url(), first);
}
