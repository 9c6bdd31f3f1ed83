//! Monitoring with memory, through the binary: alerts over six windows, the ticket and the webhook
//! that are told of them, windows of time, and labels that come later.

use outerloop_tests::fake::{Fake, Fault, Reply, Rule};
use outerloop_tests::github::GitHubFake;
use outerloop_tests::inbox::{Inbox, SECRET};
use outerloop_tests::{Ran, Workshop};
use serde_json::{Value, json};

const CONFIG: &str = "model: acme
package: {baseline: {path: before.csv, prediction: score, label: label, ignore: [id, at]}, importances: importances.json}
monitor:
  id: id
  alert: {breaches: 2, of: 3}
  signals: [{metric: roc-auc, below: 0.6}]
  notify:
    ticket: {labels: [ml]}
    webhook: {shape: SHAPE, url-env: ALERTS}
";

struct Scene {
    workshop: Workshop,
    github: GitHubFake,
    inbox: Fake<Inbox>,
}

/// Rows from `first` on, one an hour: a score, a label that follows it, an age that `shift` moves.
fn rows(first: u32, count: u32, shift: u32) -> String {
    let row = |i: u32| {
        let score = f64::from(i * 7919 % 1000) / 1000.0;
        let label = u8::from(f64::from(i * 104_729 % 997) / 997.0 < score);
        let (day, hour) = (1 + i / 24 % 28, i % 24);
        let (month, age) = (1 + i / 24 / 28, 20 + i * 37 % 50 + shift);
        format!("{i},2026-{month:02}-{day:02}T{hour:02}:00:00Z,{age},{score},{label}\n")
    };
    format!("id,at,age,score,label\n{}", (first..first + count).map(row).collect::<String>())
}

/// Without the labels, which come later.
fn unlabelled(rows: &str) -> String {
    rows.lines().map(|l| format!("{}\n", l.rsplit_once(',').expect("a label").0)).collect()
}

impl Scene {
    fn new(shape: &str) -> Self {
        let workshop = Workshop::new();
        workshop.write("before.csv", rows(0, 3000, 0));
        workshop.write("importances.json", "{\"age\": 3.0, \"score\": 1.0}");
        workshop.write("outerloop.yaml", CONFIG.replace("SHAPE", shape));
        workshop.register("acme", "a model").exits(0);
        let first = ["promote", "acme@1.0.0", "--to", "champion", "--via", "registry"];
        workshop.run(&first).exits(0);
        Self { workshop, github: GitHubFake::start(), inbox: Inbox::start() }
    }

    fn command(&self, more: &[&str]) -> std::process::Command {
        let mut command = self.workshop.command(&[&["monitor", "--json"], more].concat());
        command
            .env("ALERTS", format!("{}{SECRET}?sig=s3cr3t-s1gnature", self.inbox.url))
            .env("GITHUB_REPOSITORY", "acme/models")
            .env("GITHUB_API_URL", &self.github.url)
            .env("GITHUB_TOKEN", &self.github.state().token);
        command
    }

    fn monitor(&self, more: &[&str]) -> Ran {
        let ran = Workshop::ran(&mut self.command(more));
        for secret in [SECRET, "s3cr3t-s1gnature", "0123456789abcdefghij"] {
            assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{}", ran.stderr);
        }
        self.github.assert_no_violations();
        ran
    }

    /// A window that nobody saw before.
    fn window(&self, number: u32, shift: u32) -> Ran {
        let name = format!("window-{number}.csv");
        self.workshop.write(&name, unlabelled(&rows(number * 1000, 600, shift)));
        self.monitor(&["--current", &name])
    }

    fn issues(&self, state: &str) -> Vec<Value> {
        self.github.state().issues.iter().filter(|i| i["state"] == state).cloned().collect()
    }

    fn taken(&self) -> Vec<(String, Value)> {
        self.inbox.state().taken.clone()
    }

    fn kinds(&self) -> Vec<String> {
        let history = self.workshop.run(&["history", "acme", "--json"]).exits(0).json();
        let of = |e: &Value| {
            e["event"]["what"]["type"].as_str().or(e["what"]["type"].as_str()).map(str::to_owned)
        };
        history["events"].as_array().expect("events").iter().filter_map(of).collect()
    }
}

