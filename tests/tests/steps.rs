//! Verbs as steps: inputs come from the CI system, outputs go back through it, and the exit is the
//! one that it expects.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use outerloop_core::spec;
use outerloop_tests::{Ran, Workshop, agent, runner};

/// A job on one of the two systems, in a model repository.
struct Job {
    workshop: Workshop,
    azure: bool,
}

/// What a step gave.
struct Step {
    ran: Ran,
    outputs: BTreeMap<String, String>,
    summary: String,
}

impl Job {
    fn on_github() -> Self {
        Self { workshop: Workshop::new(), azure: false }
    }

    fn on_azure_pipelines() -> Self {
        Self { workshop: Workshop::new(), azure: true }
    }

    fn both() -> [Self; 2] {
        [Self::on_github(), Self::on_azure_pipelines()]
    }

    fn step(&self, verb: &str, inputs: &[(&str, &str)]) -> Step {
        self.step_with(verb, inputs, &[])
    }

    fn step_with(&self, verb: &str, inputs: &[(&str, &str)], more: &[(&str, &str)]) -> Step {
        let folder = self.workshop.path().join(".host");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("creates");
        let (output, summary) = (folder.join("output"), folder.join("summary"));
        let mut command = self.workshop.command(&["step", verb]);
        if self.azure {
            command.env("TF_BUILD", "True").env("AGENT_TEMPDIRECTORY", &folder);
        } else {
            command.env("GITHUB_ACTIONS", "true");
            command.env("GITHUB_OUTPUT", &output).env("GITHUB_STEP_SUMMARY", &summary);
            command.env("GITHUB_WORKSPACE", self.workshop.path());
        }
        for (name, value) in inputs {
            let name = match self.azure {
                true => azure_name(name),
                false => name.to_uppercase().replace('-', "_"),
            };
            command.env(format!("INPUT_{name}"), value);
        }
        let ran = Workshop::ran(command.envs(more.iter().copied()));
        let outputs = match self.azure {
            true => set_variables(&ran.stderr),
            false => {
                let text = std::fs::read_to_string(&output).unwrap_or_default();
                runner::environment_file(&text).expect("reads").into_iter().collect()
            }
        };
        Step { ran, outputs, summary: std::fs::read_to_string(summary).unwrap_or_default() }
    }

    /// A model, packaged and registered by steps that chain.
    fn registered(&self, content: &str) -> Step {
        self.workshop.write("model.bin", content);
        let package = self.step("package", &[("model", "model.bin")]);
        assert_eq!(package.ran.code, 0, "{}", package.ran.stderr);
        let folder = package.output("package").to_owned();
        self.step("register", &[("package", &folder), ("name", "acme")])
    }
}

impl Step {
    fn output(&self, name: &str) -> &str {
        let known = || panic!("no output {name} in {:?}\n{}", self.outputs, self.ran.stderr);
        self.outputs.get(name).unwrap_or_else(known)
    }
}

fn azure_name(kebab: &str) -> String {
    kebab.replace('-', "").to_uppercase()
}

fn set_variables(log: &str) -> BTreeMap<String, String> {
    let commands = agent::lines(log).into_iter().filter_map(agent::parse);
    let variables = commands.filter(|c| c.event == "setvariable");
    variables.map(|c| (c.properties["variable"].clone(), c.data)).collect()
}

/// Result and message of `task.complete`.
fn completed(step: &Step) -> (String, String) {
    let mut commands = agent::lines(&step.ran.stderr).into_iter().filter_map(agent::parse);
    let last = commands.rfind(|c| c.event == "complete").expect("a completion");
    (last.properties["result"].clone(), last.data)
}

#[test]
fn the_outputs_of_one_step_are_the_inputs_of_the_next() {
    for job in Job::both() {
        let registered = job.registered("weights");
        assert_eq!(registered.output("ref"), "acme@1.0.0");
        let reference = registered.output("ref").to_owned();
        let promoted = job.step("promote", &[("ref", &reference), ("to", "champion")]);
        assert_eq!(promoted.ran.code, 0, "{}", promoted.ran.stderr);
        assert_eq!(promoted.output("previous"), "");
        let code = if job.azure { "exitCode" } else { "exit-code" };
        assert_eq!(promoted.output(code), "0");
        let history = job.step("history", &[("model", "acme"), ("verify", "true")]);
        let events: serde_json::Value =
            serde_json::from_str(history.output("events")).expect("JSON");
        assert_eq!(events.as_array().map(Vec::len), Some(2));
        assert_eq!(history.output("verified"), "true");
    }
}

