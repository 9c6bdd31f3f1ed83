//! Process groups and signals of Unix.

use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus};

use rustix::process::{Pid, Signal, kill_process_group};

use super::Ask;

pub(super) fn lead(command: &mut Command) -> &mut Command {
    command.process_group(0)
}

pub(super) fn ask(id: u32, ask: Ask) {
    signal(
        id,
        match ask {
            Ask::Interrupt => Signal::INT,
            Ask::Terminate => Signal::TERM,
        },
    );
}

pub(super) fn kill(id: u32) {
    signal(id, Signal::KILL);
}

fn signal(id: u32, signal: Signal) {
    let Some(pid) = Pid::from_raw(id.cast_signed()) else { return };
    match kill_process_group(pid, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => {}
        Err(e) => tracing::warn!("cannot signal the process group {id}: {e}"),
    }
}

/// How a process ended, unless it ended well.
pub fn describe_failure(status: ExitStatus) -> Option<String> {
    if status.success() {
        return None;
    }
    Some(match (status.signal(), status.code()) {
        (Some(11), _) => "crashed (signal 11, segmentation fault)".to_owned(),
        (Some(9), _) => "was killed (signal 9; was memory short?)".to_owned(),
        (Some(6), _) => "aborted (signal 6)".to_owned(),
        (Some(signal), _) => format!("was ended by signal {signal}"),
        (None, Some(code)) => format!("ended with code {code}"),
        (None, None) => "ended without a status".to_owned(),
    })
}

/// When a process started, in clock ticks since the machine did: with its id, a name that is never
/// given twice. None where the system does not tell.
pub fn start_time(id: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}
