//! Trains by running a command on this machine and waiting for it.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use crate::adapters::azure::login::AzureLogin;
use crate::config::env;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::ports::trigger::{RunState, Started, TrainingRequest, Trigger};
use crate::process::{Ask, Asked, Group, describe_failure};

/// Lines of its output that an error quotes.
const QUOTED: usize = 20;
/// Time between the asking and the forcing end of a command that took too long.
const GRACE: Duration = Duration::from_secs(5);
/// Time that output may take to arrive after the command has ended.
const DRAIN: Duration = Duration::from_secs(1);

/// Runs a command, without a shell, in a process group of its own, with the request's event in its
/// environment ([`env::EVENT`]). What it prints is said line by line as it comes. While it runs, an
/// interrupt or a termination of this process is passed on to the group, and ends the training.
pub struct CommandTrigger {
    command: Vec<String>,
    folder: PathBuf,
    timeout: Duration,
    say: Say,
    login: Option<MakeLogin>,
}

/// Makes the login that the command gets, when it is started.
pub type MakeLogin = Box<dyn Fn() -> Result<Option<AzureLogin>> + Send + Sync>;

/// Says a line to people.
pub type Say = Arc<dyn Fn(&str) + Send + Sync>;

impl CommandTrigger {
    /// A trigger for `command` (program and arguments), run in `folder` for at most `timeout`.
    ///
    /// # Errors
    /// An empty command.
    pub fn new(command: &[String], folder: &Path, timeout: Duration, say: Say) -> Result<Self> {
        if command.first().is_none_or(String::is_empty) {
            return Err(Error::config("`retrain.command` is empty")
                .hint("write the program that trains and its arguments as a list"));
        }
        let (command, folder) = (command.to_vec(), folder.to_owned());
        Ok(Self { command, folder, timeout, say, login: None })
    }

    /// Gives the command a login, for as long as it runs.
    #[must_use]
    pub fn with_login(mut self, login: MakeLogin) -> Self {
        self.login = Some(login);
        self
    }

    fn spawn(&self, request: &TrainingRequest, login: Option<&AzureLogin>) -> Result<Child> {
        let mut command = Command::new(&self.command[0]);
        for (name, value) in login.into_iter().flat_map(AzureLogin::variables) {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
            .args(&self.command[1..])
            .current_dir(&self.folder)
            .env(env::EVENT, request.event.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Group::lead(&mut command).spawn().map_err(|e| {
            let message =
                format!("cannot run `{}` in {}: {e}", self.command[0], self.folder.display());
            Error::unavailable(message)
                .hint("check the program's name, its path and that it may be executed")
                .caused_by(e)
        })
    }

    fn line(&self) -> String {
        self.command.join(" ")
    }
}

impl Trigger for CommandTrigger {
    fn name(&self) -> &'static str {
        "command"
    }

    fn describe(&self) -> String {
        format!(
            "run `{}` in {} for at most {}",
            self.line(),
            self.folder.display(),
            humantime::format_duration(self.timeout)
        )
    }

    fn start(&self, request: &TrainingRequest) -> Result<Started> {
        let asked = Asked::listen()?;
        // Kept until the command has ended.
        let login = self.login.as_ref().map_or(Ok(None), |make| make())?;
        let mut child = self.spawn(request, login.as_ref())?;
        let began = Instant::now();
        let (lines, arriving) = channel();
        if let Some(out) = child.stdout.take() {
            pass_on(out, lines.clone(), Arc::clone(&self.say));
        }
        if let Some(err) = child.stderr.take() {
            pass_on(err, lines, Arc::clone(&self.say));
        }
        let mut last = VecDeque::new();
        match wait(&mut child, began + self.timeout, &asked, &arriving, &mut last)? {
            End::Own(status) if status.success() => {
                Ok(Started { run: format!("`{}`", self.line()), id: None, event: request.event })
            }
            End::Own(status) => Err(failed(&self.line(), status, &last)),
            End::Asked(name) => Err(Error::unavailable(format!(
                "`{}` was ended since this process was asked to end ({name}){}",
                self.line(),
                quoted(&last)
            ))
            .hint("start the training again with `outerloop retrain`")),
            End::TooLong => Err(Error::timeout(format!(
                "`{}` took longer than {} and was ended{}",
                self.line(),
                humantime::format_duration(self.timeout),
                quoted(&last)
            ))
            .hint("raise `retrain.timeout`, or make the training faster")),
        }
    }

    fn state(&self, _: &Started) -> Result<RunState> {
        Ok(RunState::Ended { success: true, conclusion: "it ended well".to_owned(), url: None })
    }
}

/// Says each line, and sends it to `lines`, until the stream ends.
fn pass_on(stream: impl Read + Send + 'static, lines: Sender<String>, say: Say) {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            say(&text);
            let _ = lines.send(text);
            line.clear();
        }
    });
}

