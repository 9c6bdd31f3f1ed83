//! The whole story on Azure DevOps: the example's own pipelines, step by step, with the tasks of the
//! packed extension run as the agent runs them, against a fake of Azure DevOps.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::time::Instant;

use outerloop_tests::Server;
use outerloop_tests::azure_devops::{AzureDevOpsFake, BUILD, PIPELINE, PullRequest};
use outerloop_tests::extension::Extension;
use outerloop_tests::model_repository::{ModelRepository, Traffic, events, send};
use outerloop_tests::pipeline::{PipelineRun, Queued, Runner};
use serde_json::{Value, json};

const ADDRESS: &str = "https://dev.azure.com/acme/models/_git/models";
const MAIN: &str = "refs/heads/main";
const PINS: &str = "outerloop-pins.yaml";
/// Rows that differ from what the first champion learned.
const DRIFTED: &str = "data/2018-households.parquet";

struct Story {
    repository: ModelRepository,
    azure: AzureDevOpsFake,
    extension: Extension,
    tools: tempfile::TempDir,
    server: Server,
    live: Vec<String>,
    begin: Instant,
}

impl Story {
    fn begin() -> Self {
        let begin = Instant::now();
        let repository = ModelRepository::new(ADDRESS);
        // What docs/recipes says to write for Azure DevOps.
        let training = format!("pipeline: {{id: {PIPELINE}}}\n  ticket: {{}}");
        repository.edit("outerloop.yaml", "command: [sh, retrain.sh]", &training);
        repository.commit("Train on Azure Pipelines");
        let server = repository.serve();
        let live = repository.requests(DRIFTED);
        Self {
            azure: AzureDevOpsFake::start(),
            extension: Extension::of_binary(),
            tools: tempfile::tempdir().unwrap(),
            repository,
            server,
            live,
            begin,
        }
    }

    fn tell(&self, what: &str) {
        println!("{:6.1} s  {what}", self.begin.elapsed().as_secs_f64());
    }

    fn run(&self, file: &str, parameters: &BTreeMap<String, String>) -> PipelineRun {
        let mut variables = self.azure.variables();
        variables.retain(|name, _| !name.starts_with("SYSTEM_PULLREQUEST"));
        let message = self.repository.git(&["log", "-1", "--format=%B"]);
        variables.insert("BUILD_SOURCEVERSIONMESSAGE".to_owned(), message);
        self.start(file, Queued { parameters: parameters.clone(), variables })
    }

    fn run_in_pull_request(&self, file: &str, number: u64) -> PipelineRun {
        let mut variables = self.azure.variables();
        let source = self.azure.state().pull_requests[&number].source.clone();
        let head = self.azure.state().branches[&source].commit.clone();
        for (name, value) in [
            ("SYSTEM_PULLREQUEST_PULLREQUESTID", number.to_string()),
            ("SYSTEM_PULLREQUEST_SOURCECOMMITID", head),
            ("SYSTEM_PULLREQUEST_SOURCEBRANCH", source),
        ] {
            variables.insert(name.to_owned(), value);
        }
        self.start(file, Queued { parameters: BTreeMap::new(), variables })
    }

    fn start(&self, file: &str, mut queued: Queued) -> PipelineRun {
        let commit = self.repository.git(&["rev-parse", "HEAD"]);
        queued.variables.insert("BUILD_SOURCEVERSION".to_owned(), commit);
        queued.variables.insert("BUILD_REPOSITORY_URI".to_owned(), ADDRESS.to_owned());
        queued.variables.insert("BUILD_REQUESTEDFOR".to_owned(), "acme".to_owned());
        let runner = Runner {
            repository: &self.repository,
            address: ADDRESS,
            extension: &self.extension,
            tools: self.tools.path().to_owned(),
        };
        let run = runner.run(file, &queued);
        self.tell(file);
        self.azure.assert_no_violations();
        run
    }

    fn history(&self) -> Value {
        self.repository.verb(&["history", "employment", "--verify"]).exits(0).json()
    }

    fn champion(&self) -> String {
        let shown = self.repository.verb(&["show", "employment"]).exits(0).json();
        shown["models"][0]["aliases"]["champion"].as_str().unwrap_or_default().to_owned()
    }

    /// The text of each thread that a pull request shows.
    fn threads(&self, number: u64) -> Vec<String> {
        let state = self.azure.state();
        state.threads(number).iter().map(|t| t.shown()[0].content.clone()).collect()
    }

