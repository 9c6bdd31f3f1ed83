//! The whole story on GitHub: the example's own workflows, unchanged, run by act against a fake of
//! GitHub's API: a first champion, drift, the retraining that it asks for, the promotion by a pull
//! request, gates on pull requests, and the way back.

use std::path::Path;
use std::time::Instant;

use outerloop_tests::Server;
use outerloop_tests::act::{Act, ActRun, Event};
use outerloop_tests::github::{GitHubFake, Permissions, Workflow};
use outerloop_tests::model_repository::{ENDPOINT, ModelRepository, Traffic, events, send};
use serde_json::{Value, json};

const ADDRESS: &str = "https://github.com/acme/models.git";
const TOKEN: &str = "ghs_fake";
/// Rows that differ from what the first champion learned.
const DRIFTED: &str = "data/2018-households.parquet";

struct Story {
    repository: ModelRepository,
    github: GitHubFake,
    act: Act,
    server: Server,
    live: Vec<String>,
    begin: Instant,
}

impl Story {
    fn begin() -> Self {
        let repository = ModelRepository::new(ADDRESS);
        let github = GitHubFake::start();
        let mut act = Act::new(&repository.work())
            .with("GITHUB_API_URL", &github.url)
            .with("STAND_IN_PYTHON", &repository.python_folder().to_string_lossy());
        for (name, value) in repository.environment() {
            act = act.with(&name, &value);
        }
        // What docs/recipes says to write for GitHub.
        repository.edit(
            "outerloop.yaml",
            "command: [sh, retrain.sh]",
            "workflow: {file: retrain.yml}\n  ticket: {}",
        );
        repository.commit("Train on GitHub");
        github.state().add_workflow(Workflow::new("retrain.yml"));
        let server = repository.serve();
        let live = repository.requests(DRIFTED);
        Self { repository, github, act, server, live, begin: Instant::now() }
    }

    fn tell(&self, what: &str) {
        println!("{:6.1} s  {what}", self.begin.elapsed().as_secs_f64());
    }

    /// Runs a workflow whose token may do what its jobs ask for, and no more.
    fn run(&self, name: &str, workflow: &str, payload: Value) -> ActRun {
        self.run_with(name, workflow, payload, &[])
    }

    /// The commits of the clone are on GitHub, too.
    fn mirror(&self) {
        let mut github = self.github.state();
        let main = github.branches["main"].clone();
        for commit in self.repository.git(&["rev-list", "--all"]).lines() {
            let known = github.commits[&main].clone();
            github.commits.entry(commit.to_owned()).or_insert(known);
        }
    }

    fn run_with(
        &self,
        name: &str,
        workflow: &str,
        payload: Value,
        inputs: &[(String, String)],
    ) -> ActRun {
        self.github.state().permissions = self.granted(workflow);
        self.run_as_granted(name, workflow, payload, inputs)
    }

