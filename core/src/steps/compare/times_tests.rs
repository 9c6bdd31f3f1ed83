//! Columns of times, in every format, against rows and against profiles.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use arrow_array::{ArrayRef, Date32Array, Float64Array, RecordBatch, TimestampMicrosecondArray};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use jiff::Timestamp;

use super::*;
use crate::config::valid::{Config, MonitorConfig};
use crate::data::ProfileOptions;
use crate::domain::drift::DriftStatus;
use crate::stats::drift::presets::Preset;
use crate::steps::profile::{self, ProfileInput};

const ROWS: i64 = 400;
/// The first of the times, in seconds.
const FIRST: i64 = 1_793_520_000;
const DAY: i64 = 86_400;

fn config() -> MonitorConfig {
    Config::without_file(Path::new("/")).expect("defaults").monitor
}

fn names(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|name| (*name).to_owned()).collect()
}

/// The same rows in every format: `x`, `day` (a moment) and `date`, `moved` days later.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("folder"))
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).expect("file");
        path
    }

    fn text(&self, moved: i64, row: impl Fn(f64, Timestamp) -> String) -> String {
        let at = |i| Timestamp::from_second(second(i, moved)).expect("a time");
        (0..ROWS).map(|i| row(x(i), at(i)) + "\n").collect()
    }

    fn csv(&self, moved: i64) -> PathBuf {
        let row = |x, at: Timestamp| {
            let (day, time) = at.to_string().split_once('T').map(owned).expect("a time");
            format!("{x},{day} {},{day}", time.trim_end_matches('Z'))
        };
        let text = self.text(moved, row);
        self.write(&format!("{moved}.csv"), format!("x,day,date\n{text}"))
    }

    fn jsonl(&self, moved: i64) -> PathBuf {
        let row = |x, at: Timestamp| {
            let date = &at.to_string()[..10];
            format!(r#"{{"x":{x},"day":"{at}","date":"{date}"}}"#)
        };
        self.write(&format!("{moved}.jsonl"), self.text(moved, row))
    }

    fn parquet(&self, moved: i64) -> PathBuf {
        let batch = batch(moved);
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("writes");
        self.write(&format!("{moved}.parquet"), writer.into_inner().expect("bytes"))
    }

    fn arrow(&self, moved: i64) -> PathBuf {
        let batch = batch(moved);
        let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).expect("a writer");
        writer.write(&batch).expect("writes");
        self.write(&format!("{moved}.arrow"), writer.into_inner().expect("bytes"))
    }

    fn stream(&self, moved: i64) -> PathBuf {
        let batch = batch(moved);
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).expect("a writer");
        writer.write(&batch).expect("writes");
        self.write(&format!("{moved}.arrows"), writer.into_inner().expect("bytes"))
    }

    fn all(&self, moved: i64) -> [PathBuf; 5] {
        [
            self.csv(moved),
            self.jsonl(moved),
            self.parquet(moved),
            self.arrow(moved),
            self.stream(moved),
        ]
    }

    /// The profile that `profile` makes.
    fn profile(&self, name: &str, data: &Path, categories: &[String]) -> PathBuf {
        let data = [data.to_owned()];
        let options = ProfileOptions { categories: categories.to_vec(), ..Default::default() };
        let input = ProfileInput { data: &data, categories, options, ..Default::default() };
        let path = self.0.path().join(format!("{name}.profile.json"));
        profile::write(&profile::run(&input).expect("profile"), &path).expect("writes");
        path
    }
}

fn owned((a, b): (&str, &str)) -> (String, String) {
    (a.to_owned(), b.to_owned())
}

fn second(row: i64, moved: i64) -> i64 {
    FIRST + moved * DAY + row * 3600
}

fn x(row: i64) -> f64 {
    (row * 7919 % 1009) as f64 / 1009.0
}

fn batch(moved: i64) -> RecordBatch {
    let micros = TimestampMicrosecondArray::from_iter_values(
        (0..ROWS).map(|i| second(i, moved) * 1_000_000),
    );
    let day = |i| i32::try_from(second(i, moved) / DAY).expect("a day");
    let days = Date32Array::from_iter_values((0..ROWS).map(day));
    let columns: [(&str, ArrayRef); 3] = [
        ("x", Arc::new(Float64Array::from_iter_values((0..ROWS).map(x)))),
        ("day", Arc::new(micros)),
        ("date", Arc::new(days)),
    ];
    RecordBatch::try_from_iter(columns).expect("columns of one length")
}

fn compared(
    baseline: &Path,
    current: &Path,
    preset: Preset,
    categories: &[String],
    config: &MonitorConfig,
) -> CompareOutcome {
    let (baseline, current) = ([baseline.to_owned()], [current.to_owned()]);
    let (only, more) = (None, false);
    run(&CompareInput {
        baseline: &baseline,
        current: &current,
        only,
        categories,
        config,
        asked: Asked::default(),
        preset,
        more,
    })
    .expect("comparison")
}

fn ours(baseline: &Path, current: &Path) -> CompareOutcome {
    compared(baseline, current, Preset::Outerloop, &[], &config())
}

fn columns(found: &CompareOutcome) -> Vec<&str> {
    found.columns.iter().map(|c| c.name.as_str()).collect()
}

fn of_times(found: &CompareOutcome) -> Vec<&str> {
    found.guessed.iter().filter(|g| g.kind == "time").map(|g| g.column.as_str()).collect()
}

