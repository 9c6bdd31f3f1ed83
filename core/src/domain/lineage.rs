//! Lineage: what led to a version, and what came of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::digest::Digest;
use super::drift::DriftStatus;
use super::event::{Event, Monitored, RetrainRequested, What};
use super::record::LoggedEvent;
use super::version::Version;

/// One event in a lineage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Node {
    /// The event's id.
    pub id: Digest,
    /// The event's type, such as `registered`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What happened, for people. It may hold text from outside.
    pub label: String,
    /// When.
    pub time: Timestamp,
    /// The registration that was asked about.
    pub focus: bool,
}

/// One event led to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Edge {
    /// The event that led to the other.
    pub from: Digest,
    /// The other.
    pub to: Digest,
    /// How: `trained`, `validated`, `promoted`, `rolled-out`, `ended`, `monitored`, `triggered`,
    /// `archived`, `restored`.
    pub relation: &'static str,
}

/// What led to a version and what came of it. Each event has at most one that led to it, so the
/// edges form a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Lineage {
    /// Events, oldest first.
    pub nodes: Vec<Node>,
    /// What led to what, in the order of the later event.
    pub edges: Vec<Edge>,
}

impl Lineage {
    /// The lineage of the version that the event `focus` registered. `history` is the model's,
    /// oldest first.
    ///
    /// Upwards it holds each event that led to the registration; downwards everything that came of
    /// it. Single steps of rollouts are left out, and so is monitoring that found nothing and led
    /// to nothing.
    pub fn of(history: &[LoggedEvent], focus: Digest) -> Self {
        let parents = parents(history);
        let mut kept: BTreeSet<Digest> = BTreeSet::new();
        let mut next = Some(focus);
        while let Some(id) = next.filter(|id| kept.insert(*id)) {
            next = parents.get(&id).copied();
        }
        let below = below(history, &parents, focus);
        let events: Vec<&LoggedEvent> = history
            .iter()
            .filter(|e| kept.contains(&e.id) || below.contains(&e.id))
            .filter(|e| !matches!(e.event.what, What::RolloutStep(_)))
            .collect();
        let present: BTreeSet<Digest> = events.iter().map(|e| e.id).collect();
        let edge = |e: &&LoggedEvent| {
            let from = *parents.get(&e.id)?;
            present.contains(&from).then(|| Edge {
                from,
                to: e.id,
                relation: relation(&e.event.what),
            })
        };
        let edges = events.iter().filter_map(edge).collect();
        let nodes = events.iter().map(|e| node(e, focus)).collect();
        Self { nodes, edges }
    }
}

/// What led to each event: its cause, else the registration of the version that it is about.
fn parents(history: &[LoggedEvent]) -> BTreeMap<Digest, Digest> {
    let mut registrations: BTreeMap<&Version, Digest> = BTreeMap::new();
    let mut seen: BTreeSet<Digest> = BTreeSet::new();
    let mut parents = BTreeMap::new();
    for LoggedEvent { id, event } in history {
        // A cause that is not earlier in this history is no cause that could be shown.
        let cause = event.cause.filter(|cause| seen.contains(cause));
        let version = about(event);
        let registration = version.and_then(|v| registrations.get(v).copied());
        if let Some(parent) = cause.or_else(|| rollout(&event.what)).or(registration) {
            parents.insert(*id, parent);
        }
        if let What::Registered(data) = &event.what {
            registrations.insert(&data.version, *id);
        }
        seen.insert(*id);
    }
    parents
}

/// Everything that came of `focus`, without monitoring that found and led to nothing.
fn below(
    history: &[LoggedEvent],
    parents: &BTreeMap<Digest, Digest>,
    focus: Digest,
) -> BTreeSet<Digest> {
    let mut found = BTreeSet::from([focus]);
    for logged in history {
        if parents.get(&logged.id).is_some_and(|parent| found.contains(parent)) {
            found.insert(logged.id);
        }
    }
    let led: BTreeSet<Digest> = parents.values().copied().collect();
    let quiet = |logged: &LoggedEvent| match &logged.event.what {
        What::Monitored(m) => m.status != DriftStatus::Drift && !led.contains(&logged.id),
        _ => false,
    };
    for logged in history.iter().filter(|logged| quiet(logged)) {
        found.remove(&logged.id);
    }
    found
}

