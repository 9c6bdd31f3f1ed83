//! What is read, through the binary: folders as columns, what Azure Machine Learning collects, and
//! what is said of how it was recognised.

use outerloop_tests::stores::Store;
use outerloop_tests::{Ran, Workshop};

/// Everything that a run says, in one text.
fn all(ran: &Ran) -> String {
    format!("{}{}", ran.stdout, ran.stderr)
}

/// Rows of a CSV file.
fn rows(count: usize, shift: f64) -> String {
    let rows = (0..count).map(|i| format!("{},{}\n", (i * 7 % 101) as f64 + shift, i % 3));
    format!("amount,kind\n{}", rows.collect::<String>())
}

/// Events of one collection, a request each.
fn events(kind: &str, day: &str, count: usize, row: &dyn Fn(usize) -> String) -> String {
    let event = |i: usize| {
        let (id, minute) = (format!("{day}-{i}"), i % 60);
        format!(
            "{{\"specversion\":\"1.0\",\"id\":\"{kind}-{id}\",\"source\":\"/subscriptions/0\",\
             \"type\":\"azureml.inference.{kind}\",\"datacontenttype\":\"application/json\",\
             \"time\":\"{day}T08:{minute:02}:00Z\",\"data\":[{}],\"correlationid\":\"{id}\",\
             \"xrequestid\":\"{id}\",\"modelversion\":\"1\",\
             \"collectdatatype\":\"pandas.core.frame.DataFrame\",\"agent\":\"acme\",\
             \"contentrange\":\"bytes 0-9/10\"}}\n",
            row(i)
        )
    };
    (0..count).map(event).collect()
}

/// The folder of a deployment with two days, the second of them with other values.
fn collected() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for (day, shift) in [("2026-07-01", 0), ("2026-07-02", 500)] {
        let folder = format!("{}/08", day.replace('-', "/"));
        let input = |i: usize| format!("{{\"amount\":{},\"kind\":{}}}", i * 7 % 101 + shift, i % 3);
        let output = |i: usize| format!("{{\"score\":{}}}", (i * 7 % 101) as f64 / 101.0);
        let inputs = events("model_inputs", day, 300, &input);
        files.push((format!("blue/model_inputs/{folder}/a.jsonl"), inputs));
        // One answer of each day is lost.
        let outputs = events("model_outputs", day, 299, &output);
        files.push((format!("blue/model_outputs/{folder}/b.jsonl"), outputs));
    }
    files
}

/// A registered model whose baseline has the columns of what is collected.
fn served(workshop: &Workshop) {
    let row = |i: usize| format!("{},{},{}\n", i * 7 % 101, i % 3, (i * 7 % 101) as f64 / 101.0);
    let rows: String = (0..400).map(row).collect();
    workshop.write("baseline.csv", format!("amount,kind,score\n{rows}"));
    workshop.write("model.bin", "one");
    workshop.write(
        "outerloop.yaml",
        "model: acme\nstore: {path: .store}\npackage:\n  path: model.bin\n  \
         baseline: {path: baseline.csv, prediction: score}\nmonitor: {time: time}\n",
    );
    workshop.run(&["package"]).exits(0);
    workshop.run(&["register", "--version", "1.0.0"]).exits(0);
}

#[test]
fn folders_of_partitions_are_columns() {
    let workshop = Workshop::new();
    for (month, shift) in [("07", 0.0), ("08", 0.0)] {
        workshop.write(&format!("data/year=2026/month={month}/part-0.csv"), rows(300, shift));
    }
    let out = ["--out", "a.profile.json", "--json"];
    let arguments = [&["profile", "data", "--by", "month"][..], &out].concat();
    let ran = workshop.run(&arguments).exits(0);
    let found = ran.json();
    assert_eq!((&found["rows"], &found["columns"]), (&600.into(), &4.into()));
    assert!(ran.stderr.contains("folders named KEY=VALUE are columns: `year`, `month`"), "{ran:?}");
    let text = std::fs::read_to_string(workshop.path().join("a.profile.json")).expect("reads");
    let profile: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let segments = profile["segments"]["segments"].as_array().expect("segments");
    let names: Vec<_> = segments.iter().filter_map(|s| s["name"].as_str()).collect();
    assert_eq!(names, ["07", "08"]);
    // Two months beside each other: the key that was named in full is no column, and no drift.
    let ran = workshop.run(&["compare", "data/year=2026/month=07", "data/year=2026/month=08"]);
    assert!(ran.exits(0).stdout.contains("none of 2 columns drifted"));
    workshop.write("data/rest.csv", rows(3, 0.0));
    let ran = workshop.run(&["compare", "data", "data"]).exits(2);
    assert!(all(&ran).contains("rest.csv is in no folder `year=…`"), "{ran:?}");
}

