//! `doctor`: asks every configured backend whether it works, and says what to do.

use serde::Serialize;

use crate::domain::error::{Error, ErrorKind};
use crate::ports::doctor::Probe;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// All is well.
    Ok,
    /// Another check has to be well first.
    Skipped,
    /// It works, and would be better otherwise.
    Warning,
    /// It does not work.
    Failed,
}

impl Status {
    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was asked about.
    pub id: String,
    /// How it ended.
    pub status: Status,
    /// What was found, or what is wrong.
    pub message: String,
    /// What to do; empty where there is nothing to do.
    pub hint: String,
    /// Class of what is wrong.
    #[serde(skip)]
    pub kind: Option<ErrorKind>,
}

/// What all checks say together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// The worst of all: `ok`, `warning` or `failed`.
    pub status: Status,
    /// Each check, in the order in which they were asked.
    pub checks: Vec<Check>,
}

impl Check {
    /// A check that failed.
    pub fn failed(id: &str, error: &Error) -> Self {
        Self {
            id: id.to_owned(),
            status: Status::Failed,
            message: error.to_string(),
            hint: error.hint_text().unwrap_or_default().to_owned(),
            kind: Some(error.kind()),
        }
    }

    /// A check that ended well.
    pub fn well(id: &str, message: impl Into<String>) -> Self {
        let (id, message) = (id.to_owned(), message.into());
        Self { id, status: Status::Ok, message, hint: String::new(), kind: None }
    }
}

impl Diagnosis {
    /// What these checks say together.
    pub fn of(checks: Vec<Check>) -> Self {
        let worst = checks.iter().map(|check| check.status).max();
        // What was skipped was skipped because of something that failed.
        let status = worst.filter(|s| *s != Status::Skipped).unwrap_or(Status::Ok);
        Self { status, checks }
    }

    /// The class of the first thing that is wrong.
    pub fn first_failure(&self) -> Option<ErrorKind> {
        self.checks.iter().find_map(|check| check.kind)
    }
}

/// Asks every probe, in order; `asked` is told of each check as it ends.
pub fn run(probes: Vec<Probe>, mut checks: Vec<Check>, asked: &mut dyn FnMut(&Check)) -> Diagnosis {
    checks.iter().for_each(&mut *asked);
    for probe in probes {
        let check = examine(probe, &checks);
        asked(&check);
        checks.push(check);
    }
    Diagnosis::of(checks)
}

fn examine(probe: Probe, before: &[Check]) -> Check {
    let works = |id: &str| {
        before.iter().any(|c| c.id == id && matches!(c.status, Status::Ok | Status::Warning))
    };
    let (id, needs) = (probe.id.to_owned(), probe.needs);
    if let Some(other) = needs.filter(|other| !works(other)) {
        let message = format!("not asked: `{other}` has to work first");
        return Check { id, status: Status::Skipped, message, hint: String::new(), kind: None };
    }
    match (probe.ask)() {
        Err(error) => Check::failed(&id, &error),
        Ok(found) => {
            let status = if found.warning.is_some() { Status::Warning } else { Status::Ok };
            let hint = found.warning.unwrap_or_default();
            Check { id, status, message: found.message, hint, kind: None }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::doctor::Found;

    #[test]
    fn what_depends_on_a_failure_is_skipped_and_the_worst_counts() {
        let broken = || Err(Error::new(ErrorKind::Permission, "no login").hint("log in"));
        let probes = vec![
            Probe::new("login", broken),
            Probe::new("read", || Ok(Found::well("3 models"))).after("login"),
            Probe::new("store", || Ok(Found::but("a folder", "share it"))),
            Probe::new("write", || Ok(Found::well("may write"))).after("store"),
        ];
        let mut told = 0;
        let diagnosis = run(probes, vec![Check::well("config", "x")], &mut |_| told += 1);
        let statuses: Vec<_> = diagnosis.checks.iter().map(|c| c.status.as_str()).collect();
        assert_eq!(statuses, ["ok", "failed", "skipped", "warning", "ok"]);
        assert_eq!((told, diagnosis.status), (5, Status::Failed));
        assert_eq!(diagnosis.first_failure(), Some(ErrorKind::Permission));
        assert_eq!(diagnosis.checks[1].hint, "log in");
        assert_eq!(Diagnosis::of(Vec::new()).status, Status::Ok);
    }
}
