//! What verbs write on GitHub beside their work: the gate in a pull request, promotion by pull
//! request, the ticket of a retraining. The binary as a step of a job, against a fake of GitHub.

use std::path::PathBuf;

use outerloop_tests::fake::{Fault, Reply, Rule};
use outerloop_tests::github::{GitHubFake, Permissions, Workflow};
use outerloop_tests::{Ran, Workshop};
use serde_json::{Value, json};

const GATES: &str = "gates: {digest: {}, size: {max: 1B}}\n";

/// A model repository with two versions, of which the first is the champion, and the fake.
struct House {
    workshop: Workshop,
    github: GitHubFake,
}

impl House {
    fn new(config: &str) -> Self {
        let workshop = Workshop::new();
        workshop.write("outerloop.yaml", format!("model: acme\n{config}"));
        for content in ["one", "two"] {
            workshop.register("acme", content).exits(0);
        }
        workshop.run(&["promote", "acme@1.0.0", "--to", "champion", "--via", "registry"]).exits(0);
        Self { workshop, github: GitHubFake::start() }
    }

    /// Runs the binary in a job on GitHub that was started by this event.
    fn job(&self, name: &str, event: &Value, arguments: &[&str]) -> Ran {
        let event = self.workshop.write(".outerloop/event.json", event.to_string());
        let summary = self.workshop.write(".outerloop/summary.md", "");
        self.workshop.write(".outerloop/outputs", "");
        let mut command = self.workshop.command(arguments);
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", name)
            .env("GITHUB_EVENT_PATH", event)
            .env("GITHUB_REPOSITORY", "acme/models")
            .env("GITHUB_SERVER_URL", "https://github.com")
            .env("GITHUB_RUN_ID", "42")
            .env("GITHUB_REF", "refs/heads/main")
            .env("GITHUB_API_URL", &self.github.url)
            .env("GITHUB_TOKEN", "ghs_fake")
            .env("GITHUB_OUTPUT", self.outputs())
            .env("GITHUB_STEP_SUMMARY", &summary);
        Workshop::ran(&mut command)
    }

    fn outputs(&self) -> PathBuf {
        self.workshop.path().join(".outerloop/outputs")
    }

    fn push(&self, arguments: &[&str]) -> Ran {
        self.job("push", &json!({"ref": "refs/heads/main"}), arguments)
    }

    /// Runs `validate` for pull request `number`.
    fn gate(&self, number: u64, head: &str) -> Ran {
        let same = "acme/models";
        self.pull_request(number, head, same, &["validate", "acme@1.1.0", "--json"])
    }

    fn pull_request(&self, number: u64, head: &str, from: &str, arguments: &[&str]) -> Ran {
        let event = json!({"pull_request": {
            "number": number,
            "head": {"sha": head, "ref": "change", "repo": {"full_name": from}},
            "base": {"sha": "0".repeat(40), "ref": "main", "repo": {"full_name": "acme/models"}},
        }});
        self.job("pull_request", &event, arguments)
    }

