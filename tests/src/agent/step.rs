//! Runs a task as the agent does: Node on the file that the manifest names, with inputs, variables,
//! secrets and service connections in the environment, and reads the commands in what it writes.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::effects::{Completion, Effects, Issue, Restrictions, Variable};

/// A task that hangs fails its test.
const PATIENCE: Duration = Duration::from_secs(300);

/// A service connection of a project.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Its id, which is the value of the task's input.
    pub id: String,
    /// Where it leads.
    pub url: String,
    /// `WorkloadIdentityFederation`, `ServicePrincipal`, …
    pub scheme: String,
    /// `tenantid`, `serviceprincipalid`, …
    pub parameters: BTreeMap<String, String>,
    /// `subscriptionid`, `environment`, …
    pub data: BTreeMap<String, String>,
}

/// A step of a job, to be run by an agent.
#[derive(Debug, Clone)]
pub struct Agent {
    task_folder: PathBuf,
    task: Value,
    handler: String,
    inputs: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    secrets: Vec<String>,
    work: Option<PathBuf>,
    tools: Option<PathBuf>,
}

/// What came of a step.
#[derive(Debug)]
pub struct AgentResult {
    /// Variables that it set, by name.
    pub variables: BTreeMap<String, Variable>,
    /// Errors and warnings, in order.
    pub issues: Vec<Issue>,
    /// How the step ends: the worst of `task.complete` and the exit code.
    pub result: Completion,
    /// The message of `task.complete`.
    pub message: String,
    /// Lines of both streams that are no commands, in the order of their arrival, without secrets.
    pub log: Vec<String>,
    /// Exit code of Node; anything but 0 reads as broken infrastructure. -1 when a signal ended it.
    pub exit: i32,
    /// Everything that the commands did.
    pub effects: Effects,
}

impl AgentResult {
    /// Value of a variable, empty when it was not set.
    pub fn value(&self, name: &str) -> &str {
        self.variables.get(name).map_or("", |variable| &variable.value)
    }

    /// The log as one text.
    pub fn text(&self) -> String {
        self.log.join("\n")
    }
}

/// Runs the task in `task_folder` with these inputs and this environment beside the agent's own.
pub fn as_agent(
    task_folder: &Path,
    inputs: &[(&str, &str)],
    environment: &[(&str, &str)],
) -> AgentResult {
    let step = inputs.iter().fold(Agent::new(task_folder), |step, (name, v)| step.input(name, v));
    environment.iter().fold(step, |step, (name, v)| step.environment(name, v)).run()
}

