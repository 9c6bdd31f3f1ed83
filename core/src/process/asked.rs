//! What this program is asked to do by signals.

use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::sync::oneshot;

use crate::domain::error::{Error, Result};

/// What this program is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// An interrupt: Ctrl-C, or a CI system that cancels a run.
    Interrupt,
    /// A termination.
    Terminate,
}

impl Ask {
    /// The signal's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }
}

/// Listens for an interrupt and for a termination. From the first time on they no longer end this
/// process by themselves: who listens must end what it does.
pub struct Asked {
    asks: Receiver<Ask>,
    /// Its end ends the listening thread.
    _listening: oneshot::Sender<()>,
}

impl Asked {
    /// Begins to listen; what comes after the return is not missed.
    ///
    /// # Errors
    /// The system gives no thread or no signals.
    pub fn listen() -> Result<Self> {
        let failed = |e: std::io::Error| Error::internal(format!("cannot listen for signals: {e}"));
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(failed)?;
        let signals = {
            let _inside = runtime.enter();
            Signals::new().map_err(failed)?
        };
        let (tell, asks) = channel();
        let (listening, over) = oneshot::channel();
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || runtime.block_on(pass_on(signals, over, tell)))
            .map_err(failed)?;
        Ok(Self { asks, _listening: listening })
    }

    /// What came since it was last asked for.
    pub fn now(&self) -> Option<Ask> {
        self.asks.try_recv().ok()
    }
}

async fn pass_on(mut signals: Signals, mut over: oneshot::Receiver<()>, tell: Sender<Ask>) {
    loop {
        let ask = tokio::select! {
            _ = &mut over => return,
            ask = signals.next() => ask,
        };
        if tell.send(ask).is_err() {
            return;
        }
    }
}

/// Waits until this program is asked to end; for ever where signals cannot be heard.
pub async fn end_asked() {
    match Signals::new() {
        Ok(mut signals) => {
            signals.next().await;
        }
        Err(error) => {
            tracing::warn!("signals are not heard: {error}");
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Ask {
        tokio::select! {
            _ = self.interrupt.recv() => Ask::Interrupt,
            _ = self.terminate.recv() => Ask::Terminate,
        }
    }
}

#[cfg(windows)]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
    terminate: tokio::signal::windows::CtrlBreak,
}

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c};
        Ok(Self { interrupt: ctrl_c()?, terminate: ctrl_break()? })
    }

    async fn next(&mut self) -> Ask {
        tokio::select! {
            _ = self.interrupt.recv() => Ask::Interrupt,
            _ = self.terminate.recv() => Ask::Terminate,
        }
    }
}
