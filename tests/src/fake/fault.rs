//! What can go wrong on the way to a fake and back.

use std::time::Duration;

use super::request::{Call, Reply};

/// What goes wrong.
#[derive(Debug, Clone)]
pub enum Fault {
    /// This answer, and nothing is done.
    Instead(Reply),
    /// The call is done, and the answer is this one.
    AndThen(Reply),
    /// The connection is cut, and nothing is done.
    CutBefore,
    /// The call is done, and the connection is cut.
    CutAfter,
    /// The call is done after a wait.
    Slow(Duration),
    /// The call is done, and its answer ends in the middle of its body, whose length was told.
    Truncated,
    /// Nothing is done, and nothing is ever said.
    Silent,
    /// The call is done, and nothing is ever said.
    SilentAfter,
    /// The call is done, and its answer stands still in the middle of its body.
    SilentWithin,
}

/// When it goes wrong.
#[derive(Debug, Clone)]
pub struct Rule {
    method: Option<String>,
    path: String,
    skip: usize,
    times: usize,
    fault: Fault,
}

impl Rule {
    /// At the next call, whatever it is.
    pub fn next(fault: Fault) -> Self {
        Self { method: None, path: String::new(), skip: 0, times: 1, fault }
    }

    /// At the next call of this method whose path contains `path`.
    pub fn at(method: &str, path: &str, fault: Fault) -> Self {
        Self { method: Some(method.to_owned()), path: path.to_owned(), ..Self::next(fault) }
    }

    /// Only after so many calls that would match.
    #[must_use]
    pub fn after(mut self, calls: usize) -> Self {
        self.skip = calls;
        self
    }

    /// At so many calls in a row.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    pub(super) fn is_left(&self) -> bool {
        self.times > 0
    }

    fn matches(&self, call: &Call) -> bool {
        self.method.as_ref().is_none_or(|m| *m == call.method) && call.path.contains(&self.path)
    }
}

/// The first fault that `call` meets; its rule is used up by one.
pub(super) fn take(rules: &mut [Rule], call: &Call) -> Option<Fault> {
    for rule in rules.iter_mut().filter(|r| r.times > 0 && r.matches(call)) {
        if rule.skip > 0 {
            rule.skip -= 1;
        } else {
            rule.times -= 1;
            return Some(rule.fault.clone());
        }
    }
    None
}
