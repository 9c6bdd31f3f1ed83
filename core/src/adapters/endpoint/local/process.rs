//! Child processes as groups, so that what they start goes with them.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use rustix::process::{Pid, Signal, kill_process_group};

/// A process group, named by the id of its first process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group(Option<Pid>);

impl Group {
    /// The group of a child that was started as the first of its group.
    pub(super) fn of(child: &tokio::process::Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.cast_signed())))
    }

    /// Asks it to end.
    pub(super) fn terminate(self) {
        self.signal(Signal::TERM);
    }

    /// Ends it.
    pub(super) fn kill(self) {
        self.signal(Signal::KILL);
    }

    fn signal(self, signal: Signal) {
        if let Some(pid) = self.0 {
            // The group may be gone already, which is what was wanted.
            let _ = kill_process_group(pid, signal);
        }
    }
}

/// How a process ended, unless it ended well.
pub(super) fn describe_failure(status: ExitStatus) -> Option<String> {
    if status.success() {
        return None;
    }
    Some(match (status.signal(), status.code()) {
        (Some(11), _) => "crashed (signal 11, segmentation fault)".to_owned(),
        (Some(9), _) => "was killed (signal 9; was memory short?)".to_owned(),
        (Some(6), _) => "aborted (signal 6)".to_owned(),
        (Some(signal), _) => format!("was ended by signal {signal}"),
        (None, code) => format!("ended with code {}", code.unwrap_or(-1)),
    })
}

/// A note on disk of a child that runs, so that a server that was killed can end what it left.
#[derive(Debug)]
pub(super) struct Note(PathBuf);

impl Note {
    /// Writes down that `child` runs.
    pub(super) fn write(path: PathBuf, child: &tokio::process::Child) -> Self {
        if let Some(id) = child.id()
            && let Some(started) = start_time(id)
            && let Err(error) = std::fs::write(&path, format!("{id} {started}\n"))
        {
            tracing::warn!("cannot write {}: {error}", path.display());
        }
        Self(path)
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Ends the process groups that notes in `folder` tell of.
pub(super) fn end_leftovers(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == "pid") {
            if let Some(group) = std::fs::read_to_string(&path).ok().and_then(|t| leftover(&t)) {
                group.kill();
            }
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// The group that a note tells of, if it is still the same process.
fn leftover(note: &str) -> Option<Group> {
    let (id, started) = note.trim().split_once(' ')?;
    let id: u32 = id.parse().ok()?;
    let same = start_time(id)?.to_string() == started;
    same.then(|| Group(Pid::from_raw(id.cast_signed())))
}

/// When a process started, in clock ticks since the machine did.
fn start_time(id: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}
