//! Windows of an endpoint's request log: what one version answered since it was last looked at.
//!
//! Each window is kept as a file of its own, named by the time of its last request, so that the
//! evidence of a decision can be looked at again and no request is counted in two windows.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};

/// Age from which a window that nobody recorded is taken for left over. A younger one may belong to
/// a monitoring that goes on at the same time.
const LEFT_OVER: Duration = Duration::from_secs(60 * 60);

/// A window that was cut.
#[derive(Debug, Clone)]
pub struct Window {
    /// The file with the requests, in the log's own layout; not written where there are none.
    pub file: PathBuf,
    /// Requests in it.
    pub requests: u64,
}

/// The part of a log line that decides whether it belongs to a window.
#[derive(Deserialize)]
struct Line {
    time: Timestamp,
    slot: String,
    #[serde(default)]
    mirrored: bool,
}

/// Copies the requests that `slot` answered after the last window in `windows` whose digest is in
/// `recorded` into a new file there. Windows that were cut and never recorded are cut anew.
///
/// # Errors
/// A log or window that cannot be read or written; a line that is not a log line (with its number).
pub fn cut(log: &Path, windows: &Path, slot: &str, recorded: &[Digest]) -> Result<Window> {
    std::fs::create_dir_all(windows).map_err(|e| Error::io("create", windows, e))?;
    let since = last_recorded(windows, slot, recorded)?;
    let mut temporary =
        tempfile::NamedTempFile::new_in(windows).map_err(|e| Error::io("write", windows, e))?;
    let mut newest = since.unwrap_or(Timestamp::MIN);
    let mut requests = 0;
    {
        let mut out = BufWriter::new(temporary.as_file_mut());
        for file in log_files(log)? {
            requests += copy_lines(&file, slot, since, &mut newest, &mut out)?;
        }
        out.flush().map_err(|e| Error::io("write", windows, e))?;
    }
    let file = windows.join(name_of(slot, newest));
    // Without requests this is the name of the newest recorded window, which must stay.
    if requests > 0 {
        temporary.persist(&file).map_err(|e| Error::io("write", &file, e.error))?;
    }
    Ok(Window { file, requests })
}

fn name_of(slot: &str, newest: Timestamp) -> String {
    format!("{slot}--{}.jsonl", newest.as_nanosecond())
}

fn time_of(name: &str, slot: &str) -> Option<Timestamp> {
    let rest = name.strip_prefix(slot)?.strip_prefix("--")?.strip_suffix(".jsonl")?;
    Timestamp::from_nanosecond(rest.parse().ok()?).ok()
}

/// The end of the newest recorded window. Unrecorded ones after it do not count, and are removed
/// once they are left over.
fn last_recorded(windows: &Path, slot: &str, recorded: &[Digest]) -> Result<Option<Timestamp>> {
    let mut found: Vec<(Timestamp, PathBuf)> = paths_in(windows)?
        .into_iter()
        .filter_map(|path| Some((time_of(path.file_name()?.to_str()?, slot)?, path)))
        .collect();
    found.sort();
    for (time, path) in found.into_iter().rev() {
        match super::read::digest(std::slice::from_ref(&path)) {
            Ok(digest) if recorded.contains(&digest) => return Ok(Some(time)),
            Ok(_) => remove_if_left_over(&path)?,
            // Another monitoring removed it meanwhile.
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
    }
    Ok(None)
}

/// The windows of `slot` in `windows` whose digest is in `recorded`, oldest first.
///
/// # Errors
/// A folder or file that cannot be read.
pub fn kept(windows: &Path, slot: &str, recorded: &[Digest]) -> Result<Vec<PathBuf>> {
    if !windows.is_dir() {
        return Ok(Vec::new());
    }
    let mut found: Vec<(Timestamp, PathBuf)> = paths_in(windows)?
        .into_iter()
        .filter_map(|path| Some((time_of(path.file_name()?.to_str()?, slot)?, path)))
        .collect();
    found.sort();
    let mut kept = Vec::new();
    for (_, path) in found {
        if recorded.contains(&super::read::digest(std::slice::from_ref(&path))?) {
            kept.push(path);
        }
    }
    Ok(kept)
}

fn remove_if_left_over(path: &Path) -> Result<()> {
    let modified = std::fs::metadata(path).and_then(|m| m.modified());
    let age = modified.ok().and_then(|t| SystemTime::now().duration_since(t).ok());
    if age.is_none_or(|age| age < LEFT_OVER) {
        return Ok(());
    }
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path, e)),
        _ => Ok(()),
    }
}

fn paths_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |e| Error::io("read", folder, e);
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    entries.map(|entry| Ok(entry.map_err(failed)?.path())).collect()
}

/// The log's files, oldest first by name.
fn log_files(log: &Path) -> Result<Vec<PathBuf>> {
    if !log.is_dir() {
        let message = format!("there is no request log in {}", log.display());
        return Err(Error::not_found(message)
            .hint("start the endpoint with `outerloop serve`, or name files with --current"));
    }
    let mut files = paths_in(log)?;
    files.retain(|p| p.extension().is_some_and(|e| e == "jsonl"));
    files.sort();
    Ok(files)
}

