//! Profiles through the binary: one reading, shards put together, and the verdicts of both.

use std::fmt::Write as _;

use outerloop_tests::Workshop;
use serde_json::Value;

/// Rows of a data set, moved by `shift`; no two seeds give the same.
fn rows(seed: u64, count: u64, shift: f64) -> Vec<String> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let line = |_| {
        let (a, b, c) = (next(), next(), next());
        let amount = (a * 6.0 + shift).exp();
        let city = ["berlin", "köln", "", "bonn"][(b * 4.0) as usize];
        format!("{amount},{},{city},{}", (c * 40.0).floor() + shift, u8::from(a > b))
    };
    (0..count).map(line).collect()
}

fn csv(rows: &[String]) -> String {
    let mut text = "amount,age,city,target\n".to_owned();
    rows.iter().for_each(|row| writeln!(text, "{row}").expect("writes"));
    text
}

/// Everything that the comparison decided, without its figures.
fn verdict(found: &Value) -> (Value, Vec<(String, bool)>) {
    let columns = found["columns"].as_array().expect("columns").iter();
    let mut drifted: Vec<(String, bool)> =
        columns.map(|c| (c["name"].to_string(), c["drifted"].as_bool().expect("a flag"))).collect();
    drifted.sort();
    (found["status"].clone(), drifted)
}

#[test]
fn shards_put_together_give_the_verdict_of_one_reading() {
    for (shift, status, code) in [(0.0, "ok", 0), (0.8, "drift", 1)] {
        let workshop = Workshop::new();
        let (before, now) = (rows(7, 6000, 0.0), rows(11, 5000, shift));
        workshop.write("before.csv", csv(&before));
        workshop.write("now.csv", csv(&now));
        let profiled = workshop
            .run(&["profile", "before.csv", "--out", "before.profile.json", "--json"])
            .exits(0)
            .json();
        assert_eq!((&profiled["rows"], &profiled["columns"]), (&6000.into(), &4.into()));
        workshop.run(&["profile", "now.csv", "--out", "now.profile.json"]).exits(0);
        for (i, size) in [700, 1900, 2400].iter().scan(0, |at, size| {
            *at += size;
            Some((*at - size, *size))
        }) {
            let name = format!("s{i}.csv");
            workshop.write(&name, csv(&now[i..i + size]));
            let out = format!("shard-{i}.profile.json");
            workshop.run(&["profile", &name, "--out", &out]).exits(0);
        }
        let shards = ["shard-2600.profile.json", "shard-0.profile.json", "shard-700.profile.json"];
        let merge = [&["merge"][..], &shards, &["--out", "all.profile.json"]].concat();
        workshop.run(&merge).exits(0);
        let compare = |baseline: &str, current: &[&str]| {
            let arguments = [&["compare", baseline][..], current, &["--json"]].concat();
            verdict(&workshop.run(&arguments).exits(code).json())
        };
        let whole = compare("before.profile.json", &["now.profile.json"]);
        assert_eq!(whole.0, status);
        assert_eq!(compare("before.profile.json", &["all.profile.json"]), whole);
        assert_eq!(compare("before.profile.json", &shards), whole, "merged on the way");
        assert_eq!(compare("before.profile.json", &["now.csv"]), whole, "rows against a profile");
        assert_eq!(compare("before.csv", &["all.profile.json"]), whole, "a profile against rows");
        assert_eq!(
            compare("before.csv", &["shard-*.profile.json"]),
            whole,
            "a pattern of profiles"
        );
        std::fs::create_dir(workshop.path().join("shards")).expect("creates");
        for shard in shards {
            workshop.run(&["merge", shard, "--out", &format!("shards/{shard}")]).exits(0);
        }
        assert_eq!(compare("before.csv", &["shards"]), whole, "a folder of profiles");
        workshop.run(&["merge", "shards", "--out", "again.profile.json"]).exits(0);
        assert_eq!(compare("before.csv", &["again.profile.json"]), whole);
    }
}

