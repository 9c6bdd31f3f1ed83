//! Verbs as a job of GitHub Actions runs them, against a strict fake of GitHub: the environment is
//! the runner's, the rest is real.

use std::process::Command;

use outerloop_tests::fake::{Fault, Reply, Rule};
use outerloop_tests::github::{GitHubFake, Permissions, Workflow};
use outerloop_tests::{Ran, Workshop};
use serde_json::{Value, json};

const CONFIG: &str = "
model: churn
gates: {digest: {}, size: {max: 1MB}}
promote: {branch: outerloop/promote}
retrain:
  when: {age: 1ms}
  workflow: {file: retrain.yml}
  ticket: {labels: [retrain]}
";

struct Job {
    workshop: Workshop,
    fake: GitHubFake,
}

impl Job {
    /// Two versions, of which the first is the champion.
    fn new() -> Self {
        let (workshop, fake) = (Workshop::new(), GitHubFake::start());
        workshop.write("outerloop.yaml", CONFIG);
        workshop.git(&["add", "outerloop.yaml"]);
        workshop.git(&["commit", "--quiet", "-m", "configure"]);
        fake.state().add_workflow(Workflow::new("retrain.yml"));
        let job = Self { workshop, fake };
        job.workshop.register("churn", "one").exits(0);
        job.workshop.register("churn", "two").exits(0);
        job.workshop.run(&["promote", "churn@1.0.0", "--to", "champion"]).exits(0);
        job
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.workshop.command(arguments);
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_API_URL", &self.fake.url)
            .env("GITHUB_SERVER_URL", "https://github.com")
            .env("GITHUB_REPOSITORY", "acme/models")
            .env("GITHUB_RUN_ID", "42")
            .env("GITHUB_REF", "refs/heads/main")
            .env("GITHUB_TOKEN", "ghs_fake")
            .env("GITHUB_WORKSPACE", self.workshop.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Workshop::ran(&mut self.command(arguments))
    }

    /// How many dispatches and issues there are.
    fn asked_for(&self) -> (usize, usize) {
        let site = self.fake.state();
        (site.dispatches.len(), site.issues.len())
    }

    /// As a job for pull request 1 runs it.
    fn gate(&self, repository: &str) -> Ran {
        let event = json!({ "pull_request": {
            "number": 1,
            "head": { "sha": "c0ffee", "repo": { "full_name": repository } },
            "base": { "ref": "main", "repo": { "full_name": "acme/models" } },
        }});
        let path = self.workshop.write(".event.json", event.to_string());
        let mut command = self.command(&["validate", "churn@1.1.0", "--json"]);
        command.env("GITHUB_EVENT_NAME", "pull_request").env("GITHUB_EVENT_PATH", path);
        Workshop::ran(&mut command)
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn the_gate_of_a_pull_request_writes_one_comment_and_changes_it() {
    let job = Job::new();
    job.fake.state().open_pull("candidate");
    job.gate("acme/models").exits(0);
    job.fake.state().push("candidate", &[("train.py", "pass")]);
    job.workshop.write("outerloop.yaml", CONFIG.replace("1MB", "1B"));
    job.gate("acme/models").exits(1);
    let site = job.fake.state();
    assert_eq!(site.comments.len(), 1, "{:#?}", site.comments);
    let body = text(&site.comments[0]["body"]);
    assert!(body.starts_with("<!-- outerloop:validate:churn -->\n"), "{body}");
    assert!(body.contains("fail"), "{body}");
    assert!(site.violations.is_empty(), "{:#?}", site.violations);
}

#[test]
fn a_token_that_may_only_read_does_not_change_the_verdict() {
    let job = Job::new();
    job.fake.state().open_pull("candidate");
    job.fake.state().permissions = Permissions::of(&["contents: read", "pull-requests: read"]);
    job.gate("acme/models").exits(0).says("pull-requests: write");
    job.gate("ada/models").exits(0).says("fork");
    assert!(job.fake.state().comments.is_empty());
    job.fake.assert_no_violations();
}

#[test]
fn a_server_that_stays_down_is_exit_3_and_its_verdict_is_still_given() {
    let job = Job::new();
    job.fake.state().open_pull("candidate");
    let hour = Reply::json(429, &json!({})).header("retry-after", "3600");
    job.fake.inject(Rule::next(Fault::Instead(hour)).times(10));
    let ran = job.gate("acme/models").exits(3).says("3600 s");
    assert_eq!(ran.json()["verdict"], "pass");
}

#[test]
fn a_promotion_is_proposed_once_and_followed_when_it_is_merged() {
    let job = Job::new();
    let propose = ["promote", "churn@1.1.0", "--to", "champion", "--via", "pull-request", "--json"];
    let first = job.run(&propose).exits(0).json();
    assert_eq!(first["pull-request"], 1, "{first}");
    assert_eq!(job.run(&propose).exits(0).json()["pull-request"], 1);
    let pins = {
        let mut site = job.fake.state();
        assert_eq!(site.pulls.len(), 1);
        assert!(text(&site.pulls[0]["title"]).contains("churn@1.1.0"), "{}", site.pulls[0]);
        site.merge(1);
        site.file("main", "outerloop-pins.yaml").expect("pins")
    };
    assert!(pins.contains("champion: 1.1.0"), "{pins}");
    job.workshop.write("outerloop-pins.yaml", pins);
    let moved = job.run(&["promote", "--pinned", "--json"]).exits(0).json();
    assert_eq!(moved["ref"], "churn@1.1.0");
    let again = job.run(&propose).exits(0).json();
    assert_eq!(again["pull-request"], Value::Null, "{again}");
    job.fake.assert_no_violations();
}

#[test]
fn a_retraining_is_dispatched_once_with_its_event_and_has_a_ticket_until_it_is_answered() {
    let job = Job::new();
    let previewed = job.run(&["retrain", "--dry-run", "--json"]).exits(0).json();
    assert_eq!((&previewed["due"], &previewed["triggered"]), (&true.into(), &false.into()));
    assert_eq!(job.asked_for(), (0, 0));

    job.fake.inject(Rule::at("POST", "dispatches", Fault::CutAfter));
    let asked = job.run(&["retrain", "--json"]).exits(0).json();
    assert_eq!(asked["triggered"], true, "{asked}");
    {
        let site = job.fake.state();
        assert_eq!(site.dispatches.len(), 1);
        let inputs = &site.dispatches[0]["inputs"];
        assert_eq!((&inputs["event"], &inputs["model"]), (&asked["event"], &"churn".into()));
        assert_eq!(asked["run"], site.runs[0]["html_url"]);
        assert_eq!(site.issues.len(), 1, "{:#?}", site.issues);
    }
    // The same evidence asks for nothing new; the run that goes on is not doubled either.
    job.run(&["retrain", "--json"]).exits(0);
    job.run(&["retrain", "--again", "--json"]).exits(0);
    assert_eq!(job.asked_for(), (1, 1));

    job.workshop.write("model.bin", "three");
    let event = text(&asked["event"]).to_owned();
    let mut package = job.command(&["package", "--model", "model.bin"]);
    Workshop::ran(package.env("OUTERLOOP_EVENT", event)).exits(0);
    job.run(&["register", "--name", "churn"]).exits(0);
    job.run(&["promote", "churn@1.2.0", "--to", "champion"]).exits(0);
    assert_eq!(job.fake.state().issues[0]["state"], "closed");
    job.fake.assert_no_violations();
}

#[test]
fn a_call_that_is_tried_again_is_mentioned_with_its_reason() {
    let job = Job::new();
    job.fake.state().open_pull("candidate");
    let hostile = json!({ "message": "busy\n::error::gotcha ghs_fake" });
    let busy = Reply::json(429, &hostile).header("retry-after", "2");
    job.fake.inject(Rule::at("POST", "comments", Fault::Instead(busy)));
    let ran = job.gate("acme/models").exits(0).says("the server answered 429").says("again in");
    let line = |l: &&str| l.contains("answered 429");
    let said = ran.stderr.lines().find(line).unwrap_or_default();
    assert!(said.contains("busy") && !said.contains("ghs_fake"), "{said}");
    assert!(!ran.stderr.lines().any(|l| l.trim_start().starts_with("::error::gotcha")));
    assert_eq!(job.fake.state().comments.len(), 1);
}

#[test]
fn without_a_token_a_dispatch_says_what_to_pass() {
    let job = Job::new();
    let mut command = job.command(&["retrain"]);
    command.env_remove("GITHUB_TOKEN");
    Workshop::ran(&mut command).exits(3).says("there is no token for GitHub").says("token");
    assert!(job.fake.take_calls().is_empty());
}