fn states(ran: &Ran) -> Vec<(String, String)> {
    let alerts = ran.json()["alerts"].as_array().cloned().expect("alerts");
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    alerts.iter().map(|a| (text(&a["signal"]), text(&a["state"]))).collect()
}

fn state_of(ran: &Ran, signal: &str) -> Option<String> {
    states(ran).into_iter().find(|(name, _)| name == signal).map(|(_, state)| state)
}

#[test]
fn six_windows_open_an_alert_and_close_it() {
    let scene = Scene::new("slack");
    let first = scene.window(1, 0).exits(0);
    assert_eq!((first.json()["status"].clone(), states(&first)), (json!("ok"), vec![]));
    let second = scene.window(2, 30).exits(1);
    assert_eq!((second.json()["drifted"].clone(), states(&second)), (json!(["age"]), vec![]));
    assert!(scene.issues("open").is_empty() && scene.taken().is_empty());

    let third = scene.window(3, 30).exits(1);
    assert_eq!(state_of(&third, "data-set").as_deref(), Some("opened"));
    assert_eq!(state_of(&third, "drift.age.psi").as_deref(), Some("opened"));
    let open = scene.issues("open");
    assert_eq!(open.len(), 1);
    let labels = open[0]["labels"].as_array().expect("labels");
    assert!(labels.iter().any(|l| l["name"] == "ml"), "{labels:?}");
    assert!(open[0]["body"].as_str().expect("a body").contains("drift.age.psi"));
    assert_eq!(third.json()["ticket"], open[0]["html_url"]);
    assert_eq!(third.json()["notified"], json!([third.json()["event"]]));
    let [(kind, message)] = &scene.taken()[..] else { panic!("one message") };
    assert_eq!(kind, "application/json");
    assert!(message["blocks"][0]["text"]["text"].as_str().expect("a title").contains("opened"));

    let again = scene.monitor(&["--current", "window-3.csv"]).exits(1);
    assert_eq!(
        (again.json()["created"].clone(), again.json()["notified"].clone()),
        (json!(false), json!([]))
    );
    let fourth = scene.window(4, 0).exits(0);
    assert_eq!(state_of(&fourth, "data-set").as_deref(), Some("open"));
    assert_eq!((scene.taken().len(), scene.issues("open").len()), (1, 1));

    let fifth = scene.window(5, 0).exits(0);
    assert!(states(&fifth).iter().all(|(_, state)| state == "closed"), "{:?}", states(&fifth));
    assert_eq!(
        (scene.taken().len(), scene.issues("open").len(), scene.issues("closed").len()),
        (2, 0, 1)
    );
    let sixth = scene.window(6, 0).exits(0);
    assert!(states(&sixth).is_empty() && scene.taken().len() == 2);
    let kinds = scene.kinds();
    let count = |kind: &str| kinds.iter().filter(|k| *k == kind).count();
    assert_eq!((count("monitored"), count("notified")), (6, 2), "{kinds:?}");
    scene.workshop.run(&["history", "acme", "--verify"]).exits(0);
    let lineage = scene.workshop.run(&["lineage", "acme@1.0.0"]).exits(0);
    assert!(lineage.stdout.contains("monitored"), "{}", lineage.stdout);
}

#[test]
fn a_webhook_that_fails_loses_nothing_and_the_next_run_sends_it() {
    let scene = Scene::new("cloudevents");
    scene.window(1, 30).exits(1);
    let gone = Fault::Instead(Reply::bytes(404, "text/plain", format!("no {SECRET}").into_bytes()));
    scene.inbox.inject(Rule::next(gone));
    let failed = scene.window(2, 30).exits(3);
    assert!(failed.stderr.contains("127.0.0.1 answered 404"), "{}", failed.stderr);
    assert!(failed.stderr.contains("the next `monitor` sends it"), "{}", failed.stderr);
    assert_eq!((failed.json()["created"].clone(), scene.taken().len()), (json!(true), 0));
    // The same window again: nothing new is found, and what failed is sent.
    let again = scene.monitor(&["--current", "window-2.csv"]).exits(1);
    assert_eq!(again.json()["notified"], json!([failed.json()["event"]]));
    let [(kind, event)] = &scene.taken()[..] else { panic!("one message") };
    assert!(kind.starts_with("application/cloudevents+json"));
    assert_eq!((&event["id"], &event["specversion"]), (&failed.json()["event"], &json!("1.0")));
    assert_eq!(event["data"]["status"], "drift");
    let kinds = scene.kinds();
    assert_eq!(kinds[kinds.len() - 3..], ["notified", "notified", "notified"].map(str::to_owned));
    let mut without = scene.command(&["--current", "window-2.csv"]);
    let unset = Workshop::ran(without.env_remove("ALERTS")).exits(2);
    assert!(unset.stderr.contains("ALERTS is not set"), "{}", unset.stderr);
}

