//! `monitor.signals`, `.alert`, `.notify` and `.chunk`: as written, as used, and the check of every
//! value.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Visitor};

use super::defaults::{monitored_metric, out_of_bounds};
use super::detectors::{self, Detector};
use super::raw::RawTicket;
use super::units::Span;
use super::valid::TicketConfig;
use crate::domain::error::{Error, Result};

/// Metrics of a column that have a bound, by their names in reports.
pub const COLUMN_METRICS: [&str; 7] = [
    "psi",
    "jensen-shannon",
    "ks",
    "wasserstein-normed",
    "null-rate",
    "out-of-range",
    "new-categories",
];
/// Fewest earlier windows that make a history.
pub const SHORTEST_HISTORY: usize = 5;

/// `monitor.signals[]:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawSignal {
    /// `psi`, `jensen-shannon`, `ks`, `wasserstein`, `null-rate`, `out-of-range`,
    /// `new-categories`, or a metric of performance.
    pub metric: Option<String>,
    /// The column; left out, every column.
    pub column: Option<String>,
    /// The value must not be above this: a number, `history`, `adwin` or `page-hinkley`.
    pub above: Option<Limit>,
    /// The value must not be below this: a number, `history`, `adwin`, `page-hinkley`, or of
    /// accuracy `ddm`.
    pub below: Option<Limit>,
}

/// `monitor.alert:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawAlert {
    /// So many windows must breach …
    pub breaches: Option<u64>,
    /// … of the last so many that say something.
    pub of: Option<u64>,
}

/// `monitor.notify:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawNotify {
    /// An issue or work item that is open while an alert is.
    pub ticket: Option<RawTicket>,
    /// A message whenever an alert opens or closes.
    pub webhook: Option<RawWebhook>,
}

/// `monitor.notify.webhook:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawWebhook {
    /// The environment variable that holds the address, which is a secret.
    pub url_env: Option<String>,
    /// `slack`, `teams` or `cloudevents`.
    pub shape: Option<String>,
}

/// `monitor.chunk:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawChunk {
    /// A span of time, by the column `monitor.time`.
    pub every: Option<Span>,
    /// So many rows, in their order.
    pub rows: Option<u64>,
}

/// What a value is held to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// A number.
    Value(f64),
    /// The mean of the signal's own earlier values, three standard deviations away.
    History,
    /// No change that this detector tells.
    Detector(Detector),
}

/// What a bound may be.
const BOUNDS: &str = "a number, or `history`, `adwin`, `page-hinkley` or `ddm`";

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(LimitVisitor)
    }
}

struct LimitVisitor;

impl Visitor<'_> for LimitVisitor {
    type Value = Limit;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(BOUNDS)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> std::result::Result<Limit, E> {
        if value.is_finite() {
            Ok(Limit::Value(value))
        } else {
            Err(E::custom(format!("`{value}` is no bound: write {BOUNDS}")))
        }
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> std::result::Result<Limit, E> {
        self.visit_f64(value as f64)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> std::result::Result<Limit, E> {
        self.visit_f64(value as f64)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Limit, E> {
        if text == "history" {
            return Ok(Limit::History);
        }
        match (Detector::named(text), text.parse()) {
            (Some(detector), _) => Ok(Limit::Detector(detector)),
            (None, Ok(value)) => self.visit_f64(value),
            (None, Err(_)) => {
                let other = text.escape_debug();
                Err(E::custom(format!("`{other}` is no bound: write {BOUNDS}")))
            }
        }
    }
}

impl JsonSchema for Limit {
    fn schema_name() -> Cow<'static, str> {
        "limit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let [adwin, page_hinkley, ddm] = Detector::ALL.map(Detector::as_str);
        json_schema!({"anyOf": [
            {"type": "number"},
            {"enum": ["history", adwin, page_hinkley, ddm]},
        ]})
    }
}

/// A bound for a number.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalRule {
    /// The metric's canonical name.
    pub metric: String,
    /// The column; none: every column, or performance.
    pub column: Option<String>,
    /// The value must not be above this.
    pub above: Option<Limit>,
    /// The value must not be below this.
    pub below: Option<Limit>,
}

impl SignalRule {
    /// Whether the metric is one of a column.
    pub fn is_of_columns(&self) -> bool {
        COLUMN_METRICS.contains(&self.metric.as_str())
    }

    /// The detector that it names.
    pub fn detector(&self) -> Option<Detector> {
        [self.above, self.below].into_iter().flatten().find_map(|limit| match limit {
            Limit::Detector(detector) => Some(detector),
            _ => None,
        })
    }
}

/// When a signal becomes an alert: `breaches` of the last `of` windows that say something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertRule {
    /// At least 1.
    pub breaches: usize,
    /// At least `breaches`.
    pub of: usize,
}

/// Who is told of alerts.
#[derive(Debug, Clone, Default)]
pub struct NotifyConfig {
    /// An issue or work item.
    pub ticket: Option<TicketConfig>,
    /// A message.
    pub webhook: Option<WebhookConfig>,
}

/// A message whenever an alert opens or closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookConfig {
    /// The environment variable that holds the address.
    pub url_env: String,
    /// What the receiver takes.
    pub shape: WebhookShape,
}