    /// The newest status of a pull request.
    fn status(&self, number: u64) -> Value {
        let state = self.azure.state();
        let last = state.pull_requests[&number].statuses.last();
        last.map(|status| status.body.clone()).unwrap_or_default()
    }
}

#[test]
#[ignore = "needs Node, Python and ONNX Runtime: run cargo xtask test"]
fn the_whole_story_on_azure_devops() {
    let story = Story::begin();
    first_champion(&story);
    let asked = drift_asks_for_a_retraining(&story);
    let number = retraining_proposes_a_champion(&story, &asked);
    merged_pins_are_the_promotion(&story, &asked["event"], number);
    pull_requests_are_judged(&story);
    a_revert_goes_back(&story);
    assert_eq!(story.history()["verified"], json!(true));
    story.tell("the end");
}

fn first_champion(story: &Story) {
    let run = story.run("train-and-deploy.yml", &BTreeMap::new()).succeeds();
    assert_eq!(run.output("candidate", "train", "register", "ref"), "employment@1.0.0");
    assert_eq!(run.output("candidate", "train", "validate", "verdict"), "warn");
    assert_eq!(run.output("promote", "promote", "promote", "ref"), "employment@1.0.0");
    for stage in ["candidate", "promote", "deploy"] {
        assert_eq!(run.stage(stage), "succeeded", "{:?}", run.log);
    }
    assert_eq!(story.champion(), "1.0.0");
}

/// Two windows of drift in a row; gives the parameters of the run that was started.
fn drift_asks_for_a_retraining(story: &Story) -> BTreeMap<String, String> {
    let none = BTreeMap::new();
    send(&story.server, &story.live[..600]);
    let run = story.run("monitor.yml", &none).succeeds();
    assert_eq!(run.output("monitor", "monitor", "monitor", "status"), "drift");
    assert!(story.azure.state().runs_of(PIPELINE).is_empty(), "one window is not enough");

    send(&story.server, &story.live[600..1200]);
    let run = story.run("monitor.yml", &none).succeeds();
    let event = events(&story.history(), "retrain-requested")[0]["id"].clone();
    let event = event.as_str().unwrap();
    assert_eq!(run.output("retrain", "retrain", "retrain", "event"), event);
    let asked = {
        let state = story.azure.state();
        let runs = state.runs_of(PIPELINE);
        assert_eq!(runs.len(), 1);
        assert_eq!(state.open_work_items().len(), 1, "the ticket");
        runs[0].1.parameters.clone()
    };
    assert_eq!(asked["event"], event, "the run carries the event");
    assert_eq!(asked["model"], "employment");
    asked
}

fn retraining_proposes_a_champion(story: &Story, asked: &BTreeMap<String, String>) -> u64 {
    // From here on champions are chosen by merging.
    let pins = "# Which version each alias should point at.\nemployment:\n  champion: 1.0.0\n";
    story.repository.write(PINS, pins);
    story.repository.edit(
        "outerloop.yaml",
        "retrain:\n",
        "promote: {via: pull-request}\n\nretrain:\n",
    );
    story.repository.commit("Pin the champion");
    story.azure.state().commit(MAIN, &format!("/{PINS}"), pins);

    let run = story.run("train-and-deploy.yml", asked).succeeds();
    assert_eq!(run.output("candidate", "train", "register", "ref"), "employment@1.1.0");
    assert_eq!(run.output("candidate", "train", "validate", "verdict"), "pass", "{:?}", run.log);
    assert_eq!(run.stage("deploy"), "skipped", "the rollout waits for the merge");
    assert_eq!(story.champion(), "1.0.0");
    let number = run.output("promote", "promote", "promote", "pullRequest").parse().unwrap();
    let state = story.azure.state();
    let source = &state.pull_requests[&number].source;
    let proposed = state.file(source, &format!("/{PINS}")).unwrap();
    assert_eq!(proposed, pins.replace("1.0.0", "1.1.0"));
    number
}

