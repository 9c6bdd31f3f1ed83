//! Signals that are held to a detector, through the binary: a slow fall of accuracy is told, its
//! alert opens and closes, and slips in the configuration are refused.

use outerloop_tests::{Ran, Workshop};
use serde_json::{Value, json};

const CONFIG: &str = "model: acme
package: {baseline: {path: before.csv, prediction: score, label: label}}
monitor:
  alert: {breaches: 2, of: 3}
  signals: [{metric: accuracy, below: DETECTOR}]
";

/// Rows of a window; so many in 400 of them are wrong.
const ROWS: u32 = 400;

/// Rows from `first` on: an age, a score, and a label that is the score's own answer but for `wrong`
/// of each [`ROWS`].
fn rows(first: u32, count: u32, wrong: u32) -> String {
    let row = |i: u32| {
        let score = (f64::from(i * 7919 % 1000) + 0.5) / 1000.0;
        let is_wrong = i * 17 % ROWS < wrong;
        format!(
            "{},{score},{}\n",
            20 + (i * 37 + i / ROWS) % 50,
            u8::from((score > 0.5) != is_wrong)
        )
    };
    format!("age,score,label\n{}", (first..first + count).map(row).collect::<String>())
}

struct Scene(Workshop);

impl Scene {
    fn new(detector: &str) -> Self {
        let workshop = Workshop::new();
        workshop.write("before.csv", rows(0, 3000, 40));
        workshop.write("outerloop.yaml", CONFIG.replace("DETECTOR", detector));
        workshop.register("acme", "a model").exits(0);
        let first = ["promote", "acme@1.0.0", "--to", "champion", "--via", "registry"];
        workshop.run(&first).exits(0);
        Self(workshop)
    }

    /// A window that nobody saw before; of a usual one 40 in 400 rows are wrong, some more or less.
    fn window(&self, number: u32, more: u32) -> Ran {
        let swing = [0, 5, 2, 7, 3][number as usize % 5];
        let name = format!("window-{number}.csv");
        self.0.write(&name, rows(10_000 + number * ROWS, ROWS, 36 + swing + more));
        self.0.run(&["monitor", "--json", "--current", &name, "--report", "page.html"])
    }
}

fn accuracy(ran: &Ran) -> Value {
    let signals = ran.json()["signals"].as_array().cloned().expect("signals");
    signals.into_iter().find(|s| s["name"] == "performance.accuracy").expect("the signal")
}

fn alert(ran: &Ran) -> Option<String> {
    let alerts = ran.json()["alerts"].as_array().cloned().expect("alerts");
    let own = alerts.iter().find(|a| a["signal"] == "performance.accuracy")?;
    own["state"].as_str().map(str::to_owned)
}

#[test]
fn a_slow_fall_of_accuracy_is_told_once_and_its_alert_closes() {
    for (detector, fewest) in [("ddm", 1), ("page-hinkley", 5)] {
        let scene = Scene::new(detector);
        for number in 0..12 {
            let calm = scene.window(number, 0).exits(0);
            let verdict = if number < fewest { "inconclusive" } else { "ok" };
            let signal = accuracy(&calm);
            let found = (&signal["basis"], &signal["verdict"]);
            assert_eq!(found, (&json!(detector), &json!(verdict)), "{number}: {signal}");
            assert_eq!(alert(&calm), None);
        }
        // A point lower with each window, which is less than a window's own uncertainty.
        let falling = (12..24).map(|number| (number, scene.window(number, 4 * (number - 11))));
        let told = falling.into_iter().find(|(_, ran)| accuracy(ran)["verdict"] == "breach");
        let (number, told) = told.expect("is told");
        assert!((13..20).contains(&number), "{detector}: {number}");
        let told = told.exits(1);
        let why = accuracy(&told)["why"].as_str().expect("a reason").to_owned();
        assert!(why.starts_with("accuracy fell from 0.9") && why.contains(" to 0.8"), "{why}");
        assert_eq!(
            (&told.json()["status"], alert(&told)),
            (&json!("drift"), Some("opened".into()))
        );
        let page = std::fs::read_to_string(scene.0.path().join("page.html")).expect("a page");
        assert!(page.contains(&format!(">{detector}<")) && page.contains(&why), "{why}");
        let again =
            scene.0.run(&["monitor", "--json", "--current", &format!("window-{number}.csv")]);
        assert_eq!(again.exits(1).json()["created"], json!(false));
        let states: Vec<Option<String>> = (number + 1..number + 5)
            .map(|next| alert(&scene.window(next, 4 * (number - 11)).exits(0)))
            .collect();
        let expected = [Some("open".into()), Some("open".into()), Some("closed".into()), None];
        assert_eq!(states, expected, "{detector}");
        scene.0.run(&["history", "acme", "--verify"]).exits(0);
    }
}

#[test]
fn slips_in_the_configuration_are_refused_with_what_to_do() {
    let scene = Scene::new("ddm");
    for (monitor, said) in [
        ("signals: [{metric: psi, above: adwim}]", "`adwin`, `page-hinkley` or `ddm`"),
        ("signals: [{metric: roc-auc, below: ddm}]", "`{metric: accuracy, below: ddm}`"),
        ("detectors: {page-hinkley: {treshold: 8}}", "threshold"),
        ("detectors: {adwin: {delta: 2}}", "below 1, such as 0.002"),
    ] {
        scene.0.write("outerloop.yaml", format!("model: acme\nmonitor:\n  {monitor}\n"));
        scene.0.run(&["monitor", "--json", "--current", "before.csv"]).exits(2).says(said);
    }
}
