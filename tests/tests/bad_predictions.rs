//! Bad predictions through the binary: never a panic, never a pass, and nothing left out unsaid.

use std::fmt::Write as _;

use outerloop_tests::{Ran, Workshop};

/// A model, registered as 1.0.0 and the champion, and 1.1.0 beside it.
fn registered() -> Workshop {
    let workshop = Workshop::new();
    workshop.write("outerloop.yaml", "model: acme\npackage: {path: model.bin}\n");
    workshop.register("acme", "one").exits(0);
    workshop.run(&["promote", "acme@1.0.0", "--to", "champion"]).exits(0);
    workshop.register("acme", "two").exits(0);
    workshop
}

fn validate(workshop: &Workshop, yaml: &str, more: &[&str]) -> Ran {
    let yaml = format!("model: acme\npackage: {{path: model.bin}}\n{yaml}");
    workshop.write("outerloop.yaml", yaml);
    let ran = workshop.run(&[&["validate", "acme@1.1.0", "--json"], more].concat());
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("panicked"), "{ran:?}");
    ran
}

/// The finding of this code, of a validation that does not pass.
fn finding(ran: &Ran, code: &str) -> serde_json::Value {
    let json = ran.json();
    assert!(json["verdict"] != "pass", "{json}");
    let gates = json["gates"].as_array().cloned().unwrap_or_default();
    let found = gates.iter().find(|f| f["code"] == code);
    found.unwrap_or_else(|| panic!("{code}: {json}")).clone()
}

/// 300 rows of two classes; `row` writes what comes behind the label.
fn rows(header: &str, row: impl Fn(usize, usize) -> String) -> String {
    let mut text = format!("{header}\n");
    for i in 0..300 {
        let _ = writeln!(text, "{},{}", i % 2, row(i, i % 2));
    }
    text
}

fn good(i: usize, label: usize) -> f64 {
    0.25 + 0.5 * label as f64 + (i % 7) as f64 / 100.0
}

const AUC: &str = "gates: {absolute: [{metric: roc-auc, min: 0.6}]}\n";
const LOSS: &str = "gates: {absolute: [{metric: log-loss, max: 5}]}\n";

#[test]
fn scores_that_mean_nothing_never_pass() {
    let workshop = registered();
    let with = |odd: &'static str| {
        rows(
            "label,score",
            move |i, l| if i == 7 { odd.to_owned() } else { good(i, l).to_string() },
        )
    };
    for (content, yaml, code) in [
        (with("NaN"), AUC, "not-a-number"),
        (with(""), AUC, "not-a-number"),
        (with("-inf"), AUC, "not-a-number"),
        (rows("label,score", |_, _| "0.5".to_owned()), AUC, "below-minimum"),
        (with("1.5"), LOSS, "score-not-a-probability"),
        (with("-0.1"), LOSS, "score-not-a-probability"),
    ] {
        workshop.write("p.csv", content);
        let ran = validate(&workshop, yaml, &["--predictions", "p.csv"]).exits(1);
        assert!(finding(&ran, code)["hint"].is_string(), "{code}");
    }
    let equal = rows("label,score,champion", |_, _| "0.5,0.5".to_owned());
    workshop.write("p.csv", equal);
    let superior = "gates: {superiority: [{metric: roc-auc}]}\n";
    let ran = validate(&workshop, superior, &["--predictions", "p.csv"]);
    assert!(ran.code != 0 && ran.json()["verdict"] != "pass", "{ran:?}");
}

#[test]
fn probabilities_of_classes_must_add_up_and_know_the_labels() {
    let workshop = registered();
    let yaml = format!("{LOSS}predictions: {{task: multiclass, probabilities: [\"p_*\"]}}\n");
    let all =
        rows(
            "label,p_0,p_1",
            |i, l| {
                if i == 7 { "0.6,0.6".to_owned() } else { format!("{},{l}", 1 - l) }
            },
        );
    workshop.write("p.csv", all.replace(",0\n", ",0.125\n").replace(",1,", ",0.875,"));
    let ran = validate(&workshop, &yaml, &["--predictions", "p.csv"]).exits(1);
    assert!(ran.json()["verdict"] == "error", "{ran:?}");
    workshop.write("p.csv", rows("label,p_2,p_3", |_, _| "0.5,0.5".to_owned()));
    let ran = validate(&workshop, &yaml, &["--predictions", "p.csv"]).exits(2);
    ran.says("holds the label `0`").says("there are columns for: 2, 3");
    let answers =
        "gates: {absolute: [{metric: accuracy, min: 0}]}\npredictions: {task: multiclass}\n";
    workshop.write("p.csv", rows("label,score", |_, _| "cat".to_owned()));
    let ran = validate(&workshop, answers, &["--predictions", "p.csv"]).exits(2);
    ran.says("is ever a label").says("hint:");
}

#[test]
fn one_class_or_no_champion_shows_nothing() {
    let workshop = registered();
    workshop
        .write("p.csv", rows("label,score", |i, l| good(i, l).to_string()).replace("\n1,", "\n0,"));
    let ran = validate(&workshop, AUC, &["--predictions", "p.csv"]).exits(1);
    finding(&ran, "one-class");
    workshop.write("p.csv", rows("label,score", |i, l| good(i, l).to_string()));
    let yaml = "gates: {superiority: [{metric: roc-auc}]}\n";
    let ran = validate(&workshop, yaml, &["--predictions", "p.csv"]).exits(4);
    finding(&ran, "no-champion-scores");
    let asked = ["evaluate", "p.csv", "--champion", "old"];
    workshop.run(&asked).exits(2).says("no column `old`").says("hint:");
}