fn about(event: &Event) -> Option<&Version> {
    match &event.what {
        What::Registered(_) | What::RolloutStep(_) | What::Notified(_) | What::Copied(_) => None,
        What::Validated(v) => Some(&v.version),
        What::Promoted(p) => Some(&p.version),
        What::Withdrawn(w) => Some(&w.previous),
        What::RolloutStarted(r) => Some(&r.candidate.version),
        What::RolloutFinished(r) | What::RolloutRolledBack(r) => {
            r.live.as_ref().map(|live| &live.version)
        }
        What::Monitored(m) => Some(&m.version),
        What::RetrainRequested(r) => Some(&r.version),
        What::Archived(v) | What::Restored(v) => Some(&v.version),
    }
}

fn rollout(what: &What) -> Option<Digest> {
    match what {
        What::RolloutStep(step) => Some(step.rollout),
        What::RolloutFinished(end) | What::RolloutRolledBack(end) => Some(end.rollout),
        _ => None,
    }
}

fn relation(what: &What) -> &'static str {
    match what {
        What::Registered(_) => "trained",
        What::Validated(_) => "validated",
        What::Promoted(_) => "promoted",
        What::Withdrawn(_) => "withdrawn",
        What::RolloutStarted(_) => "rolled-out",
        What::RolloutStep(_) | What::RolloutFinished(_) | What::RolloutRolledBack(_) => "ended",
        What::Monitored(_) => "monitored",
        What::Notified(_) => "notified",
        What::RetrainRequested(_) => "triggered",
        What::Archived(_) => "archived",
        What::Restored(_) => "restored",
        What::Copied(_) => "copied",
    }
}

fn node(logged: &LoggedEvent, focus: Digest) -> Node {
    let LoggedEvent { id, event } = logged;
    let kind = event.what.type_name();
    let label = label(event);
    Node { id: *id, kind, label, time: event.time, focus: *id == focus }
}

fn label(event: &Event) -> String {
    let model = &event.model;
    match &event.what {
        What::Registered(r) => format!("{model}@{}", r.version),
        What::Validated(v) => match &v.against {
            Some(against) => format!("{}@{}: {} against {against}", model, v.version, v.verdict),
            None => format!("{model}@{}: {}", v.version, v.verdict),
        },
        What::Promoted(p) => match &p.previous {
            Some(previous) => format!("{}: {model}@{} after {previous}", p.alias, p.version),
            None => format!("{}: {model}@{}", p.alias, p.version),
        },
        What::Withdrawn(w) => format!("{}: nothing after {model}@{}", w.alias, w.previous),
        What::RolloutStarted(r) => format!("{model}@{} on {}", r.candidate.version, r.endpoint),
        What::RolloutStep(r) => format!("{} on {}", r.stage, r.endpoint),
        What::RolloutFinished(r) | What::RolloutRolledBack(r) => match &r.live {
            Some(live) => format!("{} serves {model}@{}", r.endpoint, live.version),
            None => format!("{} serves nothing", r.endpoint),
        },
        What::Monitored(m) => monitored(m),
        What::Notified(n) => format!("{}: {}", n.by, n.state.as_str()),
        What::RetrainRequested(r) => requested(r),
        What::Archived(v) | What::Restored(v) => format!("{model}@{}", v.version),
        What::Copied(c) => format!("{model} from {}", c.from),
    }
}

fn monitored(data: &Monitored) -> String {
    /// Columns named before the rest is counted.
    const SHOWN: usize = 4;
    let status = data.status.as_str();
    let rows = data.rows;
    let mut columns = data.drifted.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if data.drifted.len() > SHOWN {
        columns = format!("{columns} and {} more", data.drifted.len() - SHOWN);
    }
    if columns.is_empty() {
        format!("{status} in {rows} rows")
    } else {
        format!("{status} in {rows} rows: {columns}")
    }
}

fn requested(data: &RetrainRequested) -> String {
    let codes: Vec<&str> = data.reasons.iter().map(|reason| reason.code.as_str()).collect();
    format!("through {}: {}", data.trigger, codes.join(", "))
}
