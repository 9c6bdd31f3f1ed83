use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::*;
use crate::adapters::clock::SystemClock;
use crate::adapters::registry::git::{GitRegistry, Options};
use crate::config::valid::{Config, MonitorConfig};
use crate::data::{Categories, Column, ProfileOptions, ReadOptions, Table, Values, profile, read};
use crate::domain::digest::Digest;
use crate::domain::drift::DriftStatus;
use crate::domain::error::ErrorKind;
use crate::domain::event::What;
use crate::domain::package::{Format, Manifest};
use crate::domain::profile::Profile;
use crate::domain::version::{Bump, Version};
use crate::ports::registry::{Origin, Registration, Registry, Wanted};

/// In memory nothing can fail to be read.
fn assess(baseline: &Profile, current: &Table, config: &MonitorConfig) -> Assessment {
    super::assess(baseline, current, config).expect("a table is there")
}

pub(super) fn config() -> MonitorConfig {
    Config::without_file(Path::new("/")).expect("defaults").monitor
}

pub(super) fn codes(assessment: &Assessment, column: &str) -> Vec<String> {
    let found = assessment.columns.iter().find(|c| c.name == column).expect("column");
    found.reasons.iter().map(|r| r.split(':').next().unwrap_or_default().to_owned()).collect()
}

pub(super) fn table(columns: Vec<(&str, Values)>) -> Table {
    let rows = match columns.first().map(|(_, v)| v) {
        Some(Values::Number(v)) => v.len(),
        Some(Values::Category(c)) => c.codes.len(),
        None => 0,
    };
    let columns = columns.into_iter().map(|(name, values)| Column { name: name.into(), values });
    Table { columns: columns.collect(), rows, source: "a test".into(), ..Table::default() }
}

pub(super) fn uniform(rng: &mut StdRng, rows: usize) -> Values {
    Values::Number((0..rows).map(|_| rng.random_range(0.0..1.0)).collect())
}

fn levels(rng: &mut StdRng, rows: usize, names: &[&str]) -> Values {
    let drawn = (0..rows).map(|_| Some(names[rng.random_range(0..names.len())]));
    Values::Category(Categories::of(drawn))
}

pub(super) fn baseline_of(table: &Table) -> Profile {
    profile(table, &ProfileOptions::default()).expect("profile")
}

// Real data with real drift.

const CATEGORIES: [&str; 15] = [
    "SCHL", "MAR", "RELP", "DIS", "ESP", "CIT", "MIG", "MIL", "ANC", "NATIVITY", "DEAR", "DEYE",
    "DREM", "SEX", "RAC1P",
];

/// What `monitor` does with a stored profile of the baseline.
fn against(
    baseline: &[PathBuf],
    current: &[PathBuf],
    categories: &[String],
    config: &MonitorConfig,
) -> Assessment {
    let (categories, ignore) = (categories.to_vec(), config.ignore.clone());
    let options = ReadOptions { categories, ignore, ..ReadOptions::default() };
    let before = read(baseline, &options).expect("baseline");
    let ignore = config.ignore.clone();
    let stored = ProfileOptions { ignore, ..ProfileOptions::default() };
    let profile = profile(&before, &stored).expect("profile");
    let now = read(current, &read_options(&profile, config)).expect("current");
    assess(&profile, &now, config)
}

fn census(current: &str) -> Assessment {
    let data = |name: &str| {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/employment/data").join(name)
    };
    let categories = CATEGORIES.map(str::to_owned);
    against(&[data("2015.parquet")], &[data(current)], &categories, &config())
}

#[test]
fn the_next_census_year_is_calm_and_the_narrower_survey_is_not() {
    for calm in ["2015.parquet", "2016.parquet"] {
        let found = census(calm);
        assert_eq!(found.status, DriftStatus::Ok, "{calm}: {:?}", found.summary);
    }
    let found = census("2018-households.parquet");
    assert_eq!((found.status, found.drifted()), (DriftStatus::Drift, vec!["RELP".to_owned()]));
    assert_eq!(codes(&found, "RELP"), ["psi-above-threshold", "lost-category"]);
    assert_eq!(found.columns[0].name, "RELP");
    assert_eq!(found.bins.len(), found.columns.len());
}