fn copy_lines(
    file: &Path,
    slot: &str,
    since: Option<Timestamp>,
    newest: &mut Timestamp,
    out: &mut impl Write,
) -> Result<u64> {
    let opened = File::open(file).map_err(|e| Error::io("read", file, e))?;
    let mut reader = BufReader::with_capacity(1 << 18, opened);
    let (mut text, mut number, mut copied) = (String::new(), 0, 0);
    loop {
        text.clear();
        let read = reader.read_line(&mut text).map_err(|e| Error::io("read", file, e))?;
        // A last line without an end is still being written: it belongs to the next window.
        if read == 0 || !text.ends_with('\n') {
            return Ok(copied);
        }
        number += 1;
        let line: Line = serde_json::from_str(&text).map_err(|e| {
            Error::input(format!("{}:{number}: not a line of a request log: {e}", file.display()))
        })?;
        if line.slot == slot && !line.mirrored && since.is_none_or(|s| line.time > s) {
            out.write_all(text.as_bytes()).map_err(|e| Error::io("write", file, e))?;
            *newest = (*newest).max(line.time);
            copied += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(second: i64, slot: &str, mirrored: bool) -> String {
        let time = Timestamp::from_second(second).expect("a time");
        format!(
            "{{\"time\":\"{time}\",\"slot\":\"{slot}\",\"mirrored\":{mirrored},\"inputs\":{{}}}}\n"
        )
    }

    #[test]
    fn recorded_windows_follow_each_other_and_unrecorded_ones_are_cut_anew() -> Result<()> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (log, windows) = (folder.path().join("log"), folder.path().join("windows"));
        std::fs::create_dir(&log).expect("creates");
        let first = line(1, "1.0.0", false) + &line(2, "1.1.0", false) + &line(3, "1.0.0", true);
        std::fs::write(log.join("requests-1.jsonl"), first + &line(4, "1.0.0", false))
            .expect("writes");
        let one = cut(&log, &windows, "1.0.0", &[])?;
        assert_eq!(one.requests, 2);
        assert_eq!(cut(&log, &windows, "1.0.0", &[])?.requests, 2, "never recorded");
        let recorded = [super::super::read::digest(&[one.file])?];
        std::fs::write(log.join("requests-2.jsonl"), line(5, "1.0.0", false) + "{\"time")
            .expect("writes");
        assert_eq!(cut(&log, &windows, "1.0.0", &recorded)?.requests, 1);
        Ok(())
    }

    #[test]
    fn a_look_without_new_requests_leaves_the_recorded_window_as_it_is() -> Result<()> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (log, windows) = (folder.path().join("log"), folder.path().join("windows"));
        std::fs::create_dir(&log).expect("creates");
        std::fs::write(log.join("requests-1.jsonl"), line(1, "1.0.0", false)).expect("writes");
        let one = cut(&log, &windows, "1.0.0", &[])?;
        let recorded = [super::super::read::digest(std::slice::from_ref(&one.file))?];
        assert_eq!(cut(&log, &windows, "1.0.0", &recorded)?.requests, 0);
        assert_eq!(super::super::read::digest(&[one.file])?, recorded[0]);
        std::fs::write(log.join("requests-2.jsonl"), line(2, "1.0.0", false)).expect("writes");
        assert_eq!(cut(&log, &windows, "1.0.0", &recorded)?.requests, 1, "the first counts once");
        assert_eq!(cut(&log, &windows, "1.1.0", &[])?.requests, 0);
        assert_eq!(paths_in(&windows)?.len(), 2);
        Ok(())
    }

    #[test]
    fn a_window_of_another_monitoring_stays_until_it_is_left_over() -> Result<()> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (log, windows) = (folder.path().join("log"), folder.path().join("windows"));
        std::fs::create_dir(&log).expect("creates");
        std::fs::write(log.join("requests-1.jsonl"), line(1, "1.0.0", false)).expect("writes");
        let one = cut(&log, &windows, "1.0.0", &[])?;
        std::fs::write(log.join("requests-2.jsonl"), line(2, "1.0.0", false)).expect("writes");
        let two = cut(&log, &windows, "1.0.0", &[])?;
        assert_eq!((one.requests, two.requests), (1, 2), "the first is not recorded");
        assert!(one.file.exists(), "the other monitoring still reads it");
        let opened = File::options().append(true).open(&one.file).expect("opens");
        opened.set_modified(SystemTime::now() - 2 * LEFT_OVER).expect("sets the time");
        assert_eq!(cut(&log, &windows, "1.0.0", &[])?.requests, 2);
        assert!(!one.file.exists() && two.file.exists());
        Ok(())
    }

    #[test]
    fn a_broken_line_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("a.jsonl"), "nonsense\n").expect("writes");
        let error =
            cut(folder.path(), &folder.path().join("w"), "1.0.0", &[]).expect_err("is refused");
        assert!(error.to_string().contains("a.jsonl:1"), "{error}");
        let missing = cut(&folder.path().join("none"), &folder.path().join("w"), "1.0.0", &[]);
        assert!(missing.is_err());
    }
}