#[test]
fn the_same_rows_give_the_same_bytes_with_any_number_of_threads() {
    let workshop = Workshop::new();
    workshop.write("a.csv", csv(&rows(3, 30_000, 0.0)));
    let digest = |threads: &str| {
        let arguments = ["profile", "a.csv", "--by", "city", "--out", "a.profile.json", "--json"];
        let mut command = workshop.command(&arguments);
        let ran = Workshop::ran(command.env("RAYON_NUM_THREADS", threads)).exits(0).json();
        ran["digest"].clone()
    };
    assert_eq!(digest("1"), digest("2"));
    assert_eq!(digest("1"), digest("5"));
    let text = std::fs::read_to_string(workshop.path().join("a.profile.json")).expect("a profile");
    let profile: Value = serde_json::from_str(&text).expect("JSON");
    let segments = profile["segments"]["segments"].as_array().expect("segments");
    let names: Vec<&str> = segments.iter().filter_map(|s| s["name"].as_str()).collect();
    assert_eq!(names, ["berlin", "bonn", "köln"]);
    let rows: u64 = segments.iter().filter_map(|s| s["rows"].as_u64()).sum();
    let nulls = profile["columns"][2]["nulls"].as_u64().expect("nulls");
    assert_eq!(rows + nulls, 30_000);
}

#[test]
fn errors_are_stated_where_points_stand_for_values() {
    let workshop = Workshop::new();
    let (before, now) = (rows(7, 6000, 0.0), rows(11, 5000, 0.3));
    workshop.write("before.csv", csv(&before));
    workshop.write("now.csv", csv(&now));
    workshop.run(&["profile", "before.csv", "--out", "before.profile.json"]).exits(0);
    let found = workshop.run(&["compare", "before.profile.json", "now.csv", "--json"]).json();
    let exact =
        workshop.run(&["compare", "before.csv", "now.csv", "--all-measures", "--json"]).json();
    let column = |found: &Value, name: &str| {
        let columns = found["columns"].as_array().expect("columns");
        columns.iter().find(|c| c["name"] == name).expect(name).clone()
    };
    let (amount, truth) = (column(&found, "amount"), column(&exact, "amount"));
    let (ks, error) = (amount["metrics"]["ks"].as_f64(), amount["errors"]["ks"].as_f64());
    let (ks, error) = (ks.expect("ks"), error.expect("its error"));
    let exact = truth["metrics"]["ks"].as_f64().expect("the exact one");
    assert!((ks - exact).abs() <= error && error < 0.02, "{ks} ± {error}, exactly {exact}");
    assert_eq!(column(&found, "age")["errors"], serde_json::json!({}), "every value is known");
}

#[test]
fn what_cannot_be_used_is_said() {
    let workshop = Workshop::new();
    workshop.write("a.csv", csv(&rows(3, 300, 0.0)));
    workshop.write("odd.profile.json", "{\"profile-version\": 1}");
    workshop.run(&["profile", "a.csv", "--out", "a.json"]).exits(2).says(".profile.json");
    workshop.run(&["profile", "a.csv", "--label", "targt"]).exits(2).says("target");
    workshop.run(&["profile", "a.csv", "--by", "amount"]).exits(2).says("more than 200 values");
    workshop.run(&["profile", "none.csv"]).exits(2).says("none.csv");
    workshop.run(&["merge", "odd.profile.json"]).exits(2).says("version 1");
    workshop.run(&["profile", "a.csv", "--out", "a.profile.json"]).exits(0);
    workshop.run(&["profile", "a.csv", "--ignore", "age", "--out", "b.profile.json"]).exits(0);
    workshop.run(&["merge", "a.profile.json", "b.profile.json"]).exits(2).says("age");
    let mixed = ["compare", "a.profile.json", "a.csv", "a.profile.json"];
    workshop.run(&mixed).exits(2).says("outerloop profile");
    let peers = ["compare", "a.profile.json", "a.csv", "--preset", "evidently"];
    workshop.run(&peers).exits(2).says("needs the data itself");
}