impl Agent {
    /// A step with the task in `task_folder`, which holds a `task.json`; inputs have the defaults of
    /// the manifest.
    ///
    /// # Panics
    /// There is no manifest.
    pub fn new(task_folder: &Path) -> Self {
        let file = task_folder.join("task.json");
        let text =
            std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let task: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).expect("JSON");
        let defaults = task["inputs"].as_array().cloned().unwrap_or_default();
        let inputs = defaults.iter().map(|input| {
            let text = |key: &str| input[key].as_str().unwrap_or_default().trim().to_owned();
            (text("name"), text("defaultValue"))
        });
        Self {
            task_folder: task_folder.to_owned(),
            inputs: inputs.collect(),
            task,
            handler: "Node20_1".to_owned(),
            environment: BTreeMap::new(),
            secrets: Vec::new(),
            work: None,
            tools: None,
        }
    }

    /// Gives an input.
    ///
    /// # Panics
    /// The manifest knows no such input.
    #[must_use]
    pub fn input(mut self, name: &str, value: &str) -> Self {
        let known = self.inputs.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
        let known = known.unwrap_or_else(|| panic!("{} has no input {name}", self.task["name"]));
        self.inputs.insert(known, value.to_owned());
        self
    }

    /// Gives a variable of the pipeline, such as `Build.BuildId`.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(environment_name(name), value.to_owned());
        self
    }

    /// Gives a secret variable: the task sees it as `SECRET_…`, and logs hide it.
    #[must_use]
    pub fn secret(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(format!("SECRET_{}", environment_name(name)), value.to_owned());
        self.secrets.push(value.to_owned());
        self
    }

    /// Gives a variable of the environment as it is: `env:` of the step, or the machine's.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Gives the job's token and the address of the organisation.
    #[must_use]
    pub fn job_token(self, url: &str, token: &str) -> Self {
        self.endpoint(&Connection {
            id: "SYSTEMVSSCONNECTION".to_owned(),
            url: url.to_owned(),
            scheme: "OAuth".to_owned(),
            parameters: BTreeMap::from([("AccessToken".to_owned(), token.to_owned())]),
            data: BTreeMap::new(),
        })
    }

    /// Gives a service connection to the input that asks for one.
    #[must_use]
    pub fn connection(self, input: &str, connection: &Connection) -> Self {
        self.input(input, &connection.id).endpoint(connection)
    }

    fn endpoint(mut self, it: &Connection) -> Self {
        let id = &it.id;
        let authorization = json!({"parameters": it.parameters, "scheme": it.scheme});
        let mut set = |name: String, value: &str| self.environment.insert(name, value.to_owned());
        set(format!("ENDPOINT_URL_{id}"), &it.url);
        set(format!("ENDPOINT_AUTH_{id}"), &authorization.to_string());
        set(format!("ENDPOINT_AUTH_SCHEME_{id}"), &it.scheme);
        for (key, value) in &it.parameters {
            set(format!("ENDPOINT_AUTH_PARAMETER_{id}_{}", environment_name(key)), value);
        }
        for (key, value) in &it.data {
            set(format!("ENDPOINT_DATA_{id}_{}", environment_name(key)), value);
        }
        let hidden = |key: &str| matches!(key, "accesstoken" | "serviceprincipalkey");
        let secrets = it.parameters.iter().filter(|(key, _)| hidden(&key.to_lowercase()));
        self.secrets.extend(secrets.map(|(_, value)| value.clone()));
        self
    }

    /// The job's folder (`System.DefaultWorkingDirectory`), where the step runs.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.work = Some(folder.to_owned());
        self
    }

    /// The agent's tool cache (`Agent.ToolsDirectory`).
    #[must_use]
    pub fn tools(mut self, folder: &Path) -> Self {
        self.tools = Some(folder.to_owned());
        self
    }

    /// Which of the manifest's handlers to use, such as `Node24`.
    #[must_use]
    pub fn handler(mut self, name: &str) -> Self {
        self.handler = name.to_owned();
        self
    }

    /// Runs the step to its end.
    pub fn run(&self) -> AgentResult {
        self.start().wait()
    }

    /// Starts the step.
    ///
    /// # Panics
    /// Node is missing or too old, or the manifest's file is.
    pub fn start(&self) -> RunningTask {
        let own = tempfile::tempdir().expect("a temporary folder");
        let temporary = own.path().join("temp");
        std::fs::create_dir_all(&temporary).expect("a folder");
        let work = self.work.clone().unwrap_or_else(|| own.path().to_owned());
        let tools = self.tools.clone().unwrap_or_else(|| own.path().join("tools"));
        let target = self.task["execution"][&self.handler]["target"].as_str();
        let target = target.unwrap_or_else(|| panic!("no handler {} in task.json", self.handler));
        let script = self.task_folder.join(target);
        assert!(script.is_file(), "the agent finds no {}", script.display());
        let mut command = Command::new(node());
        command.arg(script).current_dir(&work).env_clear().envs(machine());
        command.env("TF_BUILD", "True");
        command.env("AGENT_TEMPDIRECTORY", &temporary).env("AGENT_TOOLSDIRECTORY", tools);
        command.env("SYSTEM_DEFAULTWORKINGDIRECTORY", &work);
        let inputs = self.inputs.iter();
        command
            .envs(inputs.map(|(name, value)| (format!("INPUT_{}", environment_name(name)), value)));
        command.envs(&self.environment);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("node starts");
        RunningTask::new(child, Restrictions::of(&self.task), &self.secrets, own)
    }
}

