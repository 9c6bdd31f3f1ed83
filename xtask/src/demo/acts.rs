//! What happens, act by act. Every number in the summary is what a verb answered or what the
//! traffic counted.

use std::time::Duration;

use serde_json::{Value, json};

use super::story::Story;
use crate::place::{Answer, Place};
use crate::process::Result;
use crate::traffic::{Seen, Traffic};

/// Source of the live traffic: a sample of 2016, then households of 2018.
const QUIET: usize = 0;
const DRIFTED: usize = 1;
/// Requests in each window that is monitored.
const WINDOW: u64 = 1500;

struct Demo {
    place: Place,
    story: Story,
    summary: Value,
}

/// Runs the demo.
///
/// # Errors
/// The first thing that does not go as the story says.
pub fn run() -> Result<()> {
    let mut demo =
        Demo { place: Place::prepare("demo", false)?, story: Story::default(), summary: json!({}) };
    demo.first_champion()?;
    let server = demo.place.serve("prod")?;
    demo.first_rollout()?;
    let traffic = demo.start_traffic(&server.address)?;
    demo.quiet_window(&traffic)?;
    demo.drift(&traffic)?;
    demo.retraining()?;
    demo.refusal()?;
    demo.second_champion(&traffic)?;
    demo.broken_candidate(&traffic)?;
    demo.closed_loop()?;
    let seen = traffic.stop();
    drop(server);
    demo.finish(&seen)
}

impl Demo {
    fn verb(&mut self, arguments: &[&str], expected: &[i32]) -> Result<Value> {
        let Answer { code, json, command } = self.place.verb(arguments, expected)?;
        let shown = if code == 0 { String::new() } else { format!("   (exit code {code})") };
        self.story.tell(format!("$ {command}{shown}"));
        Ok(json)
    }

    fn train(&mut self, arguments: &[&str]) -> Result<()> {
        self.story.tell(format!("$ python train.py {}", arguments.join(" ")));
        let said = self.place.python(&[&["train.py"], arguments].concat())?;
        self.story.tell(said.trim().to_owned());
        Ok(())
    }

    fn package_and_register(&mut self) -> Result<Value> {
        let package = self.verb(&["package"], &[0])?;
        self.story.tell(format!(
            "{} package {}",
            text(&package["format"]),
            text(&package["digest"])
        ));
        let registered = self.verb(&["register"], &[0])?;
        self.story.tell(format!("registered as {}", text(&registered["ref"])));
        Ok(registered)
    }

    fn validate(&mut self, arguments: &[&str], expected: &[i32]) -> Result<Value> {
        let answer = self.verb(&[&["validate"], arguments].concat(), expected)?;
        self.story.tell(format!("verdict: {}", text(&answer["verdict"])));
        for gate in answer["gates"].as_array().into_iter().flatten() {
            let (verdict, id) = (text(&gate["verdict"]), text(&gate["gate"]));
            self.story.tell(format!("  {verdict:<5} {id}: {}", text(&gate["message"])));
        }
        self.story.attach("The validation report", &text(&answer["report"]));
        Ok(answer)
    }

    fn first_champion(&mut self) -> Result<()> {
        self.story.scene("The first model, trained on people of 2015, becomes the champion");
        self.train(&["--model", "logistic", "--data", "data/2015.parquet", "--out", "build"])?;
        self.package_and_register()?;
        let answer = self.validate(&["employment@1.0.0"], &[0])?;
        self.summary["verdicts"]["1.0.0"] = answer["verdict"].clone();
        let promoted = self.verb(&["promote", "employment@1.0.0", "--to", "champion"], &[0])?;
        self.story.tell(format!("{} is {}", text(&promoted["alias"]), text(&promoted["ref"])));
        Ok(())
    }

    fn first_rollout(&mut self) -> Result<()> {
        self.story.scene("It is deployed to the endpoint `prod`");
        let answer = self.deploy("employment@champion", &[0])?;
        self.summary["rollouts"]["1.0.0"] = answer["state"].clone();
        Ok(())
    }