#[test]
fn a_column_that_only_the_baseline_has_is_a_finding_unless_ignored() {
    let folder = tempfile::tempdir().expect("folder");
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("file");
        path
    };
    let rows = |width: &str| (0..400).map(|i| format!("{}{width}\n", i % 7)).collect::<String>();
    let baseline = [file("before.csv", "a,id\n".to_owned() + &rows(",5"))];
    let current = [file("now.csv", "a\n".to_owned() + &rows(""))];
    let compared = |ignore: &[&str]| {
        let ignore = ignore.iter().map(|c| (*c).to_owned()).collect();
        let config = MonitorConfig { ignore, ..config() };
        against(&baseline, &current, &[], &config)
    };
    let found = compared(&[]);
    assert_eq!(
        (found.status, codes(&found, "id")),
        (DriftStatus::Drift, vec!["missing-column".into()])
    );
    let found = compared(&["id"]);
    assert_eq!((found.status, found.columns.len()), (DriftStatus::Ok, 1));
}

// Each signal.

#[test]
fn samples_of_one_distribution_rarely_alarm() {
    let mut rng = StdRng::seed_from_u64(7);
    let names: Vec<String> = (0..20).map(|i| format!("x{i}")).collect();
    let few = ["a", "b", "c"];
    let mut alarms = 0;
    for _ in 0..60 {
        let mut sample = |rows: usize| {
            let values = |i: usize, rng: &mut StdRng| match i % 2 {
                0 => uniform(rng, rows),
                _ => levels(rng, rows, &few),
            };
            let columns = names.iter().enumerate();
            table(columns.map(|(i, n)| (n.as_str(), values(i, &mut rng))).collect())
        };
        let (before, now) = (sample(400), sample(250));
        let found = assess(&baseline_of(&before), &now, &config());
        alarms += usize::from(found.status != DriftStatus::Ok);
    }
    assert!(alarms <= 3, "{alarms} of 60 windows alarmed");
}

#[test]
fn every_signal_fires_on_what_it_is_for() {
    let mut rng = StdRng::seed_from_u64(3);
    let before = table(vec![
        ("shifted", uniform(&mut rng, 2000)),
        ("emptied", uniform(&mut rng, 2000)),
        ("beyond", uniform(&mut rng, 2000)),
        ("worded", uniform(&mut rng, 2000)),
        ("gone", uniform(&mut rng, 2000)),
        ("colour", levels(&mut rng, 2000, &["red", "green", "blue"])),
        ("code", levels(&mut rng, 2000, &["1", "2"])),
        ("calm", uniform(&mut rng, 2000)),
    ]);
    let numbers = |values: Values, change: fn(usize, f64) -> f64| match values {
        Values::Number(v) => {
            Values::Number(v.into_iter().enumerate().map(|(i, x)| change(i, x)).collect())
        }
        Values::Category(_) => unreachable!("numbers"),
    };
    let now = table(vec![
        ("shifted", numbers(uniform(&mut rng, 500), |_, x| x * 0.6)),
        ("emptied", numbers(uniform(&mut rng, 500), |i, x| if i < 60 { f64::NAN } else { x })),
        ("beyond", numbers(uniform(&mut rng, 500), |i, x| if i < 15 { 7.0 } else { x })),
        ("worded", levels(&mut rng, 500, &["low", "high"])),
        ("colour", levels(&mut rng, 500, &["red", "green", "mauve"])),
        ("code", Values::Number((0..500).map(|i| f64::from(1 + i % 2)).collect())),
        ("calm", uniform(&mut rng, 500)),
    ]);
    let found = assess(&baseline_of(&before), &now, &config());
    assert_eq!(found.status, DriftStatus::Drift);
    let shape = ["psi", "jensen-shannon", "ks", "wasserstein-normed"]
        .map(|m| format!("{m}-above-threshold"));
    assert_eq!(codes(&found, "shifted"), shape);
    assert_eq!(codes(&found, "emptied"), ["null-rate-rose"]);
    assert_eq!(codes(&found, "beyond"), ["out-of-range"]);
    assert_eq!(codes(&found, "worded"), ["type-changed"]);
    assert_eq!(codes(&found, "gone"), ["missing-column"]);
    let colour = codes(&found, "colour");
    assert!(colour.ends_with(&["new-categories".into(), "lost-category".into()]), "{colour:?}");
    assert!(codes(&found, "code").is_empty() && codes(&found, "calm").is_empty());
    assert_eq!(found.drifted().len(), 6);
    let lenient = MonitorConfig { min_columns: 7, ..config() };
    assert_eq!(assess(&baseline_of(&before), &now, &lenient).status, DriftStatus::Ok);
    let ignore = ["shifted", "emptied", "beyond", "worded", "gone", "colour"].map(str::to_owned);
    let blind = MonitorConfig { ignore: ignore.to_vec(), ..config() };
    let found = assess(&baseline_of(&before), &now, &blind);
    assert_eq!((found.status, found.columns.len()), (DriftStatus::Ok, 2));
}

