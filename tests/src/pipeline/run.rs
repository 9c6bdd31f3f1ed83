//! The run of a pipeline.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::scope::{Scope, environment_name};
use crate::Ran;
use crate::agent::{Agent, Completion};
use crate::extension::Extension;
use crate::model_repository::ModelRepository;
use crate::programs::output;

/// Runs pipelines of one repository.
pub struct Runner<'a> {
    /// The repository.
    pub repository: &'a ModelRepository,
    /// The address under which its remote is known.
    pub address: &'a str,
    /// The tasks.
    pub extension: &'a Extension,
    /// The agent's tool cache.
    pub tools: PathBuf,
}

/// What a run did.
#[derive(Debug, Default)]
pub struct PipelineRun {
    /// Each stage with how it ended: `succeeded`, `failed`, `skipped`.
    pub stages: Vec<(String, &'static str)>,
    /// What was said, a line each.
    pub log: Vec<String>,
    /// Messages of warnings and errors.
    pub issues: Vec<String>,
    scope: Scope,
}

/// What goes into a run.
#[derive(Debug, Default, Clone)]
pub struct Queued {
    /// Parameters by name.
    pub parameters: BTreeMap<String, String>,
    /// Predefined variables, named as in the environment.
    pub variables: BTreeMap<String, String>,
}

impl PipelineRun {
    /// How a stage ended.
    pub fn stage(&self, name: &str) -> &'static str {
        let own = self.stages.iter().find(|(stage, _)| stage == name);
        own.map_or("missing", |(_, result)| *result)
    }

    /// An output of a step, empty when there is none.
    pub fn output(&self, stage: &str, job: &str, step: &str, name: &str) -> String {
        let key = (stage.to_owned(), job.to_owned(), format!("{step}.{name}"));
        self.scope.outputs.get(&key).cloned().unwrap_or_default()
    }

    /// Holds that no stage failed.
    ///
    /// # Panics
    /// One did; the log is shown.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        let failed = self.stages.iter().any(|(_, result)| *result == "failed");
        assert!(!failed, "{:?}\n{}\n{:?}", self.stages, self.log.join("\n"), self.issues);
        self
    }
}

impl Runner<'_> {
    /// Runs a pipeline of the example, `azure-pipelines/FILE`, on what the clone has checked out.
    ///
    /// # Panics
    /// It is no pipeline that is understood here.
    pub fn run(&self, file: &str, queued: &Queued) -> PipelineRun {
        let path = self.repository.work().join("azure-pipelines").join(file);
        let text = std::fs::read_to_string(&path).expect("the pipeline");
        let raw: Value = serde_saphyr::from_str(&text).expect("YAML");
        let pipeline: Value =
            serde_saphyr::from_str(&with_parameters(&text, &raw, queued)).expect("YAML");
        let mut run = PipelineRun::default();
        run.scope.variables = queued.variables.clone();
        for variable in items(&pipeline["variables"]) {
            let value = run.scope.runtime(&word(&variable["value"]));
            run.scope.variables.insert(word(&variable["name"]), value);
        }
        let stages = match items(&pipeline["stages"]) {
            [] => vec![pipeline.clone()],
            stages => stages.to_vec(),
        };
        for stage in &stages {
            self.stage(stage, &mut run);
        }
        run
    }

    fn stage(&self, stage: &Value, run: &mut PipelineRun) {
        let name = word(&stage["stage"]);
        let depends = word(&stage["dependsOn"]);
        let well = depends.is_empty() || run.stage(&depends) == "succeeded";
        let condition = stage["condition"].as_str();
        if !run.scope.holds(condition, well) {
            run.stages.push((name, "skipped"));
            return;
        }
        let mut scope = run.scope.clone();
        if stage["stage"].is_string() {
            for (variable, value) in stage["variables"].as_object().into_iter().flatten() {
                let value = run.scope.runtime(&word(value));
                scope.variables.insert(variable.clone(), value);
            }
        }
        let mut result = "succeeded";
        for job in items(&stage["jobs"]) {
            match self.job(job, &name, &scope, run) {
                "failed" => result = "failed",
                "skipped" if result == "succeeded" => result = "skipped",
                _ => {}
            }
        }
        run.stages.push((name, result));
    }

    fn job(&self, job: &Value, stage: &str, scope: &Scope, run: &mut PipelineRun) -> &'static str {
        let deployment = job["deployment"].as_str();
        let name = deployment.map_or_else(|| word(&job["job"]), str::to_owned);
        if !scope.holds(job["condition"].as_str(), true) {
            return "skipped";
        }
        let steps = match deployment {
            Some(_) => &job["strategy"]["runOnce"]["deploy"]["steps"],
            None => &job["steps"],
        };
        if deployment.is_some() {
            assert!(job["environment"].is_string(), "the deployment {name} has no environment");
            run.scope.deployments.push((stage.to_owned(), name.clone()));
        }
        let folder = tempfile::tempdir().expect("a folder");
        let mut state = Job {
            runner: self,
            folder: folder.path().join("s"),
            scope: scope.clone(),
            paths: Vec::new(),
            well: true,
        };
        std::fs::create_dir_all(&state.folder).expect("creates");
        for step in items(steps) {
            state.step(step, run);
        }
        for (variable, value) in &state.scope.variables {
            if variable.contains('.') && !scope.variables.contains_key(variable) {
                let key = (stage.to_owned(), name.clone(), variable.clone());
                run.scope.outputs.insert(key, value.clone());
            }
        }
        if state.well { "succeeded" } else { "failed" }
    }
}

