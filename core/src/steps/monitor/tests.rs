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
use crate::config::valid::{ChunkRule, Config, Limit, MonitorConfig, SignalRule};
use crate::data::{Categories, Column, ProfileOptions, ReadOptions, Table, Values, profile, read};
use crate::domain::alert::AlertState;
use crate::domain::digest::Digest;
use crate::domain::drift::DriftStatus;
use crate::domain::error::ErrorKind;
use crate::domain::event::What;
use crate::domain::package::{Format, MANIFEST_VERSION, Manifest, Provenance};
use crate::domain::profile::Profile;
use crate::domain::signal::{Basis, Signal, SignalKind, SignalVerdict};
use crate::domain::version::{Bump, Version};
use crate::ports::registry::{Origin, Registration, Registry, Wanted};
use crate::stats::drift::presets::Preset;

fn config() -> MonitorConfig {
    Config::without_file(Path::new("/")).expect("defaults").monitor
}

fn codes(assessment: &Assessment, column: &str) -> Vec<String> {
    let found = assessment.columns.iter().find(|c| c.name == column).expect("column");
    found.reasons.iter().map(|r| r.split(':').next().unwrap_or_default().to_owned()).collect()
}

fn table(columns: Vec<(&str, Values)>) -> Table {
    let rows = match columns.first().map(|(_, v)| v) {
        Some(Values::Number(v)) => v.len(),
        Some(Values::Category(c)) => c.codes.len(),
        None => 0,
    };
    let columns = columns.into_iter().map(|(name, values)| Column { name: name.into(), values });
    Table { columns: columns.collect(), rows, source: "a test".into() }
}

fn uniform(rng: &mut StdRng, rows: usize) -> Values {
    Values::Number((0..rows).map(|_| rng.random_range(0.0..1.0)).collect())
}

fn levels(rng: &mut StdRng, rows: usize, names: &[&str]) -> Values {
    let drawn = (0..rows).map(|_| Some(names[rng.random_range(0..names.len())]));
    Values::Category(Categories::of(drawn))
}

fn baseline_of(table: &Table) -> Profile {
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
    let shape =
        ["psi", "jensen-shannon", "ks", "wasserstein"].map(|m| format!("{m}-above-threshold"));
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

struct Setting {
    folder: tempfile::TempDir,
    registry: GitRegistry,
    version: Version,
    manifest: Manifest,
    config: MonitorConfig,
    labels: Vec<PathBuf>,
    against: Option<Against>,
    since: Option<Moment>,
}

fn setting() -> Setting {
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
    let (labels, against, since) = (Vec::new(), None, None);
    let (manifest, config) = (manifest(), config());
    Setting { folder, registry, version, manifest, config, labels, against, since }
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
        ignore: vec![],
    };
    Manifest {
        manifest_version: MANIFEST_VERSION,
        format: Format::Onnx,
        details: BTreeMap::new(),
        files: Vec::new(),
        signature: None,
        environment: Vec::new(),
        metrics: BTreeMap::from([
            ("train.roc_auc".to_owned(), 0.99),
            ("test.roc_auc".to_owned(), 0.84),
            ("brier".to_owned(), 0.16),
        ]),
        baseline: Some(profile(&data, &options).expect("profile")),
        sample: None,
        importances: Default::default(),
        provenance: Provenance::default(),
    }
}

impl Setting {
    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("file");
        path
    }

    fn monitor(&self, file: &Path) -> crate::domain::error::Result<MonitorOutcome> {
        let input = MonitorInput {
            model: &"acme".parse().expect("name"),
            version: &self.version,
            manifest: &self.manifest,
            current: &[file.to_owned()],
            against: self.against.as_ref(),
            labels: &self.labels,
            earlier: &[],
            since: self.since,
            until: None,
            config: &self.config,
            now: Timestamp::now(),
            origin: Origin { actor: "ada".into(), ..Origin::default() },
        };
        run(&input, &self.registry)
    }

    fn events(&self) -> Vec<&'static str> {
        let history = self.registry.history(&"acme".parse().expect("name")).expect("history");
        history.iter().map(|l| l.event.what.type_name()).collect()
    }
}

/// A request log of two features in one tensor; `stretch` widens the features.
fn log(rows: usize, stretch: f64) -> String {
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
    assert!(first.created && first.assessment.columns.len() == 3, "{first:#?}");
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
fn an_empty_log_is_inconclusive_and_recorded() {
    let setting = setting();
    let outcome = setting.monitor(&setting.file("requests.jsonl", "")).expect("outcome");
    assert_eq!((outcome.found.status, outcome.created), (DriftStatus::Inconclusive, true));
}

// Signals and alerts.

fn signal<'a>(outcome: &'a MonitorOutcome, name: &str) -> &'a Signal {
    outcome.found.signal(name).unwrap_or_else(|| panic!("{name}: {:#?}", outcome.found.signals))
}