#[test]
fn too_little_is_never_ok() {
    let mut rng = StdRng::seed_from_u64(5);
    let baseline = baseline_of(&table(vec![("x", uniform(&mut rng, 1000))]));
    let apart = |rows| table(vec![("x", Values::Number(vec![9.0; rows]))]);
    for rows in [0, 1, 199] {
        let found = assess(&baseline, &apart(rows), &config());
        assert_eq!(found.status, DriftStatus::Inconclusive, "{rows} rows");
        assert!(found.drifted().is_empty() && found.summary[0].starts_with("too-few-rows"));
    }
    assert_eq!(assess(&baseline, &apart(200), &config()).status, DriftStatus::Drift);
    let everything = MonitorConfig { min_rows: 0, ..config() };
    assert_eq!(assess(&baseline, &apart(0), &everything).status, DriftStatus::Inconclusive);
    let nothing = MonitorConfig { ignore: vec!["x".into()], ..config() };
    assert_eq!(assess(&baseline, &apart(500), &nothing).status, DriftStatus::Inconclusive);
    let empty =
        assess(&baseline, &table(vec![("x", Values::Number(vec![f64::NAN; 500]))]), &config());
    assert_eq!(codes(&empty, "x"), ["null-rate-rose"]);
}

// The step with a real registry and real files.

pub(super) struct Setting {
    pub(super) folder: tempfile::TempDir,
    pub(super) registry: GitRegistry,
    pub(super) version: Version,
    pub(super) manifest: Manifest,
    pub(super) config: MonitorConfig,
    pub(super) labels: Vec<PathBuf>,
    pub(super) against: Option<Against>,
    pub(super) since: Option<Moment>,
    pub(super) until: Option<Moment>,
}

pub(super) fn setting() -> Setting {
    let folder = tempfile::tempdir().expect("folder");
    let git = Command::new("git").args(["init", "-q"]).current_dir(folder.path()).status();
    assert!(git.expect("git is installed").success());
    let registry =
        GitRegistry::open(folder.path(), Options::default(), Arc::new(SystemClock)).expect("open");
    let record = registry.register(&Registration {
        model: "acme".parse().expect("name"),
        wanted: Wanted::Next(Bump::Minor),
        digest: Digest::of(b"a package"),
        uri: "file:///store".into(),
        format: Format::Onnx,
        bytes: 9,
        commit: None,
        origin: Origin { actor: "ada".into(), ..Origin::default() },
    });
    let version = record.expect("registered").record.version;
    let (labels, against, since, until) = (Vec::new(), None, None, None);
    let (manifest, config) = (manifest(), config());
    Setting { folder, registry, version, manifest, config, labels, against, since, until }
}

/// A baseline of two features, a prediction and a label that follows it.
fn manifest() -> Manifest {
    let mut rng = StdRng::seed_from_u64(1);
    let score: Vec<f64> = (0..2000).map(|_| rng.random_range(0.0..1.0)).collect();
    let label = score.iter().map(|s| f64::from(u8::from(rng.random_range(0.0..1.0) < *s)));
    let data = table(vec![
        ("a", uniform(&mut StdRng::seed_from_u64(11), 2000)),
        ("b", uniform(&mut StdRng::seed_from_u64(12), 2000)),
        ("label", Values::Number(label.collect())),
        ("score", Values::Number(score)),
    ]);
    let options = ProfileOptions {
        prediction: Some("score".into()),
        label: Some("label".into()),
        ..ProfileOptions::default()
    };
    Manifest {
        metrics: BTreeMap::from([
            ("train.roc_auc".to_owned(), 0.99),
            ("test.roc_auc".to_owned(), 0.84),
            ("brier".to_owned(), 0.16),
        ]),
        baseline: Some(profile(&data, &options).expect("profile")),
        ..Manifest::of(Format::Onnx, Vec::new())
    }
}