    fn run_as_granted(
        &self,
        name: &str,
        workflow: &str,
        payload: Value,
        inputs: &[(String, String)],
    ) -> ActRun {
        self.mirror();
        let inputs = inputs.to_vec();
        let ran = self.act.run(&Event { name, workflow, payload, inputs, token: TOKEN });
        self.tell(&format!("{name} {workflow}"));
        let log = format!("story-github-{name}-{workflow}.log");
        std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(log), &ran.log).unwrap();
        self.github.assert_no_violations();
        ran
    }

    /// What the workflow's jobs ask for below `permissions:`.
    fn granted(&self, workflow: &str) -> Permissions {
        let file = self.repository.work().join(".github/workflows").join(workflow);
        let text = std::fs::read_to_string(file).unwrap();
        let line = |line: &str| {
            let (name, rest) = line.trim().split_once(": ")?;
            let level = rest.split(' ').next()?;
            let known = ["actions", "checks", "contents", "deployments", "issues", "pull-requests"];
            (known.contains(&name) && ["read", "write"].contains(&level))
                .then(|| format!("{name}: {level}"))
        };
        let mut lines: Vec<String> = text.lines().filter_map(line).collect();
        lines.sort(); // `read` before `write`: the last one counts
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        Permissions::of(&lines)
    }

    fn push(&self) -> Value {
        let message = self.repository.git(&["log", "-1", "--format=%B"]);
        let commit = self.repository.git(&["rev-parse", "HEAD"]);
        json!({"ref": "refs/heads/main", "after": commit, "head_commit": {"id": commit, "message": message}})
    }

    fn pull_request(&self, number: u64, action: &str, fork: bool) -> Value {
        let owner = if fork { "ada" } else { "acme" };
        let repository = |owner: &str| json!({"full_name": format!("{owner}/models"), "fork": owner != "acme", "owner": {"login": owner}});
        json!({
            "action": action,
            "number": number,
            "pull_request": {
                "number": number,
                "head": {
                    "ref": self.repository.git(&["rev-parse", "--abbrev-ref", "HEAD"]),
                    "sha": self.repository.git(&["rev-parse", "HEAD"]),
                    "repo": repository(owner),
                },
                "base": {
                    "ref": "main",
                    "sha": self.repository.git(&["rev-parse", "main"]),
                    "repo": repository("acme"),
                },
            },
        })
    }

    fn history(&self) -> Value {
        self.repository.verb(&["history", "employment", "--verify"]).exits(0).json()
    }

    fn champion(&self) -> String {
        let shown = self.repository.verb(&["show", "employment"]).exits(0).json();
        shown["models"][0]["aliases"]["champion"].as_str().unwrap_or_default().to_owned()
    }

    fn comments(&self, number: u64) -> Vec<String> {
        let state = self.github.state();
        let path = format!("issues/{number}");
        let of = |c: &&Value| {
            c["issue"] == number
                || c.to_string().contains(&path)
                || c.to_string().contains(&format!("pull/{number}#"))
        };
        let body = |c: &Value| c["body"].as_str().unwrap_or_default().to_owned();
        state.comments.iter().filter(of).map(body).collect()
    }

    fn deployments(&self) -> Vec<(String, String)> {
        let state = self.github.state();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let last = |d: &Value| {
            let statuses = d["statuses"].as_array().cloned().unwrap_or_default();
            (
                text(&d["description"]),
                statuses.last().map(|s| text(&s["state"])).unwrap_or_default(),
            )
        };
        state.deployments.iter().map(last).collect()
    }
}

#[test]
#[ignore = "needs act, Python and ONNX Runtime: run cargo xtask test"]
fn the_whole_story_on_github() {
    let story = Story::begin();
    first_champion(&story);
    let event = drift_asks_for_a_retraining(&story);
    let (number, retrained) = retraining_proposes_a_champion(&story, &event);
    merged_pins_are_the_promotion(&story, &event, number, &retrained);
    pull_requests_are_judged(&story);
    forks_are_told_by_another_workflow(&story);
    a_revert_goes_back(&story);
    assert_eq!(story.history()["verified"], json!(true));
    story.tell("the end");
}

fn first_champion(story: &Story) {
    let ran = story.run("push", "train-and-deploy.yml", story.push()).succeeds();
    let of = |job: &str, step: &str, name: &str| ran.output(job, step, name).unwrap_or_default();
    assert_eq!(of("candidate", "register", "ref"), "employment@1.0.0", "{}", ran.log);
    assert_eq!(of("candidate", "validate", "verdict"), "warn", "there is no champion yet");
    assert_eq!(of("promote", "promote", "ref"), "employment@1.0.0", "chained across jobs");
    for job in ["candidate", "promote", "deploy"] {
        assert_eq!(ran.job(job).as_deref(), Some("success"), "{job}: {}", ran.log);
    }
    assert_eq!(story.champion(), "1.0.0");
    let deployed = story.deployments();
    assert_eq!(deployed.len(), 1, "{deployed:?}");
    assert_eq!(deployed[0].1, "success", "{deployed:?}");
}

