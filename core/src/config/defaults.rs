//! Each part of the configuration: its defaults, and the check of every value.

use std::path::Path;
use std::time::Duration;

use super::detectors;
use super::env;
use super::forge::training;
use super::monitoring;
use super::raw::{
    RawBaseline, RawData, RawEndpoint, RawMonitor, RawPackage, RawRetrain, RawRollout,
};
use super::units::Span;
use super::valid::*;
use crate::domain::address::Address;
use crate::domain::engine_address::EngineAddress;
use crate::domain::error::{Error, Result};
use crate::domain::metric::{MONITORED, canonical_name};
use crate::domain::rollout::{Limits, Plan};
use crate::domain::text::{Header, TextFormat};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn out_of_bounds(key: &str, value: impl std::fmt::Display, expected: &str) -> Error {
    Error::config(format!("`{key}` is {value}")).hint(format!("expected {expected}"))
}

fn share(key: &str, value: Option<f64>, default: f64) -> Result<f64> {
    let value = value.unwrap_or(default);
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(out_of_bounds(key, value, "a share from 0 to 1"))
    }
}

pub(super) fn finite(key: &str, value: Option<f64>, default: f64) -> Result<f64> {
    let value = value.unwrap_or(default);
    if value.is_finite() { Ok(value) } else { Err(out_of_bounds(key, value, "a finite number")) }
}

pub(super) fn positive(key: &str, value: Option<f64>, default: f64) -> Result<f64> {
    let value = value.unwrap_or(default);
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(out_of_bounds(key, value, "a number above 0"))
    }
}

pub(super) fn text_format(raw: RawData) -> Result<TextFormat> {
    let encoding =
        raw.encoding.map(|label| label.parse().map_err(|e: Error| e.during("data.encoding")));
    let header = match raw.header {
        None => Header::Auto,
        Some(true) => Header::Yes,
        Some(false) => Header::No,
    };
    Ok(TextFormat { encoding: encoding.transpose()?, header })
}

pub(super) fn package_config(
    raw: RawPackage,
    root: &Path,
    text: TextFormat,
) -> Result<PackageConfig> {
    Ok(PackageConfig {
        path: raw.path.map(|p| root.join(p)),
        out: root.join(raw.out.unwrap_or_else(|| "outerloop-package".into())),
        metrics: raw.metrics.map(|p| root.join(p)),
        importances: raw.importances.map(|p| root.join(p)),
        baseline: raw.baseline.map(|b| baseline_config(b, root, text)).transpose()?,
        sample: raw.sample.map(|p| root.join(p)),
        data: raw
            .data
            .unwrap_or_default()
            .into_iter()
            .map(|(k, p)| (k, Address::or_below(root, p)))
            .collect(),
    })
}

fn baseline_config(raw: RawBaseline, root: &Path, text: TextFormat) -> Result<BaselineConfig> {
    let path = raw.path.ok_or_else(|| {
        Error::config("`package.baseline` has no `path`")
            .hint("name the data that the model was trained or tested on")
    })?;
    Ok(BaselineConfig {
        path: Address::or_below(root, path),
        prediction: raw.prediction,
        label: raw.label,
        ignore: raw.ignore.unwrap_or_default(),
        categories: raw.categories.unwrap_or_default(),
        text,
    })
}

/// The variable goes over the file. A file is no place for a token.
pub(super) fn engine_address(written: Option<String>) -> Result<Option<EngineAddress>> {
    if let Some(text) = env::get(env::ENGINE) {
        return text.parse().map(Some).map_err(|e: Error| e.during(env::ENGINE));
    }
    let Some(text) = written else { return Ok(None) };
    let address: EngineAddress = text.parse().map_err(|e: Error| e.during("engine"))?;
    if address.token.is_some() {
        return Err(Error::config("engine: the address has a token in it").hint(format!(
            "take the token out of the file, make a new one, and give it in {}",
            env::ENGINE_TOKEN
        )));
    }
    Ok(Some(address))
}

/// Longest time for which a store, or a server of data, may say nothing before it is asked again.
const STALL_TIMEOUT: Duration = MINUTE;
/// Shortest that may be set: nobody answers faster.
const SHORTEST_STALL: Duration = Duration::from_millis(100);

/// Longest time for which a store, or a server of data, may say nothing: a property of the network
/// that a machine is in, and so one of its environment.
///
/// # Errors
/// The variable holds no duration, or one below a tenth of a second.
pub fn stall_timeout() -> Result<Duration> {
    let Some(text) = env::get(env::STALL_TIMEOUT) else { return Ok(STALL_TIMEOUT) };
    let wrong = |why: String| {
        Error::usage(format!("{}: {why}", env::STALL_TIMEOUT)).hint("write 30s, 2m or 5m")
    };
    match text.parse::<Span>().map_err(wrong)?.0 {
        short if short < SHORTEST_STALL => Err(wrong(format!("`{text}` is less than 100ms"))),
        time => Ok(time),
    }
}

