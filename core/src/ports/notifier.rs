//! Who is told when an alert opens or closes.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::alert::Alert;
use crate::domain::digest::Digest;
use crate::domain::drift::DriftStatus;
use crate::domain::error::Result;
use crate::domain::name::ModelName;
use crate::domain::version::Version;

/// What changed. All texts may come from anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Notice {
    /// The model.
    pub model: ModelName,
    /// The version that was monitored.
    pub version: Version,
    /// The `monitored` event: the same notice sent twice has the same.
    pub event: Digest,
    /// When it was monitored.
    pub time: Timestamp,
    /// The answer.
    pub status: DriftStatus,
    /// Rows looked at.
    pub rows: u64,
    /// The alerts that this event opened or closed.
    pub changes: Vec<Alert>,
    /// Alerts that are open after it.
    pub open: u64,
    /// Address of the CI run that monitored.
    pub run: Option<String>,
}

impl Notice {
    /// One line, such as `employment@1.0.0: 2 alerts opened, 1 closed, 3 open`.
    pub fn title(&self) -> String {
        let opened = self.changes.iter().filter(|a| a.is_open()).count();
        let closed = self.changes.len() - opened;
        let Self { model, version, open, .. } = self;
        let alerts = |n: usize| if n == 1 { "alert" } else { "alerts" };
        match (opened, closed) {
            (0, closed) => {
                format!("{model}@{version}: {closed} {} closed, {open} open", alerts(closed))
            }
            (opened, 0) => {
                format!("{model}@{version}: {opened} {} opened, {open} open", alerts(opened))
            }
            (opened, closed) => {
                let word = alerts(opened);
                format!("{model}@{version}: {opened} {word} opened, {closed} closed, {open} open")
            }
        }
    }
}

/// Who is told when an alert opens or closes.
pub trait Notifier: Send + Sync {
    /// A word for the history: `slack`, `teams`, `cloudevents`.
    fn name(&self) -> &'static str;
    /// Sends a notice. Sent again after an answer that got lost, it may arrive twice.
    ///
    /// # Errors
    /// It was not taken; the message never shows the address, which is a secret.
    fn notify(&self, notice: &Notice) -> Result<()>;
}
