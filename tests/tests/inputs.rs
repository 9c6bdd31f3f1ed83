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

/// Rows with words that are not ASCII, in CSV.
fn worded(words: [&str; 3]) -> String {
    let row = |i: usize| format!("{},{}\n", i * 7 % 101, words[i % 3]);
    format!("betrag,größe\n{}", (0..400).map(row).collect::<String>())
}

/// Western letters, a byte each.
fn western(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).expect("a western letter")).collect()
}

#[test]
fn text_in_any_encoding_is_what_it_is_in_utf_8() {
    let workshop = Workshop::new();
    let text = worded(["klein", "groß", "größer"]);
    workshop.write("utf8.csv", &text);
    workshop.write("western.csv", western(&text));
    let line = |row: &str| {
        let (amount, word) = row.split_once(',').expect("two");
        format!("{{\"betrag\":{amount},\"größe\":\"{word}\"}}\n")
    };
    let lines: String = text.lines().skip(1).map(line).collect();
    workshop.write("western.jsonl", western(&lines));
    for file in ["western.csv", "western.jsonl"] {
        let ran = workshop.run(&["compare", "utf8.csv", file]).exits(2);
        let said = all(&ran);
        assert!(said.contains("is not UTF-8") && said.contains("--encoding"), "{said}");
        let with = ["compare", "utf8.csv", file, "--encoding", "latin1"];
        // The option tells of what says nothing itself: UTF-8 with its mark stays what it is.
        workshop.write("utf8.csv", format!("\u{feff}{text}"));
        let found = workshop.run(&[&with[..], &["--json"]].concat()).exits(0).json();
        let names = found["columns"].as_array().expect("columns").iter().map(|c| c["name"].clone());
        assert_eq!(names.collect::<Vec<_>>(), ["betrag", "größe"], "{found}");
        workshop.write("utf8.csv", &text);
    }
    // As the configuration says, for every verb; an option goes over it.
    workshop.write("outerloop.yaml", "data: {encoding: windows-1252}\n");
    let profile = ["profile", "western.csv", "western.jsonl", "--out", "a.profile.json"];
    workshop.run(&profile).exits(0);
    let kept = std::fs::read_to_string(workshop.path().join("a.profile.json")).expect("reads");
    assert!(kept.contains("größer"), "{kept}");
    let ran = workshop.run(&["compare", "utf8.csv", "utf8.csv", "--encoding", "utf-8"]).exits(0);
    assert!(ran.stdout.contains("none of 2 columns drifted"), "{ran:?}");
    let ran = workshop.run(&["compare", "utf8.csv", "utf8.csv", "--encoding", "cp-1"]).exits(2);
    assert!(all(&ran).contains("`cp-1` is no encoding that is known"), "{ran:?}");
    workshop.write("outerloop.yaml", "data: {encoding: cp-1}\n");
    let ran = workshop.run(&["compare", "utf8.csv", "utf8.csv"]).exits(2);
    assert!(all(&ran).contains("data.encoding"), "{ran:?}");
}

#[test]
fn what_an_encoding_does_not_have_is_named_by_its_line() {
    let workshop = Workshop::new();
    // 日本 and 大 in Shift_JIS.
    let word = |i: usize| if i.is_multiple_of(2) { &b"\x93\xfa\x96\x7b"[..] } else { b"\x91\xe5" };
    let rows = |count: usize| -> Vec<u8> {
        let row = |i: usize| [format!("{},", i % 101).as_bytes(), word(i), b"\n"].concat();
        [b"x,y\n".to_vec(), (0..count).flat_map(row).collect()].concat()
    };
    workshop.write("japanese.csv", rows(400));
    let arguments =
        ["profile", "japanese.csv", "--out", "a.profile.json", "--encoding", "shift_jis"];
    workshop.run(&arguments).exits(0);
    let kept = std::fs::read_to_string(workshop.path().join("a.profile.json")).expect("reads");
    assert!(kept.contains("日本") && kept.contains("大"), "{kept}");
    workshop.write("japanese.csv", [rows(100), b"1,\xff\n".to_vec(), rows(9)].concat());
    let ran = workshop.run(&arguments).exits(2);
    assert!(all(&ran).contains("japanese.csv:102 is not Shift_JIS"), "{ran:?}");
}

