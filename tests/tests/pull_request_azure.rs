//! What verbs write on Azure DevOps beside their work: the gate in a pull request, promotion by
//! pull request, the work item of a retraining. The binary as a script of a job, against a fake.

use std::collections::BTreeMap;

use outerloop_tests::azure_devops::{AzureDevOpsFake, BUILD, PIPELINE, Permission};
use outerloop_tests::{Ran, Workshop};
use serde_json::json;

const GATES: &str = "gates: {digest: {}, size: {max: 1B}}\n";

/// A model repository with two versions, of which the first is the champion, and the fake.
struct House {
    workshop: Workshop,
    devops: AzureDevOpsFake,
}

impl House {
    fn new(config: &str) -> Self {
        let workshop = Workshop::new();
        workshop.write("outerloop.yaml", format!("model: acme\n{config}"));
        for content in ["one", "two"] {
            workshop.register("acme", content).exits(0);
        }
        workshop.run(&["promote", "acme@1.0.0", "--to", "champion", "--via", "registry"]).exits(0);
        Self { workshop, devops: AzureDevOpsFake::start() }
    }

    /// The variables of a run that builds pull request 1.
    fn variables(&self) -> BTreeMap<String, String> {
        let head = self.devops.state().branches["refs/heads/feature"].commit.clone();
        let mut all = self.devops.variables();
        all.insert("SYSTEM_PULLREQUEST_SOURCECOMMITID".to_owned(), head);
        all.insert("SYSTEM_PULLREQUEST_ISFORK".to_owned(), "False".to_owned());
        all
    }

    fn run(&self, variables: &BTreeMap<String, String>, arguments: &[&str]) -> Ran {
        Workshop::ran(self.workshop.command(arguments).envs(variables))
    }

    /// Runs outside of a pull request.
    fn push(&self, arguments: &[&str]) -> Ran {
        let mut variables = self.variables();
        variables.retain(|name, _| !name.starts_with("SYSTEM_PULLREQUEST_"));
        self.run(&variables, arguments)
    }

    fn gate(&self) -> Ran {
        self.run(&self.variables(), &["validate", "acme@1.1.0", "--json"])
    }
}

#[test]
fn the_gate_keeps_one_thread_a_status_and_the_property() {
    let house = House::new(GATES);
    house.gate().exits(1);
    {
        let state = house.devops.state();
        let threads = state.threads(1);
        assert_eq!((threads.len(), threads[0].status.as_str()), (1, "active"));
        assert!(threads[0].shown()[0].content.contains("**fail**"));
        let status = &state.pull_requests[&1].statuses.last().expect("a status").body;
        assert_eq!(
            (&status["state"], &status["context"]["genre"]),
            (&json!("failed"), &json!("outerloop"))
        );
        assert_eq!(status["context"]["name"], "acme");
        assert_eq!(state.builds[&BUILD].properties["outerloop.verdict"], "fail");
    }
    house.workshop.write("outerloop.yaml", format!("model: acme\n{}", GATES.replace("1B", "1MB")));
    house.gate().exits(0);
    let state = house.devops.state();
    let threads = state.threads(1);
    assert_eq!((threads.len(), threads[0].shown().len()), (1, 1));
    assert!(threads[0].status != "active" && threads[0].shown()[0].content.contains("**pass**"));
    let status = &state.pull_requests[&1].statuses.last().expect("a status").body;
    assert_eq!(status["state"], "succeeded");
    assert_eq!(state.builds[&BUILD].properties["outerloop.verdict"], "pass");
    drop(state);
    house.devops.assert_no_violations();
}

#[test]
fn without_a_token_or_a_permission_the_verdict_stands() {
    let house = House::new(GATES);
    let mut script = house.variables();
    script.remove("ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN");
    let ran = house.run(&script, &["validate", "acme@1.1.0", "--json"]).exits(1);
    assert!(ran.stderr.contains("System.AccessToken"), "{}", ran.stderr);
    assert_eq!(ran.json()["verdict"], "fail");

    house.devops.allow(&[Permission::Code]);
    let ran = house.gate().exits(1);
    for what in ["the comment", "the check", "the property of the run"] {
        let said = format!("{what} could not be written");
        assert!(ran.stderr.contains(&said), "{said}: {}", ran.stderr);
    }
    assert!(house.devops.state().threads(1).is_empty());
}

#[test]
fn a_promotion_is_asked_for_by_a_pull_request() {
    let house = House::new("promote: {via: pull-request}\n");
    let promote = ["promote", "acme@1.1.0", "--to", "champion", "--json"];
    let asked = house.push(&promote).exits(0).json();
    let number = asked["pull-request"].as_u64().expect("a number");
    assert_eq!(house.push(&promote).exits(0).json()["pull-request"], asked["pull-request"]);
    let state = house.devops.state();
    assert_eq!(state.pull_requests[&number].title, "Promote acme@1.1.0 to champion");
    assert_eq!(state.pull_requests.len(), 2, "the one that was there, and this");
    let branch = "refs/heads/outerloop/promote-acme-champion";
    let pins = state.file(branch, "/outerloop-pins.yaml").expect("the pins");
    assert!(pins.ends_with("acme:\n  champion: 1.1.0\n"), "{pins}");
    drop(state);
    house.devops.assert_no_violations();
}

#[test]
fn a_retraining_has_a_work_item_until_the_promotion_that_answers_it() {
    let house = House::new(&format!(
        "retrain:\n  when: {{age: 1s}}\n  pipeline: {{id: {PIPELINE}}}\n  ticket: {{}}\n"
    ));
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let dry = house.push(&["retrain", "--dry-run", "--json"]).exits(0).json();
    assert_eq!((&dry["due"], &dry["triggered"]), (&json!(true), &json!(false)));
    assert!(house.devops.state().open_work_items().is_empty(), "a dry run writes nothing");
    assert!(house.devops.state().runs_of(PIPELINE).is_empty());

    let asked = house.push(&["retrain", "--json"]).exits(0).json();
    let event = asked["event"].as_str().expect("an event").to_owned();
    {
        let state = house.devops.state();
        let runs = state.runs_of(PIPELINE);
        assert_eq!((runs.len(), runs[0].1.parameters["event"].as_str()), (1, event.as_str()));
        assert_eq!(asked["run-id"], runs[0].0.to_string());
        let items = state.open_work_items();
        assert_eq!(
            (items.len(), items[0].1.fields["System.Title"].as_str()),
            (1, "Retrain acme: age")
        );
        assert!(items[0].1.fields["System.Description"].contains(&event));
    }
    house.workshop.write("model.bin", "three");
    let mut package = house.workshop.command(&["package", "--model", "model.bin"]);
    Workshop::ran(package.env("OUTERLOOP_EVENT", &event)).exits(0);
    house.workshop.run(&["register", "--name", "acme"]).exits(0);
    house.push(&["promote", "acme@1.2.0", "--to", "champion"]).exits(0);
    let state = house.devops.state();
    assert!(state.open_work_items().is_empty());
    let comments: Vec<&String> = state.work_items.values().flat_map(|w| &w.comments).collect();
    assert!(comments.len() == 1 && comments[0].contains("acme@1.2.0"), "{comments:?}");
    drop(state);
    house.devops.assert_no_violations();
}
