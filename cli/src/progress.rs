//! How far the work on many bytes is: a bar in a terminal, a line each tenth in a CI system.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use outerloop_core::ports::host::{Host, HostKind};

/// Bytes below which a bar would only flicker.
const BAR: u64 = 8 << 20;
/// Bytes below which a CI system's log needs no lines.
const LINES: u64 = 256 << 20;

/// Progress over a number of bytes; hidden where nobody would see it.
pub enum Bytes {
    /// A bar on standard error.
    Bar(ProgressBar),
    /// Lines in the log of a CI system.
    Lines {
        /// The CI system.
        host: Arc<dyn Host>,
        /// What is being done.
        what: &'static str,
        /// All bytes.
        total: u64,
        /// Bytes so far.
        done: AtomicU64,
    },
}

impl Bytes {
    /// Progress that says what is being done.
    pub fn new(what: &'static str, total: u64, host: &Arc<dyn Host>) -> Self {
        if host.kind() != HostKind::Terminal && total >= LINES {
            return Self::Lines { host: Arc::clone(host), what, total, done: AtomicU64::new(0) };
        }
        if !std::io::stderr().is_terminal() || total < BAR {
            return Self::Bar(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(total).with_message(what);
        if let Ok(style) = ProgressStyle::with_template(
            "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        ) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self::Bar(bar)
    }

    /// More bytes were read or written.
    pub fn add(&self, bytes: u64) {
        match self {
            Self::Bar(bar) => bar.inc(bytes),
            Self::Lines { host, what, total, done } => {
                let before = done.fetch_add(bytes, Ordering::Relaxed);
                let tenth = |bytes: u64| bytes.min(*total) * 10 / total;
                let now = tenth(before + bytes);
                if now > tenth(before) {
                    host.progress(u8::try_from(now * 10).unwrap_or(100), what);
                }
            }
        }
    }
}

/// Rows below which a CI system's log needs no lines.
const MANY_ROWS: usize = 50_000;

/// Progress over rows that a model scores; hidden where nobody would see it.
pub struct Rows {
    bar: ProgressBar,
    host: Arc<dyn Host>,
    tenth: AtomicU64,
}

impl Rows {
    /// Progress that is told to `host`.
    pub fn new(host: &Arc<dyn Host>) -> Self {
        let bar = ProgressBar::hidden();
        if host.kind() == HostKind::Terminal && std::io::stderr().is_terminal() {
            bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
        }
        if let Ok(style) =
            ProgressStyle::with_template("scoring [{bar:30}] {pos}/{len} rows {per_sec} {eta}")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar, host: Arc::clone(host), tenth: AtomicU64::new(0) }
    }

    /// So many rows of all are scored.
    pub fn tell(&self, done: usize, all: usize) {
        self.bar.set_length(all as u64);
        self.bar.set_position(done as u64);
        if done == all {
            self.bar.finish_and_clear();
        }
        if self.host.kind() == HostKind::Terminal || all < MANY_ROWS {
            return;
        }
        let now = done as u64 * 10 / all.max(1) as u64;
        if self.tenth.swap(now, Ordering::Relaxed) != now {
            self.host.progress(u8::try_from(now * 10).unwrap_or(100), "scoring");
        }
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