/// How a command ended.
enum End {
    /// By itself.
    Own(ExitStatus),
    /// It was ended, since it took too long.
    TooLong,
    /// It was ended, since this process got the signal of this name.
    Asked(&'static str),
}

/// Waits for the end of the command; ends its process group at `deadline`, or when this process is
/// asked to end.
fn wait(
    child: &mut Child,
    deadline: Instant,
    asked: &Asked,
    arriving: &Receiver<String>,
    last: &mut VecDeque<String>,
) -> Result<End> {
    let failed = |e| Error::io("wait for", Path::new("the training command"), e);
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().map_err(failed)? {
            drain(arriving, last);
            return Ok(End::Own(status));
        }
        if let Some(ask) = asked.now() {
            end(child, ask, arriving, last)?;
            return Ok(End::Asked(ask.name()));
        }
        collect(arriving, last, Duration::from_millis(50));
    }
    end(child, Ask::Terminate, arriving, last)?;
    Ok(End::TooLong)
}

/// Ends the process group: with `first`, and after a while by force.
fn end(
    child: &mut Child,
    first: Ask,
    arriving: &Receiver<String>,
    last: &mut VecDeque<String>,
) -> Result<()> {
    let failed = |e| Error::io("wait for", Path::new("the training command"), e);
    let group = Group::of(child.id());
    group.ask(first);
    let forced = Instant::now() + GRACE;
    while Instant::now() < forced && child.try_wait().map_err(failed)?.is_none() {
        collect(arriving, last, Duration::from_millis(50));
    }
    group.kill();
    child.wait().map_err(failed)?;
    drain(arriving, last);
    Ok(())
}

/// Takes lines for as long as `patience`; false when both streams have ended.
fn collect(arriving: &Receiver<String>, last: &mut VecDeque<String>, patience: Duration) -> bool {
    let until = Instant::now() + patience;
    loop {
        match arriving.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                last.push_back(line);
                if last.len() > QUOTED {
                    last.pop_front();
                }
            }
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(until.saturating_duration_since(Instant::now()).min(patience));
                return false;
            }
        }
    }
}

fn drain(arriving: &Receiver<String>, last: &mut VecDeque<String>) {
    let until = Instant::now() + DRAIN;
    while Instant::now() < until && collect(arriving, last, Duration::from_millis(20)) {}
}

fn failed(line: &str, status: ExitStatus, last: &VecDeque<String>) -> Error {
    let how = describe_failure(status).unwrap_or_else(|| "ended".to_owned());
    Error::new(ErrorKind::Unavailable, format!("`{line}` {how}{}", quoted(last)))
        .hint("its last lines say why")
}

