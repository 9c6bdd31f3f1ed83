//! The pages that people look at, in Chromium: light and dark, on a wide screen and on a phone.
//! Screenshots stay in `target/pages`.

use std::path::PathBuf;

use outerloop_tests::{Workshop, programs, repository_file};

/// The name in front of a column of the rows of a fixture.
fn with_groups(fixture: &str) -> String {
    let rows = std::fs::read_to_string(repository_file(fixture)).expect("reads");
    let groups = ["north", "east", "a place with a rather long name, <b>south</b>"];
    let group = |(i, row): (usize, &str)| match i {
        0 => format!("{row},region\n"),
        _ => format!("{row},{}\n", groups[i % 7 % 3].replace(',', ";")),
    };
    rows.lines().enumerate().map(group).collect()
}

/// Two numbers and a category; `shift` moves them.
fn features(shift: u32) -> String {
    let row = |i: u32| {
        let level =
            ["Bachelors", "HS-grad", "A very long name of a level"][(i * i % 7 % 3) as usize];
        format!("{},{},{level}\n", 20 + i * 37 % 50 + shift, (i * 53 % 101) / (1 + shift / 4))
    };
    let rows: String = (0..2_000).map(row).collect();
    format!("age,hours-per-week,education\n{rows}")
}

const CONFIG: &str = "model: acme
gates:
  absolute: [{metric: METRIC, min: 0.9}, {metric: SECOND, max: 0.2}]
  superiority: [{metric: METRIC, resamples: 300}]
  non-inferiority: [{metric: METRIC, margin: 0.02}, {metric: SECOND, margin: 0.01, resamples: 300}]
  size: {max: 1MB}
predictions: {task: TASK, label: y_true, score: challenger, champion: champion, slices: [region]}
package: {baseline: {path: before.csv}, importances: importances.json}
monitor: {chunk: {rows: 500}, signals: [{metric: psi, column: age, above: history}]}
";

/// Writes every kind of page.
fn pages(workshop: &Workshop) -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let mut page = |name: &str| {
        let path = workshop.path().join(name);
        pages.push(path.clone());
        path.display().to_string()
    };
    workshop.write("before.csv", features(0));
    let importances = r#"{"age": 3, "education": 1, "hours-per-week": 0.5}"#;
    workshop.write("importances.json", importances);
    workshop.write("now.csv", features(8));
    let tasks = [("binary", "roc-auc", "brier"), ("regression", "r2", "rmse")];
    for (i, (task, metric, second)) in tasks.into_iter().enumerate() {
        let config = CONFIG.replace("METRIC", metric).replace("SECOND", second);
        workshop.write("outerloop.yaml", config.replace("TASK", task));
        let file = format!("{task}.csv");
        workshop.write(&file, with_groups(&format!("core/testdata/eval/{file}")));
        if i == 0 {
            workshop.register("acme", "one").exits(0);
            let first = ["promote", "acme@1.0.0", "--to", "champion", "--via", "registry"];
            workshop.run(&first).exits(0);
            workshop.register("acme", "two").exits(0);
        }
        let report = page(&format!("validate-{task}.html"));
        let validate = ["validate", "acme@1.1.0", "--predictions", &file, "--report", &report];
        assert!([0, 1, 4].contains(&workshop.run(&validate).code));
        let report = page(&format!("evaluate-{task}.html"));
        let evaluate = ["evaluate", &file, "--resamples", "200", "--report", &report];
        workshop.run(&evaluate).exits(0);
    }
    let report = page("evaluate-multiclass.html");
    let digits = workshop.write("digits.csv", digits());
    let digits = digits.display().to_string();
    let evaluate = ["--label", "label", "--score", "digit", "--task", "multiclass"];
    let more = ["--resamples", "200", "--report", &report];
    workshop.run(&[&["evaluate", &digits][..], &evaluate, &more].concat()).exits(0);
    let report = page("monitor.html");
    // Calm windows first, which make a history.
    for window in 0..6 {
        let rows = features(0).lines().skip(window).map(|l| format!("{l}\n")).collect::<String>();
        let head = "age,hours-per-week,education\n".repeat(usize::from(window > 0));
        workshop.write("calm.csv", head + &rows);
        let monitor = ["monitor", "--model", "acme@champion", "--current", "calm.csv"];
        workshop.run(&monitor).exits(0);
    }
    let monitor = ["monitor", "--model", "acme@champion", "--current", "now.csv"];
    workshop.run(&[&monitor[..], &["--report", &report]].concat()).exits(1);
    let report = page("compare.html");
    let compare = ["compare", "before.csv", "now.csv", "--all-measures", "--report", &report];
    workshop.run(&compare).exits(1);
    let report = page("compare-evidently.html");
    let compare = ["compare", "before.csv", "now.csv", "--preset", "evidently"];
    workshop.run(&[&compare[..], &["--report", &report]].concat()).exits(1);
    pages
}

/// Answers to ten classes, most of them right.
fn digits() -> String {
    let row = |i: u32| {
        format!("d{},d{}\n", i * 7 % 10, (i * 7 + u32::from(i.is_multiple_of(9)) * (i % 4)) % 10)
    };
    let rows: String = (0..600).map(row).collect();
    format!("label,digit\n{rows}")
}

#[test]
#[ignore = "needs Chromium"]
fn pages_are_readable_by_everyone_and_ask_nobody() {
    let workshop = Workshop::new();
    let pages = pages(&workshop);
    for page in &pages {
        let size = std::fs::metadata(page).expect("is there").len();
        assert!(size < 300_000, "{} has {size} bytes", page.display());
    }
    let shots = programs::target().join("pages");
    let mut command = programs::node_script("check-pages.js");
    command.arg(programs::chromium()).arg(shots).args(&pages);
    let ran = programs::output(&mut command);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains(&format!("{} pages looked at", pages.len())), "{}", ran.stdout);
}