fn merged_pins_are_the_promotion(story: &Story, event: &str, number: u64) {
    let source = story.azure.state().pull_requests[&number].source.clone();
    let branch = source.trim_start_matches("refs/heads/").to_owned();
    let proposed = story.azure.state().file(&source, &format!("/{PINS}")).unwrap().to_owned();
    story.repository.git(&["checkout", "--quiet", "-b", &branch]);
    story.repository.write(PINS, &proposed);
    story.repository.commit("Promote employment@1.1.0 to champion");
    let run = story.run_in_pull_request("promotion-gate.yml", number).succeeds();
    assert_eq!(run.stage(""), "succeeded", "{:?}", run.log);
    assert_eq!(story.threads(number).len(), 1);
    assert_eq!(story.status(number)["state"], "succeeded", "{}", story.status(number));
    let verdict = story.azure.state().builds[&BUILD].properties["outerloop.verdict"].clone();
    assert_eq!(verdict, "pass", "for a gate on the server");
    assert_eq!(story.champion(), "1.0.0", "the gate moves nothing");

    story.repository.git(&["checkout", "--quiet", "main"]);
    story.repository.git(&["merge", "--quiet", "--no-ff", "-m", "Merge the promotion", &branch]);
    story.repository.push();
    let traffic = Traffic::start(&story.server, &story.live);
    let run = story.run("promotion.yml", &BTreeMap::new()).succeeds();
    let sent = traffic.stop();
    story.tell(&format!("{sent} requests during the rollout, none failed"));
    assert_eq!(
        run.stages.iter().map(|(_, r)| *r).collect::<Vec<_>>(),
        ["succeeded", "succeeded", "skipped"]
    );
    assert_eq!(story.champion(), "1.1.0");
    assert!(story.azure.state().open_work_items().is_empty(), "the ticket is answered");
    let lineage = story.repository.verb(&["lineage", "employment@1.1.0"]).exits(0).stdout;
    assert!(lineage.contains(event), "the lineage names the event: {lineage}");
}

fn pull_requests_are_judged(story: &Story) {
    let number = 40;
    let source = "refs/heads/smaller-model".to_owned();
    {
        let mut azure = story.azure.state();
        let head = azure.commit(&source, "/train.sh", "a smaller model");
        let pull_request = PullRequest {
            source,
            target: MAIN.to_owned(),
            title: "A smaller model".to_owned(),
            status: "active".to_owned(),
            pushes: vec![head],
            ..PullRequest::default()
        };
        azure.pull_requests.insert(number, pull_request);
    }
    story.repository.git(&["checkout", "--quiet", "-b", "smaller-model"]);
    story.repository.edit("train.sh", "--model logistic", "--model stump");
    story.repository.commit("A smaller model");
    let before = story.history();
    let run = story.run_in_pull_request("pull-request-gate.yml", number);
    assert_eq!(run.stage(""), "failed", "{:?}", run.log);
    let threads = story.threads(number);
    assert_eq!(threads.len(), 1);
    assert!(threads[0].contains("fail") && threads[0].contains("roc-auc"), "{threads:?}");
    assert_eq!(story.status(number)["state"], "failed");

    story.repository.edit("train.sh", "--model stump", "--model logistic");
    let more = "data/2015.parquet data/2018-households.parquet";
    story.repository.edit("train.sh", "data/2015.parquet", more);
    story.repository.git(&["commit", "--quiet", "--all", "--amend", "--message", "More data"]);
    story.repository.push();
    let pushed = story.azure.state().commit("refs/heads/smaller-model", "/train.sh", "more data");
    story.azure.state().pull_requests.get_mut(&number).unwrap().pushes.push(pushed);
    story.run_in_pull_request("pull-request-gate.yml", number).succeeds();
    let after = story.threads(number);
    assert_eq!(after.len(), 1, "updated, not doubled: {after:?}");
    assert_ne!(after, threads);
    assert_eq!(story.status(number)["state"], "succeeded");
    assert_eq!(story.history()["events"], before["events"], "a pull request leaves nothing behind");
}

fn a_revert_goes_back(story: &Story) {
    story.repository.git(&["checkout", "--quiet", "main"]);
    story.repository.git(&["revert", "--no-edit", "--mainline", "1", "HEAD"]);
    story.repository.push();
    let run = story.run("promotion.yml", &BTreeMap::new()).succeeds();
    assert_eq!((run.stage("deploy"), run.stage("rollback")), ("skipped", "succeeded"));
    assert_eq!(story.champion(), "1.0.0");
    story.run("rollback.yml", &BTreeMap::new()).succeeds();
    let history = story.history();
    assert_eq!(events(&history, "rollout-rolled-back").len(), 1, "asked twice, gone back once");
    send(&story.server, &story.live[..20]);
}