    fn deploy(&mut self, reference: &str, expected: &[i32]) -> Result<Value> {
        let answer = self.verb(&["deploy", reference, "--endpoint", "prod"], expected)?;
        for step in answer["steps"].as_array().into_iter().flatten() {
            self.story.tell(format!("  {}", text(step)));
        }
        let (state, live) = (text(&answer["state"]), text(&answer["live"]));
        self.story.tell(format!("{state}: {live} serves {}", text(&answer["url"])));
        Ok(answer)
    }

    fn start_traffic(&mut self, address: &str) -> Result<Traffic> {
        let mut sources = Vec::new();
        for data in ["data/2016.parquet", "data/2018-households.parquet"] {
            let requests = self.place.python(&["live_requests.py", data])?;
            sources.push(requests.lines().map(str::to_owned).collect());
        }
        let path = "/v2/models/employment/infer";
        Ok(Traffic::start(address, path, sources, 3, Duration::from_millis(6)))
    }

    fn quiet_window(&mut self, traffic: &Traffic) -> Result<()> {
        self.story.scene("People of 2016 ask for predictions: nothing has moved");
        traffic.switch_to(QUIET);
        traffic.wait_for(WINDOW);
        traffic.pause(true);
        let answer = self.monitor(&[0])?;
        self.summary["monitor"]["2016"] = answer["status"].clone();
        Ok(())
    }

    fn monitor(&mut self, expected: &[i32]) -> Result<Value> {
        let answer = self.verb(&["monitor", "--endpoint", "prod"], expected)?;
        let (rows, status) = (&answer["rows"], text(&answer["status"]));
        self.story.tell(format!("{rows} rows: {status}"));
        for line in answer["summary"].as_array().into_iter().flatten() {
            self.story.tell(format!("  {}", text(line)));
        }
        self.story.attach("The monitoring report", &text(&answer["report"]));
        Ok(answer)
    }

    fn drift(&mut self, traffic: &Traffic) -> Result<()> {
        self.story
            .scene("Then come households of 2018 only: the data drifts, and the monitor sees it");
        traffic.switch_to(DRIFTED);
        traffic.pause(false);
        traffic.wait_for(WINDOW);
        let first = self.monitor(&[1])?;
        self.retrain(false)?;
        traffic.wait_for(WINDOW);
        let second = self.monitor(&[1])?;
        self.summary["monitor"]["2018-first"] = first["status"].clone();
        self.summary["monitor"]["2018-second"] = second["status"].clone();
        self.summary["drifted"] = second["drifted"].clone();
        Ok(())
    }

    fn retrain(&mut self, triggered: bool) -> Result<Value> {
        let answer = self.verb(&["retrain"], &[0])?;
        for line in answer["explanation"].as_array().into_iter().flatten() {
            self.story.tell(format!("  {}", text(line)));
        }
        if answer["triggered"] != json!(triggered) {
            return Err(format!("retrain answered {answer}, expected triggered: {triggered}"));
        }
        Ok(answer)
    }

    fn retraining(&mut self) -> Result<()> {
        self.story.scene("The policy asks for a retraining, once");
        let answer = self.retrain(true)?;
        self.summary["retrain"] = json!({"triggered": true, "event": answer["event"]});
        self.story.tell(format!("event {}", text(&answer["event"])));
        let again = self.retrain(false)?;
        self.summary["retrain"]["triggered-again"] = again["triggered"].clone();
        Ok(())
    }

    fn refusal(&mut self) -> Result<()> {
        self.story.scene("The first candidate is worse: the gate refuses it and says why");
        let predictions = "build/stump/predictions.parquet";
        let answer = self.validate(&["employment@1.1.0", "--predictions", predictions], &[1])?;
        self.summary["verdicts"]["1.1.0"] = answer["verdict"].clone();
        Ok(())
    }

    fn second_champion(&mut self, traffic: &Traffic) -> Result<()> {
        self.story.scene("The second candidate passes and rolls out step by step, under load");
        let predictions = "build/boosting/predictions.parquet";
        let answer = self.validate(&["employment@1.2.0", "--predictions", predictions], &[0])?;
        self.summary["verdicts"]["1.2.0"] = answer["verdict"].clone();
        self.verb(
            &["promote", "employment@1.2.0", "--to", "champion", "--expect", "employment@1.0.0"],
            &[0],
        )?;
        let before = traffic.sent();
        let answer = self.deploy("employment@champion", &[0])?;
        self.summary["rollouts"]["1.2.0"] = answer["state"].clone();
        self.story.tell(format!("{} requests were answered meanwhile", traffic.sent() - before));
        Ok(())
    }

