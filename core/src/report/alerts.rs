//! The texts of monitoring's issue or work item.

use super::markdown::{code, escape, link, table};
use crate::domain::alert::Alert;
use crate::domain::digest::Digest;
use crate::domain::event::Monitored;
use crate::domain::name::ModelName;
use crate::report::number::{counted, figure};

/// Most alerts that are named.
const MOST: usize = 30;
/// Most windows of a trend.
const WINDOWS: usize = 10;
/// Characters of a text from outside.
const SHOWN: usize = 300;

/// What the ticket tells.
pub struct Alerted<'a> {
    /// The model.
    pub model: &'a ModelName,
    /// The newest window.
    pub found: &'a Monitored,
    /// Its event.
    pub event: Digest,
    /// The run that monitored it.
    pub run: Option<&'a str>,
    /// The alerts that are open.
    pub open: Vec<&'a Alert>,
    /// Every window of the model, oldest first.
    pub windows: &'a [&'a Monitored],
}

/// The title: plain text.
pub fn title(alerted: &Alerted<'_>) -> String {
    format!("Monitoring {}: {} open", alerted.model, counted(alerted.open.len() as u64, "alert"))
}

/// The text: each open alert with the signal's last values.
pub fn text(alerted: &Alerted<'_>) -> String {
    let Alerted { model, found, .. } = alerted;
    let name = code(&format!("{model}@{}", found.version));
    let rows = counted(found.rows, "row");
    let status = found.status.as_str();
    let mut out = format!("The newest window of {name} is **{status}** over {rows}.\n\n");
    let lines: Vec<Vec<String>> =
        alerted.open.iter().take(MOST).map(|alert| line(alert, alerted.windows)).collect();
    out.push_str(&table(&["alert", "since", "why", "last values, oldest first"], &lines));
    if alerted.open.len() > MOST {
        out.push_str(&format!("\nand {} more\n", alerted.open.len() - MOST));
    }
    out.push('\n');
    if let Some(run) = alerted.run {
        out.push_str(&format!("Monitored by {}. ", link("this run", run)));
    }
    let event = code(&alerted.event.to_string());
    out.push_str(&format!("Event {event}. This closes by itself when every alert does.\n"));
    out
}

/// The last comment.
pub fn closed(alerted: &Alerted<'_>) -> String {
    let name = code(&format!("{}@{}", alerted.model, alerted.found.version));
    let (status, event) = (alerted.found.status.as_str(), code(&alerted.event.to_string()));
    format!(
        "No alert is open any more: the newest window of {name} is {status}.\n\nEvent {event}.\n"
    )
}

fn line(alert: &Alert, windows: &[&Monitored]) -> Vec<String> {
    let values: Vec<String> =
        windows.iter().rev().filter_map(|m| value(alert, m)).take(WINDOWS).collect();
    let values: Vec<String> = values.into_iter().rev().collect();
    let since = alert.since.strftime("%Y-%m-%d %H:%M UTC").to_string();
    vec![code(&shortened(&alert.signal)), since, escape(&shortened(&alert.why)), values.join(", ")]
}

/// The signal's value in a window, bold where it breached; the answer of the alert of the whole.
fn value(alert: &Alert, found: &Monitored) -> Option<String> {
    if alert.signal == crate::domain::alert::DATA_SET {
        return (!found.is_labels_alone()).then(|| found.status.as_str().to_owned());
    }
    let signal = found.signal(&alert.signal)?;
    let shown = figure(signal.value?);
    Some(if signal.is_breach() { format!("**{shown}**") } else { shown })
}

fn shortened(text: &str) -> String {
    let short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