#[test]
fn what_azure_collects_is_recognised_joined_and_monitored_by_time() {
    let workshop = Workshop::new();
    collected().iter().for_each(|(name, text)| {
        workshop.write(name, text);
    });
    served(&workshop);
    let monitor = |more: &[&str]| {
        let current = ["monitor", "--model", "acme@1.0.0", "--current", "blue", "--json"];
        workshop.run(&[&current[..], more].concat())
    };
    let ran = monitor(&["--until", "2026-07-02"]).exits(0);
    let found = ran.json();
    assert_eq!((&found["rows"], &found["span"]["outside"]), (&299.into(), &299.into()), "{found}");
    assert!(ran.stderr.contains("data collected by Azure Machine Learning"), "{ran:?}");
    let joined = "inputs and outputs of 598 requests joined, 598 rows";
    assert!(ran.stderr.contains(joined), "{ran:?}");
    assert!(ran.stderr.contains("left out: 2 requests without outputs"), "{ran:?}");
    let found = monitor(&["--since", "2026-07-02"]).exits(1).json();
    assert_eq!(found["drifted"], serde_json::json!(["amount"]), "{found}");
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn partitions_profiles_and_collected_data_are_read_from_azure() {
    let workshop = Workshop::new();
    workshop.write("a.csv", rows(300, 0.0));
    workshop.run(&["profile", "a.csv", "--out", "a.profile.json"]).exits(0);
    let profile = std::fs::read(workshop.path().join("a.profile.json")).expect("reads");
    let mut files: Vec<(String, Vec<u8>)> =
        collected().into_iter().map(|(n, t)| (format!("acme/{n}"), t.into_bytes())).collect();
    for month in ["07", "__HIVE_DEFAULT_PARTITION__"] {
        let name = format!("acme/parts/month={month}/part-0.csv");
        files.push((name, rows(300, 0.0).into_bytes()));
    }
    for shard in ["one", "two"] {
        files.push((format!("acme/profiles/{shard}.profile.json"), profile.clone()));
    }
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), &**b)).collect();
    let store = Store::azure(&files);
    let run = |arguments: &[&str]| {
        let mut command = workshop.command(arguments);
        let azurite = [
            ("AZURE_STORAGE_USE_EMULATOR", "true"),
            ("AZURITE_BLOB_STORAGE_URL", store.fact("url")),
        ];
        let ran = Workshop::ran(command.envs(azurite));
        assert!(!format!("{ran:?}").contains(".outerloop/fetched"), "{ran:?}");
        ran
    };
    let ran = run(&["profile", "az://acme/parts/", "--out", "b.profile.json", "--json"]).exits(0);
    assert_eq!((&ran.json()["rows"], &ran.json()["columns"]), (&600.into(), &3.into()));
    assert!(ran.stderr.contains("az://acme/parts/month=07/part-0.csv"), "{ran:?}");
    for profiles in ["az://acme/profiles/", "az://acme/profiles/*.profile.json"] {
        let ran = run(&["merge", profiles, "--out", "c.profile.json", "--json"]).exits(0);
        assert_eq!(ran.json()["rows"], 600);
        let ran = run(&["compare", "a.csv", profiles, "--json"]).exits(0);
        assert_eq!(ran.json()["rows"], 600);
    }
    let one = "az://acme/profiles/one.profile.json";
    run(&["merge", one, "a.profile.json", "--out", "c.profile.json"]).exits(0);
    run(&["compare", one, "a.csv"]).exits(0);
    served(&workshop);
    let arguments = [
        "monitor",
        "--model",
        "acme@1.0.0",
        "--current",
        "az://acme/blue/",
        "--since",
        "2026-07-02",
        "--json",
    ];
    let ran = run(&arguments).exits(1);
    assert_eq!((&ran.json()["rows"], &ran.json()["drifted"][0]), (&299.into(), &"amount".into()));
    assert!(ran.stderr.contains("az://acme/blue/model_inputs/2026/07/01/08/a.jsonl"), "{ran:?}");
}
