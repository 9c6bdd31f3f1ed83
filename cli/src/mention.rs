//! What the core mentions on the way (a call that is tried again after a minute, a tag that was not
//! written) is said where this program runs, and escaped as that host needs it.

use std::io::{Result, Write};
use std::sync::{Arc, Mutex, PoisonError};

use outerloop_core::domain::fetched::Fetched;
use outerloop_core::ports::host::Host;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Says each of them through `host` from here on, with addresses instead of the files in `names`.
pub fn through(host: &Arc<dyn Host>, names: &Arc<Mutex<Fetched>>) {
    let (host, names) = (Arc::clone(host), Arc::clone(names));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(move || Said(Arc::clone(&host), Arc::clone(&names)))
        .without_time()
        .with_level(false)
        .with_target(false)
        .with_ansi(false);
    // Libraries have much to mention that helps nobody here.
    let ours = Targets::new().with_target("outerloop_core", LevelFilter::INFO);
    // Refused only when somebody listens already.
    let _ = tracing_subscriber::registry().with(lines.with_filter(ours)).try_init();
}

/// Says what is written to it; a line comes whole.
struct Said(Arc<dyn Host>, Arc<Mutex<Fetched>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let names = self.1.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.0.say(names.told(String::from_utf8_lossy(bytes).trim_end()).as_str());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
