//! Programs that this one starts: as groups, so that what they start ends with them, and the
//! signals that ask this program to end. The one place where Unix and Windows differ.

mod asked;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

pub use asked::{Ask, Asked, end_asked};
pub use platform::{describe_failure, start_time};

use std::process::Command;

/// A program and what it started, named by the id of its process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group(u32);

impl Group {
    /// Makes `command` the first of a group of its own. Before it is started.
    pub fn lead(command: &mut Command) -> &mut Command {
        platform::lead(command)
    }

    /// The group of the process with this id, which was started as the first of its group.
    pub fn of(id: u32) -> Self {
        Self(id)
    }

    /// Passes on what this program was asked. A group that has ended already is no failure.
    pub fn ask(self, ask: Ask) {
        platform::ask(self.0, ask);
    }

    /// Ends it by force.
    pub fn kill(self) {
        platform::kill(self.0);
    }
}