#[test]
fn a_package_takes_a_profile_over_and_monitoring_compares_with_profiles() {
    let workshop = Workshop::new();
    workshop.write("a.csv", csv(&rows(3, 4000, 0.0)));
    workshop.write("b.csv", csv(&rows(5, 3000, 0.9)));
    workshop.run(&["profile", "a.csv", "--out", "a.profile.json"]).exits(0);
    workshop.run(&["profile", "b.csv", "--out", "b.profile.json"]).exits(0);
    workshop.write("model.bin", "one");
    workshop.write(
        "outerloop.yaml",
        "model: acme\nstore: {path: .store}\npackage:\n  path: model.bin\n  baseline: {path: a.profile.json, label: target}\n",
    );
    workshop.run(&["package"]).exits(0);
    let registered = workshop.run(&["register", "--json"]).exits(0).json();
    let reference = registered["ref"].as_str().expect("a reference");
    workshop.run(&["promote", reference, "--to", "champion"]).exits(0);
    let monitor = |current: &str, code: i32| {
        workshop
            .run(&["monitor", "--model", "acme", "--current", current, "--json"])
            .exits(code)
            .json()
    };
    let rows = monitor("b.csv", 1);
    let profile = monitor("b.profile.json", 1);
    assert_eq!(rows["rows"], profile["rows"]);
    let names = |found: &Value| {
        let mut names: Vec<String> = found["drifted"]
            .as_array()
            .map(|all| all.iter().map(Value::to_string).collect())
            .unwrap_or_default();
        names.sort();
        names
    };
    assert_eq!(names(&rows), names(&profile));
    assert_eq!(monitor("a.profile.json", 0)["status"], "ok");
}

#[test]
fn a_profile_of_fewer_names_is_small_and_still_tells_drift() {
    let workshop = Workshop::new();
    // 900 long names, the first of them often.
    let name = |i: usize| format!("{}-{i:04}", "a-rather-long-name-of-a-place".repeat(2));
    let rows = |often: usize| -> String {
        let row = |i: usize| name(if i.is_multiple_of(2) { often } else { i / 2 % 900 });
        (0..9000).map(row).fold("place\n".to_owned(), |text, row| text + &row + "\n")
    };
    workshop.write("before.csv", rows(0));
    workshop.write("calm.csv", rows(0));
    workshop.write("apart.csv", rows(7));
    let profiled = |out: &str, more: &[&str]| {
        let arguments = ["profile", "before.csv", "--out", out, "--json"];
        let found = workshop.run(&[&arguments[..], more].concat()).exits(0).json();
        found["bytes"].as_u64().expect("bytes")
    };
    let whole = profiled("whole.profile.json", &[]);
    let few = profiled("few.profile.json", &["--names", "15"]);
    assert!(whole > 50_000 && few < 2000, "{whole} {few}");
    workshop.run(&["compare", "few.profile.json", "calm.csv"]).exits(0);
    let ran = workshop.run(&["compare", "few.profile.json", "apart.csv"]).exits(1);
    assert!(ran.stdout.contains("place: "), "{ran:?}");
    workshop.run(&["profile", "before.csv", "--names", "0"]).exits(2);
}

#[test]
fn a_model_that_is_less_sure_is_told_from_rows_and_from_profiles_alike() {
    let workshop = Workshop::new();
    // On either side of one half alike, and nearer to it later.
    let scores = |near: f64| {
        let far = |i: u32| f64::from(i * 7919 % 3000) / 6000.0 * near;
        let score = |i: u32| if i.is_multiple_of(2) { 0.5 + far(i) } else { 0.5 - far(i) };
        (0..3000).map(|i| format!("{}\n", score(i))).collect::<String>()
    };
    workshop.write("before.csv", format!("score\n{}", scores(1.0)));
    workshop.write("now.csv", format!("score\n{}", scores(0.5)));
    for name in ["before", "now"] {
        let (data, out) = (format!("{name}.csv"), format!("{name}.profile.json"));
        workshop
            .run(&["profile", &data, "--prediction", "score", "--out", &out, "--json"])
            .exits(0);
    }
    for now in ["now.csv", "now.profile.json"] {
        let found =
            workshop.run(&["compare", "before.profile.json", now, "--json"]).exits(1).json();
        let columns = found["columns"].as_array().expect("columns");
        let sure = columns.iter().find(|c| c["name"] == "score (confidence)").expect("a column");
        assert_eq!(sure["drifted"], true, "{now}: {found}");
        let ks = sure["metrics"]["ks"].as_f64().expect("a distance");
        let error = sure["errors"]["ks"].as_f64().expect("points have an error");
        assert!((ks - 0.5).abs() <= error && error < 0.1, "{now}: {ks} ± {error}");
    }
    let calm = ["compare", "before.profile.json", "before.csv"];
    assert!(workshop.run(&calm).exits(0).stdout.contains("none of 2 columns drifted"));
}
