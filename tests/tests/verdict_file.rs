//! The verdict as an artifact: the same bytes wherever it is judged, and a second look that says
//! what differs.

use std::path::{Path, PathBuf};

use outerloop_tests::{Ran, Workshop, repository_file};
use serde_json::Value;

const CONFIG: &str = "model: acme
gates:
  absolute: [{metric: roc-auc, min: 0.9}, {metric: r2, min: 0}]
  non-inferiority: [{metric: roc-auc, margin: 0.02, resamples: 400}]
  superiority: [{metric: brier, resamples: 400}]
  size: {max: 1MB}
predictions: {label: y_true, score: challenger, champion: champion, path: predictions.csv}
";

/// Two versions, of which the first is the champion, and predictions of both.
fn workshop() -> Workshop {
    let workshop = Workshop::new();
    workshop.write("outerloop.yaml", CONFIG);
    workshop.copy("core/testdata/eval/binary.csv", "predictions.csv");
    workshop.register("acme", "one").exits(0);
    workshop.run(&["promote", "acme@1.0.0", "--to", "champion", "--via", "registry"]).exits(0);
    workshop.register("acme", "two").exits(0);
    workshop
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("creates");
    for entry in std::fs::read_dir(from).expect("reads") {
        let from = entry.expect("an entry").path();
        let to = to.join(from.file_name().expect("a name"));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).expect("copies");
        }
    }
}

/// The same repository in a folder of its own, as on another machine.
fn elsewhere(workshop: &Workshop) -> Workshop {
    let other = Workshop::new();
    std::fs::remove_dir_all(other.path().join(".git")).expect("removes");
    copy(workshop.path(), other.path());
    other
}

fn validate(workshop: &Workshop, more: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = workshop.command(&["validate", "acme@1.1.0", "--json"]);
    command.args(more).envs(variables.iter().copied());
    Workshop::ran(&mut command)
}

fn file(ran: &Ran) -> PathBuf {
    ran.json()["verdict-file"].as_str().expect("a path").into()
}

fn verify(workshop: &Workshop, file: &Path, more: &[&str]) -> Ran {
    let file = file.display().to_string();
    workshop.run(&[&["validate", "--verify", &file, "--json"], more].concat())
}

#[test]
fn another_machine_gives_the_same_bytes() {
    let here = workshop();
    let there = elsewhere(&here);
    let one = validate(&here, &[], &[("RAYON_NUM_THREADS", "1"), ("TZ", "UTC")]).exits(1);
    let elsewhere = there.path().join("p/other.csv");
    std::fs::create_dir(there.path().join("p")).expect("creates");
    std::fs::rename(there.path().join("predictions.csv"), &elsewhere).expect("moves");
    let elsewhere = elsewhere.display().to_string();
    let other = [("RAYON_NUM_THREADS", "3"), ("TZ", "Asia/Tokyo"), ("LC_ALL", "de_DE.UTF-8")];
    let two = validate(&there, &["--predictions", &elsewhere], &other).exits(1);
    let read = |ran: &Ran| std::fs::read_to_string(file(ran)).expect("reads");
    assert_eq!(read(&one), read(&two));
    let text = read(&one);
    assert!(!text.contains(&here.path().display().to_string()), "{text}");
    let told: Value = serde_json::from_str(&text).expect("is JSON");
    assert_eq!(told["verdict"], "error", "r2 is no metric of this task");
    assert_eq!(told["settings"]["gates"]["size"]["max"], "1MB");
    assert_eq!(told["rows"], 319);

    // The history proves which verdict file was meant.
    let history = here.run(&["history", "acme", "--json"]).exits(0).json();
    let events = history["events"].as_array().expect("events");
    let event = events.iter().rfind(|e| e.to_string().contains("validated")).expect("an event");
    assert!(event.to_string().contains(told["digest"].as_str().expect("a digest")), "{event}");
}

#[test]
fn a_second_look_finds_the_same_or_names_what_differs() {
    let here = workshop();
    let recorded = file(&validate(&here, &[], &[]));
    let events = |workshop: &Workshop| {
        workshop.run(&["history", "acme", "--json"]).json()["events"].as_array().map(Vec::len)
    };
    let before = events(&here);
    let same = verify(&here, &recorded, &[]).exits(0).json();
    assert_eq!((&same["verified"], &same["differences"]), (&true.into(), &Value::Array(vec![])));
    assert_eq!(events(&here), before, "a second look records nothing");

    let differs = |more: &[&str], first: &str| {
        let found = verify(&here, &recorded, more).exits(1).json();
        assert_eq!(found["verified"], false);
        let told = found["differences"][0].as_str().expect("a difference").to_owned();
        assert!(told.starts_with(first), "{told}");
    };
    let mut rows = std::fs::read_to_string(repository_file("core/testdata/eval/binary.csv"))
        .expect("reads")
        .replacen("0.38", "0.39", 1);
    rows.push_str("1,0.5,0.5\n");
    here.write("changed.csv", rows);
    differs(&["--predictions", "changed.csv"], "inputs.predictions: was \"sha256:");
    here.write("outerloop.yaml", CONFIG.replace("min: 0.9}", "min: 0.8}"));
    differs(&[], "settings.gates.absolute[0].min: was 0.9, is 0.8");
    here.write("outerloop.yaml", CONFIG);
    let text = std::fs::read_to_string(&recorded).expect("reads");
    std::fs::write(&recorded, text.replace("\"verdict\":\"error\"}", "\"verdict\":\"pass\"}"))
        .expect("writes");
    differs(&[], "the file was changed after it was written");

    std::fs::write(&recorded, "{}").expect("writes");
    verify(&here, &recorded, &[]).exits(2).says("is not a verdict file");
    let wrong = ["validate", "acme@1.1.0", "--verify", "x.json"];
    here.run(&wrong).exits(2);
}

#[test]
fn what_the_champion_became_since_does_not_matter() {
    let here = workshop();
    let first = here.run(&["validate", "acme@1.0.0", "--json"]);
    let recorded = file(&first);
    here.run(&["promote", "acme@1.1.0", "--to", "champion", "--via", "registry"]).exits(0);
    verify(&here, &recorded, &[]).exits(0);
}