/// Two windows of drift in a row; gives the event.
fn drift_asks_for_a_retraining(story: &Story) -> String {
    let night = || json!({"schedule": "17 3 * * *"});
    send(&story.server, &story.live[..600]);
    let first = story.run("schedule", "monitor.yml", night()).succeeds();
    assert_eq!(first.output("monitor", "monitor", "status").as_deref(), Some("drift"));
    assert!(story.github.state().dispatches.is_empty(), "one window is not enough");

    send(&story.server, &story.live[600..1200]);
    story.run("schedule", "monitor.yml", night()).succeeds();
    let dispatches = story.github.state().dispatches.clone();
    assert_eq!(dispatches.len(), 1, "{dispatches:?}");
    let requested = events(&story.history(), "retrain-requested");
    let event = requested[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(dispatches[0]["inputs"]["event"], json!(event), "the dispatch carries the event");
    assert_eq!(dispatches[0]["inputs"]["model"], json!("employment"));
    let issues = story.github.state().issues.clone();
    assert_eq!((issues.len(), &issues[0]["state"]), (1, &json!("open")), "{issues:?}");

    story.run("schedule", "monitor.yml", night());
    assert_eq!(story.github.state().dispatches.len(), 1, "the same evidence triggers once");
    event
}

/// The retraining opens a pull request for the pins; gives its number and the version.
fn retraining_proposes_a_champion(story: &Story, event: &str) -> (u64, String) {
    // From here on champions are chosen by merging.
    let pins = "# Which version each alias should point at. Merging a change is the promotion.\n\
                employment:\n  champion: 1.0.0\n";
    story.repository.write("outerloop-pins.yaml", pins);
    story.repository.edit(
        "outerloop.yaml",
        "retrain:\n",
        "promote: {via: pull-request}\n\nretrain:\n",
    );
    story.repository.commit("Pin the champion");
    story.github.state().push("main", &[("outerloop-pins.yaml", pins)]);

    let dispatched = story.github.state().dispatches[0]["inputs"].clone();
    let inputs: Vec<(String, String)> = dispatched
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect();
    let payload = json!({"inputs": dispatched, "ref": "refs/heads/main"});
    let ran = story.run_with("workflow_dispatch", "retrain.yml", payload, &inputs).succeeds();
    assert_eq!(ran.output("candidate", "register", "ref").as_deref(), Some("employment@1.1.0"));
    assert_eq!(
        ran.output("candidate", "validate", "verdict").as_deref(),
        Some("pass"),
        "{}",
        ran.log
    );
    assert_eq!(ran.job("deploy"), None, "the rollout waits for the merge: {}", ran.log);
    assert_eq!(story.champion(), "1.0.0");

    let pull = story.github.state().pulls.last().cloned().unwrap();
    let number = pull["number"].as_u64().unwrap();
    assert_eq!(ran.output("promote", "promote", "pull-request"), Some(number.to_string()));
    let branch = pull["head"]["ref"].as_str().unwrap();
    let proposed = story.github.state().file(branch, "outerloop-pins.yaml").unwrap();
    assert_eq!(proposed, pins.replace("1.0.0", "1.1.0"));

    // Another system asks with the same event: a second training, but no second pull request. Where
    // the training is reproducible to the byte it is the same version, too.
    let payload = json!({
        "action": "outerloop-retrain",
        "client_payload": {"event": event, "model": "employment"},
    });
    let again = story.run("repository_dispatch", "retrain.yml", payload).succeeds();
    let retrained = again.output("candidate", "register", "ref").unwrap_or_default();
    assert!(["employment@1.1.0", "employment@1.2.0"].contains(&retrained.as_str()), "{retrained}");
    assert_eq!(again.output("promote", "promote", "pull-request"), Some(number.to_string()));
    let pulls = story.github.state().pulls.clone();
    assert_eq!((pulls.len(), &pulls[0]["title"]), (1, &json!(promotion(&retrained))));
    (number, retrained)
}

fn promotion(retrained: &str) -> String {
    format!("Promote {retrained} to champion")
}

fn merged_pins_are_the_promotion(story: &Story, event: &str, number: u64, retrained: &str) {
    let version = retrained.trim_start_matches("employment@");
    let pull = story.github.state().pulls[0].clone();
    let branch = pull["head"]["ref"].as_str().unwrap().to_owned();
    let proposed = story.github.state().file(&branch, "outerloop-pins.yaml").unwrap();
    story.repository.git(&["checkout", "--quiet", "-b", &branch]);
    story.repository.write("outerloop-pins.yaml", &proposed);
    story.repository.commit(&promotion(retrained));
    let ran = story
        .run("pull_request", "promotion-gate.yml", story.pull_request(number, "opened", false))
        .succeeds();
    assert!(ran.summary().contains("pass"), "{}", ran.summary());
    let comments = story.comments(number);
    assert_eq!(comments.len(), 1, "{comments:?}");
    assert!(comments[0].contains(version) && comments[0].contains("1.0.0"), "{comments:?}");
    assert_eq!(story.champion(), "1.0.0", "the gate moves nothing");

    story.repository.git(&["checkout", "--quiet", "main"]);
    story.repository.git(&[
        "merge",
        "--quiet",
        "--no-ff",
        "--message",
        "Merge the promotion",
        &branch,
    ]);
    story.repository.push();
    let traffic = Traffic::start(&story.server, &story.live);
    let ran = story.run("push", "promotion.yml", story.push()).succeeds();
    let sent = traffic.stop();
    story.tell(&format!("{sent} requests during the rollout, none failed"));
    assert_eq!(ran.output("promote", "promote", "ref").as_deref(), Some(retrained));
    assert_eq!(ran.job("deploy").as_deref(), Some("success"));
    assert_eq!(story.champion(), version);
    assert_eq!(story.github.state().issues[0]["state"], json!("closed"), "the ticket is answered");
    assert_eq!(
        story.deployments().last().map(|(_, state)| state.clone()).as_deref(),
        Some("success")
    );

    let lineage = story.repository.verb(&["lineage", retrained]).exits(0).stdout;
    assert!(lineage.contains(event), "the lineage names the event: {lineage}");
}

fn pull_requests_are_judged(story: &Story) {
    story.repository.git(&["checkout", "--quiet", "-b", "smaller-model"]);
    story.repository.edit("train.sh", "--model logistic", "--model stump");
    story.repository.commit("A smaller model");
    let number = story.github.state().open_pull("smaller-model");
    let opened = story.pull_request(number, "opened", false);
    let before = story.history();
    let ran = story.run("pull_request", "pull-request-gate.yml", opened).fails();
    assert_eq!(ran.output("gate", "validate", "verdict").as_deref(), Some("fail"), "{}", ran.log);
    let comments = story.comments(number);
    assert_eq!(comments.len(), 1, "{comments:?}");
    assert!(comments[0].contains("fail") && comments[0].contains("roc-auc"), "{comments:?}");

    // A force-push with a better answer.
    story.repository.edit("train.sh", "--model stump", "--model logistic");
    story.repository.edit(
        "train.sh",
        "data/2015.parquet",
        "data/2015.parquet data/2018-households.parquet",
    );
    story.repository.git(&["commit", "--quiet", "--all", "--amend", "--message", "More data"]);
    story.repository.push();
    let pushed = story.pull_request(number, "synchronize", false);
    story.run("pull_request", "pull-request-gate.yml", pushed).succeeds();
    let after = story.comments(number);
    assert_eq!(after.len(), 1, "updated, not doubled: {after:?}");
    assert_ne!(after, comments);
    assert_eq!(story.history()["events"], before["events"], "a pull request leaves nothing behind");
}

fn forks_are_told_by_another_workflow(story: &Story) {
    let number = story.github.state().open_pull("from-a-fork");
    let fork = story.pull_request(number, "opened", true);
    story.github.state().permissions =
        Permissions::of(&["contents: read", "pull-requests: read", "issues: read"]);
    let ran = story.run_as_granted("pull_request", "pull-request-gate.yml", fork, &[]).succeeds();
    assert!(story.comments(number).is_empty());
    assert!(ran.summary().contains("pass"), "{}", ran.summary());
    assert!(ran.contents("notice").contains("fork"), "{}", ran.log);

    story.github.state().pulls.last_mut().unwrap()["head"]["label"] = json!("ada:more-data");
    let payload = json!({
        "action": "completed",
        "workflow_run": {
            "id": 77,
            "event": "pull_request",
            "head_sha": story.repository.git(&["rev-parse", "HEAD"]),
            "head_branch": "more-data",
            "head_repository": {"fork": true, "owner": {"login": "ada"}},
        },
    });
    story.run("workflow_run", "pull-request-comment.yml", payload.clone()).succeeds();
    let comments = story.comments(number);
    assert_eq!(comments.len(), 1, "{comments:?}");
    assert!(comments[0].contains("pass"), "{comments:?}");
    story.run("workflow_run", "pull-request-comment.yml", payload).succeeds();
    assert_eq!(story.comments(number).len(), 1, "asked twice, told once");
}

fn a_revert_goes_back(story: &Story) {
    story.repository.git(&["checkout", "--quiet", "main"]);
    story.repository.git(&["revert", "--no-edit", "--mainline", "1", "HEAD"]);
    story.repository.push();
    let ran = story.run("push", "promotion.yml", story.push()).succeeds();
    assert_eq!(ran.job("deploy"), None, "a revert waits for no rollout: {}", ran.log);
    assert_eq!(story.champion(), "1.0.0");
    let ran = story.run("push", "rollback.yml", story.push()).succeeds();
    assert_eq!(ran.job("rollback").as_deref(), Some("success"));
    let live = story.repository.verb(&["rollback", "--endpoint", ENDPOINT]).exits(0).json();
    assert_eq!(live["live"], json!("1.0.0"), "asked twice, nothing more happens: {live}");
    send(&story.server, &story.live[..20]);
}