/// What the receiver of a webhook takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookShape {
    /// Blocks, for an incoming webhook of Slack.
    Slack,
    /// An adaptive card, for a workflow of Microsoft Teams.
    Teams,
    /// CloudEvents 1.0 in structured mode.
    CloudEvents,
}

impl WebhookShape {
    /// The word used in the configuration and in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Teams => "teams",
            Self::CloudEvents => "cloudevents",
        }
    }
}

/// Parts of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkRule {
    /// A span of time, counted from 1970-01-01T00:00:00Z.
    Every(Duration),
    /// So many rows.
    Rows(usize),
}

pub(super) fn rules(raw: Vec<RawSignal>) -> Result<Vec<SignalRule>> {
    raw.into_iter().enumerate().map(|(i, rule)| self::rule(i + 1, rule)).collect()
}

fn rule(entry: usize, raw: RawSignal) -> Result<SignalRule> {
    let key = format!("`monitor.signals` entry {entry}");
    let written = raw.metric.ok_or_else(|| {
        Error::config(format!("{key} has no `metric`")).hint("name one, such as psi or roc-auc")
    })?;
    let name = if written == "wasserstein" { "wasserstein-normed" } else { written.as_str() };
    let of_columns = COLUMN_METRICS.contains(&name);
    let metric = match of_columns {
        true => name.to_owned(),
        false => monitored_metric("monitor.signals.metric", &written).map_err(|e| {
            let usual = e.hint_text().unwrap_or_default().to_owned();
            e.hint(format!("{usual}; or one of a column: {}", COLUMN_METRICS.join(", ")))
        })?,
    };
    if raw.above.is_none() && raw.below.is_none() {
        return Err(Error::config(format!("{key} has neither `above` nor `below`"))
            .hint("write `above: 0.2`, or `above: history`"));
    }
    if of_columns && raw.below.is_some() {
        return Err(Error::config(format!("{key} holds {metric} from below"))
            .hint("what is measured of a column is bad when it is large: use `above`"));
    }
    if !of_columns && raw.column.is_some() {
        return Err(Error::config(format!("{key} gives {metric} a column"))
            .hint("performance is of the model as a whole: leave `column` out"));
    }
    let rule = SignalRule { metric, column: raw.column, above: raw.above, below: raw.below };
    detectors::check(&key, &rule)?;
    Ok(rule)
}

pub(super) fn preset(name: String) -> Result<String> {
    match name.as_str() {
        "outerloop" | "evidently" | "nannyml" | "azure-ml" => Ok(name),
        other => {
            let expected = "outerloop, evidently, nannyml or azure-ml";
            Err(out_of_bounds("monitor.preset", other.escape_debug(), expected))
        }
    }
}

pub(super) fn history(raw: Option<u64>) -> Result<usize> {
    let windows = raw.unwrap_or(20);
    if (SHORTEST_HISTORY as u64..=1000).contains(&windows) {
        Ok(windows as usize)
    } else {
        Err(out_of_bounds("monitor.history", windows, "5 to 1000 windows"))
    }
}

pub(super) fn alert(raw: RawAlert) -> Result<AlertRule> {
    let breaches = raw.breaches.unwrap_or(1);
    let of = raw.of.unwrap_or(breaches);
    if breaches < 1 {
        return Err(out_of_bounds("monitor.alert.breaches", breaches, "1 or more"));
    }
    if of < breaches || of > 1000 {
        let expected = format!("{breaches} (`breaches`) to 1000");
        return Err(out_of_bounds("monitor.alert.of", of, &expected));
    }
    Ok(AlertRule { breaches: breaches as usize, of: of as usize })
}

pub(super) fn notify(raw: RawNotify) -> Result<NotifyConfig> {
    let ticket = raw.ticket.map(|t| TicketConfig {
        labels: t.labels.unwrap_or_else(|| vec!["monitoring".to_owned()]),
        kind: t.kind.unwrap_or_else(|| "Issue".to_owned()),
    });
    Ok(NotifyConfig { ticket, webhook: raw.webhook.map(webhook).transpose()? })
}

fn webhook(raw: RawWebhook) -> Result<WebhookConfig> {
    let url_env = raw.url_env.unwrap_or_else(|| super::env::WEBHOOK.to_owned());
    let usable = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if url_env.is_empty() || !url_env.chars().all(usable) {
        return Err(out_of_bounds(
            "monitor.notify.webhook.url-env",
            url_env.escape_debug(),
            "the name of an environment variable, not the address itself, which is a secret",
        ));
    }
    let shape = match raw.shape.as_deref() {
        Some("slack") => WebhookShape::Slack,
        Some("teams") => WebhookShape::Teams,
        Some("cloudevents") => WebhookShape::CloudEvents,
        other => {
            let expected = "slack, teams or cloudevents";
            let other = other.unwrap_or("missing").escape_debug();
            return Err(out_of_bounds("monitor.notify.webhook.shape", other, expected));
        }
    };
    Ok(WebhookConfig { url_env, shape })
}

