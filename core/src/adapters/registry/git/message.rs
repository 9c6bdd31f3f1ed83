//! An event as the message of a commit: a title for people, and the canonical JSON.

use crate::domain::canonical;
use crate::domain::digest::Digest;
use crate::domain::error::Result;
use crate::domain::event::{Event, What};
use crate::domain::name::ModelName;
use crate::domain::record::LoggedEvent;

/// The message of the commit that carries `event`.
///
/// # Errors
/// A number that JSON cannot carry.
pub(super) fn write(event: &Event) -> Result<(String, LoggedEvent)> {
    let body = canonical::to_bytes(event)?;
    let id = Digest::of(&body);
    let message = format!("{}\n\n{}\n", title(event), String::from_utf8_lossy(&body));
    Ok((message, LoggedEvent { id, event: event.clone() }))
}

/// The event in a commit's message; the id is that of the bytes as they stand there. The error
/// says in plain words what is wrong.
pub(super) fn read(message: &[u8]) -> Result<LoggedEvent, String> {
    let text = str::from_utf8(message).map_err(|_| "its message is not UTF-8".to_owned())?;
    let (_, body) =
        text.split_once("\n\n").ok_or_else(|| "its message carries no event".to_owned())?;
    let body = body.strip_suffix('\n').unwrap_or(body);
    let event: Event = serde_json::from_str(body)
        .map_err(|e| format!("its message does not carry a readable event: {e}"))?;
    Ok(LoggedEvent { id: Digest::of(body.as_bytes()), event })
}

/// Whether the title is about `model`, without reading the JSON.
pub(super) fn is_about(message: &[u8], model: &ModelName) -> bool {
    let line = message.split(|b| *b == b'\n').next().unwrap_or_default();
    let word = line.split(|b| *b == b' ').nth(1).unwrap_or_default();
    let name = word.split(|b| *b == b'@').next().unwrap_or_default();
    name == model.as_str().as_bytes()
}

/// The first line: the event's type, the model, and what is worth knowing at a glance.
pub(super) fn title(event: &Event) -> String {
    let kind = event.what.type_name();
    let model = &event.model;
    match &event.what {
        What::Registered(r) => format!("{kind} {model}@{}", r.version),
        What::Validated(v) => format!("{kind} {model}@{}: {}", v.version, v.verdict),
        What::Promoted(p) => format!("{kind} {model}@{} to {}", p.version, p.alias),
        What::Withdrawn(w) => format!("{kind} {model}@{} from {}", w.previous, w.alias),
        What::RolloutStarted(r) => {
            format!("{kind} {model}@{} on {}", r.candidate.version, r.endpoint)
        }
        What::RolloutStep(r) => format!("{kind} {model} on {}: {}", r.endpoint, r.stage),
        What::RolloutFinished(r) | What::RolloutRolledBack(r) => match &r.live {
            Some(live) => format!("{kind} {model}@{} on {}", live.version, r.endpoint),
            None => format!("{kind} {model} on {}", r.endpoint),
        },
        What::Monitored(m) => format!("{kind} {model}@{}: {}", m.version, m.status.as_str()),
        What::Notified(n) => format!("{kind} {model} by {}: {}", n.by, n.state.as_str()),
        What::RetrainRequested(r) => format!("{kind} {model}@{}", r.version),
        What::Archived(v) | What::Restored(v) => format!("{kind} {model}@{}", v.version),
        What::Copied(c) => format!("{kind} {model} from {}", c.from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::VersionOnly;

    fn archived(model: &str, actor: &str) -> Event {
        Event {
            model: model.parse().unwrap(),
            sequence: 3,
            previous: Some(Digest::of(b"before")),
            time: "2026-01-02T03:04:05Z".parse().unwrap(),
            actor: actor.to_owned(),
            run: None,
            cause: None,
            what: What::Archived(VersionOnly { version: "1.0.0".parse().unwrap() }),
        }
    }

    #[test]
    fn an_event_survives_whatever_the_actor_is_called() {
        for actor in ["ada", "a\n\nb\0c", "\u{202e}名前 \"<x>\""] {
            let event = archived("acme", actor);
            let (message, logged) = write(&event).unwrap();
            assert_eq!(read(message.as_bytes()).unwrap(), logged);
            assert_eq!(logged.id, event.id().unwrap());
            assert!(message.starts_with("archived acme@1.0.0\n\n{"), "{message}");
        }
    }

    #[test]
    fn titles_tell_models_apart_that_begin_alike() {
        let (message, _) = write(&archived("acme-2", "ada")).unwrap();
        assert!(is_about(message.as_bytes(), &"acme-2".parse().unwrap()));
        assert!(!is_about(message.as_bytes(), &"acme".parse().unwrap()));
        assert!(!is_about(b"acme", &"acme".parse().unwrap()));
    }
}