    fn comments(&self) -> Vec<String> {
        let state = self.github.state();
        state.comments.iter().map(|c| c["body"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

#[test]
fn the_gate_writes_one_comment_that_later_runs_change() {
    let house = House::new(GATES);
    let number = house.github.state().open_pull("change");
    let answer = house.gate(number, &"a".repeat(40)).exits(1).json();
    assert_eq!(answer["verdict"], "fail");
    let first = house.comments();
    assert_eq!(first.len(), 1);
    assert!(
        first[0].contains("**fail**: <code>acme@1.1.0</code> is refused by 1 gate"),
        "{first:?}"
    );
    assert!(first[0].contains("[the run](https://github.com/acme/models/actions/runs/42)"));

    house.workshop.write("outerloop.yaml", format!("model: acme\n{}", GATES.replace("1B", "1MB")));
    // The branch was pushed by force: another head, the same pull request.
    house.gate(number, &"b".repeat(40)).exits(0);
    let second = house.comments();
    assert_eq!(second.len(), 1);
    assert!(second[0].contains("**pass**: <code>acme@1.1.0</code> meets every gate"), "{second:?}");
    assert!(house.github.state().checks.is_empty(), "a check must be asked for");
    house.github.assert_no_violations();
}

#[test]
fn a_check_points_at_the_line_that_sets_the_gate() {
    let house = House::new(&format!("{GATES}pull-request: {{check: true}}\n"));
    let number = house.github.state().open_pull("change");
    let head = house.github.state().branches["change"].clone();
    let ran = house.gate(number, &head).exits(1);
    assert!(ran.stderr.contains("outerloop.yaml,line=2"), "{}", ran.stderr);
    let state = house.github.state();
    let check = &state.checks[0];
    assert_eq!(
        (&check["name"], &check["conclusion"]),
        (&"outerloop/acme".into(), &"failure".into())
    );
    let place = &check["annotations"][0];
    assert_eq!((&place["path"], &place["start_line"]), (&"outerloop.yaml".into(), &2.into()));
    drop(state);
    house.github.assert_no_violations();
}

#[test]
fn a_token_that_may_not_comment_changes_no_verdict() {
    let house = House::new(GATES);
    let number = house.github.state().open_pull("change");
    house.github.state().permissions = Permissions::of(&["contents: read", "pull-requests: read"]);
    let ran = house.gate(number, &"a".repeat(40)).exits(1).says("::notice");
    assert!(ran.stderr.contains("pull-requests: write"), "{}", ran.stderr);
    assert_eq!(ran.json()["verdict"], "fail");
    assert!(house.comments().is_empty());
}

#[test]
fn a_server_that_fails_loses_nothing_of_the_answer() {
    let house = House::new(&GATES.replace("1B", "1MB"));
    let number = house.github.state().open_pull("change");
    let broken = Fault::Instead(Reply::json(422, &json!({"message": "Validation Failed"})));
    house.github.inject(Rule::at("POST", "comments", broken).times(9));
    let ran = house.gate(number, &"a".repeat(40)).exits(3);
    assert!(ran.stderr.contains("write the comment"), "{}", ran.stderr);
    let answer = ran.json();
    assert_eq!(answer["verdict"], "pass");
    let report = PathBuf::from(answer["report"].as_str().expect("a report"));
    assert!(report.is_file());
    let outputs = std::fs::read_to_string(house.outputs()).expect("reads");
    assert!(outputs.contains("verdict") && outputs.contains("comment"), "{outputs}");
    let summary = house.workshop.path().join(".outerloop/summary.md");
    assert!(std::fs::read_to_string(summary).expect("reads").contains("**pass**"));
}

#[test]
fn a_forks_comment_is_posted_by_another_run_and_only_once() {
    let house = House::new(GATES);
    let number = house.github.state().open_pull("change");
    let validate = ["validate", "acme@1.1.0", "--json"];
    let ran = house.pull_request(number, &"a".repeat(40), "mallory/models", &validate).exits(1);
    assert!(house.github.take_calls().is_empty(), "nothing is asked of the server");
    assert!(ran.stderr.contains("outerloop announce"), "{}", ran.stderr);
    let file = ran.json()["comment"].as_str().expect("a file").to_owned();

    let number_text = number.to_string();
    let announce = ["announce", "--comment", &file, "--pull-request", &number_text, "--json"];
    let run = json!({"workflow_run": {"id": 42, "head_branch": "change"}});
    let posted = house.job("workflow_run", &run, &announce).exits(0).json();
    assert_eq!((&posted["verdict"], &posted["changed"]), (&"fail".into(), &true.into()));
    let again = house.job("workflow_run", &run, &announce).exits(0).json();
    assert_eq!(again["changed"], false);
    let comments = house.comments();
    assert_eq!(comments.len(), 1);
    assert!(comments[0].contains("Measured by a run of the fork"), "{comments:?}");

    let told: Value = serde_json::from_slice(&std::fs::read(&file).expect("reads")).expect("JSON");
    let mut evil = told;
    evil["findings"][0]["message"] = json!("</details><!-- outerloop:validate:other --> @acme/all");
    std::fs::write(&file, evil.to_string()).expect("writes");
    house.job("workflow_run", &run, &announce).exits(0);
    let text = house.comments().remove(0);
    assert_eq!(text.matches("<!--").count(), 1, "only the server's own marker: {text}");
    assert!(!text.contains("@acme/all"), "{text}");
    std::fs::write(&file, "{\"markdown\": \"buy\"}").expect("writes");
    house.job("workflow_run", &run, &announce).exits(2).says("does not tell of a validation");
    house.github.assert_no_violations();
}

#[test]
fn a_promotion_is_asked_for_merged_and_followed() {
    let house = House::new("gates: {digest: {}}\npromote: {via: pull-request}\n");
    let promote = ["promote", "acme@1.1.0", "--to", "champion", "--json"];
    let asked = house.push(&promote).exits(0).json();
    assert_eq!((&asked["via"], &asked["previous"]), (&"pull-request".into(), &"acme@1.0.0".into()));
    let again = house.push(&promote).exits(0).json();
    assert_eq!(again["pull-request"], asked["pull-request"]);
    let number = asked["pull-request"].as_u64().expect("a number");
    let dump = house.github.state().dump();
    assert_eq!(dump["pulls"].as_array().map(Vec::len), Some(1));
    assert_eq!(dump["pulls"][0]["title"], "Promote acme@1.1.0 to champion");
    let branch = "outerloop/promote-acme-champion";
    let pins = dump["files"][branch]["outerloop-pins.yaml"].as_str().expect("the pins").to_owned();
    assert!(pins.ends_with("acme:\n  champion: 1.1.0\n"), "{pins}");

    house.workshop.write("outerloop-pins.yaml", &pins);
    let judge = ["validate", "--pinned", "--json"];
    let judged = house.pull_request(number, &"a".repeat(40), "acme/models", &judge).exits(0).json();
    assert_eq!(judged["verdict"], "pass");
    house.github.state().merge(number);
    let moved = house.push(&["promote", "--pinned", "--json"]).exits(0).json();
    assert_eq!((&moved["ref"], &moved["via"]), (&"acme@1.1.0".into(), &"pins".into()));
    let nothing = house.push(&promote).exits(0).json();
    assert_eq!(nothing["pull-request"], Value::Null);
    house.github.assert_no_violations();
}

#[test]
fn a_retraining_has_a_ticket_until_the_promotion_that_answers_it() {
    let house = House::new(
        "retrain:\n  when: {age: 1s}\n  cooldown: 0s\n  workflow: {file: retrain.yml}\n  ticket: {}\n",
    );
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    house.github.state().add_workflow(Workflow::new("retrain.yml"));
    let asked = house.push(&["retrain", "--json"]).exits(0).json();
    let event = asked["event"].as_str().expect("an event").to_owned();
    assert_eq!((&asked["triggered"], &asked["conclusion"]), (&true.into(), &Value::Null));
    {
        let state = house.github.state();
        assert_eq!((state.issues.len(), state.dispatches.len()), (1, 1));
        assert_eq!(state.issues[0]["title"], "Retrain acme: age");
        let text = state.issues[0]["body"].as_str().unwrap_or_default();
        assert!(text.contains(&event) && text.contains("/actions/runs/"), "{text}");
        assert_eq!(asked["ticket"], state.issues[0]["html_url"]);
        assert_eq!(
            asked["run-id"].as_str(),
            state.runs[0]["id"].as_u64().map(|id| id.to_string()).as_deref()
        );
    }
    // The training that the event asked for.
    house.workshop.write("model.bin", "three");
    let mut package = house.workshop.command(&["package", "--model", "model.bin"]);
    Workshop::ran(package.env("OUTERLOOP_EVENT", &event)).exits(0);
    house.workshop.run(&["register", "--name", "acme"]).exits(0);
    assert_eq!(house.github.state().issues[0]["state"], "open");
    house.push(&["promote", "acme@1.2.0", "--to", "champion"]).exits(0);
    assert_eq!(house.github.state().issues[0]["state"], "closed");
    let comments = house.comments();
    assert!(comments.len() == 1 && comments[0].contains("acme@1.2.0"), "{comments:?}");
    house.github.assert_no_violations();
}

#[test]
fn waiting_for_a_training_that_fails_is_a_no() {
    let house = House::new(
        "retrain:\n  when: {age: 1s}\n  workflow: {file: retrain.yml}\n  timeout: 60s\n",
    );
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    house.github.state().add_workflow(Workflow::new("retrain.yml"));
    let ran = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| house.push(&["retrain", "--wait", "--json"]));
        let run = loop {
            let found = house.github.state().runs.first().and_then(|run| run["id"].as_u64());
            if let Some(run) = found {
                break run;
            }
            assert!(!waiting.is_finished(), "nothing was started");
            std::thread::sleep(std::time::Duration::from_millis(20));
        };
        house.github.state().finish_run(run, "failure");
        waiting.join().expect("it runs")
    });
    let answer = ran.exits(1).json();
    assert_eq!((&answer["triggered"], &answer["conclusion"]), (&true.into(), &"failure".into()));
}

#[test]
fn a_rollout_is_listed_as_a_deployment_and_goes_on_without_the_server() {
    let house = House::new(
        "endpoints:\n  live: {runtime: command, command: [sh, -c, exit 7], environment: production}\n",
    );
    house.github.state().takes_every_commit = true;
    let _server = house.workshop.serve("live");
    let deploy = ["deploy", "acme@1.1.0", "--endpoint", "live", "--json"];
    let outcome = house.push(&deploy).exits(1).json();
    assert_eq!(outcome["state"], "rolled-back");
    {
        let state = house.github.state();
        assert_eq!(state.deployments.len(), 1);
        let deployment = &state.deployments[0];
        assert_eq!(deployment["environment"], "production");
        assert_eq!(deployment["ref"].as_str(), Some(&*house.workshop.git(&["rev-parse", "HEAD"])));
        let states: Vec<&str> = deployment["statuses"]
            .as_array()
            .expect("statuses")
            .iter()
            .filter_map(|status| status["state"].as_str())
            .collect();
        assert_eq!(states, ["in_progress", "failure"]);
    }
    house.github.assert_no_violations();

    house.github.state().permissions = Permissions::of(&["contents: write"]);
    let ran = house.push(&deploy).exits(1).says("::notice").says("deployments: write");
    assert_eq!(ran.json()["state"], "rolled-back");
    assert_eq!(house.github.state().deployments.len(), 1);
}