fn quoted(last: &VecDeque<String>) -> String {
    if last.is_empty() {
        return "; it printed nothing".to_owned();
    }
    last.iter().fold("; its last lines:".to_owned(), |text, line| text + "\n  | " + line)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use rustix::process::{Pid, Signal};

    use super::*;
    use crate::domain::digest::Digest;

    fn silent() -> Say {
        Arc::new(|_| ())
    }

    fn run(script: &str, timeout: Duration) -> Result<(Started, tempfile::TempDir)> {
        let folder = tempfile::tempdir().map_err(|e| Error::internal(e.to_string()))?;
        let command = ["sh", "-c", script].map(str::to_owned);
        let trigger = CommandTrigger::new(&command, folder.path(), timeout, silent())?;
        let event = Digest::of(b"event");
        let request = TrainingRequest { model: "acme".parse()?, event, reasons: Vec::new() };
        trigger.start(&request).map(|run| (run, folder))
    }

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn the_event_is_in_the_environment_and_the_folder_is_kept() {
        let (_, folder) = run("printf %s \"$OUTERLOOP_EVENT\" > out", LONG).unwrap();
        let told = std::fs::read_to_string(folder.path().join("out")).unwrap();
        assert_eq!(told, Digest::of(b"event").to_string());
    }

    #[test]
    fn a_failure_quotes_the_last_lines_of_both_streams() {
        let script = "for i in $(seq 30); do echo line $i; done; echo gone >&2; exit 3";
        let error = run(script, LONG).unwrap_err().to_string();
        assert!(error.contains("ended with code 3"), "{error}");
        assert!(error.contains("line 30") && error.contains("gone"), "{error}");
        assert!(!error.contains("line 5\n"), "{error}");
    }

    #[test]
    fn a_killed_command_names_the_signal() {
        let error = run("kill -9 $$", LONG).unwrap_err().to_string();
        assert!(error.contains("signal 9"), "{error}");
    }

    #[test]
    fn the_timeout_ends_the_whole_group() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let script = format!("sleep 60 & echo $! > {}; echo begun; wait", pid.display());
        let began = Instant::now();
        let error = run(&script, Duration::from_millis(400)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains("begun"), "{error}");
        assert!(began.elapsed() < Duration::from_secs(5));
        assert!(ends(&std::fs::read_to_string(&pid).unwrap()), "the grandchild lives on");
    }

    /// Whether the process ends within two seconds.
    fn ends(pid: &str) -> bool {
        let alive = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
            stat.is_ok_and(|s| !s.contains(") Z "))
        };
        let until = Instant::now() + Duration::from_secs(2);
        while alive() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        !alive()
    }

    /// Names the file into which the training below writes the id of its child.
    const PID_FILE: &str = "TEST_TRAINING_PID_FILE";

    #[test]
    #[ignore = "the training process that a_signal_ends_the_training_with_its_group starts"]
    fn trains_until_it_is_told_to_end() {
        let Some(pid) = std::env::var_os(PID_FILE) else { return };
        let pid = Path::new(&pid).display().to_string();
        let error = run(&format!("sleep 60 & echo $! > {pid}.new; mv {pid}.new {pid}; wait"), LONG);
        std::fs::write(format!("{pid}.error"), error.unwrap_err().to_string()).unwrap();
    }

    #[test]
    fn a_signal_ends_the_training_with_its_group() {
        for (sent, name) in [(Signal::TERM, "SIGTERM"), (Signal::INT, "SIGINT")] {
            let folder = tempfile::tempdir().unwrap();
            let pid = folder.path().join("pid");
            let test = "adapters::trigger::command::tests::trains_until_it_is_told_to_end";
            let mut process = Command::new(std::env::current_exe().unwrap())
                .args([test, "--exact", "--ignored"])
                .env(PID_FILE, &pid)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let until = Instant::now() + LONG;
            while !pid.exists() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(20));
            }
            let grandchild = std::fs::read_to_string(&pid).unwrap();
            rustix::process::kill_process(Pid::from_child(&process), sent).unwrap();
            assert!(process.wait().unwrap().success(), "it ended in order");
            assert!(ends(&grandchild), "the grandchild lives on after {name}");
            let told = std::fs::read_to_string(folder.path().join("pid.error")).unwrap();
            assert!(told.contains(name), "{told}");
        }
    }

    #[test]
    fn an_unknown_program_and_an_empty_command_are_clear_errors() {
        let folder = Path::new("/");
        assert!(CommandTrigger::new(&[], folder, LONG, silent()).is_err());
        let trigger =
            CommandTrigger::new(&["no-such-program".to_owned()], folder, LONG, silent()).unwrap();
        let request = TrainingRequest {
            model: "acme".parse().unwrap(),
            event: Digest::of(b"event"),
            reasons: Vec::new(),
        };
        let error = trigger.start(&request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().contains("no-such-program"));
    }
}
