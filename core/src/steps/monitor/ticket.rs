//! The issue or work item that is open while an alert is.

use super::alerts;
use super::record::monitored;
use crate::config::valid::TicketConfig;
use crate::domain::error::Result;
use crate::domain::event::What;
use crate::domain::name::ModelName;
use crate::ports::forge::{Forge, Posted, Ticket};
use crate::ports::registry::Registry;
use crate::report::alerts::{Alerted, closed, text, title};

/// Opens the model's ticket, or brings it up to date, while an alert is open; closes it when none
/// is. The same history gives the same text, so that nothing is written twice. None where there is
/// nothing to say.
///
/// # Errors
/// What the registry and the forge say.
pub fn write(
    model: &ModelName,
    settings: &TicketConfig,
    registry: &dyn Registry,
    forge: &dyn Forge,
) -> Result<Option<Posted>> {
    let history = registry.history(model)?;
    let windows = monitored(&history);
    let open = alerts::open(windows.iter().copied());
    let newest = history.iter().rfind(|l| matches!(l.event.what, What::Monitored(_)));
    let (Some(logged), Some(found)) = (newest, windows.last()) else { return Ok(None) };
    let alerted = Alerted {
        model,
        found,
        event: logged.id,
        run: logged.event.run.as_deref(),
        open: open.values().collect(),
        windows: &windows,
    };
    if open.is_empty() {
        // Without an alert ever there is nothing to close, and no server to ask.
        let ever = windows.iter().any(|m| !m.alerts.is_empty());
        return if ever { forge.close_ticket(&key(model), &closed(&alerted)) } else { Ok(None) };
    }
    forge
        .open_ticket(&Ticket {
            key: key(model),
            title: title(&alerted),
            markdown: text(&alerted),
            labels: settings.labels.clone(),
            kind: settings.kind.clone(),
        })
        .map(Some)
}

fn key(model: &ModelName) -> String {
    format!("monitor:{model}")
}
