//! What this process is asked to do by signals while a training runs.

use std::sync::mpsc::{Receiver, Sender, channel};

use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::domain::error::{Error, Result};

type Named = (Signal, &'static str);

/// Listens for an interrupt (Ctrl-C) and for a termination. From the first time on they no longer
/// end this process by themselves: who listens must end what it does.
pub(super) struct Asked {
    signals: Receiver<Named>,
    /// Its end ends the listening thread.
    _listening: oneshot::Sender<()>,
}

impl Asked {
    /// Begins to listen; what comes after the return is not missed.
    ///
    /// # Errors
    /// The system gives no thread or no signals.
    pub(super) fn listen() -> Result<Self> {
        let failed = |e: std::io::Error| Error::internal(format!("cannot listen for signals: {e}"));
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(failed)?;
        let (interrupt, terminate) = {
            let _inside = runtime.enter();
            let interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
            (interrupt, signal(SignalKind::terminate()).map_err(failed)?)
        };
        let (tell, signals) = channel();
        let (listening, over) = oneshot::channel();
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || runtime.block_on(pass_on(interrupt, terminate, over, tell)))
            .map_err(failed)?;
        Ok(Self { signals, _listening: listening })
    }

    /// The signal that came since it was last asked for, with its name.
    pub(super) fn now(&self) -> Option<Named> {
        self.signals.try_recv().ok()
    }
}

async fn pass_on(
    mut interrupt: tokio::signal::unix::Signal,
    mut terminate: tokio::signal::unix::Signal,
    mut over: oneshot::Receiver<()>,
    tell: Sender<Named>,
) {
    loop {
        let named = tokio::select! {
            _ = &mut over => return,
            _ = interrupt.recv() => (Signal::INT, "SIGINT"),
            _ = terminate.recv() => (Signal::TERM, "SIGTERM"),
        };
        if tell.send(named).is_err() {
            return;
        }
    }
}
