//! Alerts: what stays open while a signal keeps breaching.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Name of the alert about the answer as a whole.
pub const DATA_SET: &str = "data-set";

/// Where an alert stands after a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlertState {
    /// This window opened it.
    Opened,
    /// It was open before and stays so.
    Open,
    /// This window closed it.
    Closed,
}

impl AlertState {
    /// The word used in JSON and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// An alert, as a window left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Alert {
    /// Name of the signal, or [`DATA_SET`].
    pub signal: String,
    /// Where it stands.
    pub state: AlertState,
    /// When it was opened.
    pub since: Timestamp,
    /// In plain words: what breached, or why it is closed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

impl Alert {
    /// Whether it is open after the window.
    pub fn is_open(&self) -> bool {
        self.state != AlertState::Closed
    }

    /// Whether the window changed it.
    pub fn is_change(&self) -> bool {
        self.state != AlertState::Open
    }
}
