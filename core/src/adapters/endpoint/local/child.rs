//! A model run by a child process that speaks HTTP.

use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::process::Command;
use tokio::sync::watch;

use super::invocations;
use super::process::Note;
use super::request::{Answer, Failure, Request, check_finite};
use crate::domain::error::{Error, Result};
use crate::process::{Ask, Group, describe_failure};

/// Children listen here.
const HOST: &str = "127.0.0.1";
/// First wait before a child that died is started again; it doubles up to [`SLOWEST`].
const QUICKEST: Duration = Duration::from_millis(100);
const SLOWEST: Duration = Duration::from_secs(2);
/// A child that lived this long starts again at once.
const STEADY: Duration = Duration::from_secs(60);
/// Time between being asked to end and being made to.
const GRACE: Duration = Duration::from_secs(5);
/// Time between looks whether a starting child is ready.
const POLL: Duration = Duration::from_millis(25);

/// How to start a child.
#[derive(Debug, Clone)]
pub(super) struct Spec {
    /// Program and arguments with `{model}`, `{files}`, `{host}` and `{port}` in them.
    pub(super) command: Vec<String>,
    /// Path that answers 200 once it is ready.
    pub(super) health: String,
    /// Path that takes requests.
    pub(super) score: String,
    /// What `{model}` stands for.
    pub(super) model: PathBuf,
    /// What `{files}` stands for: the folder of the model's files.
    pub(super) files: PathBuf,
    /// File that takes what the child writes.
    pub(super) log: PathBuf,
    /// File that says that the child runs.
    pub(super) note: PathBuf,
    /// Longest time until it is ready.
    pub(super) load_timeout: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Starting,
    /// Ready on this port.
    Ready(u16),
    /// Dead, and why; it is started again unless it was stopped.
    Down(String),
    Stopped,
}

/// A child process that is started again when it dies.
pub(super) struct Child {
    state: watch::Receiver<State>,
    stop: watch::Sender<bool>,
    restarts: Arc<AtomicU64>,
    http: reqwest::Client,
    score: String,
}