/// A job under way.
struct Job<'a> {
    runner: &'a Runner<'a>,
    folder: PathBuf,
    scope: Scope,
    paths: Vec<PathBuf>,
    well: bool,
}

impl Job<'_> {
    fn step(&mut self, step: &Value, run: &mut PipelineRun) {
        if !self.scope.holds(step["condition"].as_str(), self.well) {
            return;
        }
        let title = ["displayName", "task", "script", "checkout", "publish"]
            .iter()
            .find_map(|key| step[*key].as_str())
            .unwrap_or("a step");
        run.log.push(format!("== {title}"));
        if step["checkout"].is_string() {
            assert_eq!(step["persistCredentials"], false, "credentials stay on disk: {step}");
            self.checkout();
        } else if let Some(script) = step["script"].as_str() {
            let ran = self.script(script, step);
            run.log.extend([ran.stdout, ran.stderr]);
            self.well &= ran.code == 0;
        } else if let Some(file) = step["publish"].as_str() {
            self.well &= self.folder.join(file).exists();
        } else if let Some(task) = step["task"].as_str() {
            self.task(task, step, run);
        } else {
            panic!("no step that is known here: {step}");
        }
    }

    /// A detached checkout, as the agent makes it.
    fn checkout(&self) {
        let work = self.runner.repository.work();
        let commit = self.runner.repository.git(&["rev-parse", "HEAD"]);
        let folder = self.folder.to_string_lossy().into_owned();
        self.runner.repository.git(&["clone", "--quiet", &work.to_string_lossy(), &folder]);
        let git = |arguments: &[&str]| {
            let mut all = vec!["-C", folder.as_str()];
            all.extend(arguments);
            self.runner.repository.git(&all)
        };
        git(&["remote", "set-url", "origin", self.runner.address]);
        git(&["checkout", "--quiet", "--detach", &commit]);
    }

    /// The environment of a step: variables, what the machine has, and what the step says.
    fn environment(&self, step: &Value) -> BTreeMap<String, String> {
        let variables = self.scope.variables.iter();
        let mut all: BTreeMap<String, String> =
            variables.map(|(name, value)| (environment_name(name), value.clone())).collect();
        all.extend(self.runner.repository.environment());
        let sources = self.folder.to_string_lossy().into_owned();
        all.insert("BUILD_SOURCESDIRECTORY".to_owned(), sources);
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            all.insert(name.clone(), self.scope.expanded(&word(value)));
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = self.paths.iter().cloned().chain(std::env::split_paths(&path));
        let joined = std::env::join_paths(folders).expect("a path");
        all.insert("PATH".to_owned(), joined.to_string_lossy().into_owned());
        all
    }

    fn script(&self, script: &str, step: &Value) -> Ran {
        let mut command = Command::new("bash");
        command.args(["-e", "-c", &self.scope.expanded(script)]).current_dir(&self.folder);
        let mut environment = self.environment(step);
        // The agent gives its endpoints, and with them the job's token, to tasks only.
        environment.retain(|name, _| !name.starts_with("ENDPOINT_"));
        output(command.env_clear().envs(environment))
    }

    fn task(&mut self, task: &str, step: &Value, run: &mut PipelineRun) {
        let name = task.strip_suffix("@0").unwrap_or_else(|| panic!("another version of {task}"));
        if name == "UsePythonVersion" {
            self.paths.insert(0, self.runner.repository.python_folder());
            return;
        }
        let mut agent = Agent::new(&self.runner.extension.task(name))
            .in_folder(&self.folder)
            .tools(&self.runner.tools);
        for (input, value) in step["inputs"].as_object().into_iter().flatten() {
            agent = agent.input(input, &self.scope.expanded(&word(value)));
        }
        for (name, value) in self.environment(step) {
            agent = agent.environment(&name, &value);
        }
        let result = agent.run();
        run.log.extend(result.log.clone());
        run.issues.extend(result.issues.iter().map(|issue| issue.message.clone()));
        assert_eq!(result.exit, 0, "{task}: {}\n{:?}", result.text(), result.issues);
        self.well &= result.result != Completion::Failed;
        self.paths.splice(0..0, result.effects.paths.iter().map(PathBuf::from));
        if let Some(step) = step["name"].as_str() {
            for (name, variable) in &result.variables {
                self.scope.variables.insert(format!("{step}.{name}"), variable.value.clone());
            }
        }
    }
}

/// The pipeline's text with `${{ parameters.name }}` replaced.
fn with_parameters(text: &str, pipeline: &Value, queued: &Queued) -> String {
    let declared = items(&pipeline["parameters"]);
    let names: Vec<String> = declared.iter().map(|p| word(&p["name"])).collect();
    for given in queued.parameters.keys() {
        assert!(names.contains(given), "the pipeline declares no parameter {given}");
    }
    let mut text = text.to_owned();
    for parameter in declared {
        let name = word(&parameter["name"]);
        let value = queued.parameters.get(&name).cloned();
        let value = value.unwrap_or_else(|| word(&parameter["default"]));
        text = text.replace(&format!("${{{{ parameters.{name} }}}}"), &format!("{value:?}"));
    }
    assert!(!text.contains("${{"), "a template expression that is not known here");
    text
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