impl Setting {
    pub(super) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("file");
        path
    }

    pub(super) fn monitor(&self, file: &Path) -> crate::domain::error::Result<MonitorOutcome> {
        let input = MonitorInput {
            model: &"acme".parse().expect("name"),
            version: &self.version,
            manifest: &self.manifest,
            current: &[file.to_owned()],
            against: self.against.as_ref(),
            labels: &self.labels,
            earlier: &[],
            since: self.since,
            until: self.until,
            config: &self.config,
            now: Timestamp::now(),
            origin: Origin { actor: "ada".into(), ..Origin::default() },
        };
        run(&input, &self.registry)
    }

    pub(super) fn events(&self) -> Vec<&'static str> {
        let history = self.registry.history(&"acme".parse().expect("name")).expect("history");
        history.iter().map(|l| l.event.what.type_name()).collect()
    }
}

/// A request log of two features in one tensor; `stretch` widens the features.
pub(super) fn log(rows: usize, stretch: f64) -> String {
    let mut rng = StdRng::seed_from_u64(rows as u64);
    let mut draw = |to: f64| rng.random_range(0.0..to);
    let mut text = String::new();
    for i in 0..rows {
        let (a, b, p) = (draw(stretch), draw(stretch), draw(1.0));
        text.push_str(&format!(
            "{{\"time\":\"2026-01-01T00:00:00Z\",\"slot\":\"1.0.0\",\"id\":\"{i}\",\"rows\":1,\
             \"inputs\":{{\"X\":[{a},{b}]}},\
             \"outputs\":{{\"label\":[1],\"probabilities\":[{},{p}]}}}}\n",
            1.0 - p
        ));
    }
    text
}

#[test]
fn a_window_is_recorded_once() {
    let mut setting = setting();
    let calm = setting.file("calm.jsonl", &log(400, 1.0));
    let first = setting.monitor(&calm).expect("outcome");
    assert!(
        first.created && first.assessment.columns.len() == 4,
        "with the confidence: {first:#?}"
    );
    assert_eq!((first.found.status, first.assessment.rows), (DriftStatus::Ok, 400));
    let again =
        setting.monitor(&setting.file("other-name.jsonl", &log(400, 1.0))).expect("outcome");
    assert_eq!(
        (again.created, again.event, again.found.status),
        (false, first.event, DriftStatus::Ok)
    );
    setting.config.min_rows = 1000;
    let stricter = setting.monitor(&calm).expect("outcome");
    assert_eq!((stricter.found.status, stricter.created), (DriftStatus::Ok, false), "as recorded");
    assert_eq!(
        stricter.summary.last().map(String::as_str),
        Some("recorded before as ok; with today's settings it would be inconclusive")
    );
    let unchanged = |o: &MonitorOutcome| !o.summary.iter().any(|l| l.contains("recorded before"));
    assert!(unchanged(&first) && unchanged(&again), "{again:?}");
    setting.config.min_rows = 200;
    let apart = setting.monitor(&setting.file("apart.jsonl", &log(401, 2.0))).expect("outcome");
    assert_eq!(
        (apart.found.status, apart.found.drifted.len(), apart.created),
        (DriftStatus::Drift, 2, true)
    );
    assert_eq!(setting.events(), ["registered", "monitored", "monitored"]);
    let model = "acme".parse().expect("name");
    let history = setting.registry.history(&model).expect("history");
    let What::Monitored(recorded) = &history[2].event.what else { panic!("not monitored") };
    assert_eq!((recorded.window, recorded.rows), (apart.found.window, 401));
    assert!(setting.registry.verify().expect("verification").verified);
}

#[test]
fn two_at_once_record_one_window_once() {
    let setting = setting();
    let file = setting.file("calm.jsonl", &log(300, 1.0));
    let outcomes: Vec<MonitorOutcome> = std::thread::scope(|scope| {
        let jobs: Vec<_> = (0..4).map(|_| scope.spawn(|| setting.monitor(&file))).collect();
        jobs.into_iter().map(|j| j.join().expect("no panic").expect("outcome")).collect()
    });
    assert_eq!(outcomes.iter().filter(|o| o.created).count(), 1);
    assert!(outcomes.iter().all(|o| o.event == outcomes[0].event));
    assert_eq!(setting.events(), ["registered", "monitored"]);
}

