use std::path::PathBuf;

use super::super::read::read;
use super::super::stream::{self, Gather};
use super::super::table::Table;
use super::*;

/// An event as the collector writes it.
fn event(kind: &str, request: &str, data: &str) -> String {
    format!(
        "{{\"specversion\":\"1.0\",\"id\":\"{kind}-{request}\",\"source\":\"/subscriptions/0/acme\",\
         \"type\":\"azureml.inference.{kind}\",\"datacontenttype\":\"application/json\",\
         \"time\":\"2026-07-01T08:0{}:00Z\",\"data\":{data},\"correlationid\":\"{request}\",\
         \"xrequestid\":\"{request}\",\"modelversion\":\"default\",\
         \"collectdatatype\":\"pandas.core.frame.DataFrame\",\
         \"contentrange\":\"bytes 0-9/10\",\"agent\":\"azureml-ai-monitoring/1.0.0\"}}\n",
        request.len() % 10
    )
}

fn written(files: &[(&str, String)]) -> (tempfile::TempDir, [PathBuf; 1]) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join("blue").join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("creates");
        std::fs::write(path, text).expect("writes");
    }
    let root = folder.path().join("blue");
    (folder, [root])
}

fn numbers(table: &Table, name: &str) -> Vec<f64> {
    match &table.require(name).expect("a column").values {
        Values::Number(v) => v.clone(),
        Values::Category(c) => panic!("{name} is text: {:?}", c.levels),
    }
}

const HOUR: &str = "2026/07/01/08";

/// Two requests of both collections, the answers in another order and an hour later.
fn both() -> Vec<(String, String)> {
    let inputs = event("model_inputs", "r1", "[{\"a\":1,\"b\":2},{\"a\":3,\"b\":4}]")
        + &event("model_inputs", "r22", "[{\"a\":5,\"b\":null}]");
    let outputs = event("model_outputs", "r22", "[{\"y\":50}]")
        + &event("model_outputs", "r1", "[{\"y\":10},{\"y\":30}]");
    vec![
        (format!("model_inputs/{HOUR}/i.jsonl"), inputs),
        ("model_outputs/2026/07/01/09/o.jsonl".to_owned(), outputs),
    ]
}

fn folder_of(files: &[(String, String)]) -> (tempfile::TempDir, [PathBuf; 1]) {
    let files: Vec<(&str, String)> = files.iter().map(|(n, t)| (n.as_str(), t.clone())).collect();
    written(&files)
}

/// Counts the rows of each column.
struct Counts;

impl Gather for Counts {
    type State = usize;

    fn begin(&self, _: &str) -> usize {
        0
    }

    fn add(&self, state: &mut usize, values: &Values, _: Option<&Categories>) {
        *state += match values {
            Values::Number(v) => v.len(),
            Values::Category(c) => c.codes.len(),
        };
    }
}

#[test]
fn inputs_and_outputs_are_joined_by_request_wherever_they_are_written() {
    let (_folder, paths) = folder_of(&both());
    let table = read(&paths, &ReadOptions::default()).expect("reads");
    assert_eq!(table.rows, 3);
    assert_eq!(numbers(&table, "a"), [1.0, 3.0, 5.0]);
    assert_eq!(numbers(&table, "y"), [10.0, 30.0, 50.0]);
    assert!(numbers(&table, "b")[2].is_nan());
    assert_eq!(table.columns.len(), 3, "the fields of the events are no columns");
    let opened = stream::open(&paths, &ReadOptions::default()).expect("opens");
    let gathered = opened.gather(&Counts, None).expect("streams");
    assert_eq!(gathered.rows, 3);
    assert!(gathered.columns.iter().all(|(_, rows)| *rows == 3));
}

#[test]
fn fields_of_the_events_are_columns_where_they_are_named() {
    let (_folder, paths) = folder_of(&both());
    let categories = vec!["time".to_owned(), "correlationid".to_owned()];
    let options = ReadOptions { categories, ..ReadOptions::default() };
    let table = read(&paths, &options).expect("reads");
    let Values::Category(time) = &table.require("time").expect("time").values else {
        panic!("text")
    };
    assert_eq!(time.get(0), Some("2026-07-01T08:02:00Z"));
    assert_eq!(time.get(2), Some("2026-07-01T08:03:00Z"));
    assert!(table.column("correlationid").is_some());
}