#[test]
fn every_number_is_a_signal_with_its_bound_and_what_drifted_is_an_alert() {
    let setting = setting();
    let calm = setting.monitor(&setting.file("calm.jsonl", &log(400, 1.0))).expect("outcome");
    assert!(calm.found.signals.iter().all(|s| s.verdict == SignalVerdict::Ok));
    assert!(calm.found.alerts.is_empty());
    let psi = signal(&calm, "drift.a.psi");
    assert_eq!((psi.above, psi.basis), (Some(0.2), Basis::Threshold));
    assert_eq!(signal(&calm, "prediction.score.ks").kind, SignalKind::Prediction);
    assert_eq!(signal(&calm, "quality.b.null-rate").value, Some(0.0));
    let apart = setting.monitor(&setting.file("apart.jsonl", &log(401, 2.0))).expect("outcome");
    assert_eq!(signal(&apart, "drift.a.psi").verdict, SignalVerdict::Breach);
    assert_eq!(signal(&apart, "prediction.score.psi").verdict, SignalVerdict::Ok);
    let opened: Vec<&str> = apart.found.alerts.iter().map(|a| a.signal.as_str()).collect();
    assert!(opened.contains(&"data-set") && opened.contains(&"drift.b.ks"), "{opened:?}");
    let few = setting.monitor(&setting.file("few.jsonl", &log(50, 2.0))).expect("outcome");
    assert!(few.found.signals.iter().all(|s| s.verdict == SignalVerdict::Inconclusive));
    assert!(few.found.alerts.iter().all(|a| a.state == AlertState::Open));
    let over = setting.monitor(&setting.file("over.jsonl", &log(402, 1.0))).expect("outcome");
    assert_eq!(over.found.alerts.len(), opened.len());
    assert!(over.found.alerts.iter().all(|a| a.state == AlertState::Closed));
}

#[test]
fn a_bound_of_its_own_counts_for_its_column_alone() {
    let mut setting = setting();
    let rule = |column: Option<&str>, above| SignalRule {
        metric: "psi".to_owned(),
        column: column.map(str::to_owned),
        above: Some(above),
        below: None,
    };
    setting.config.min_columns = 3;
    setting.config.signals = vec![rule(Some("a"), Limit::Value(0.15))];
    let apart = setting.monitor(&setting.file("apart.jsonl", &log(401, 2.0))).expect("outcome");
    assert_eq!(apart.found.status, DriftStatus::Drift, "whatever min-columns says");
    assert_eq!(signal(&apart, "drift.a.psi").above, Some(0.15));
    assert_eq!(signal(&apart, "drift.b.psi").above, Some(0.2));
    setting.config.signals = vec![rule(Some("bb"), Limit::Value(0.15))];
    let error = setting.monitor(Path::new("calm.jsonl")).expect_err("no such column");
    assert!(error.hint_text().expect("hint").contains("did you mean `b`"));
}

#[test]
fn a_signal_is_held_to_its_own_history_once_there_is_one() {
    let mut setting = setting();
    let by_history = |column: &str| SignalRule {
        metric: "psi".to_owned(),
        column: Some(column.to_owned()),
        above: Some(Limit::History),
        below: None,
    };
    setting.config.signals = vec![by_history("a")];
    for i in 0..5 {
        let name = format!("{i}.jsonl");
        let found = setting.monitor(&setting.file(&name, &log(400 + i, 1.0))).expect("outcome");
        let psi = signal(&found, "drift.a.psi");
        assert_eq!((psi.basis, psi.verdict), (Basis::History, SignalVerdict::Inconclusive));
        assert!(psi.why.contains(&format!("{i} earlier windows")), "{}", psi.why);
        assert_eq!(found.found.status, DriftStatus::Ok);
    }
    // Far below the usual 0.2, and far above what this column ever had.
    let mut rows = log(800, 1.0);
    rows.push_str(&log(60, 0.05).replace("\"id\":\"", "\"id\":\"x"));
    let found = setting.monitor(&setting.file("last.jsonl", &rows)).expect("outcome");
    let psi = signal(&found, "drift.a.psi");
    assert_eq!(psi.verdict, SignalVerdict::Breach, "{psi:?}");
    assert!(psi.value.expect("a value") < 0.2 && psi.above.expect("a bound") < 0.1, "{psi:?}");
    assert_eq!(found.found.status, DriftStatus::Drift);
    assert!(found.found.drifted.contains(&"a".to_owned()));
    assert!(found.summary.iter().any(|l| l.starts_with("drift.a.psi: psi")), "{:?}", found.summary);
}

