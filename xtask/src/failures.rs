//! Runs tests and repeats at the end what the failed ones said: a log of a whole run is long, and
//! who reads it begins at its end.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::process::{Result, shown};

/// Longest line that is repeated, in characters.
const LONGEST: usize = 2_000;

/// Runs `cargo test` to the end; output goes where ours goes.
///
/// # Errors
/// A test failed, or nothing ran.
pub fn run(tests: &mut Command) -> Result<()> {
    tests.stdout(Stdio::piped());
    let mut child = tests.spawn().map_err(|e| format!("{}: {e}", shown(tests)))?;
    let output = BufReader::new(child.stdout.take().ok_or("no output")?);
    let (lines, kept) = channel();
    std::thread::spawn(move || {
        for line in output.split(b'\n').map_while(std::io::Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            // Who closed our output does not end the tests.
            let _ = writeln!(std::io::stdout(), "{line}");
            let _ = lines.send(line);
        }
    });
    let status = child.wait().map_err(|e| e.to_string())?;
    let mut said = Said::default();
    // What a test has left running may hold the output open for ever.
    while let Ok(line) = kept.recv_timeout(Duration::from_secs(2)) {
        said.add(&line);
    }
    if status.success() {
        return Ok(());
    }
    eprintln!("== what failed, once more");
    said.lines.iter().for_each(|line| eprintln!("{line}"));
    Err(format!("{} ended with {status}", shown(tests)))
}

/// The parts of the output between `failures:` and the result that follows.
#[derive(Default)]
struct Said {
    lines: Vec<String>,
    within: bool,
}

impl Said {
    fn add(&mut self, line: &str) {
        if line.starts_with("running ") {
            self.within = false;
        }
        self.within |= line == "failures:";
        if self.within && !line.trim().is_empty() {
            self.lines.push(line.chars().take(LONGEST).collect());
        }
        if line.starts_with("test result:") {
            self.within = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_is_kept_and_the_rest_is_not() {
        let mut said = Said::default();
        let output = "running 2 tests\ntest a ... ok\ntest b ... FAILED\n\nfailures:\n\n\
                      ---- b stdout ----\nwhy\n\nfailures:\n    b\n\ntest result: FAILED. 1 passed\n\
                      \nrunning 1 test\ntest c ... ok\n\ntest result: ok. 1 passed\n";
        output.lines().for_each(|line| said.add(line));
        let kept = ["failures:", "---- b stdout ----", "why", "failures:", "    b"];
        assert_eq!(said.lines[..5], kept);
        assert_eq!(said.lines[5..], ["test result: FAILED. 1 passed"]);
    }
}