#[test]
fn two_at_once_record_one_window_and_tell_of_it_once() {
    let scene = Scene::new("teams");
    scene.window(1, 30).exits(1);
    scene.workshop.write("window-2.csv", unlabelled(&rows(2000, 600, 30)));
    let mut runs: Vec<_> = (0..2)
        .map(|_| {
            let mut command = scene.command(&["--current", "window-2.csv"]);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
            command.spawn().expect("runs")
        })
        .collect();
    let created: Vec<bool> = runs
        .drain(..)
        .map(|run| {
            let out = run.wait_with_output().expect("ends");
            assert_eq!(out.status.code(), Some(1), "{}", String::from_utf8_lossy(&out.stderr));
            let json: Value = serde_json::from_slice(&out.stdout).expect("JSON");
            json["created"] == json!(true)
        })
        .collect();
    assert_eq!(created.iter().filter(|c| **c).count(), 1);
    assert_eq!((scene.taken().len(), scene.issues("open").len()), (1, 1));
    assert_eq!(scene.taken()[0].1["attachments"][0]["content"]["type"], "AdaptiveCard");
    assert_eq!(scene.kinds().iter().filter(|k| *k == "monitored").count(), 2);
}

#[test]
fn labels_that_come_later_and_windows_of_time() {
    let scene = Scene::new("slack");
    let config = CONFIG
        .replace("SHAPE", "slack")
        .replace("  id: id\n", "  id: id\n  time: at\n  chunk: {every: 7d}\n");
    scene.workshop.write("outerloop.yaml", config);
    let all = rows(0, 1200, 0);
    scene.workshop.write("all.csv", unlabelled(&all));
    let found = scene.monitor(&["--current", "all.csv", "--since", "2026-01-08"]).exits(0).json();
    assert_eq!((&found["rows"], &found["span"]["outside"]), (&json!(1032), &json!(168)));
    assert_eq!(found["chunks"].as_array().expect("chunks").len(), 7);
    let empty = scene.monitor(&["--current", "all.csv", "--since", "last-run"]).exits(4);
    assert_eq!(
        (&empty.json()["status"], &empty.json()["event"]),
        (&json!("inconclusive"), &json!(null))
    );
    assert!(empty.json()["summary"][0].as_str().expect("a line").starts_with("empty-window"));
    scene.monitor(&["--current", "all.csv", "--since", "soon"]).exits(2).says("last-run");

    let labels: String = all
        .lines()
        .map(|l| {
            let cells: Vec<&str> = l.split(',').collect();
            format!("{},{}\n", cells[0], cells[4])
        })
        .collect();
    scene.workshop.write("labels.csv", labels + "99999,1\n");
    scene.monitor(&["--current", "all.csv"]).exits(0);
    let late = scene
        .monitor(&["--current", "all.csv", "--labels", "labels.csv", "--prometheus", "m.prom"])
        .exits(0);
    let json = late.json();
    assert_eq!(
        (&json["labels"]["matched"], &json["labels"]["unmatched"]),
        (&json!(1200), &json!(1))
    );
    assert_eq!(
        (&json["labels"]["alone"], &json["rows"], &json["performance"][0]["rows"]),
        (&json!(true), &json!(0), &json!(1200))
    );
    let columns: Vec<&Value> = json["signals"]
        .as_array()
        .expect("signals")
        .iter()
        .filter(|s| s["kind"] != "performance")
        .map(|s| &s["column"])
        .collect();
    assert!(columns.len() > 3 && columns.iter().all(|c| **c == "label"), "{columns:?}");
    let text = std::fs::read_to_string(scene.workshop.path().join("m.prom")).expect("is written");
    assert!(
        exposition(&text).iter().any(|(name, labels, value)| {
            name == "outerloop_signal"
                && labels.contains(&("signal".to_owned(), "performance.roc-auc".to_owned()))
                && (0.6..1.0).contains(value)
        }),
        "{text}"
    );
}