#[test]
fn performance_breaches_when_its_whole_interval_does() {
    let mut setting = setting();
    let mut rng = StdRng::seed_from_u64(2);
    let mut text = String::from("a,b,score,label\n");
    for _ in 0..600 {
        let mut draw = || rng.random_range(0.0..1.0f64);
        let (a, b, score) = (draw(), draw(), draw());
        text.push_str(&format!("{a},{b},{score},{}\n", u8::from(draw() < score)));
    }
    let file = setting.file("labelled.csv", &text);
    let mut asked = |below: f64, width: f64| {
        setting.config.signals = vec![SignalRule {
            metric: "roc-auc".to_owned(),
            column: None,
            above: None,
            below: Some(Limit::Value(below)),
        }];
        // Other bytes, so that it is another window.
        std::fs::write(&file, format!("{text}{width},{width},,\n")).expect("file");
        setting.monitor(&file).expect("outcome")
    };
    // The area is 5/6.
    for (below, verdict, status) in [
        (0.7, SignalVerdict::Ok, DriftStatus::Ok),
        (0.85, SignalVerdict::Inconclusive, DriftStatus::Ok),
        (0.95, SignalVerdict::Breach, DriftStatus::Drift),
    ] {
        let found = asked(below, below);
        let auc = signal(&found, "performance.roc-auc");
        assert_eq!((auc.verdict, found.found.status), (verdict, status), "{below}: {auc:?}");
    }
}

// Windows of time, parts, and labels that come later.

/// Rows with an id, a time and a score; `first` is the number of the first row, one a minute.
fn scored(first: usize, rows: usize, stretch: f64) -> String {
    let mut rng = StdRng::seed_from_u64(first as u64);
    let mut text = String::from("id,at,a,b,score\n");
    for i in first..first + rows {
        let mut draw = |to: f64| rng.random_range(0.0..to);
        let (a, b, score) = (draw(stretch), draw(stretch), draw(1.0));
        let (day, hour, minute) = (1 + i / 1440, i / 60 % 24, i % 60);
        text.push_str(&format!("{i},2026-11-{day:02}T{hour:02}:{minute:02}:00Z,{a},{b},{score}\n"));
    }
    text
}

fn labels(scored: &str) -> String {
    let mut rng = StdRng::seed_from_u64(77);
    let mut text = String::from("id,label\n");
    for line in scored.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let score: f64 = cells[4].parse().expect("a score");
        let label = u8::from(rng.random_range(0.0..1.0) < score);
        text.push_str(&format!("{},{label}\n", cells[0]));
    }
    text
}

#[test]
fn a_window_of_time_counts_what_is_outside_and_the_next_begins_where_it_ended() {
    let mut setting = setting();
    setting.config.time = Some("at".into());
    setting.config.id = Some("id".into());
    let file = setting.file("rows.csv", &scored(0, 2000, 1.0));
    setting.since = Some(Moment::At("2026-11-02T00:00:00Z".parse().expect("a time")));
    let second = setting.monitor(&file).expect("outcome");
    let span = second.found.span.clone().expect("a span");
    assert_eq!((second.found.rows, span.outside, span.without), (560, 1440, 0));
    assert!(second.summary.iter().any(|l| l.contains("1440 rows are outside")));
    assert!(second.found.signals.iter().all(|s| s.column.as_deref() != Some("id")));
    setting.since = Some(Moment::LastRun);
    let empty = setting.monitor(&file).expect("outcome");
    assert_eq!((empty.found.status, empty.event), (DriftStatus::Inconclusive, None));
    assert!(empty.summary[0].starts_with("empty-window"), "{:?}", empty.summary);
    let more = scored(2000, 300, 1.0);
    let all = scored(0, 2000, 1.0) + more.split_once('\n').expect("a head").1;
    let next = setting.monitor(&setting.file("rows.csv", &all)).expect("outcome");
    assert_eq!((next.found.rows, next.created), (300, true));
    setting.config.time = None;
    let error = setting.monitor(&file).expect_err("no times");
    assert!(error.hint_text().expect("hint").contains("monitor.time"));
}