impl Child {
    /// Starts a child and waits until it is ready.
    ///
    /// # Errors
    /// It does not start, dies, or is not ready in time.
    pub(super) async fn start(spec: Spec) -> Result<Self> {
        let (state, watched) = watch::channel(State::Starting);
        let (stop, stopped) = watch::channel(false);
        let restarts = Arc::new(AtomicU64::new(0));
        let http = reqwest::Client::builder()
            .no_proxy()
            .tcp_nodelay(true)
            .build()
            .map_err(|e| Error::internal(format!("no HTTP client: {e}")))?;
        let score = spec.score.clone();
        let supervisor = Supervisor {
            spec,
            state,
            stopped,
            restarts: Arc::clone(&restarts),
            http: http.clone(),
        };
        let (ready, first) = tokio::sync::oneshot::channel();
        tokio::spawn(supervisor.run(ready));
        match first.await {
            Ok(Ok(())) => Ok(Self { state: watched, stop, restarts, http, score }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(Error::internal("the child's supervisor broke off")),
        }
    }

    /// Hands a request to the child.
    pub(super) async fn run(&self, request: &Request, limit: Duration) -> Result<Answer, Failure> {
        let State::Ready(port) = *self.state.borrow() else {
            return Err(Failure::Gone("the model's process does not run".into()));
        };
        let reply = self
            .http
            .post(format!("http://{HOST}:{port}{}", self.score))
            .header("content-type", "application/json")
            .timeout(limit)
            .body(request.invocation_body())
            .send()
            .await
            .map_err(|e| unanswered(&e, limit))?;
        let status = reply.status();
        let body = reply.bytes().await.map_err(|e| unanswered(&e, limit))?;
        if status.is_success() {
            return accept(body, request);
        }
        let said: String = String::from_utf8_lossy(&body).chars().take(1000).collect();
        Err(match status.as_u16() {
            400 | 413 | 415 | 422 => Failure::Input(said),
            code => Failure::Model(format!("the model's process answered {code}: {said}")),
        })
    }

    /// Why it cannot answer, if it cannot.
    pub(super) fn problem(&self) -> Option<String> {
        match &*self.state.borrow() {
            State::Ready(_) => None,
            State::Starting => Some("the process is starting".into()),
            State::Down(why) => Some(why.clone()),
            State::Stopped => Some("stopped".into()),
        }
    }

    /// Times that it was started again.
    pub(super) fn restarts(&self) -> u64 {
        self.restarts.load(Ordering::Relaxed)
    }

    /// Waits until it is ready; false when it never will be.
    pub(super) async fn wait_ready(&self) -> bool {
        let mut state = self.state.clone();
        let settled = |s: &State| matches!(s, State::Ready(_) | State::Stopped);
        state.wait_for(settled).await.is_ok_and(|s| matches!(&*s, State::Ready(_)))
    }

    /// Ends it and waits until it is gone.
    pub(super) async fn stop(&self) {
        let _ = self.stop.send(true);
        let mut state = self.state.clone();
        let gone = state.wait_for(|s| matches!(s, State::Stopped));
        let _ = tokio::time::timeout(2 * GRACE, gone).await;
    }
}

fn unanswered(error: &reqwest::Error, limit: Duration) -> Failure {
    if error.is_timeout() {
        Failure::Timeout(format!("the model gave no answer in {limit:?}"))
    } else {
        Failure::Gone(format!("the model's process broke off: {}", cause(error)))
    }
}

/// The error's words without the address, which is of no use to the caller.
fn cause(error: &reqwest::Error) -> String {
    let source = std::error::Error::source(error);
    source.map_or_else(|| "no answer".to_owned(), ToString::to_string)
}

fn accept(body: axum::body::Bytes, request: &Request) -> Result<Answer, Failure> {
    let answer = invocations::read_answer(body)?;
    check_finite(&answer.outputs)?;
    let wrong = |t: &&super::tensor::Tensor| !t.shape.is_empty() && t.rows() != request.rows;
    if let Some(bad) = answer.outputs.iter().find(wrong) {
        let (name, found, rows) = (&bad.name, bad.rows(), request.rows);
        return Err(Failure::Model(format!("output `{name}` has {found} rows for {rows}")));
    }
    Ok(answer)
}

struct Supervisor {
    spec: Spec,
    state: watch::Sender<State>,
    stopped: watch::Receiver<bool>,
    restarts: Arc<AtomicU64>,
    http: reqwest::Client,
}

/// A child that runs.
struct Started {
    child: tokio::process::Child,
    group: Option<Group>,
    port: u16,
    /// Removed with the child.
    _note: Note,
}

impl Supervisor {
    async fn run(mut self, ready: tokio::sync::oneshot::Sender<Result<()>>) {
        let mut running = match self.launch().await {
            Ok(running) => running,
            Err(error) => {
                let _ = ready.send(Err(error));
                return;
            }
        };
        let _ = ready.send(Ok(()));
        let mut wait = QUICKEST;
        loop {
            let since = Instant::now();
            let Some(why) = self.attend(&mut running).await else { break };
            wait = if since.elapsed() > STEADY { QUICKEST } else { wait };
            tracing::warn!("the process of {} {why}", self.spec.model.display());
            let _ = self.state.send(State::Down(format!("the process {why}")));
            drop(running);
            match self.revive(&mut wait).await {
                Some(next) => running = next,
                None => break,
            }
        }
        let _ = self.state.send(State::Stopped);
    }

    /// Waits until the child dies and says how, or until it is to stop.
    async fn attend(&mut self, running: &mut Started) -> Option<String> {
        let _ = self.state.send(State::Ready(running.port));
        let mut stopped = self.stopped.clone();
        tokio::select! {
            ended = running.child.wait() => {
                running.kill();
                Some(match ended {
                    Ok(status) => describe_failure(status).unwrap_or_else(|| "ended".to_owned()),
                    Err(error) => format!("cannot be waited for: {error}"),
                })
            }
            () = asked(&mut stopped) => {
                end(running).await;
                None
            }
        }
    }

