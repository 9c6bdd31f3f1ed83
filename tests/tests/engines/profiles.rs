//! The same rows by a file and by engines that run here.

use std::path::Path;

use outerloop_core::data::ProfileOptions;
use outerloop_core::domain::profile::Profile;
use outerloop_core::sql::Relation;
use outerloop_core::steps::engine_profile::{self, EngineInput};
use outerloop_tests::Workshop;
use outerloop_tests::engines::{DuckDb, Sail};

use crate::agree::{agree, column, sorted};
use crate::data;

const ROWS: usize = 20_000;

fn profile(workshop: &Workshop, name: &str) -> Profile {
    let bytes = std::fs::read(workshop.path().join(name)).expect("a profile");
    Profile::from_bytes(&bytes).expect("a sound profile")
}

fn table(file: &Path) -> String {
    format!("parquet.`{}`", file.display())
}

/// Everything that `address` must count as the file has it.
fn everything(address: &str) {
    let workshop = Workshop::new();
    let files = ["before", "now"].map(|name| workshop.path().join(format!("{name}.parquet")));
    data::write(&files[0], ROWS, 3, 0.0);
    data::write(&files[1], ROWS, 5, 0.7);
    for (name, file) in ["before", "now"].iter().zip(&files) {
        let (here, there) = (format!("{name}-file.profile.json"), format!("{name}.profile.json"));
        let path = file.display().to_string();
        let common = ["--label", "flag", "--categories", "few", "--by", "köln", "--json"];
        workshop.run(&[&["profile", &path, "--out", &here][..], &common].concat()).exits(0);
        let table = table(file);
        let asked = ["profile", "--engine", address, "--table", &table, "--out", &there];
        let told = workshop.run(&[&asked[..], &common].concat()).exits(0).json();
        assert!(told["engine"].as_str().is_some_and(|e| e.contains(address)), "{told}");
        assert!(told["queries"].as_u64().is_some_and(|n| n < 40), "{told}");
        let (file_profile, engine) = (profile(&workshop, &here), profile(&workshop, &there));
        agree(&file_profile, &engine, Some(&sorted(file)));
        let segments = |p: &Profile| p.segments.clone().expect("segments");
        let (one, other) = (segments(&file_profile), segments(&engine));
        assert_eq!(one.segments.len(), 5);
        for (one, other) in one.segments.iter().zip(&other.segments) {
            assert_eq!((&one.name, one.rows), (&other.name, other.rows));
            for (one, other) in one.columns.iter().zip(&other.columns) {
                column(one, other, None);
            }
        }
    }
    // Whoever made the profiles, the verdict is the same.
    let verdict = |before: &str, now: &str| {
        let found = workshop.run(&["compare", before, now, "--json"]).exits(1).json();
        let columns = found["columns"].as_array().expect("columns").clone();
        let drifted = columns.iter().map(|c| (c["name"].to_string(), c["drifted"].clone()));
        drifted.collect::<std::collections::BTreeMap<_, _>>()
    };
    let by_file = verdict("before-file.profile.json", "now-file.profile.json");
    assert!(by_file.iter().any(|(name, drifted)| name == "\"zeros\"" && *drifted == true));
    assert_eq!(verdict("before.profile.json", "now.profile.json"), by_file);
    assert_eq!(verdict("before-file.profile.json", "now.profile.json"), by_file);
    // Profiles of both kinds go together.
    let merged = ["before.profile.json", "now-file.profile.json", "--out", "all.profile.json"];
    workshop.run(&[&["merge"][..], &merged].concat()).exits(0);
    assert_eq!(profile(&workshop, "all.profile.json").rows, 2 * ROWS as u64);
}

#[test]
#[ignore = "needs Sail, which cargo xtask test installs"]
fn sail_counts_what_is_in_the_file() {
    everything(&Sail::start().address());
}

#[test]
#[ignore = "needs Apache Spark: set OUTERLOOP_TEST_SPARK to its address, sc://host:port"]
fn real_spark_counts_what_is_in_the_file() {
    let address = std::env::var("OUTERLOOP_TEST_SPARK");
    everything(&address.expect("OUTERLOOP_TEST_SPARK is the address of Spark on this machine"));
}

#[test]
#[ignore = "needs Sail, which cargo xtask test installs"]
fn columns_that_cannot_be_profiled_are_named() {
    let sail = Sail::start();
    let (workshop, address) = (Workshop::new(), sail.address());
    let run = |query: &str, more: &[&str]| {
        let asked = ["profile", "--engine", &address, "--query", query];
        workshop.run(&[&asked[..], more].concat()).exits(2).stderr
    };
    let names = "SELECT CAST(id AS DOUBLE) / 7 AS x FROM range(2000)";
    assert!(run(names, &["--categories", "x"]).contains("column `x` has 2000 distinct values"));
    assert!(run("SELECT array(1) AS x", &[]).contains("column `x`"));
    assert!(run("SELECT 1 AS x, 2 AS X", &[]).contains("two columns `X`"));
    assert!(run("SELECT 1 AS x", &["--label", "y"]).contains("It has: x"));
    assert!(run("SELECT 1 AS x", &["--ignore", "x"]).contains("has no columns"));
    let parts = "SELECT id AS x, 1 AS y FROM range(201)";
    assert!(run(parts, &["--by", "x"]).contains("more than 200 values"));
    assert!(!workshop.path().join("data.profile.json").exists());
}

