//! The configuration as used: defaults set and every value checked by
//! `defaults.rs`. All paths are absolute or start
//! at [`Config::root`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::defaults::{
    endpoint_config, engine_address, monitor_config, package_config, retrain_config, text_format,
};
pub use super::detectors::{Detector, Detectors};
use super::env;
use super::forge::{promote_config, pull_request_config};
pub use super::monitoring::{
    AlertRule, ChunkRule, Limit, NotifyConfig, SignalRule, WebhookConfig, WebhookShape,
};
pub use super::predictions::PredictionsConfig;
use super::raw::{RawConfig, RawEndpoint, RawPredictions};
pub use super::registry::{
    AzureMlConfig, GitConfig, MlflowConfig, OciType, RegistryConfig, Remote, StoreConfig,
};
use super::registry::{registry_config, store_config};
use crate::domain::engine_address::EngineAddress;
use crate::domain::error::{Error, Result};
pub use crate::domain::metric::Task;
use crate::domain::name::{EndpointName, ModelName};
use crate::domain::rollout::Plan;
use crate::domain::text::TextFormat;
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
    /// Where the bytes are kept.
    pub store: StoreConfig,
    /// How files of text are written.
    pub text: TextFormat,
    /// What goes into a package.
    pub package: PackageConfig,
    /// What a challenger must show.
    pub gates: Gates,
    /// What the columns of a predictions file mean.
    pub predictions: PredictionsConfig,
    /// `predictions:` as it is written, without defaults, for those who guess what is not.
    pub predictions_written: RawPredictions,
    /// `data`, `gates` and `predictions` as written in the file, without paths: what a verdict follows from.
    pub written: BTreeMap<String, serde_json::Value>,
    /// The engine that profiles tables.
    pub engine: Option<EngineAddress>,
    /// Endpoints by name.
    pub endpoints: BTreeMap<EndpointName, EndpointConfig>,
    /// Folder of what local endpoints keep between runs. A CI job's work tree is a new one each
    /// time, while the server runs on.
    pub endpoints_folder: PathBuf,
    /// What counts as drift.
    pub monitor: MonitorConfig,
    /// When to train again.
    pub retrain: Option<RetrainConfig>,
    /// How an alias is moved.
    pub promote: PromoteConfig,
    /// What is written in a pull request.
    pub pull_request: PullRequestConfig,
}

/// How an alias is moved.
#[derive(Debug, Clone)]
pub struct PromoteConfig {
    /// At once, or by a pull request.
    pub via: Via,
    /// The file that says where each alias should point. It must be in the repository.
    pub pins: PathBuf,
    /// Beginning of the name of the branch that carries the change.
    pub branch: String,
    /// The branch that the change is merged into; none: the default branch.
    pub base: Option<String>,
}

/// The way in which an alias is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// At once, in the registry.
    Registry,
    /// By a change of the pins file that is merged.
    PullRequest,
}

impl std::str::FromStr for Via {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "registry" => Ok(Self::Registry),
            "pull-request" => Ok(Self::PullRequest),
            other => Err(Error::usage(format!("`{}` is no way to promote", other.escape_debug()))
                .hint("write registry or pull-request")),
        }
    }
}

/// What is written in a pull request.
#[derive(Debug, Clone)]
pub struct PullRequestConfig {
    /// One comment that is updated.
    pub comment: bool,
    /// A check run with annotations (GitHub).
    pub check: bool,
    /// A status of the pull request (Azure Repos).
    pub status: bool,
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
    /// How much each feature matters to the model, as JSON: name to number.
    pub importances: Option<PathBuf>,
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
    /// Columns that are categories: numeric ones, and those of times, which are left out else.
    pub categories: Vec<String>,
    /// How the file is written, where it is text.
    pub text: TextFormat,
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
    /// The environment under which GitHub lists the endpoint's deployments; none: its name.
    pub environment: Option<String>,
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
    /// Whose measures and thresholds count where rows are compared with rows.
    pub preset: Option<String>,
    /// Column with the time of each row.
    pub time: Option<String>,
    /// Column that identifies each row.
    pub id: Option<String>,
    /// Numbers with a bound of their own; of two for the same number, the later counts.
    pub signals: Vec<SignalRule>,
    /// Most earlier windows that a signal's history is made of.
    pub history: usize,
    /// Settings of the detectors that a signal may be held to.
    pub detectors: Detectors,
    /// When a signal becomes an alert.
    pub alert: AlertRule,
    /// Who is told of alerts.
    pub notify: NotifyConfig,
    /// Parts of a window.
    pub chunk: Option<ChunkRule>,
    /// How files of text are written.
    pub text: TextFormat,
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
    /// What trains.
    pub training: Training,
    /// Longest time that a command, or waiting for a run, may take.
    pub timeout: Duration,
    /// The issue or work item that accompanies a request.
    pub ticket: Option<TicketConfig>,
}