    /// Starts the child again, as often as it takes, unless it is to stop.
    async fn revive(&mut self, wait: &mut Duration) -> Option<Started> {
        loop {
            let pause = *wait;
            *wait = (*wait * 2).min(SLOWEST);
            let mut stopped = self.stopped.clone();
            tokio::select! {
                () = asked(&mut stopped) => return None,
                () = tokio::time::sleep(pause) => {}
            }
            self.restarts.fetch_add(1, Ordering::Relaxed);
            tokio::select! {
                () = asked(&mut stopped) => return None,
                launched = self.launch() => match launched {
                    Ok(running) => return Some(running),
                    Err(error) => {
                        let _ = self.state.send(State::Down(error.to_string()));
                    }
                }
            }
        }
    }

    async fn launch(&self) -> Result<Started> {
        let mut started = self.spawn()?;
        let deadline = Instant::now() + self.spec.load_timeout;
        let url = format!("http://{HOST}:{}{}", started.port, self.spec.health);
        loop {
            let look = self.http.get(&url).timeout(Duration::from_secs(2)).send();
            if look.await.is_ok_and(|r| r.status().as_u16() == 200) {
                return Ok(started);
            }
            if let Ok(Some(status)) = started.child.try_wait() {
                started.kill();
                let how = describe_failure(status).unwrap_or_else(|| "ended".to_owned());
                return Err(self.refused(&format!("the model's process {how} before it was ready")));
            }
            if Instant::now() > deadline {
                started.kill();
                let limit = humantime::format_duration(self.spec.load_timeout);
                let path = &self.spec.health;
                let why = format!("the model's process did not answer {path} with 200 in {limit}");
                return Err(Error::timeout(why).hint("raise `load-timeout` of the endpoint"));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    fn refused(&self, why: &str) -> Error {
        let text = std::fs::read(&self.spec.log).unwrap_or_default();
        let tail = String::from_utf8_lossy(&text[text.len().saturating_sub(1000)..]).into_owned();
        let tail = tail.trim();
        let said = if tail.is_empty() { String::new() } else { format!(": {tail}") };
        Error::input(format!("{why}{said}"))
            .hint(format!("what it wrote is in {}", self.spec.log.display()))
    }

    fn spawn(&self) -> Result<Started> {
        let port = free_port()?;
        let fill = |word: &String| {
            word.replace("{model}", &self.spec.model.to_string_lossy())
                .replace("{files}", &self.spec.files.to_string_lossy())
                .replace("{host}", HOST)
                .replace("{port}", &port.to_string())
        };
        let words: Vec<String> = self.spec.command.iter().map(fill).collect();
        let Some((program, arguments)) = words.split_first() else {
            return Err(Error::config("the endpoint's `command` is empty"));
        };
        let log =
            File::create(&self.spec.log).map_err(|e| Error::io("write", &self.spec.log, e))?;
        let again = log.try_clone().map_err(|e| Error::io("write", &self.spec.log, e))?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(log).stderr(again).kill_on_drop(true);
        Group::lead(command.as_std_mut());
        let child = command.spawn().map_err(|e| {
            Error::unavailable(format!("cannot start `{program}`: {e}"))
                .hint("check `command` of the endpoint and that the program is installed")
        })?;
        let note = Note::write(self.spec.note.clone(), &child);
        Ok(Started { group: child.id().map(Group::of), child, port, _note: note })
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Started {
    fn kill(&self) {
        if let Some(group) = self.group {
            group.kill();
        }
    }
}

/// Waits until the child is to stop.
async fn asked(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn end(running: &mut Started) {
    if let Some(group) = running.group {
        group.ask(Ask::Terminate);
    }
    let _ = tokio::time::timeout(GRACE, running.child.wait()).await;
    running.kill();
    let _ = running.child.wait().await;
}

fn free_port() -> Result<u16> {
    std::net::TcpListener::bind((HOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|e| Error::unavailable(format!("no free port on {HOST}: {e}")))
}