    fn broken_candidate(&mut self, traffic: &Traffic) -> Result<()> {
        self.story.scene(
            "A third one is broken in a way that no offline test saw: it is rolled back by itself",
        );
        self.train(&[
            "--model",
            "boosting",
            "--months",
            "--data",
            "data/2015.parquet",
            "data/2018-households.parquet",
            "--champion",
            "build/boosting/model.onnx",
            "--out",
            "build",
        ])?;
        self.package_and_register()?;
        let answer = self.validate(&["employment@1.3.0"], &[0])?;
        self.summary["verdicts"]["1.3.0"] = answer["verdict"].clone();
        let before = traffic.sent();
        let answer = self.deploy("employment@1.3.0", &[1])?;
        self.summary["rollouts"]["1.3.0"] = answer["state"].clone();
        self.story.tell(format!("reason: {}", text(&answer["reason"])));
        self.story.tell(format!("{} requests were answered meanwhile", traffic.sent() - before));
        Ok(())
    }

    fn closed_loop(&mut self) -> Result<()> {
        self.story.scene("The lineage shows the closed loop, and the history verifies");
        self.story.tell("$ outerloop lineage employment@1.2.0");
        let tree = self.place.text(&["lineage", "employment@1.2.0"])?;
        for line in tree.lines() {
            self.story.tell(line);
        }
        let lineage = self.place.verb(&["lineage", "employment@1.2.0"], &[0])?.json;
        self.summary["lineage"] = lineage;
        let history = self.verb(&["history", "employment", "--verify"], &[0])?;
        let events = history["events"].as_array().map_or(0, Vec::len);
        let verified = history["verified"] == json!(true);
        self.story.tell(format!("{events} events, verified: {verified}"));
        self.summary["events"] = json!(events);
        self.summary["chain-verified"] = json!(verified);
        Ok(())
    }

    fn finish(mut self, seen: &Seen) -> Result<()> {
        let at = |share: f64| {
            let index = (seen.latencies.len() as f64 * share) as usize;
            seen.latencies
                .get(index.min(seen.latencies.len().saturating_sub(1)))
                .copied()
                .unwrap_or(0.0)
        };
        self.summary["requests"] = json!(seen.requests);
        self.summary["failed"] = json!(seen.failed);
        self.summary["latency-ms"] = json!({"p50": at(0.5), "p99": at(0.99)});
        let facts = [
            ("requests answered", seen.requests.to_string()),
            ("failed", seen.failed.to_string()),
            ("p99 latency", format!("{:.1} ms", at(0.99))),
            ("events", self.summary["events"].to_string()),
            ("history verifies", self.summary["chain-verified"].to_string()),
        ];
        let report = self.place.folder.join("report.html");
        let summary = self.place.folder.join("summary.json");
        let write = |path: &std::path::Path, content: String| {
            std::fs::write(path, content).map_err(|e| format!("{}: {e}", path.display()))
        };
        write(&report, self.story.html(&facts))?;
        write(&summary, format!("{:#}\n", self.summary))?;
        println!("\n{} requests, {} failed", seen.requests, seen.failed);
        println!("report:  {}\nsummary: {}", report.display(), summary.display());
        check(&self.summary, seen)
    }
}

/// The story must have ended as it should.
fn check(summary: &Value, seen: &Seen) -> Result<()> {
    let expected = [
        ("/failed", json!(0)),
        ("/chain-verified", json!(true)),
        ("/monitor/2016", json!("ok")),
        ("/monitor/2018-second", json!("drift")),
        ("/retrain/triggered-again", json!(false)),
        ("/verdicts/1.1.0", json!("fail")),
        ("/verdicts/1.2.0", json!("pass")),
        ("/rollouts/1.2.0", json!("finished")),
        ("/rollouts/1.3.0", json!("rolled-back")),
    ];
    for (pointer, value) in expected {
        let found = summary.pointer(pointer).cloned().unwrap_or(Value::Null);
        if found != value {
            return Err(format!(
                "summary{pointer} is {found}, expected {value}; {:?}",
                seen.problems
            ));
        }
    }
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
