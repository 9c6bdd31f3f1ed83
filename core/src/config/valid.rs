//! The configuration as used: defaults set, every value checked. All paths are absolute or start
//! at [`Config::root`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::env;
use super::raw::{
    RawBaseline, RawConfig, RawEndpoint, RawMonitor, RawPackage, RawPredictions, RawRegistry,
    RawRetrain, RawRollout,
};
use crate::domain::error::{Error, Result};
pub use crate::domain::metric::Task;
use crate::domain::metric::{MONITORED, canonical_name};
use crate::domain::name::{EndpointName, ModelName};
use crate::domain::rollout::{Limits, Plan};
use crate::gates::settings::Gates;

/// Everything that `outerloop.yaml`, the environment and the defaults say.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder of the configuration file, else the working directory. Relative paths start here.
    pub root: PathBuf,
    /// The configuration file, where there is one.
    pub file: Option<PathBuf>,
    /// The model.
    pub model: Option<ModelName>,
    /// Where versions and events are kept.
    pub registry: RegistryConfig,
    /// Folder of the artifact store.
    pub store: PathBuf,
    /// What goes into a package.
    pub package: PackageConfig,
    /// What a challenger must show.
    pub gates: Gates,
    /// What the columns of a predictions file mean.
    pub predictions: PredictionsConfig,
    /// Endpoints by name.
    pub endpoints: BTreeMap<EndpointName, EndpointConfig>,
    /// What counts as drift.
    pub monitor: MonitorConfig,
    /// When to train again.
    pub retrain: Option<RetrainConfig>,
}

/// The git registry.
#[derive(Debug, Clone)]
pub struct RegistryConfig {
    /// Full reference name.
    pub reference: String,
    /// Which remote.
    pub remote: Remote,
    /// Also write GTO-style tags.
    pub gto_tags: bool,
}

/// Which git remote holds the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remote {
    /// `origin` where it exists, else none.
    Auto,
    /// Only the local repository.
    None,
    /// This one.
    Named(String),
}

/// What goes into a package.
#[derive(Debug, Clone)]
pub struct PackageConfig {
    /// The model's file or folder.
    pub path: Option<PathBuf>,
    /// Where the package folder is written.
    pub out: PathBuf,
    /// `metrics.json`.
    pub metrics: Option<PathBuf>,
    /// Baseline data.
    pub baseline: Option<BaselineConfig>,
    /// Sample request.
    pub sample: Option<PathBuf>,
    /// Data sets whose digests go into the provenance.
    pub data: BTreeMap<String, PathBuf>,
}

/// Baseline data and what its columns mean.
#[derive(Debug, Clone, Default)]
pub struct BaselineConfig {
    /// The file.
    pub path: PathBuf,
    /// Column of the model's output.
    pub prediction: Option<String>,
    /// Column of the true answer.
    pub label: Option<String>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// Numeric columns that are categories.
    pub categories: Vec<String>,
}

/// What the columns of a predictions file mean.
#[derive(Debug, Clone)]
pub struct PredictionsConfig {
    /// The file.
    pub path: Option<PathBuf>,
    /// Kind of prediction.
    pub task: Task,
    /// Column of the true answer.
    pub label: String,
    /// Label that counts as positive.
    pub positive: Option<String>,
    /// Column of the challenger's score.
    pub score: String,
    /// Column of the champion's score.
    pub champion: String,
    /// Score from which a row counts as positive.
    pub threshold: f64,
    /// Columns to look at slice by slice.
    pub slices: Vec<String>,
}

/// How a model is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runtime {
    /// ONNX Runtime in this process.
    Onnx,
    /// A child process.
    Command {
        /// Program and arguments with `{model}`, `{files}`, `{host}` and `{port}` in them.
        command: Vec<String>,
        /// Path that answers 200 once it is ready.
        health: String,
        /// Path that takes scoring requests.
        score: String,
    },
}

/// A local endpoint.
#[derive(Debug, Clone)]
pub struct EndpointConfig {
    /// Address to bind.
    pub host: String,
    /// Port; 0 takes a free one.
    pub port: u16,
    /// How a model is run.
    pub runtime: Runtime,
    /// Longest time that loading may take.
    pub load_timeout: Duration,
    /// Longest time that one request may take.
    pub request_timeout: Duration,
    /// The log of requests and answers.
    pub log: LogConfig,
    /// How a candidate takes over.
    pub plan: Plan,
}

/// The log of requests and answers.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// Share of requests written (0–1).
    pub sample: f64,
    /// Size at which a new file is begun.
    pub max_bytes: u64,
    /// Files kept.
    pub max_files: u32,
}