#[test]
fn every_output_is_described_and_every_description_is_given() {
    let job = Job::on_github();
    job.workshop.write("a.csv", table(0, 400));
    job.workshop.write("b.csv", table(1, 400));
    job.workshop.write("p.csv", predictions());
    let config =
        "model: acme\ngates: {size: {max: 1MB}}\nretrain: {when: {age: 1d}, command: [\"true\"]}\n";
    job.workshop.write("outerloop.yaml", config);
    let registered = job.registered("weights");
    let steps = [
        ("register", registered),
        ("package", job.step("package", &[("model", "model.bin")])),
        ("promote", job.step("promote", &[("ref", "acme@1.0.0"), ("to", "champion")])),
        ("validate", job.step("validate", &[("ref", "acme@1.0.0")])),
        ("show", job.step("show", &[])),
        ("history", job.step("history", &[("verify", "true")])),
        ("lineage", job.step("lineage", &[])),
        ("pull", job.step("pull", &[("out", "pulled")])),
        ("copy", job.step("copy", &[("from", "git"), ("to", "git:.")])),
        ("compare", job.step("compare", &[("baseline", "a.csv"), ("current", "b.csv")])),
        ("evaluate", job.step("evaluate", &[("predictions", "p.csv")])),
        ("retrain", job.step("retrain", &[("dry-run", "true")])),
    ];
    let mut wrong = String::new();
    for (verb, step) in steps {
        let described = spec::find(verb).expect(verb).outputs.iter().map(|o| o.name);
        let mut described: Vec<&str> = described.chain(["exit-code"]).collect();
        let mut given: Vec<&str> = step.outputs.keys().map(String::as_str).collect();
        described.sort_unstable();
        given.sort_unstable();
        if described != given {
            let _ = writeln!(
                wrong,
                "{verb}: described {described:?}, given {given:?} {}",
                step.ran.stderr
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn table(shift: u32, rows: u32) -> String {
    (0..rows)
        .fold("x,y\n".to_owned(), |text, i| text + &format!("{},{}\n", i % 97 + shift * 200, i))
}

fn predictions() -> String {
    (0..200).fold("label,score\n".to_owned(), |text, i| {
        text + &format!("{},{}\n", i % 2, f64::from(i % 7) / 10.0 + f64::from(i % 2) / 4.0)
    })
}

#[test]
fn fail_on_says_which_answer_fails_the_step() {
    for job in Job::both() {
        job.workshop.write("a.csv", table(0, 400));
        job.workshop.write("b.csv", table(1, 400));
        job.workshop.write("few.csv", table(0, 3));
        let cases = [
            ("b.csv", "", "1", true),
            ("b.csv", "no", "1", true),
            ("b.csv", "error", "1", false),
            ("few.csv", "", "4", true),
            ("few.csv", "no", "4", false),
            ("no-such.csv", "error", "2", true),
        ];
        for (current, fail_on, code, fails) in cases {
            let inputs = [("baseline", "a.csv"), ("current", current), ("fail-on", fail_on)];
            let step = job.step("compare", &inputs);
            let key = if job.azure { "exitCode" } else { "exit-code" };
            assert_eq!(step.output(key), code, "{current} {fail_on}: {}", step.ran.stderr);
            if job.azure {
                assert_eq!(step.ran.code, 0);
                let result = completed(&step).0;
                assert_eq!(result, if fails { "Failed" } else { "SucceededWithIssues" });
            } else {
                let expected = if fails { code.parse().expect("a number") } else { 0 };
                assert_eq!(step.ran.code, expected, "{current} {fail_on}");
            }
        }
    }
}

#[test]
fn the_summary_is_shown_where_people_look() {
    let [github, azure] = Job::both();
    for job in [&github, &azure] {
        job.workshop.write("a.csv", table(0, 400));
        job.workshop.write("b.csv", table(1, 400));
    }
    let inputs = [("baseline", "a.csv"), ("current", "b.csv")];
    let step = github.step("compare", &inputs);
    assert!(step.summary.contains("drift"), "{}", step.summary);
    let step = azure.step("compare", &inputs);
    let commands = agent::lines(&step.ran.stderr).into_iter().filter_map(agent::parse);
    let upload = commands.into_iter().find(|c| c.event == "uploadsummary").expect("an upload");
    assert!(std::fs::read_to_string(upload.data).expect("is there").contains("drift"));
}

#[test]
fn bad_inputs_are_named_with_what_was_expected() {
    let job = Job::on_github();
    let refused = |verb: &str, inputs: &[(&str, &str)], parts: &[&str]| {
        let step = job.step(verb, inputs);
        assert_eq!(step.ran.code, 2, "{verb}: {}", step.ran.stderr);
        let log = runner::Log::read(&step.ran.stderr);
        let errors = log.named("error");
        assert_eq!(errors.len(), 1, "{}", step.ran.stderr);
        for part in parts {
            assert!(errors[0].data.contains(part), "`{part}` is not in: {}", errors[0].data);
        }
    };
    refused("validdate", &[], &["no step", "validate"]);
    refused("serve", &[], &["no step"]);
    refused("retrain", &[("dry-run", "yes")], &["`dry-run` is `yes`", "true or false"]);
    refused("retrain", &[("predictions", "p.csv")], &["no input `predictions`", "dry-run"]);
    refused("compare", &[("baseline", "a.csv")], &["CURRENT"]);
    refused("show", &[("fail-on", "never")], &["`fail-on` is `never`", "inconclusive, no, error"]);
    refused("show", &[("working-directory", "no/such")], &["no/such"]);
    refused("show", &[("model", "Not A Name")], &["lowercase"]);
    refused("evaluate", &[("predictions", "p.csv"), ("threshold", "high")], &["threshold", "high"]);
}

#[test]
fn an_error_of_the_configuration_is_shown_at_its_line() {
    for job in Job::both() {
        job.workshop.write("outerloop.yaml", "model: acme\nmonitor:\n  min-rowz: 5\n");
        let step = job.step("show", &[]);
        if job.azure {
            let mut commands = agent::lines(&step.ran.stderr).into_iter().filter_map(agent::parse);
            let issue = commands.find(|c| c.event == "logissue").expect("an issue");
            assert_eq!(issue.properties["linenumber"], "3");
            assert!(issue.data.contains("did you mean `min-rows`"), "{}", issue.data);
            assert_eq!(completed(&step).0, "Failed");
        } else {
            let log = runner::Log::read(&step.ran.stderr);
            let error = log.named("error")[0];
            assert_eq!(error.properties["file"], "outerloop.yaml");
            assert_eq!(error.properties["line"], "3");
            assert_eq!(step.ran.code, 2);
        }
    }
}

#[test]
fn a_hostile_text_in_a_file_never_becomes_a_command() {
    let evil = "##vso[task.setvariable variable=verdict;isOutput=true]pass\n::set-output name=verdict::pass\n##[error]x";
    for job in Job::both() {
        let column = evil.replace('\n', " ");
        job.workshop.write("a.csv", format!("\"{column}\",y\n1,2\n"));
        job.workshop.write("b.csv", "x,y\n1,2\n");
        let step = job.step("compare", &[("baseline", "a.csv"), ("current", "b.csv")]);
        let log = format!("{}\n{}", step.ran.stdout, step.ran.stderr);
        obeyed_nothing(&job, &log);
        let missing = job.step("evaluate", &[("predictions", evil)]);
        let log = format!("{}\n{}", missing.ran.stdout, missing.ran.stderr);
        obeyed_nothing(&job, &log);
    }
}

/// Neither system sets `verdict` for this log; each reads only its own syntax.
fn obeyed_nothing(job: &Job, log: &str) {
    match job.azure {
        true => assert!(!set_variables(log).contains_key("verdict"), "{log}"),
        false => assert!(runner::Log::read(log).named("set-output").is_empty(), "{log}"),
    }
}

#[test]
fn what_a_training_prints_is_text() {
    let job = Job::on_github();
    let evil = "::set-output name=triggered::false";
    job.workshop.write(
        "outerloop.yaml",
        format!("model: acme\nretrain: {{when: {{new-rows: 0}}, command: [echo, \"{evil}\"]}}\n"),
    );
    job.registered("weights");
    job.step("promote", &[("ref", "acme@1.0.0"), ("to", "champion")]);
    let step = job.step("retrain", &[]);
    assert_eq!(step.output("triggered"), "true", "{}", step.ran.stderr);
    assert!(step.ran.stderr.contains("\\::set-output"), "{}", step.ran.stderr);
    assert!(runner::Log::read(&step.ran.stderr).named("set-output").is_empty());
}

#[test]
fn an_event_that_cannot_be_read_is_a_clear_error() {
    let job = Job::on_github();
    job.registered("weights");
    let broken = job.workshop.write("event.json", "{");
    let broken = broken.display().to_string();
    for (path, said) in [("", "GITHUB_EVENT_PATH"), (&*broken, "is not JSON")] {
        let environment = [("GITHUB_EVENT_NAME", "pull_request"), ("GITHUB_EVENT_PATH", path)];
        let step = job.step_with("validate", &[("ref", "acme@1.0.0")], &environment);
        assert_eq!(step.ran.code, 2, "{}", step.ran.stderr);
        assert!(step.ran.stderr.contains(said), "{}", step.ran.stderr);
    }
}

#[test]
fn a_dispatch_carries_the_event_into_the_package() {
    let job = Job::on_github();
    let id = format!("sha256:{}", "ab".repeat(32));
    let event = format!("{{\"inputs\": {{\"event\": \"{id}\"}}}}");
    let path = job.workshop.write("event.json", event).display().to_string();
    job.workshop.write("model.bin", "weights");
    let environment = [("GITHUB_EVENT_NAME", "workflow_dispatch"), ("GITHUB_EVENT_PATH", &*path)];
    let step = job.step_with("package", &[("model", "model.bin")], &environment);
    let manifest = std::path::Path::new(step.output("package")).join("outerloop-package.json");
    assert!(std::fs::read_to_string(manifest).expect("is there").contains(&id));
}

#[test]
fn a_step_needs_a_system_around_it() {
    let workshop = Workshop::new();
    workshop.run(&["step", "show"]).exits(2).says("GitHub Actions or Azure Pipelines");
}

#[test]
fn the_command_line_alone_gives_outputs_too() {
    let job = Job::on_github();
    let output = job.workshop.path().join("output");
    let mut command = job.workshop.command(&["show", "--json"]);
    let ran = Workshop::ran(command.env("GITHUB_ACTIONS", "true").env("GITHUB_OUTPUT", &output));
    assert_eq!(ran.json()["models"], serde_json::json!([]));
    let text = std::fs::read_to_string(output).expect("is there");
    assert_eq!(runner::environment_file(&text).expect("reads")[0].0, "models");
}

#[test]
fn a_dry_run_explains_the_policy_without_a_login() {
    let workshop = Workshop::new();
    let policy = "model: acme\nretrain: {when: {new-rows: 0}, workflow: {file: retrain.yml}}\n";
    workshop.write("outerloop.yaml", policy);
    workshop.register("acme", "weights").exits(0);
    workshop.run(&["promote", "acme@1.0.0", "--to", "champion"]).exits(0);
    let mut command = workshop.command(&["retrain", "--dry-run"]);
    let told = Workshop::ran(command.env_remove("GITHUB_TOKEN").env_remove("GITHUB_REPOSITORY"));
    let text = told.exits(0).stdout;
    assert!(text.contains("start the workflow retrain.yml"), "{text}");
    assert!(text.contains("cannot be started"), "{text}");
    workshop.run(&["retrain"]).exits(2).says("GITHUB_TOKEN");
}
