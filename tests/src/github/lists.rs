//! Lists in pages, with `Link` headers.

use serde_json::{Value, json};

use super::site::GitHubSite;
use crate::fake::{Call, Reply};

/// One page of `items`; below `key`, where GitHub wraps the list.
pub(super) fn page(site: &GitHubSite, call: &Call, key: Option<&str>, items: Vec<Value>) -> Reply {
    let number = |name: &str, default: usize| {
        call.asked(name).and_then(|n| n.parse().ok()).unwrap_or(default).max(1)
    };
    let (page, size) = (number("page", 1), number("per_page", 30).min(site.page));
    let total = items.len();
    let shown: Vec<Value> = items.into_iter().skip((page - 1) * size).take(size).collect();
    let body = match key {
        Some(key) => json!({ "total_count": total, key: shown }),
        None => json!(shown),
    };
    let reply = Reply::json(200, &body);
    if page * size >= total {
        return reply;
    }
    let others = call.query.iter().filter(|(name, _)| *name != "page");
    let query: Vec<String> =
        others.map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let link = |page: usize| format!("<{}{}?{}&page={page}>", site.url, call.path, query.join("&"));
    let last = total.div_ceil(size);
    let links = format!("{}; rel=\"next\", {}; rel=\"last\"", link(page + 1), link(last));
    reply.header("link", links)
}

fn encode(text: &str) -> String {
    let keep = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let byte = |b: u8| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
    text.bytes().map(byte).collect()
}