#[test]
fn parts_of_a_window_show_when_it_began() {
    let mut setting = setting();
    setting.config.time = Some("at".into());
    let calm = scored(0, 1440, 1.0);
    let text = calm + scored(1440, 1440, 1.6).split_once('\n').expect("a head").1;
    let file = setting.file("rows.csv", &text);
    setting.config.chunk = Some(ChunkRule::Every(std::time::Duration::from_secs(86_400)));
    let found = setting.monitor(&file).expect("outcome").found;
    let parts: Vec<(&str, u64, bool)> =
        found.chunks.iter().map(|c| (c.name.as_str(), c.rows, c.drifted.is_empty())).collect();
    let days = ["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"];
    assert_eq!(parts, [(days[0], 1440, true), (days[1], 1440, false)]);
    setting.config.chunk = Some(ChunkRule::Rows(1000));
    std::fs::write(&file, text + "\n").expect("file");
    let found = setting.monitor(&file).expect("outcome").found;
    let rows: Vec<u64> = found.chunks.iter().map(|c| c.rows).collect();
    assert_eq!((rows, found.chunks[2].name.as_str()), (vec![1000, 1000, 880], "rows 2001 to 2880"));
    setting.config.chunk = Some(ChunkRule::Rows(2));
    assert!(setting.monitor(&file).expect_err("too many").to_string().contains("1440 parts"));
}

#[test]
fn labels_that_come_later_are_joined_by_id_and_recorded_by_themselves() {
    let mut setting = setting();
    setting.config.id = Some("id".into());
    let text = scored(0, 600, 1.0);
    let file = setting.file("rows.csv", &text);
    let first = setting.monitor(&file).expect("outcome");
    assert!(first.found.performance.is_empty() && first.found.labels.is_none());
    let extra = "9000,1\n9001,0\n5,1\n5,0\n";
    let all = labels(&text);
    setting.labels = vec![setting.file("labels.csv", &format!("{all}{extra}"))];
    let late = setting.monitor(&file).expect("outcome");
    let joined = late.found.labels.clone().expect("labels");
    assert_eq!((joined.matched, joined.unmatched, joined.twice, joined.alone), (599, 2, 1, true));
    assert_eq!((late.found.rows, late.found.performance.len(), late.created), (0, 3, true));
    // For a calibrated uniform score the area is 5/6.
    let auc = &late.found.performance[0];
    assert!(auc.low < 5.0 / 6.0 && 5.0 / 6.0 < auc.high && auc.rows == 599, "{auc:?}");
    let again = setting.monitor(&file).expect("outcome");
    assert_eq!((again.created, again.event), (false, late.event));
    assert_eq!(setting.events(), ["registered", "monitored", "monitored"]);
    // A window that is new and comes with its labels is one event.
    let text = scored(600, 400, 1.0);
    setting.labels = vec![setting.file("labels-2.csv", &labels(&text))];
    let both = setting.monitor(&setting.file("rows-2.csv", &text)).expect("outcome");
    assert_eq!((both.found.rows, both.found.labels.expect("labels").alone), (400, false));
    assert_eq!(setting.events().len(), 4);
    setting.labels = vec![setting.file("labels-3.csv", "id,label\nx,1\n")];
    let error = setting.monitor(&file).expect_err("none matches");
    assert!(error.to_string().contains("no `id` of"), "{error}");
    setting.config.id = None;
    assert!(setting.monitor(&file).expect_err("no id").to_string().contains("--labels needs"));
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

#[test]
fn a_preset_compares_with_rows_and_its_numbers_are_the_signals() {
    let mut setting = setting();
    let baseline = vec![setting.file("before.csv", &scored(0, 1500, 1.0))];
    let ignore = vec!["id".to_owned(), "at".to_owned()];
    let against = |preset| Against { baseline: baseline.clone(), preset, ignore: ignore.clone() };
    setting.against = Some(against(Preset::Evidently));
    let calm = setting.monitor(&setting.file("calm.csv", &scored(1500, 600, 1.0)));
    let calm = calm.expect("outcome").found;
    assert_eq!(calm.status, DriftStatus::Ok, "{:?}", calm.summary);
    assert!(!calm.signals.is_empty() && calm.signals.iter().all(|s| s.basis == Basis::Preset));
    setting.against = Some(against(Preset::AzureMl));
    let apart = setting.monitor(&setting.file("apart.csv", &scored(3000, 600, 2.0)));
    let apart = apart.expect("outcome").found;
    assert_eq!((apart.status, apart.drifted.len()), (DriftStatus::Drift, 2), "{:?}", apart.summary);
    assert!(apart.summary.iter().any(|l| l.starts_with("by the preset azure-ml")));
    assert!(apart.alerts.iter().any(|a| a.signal.starts_with("drift.a.")), "{:?}", apart.alerts);
    let (column, above) = (Some("a".to_owned()), Some(Limit::Value(0.1)));
    setting.config.signals =
        vec![SignalRule { metric: "psi".to_owned(), column, above, below: None }];
    let error = setting.monitor(Path::new("apart.csv")).expect_err("both");
    assert!(error.to_string().contains("beside a preset") || error.kind() == ErrorKind::NotFound);
}