/// What counts as drift. A column has drifted when a value is strictly above its threshold *and* the
/// test beside it is significant; this holds for distances and for the quality signals (null rate,
/// range, new categories) alike.
#[derive(Debug, Clone)]
pub struct MonitorConfig {
    /// Fewest rows that allow an answer.
    pub min_rows: u64,
    /// PSI.
    pub psi: f64,
    /// Jensen-Shannon distance, base 2.
    pub jensen_shannon: f64,
    /// Wasserstein distance over the baseline's standard deviation.
    pub wasserstein: f64,
    /// Kolmogorov-Smirnov statistic.
    pub ks: f64,
    /// Rise of the null rate.
    pub null_rate: f64,
    /// Share of values outside the baseline's range.
    pub out_of_range: f64,
    /// Share of values in new categories.
    pub new_categories: f64,
    /// Largest p-value that counts as significant, after Holm's correction over the columns.
    pub significance: f64,
    /// Columns that must drift for the data set to have drifted.
    pub min_columns: u64,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// Column of the true answer.
    pub label: Option<String>,
    /// Column of the model's output.
    pub prediction: Option<String>,
}

/// When to train again.
#[derive(Debug, Clone)]
pub struct RetrainConfig {
    /// Drift rule.
    pub drift: Option<DriftRule>,
    /// Performance rule.
    pub performance: Option<PerformanceRule>,
    /// Oldest champion.
    pub age: Option<Duration>,
    /// Rows monitored since the champion was registered.
    pub new_rows: Option<u64>,
    /// Least time between two requests.
    pub cooldown: Duration,
    /// Most requests in a period.
    pub budget: Option<Budget>,
    /// The training command.
    pub command: Vec<String>,
    /// Longest time that it may take.
    pub timeout: Duration,
}

/// The last `breaches` monitorings found drift.
#[derive(Debug, Clone)]
pub struct DriftRule {
    /// How many in a row.
    pub breaches: u32,
    /// Only these columns count; empty: the whole answer counts.
    pub columns: Vec<String>,
}

/// The confidence bound of a metric is on the wrong side.
#[derive(Debug, Clone)]
pub struct PerformanceRule {
    /// Canonical name of one of [`MONITORED`].
    pub metric: String,
    /// Floor.
    pub min: Option<f64>,
    /// Ceiling.
    pub max: Option<f64>,
    /// How many in a row.
    pub breaches: u32,
}

/// Most requests in a period.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Most requests …
    pub max: u32,
    /// … in this time.
    pub per: Duration,
}

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Config {
    /// Sets defaults and checks every value.
    ///
    /// # Errors
    /// The first value that is wrong, by its key.
    pub fn from_raw(raw: RawConfig, root: &Path, file: Option<PathBuf>) -> Result<Self> {
        let named = env::get(env::MODEL).map(|name| (name, env::MODEL));
        let model = match named.or(raw.model.map(|name| (name, "model"))) {
            Some((name, from)) => Some(name.parse().map_err(|e: Error| e.during(from))?),
            None => None,
        };
        let store = env::get(env::STORE)
            .map(PathBuf::from)
            .or(raw.store.and_then(|s| s.path))
            .unwrap_or_else(|| ".outerloop/store".into());
        let mut endpoints = BTreeMap::new();
        for (name, endpoint) in raw.endpoints.unwrap_or_default() {
            let key = format!("endpoints.{name}");
            let name = name.parse().map_err(|e: Error| e.during(key.clone()))?;
            endpoints.insert(name, endpoint_config(endpoint, &key)?);
        }
        Ok(Self {
            root: root.to_owned(),
            file,
            model,
            registry: registry_config(raw.registry.unwrap_or_default())?,
            store: root.join(store),
            package: package_config(raw.package.unwrap_or_default(), root)?,
            gates: raw.gates.unwrap_or_default().checked()?,
            predictions: predictions_config(raw.predictions.unwrap_or_default(), root)?,
            endpoints,
            monitor: monitor_config(raw.monitor.unwrap_or_default())?,
            retrain: raw.retrain.map(retrain_config).transpose()?,
        })
    }

    /// The configuration without a file.
    ///
    /// # Errors
    /// An environment variable with a value that cannot be used.
    pub fn without_file(root: &Path) -> Result<Self> {
        Self::from_raw(RawConfig::default(), root, None)
    }

    /// The model, or an error that says where to name it.
    ///
    /// # Errors
    /// No model is named.
    pub fn require_model(&self) -> Result<&ModelName> {
        self.model.as_ref().ok_or_else(|| {
            Error::usage("no model is named")
                .hint("write `model: NAME` into outerloop.yaml, or set OUTERLOOP_MODEL")
        })
    }

    /// The endpoint's settings; one that the file does not name gets the defaults.
    ///
    /// # Errors
    /// Never with a valid name; kept for the defaults' own checks.
    pub fn endpoint(&self, name: &EndpointName) -> Result<EndpointConfig> {
        match self.endpoints.get(name) {
            Some(endpoint) => Ok(endpoint.clone()),
            None => endpoint_config(RawEndpoint::default(), &format!("endpoints.{name}")),
        }
    }

    /// Folder for what one endpoint keeps between runs: address, token, slots, log.
    pub fn endpoint_folder(&self, name: &EndpointName) -> PathBuf {
        self.root.join(".outerloop").join("endpoints").join(name.as_str())
    }
}