/// What trains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Training {
    /// A command that runs here; empty: none is configured.
    Command(Vec<String>),
    /// A workflow of GitHub Actions, started by `workflow_dispatch`.
    Workflow {
        /// File name, or id.
        file: String,
        /// Branch or tag; none: the branch of this run.
        reference: Option<String>,
        /// `owner/name`; none: the repository of this run.
        repository: Option<String>,
        /// Inputs besides `event` and `model`.
        inputs: BTreeMap<String, String>,
    },
    /// A `repository_dispatch` on GitHub.
    Dispatch {
        /// The event's type.
        event_type: String,
        /// `owner/name`; none: the repository of this run.
        repository: Option<String>,
    },
    /// A pipeline of Azure Pipelines.
    Pipeline {
        /// Its number.
        id: u64,
        /// The project; none: the project of this run.
        project: Option<String>,
        /// Full reference; none: the pipeline's default branch.
        reference: Option<String>,
        /// Template parameters besides `event` and `model`.
        parameters: BTreeMap<String, String>,
    },
}

/// The issue or work item that accompanies a request.
#[derive(Debug, Clone)]
pub struct TicketConfig {
    /// Labels on GitHub, tags on Azure Boards.
    pub labels: Vec<String>,
    /// Type of the work item on Azure Boards.
    pub kind: String,
}

/// The last `breaches` monitorings found drift.
#[derive(Debug, Clone)]
pub struct DriftRule {
    /// How many in a row.
    pub breaches: u32,
    /// Only these columns count; empty, as `signals`: the whole answer counts.
    pub columns: Vec<String>,
    /// Only these signals count, besides `columns`.
    pub signals: Vec<String>,
}

/// The confidence bound of a metric is on the wrong side.
#[derive(Debug, Clone)]
pub struct PerformanceRule {
    /// Canonical name of one of [`crate::domain::metric::MONITORED`].
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
        let registry =
            registry_config(raw.registry.unwrap_or_default(), raw.given_registry.as_deref())?;
        let store = store_config(
            raw.store.unwrap_or_default(),
            raw.given_store.as_deref(),
            &registry,
            root,
        )?;
        let mut endpoints = BTreeMap::new();
        for (name, endpoint) in raw.endpoints.unwrap_or_default() {
            let key = format!("endpoints.{name}");
            let name = name.parse().map_err(|e: Error| e.during(key.clone()))?;
            endpoints.insert(name, endpoint_config(endpoint, &key)?);
        }
        let text = text_format(raw.data.unwrap_or_default())?;
        let package = package_config(raw.package.unwrap_or_default(), root, text)?;
        let predictions_written = raw.predictions.unwrap_or_default();
        Ok(Self {
            root: root.to_owned(),
            file,
            model,
            registry,
            store,
            text,
            gates: raw.gates.unwrap_or_default().with_data(&package.data).checked()?,
            package,
            predictions: PredictionsConfig::from_raw(predictions_written.clone(), root)?,
            predictions_written,
            written: BTreeMap::new(),
            engine: engine_address(raw.engine)?,
            endpoints,
            endpoints_folder: root.join(
                env::get(env::ENDPOINTS).unwrap_or_else(|| ".outerloop/endpoints".to_owned()),
            ),
            monitor: monitor_config(raw.monitor.unwrap_or_default(), text)?,
            retrain: raw.retrain.map(retrain_config).transpose()?,
            promote: promote_config(raw.promote.unwrap_or_default(), root)?,
            pull_request: pull_request_config(&raw.pull_request.unwrap_or_default()),
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
        self.endpoints_folder.join(name.as_str())
    }
}