/// Longest time of one query of an engine.
pub const ENGINE_TIMEOUT: Duration = Duration::from_secs(60 * 60);
/// Longest time until an engine says its version: one that has to start takes long.
pub const ENGINE_GREETING: Duration = Duration::from_secs(3 * 60);

pub(super) fn endpoint_config(raw: RawEndpoint, key: &str) -> Result<EndpointConfig> {
    let runtime = runtime(&raw, key)?;
    let log = raw.log.unwrap_or_default();
    Ok(EndpointConfig {
        host: raw.host.unwrap_or_else(|| "127.0.0.1".to_owned()),
        port: raw.port.unwrap_or(0),
        runtime,
        load_timeout: raw.load_timeout.map_or(MINUTE, |s| s.0),
        request_timeout: raw.request_timeout.map_or(Duration::from_secs(10), |s| s.0),
        log: LogConfig {
            sample: share(&format!("{key}.log.sample"), log.sample, 1.0)?,
            max_bytes: log.max_bytes.map_or(64 << 20, |b| b.0),
            max_files: log.max_files.unwrap_or(8).max(1),
        },
        plan: plan(raw.rollout.unwrap_or_default(), &format!("{key}.rollout"))?,
        environment: raw.environment,
    })
}

fn runtime(raw: &RawEndpoint, key: &str) -> Result<Runtime> {
    let words = |text: &[&str]| text.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let preset = |command: Vec<String>, health: &str, score: &str| Runtime::Command {
        command: raw.command.clone().unwrap_or(command),
        health: raw.health.clone().unwrap_or_else(|| health.to_owned()),
        score: raw.score.clone().unwrap_or_else(|| score.to_owned()),
    };
    Ok(match raw.runtime.as_deref() {
        None if raw.command.is_none() => Runtime::Onnx,
        Some("onnx") => Runtime::Onnx,
        Some("mlflow") => preset(
            words(&[
                "mlflow",
                "models",
                "serve",
                "--model-uri",
                "{model}",
                "--host",
                "{host}",
                "--port",
                "{port}",
                "--env-manager",
                "local",
            ]),
            "/ping",
            "/invocations",
        ),
        Some("azmlinfsrv") => preset(
            words(&["azmlinfsrv", "--entry_script", "{files}/score.py", "--port", "{port}"]),
            "/",
            "/score",
        ),
        None | Some("command") => {
            if raw.command.as_ref().is_none_or(Vec::is_empty) {
                return Err(Error::config(format!(
                    "`{key}.runtime` is command, but `command` is empty"
                ))
                .hint("give the program and its arguments with {model} and {port} in them"));
            }
            preset(Vec::new(), "/v2/health/ready", "/invocations")
        }
        Some(other) => {
            return Err(out_of_bounds(
                &format!("{key}.runtime"),
                other,
                "onnx, mlflow, azmlinfsrv or command",
            ));
        }
    })
}