fn out_of_bounds(key: &str, value: impl std::fmt::Display, expected: &str) -> Error {
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

fn finite(key: &str, value: Option<f64>, default: f64) -> Result<f64> {
    let value = value.unwrap_or(default);
    if value.is_finite() { Ok(value) } else { Err(out_of_bounds(key, value, "a finite number")) }
}

fn positive(key: &str, value: Option<f64>, default: f64) -> Result<f64> {
    let value = value.unwrap_or(default);
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(out_of_bounds(key, value, "a number above 0"))
    }
}

fn registry_config(raw: RawRegistry) -> Result<RegistryConfig> {
    let reference = raw.reference.unwrap_or_else(|| "refs/outerloop/registry".to_owned());
    if !reference.starts_with("refs/") || !git2::Reference::is_valid_name(&reference) {
        return Err(out_of_bounds(
            "registry.ref",
            reference,
            "a full git reference such as refs/outerloop/registry",
        ));
    }
    let remote = match env::get(env::REMOTE).or(raw.remote).as_deref() {
        None | Some("auto") => Remote::Auto,
        Some("none") => Remote::None,
        Some(name) if name.starts_with('-') => {
            return Err(out_of_bounds(
                "registry.remote",
                name,
                "the name of a git remote, or none",
            ));
        }
        Some(name) => Remote::Named(name.to_owned()),
    };
    Ok(RegistryConfig { reference, remote, gto_tags: raw.gto_tags.unwrap_or(false) })
}

fn package_config(raw: RawPackage, root: &Path) -> Result<PackageConfig> {
    Ok(PackageConfig {
        path: raw.path.map(|p| root.join(p)),
        out: root.join(raw.out.unwrap_or_else(|| "outerloop-package".into())),
        metrics: raw.metrics.map(|p| root.join(p)),
        baseline: raw.baseline.map(|b| baseline_config(b, root)).transpose()?,
        sample: raw.sample.map(|p| root.join(p)),
        data: raw.data.unwrap_or_default().into_iter().map(|(k, p)| (k, root.join(p))).collect(),
    })
}

fn baseline_config(raw: RawBaseline, root: &Path) -> Result<BaselineConfig> {
    let path = raw.path.ok_or_else(|| {
        Error::config("`package.baseline` has no `path`")
            .hint("name the data that the model was trained or tested on")
    })?;
    Ok(BaselineConfig {
        path: root.join(path),
        prediction: raw.prediction,
        label: raw.label,
        ignore: raw.ignore.unwrap_or_default(),
        categories: raw.categories.unwrap_or_default(),
    })
}

fn predictions_config(raw: RawPredictions, root: &Path) -> Result<PredictionsConfig> {
    let task = match raw.task.as_deref() {
        None | Some("binary") => Task::Binary,
        Some("regression") => Task::Regression,
        Some(other) => {
            return Err(out_of_bounds("predictions.task", other, "binary or regression"));
        }
    };
    Ok(PredictionsConfig {
        path: raw.path.map(|p| root.join(p)),
        task,
        label: raw.label.unwrap_or_else(|| "label".to_owned()),
        positive: raw.positive,
        score: raw.score.unwrap_or_else(|| "score".to_owned()),
        champion: raw.champion.unwrap_or_else(|| "champion".to_owned()),
        threshold: finite("predictions.threshold", raw.threshold, 0.5)?,
        slices: raw.slices.unwrap_or_default(),
    })
}

fn endpoint_config(raw: RawEndpoint, key: &str) -> Result<EndpointConfig> {
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
    Ok(Plan {
        mirror,
        steps,
        bake_ms: millis(bake),
        min_requests: raw.min_requests.unwrap_or(100),
        step_timeout_ms: millis(timeout),
        limits: Limits {
            max_error_rate: share(&format!("{key}.max-error-rate"), raw.max_error_rate, 0.01)?,
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

fn monitor_config(raw: RawMonitor) -> Result<MonitorConfig> {
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
    })
}

/// The canonical name of a metric that monitoring measures.
fn monitored_metric(key: &str, text: &str) -> Result<String> {
    let name = canonical_name(text);
    if MONITORED.contains(&name.as_str()) {
        return Ok(name);
    }
    let expected = format!("a metric that monitoring measures: {}", MONITORED.join(", "));
    Err(out_of_bounds(key, text.escape_debug(), &expected))
}

fn retrain_config(raw: RawRetrain) -> Result<RetrainConfig> {
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
        }),
        performance: performance.transpose()?,
        age: when.age.map(|s| s.0),
        new_rows: when.new_rows,
        cooldown: raw.cooldown.map_or(DAY, |s| s.0),
        budget,
        command: raw.command.unwrap_or_default(),
        timeout: raw.timeout.map_or(60 * MINUTE, |s| s.0),
    };
    let rules = config.drift.is_some() || config.performance.is_some();
    if !rules && config.age.is_none() && config.new_rows.is_none() {
        return Err(Error::config("`retrain.when` names no condition")
            .hint("give at least one of drift, performance, age and new-rows"));
    }
    Ok(config)
}