#[test]
#[ignore = "needs Sail, which cargo xtask test installs"]
fn names_that_no_column_has_are_refused_as_those_of_files_are() {
    let sail = Sail::start();
    let workshop = Workshop::new();
    let file = workshop.path().join("rows.parquet");
    data::write(&file, 40, 9, 0.0);
    let (path, table, address) = (file.display().to_string(), table(&file), sail.address());
    let here = ["profile", &path];
    let there = ["profile", "--engine", &address, "--table", &table];
    workshop.write("outerloop.yaml", "model: acme\nmonitor: {time: at}\n");
    for option in ["--ignore", "--categories"] {
        for asked in [&here[..], &there] {
            let ran = workshop.run(&[asked, &[option, "zeors"]].concat()).exits(2);
            let says = format!("error: no column `zeors`, which {option} names, is in the data");
            assert!(ran.stderr.contains(&says), "{ran:?}");
            assert!(ran.stderr.contains("did you mean `zeros`?"), "{ran:?}");
        }
    }
    let by = workshop.run(&[&there[..], &["--label", "flga"]].concat()).exits(2);
    assert!(by.stderr.contains("did you mean `flag`?"), "{by:?}");
    // A time that the configuration names need not be there.
    workshop.run(&[&there[..], &["--ignore", "zeros"]].concat()).exits(0);
    let profile = profile(&workshop, "data.profile.json");
    assert!(profile.columns.iter().all(|c| c.name != "zeros"));
}

#[test]
#[ignore = "needs Sail, which cargo xtask test installs"]
fn sail_on_little_data() {
    let sail = Sail::start();
    let workshop = Workshop::new();
    for rows in [0, 1, 2, 40] {
        let file = workshop.path().join(format!("{rows}.parquet"));
        data::write(&file, rows, 9, 0.0);
        let path = file.display().to_string();
        let here = workshop.run(&["profile", &path, "--out", "here.profile.json"]);
        let (address, table) = (sail.address(), table(&file));
        let arguments = ["profile", "--engine", &address, "--table", &table];
        let there = workshop.run(&[&arguments[..], &["--out", "there.profile.json"]].concat());
        assert_eq!(here.code, there.code, "{here:?} {there:?}");
        if rows == 0 {
            assert!(there.stderr.contains("has no rows"), "{there:?}");
            continue;
        }
        here.exits(0);
        let own = profile(&workshop, "here.profile.json");
        agree(&own, &profile(&workshop, "there.profile.json"), Some(&sorted(&file)));
    }
}

#[test]
#[ignore = "needs DuckDB, which cargo xtask test installs"]
fn duckdb_answers_the_same_queries() {
    let workshop = Workshop::new();
    let file = workshop.path().join("rows.parquet");
    data::write(&file, ROWS, 3, 0.0);
    let path = file.display().to_string();
    workshop.run(&["profile", &path, "--by", "köln", "--out", "here.profile.json"]).exits(0);
    let engine = DuckDb::over(&file);
    let found = engine_profile::run(&EngineInput {
        engine: &engine,
        relation: &Relation::table("rows_of_file").expect("a table"),
        source: "rows_of_file",
        categories: &[],
        ignore: &[],
        options: ProfileOptions::default(),
        by: Some("köln"),
        names: None,
        drop_rare: None,
        tell: &|_| (),
    });
    let found = found.expect("DuckDB answers");
    agree(&profile(&workshop, "here.profile.json"), &found.profile, Some(&sorted(&file)));
}

#[test]
#[ignore = "needs Sail, which cargo xtask test installs"]
fn many_columns_are_few_queries() {
    let sail = Sail::start();
    let workshop = Workshop::new();
    let columns: Vec<String> = (0..60).map(|i| format!("id * {i} % 1009 AS c{i}")).collect();
    let query = format!("SELECT {} FROM range(2000)", columns.join(", "));
    let told = workshop
        .run(&[
            "profile",
            "--engine",
            &sail.address(),
            "--query",
            &query,
            "--sql",
            "q.sql",
            "--json",
        ])
        .exits(0)
        .json();
    assert_eq!(told["columns"], 60);
    assert!(told["queries"].as_u64().is_some_and(|n| n < 60), "{told}");
    let asked = std::fs::read_to_string(workshop.path().join("q.sql")).expect("the queries");
    assert_eq!(Some(asked.matches(";\n\n").count() as u64), told["queries"].as_u64());
}