#[test]
fn labelled_rows_are_measured_with_intervals() {
    let setting = setting();
    let mut rng = StdRng::seed_from_u64(2);
    let mut text = String::from("a,b,score,label\n");
    for i in 0..600 {
        let mut draw = || rng.random_range(0.0..1.0f64);
        let (a, b, score) = (draw(), draw(), draw());
        let label = if i % 3 == 0 {
            ""
        } else if draw() < score {
            "1"
        } else {
            "0"
        };
        text.push_str(&format!("{a},{b},{score},{label}\n"));
    }
    let outcome = setting.monitor(&setting.file("labelled.csv", &text)).expect("outcome");
    let names: Vec<&str> = outcome.found.performance.iter().map(|p| p.metric.as_str()).collect();
    assert_eq!(names, ["roc-auc", "accuracy", "brier"]);
    let auc = &outcome.found.performance[0];
    // For a calibrated uniform score the area is 5/6.
    assert!(auc.low < 5.0 / 6.0 && 5.0 / 6.0 < auc.high && auc.high - auc.low < 0.12, "{auc:?}");
    assert_eq!((auc.rows, auc.baseline), (400, Some(0.84)));
    assert_eq!(outcome.found.performance[1].baseline, None);
    assert_eq!(outcome.found.performance[2].baseline, Some(0.16));
    let few = "a,b,score,label\n0.5,0.5,0.5,1\n".to_owned() + &"0.1,0.2,0.3,\n".repeat(300);
    let outcome = setting.monitor(&setting.file("few.csv", &few)).expect("outcome");
    assert!(outcome.found.performance.is_empty());
    assert!(outcome.summary.iter().any(|l| l.contains("1 labelled rows")), "{:?}", outcome.summary);
}

#[test]
fn what_cannot_be_monitored_is_refused_and_records_nothing() {
    let mut setting = setting();
    let ragged = setting.file("ragged.csv", "a,b,score\n1,2,3\n1,2\n");
    assert_eq!(setting.monitor(&ragged).expect_err("ragged").kind(), ErrorKind::Input);
    let missing = setting.monitor(Path::new("nowhere.csv")).expect_err("missing");
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    setting.manifest.baseline = None;
    let calm = setting.file("calm.jsonl", &log(300, 1.0));
    let error = setting.monitor(&calm).expect_err("no baseline");
    assert!(error.hint_text().expect("hint").contains("package.baseline.path"));
    assert_eq!(setting.events(), ["registered"]);
}

#[test]
fn a_file_without_rows_is_an_empty_window_and_not_recorded() {
    let setting = setting();
    for (name, text) in [("requests.jsonl", ""), ("rows.csv", "a,b,score\n")] {
        let outcome = setting.monitor(&setting.file(name, text)).expect("outcome");
        assert_eq!((outcome.found.status, outcome.created), (DriftStatus::Inconclusive, false));
        assert!(outcome.summary[0].starts_with("empty-window"), "{name}: {:?}", outcome.summary);
    }
    assert_eq!(setting.events(), ["registered"]);
}

#[test]
fn data_that_is_hard_to_compare_gets_a_clear_answer() {
    let setting = setting();
    let mut rng = StdRng::seed_from_u64(4);
    let many: Vec<Option<String>> = (0..120_000).map(|i| Some(format!("level {i}"))).collect();
    let before = table(vec![
        ("x", uniform(&mut rng, 120_000)),
        ("c", Values::Category(Categories::of(many.iter().map(Option::as_deref)))),
    ]);
    let baseline = baseline_of(&before);
    let found = assess(&baseline, &before, &setting.config);
    assert_eq!(found.status, DriftStatus::Ok, "{:?}", found.summary);
    let other: Vec<Option<String>> = (0..120_000).map(|i| Some(format!("other {i}"))).collect();
    let now = table(vec![
        ("x", Values::Number(vec![f64::NAN; 120_000])),
        ("c", Values::Category(Categories::of(other.iter().map(Option::as_deref)))),
    ]);
    let found = assess(&baseline, &now, &setting.config);
    assert_eq!(codes(&found, "x"), ["null-rate-rose"]);
    assert!(found.summary.iter().all(|line| line.len() < 1000));
    let unlike = table(vec![("foreign", uniform(&mut rng, 500))]);
    let found = assess(&baseline, &unlike, &setting.config);
    assert_eq!(found.drifted().len(), 2, "both columns of another model's baseline are missing");
    assert!(found.summary[1].contains("missing-column"));
}