#[test]
fn times_are_left_out_alike_in_every_format_and_said() {
    let files = Files::new();
    let (same, later) = (files.all(0), files.all(90));
    for baseline in &same {
        for current in same.iter().chain(&later) {
            let found = ours(baseline, current);
            let case = format!("{} and {}: {:?}", baseline.display(), current.display(), found);
            assert_eq!((found.status, columns(&found)), (DriftStatus::Ok, vec!["x"]), "{case}");
            assert_eq!(of_times(&found), ["day", "date"], "{case}");
            assert_eq!(found.guessed[0].option, "--categories day");
            assert!(found.findings.is_empty(), "{case}");
        }
    }
}

#[test]
fn the_presets_of_others_leave_times_out_too() {
    let files = Files::new();
    let (before, now) = (files.parquet(0), files.csv(90));
    for preset in [Preset::Evidently, Preset::Nannyml, Preset::AzureMl] {
        let found = compared(&before, &now, preset, &[], &config());
        assert_eq!((columns(&found), of_times(&found)), (vec!["x"], vec!["day", "date"]));
        assert!(found.findings.is_empty(), "{:?}", found.findings);
    }
}

#[test]
fn a_column_of_times_that_is_named_as_categories_is_compared() {
    let files = Files::new();
    let categories = names(&["date"]);
    let forced = |before: &Path, now: &Path| {
        compared(before, now, Preset::Outerloop, &categories, &config())
    };
    for [before, later] in [
        [files.csv(0), files.csv(90)],
        [files.parquet(0), files.parquet(90)],
        [files.parquet(0), files.csv(90)],
    ] {
        let found = forced(&before, &later);
        assert_eq!((found.drifted(), of_times(&found)), (names(&["date"]), vec!["day"]));
        let profile = files.profile("forced", &before, &categories);
        assert_eq!(forced(&profile, &later).drifted(), ["date"]);
        assert_eq!(forced(&profile, &before).status, DriftStatus::Ok);
    }
    assert_eq!(forced(&files.parquet(0), &files.csv(0)).status, DriftStatus::Ok);
}

#[test]
fn profiles_hold_no_times_and_nothing_is_compared_with_them() {
    let files = Files::new();
    let later = files.all(90);
    for (place, baseline) in files.all(0).iter().enumerate() {
        let profile = files.profile(&place.to_string(), baseline, &[]);
        for current in &later {
            let found = ours(&profile, current);
            assert_eq!((found.status, columns(&found)), (DriftStatus::Ok, vec!["x"]));
            assert_eq!(of_times(&found), ["date", "day"], "{}", current.display());
        }
        let now = files.profile("now", &later[place], &[]);
        let found = ours(baseline, &now);
        assert_eq!((found.status, of_times(&found)), (DriftStatus::Ok, vec!["date", "day"]));
        assert_eq!(ours(&profile, &now).status, DriftStatus::Ok);
    }
}

#[test]
fn a_profile_that_holds_the_numbers_of_times_makes_no_drift() {
    let files = Files::new();
    let rows: String = (0..ROWS).map(|i| format!("{},{}\n", x(i), second(i, 0) * 1000)).collect();
    let numbers = files.write("old.csv", format!("x,day\n{rows}"));
    let profile = files.profile("old", &numbers, &[]);
    for current in files.all(90) {
        for baseline in [&profile, &numbers] {
            let found = ours(baseline, &current);
            let case = format!("{} {:?}", current.display(), found.columns);
            assert_eq!((found.status, columns(&found)), (DriftStatus::Ok, vec!["x"]), "{case}");
            assert!(of_times(&found).contains(&"day"), "{case}");
        }
        let said = ours(&profile, &current).summary;
        assert!(said.iter().any(|line| line.starts_with("times: `day`")), "{said:?}");
    }
}

#[test]
fn times_that_become_something_else_are_told() {
    let files = Files::new();
    let words = files.text(0, |x, _| format!("{x},soon,2026-11-01"));
    let words = files.write("words.csv", format!("x,day,date\n{words}"));
    let found = ours(&files.parquet(0), &words);
    assert_eq!(found.drifted(), ["day"]);
    assert_eq!(found.columns[0].reasons, ["type-changed: it held times and holds text now"]);
}

#[test]
fn the_columns_of_times_and_ids_of_the_configuration_are_left_out() {
    let files = Files::new();
    let write = |name: &str, first: i64| {
        let rows: String =
            (0..ROWS).map(|i| format!("{},{},{}\n", x(i), first + i, first + i)).collect();
        files.write(name, format!("x,t,key\n{rows}"))
    };
    let (before, now) = (write("a.csv", 0), write("b.csv", 9000));
    let named = |name: &str| Some(name.to_owned());
    let config = MonitorConfig { time: named("t"), id: named("key"), ..config() };
    let profiles = [files.profile("a", &before, &[]), files.profile("b", &now, &[])];
    for before in [&before, &profiles[0]] {
        for now in [&now, &profiles[1]] {
            let found = compared(before, now, Preset::Outerloop, &[], &config);
            assert_eq!((found.status, columns(&found)), (DriftStatus::Ok, vec!["x"]));
        }
    }
    let forced = compared(&before, &now, Preset::Outerloop, &names(&["t"]), &config);
    assert!(columns(&forced).contains(&"t"), "{:?}", columns(&forced));
}