pub(super) fn chunk(raw: RawChunk) -> Result<ChunkRule> {
    match (raw.every, raw.rows) {
        (Some(Span(every)), None) if every >= Duration::from_secs(1) => Ok(ChunkRule::Every(every)),
        (Some(_), None) => {
            Err(Error::config("`monitor.chunk.every` is below a second").hint("write 1h, 1d or 7d"))
        }
        (None, Some(rows)) if rows > 0 => {
            Ok(ChunkRule::Rows(rows.try_into().unwrap_or(usize::MAX)))
        }
        _ => Err(Error::config("`monitor.chunk` needs `every` or `rows`")
            .hint("write {every: 1d} or {rows: 5000}, not both")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, load_from};
    use super::*;

    fn load(text: &str) -> Result<Config> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("outerloop.yaml");
        std::fs::write(&file, text).expect("a file");
        load_from(&file)
    }

    fn refused(monitor: &str) -> String {
        let error = load(&format!("monitor: {monitor}\n")).expect_err(monitor);
        format!("{error} {}", error.hint_text().unwrap_or_default())
    }

    #[test]
    fn what_is_written_is_what_is_used() {
        let text = "monitor:\n  signals:\n    - {metric: wasserstein, column: AGE, above: 0.4}\n    \
                    - {metric: auc, below: history}\n    - {metric: psi, above: history}\n    \
                    - {metric: mae, above: adwin, below: 0.1}\n  \
                    detectors: {page-hinkley: {threshold: 8}, ddm: {}}\n  \
                    alert: {breaches: 2, of: 3}\n  chunk: {every: 1d}\n  \
                    notify: {ticket: {}, webhook: {shape: slack}}\n";
        let monitor = load(text).expect("a configuration").monitor;
        let rule = |metric: &str, column: Option<&str>, above, below| SignalRule {
            metric: metric.to_owned(),
            column: column.map(str::to_owned),
            above,
            below,
        };
        let adwin = Some(Limit::Detector(Detector::Adwin));
        assert_eq!(
            monitor.signals,
            [
                rule("wasserstein-normed", Some("AGE"), Some(Limit::Value(0.4)), None),
                rule("roc-auc", None, None, Some(Limit::History)),
                rule("psi", None, Some(Limit::History), None),
                rule("mae", None, adwin, Some(Limit::Value(0.1))),
            ]
        );
        assert_eq!(monitor.signals[3].detector(), Some(Detector::Adwin));
        assert_eq!((monitor.detectors.threshold, monitor.detectors.deviations), (8.0, 3.0));
        assert_eq!(monitor.alert, AlertRule { breaches: 2, of: 3 });
        assert_eq!(monitor.chunk, Some(ChunkRule::Every(Duration::from_secs(86_400))));
        assert_eq!(monitor.notify.ticket.expect("a ticket").labels, ["monitoring"]);
        assert_eq!(monitor.notify.webhook.expect("a webhook").url_env, "OUTERLOOP_WEBHOOK");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_to_do() {
        for (monitor, said) in [
            ("{signals: [{above: 1}]}", "has no `metric`"),
            ("{signals: [{metric: psi}]}", "neither `above` nor `below`"),
            ("{signals: [{metric: psy, above: 1}]}", "psi"),
            ("{signals: [{metric: psi, below: 0.1}]}", "from below"),
            ("{signals: [{metric: mae, column: a, above: 1}]}", "leave `column` out"),
            ("{signals: [{metric: psi, above: much}]}", "`history`"),
            ("{signals: [{metric: psi, above: adwim}]}", "`adwin`, `page-hinkley` or `ddm`"),
            ("{signals: [{metric: psi, below: adwin}]}", "from below"),
            ("{signals: [{metric: psi, above: ddm}]}", "`{metric: accuracy, below: ddm}`"),
            ("{signals: [{metric: accuracy, above: ddm}]}", "has `above: ddm` for accuracy"),
            ("{signals: [{metric: brier, below: ddm}]}", "has `below: ddm` for brier"),
            ("{signals: [{metric: mae, above: adwin, below: history}]}", "in two ways"),
            ("{detectors: {adwin: {delta: 2}}}", "below 1, such as 0.002"),
            ("{detectors: {page-hinkley: {threshold: 0}}}", "a number above 0"),
            ("{detectors: {page-hinkly: {}}}", "page-hinkley"),
            ("{detectors: {ddm: {deviations: 0}}}", "1 or more"),
            ("{alert: {breaches: 0}}", "1 or more"),
            ("{alert: {breaches: 3, of: 2}}", "3 (`breaches`)"),
            ("{preset: own}", "outerloop, evidently, nannyml or azure-ml"),
            ("{history: 4}", "5 to 1000"),
            ("{chunk: {}}", "{every: 1d}"),
            ("{chunk: {every: 1d, rows: 5}}", "not both"),
            ("{chunk: {every: 10ms}}", "below a second"),
            ("{notify: {webhook: {}}}", "slack, teams or cloudevents"),
            ("{notify: {webhook: {shape: slack, url-env: 'https://x/y'}}}", "is a secret"),
        ] {
            let error = refused(monitor);
            assert!(error.contains(said), "{monitor}: {error}");
        }
    }
}