fn plan(raw: RawRollout, key: &str) -> Result<Plan> {
    let mirror = raw.mirror.unwrap_or(50);
    if mirror > 100 {
        return Err(out_of_bounds(&format!("{key}.mirror"), mirror, "a percentage from 0 to 100"));
    }
    let steps = raw.steps.unwrap_or_else(|| vec![10, 50, 100]);
    let ascending = steps.windows(2).all(|w| w[0] < w[1]);
    if steps.first().is_none_or(|s| *s == 0) || !ascending || steps.last() != Some(&100) {
        let list = format!("{steps:?}");
        return Err(out_of_bounds(
            &format!("{key}.steps"),
            list,
            "ascending percentages, the last 100, such as [10, 50, 100]",
        ));
    }
    let bake = raw.bake.map_or(Duration::from_secs(30), |s| s.0);
    let timeout = raw.step_timeout.map_or(10 * MINUTE, |s| s.0);
    if timeout < bake {
        return Err(out_of_bounds(
            &format!("{key}.step-timeout"),
            humantime::format_duration(timeout),
            "at least as long as `bake`",
        ));
    }
    let max_error_rate = share(&format!("{key}.max-error-rate"), raw.max_error_rate, 0.01)?;
    let increase = format!("{key}.max-error-increase");
    Ok(Plan {
        mirror,
        steps,
        bake_ms: millis(bake),
        min_requests: raw.min_requests.unwrap_or(100),
        step_timeout_ms: millis(timeout),
        limits: Limits {
            max_error_rate,
            max_error_increase: Some(share(&increase, raw.max_error_increase, max_error_rate)?),
            max_latency_ratio: positive(
                &format!("{key}.max-latency-ratio"),
                raw.max_latency_ratio,
                2.0,
            )?,
            latency_floor_ms: raw.latency_floor.map_or(20.0, |s| s.0.as_secs_f64() * 1e3),
            max_prediction_shift: share(
                &format!("{key}.max-prediction-shift"),
                raw.max_prediction_shift,
                0.3,
            )?,
        },
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn monitor_config(raw: RawMonitor, text: TextFormat) -> Result<MonitorConfig> {
    Ok(MonitorConfig {
        min_rows: raw.min_rows.unwrap_or(200),
        psi: positive("monitor.psi", raw.psi, 0.2)?,
        jensen_shannon: positive("monitor.jensen-shannon", raw.jensen_shannon, 0.2)?,
        wasserstein: positive("monitor.wasserstein", raw.wasserstein, 0.25)?,
        ks: positive("monitor.ks", raw.ks, 0.15)?,
        null_rate: share("monitor.null-rate", raw.null_rate, 0.05)?,
        out_of_range: share("monitor.out-of-range", raw.out_of_range, 0.01)?,
        new_categories: share("monitor.new-categories", raw.new_categories, 0.01)?,
        significance: share("monitor.significance", raw.significance, 0.01)?,
        min_columns: raw.min_columns.unwrap_or(1).max(1),
        ignore: raw.ignore.unwrap_or_default(),
        label: raw.label,
        prediction: raw.prediction,
        preset: raw.preset.map(monitoring::preset).transpose()?,
        time: raw.time,
        id: raw.id,
        signals: monitoring::rules(raw.signals.unwrap_or_default())?,
        history: monitoring::history(raw.history)?,
        detectors: detectors::detectors(raw.detectors.unwrap_or_default())?,
        alert: monitoring::alert(raw.alert.unwrap_or_default())?,
        notify: monitoring::notify(raw.notify.unwrap_or_default())?,
        chunk: raw.chunk.map(monitoring::chunk).transpose()?,
        text,
    })
}

/// The canonical name of a metric that monitoring measures.
pub(super) fn monitored_metric(key: &str, text: &str) -> Result<String> {
    let name = canonical_name(text);
    if MONITORED.contains(&name.as_str()) {
        return Ok(name);
    }
    let expected = format!("a metric that monitoring measures: {}", MONITORED.join(", "));
    Err(out_of_bounds(key, text.escape_debug(), &expected))
}

pub(super) fn retrain_config(raw: RawRetrain) -> Result<RetrainConfig> {
    let when = raw.when.unwrap_or_default();
    let performance = when.performance.map(|p| {
        let metric =
            p.metric.ok_or_else(|| Error::config("`retrain.when.performance` has no `metric`"))?;
        let metric = monitored_metric("retrain.when.performance.metric", &metric)?;
        if p.min.is_none() && p.max.is_none() {
            return Err(Error::config("`retrain.when.performance` has neither `min` nor `max`"));
        }
        Ok(PerformanceRule {
            metric,
            min: p.min,
            max: p.max,
            breaches: p.breaches.unwrap_or(1).max(1),
        })
    });
    let budget = raw
        .budget
        .map(|b| Budget { max: b.max.unwrap_or(4), per: b.per.map_or(30 * DAY, |s| s.0) });
    let config = RetrainConfig {
        drift: when.drift.map(|d| DriftRule {
            breaches: d.breaches.unwrap_or(1).max(1),
            columns: d.columns.unwrap_or_default(),
            signals: d.signals.unwrap_or_default(),
        }),
        performance: performance.transpose()?,
        age: when.age.map(|s| s.0),
        new_rows: when.new_rows,
        cooldown: raw.cooldown.map_or(DAY, |s| s.0),
        budget,
        training: training(raw.command, raw.workflow, raw.dispatch, raw.pipeline)?,
        timeout: raw.timeout.map_or(60 * MINUTE, |s| s.0),
        ticket: raw.ticket.map(|t| TicketConfig {
            labels: t.labels.unwrap_or_else(|| vec!["retrain".to_owned()]),
            kind: t.kind.unwrap_or_else(|| "Issue".to_owned()),
        }),
    };
    let rules = config.drift.is_some() || config.performance.is_some();
    if !rules && config.age.is_none() && config.new_rows.is_none() {
        return Err(Error::config("`retrain.when` names no condition")
            .hint("give at least one of drift, performance, age and new-rows"));
    }
    Ok(config)
}
