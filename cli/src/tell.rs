//! Who is told of monitoring's alerts: the ticket, the webhook. What fails here fails after the
//! answer was recorded, and is made up for by the next `monitor`.

use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::factory;
use outerloop_core::domain::digest::Digest;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::name::ModelName;
use outerloop_core::ports::forge::Forge;
use outerloop_core::ports::host::Level;
use outerloop_core::ports::notifier::Notifier;
use outerloop_core::ports::registry::Registry;
use outerloop_core::steps::monitor::notify::{self, Telling};
use outerloop_core::steps::monitor::ticket;
use outerloop_core::steps::permitted::or_said;
use serde_json::json;

use crate::context::Context;
use crate::forge;
use crate::output::Outcome;

/// What the ticket is called in messages.
const TICKET: &str = "monitoring's ticket";

/// Who is told.
pub struct Listeners {
    forge: Option<Box<dyn Forge>>,
    notifier: Option<Box<dyn Notifier>>,
}

/// What was monitored.
pub struct Monitored<'a> {
    /// The model.
    pub model: &'a ModelName,
    /// The event, where this run recorded it.
    pub created: Option<Digest>,
}

/// Those that the configuration names.
///
/// # Errors
/// A login or an address that is there and cannot be used; the address of a webhook that is not.
pub fn listeners(context: &Context) -> Result<Listeners> {
    let config = context.config()?;
    let forge = match config.monitor.notify.ticket.is_some() {
        true => forge::or_said_for(TICKET, Level::Warning, context)?,
        false => None,
    };
    Ok(Listeners { forge, notifier: factory::notifier(config, context.host())? })
}

/// Writes the ticket and sends what is to be sent.
///
/// # Errors
/// What the registry says. What a server says makes the exit code 3, after everything else.
pub fn tell(
    monitored: &Monitored<'_>,
    listeners: &Listeners,
    registry: &dyn Registry,
    context: &Context,
    outcome: &mut Outcome,
) -> Result<()> {
    let settings = context.config()?.monitor.notify.ticket.as_ref();
    if let (Some(settings), Some(forge)) = (settings, &listeners.forge) {
        let posted = ticket::write(monitored.model, settings, registry, forge.as_ref());
        let posted = posted.map(|p| outcome.json["ticket"] = json!(p.and_then(|p| p.url)));
        if let Err(e) = or_said(TICKET, posted, Level::Warning, context.host().as_ref()) {
            forge::failed(&e, context, outcome);
        }
    }
    if let Some(notifier) = &listeners.notifier {
        let telling = Telling {
            model: monitored.model,
            created: monitored.created,
            notifier: notifier.as_ref(),
            registry,
            clock: &SystemClock,
            origin: &context.origin(),
        };
        let (told, failed) = notify::tell(&telling)?;
        outcome.json["notified"] = json!(told);
        if let Some(e) = failed {
            forge::failed(&e, context, outcome);
        }
    }
    Ok(())
}
