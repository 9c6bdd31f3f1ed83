//! Every exit code, and which failure gets which.

use outerloop_core::domain::drift::DriftStatus;
use outerloop_core::domain::error::ErrorKind;
use outerloop_core::domain::rollout::RolloutState;
use outerloop_core::domain::verdict::Verdict;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or yes.
    Done = 0,
    /// No: a gate failed, data drifted, a rollout went back, somebody else was first.
    No = 1,
    /// Used wrongly: flags, configuration, input files, names that do not exist.
    Usage = 2,
    /// A backend or the machine failed.
    Backend = 3,
    /// Not enough evidence.
    Inconclusive = 4,
}

/// The table for `--help`.
pub const HELP: &str = "Exit codes:
  0  done, or yes
  1  no: a gate failed, data drifted, a rollout went back, somebody else was first
  2  used wrongly: flags, configuration, input files, names that do not exist
  3  a backend or the machine failed
  4  not enough evidence";

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        use ErrorKind as K;
        match kind {
            K::Conflict => Self::No,
            K::Usage | K::Config | K::Input | K::NotFound | K::AlreadyExists => Self::Usage,
            K::Integrity | K::Permission | K::Unavailable | K::Timeout => Self::Backend,
            K::Unsupported | K::Io | K::Internal => Self::Backend,
        }
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass | Verdict::Warn => Self::Done,
            Verdict::Fail => Self::No,
            Verdict::Error => Self::No,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<DriftStatus> for Exit {
    fn from(status: DriftStatus) -> Self {
        match status {
            DriftStatus::Ok => Self::Done,
            DriftStatus::Drift => Self::No,
            DriftStatus::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<RolloutState> for Exit {
    fn from(state: RolloutState) -> Self {
        match state {
            RolloutState::Finished => Self::Done,
            RolloutState::RolledBack => Self::No,
            RolloutState::Paused | RolloutState::Progressing => Self::Inconclusive,
        }
    }
}