#[test]
fn ids_that_join_to_nothing_or_twice_are_refused_or_counted() {
    let workshop = registered();
    let mine = rows("label,id,score", |i, l| format!("r{i},{}", good(i, l)));
    let theirs = |extra: &str, without: usize| {
        let mut text = "id,score\n".to_owned();
        (without..300).for_each(|i| writeln!(text, "r{i},{}", good(i, i % 2) / 2.0).unwrap());
        text + extra
    };
    workshop.write("mine.csv", mine);
    let files = ["--predictions", "mine.csv", "--champion-predictions", "theirs.csv"];
    let by_id = format!("{AUC}predictions: {{id: id}}\n");
    for (content, said) in [
        (theirs("r299,0.1\n", 0), "the id `r299` stands twice"),
        (theirs("", 5), "5 ids of"),
        (theirs("x,0.1\n", 0), "1 the other way round"),
        ("id,score\nx,0.1\n".to_owned(), "no id of"),
    ] {
        workshop.write("theirs.csv", content);
        validate(&workshop, &by_id, &files).exits(2).says(said).says("hint:");
    }
    validate(&workshop, AUC, &files).exits(2).says("no id to join");
    workshop.write("theirs.csv", theirs("x,0.1\n", 5));
    let drop = format!("{AUC}predictions: {{id: id, drop: [unmatched]}}\n");
    let ran = validate(&workshop, &drop, &files).exits(0);
    let message = finding(&ran, "rows-left-out")["message"].to_string();
    assert!(
        message.contains("5 (the champion") && message.contains("1 (the challenger"),
        "{message}"
    );
    let asked = ["evaluate", "mine.csv", "--champion-predictions", "theirs.csv", "--json"];
    workshop.write("outerloop.yaml", "model: acme\n");
    workshop.run(&asked).exits(2).says("5 ids of");
    let json = workshop.run(&[&asked[..], &["--drop", "unmatched"]].concat()).exits(0).json();
    assert_eq!((&json["rows"], &json["dropped"][0]["rows"]), (&295.into(), &5.into()), "{json}");
}

#[test]
fn labels_that_are_missing_are_an_error_or_counted() {
    let workshop = registered();
    let text = rows("label,score", |i, l| good(i, l).to_string()).replacen("\n1,", "\n,", 3);
    workshop.write("p.csv", text);
    let ran = validate(&workshop, AUC, &["--predictions", "p.csv"]).exits(1);
    finding(&ran, "not-a-number");
    let drop = format!("{AUC}predictions: {{drop: [unlabelled]}}\n");
    let ran = validate(&workshop, &drop, &["--predictions", "p.csv"]).exits(0);
    assert!(finding(&ran, "rows-left-out")["message"].to_string().contains("3 (no label)"));
}

#[test]
fn weights_and_whole_numbers_are_refused_by_their_place() {
    let workshop = registered();
    let weighted = format!("{AUC}predictions: {{weight: w}}\n");
    let odd = |w: &'static str| {
        rows("label,score,w", move |i, l| {
            format!("{},{}", good(i, l), if i == 7 { w } else { "1" })
        })
    };
    for (weight, said) in [("-0.5", "row 8, is -0.5"), ("", "is NaN"), ("inf", "is inf")] {
        workshop.write("p.csv", odd(weight));
        let ran = validate(&workshop, &weighted, &["--predictions", "p.csv"]).exits(2);
        ran.says(said).says("hint:");
    }
    workshop.write("p.csv", "label,score\n1,9007199254740993\n0,1\n");
    let ran = validate(&workshop, AUC, &["--predictions", "p.csv"]).exits(2);
    ran.says("p.csv:2").says("9007199254740993").says("2^53");
    workshop.run(&["evaluate", "p.csv"]).exits(2).says("2^53");
}

#[test]
fn cut_files_are_refused_wherever_they_are_cut() {
    let workshop = registered();
    let file = workshop.copy("examples/employment/data/2018-households.parquet", "whole.parquet");
    let whole = std::fs::read(file).expect("reads");
    for share in [0, 1, 50, 99] {
        workshop.write("cut.parquet", &whole[..whole.len() * share / 100]);
        let ran = validate(&workshop, AUC, &["--predictions", "cut.parquet"]).exits(2);
        ran.says("cut.parquet").says("hint:");
        workshop.run(&["evaluate", "cut.parquet"]).exits(2).says("cut.parquet");
    }
    workshop.write("ragged.csv", "label,score\n1,0.5\n0,0.2,7\n");
    for arguments in
        [&["evaluate", "ragged.csv"][..], &["validate", "acme", "--predictions", "ragged.csv"]]
    {
        workshop.run(arguments).exits(2).says("ragged.csv:3 has 3 fields").says("hint:");
    }
}

#[test]
fn a_hundred_thousand_slices_are_judged_in_time() {
    let workshop = registered();
    let mut text = "label,score,champion,who\n".to_owned();
    for i in 0..100_000 {
        let (a, b) = (good(i, i % 2), good(i / 3, i % 2));
        let _ = writeln!(text, "{},{a},{b},customer {i}", i % 2);
    }
    workshop.write("p.csv", text);
    let yaml = format!("{AUC}predictions: {{slices: [who]}}\n");
    let started = std::time::Instant::now();
    let ran = validate(&workshop, &yaml, &["--predictions", "p.csv"]);
    assert!(ran.code == 0 || ran.code == 4, "{ran:?}");
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
