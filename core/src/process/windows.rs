//! Process trees of Windows, which its own `taskkill` ends.

use std::os::windows::process::CommandExt as _;
use std::process::{Command, ExitStatus, Stdio};

use super::Ask;

/// `CREATE_NEW_PROCESS_GROUP`: a Ctrl-C in this console is not for the child.
const NEW_GROUP: u32 = 0x0000_0200;

pub(super) fn lead(command: &mut Command) -> &mut Command {
    command.creation_flags(NEW_GROUP)
}

/// A program without a window cannot be asked to end; it is ended.
pub(super) fn ask(id: u32, _: Ask) {
    kill(id);
}

pub(super) fn kill(id: u32) {
    let status = Command::new("taskkill")
        .args(["/T", "/F", "/PID", &id.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if let Err(e) = status {
        tracing::warn!("cannot end the processes of {id}: {e}");
    }
}

/// How a process ended, unless it ended well.
pub fn describe_failure(status: ExitStatus) -> Option<String> {
    match status.code() {
        Some(0) => None,
        Some(code) if code.cast_unsigned() == 0xc000_0005 => {
            Some("crashed (0xC0000005, access violation)".to_owned())
        }
        Some(code) => Some(format!("ended with code {code}")),
        None => Some("ended without a status".to_owned()),
    }
}

/// None: Windows tells it only through calls that this program does not make.
pub fn start_time(_: u32) -> Option<u64> {
    None
}
