//! A server of a benchmark: it tells its facts in a line of JSON, and ends with its input.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::process::{Result, shown};

/// A running server.
pub struct Server {
    /// What it told when it was up.
    pub facts: Value,
    name: String,
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Server {
    /// Starts it and waits until it is up.
    ///
    /// # Errors
    /// It does not start, or tells nothing.
    pub fn start(command: &mut Command) -> Result<Self> {
        let name = shown(command);
        let failed = |e: std::io::Error| format!("{name}: {e}");
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().map_err(failed)?;
        let out = child.stdout.take().ok_or_else(|| format!("{name}: no output"))?;
        let mut server = Self { facts: Value::Null, name, child, out: BufReader::new(out) };
        server.facts = server.told()?;
        Ok(server)
    }

    /// One of its facts.
    ///
    /// # Errors
    /// It has no such fact.
    pub fn fact(&self, name: &str) -> Result<&str> {
        self.facts[name].as_str().ok_or_else(|| format!("{} tells no {name}", self.name))
    }

    /// What it tells when it is asked, with an empty line.
    ///
    /// # Errors
    /// It has ended.
    pub fn asked(&mut self) -> Result<Value> {
        let input = self.child.stdin.as_mut().ok_or_else(|| format!("{} has ended", self.name))?;
        input.write_all(b"\n").map_err(|e| format!("{}: {e}", self.name))?;
        self.told()
    }

    fn told(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.out.read_line(&mut line).map_err(|e| format!("{}: {e}", self.name))?;
        serde_json::from_str(&line).map_err(|e| format!("{} says `{line}`: {e}", self.name))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
