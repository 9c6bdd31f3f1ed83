use serde_json::Value;

use super::{cloudevents, slack, teams};
use crate::domain::alert::{Alert, AlertState};
use crate::domain::digest::Digest;
use crate::domain::drift::DriftStatus;
use crate::ports::notifier::Notice;

const EVIL: &str = "<!channel> *b* [x](https://evil.example) {{DATE(2026)}} & \u{202e}\n";

fn notice(changes: usize) -> Notice {
    let alert = |i: usize| Alert {
        signal: format!("drift.{EVIL}{i}.psi"),
        state: if i == 0 { AlertState::Closed } else { AlertState::Opened },
        since: "2026-11-01T00:00:00Z".parse().unwrap(),
        why: EVIL.repeat(20),
    };
    Notice {
        model: "acme".parse().unwrap(),
        version: "1.2.0".parse().unwrap(),
        event: Digest::of(b"event"),
        time: "2026-11-01T00:00:00Z".parse().unwrap(),
        status: DriftStatus::Drift,
        rows: 500,
        changes: (0..changes).map(alert).collect(),
        open: changes as u64,
        run: Some("https://ci.acme.example/runs/1".to_owned()),
    }
}

/// Every object below a value.
fn objects(value: &Value) -> Vec<&serde_json::Map<String, Value>> {
    match value {
        Value::Array(list) => list.iter().flat_map(objects).collect(),
        Value::Object(map) => std::iter::once(map).chain(map.values().flat_map(objects)).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_title_counts_what_changed() {
    assert_eq!(notice(3).title(), "acme@1.2.0: 2 alerts opened, 1 closed, 3 open");
    assert_eq!(Notice { open: 0, ..notice(1) }.title(), "acme@1.2.0: 1 alert closed, 0 open");
}

#[test]
fn slack_parses_no_text_from_outside() {
    let body = slack::body(&notice(3));
    // Blocks of these kinds, and in them literal text alone.
    let kinds: Vec<&str> =
        body["blocks"].as_array().unwrap().iter().map(|b| b["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["header", "rich_text"]);
    let mut literal = 0;
    for object in objects(&body["blocks"]) {
        let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
        assert_ne!(kind, "mrkdwn");
        if object.get("text").is_some_and(|t| t.as_str().is_some_and(|t| t.contains("<!channel>")))
        {
            assert_eq!(kind, "text");
            literal += 1;
        }
    }
    assert_eq!(literal, 6, "signal and reason of three alerts");
    assert!(!body["text"].as_str().unwrap().contains('<'));
    let long = Notice { model: "m".repeat(128).parse().unwrap(), ..notice(40) };
    let body = slack::body(&long);
    assert!(body["blocks"][0]["text"]["text"].as_str().unwrap().chars().count() <= 150);
    let list = body["blocks"][1]["elements"][0]["elements"].as_array().unwrap();
    assert_eq!(list.len(), 20);
    assert!(body.to_string().contains("and 20 more"));
}

#[test]
fn teams_gets_a_card_of_plain_runs_that_is_not_too_large() {
    let body = teams::body(&notice(40));
    assert_eq!(body["attachments"][0]["contentType"], "application/vnd.microsoft.card.adaptive");
    let card = &body["attachments"][0]["content"];
    assert_eq!((&card["type"], &card["version"]), (&"AdaptiveCard".into(), &"1.4".into()));
    for object in objects(card) {
        assert_ne!(object.get("type").and_then(Value::as_str), Some("TextBlock"));
    }
    assert_eq!(card["body"].as_array().unwrap().len(), 22);
    assert!(body.to_string().len() < 28 << 10, "what Teams takes");
    assert_eq!(card["actions"][0]["url"], "https://ci.acme.example/runs/1");
    let script = Notice { run: Some("javascript:alert(1)".into()), ..notice(1) };
    assert!(!teams::body(&script).to_string().contains("javascript"));
}

#[test]
fn a_cloud_event_has_what_the_standard_asks_for_and_the_data() {
    let body = cloudevents::body(&notice(2));
    for required in ["id", "source", "specversion", "type"] {
        assert!(body[required].as_str().is_some_and(|t| !t.is_empty()), "{required}");
    }
    assert_eq!((&body["specversion"], &body["subject"]), (&"1.0".into(), &"1.2.0".into()));
    assert_eq!(body["time"], "2026-11-01T00:00:00Z");
    assert_eq!(body["data"]["changes"][0]["state"], "closed");
    assert_eq!(body["data"]["status"], "drift");
}
