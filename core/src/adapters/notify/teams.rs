//! An adaptive card for a workflow of Microsoft Teams that posts what its webhook receives. Text
//! stands in text runs, which know neither Markdown nor functions.

use serde_json::{Value, json};

use super::texts::{MOST, line, more, told, web};
use crate::ports::notifier::Notice;

/// The body of the call.
pub(super) fn body(notice: &Notice) -> Value {
    let title = json!({
        "type": "TextRun", "text": line(&notice.title()), "weight": "Bolder", "size": "Medium",
    });
    let mut blocks = vec![rich(vec![title])];
    blocks.extend(notice.changes.iter().take(MOST).map(|alert| {
        let (state, signal, why) = told(alert);
        let colour = if alert.is_open() { "Attention" } else { "Good" };
        let mut runs = vec![
            json!({"type": "TextRun", "text": format!("{state} "), "color": colour}),
            json!({"type": "TextRun", "text": signal, "fontType": "Monospace"}),
        ];
        if !why.is_empty() {
            runs.push(json!({"type": "TextRun", "text": format!(": {why}")}));
        }
        rich(runs)
    }));
    let rest = more(notice.changes.len()).map(|text| json!({"type": "TextRun", "text": text}));
    blocks.extend(rest.map(|run| rich(vec![run])));
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    });
    if let Some(run) = web(notice.run.as_deref()) {
        card["actions"] =
            json!([{"type": "Action.OpenUrl", "title": "The run that monitored", "url": run}]);
    }
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card,
        }],
    })
}

fn rich(inlines: Vec<Value>) -> Value {
    json!({"type": "RichTextBlock", "inlines": inlines})
}
