//! Wall time of whole processes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{Result, run, shown, target};

/// Seconds of the median run.
pub fn median(times: usize, mut make: impl FnMut() -> Command) -> Result<f64> {
    let mut seconds = Vec::with_capacity(times);
    for _ in 0..times {
        seconds.push(once(&mut make())?);
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds[times / 2])
}

/// Seconds of one run; its output is thrown away.
pub fn once(command: &mut Command) -> Result<f64> {
    once_reading(command, Stdio::null())
}

/// As [`once`], with something to read on standard input.
pub fn once_reading(command: &mut Command, input: impl Into<Stdio>) -> Result<f64> {
    command.stdin(input).stdout(Stdio::null()).stderr(Stdio::piped());
    let begin = Instant::now();
    let out = command.output().map_err(|e| format!("{}: {e}", shown(command)))?;
    let seconds = begin.elapsed().as_secs_f64();
    if out.status.success() {
        return Ok(seconds);
    }
    let talk = String::from_utf8_lossy(&out.stderr).into_owned();
    Err(format!("{} ended with {}\n{talk}", shown(command), out.status))
}

/// Seconds and peak resident memory (kilobytes) of one run, read from `/proc` while it runs.
pub fn once_with_peak(command: &mut Command) -> Result<(f64, u64)> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let begin = Instant::now();
    let mut child = command.spawn().map_err(|e| format!("{}: {e}", shown(command)))?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse().ok());
        peak = peak.max(kilobytes.unwrap_or(0));
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            let seconds = begin.elapsed().as_secs_f64();
            return if status.success() {
                Ok((seconds, peak))
            } else {
                Err(format!("{} ended with {status}", shown(command)))
            };
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// An empty folder for one benchmark, below the target folder.
pub fn folder(name: &str) -> Result<PathBuf> {
    let folder = target()?.join("bench").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(folder)
}

/// Makes `folder` a git repository with one commit.
pub fn repository(folder: &Path) -> Result<()> {
    let git = |words: &[&str]| run(Command::new("git").args(words).current_dir(folder));
    git(&["init", "--quiet", "-b", "main"])?;
    git(&["config", "user.name", "acme"])?;
    git(&["config", "user.email", "models@acme.example"])?;
    git(&["commit", "--quiet", "--allow-empty", "-m", "start"])
}

/// A small numbers source for random moments and contents: the same run draws the same numbers.
pub struct Random(pub u64);

impl Random {
    /// The next number (splitmix64).
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