/// What a process needs to run at all; nothing else of the test's own environment comes through.
fn machine() -> impl Iterator<Item = (String, String)> {
    let names = ["PATH", "HOME", "LANG", "SystemRoot", "ORT_DYLIB_PATH", "OUTERLOOP_PYTHON"];
    names.into_iter().filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)))
}

/// As the agent names inputs and variables in the environment; dashes stay.
fn environment_name(name: &str) -> String {
    name.replace(['.', ' '], "_").to_uppercase()
}

/// Node, as found on `PATH`.
///
/// # Panics
/// It is missing or older than 20.
fn node() -> PathBuf {
    let out = Command::new("node").arg("--version").output();
    let version = out.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    let version = version.expect("the tasks of Azure Pipelines need Node 20 or newer on PATH");
    let major = version.trim_start_matches('v').split('.').next().and_then(|n| n.parse().ok());
    assert!(major.is_some_and(|n: u32| n >= 20), "Node 20 or newer is needed, not {version}");
    "node".into()
}

/// A step under way.
pub struct RunningTask {
    child: Child,
    heard: Arc<Mutex<(Effects, Vec<String>)>>,
    readers: Vec<JoinHandle<()>>,
    _own: tempfile::TempDir,
}

impl RunningTask {
    fn new(
        mut child: Child,
        restrictions: Restrictions,
        secrets: &[String],
        own: tempfile::TempDir,
    ) -> Self {
        let mut effects = Effects::default();
        secrets.iter().for_each(|secret| effects.hide(secret));
        let heard = Arc::new(Mutex::new((effects, Vec::new())));
        let out = child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>);
        let err = child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>);
        let readers = [out, err].into_iter().flatten().map(|stream| {
            let (heard, restrictions) = (Arc::clone(&heard), restrictions.clone());
            std::thread::spawn(move || listen(stream, &heard, &restrictions))
        });
        let readers = readers.collect();
        Self { child, heard, readers, _own: own }
    }

    /// Waits until the log holds `text`.
    ///
    /// # Panics
    /// It does not come.
    pub fn until_said(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if self.heard.lock().expect("a lock").1.iter().any(|line| line.contains(text)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("`{text}` was never said");
    }

    /// Sends a signal, as the agent does when a run is cancelled.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -{name} {pid}");
    }

    /// Waits for the end and tells what came of it.
    ///
    /// # Panics
    /// It takes longer than five minutes.
    pub fn wait(mut self) -> AgentResult {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("can be waited for") {
                break status;
            }
            if Instant::now() > deadline {
                let _ = self.child.kill();
                panic!("the task hangs");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        for reader in self.readers {
            reader.join().expect("the reader ends");
        }
        let (effects, log) = std::mem::take(&mut *self.heard.lock().expect("a lock"));
        let exit = status.code().unwrap_or(-1);
        let by_exit = if exit == 0 { Completion::Succeeded } else { Completion::Failed };
        AgentResult {
            variables: effects.variables.clone(),
            issues: effects.issues.clone(),
            result: effects.completion.unwrap_or(by_exit).max(by_exit),
            message: effects.message.clone(),
            log,
            exit,
            effects,
        }
    }
}

fn listen(
    stream: Box<dyn Read + Send>,
    heard: &Mutex<(Effects, Vec<String>)>,
    restrictions: &Restrictions,
) {
    let mut reader = BufReader::new(stream);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut heard = heard.lock().expect("a lock");
        for line in super::lines(&text) {
            let shown = heard.0.read(line, restrictions);
            heard.1.extend(shown);
        }
        bytes.clear();
    }
}
