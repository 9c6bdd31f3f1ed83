//! Runs programs as groups of processes.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::domain::error::{Error, Result};
use crate::ports::programs::{Programs, Ran, Run};
use crate::process::{Ask, Asked, Group, describe_failure};

/// Bytes kept of standard error.
const WORDS: usize = 4 << 10;
/// Time between the asking and the forcing end of a program.
const GRACE: Duration = Duration::from_secs(3);
/// Time that output may take to arrive after the program has ended.
const DRAIN: Duration = Duration::from_secs(2);
/// Time between looks whether the program has ended.
const POLL: Duration = Duration::from_millis(10);

/// Runs programs, each in a group of its own that is ended with it.
#[derive(Debug, Clone, Copy, Default)]
pub struct GroupPrograms;

impl Programs for GroupPrograms {
    fn run(&self, run: &Run<'_>) -> Result<Ran> {
        let Some((program, arguments)) = run.command.split_first().filter(|(p, _)| !p.is_empty())
        else {
            return Err(Error::config("the command is empty").hint("name a program"));
        };
        let asked = Asked::listen()?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(run.folder)
            .envs(run.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = Group::lead(&mut command).spawn().map_err(|e| {
            Error::unavailable(format!("cannot run `{program}` in {}: {e}", run.folder.display()))
                .hint("check the program's name, its path and that it may be executed")
        })?;
        let output = child.stdout.take().map(|stream| gathered(stream, run.most));
        let words = child.stderr.take().map(|stream| gathered(stream, usize::MAX));
        let status = wait(&mut child, program, run.timeout, &asked)?;
        let (output, too_much) = arrived(output, program)?;
        let (words, _) = arrived(words, program)?;
        if too_much {
            let most = run.most;
            return Err(Error::input(format!("`{program}` wrote more than {most} bytes"))
                .hint("write only the answer on standard output, and the rest on standard error"));
        }
        let words = &words[words.len().saturating_sub(WORDS)..];
        let words = String::from_utf8_lossy(words).trim().to_owned();
        Ok(Ran { failure: describe_failure(status), output, words })
    }
}

/// Waits for the end; ends the group when time is up or this process is asked to end.
fn wait(child: &mut Child, program: &str, timeout: Duration, asked: &Asked) -> Result<ExitStatus> {
    let failed = |e| Error::io("wait for", program.as_ref(), e);
    let deadline = Instant::now() + timeout;
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            // What it left behind would hold its output open.
            Group::of(child.id()).kill();
            return Ok(status);
        }
        if let Some(ask) = asked.now() {
            end(child, ask).map_err(failed)?;
            let name = ask.name();
            return Err(Error::unavailable(format!(
                "`{program}` was ended since this process was asked to end ({name})"
            )));
        }
        if Instant::now() >= deadline {
            end(child, Ask::Terminate).map_err(failed)?;
            let limit = humantime::format_duration(timeout);
            return Err(Error::timeout(format!("`{program}` took longer than {limit}"))
                .hint("raise its `timeout`, or make it faster"));
        }
        std::thread::sleep(POLL);
    }
}

fn end(child: &mut Child, first: Ask) -> std::io::Result<()> {
    let group = Group::of(child.id());
    group.ask(first);
    let forced = Instant::now() + GRACE;
    while Instant::now() < forced && child.try_wait()?.is_none() {
        std::thread::sleep(POLL);
    }
    group.kill();
    child.wait().map(drop)
}

/// Reads a stream to its end on a thread of its own; keeps `most` bytes, and says whether there were
/// more.
fn gathered(mut stream: impl Read + Send + 'static, most: usize) -> Receiver<(Vec<u8>, bool)> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        let (mut kept, mut more) = (Vec::new(), false);
        let mut buffer = [0; 8192];
        while let Ok(n @ 1..) = stream.read(&mut buffer) {
            let room = most.saturating_sub(kept.len()).min(n);
            kept.extend_from_slice(&buffer[..room]);
            more |= room < n;
            if most == usize::MAX && kept.len() > 4 * WORDS {
                kept.drain(..kept.len() - WORDS);
            }
        }
        let _ = send.send((kept, more));
    });
    receive
}

fn arrived(stream: Option<Receiver<(Vec<u8>, bool)>>, program: &str) -> Result<(Vec<u8>, bool)> {
    let Some(stream) = stream else { return Ok((Vec::new(), false)) };
    stream.recv_timeout(DRAIN).map_err(|_| {
        Error::timeout(format!("`{program}` ended, but something it started still writes"))
            .hint("let it wait for what it starts")
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::domain::error::ErrorKind;

    fn run(script: &str, timeout: Duration) -> Result<Ran> {
        let command = ["sh", "-c", script].map(str::to_owned);
        let variables = [("ACME".to_owned(), "42".to_owned())];
        let folder = Path::new("/");
        GroupPrograms.run(&Run {
            command: &command,
            folder,
            variables: &variables,
            timeout,
            most: 1000,
        })
    }

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn what_a_program_writes_and_how_it_ends_is_told() {
        let ran = run("echo $ACME; echo oh >&2; exit 3", LONG).unwrap();
        assert_eq!((ran.output.as_slice(), ran.words.as_str()), (&b"42\n"[..], "oh"));
        assert!(ran.failure.unwrap().contains("code 3"));
        assert_eq!(run("true", LONG).unwrap().failure, None);
        let ran = run("yes oh | head -100000 >&2", LONG).unwrap();
        assert!(ran.words.len() <= WORDS && ran.words.ends_with("oh"));
    }

    #[test]
    fn too_long_too_much_and_nothing_to_run_are_errors() {
        let began = Instant::now();
        let error = run("sleep 60 & wait", Duration::from_millis(200)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(began.elapsed() < Duration::from_secs(10));
        let error = run("yes | head -1000", LONG).unwrap_err();
        assert!(error.to_string().contains("more than 1000 bytes"), "{error}");
        let none =
            Run { command: &[], folder: Path::new("/"), variables: &[], timeout: LONG, most: 1 };
        assert!(GroupPrograms.run(&none).is_err());
        let unknown = ["no-such-program".to_owned()];
        let error = GroupPrograms.run(&Run { command: &unknown, ..none }).unwrap_err();
        assert!(error.to_string().contains("no-such-program"), "{error}");
    }

    #[test]
    fn what_a_program_leaves_behind_ends_with_it() {
        let ran = run("sleep 60 & echo done", LONG).unwrap();
        assert_eq!(ran.output, b"done\n");
    }
}
