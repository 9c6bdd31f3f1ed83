//! The binary as a task runs it: the agent's variables, and nothing else, lead to the server.

use std::process::Command;

use outerloop_tests::azure_devops::{AzureDevOpsFake, BUILD, OIDC_TOKEN, PIPELINE};
use outerloop_tests::{Ran, Workshop, agent};

/// A repository with one registered champion, in a job of `fake`.
struct Job {
    fake: AzureDevOpsFake,
    workshop: Workshop,
}

impl Job {
    fn new(retrain: &str) -> Self {
        let (fake, workshop) = (AzureDevOpsFake::start(), Workshop::new());
        workshop.write(
            "outerloop.yaml",
            format!("model: acme\ngates: {{size: {{max: 1MB}}}}\nretrain: {{{retrain}}}\n"),
        );
        workshop.register("acme", "weights").exits(0);
        workshop.run(&["promote", "acme@1.0.0", "--to", "champion"]).exits(0);
        Self { fake, workshop }
    }

    fn step(&self, verb: &str, variables: &[(&str, &str)]) -> Ran {
        let mut command: Command = self.workshop.command(&["step", verb]);
        command.envs(self.fake.variables()).env("AGENT_TEMPDIRECTORY", self.temp());
        command.env_remove("SYSTEM_ACCESSTOKEN").envs(variables.iter().copied());
        Workshop::ran(&mut command)
    }

    fn temp(&self) -> std::path::PathBuf {
        let temp = self.workshop.path().join(".temp");
        std::fs::create_dir_all(&temp).unwrap();
        temp
    }
}

/// What the agent would make of the log: `result` of the completion, or a variable.
fn told(ran: &Ran, event: &str, name: &str) -> Vec<String> {
    let commands = agent::lines(&ran.stderr).into_iter().filter_map(agent::parse);
    let of_event = commands.filter(|c| c.event == event);
    of_event
        .filter_map(|c| match event {
            "setvariable" => (c.properties["variable"] == name).then_some(c.data),
            "complete" => c.properties.get(name).cloned(),
            _ => Some(c.data),
        })
        .collect()
}

const PIPELINE_TRAINS: &str = "when: {new-rows: 0}, pipeline: {id: 12}";

#[test]
fn a_verdict_is_written_to_the_pull_request_once() {
    let job = Job::new(PIPELINE_TRAINS);
    let input = [("INPUT_REF", "acme@1.0.0")];
    for _ in 0..2 {
        let ran = job.step("validate", &input);
        assert_eq!(told(&ran, "complete", "result"), ["Succeeded"], "{}", ran.stderr);
    }
    let state = job.fake.state();
    let threads = state.threads(1);
    assert_eq!(threads.len(), 1);
    assert_eq!(threads[0].status, "closed");
    assert!(threads[0].comments[0].content.contains("acme"));
    let statuses = &state.pull_requests[&1].statuses;
    assert_eq!(statuses.len(), 1, "{statuses:#?}");
    assert_eq!(statuses[0].body["state"], "succeeded");
    assert_eq!(statuses[0].body["context"]["name"], "acme");
    assert_eq!(state.builds[&BUILD].properties["outerloop.verdict"], "pass");
    drop(state);
    job.fake.assert_no_violations();
}

#[test]
fn a_retraining_is_previewed_by_the_server_started_and_waited_for() {
    let job = Job::new(PIPELINE_TRAINS);
    let dry = job.step("retrain", &[("INPUT_DRYRUN", "true")]);
    assert!(dry.stderr.contains("the server accepts it"), "{}", dry.stderr);
    assert_eq!(job.fake.state().runs_of(PIPELINE).len(), 0);
    job.fake.state().runs_end = Some("succeeded".to_owned());
    let ran = job.step("retrain", &[("INPUT_WAIT", "true")]);
    assert_eq!(told(&ran, "complete", "result"), ["Succeeded"], "{}", ran.stderr);
    let state = job.fake.state();
    let runs = state.runs_of(PIPELINE);
    assert_eq!(runs.len(), 1);
    assert_eq!(told(&ran, "setvariable", "event"), [runs[0].1.parameters["event"].clone()]);
    assert_eq!(told(&ran, "setvariable", "conclusion"), ["succeeded"]);
    let run = told(&ran, "setvariable", "run");
    assert!(run[0].ends_with(&format!("buildId={}", runs[0].0)), "{run:?}");
    drop(state);
    job.fake.assert_no_violations();
}

#[test]
fn a_training_that_failed_on_the_server_fails_the_step() {
    let job = Job::new(PIPELINE_TRAINS);
    job.fake.state().runs_end = Some("failed".to_owned());
    let ran = job.step("retrain", &[("INPUT_WAIT", "true")]);
    assert_eq!(told(&ran, "complete", "result"), ["Failed"], "{}", ran.stderr);
    assert_eq!(told(&ran, "setvariable", "exitCode"), ["1"]);
}

#[test]
fn a_training_on_this_machine_gets_the_service_connections_login() {
    let script = "printf '%s %s %s' $AZURE_CLIENT_ID $AZURE_FEDERATED_TOKEN_FILE \
                  $(cat $AZURE_FEDERATED_TOKEN_FILE) > login";
    let job = Job::new(&format!("when: {{new-rows: 0}}, command: [sh, -c, \"{script}\"]"));
    let connection = [
        ("INPUT_AZURESUBSCRIPTION", "0a-1b"),
        ("ENDPOINT_AUTH_SCHEME_0a-1b", "WorkloadIdentityFederation"),
        ("ENDPOINT_AUTH_PARAMETER_0a-1b_TENANTID", "t-1"),
        ("ENDPOINT_AUTH_PARAMETER_0a-1b_SERVICEPRINCIPALID", "c-1"),
        ("AZURE_CLIENT_SECRET", "of another login"),
    ];
    let dry = [&connection[..], &[("INPUT_DRYRUN", "true")]].concat();
    job.step("retrain", &dry);
    assert_eq!(job.fake.state().oidc_asked, 0, "a dry run needs no login");
    let ran = job.step("retrain", &connection);
    assert_eq!(told(&ran, "complete", "result"), ["Succeeded"], "{}", ran.stderr);
    let login = std::fs::read_to_string(job.workshop.path().join("login")).unwrap();
    let words: Vec<&str> = login.split(' ').collect();
    assert_eq!((words[0], words[2]), ("c-1", OIDC_TOKEN));
    assert!(words[1].starts_with(job.temp().to_str().unwrap()), "{login}");
    assert!(!std::path::Path::new(words[1]).exists(), "the token outlives the training");
    assert_eq!(told(&ran, "setsecret", ""), [OIDC_TOKEN]);
    job.fake.assert_no_violations();
}

#[test]
fn a_token_that_may_write_nothing_does_not_change_the_verdict() {
    let job = Job::new(PIPELINE_TRAINS);
    job.fake.allow(&[]);
    let ran = job.step("validate", &[("INPUT_REF", "acme@1.0.0")]);
    assert_eq!(told(&ran, "setvariable", "verdict"), ["pass"], "{}", ran.stderr);
    assert!(ran.stderr.contains("Contribute to pull requests"), "{}", ran.stderr);
    assert_eq!(told(&ran, "complete", "result"), ["Succeeded"]);
}
