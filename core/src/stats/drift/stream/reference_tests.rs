//! The detectors held to river's change points on streams of errors and of values.

use std::path::Path;

use serde_json::Value;

use super::{Adwin, Ddm, PageHinkley, State, Towards};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/drift/streams")
}

fn stream(name: &str) -> Vec<f64> {
    let text = std::fs::read_to_string(folder().join(format!("{name}.csv"))).expect("stream");
    text.lines().skip(1).map(|line| line.parse().expect("number")).collect()
}

fn places(value: &Value) -> Vec<usize> {
    let list = value["drift_at_0based"].as_array().expect("places");
    list.iter().map(|i| i.as_u64().expect("place") as usize).collect()
}

fn changes(values: &[f64], mut update: impl FnMut(f64) -> bool) -> Vec<usize> {
    values.iter().enumerate().filter_map(|(i, x)| update(*x).then_some(i)).collect()
}

#[test]
fn change_points_are_rivers() {
    let text = std::fs::read_to_string(folder().join("river.json")).expect("reference");
    let reference: Value = serde_json::from_str(&text).expect("JSON");
    let mut held = 0;
    for (name, detectors) in reference["streams"].as_object().expect("streams") {
        let values = stream(name);
        for (detector, expected) in detectors.as_object().expect("detectors") {
            let mine = match detector.as_str() {
                "river.ADWIN(default)" | "river.ADWIN(delta=0.05)" => {
                    let delta = if detector.contains("0.05") { 0.05 } else { 0.002 };
                    let mut adwin = Adwin::new(delta);
                    let found = changes(&values, |x| adwin.update(x));
                    let (width, mean) = (&expected["final_width"], &expected["final_estimation"]);
                    assert_eq!(Some(adwin.width()), width.as_f64(), "{name} {detector}");
                    let apart = (adwin.mean() - mean.as_f64().expect("mean")).abs();
                    assert!(apart < 1e-9, "{name} {detector}: {apart}");
                    found
                }
                "river.PageHinkley(default)" => {
                    let mut detector = PageHinkley::default();
                    changes(&values, |x| detector.update(x))
                }
                "river.PageHinkley(threshold=20,delta=0.005,mode=up)" => {
                    let mut up = PageHinkley::default();
                    (up.threshold, up.towards) = (20.0, Towards::Up);
                    changes(&values, |x| up.update(x))
                }
                "river.DDM(default)" => ddm(&values, expected),
                other => panic!("{other}"),
            };
            assert_eq!(mine, places(expected), "{name} {detector}");
            held += 1;
        }
    }
    assert_eq!(held, 32);
}

fn ddm(values: &[f64], expected: &Value) -> Vec<usize> {
    let mut detector = Ddm::default();
    let states: Vec<State> = values.iter().map(|x| detector.update(*x > 0.5)).collect();
    let at = |wanted: State| -> Vec<usize> {
        states.iter().enumerate().filter_map(|(i, s)| (*s == wanted).then_some(i)).collect()
    };
    let warnings = at(State::Warning);
    assert_eq!(Some(warnings.len() as u64), expected["n_warnings"].as_u64());
    assert_eq!(warnings.first().map(|i| *i as u64), expected["first_warning"].as_u64());
    at(State::Drift)
}