#[test]
fn whether_the_first_line_names_the_columns_can_be_said() {
    let workshop = Workshop::new();
    let columns = |arguments: &[&str]| {
        let ran = workshop.run(&[&["compare"][..], arguments, &["--json"]].concat()).exits(0);
        let found = ran.json()["columns"].clone();
        let names = found.as_array().expect("columns").iter().map(|c| c["name"].clone());
        let names = names.map(|n| n.as_str().unwrap_or_default().to_owned());
        names.collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    };
    // Years as names, which could be values; and values, which could be names.
    let rows: String = (0..400).map(|i| format!("{},{}\n", i * 7 % 101, i * 3 % 97)).collect();
    workshop.write("years.csv", format!("2025,2026\n{rows}"));
    workshop.write("values.csv", format!("7.5,1\n{rows}"));
    assert_eq!(columns(&["years.csv", "years.csv"]), ["2025", "2026"]);
    assert_eq!(columns(&["years.csv", "years.csv", "--header", "no"]), ["column-1", "column-2"]);
    assert_eq!(columns(&["values.csv", "values.csv"]), ["column-1", "column-2"]);
    assert_eq!(columns(&["values.csv", "values.csv", "--header", "yes"]), ["1", "7.5"]);
    workshop.write("outerloop.yaml", "data: {header: true}\n");
    assert_eq!(columns(&["values.csv", "values.csv"]), ["1", "7.5"]);
    let auto = ["values.csv", "values.csv", "--header", "auto"];
    assert_eq!(columns(&auto), ["column-1", "column-2"]);
    // Scores without names, as a model's output often is.
    let scores: String = (0..400).map(|i| format!("{},0.{:03}\n", i % 2, i * 7 % 997)).collect();
    workshop.write("scores.csv", scores);
    let arguments = [
        "evaluate",
        "scores.csv",
        "--header",
        "no",
        "--label",
        "column-1",
        "--score",
        "column-2",
        "--json",
    ];
    assert_eq!(workshop.run(&arguments).exits(0).json()["rows"], 400);
}

/// Rows with a time, a whole number that rises and an id, from `first` on.
fn timed(first: u32, day: &str) -> String {
    let row =
        |i: u32| format!("{},{day} {:02}:00,{},k{}\n", i * 37 % 101, i % 24, first + i, first + i);
    format!("x,at,t,key\n{}", (0..400).map(row).collect::<String>())
}

#[test]
fn columns_of_times_are_left_out_and_said() {
    let workshop = Workshop::new();
    workshop.write("before.csv", timed(0, "2026-11-01"));
    workshop.write("now.csv", timed(5000, "2026-12-24"));
    workshop.run(&["compare", "before.csv", "now.csv"]).exits(1);
    workshop.write("outerloop.yaml", "monitor: {time: t, id: key}\n");
    let said = workshop.run(&["compare", "before.csv", "now.csv"]).exits(0);
    assert!(all(&said).contains("guessed: at is of times"), "{said:?}");
    let found = workshop.run(&["compare", "before.csv", "now.csv", "--json"]).exits(0).json();
    assert_eq!(found["columns"].as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(
        (&found["guessed"][0]["column"], &found["guessed"][0]["kind"]),
        (&"at".into(), &"time".into())
    );
    let forced = ["compare", "before.csv", "now.csv", "--categories", "at"];
    assert!(all(&workshop.run(&forced).exits(1)).contains("new-categories"));
    let made = |name: &str, more: &[&str]| {
        let out = format!("{name}.profile.json");
        let data = format!("{name}.csv");
        workshop.run(&[&["profile", &data, "--out", &out][..], more].concat()).exits(0)
    };
    let before = made("before", &[]);
    assert!(all(&before).contains("column `at` holds times"), "{before:?}");
    made("now", &[]);
    for now in ["now.csv", "now.profile.json"] {
        workshop.run(&["compare", "before.profile.json", now]).exits(0);
    }
    let forced = made("before", &["--categories", "at,t", "--json"]).json();
    assert_eq!(forced["columns"], 3, "{forced}");
}
