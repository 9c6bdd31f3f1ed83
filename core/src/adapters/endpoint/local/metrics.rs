//! `/metrics` in Prometheus' text format.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::server::App;
use super::slot::Slot;
use super::traffic::Table;
use crate::domain::endpoint::latency_buckets_ms;

/// The answer to `GET /metrics`.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Response {
    let text = page(&app);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

fn page(app: &App) -> String {
    let table = app.router.table();
    let mut page = Page(String::with_capacity(8 << 10));
    slots(&mut page, &table);
    page.head("outerloop_traffic_weight_percent", "gauge", "Share of requests by version");
    for (name, weight) in &table.traffic.weights {
        page.line("outerloop_traffic_weight_percent", &[("version", name)], *weight);
    }
    page.head("outerloop_mirror_percent", "gauge", "Share of requests copied, by version");
    if let Some(mirror) = &table.traffic.mirror {
        page.line("outerloop_mirror_percent", &[("version", &mirror.slot)], mirror.percent);
    }
    page.single(
        "outerloop_rescued_total",
        "Requests answered by another version",
        app.router.rescued(),
    );
    page.single("outerloop_mirror_dropped_total", "Copies dropped", app.router.mirror_dropped());
    page.single("outerloop_log_dropped_total", "Log entries dropped", app.router.log().dropped());
    page.0
}

fn slots(page: &mut Page, table: &Table) {
    let counts: Vec<_> = table.slots.values().map(|s| (s, s.tally.read())).collect();
    page.head("outerloop_requests_total", "counter", "Requests given to a version");
    for (slot, count) in &counts {
        page.line("outerloop_requests_total", &labels(slot), count.requests);
    }
    page.head("outerloop_errors_total", "counter", "Requests that a version failed");
    for (slot, count) in &counts {
        page.line("outerloop_errors_total", &labels(slot), count.errors);
    }
    page.head("outerloop_in_flight", "gauge", "Requests that a version works on");
    for (slot, _) in &counts {
        page.line("outerloop_in_flight", &labels(slot), slot.tally.in_flight());
    }
    page.head("outerloop_healthy", "gauge", "Whether a version can answer");
    page_health(page, table);
    page.head("outerloop_latency_seconds", "histogram", "Time that a version took");
    for (slot, count) in &counts {
        histogram(page, slot, &count.latency);
    }
}

fn page_health(page: &mut Page, table: &Table) {
    for slot in table.slots.values() {
        page.line("outerloop_healthy", &labels(slot), u8::from(slot.is_healthy()));
    }
    page.head("outerloop_restarts_total", "counter", "Times a version's process was started again");
    for slot in table.slots.values() {
        page.line("outerloop_restarts_total", &labels(slot), slot.status().restarts);
    }
}

fn histogram(page: &mut Page, slot: &Slot, latency: &[u64]) {
    let [model, version] = labels(slot);
    let bounds = latency_buckets_ms().into_iter().map(|ms| format!("{:.7}", ms / 1e3));
    let mut sum = 0;
    for (bound, count) in bounds.chain(["+Inf".to_owned()]).zip(latency) {
        sum += count;
        page.line("outerloop_latency_seconds_bucket", &[model, version, ("le", &bound)], sum);
    }
    page.line("outerloop_latency_seconds_sum", &[model, version], slot.tally.total_seconds());
    page.line("outerloop_latency_seconds_count", &[model, version], sum);
}

fn labels(slot: &Slot) -> [(&'static str, &str); 2] {
    [("model", slot.model.as_str()), ("version", slot.name.as_str())]
}

struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}.\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<String> = labels.iter().map(|(k, v)| format!("{k}=\"{v}\"")).collect();
        let _ = writeln!(self.0, "{name}{{{}}} {value}", labels.join(","));
    }

    fn single(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, "counter", help);
        let _ = writeln!(self.0, "{name} {value}");
    }
}
