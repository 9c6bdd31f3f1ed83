//! Windows of time, parts, labels that come later, and presets in the step, over a real registry.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::tests::setting;
use super::{Against, Moment};
use crate::config::valid::{ChunkRule, Limit, SignalRule};
use crate::domain::drift::DriftStatus;
use crate::domain::signal::Basis;
use crate::stats::drift::presets::Preset;

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
    // The column that moved can be followed: it is what led in the second part, and calm before.
    let (name, led) = found.chunks[1].most.clone().expect("a largest");
    let psi: Vec<f64> = found.chunks.iter().map(|c| c.psi[&name]).collect();
    assert!(psi[0] < 0.05 && psi[1] == led && led > 0.1, "{psi:?}");
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
fn a_preset_compares_with_rows_and_its_numbers_are_the_signals() {
    let mut setting = setting();
    let baseline = vec![setting.file("before.csv", &scored(0, 1500, 1.0))];
    let ignore = vec!["id".to_owned(), "at".to_owned()];
    let against = |preset| Against { baseline: baseline.clone(), preset, ignore: ignore.clone() };
    setting.against = Some(against(Preset::Evidently));
    let calm = setting.monitor(&setting.file("calm.csv", &scored(1500, 600, 1.0)));
    let calm = calm.expect("outcome").found;
    assert_eq!(calm.status, DriftStatus::Ok, "{:?}", calm.summary);
    let mut there = calm.signals.iter().filter(|s| s.column.as_deref() != Some("label"));
    assert!(calm.signals.len() > 3 && there.all(|s| s.basis == Basis::Preset));
    setting.against = Some(against(Preset::AzureMl));
    let file = setting.file("apart.csv", &scored(3000, 600, 2.0));
    let apart = setting.monitor(&file).expect("outcome").found;
    assert_eq!((apart.status, apart.drifted.len()), (DriftStatus::Drift, 2), "{:?}", apart.summary);
    assert!(apart.summary.iter().any(|l| l.starts_with("by the preset azure-ml")));
    assert!(apart.alerts.iter().any(|a| a.signal.starts_with("drift.a.")), "{:?}", apart.alerts);
    let (column, above) = (Some("a".to_owned()), Some(Limit::Value(0.1)));
    setting.config.signals =
        vec![SignalRule { metric: "psi".to_owned(), column, above, below: None }];
    let more = scored(3000, 601, 2.0);
    let found = setting.monitor(&setting.file("more.csv", &more)).expect("outcome").found;
    let own: Vec<_> =
        found.signals.iter().filter(|s| s.basis != Basis::Preset && s.value.is_some()).collect();
    let [own] = own.as_slice() else { panic!("{own:?}") };
    assert_eq!((own.name.as_str(), own.above, own.is_breach()), ("drift.a.psi", Some(0.1), true));
    assert_eq!(found.signals.iter().filter(|s| s.name == own.name).count(), 1);
    assert!(found.signals.iter().any(|s| s.basis == Basis::Preset && s.is_breach()));
}

#[test]
fn a_window_of_time_is_compared_with_rows() {
    let mut setting = setting();
    setting.config.time = Some("at".into());
    setting.config.id = Some("id".into());
    let baseline = vec![setting.file("before.csv", &scored(0, 1440, 1.0))];
    setting.against = Some(Against { baseline, preset: Preset::Evidently, ignore: Vec::new() });
    // A calm day, and another one after it.
    let apart = scored(2880, 1440, 2.0);
    let text = scored(1440, 1440, 1.0) + apart.split_once('\n').expect("a head").1;
    let file = setting.file("rows.csv", &text);
    let day = |text: &str| Some(Moment::At(text.parse().expect("a time")));
    (setting.since, setting.until) = (day("2026-11-02T00:00:00Z"), day("2026-11-03T00:00:00Z"));
    let calm = setting.monitor(&file).expect("outcome").found;
    assert_eq!((calm.status, calm.rows), (DriftStatus::Ok, 1440), "{:?}", calm.summary);
    assert_eq!(calm.span.map(|span| span.outside), Some(1440));
    (setting.since, setting.until) = (day("2026-11-03T00:00:00Z"), None);
    let found = setting.monitor(&file).expect("outcome").found;
    assert_eq!((found.status, found.rows), (DriftStatus::Drift, 1440), "{:?}", found.summary);
    assert!(found.signals.iter().any(|s| s.basis == Basis::Preset && s.is_breach()));
    let alone = setting.file("alone.csv", &apart);
    (setting.since, setting.until) = (None, None);
    let whole = setting.monitor(&alone).expect("outcome").found;
    let values = |found: &crate::domain::event::Monitored| -> Vec<(String, Option<f64>)> {
        found.signals.iter().map(|s| (s.name.clone(), s.value)).collect()
    };
    assert_eq!(values(&whole), values(&found), "the same rows in a file of their own");
    setting.since = day("2027-01-01T00:00:00Z");
    let none = setting.monitor(&file).expect("outcome");
    assert_eq!((none.found.status, none.event), (DriftStatus::Inconclusive, None));
}
