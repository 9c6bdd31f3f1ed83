//! What runs a program of the user's and gives what it wrote.

use std::path::Path;
use std::time::Duration;

use crate::domain::error::Result;

/// A program to run, without a shell.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The program and its arguments.
    pub command: &'a [String],
    /// The folder that it runs in.
    pub folder: &'a Path,
    /// Variables of its environment, besides those of this process.
    pub variables: &'a [(String, String)],
    /// Longest time that it may take.
    pub timeout: Duration,
    /// Most bytes of standard output that are taken.
    pub most: usize,
}

/// What a program that ran wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// How it failed, such as `ended with code 3`; none: it ended with code 0.
    pub failure: Option<String>,
    /// Its standard output.
    pub output: Vec<u8>,
    /// The last of what it wrote on standard error.
    pub words: String,
}

/// Runs programs and waits for them.
pub trait Programs: Send + Sync {
    /// Runs a program in a group of its own and waits for its end.
    ///
    /// # Errors
    /// It cannot be started, takes too long (its group is then ended), writes more than is taken, or
    /// this process is asked to end.
    fn run(&self, run: &Run<'_>) -> Result<Ran>;
}