/// Names and values, in the order in which they stand.
type Labels = Vec<(String, String)>;

/// The samples of a page in Prometheus' text format, read strictly by its rules: every family has
/// its help and type before its samples and stands in one place, no sample comes twice, names and
/// labels are made of the characters that they may have, values are numbers.
fn exposition(text: &str) -> Vec<(String, Labels, f64)> {
    let name = |t: &str| {
        !t.is_empty()
            && !t.starts_with(|c: char| c.is_ascii_digit())
            && t.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    assert!(text.ends_with('\n'), "the last line has an end");
    let (mut families, mut samples) = (Vec::<String>::new(), Vec::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let family = help.split(' ').next().expect("a name").to_owned();
            assert!(name(&family) && !families.contains(&family), "{line}");
            assert_eq!(lines.next(), Some(format!("# TYPE {family} gauge").as_str()));
            families.push(family);
            continue;
        }
        let (family, rest) = line.split_once('{').expect("labels");
        assert_eq!(families.last().map(String::as_str), Some(family), "{line}");
        let (labels, value) = labels(rest);
        assert!(labels.iter().all(|(k, _)| name(k)), "{line}");
        assert!(!samples.iter().any(|(f, l, _)| f == family && *l == labels), "twice: {line}");
        samples.push((family.to_owned(), labels, value.parse().expect("a number")));
    }
    samples
}

/// Labels up to their closing brace, unescaped, and what comes after it.
fn labels(text: &str) -> (Labels, &str) {
    let (mut labels, mut rest) = (Vec::new(), text);
    loop {
        let (name, after) = rest.split_once("=\"").expect("a label");
        let (mut value, mut chars) = (String::new(), after.char_indices());
        let end = loop {
            match chars.next().expect("a closing quotation mark") {
                (at, '"') => break at,
                (_, '\\') => value.push(match chars.next().map(|(_, c)| c) {
                    Some('n') => '\n',
                    Some(c @ ('\\' | '"')) => c,
                    other => panic!("no escape: {other:?}"),
                }),
                (_, c) => value.push(c),
            }
        };
        labels.push((name.to_owned(), value));
        rest = &after[end + 1..];
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return (labels, rest.strip_prefix("} ").expect("a closing brace")),
        }
    }
}

#[test]
fn a_column_with_any_name_is_told_to_prometheus_and_the_page() {
    let scene = Scene::new("slack");
    let evil = "a\"}\\ <script>alert(1)</script> {x=\"1\"}";
    let named =
        |text: String| text.replacen("age", &format!("\"{}\"", evil.replace('"', "\"\"")), 1);
    scene.workshop.write("before.csv", named(rows(0, 3000, 0)));
    scene.workshop.register("acme", "another model").exits(0);
    scene
        .workshop
        .run(&["promote", "acme@1.1.0", "--to", "champion", "--via", "registry"])
        .exits(0);
    for number in 1..4 {
        let rows = named(unlabelled(&rows(number * 1000, 600, 30)));
        scene.workshop.write("now.csv", rows);
        scene
            .monitor(&["--current", "now.csv", "--prometheus", "m.prom", "--report", "r.html"])
            .exits(1);
    }
    let text = std::fs::read_to_string(scene.workshop.path().join("m.prom")).expect("is written");
    let samples = exposition(&text);
    let of = ("column".to_owned(), evil.to_owned());
    assert!(
        samples.iter().any(|(_, labels, value)| labels.contains(&of) && *value > 0.2),
        "{text}"
    );
    let page = std::fs::read_to_string(scene.workshop.path().join("r.html")).expect("is written");
    assert!(!page.contains("<script") && page.contains("Over time") && page.contains("Alerts"));
    let body = scene.issues("open")[0]["body"].as_str().expect("a body").to_owned();
    assert!(!body.contains("<script"), "{body}");
}
