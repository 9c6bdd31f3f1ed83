//! Blocks for an incoming webhook of Slack. Text stands in `rich_text` blocks and in `plain_text`,
//! neither of which is parsed for links, mentions or formatting; the one text that is, which
//! notifications show, has Slack's three control characters escaped.

use serde_json::{Value, json};

use super::texts::{MOST, line, more, told, web};
use crate::ports::notifier::Notice;

/// Characters that a header may have.
const HEADER: usize = 150;

/// The body of the call.
pub(super) fn body(notice: &Notice) -> Value {
    let title = line(&notice.title());
    let items: Vec<Value> = notice
        .changes
        .iter()
        .take(MOST)
        .map(|alert| {
            let (state, signal, why) = told(alert);
            let mut parts = vec![
                json!({"type": "text", "text": format!("{state} "), "style": {"bold": true}}),
                json!({"type": "text", "text": signal, "style": {"code": true}}),
            ];
            if !why.is_empty() {
                parts.push(json!({"type": "text", "text": format!(": {why}")}));
            }
            section(parts)
        })
        .collect();
    let mut elements =
        vec![json!({"type": "rich_text_list", "style": "bullet", "elements": items})];
    let mut last: Vec<Value> = Vec::new();
    if let Some(text) = more(notice.changes.len()) {
        last.push(json!({"type": "text", "text": format!("{text}. ")}));
    }
    if let Some(run) = web(notice.run.as_deref()) {
        last.push(json!({"type": "link", "url": run, "text": "The run that monitored"}));
    }
    if !last.is_empty() {
        elements.push(section(last));
    }
    let header: String = title.chars().take(HEADER).collect();
    json!({
        "text": escape(&title),
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": header, "emoji": false}},
            {"type": "rich_text", "elements": elements},
        ],
    })
}

fn section(elements: Vec<Value>) -> Value {
    json!({"type": "rich_text_section", "elements": elements})
}

/// The three characters by which Slack's own markup begins links and mentions.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