#[test]
fn one_collection_alone_is_read_and_values_without_names_get_one() {
    let (_folder, paths) = written(&[(
        "model_outputs/2026/07/01/08/o.jsonl",
        event("model_outputs", "r1", "[0.5, 0.25]") + &event("outputs", "r2", "\"[0.75]\""),
    )]);
    let table = read(&paths, &ReadOptions::default()).expect("reads");
    assert_eq!(numbers(&table, "prediction"), [0.5, 0.25, 0.75]);
}

#[test]
fn what_cannot_be_joined_is_left_out_and_nothing_joined_is_an_error() {
    let mut files = both();
    let cut = event("model_inputs", "r3", "[{\"a\":7,\"b\":8}]").replace("0-9/10", "0-9/90");
    files[0].1 += &cut;
    files[0].1 += &event("model_inputs", "r4", "[{\"a\":7,\"b\":8}]");
    files[0].1 += &event("model_inputs", "r1", "[{\"a\":1,\"b\":2},{\"a\":3,\"b\":4}]");
    files[1].1 += &event("model_outputs", "r5", "[{\"y\":1}]");
    files[1].1 += &event("extra", "r5", "[{\"z\":1}]");
    files[1].1 += "{\"specversion\":\"1.0\",\"ty";
    let (_folder, paths) = folder_of(&files);
    let table = read(&paths, &ReadOptions::default()).expect("reads");
    assert_eq!((table.rows, table.columns.len()), (3, 3));
    let alone = vec![
        (format!("model_inputs/{HOUR}/i.jsonl"), event("model_inputs", "r1", "[{\"a\":1}]")),
        (format!("model_outputs/{HOUR}/o.jsonl"), event("model_outputs", "r2", "[{\"y\":1}]")),
    ];
    let (_folder, paths) = folder_of(&alone);
    let error = read(&paths, &ReadOptions::default()).expect_err("is refused");
    assert!(error.to_string().contains("no collected output belongs to an input"), "{error}");
}

#[test]
fn mistakes_name_file_and_line() {
    let good = event("model_inputs", "r1", "[{\"a\":1}]");
    for (text, said) in [
        (format!("{good}nonsense\n{good}"), "i.jsonl:2 is no event"),
        (format!("{good}{{\"a\":1}}\n"), "i.jsonl:2 is no event of the data collector: it lacks"),
        (event("model_inputs", "r1", "7"), "i.jsonl:1: `data` holds no rows"),
        (event("model_inputs", "r1", "[{\"a\":[1]}]"), "i.jsonl:1 holds a list in column `a`"),
    ] {
        let (_folder, paths) = written(&[("model_inputs/i.jsonl", text)]);
        let error = read(&paths, &ReadOptions::default()).expect_err("is refused");
        assert!(error.to_string().contains(said) && error.hint_text().is_some(), "{error}");
    }
    let (_folder, paths) =
        written(&[("model_inputs/i.jsonl", good), ("rows.csv", "a\n1\n".to_owned())]);
    let error = read(&paths, &ReadOptions::default()).expect_err("is refused");
    assert!(error.to_string().contains("rows.csv was not"), "{error}");
}

#[test]
fn ranges_tell_whole_payloads_from_parts() {
    for (range, whole) in [
        ("", true),
        ("bytes 0-116/117", true),
        ("bytes 0-99/117", false),
        ("bytes 100-116/117", false),
        ("bytes 0-18446744073709551615/1", true),
    ] {
        assert_eq!(is_whole(range), whole, "{range}");
    }
}

#[test]
fn a_key_that_stands_twice_is_refused_wherever_it_is() {
    let twice = "[{\"a\":1,\"a\":2}]";
    let text = serde_json::to_string(twice).expect("JSON");
    let once = event("model_inputs", "r1", "[{\"a\":1}]");
    let event_twice = once.replacen("\"time\"", "\"id\":\"x\",\"time\"", 1);
    for (lines, name) in [
        (event("model_inputs", "r1", twice), "a"),
        (event("model_inputs", "r1", &text), "a"),
        (event_twice, "id"),
    ] {
        let (_folder, root) = written(&[("model_inputs/i.jsonl", lines)]);
        let error = read(&root, &ReadOptions::default()).expect_err("refused").to_string();
        assert!(
            error.ends_with(&format!("i.jsonl:1 names column `{name}` twice in one object")),
            "{error}"
        );
    }
}
