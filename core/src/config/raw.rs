//! The file as written: every key optional, unknown keys refused. Defaults are set in
//! [`super::valid`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::detectors::RawDetectors;
use super::monitoring::{RawAlert, RawChunk, RawNotify, RawSignal};
use super::units::{Bytes, Span};
use crate::gates::settings::Gates;

/// `outerloop.yaml`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawConfig {
    /// Name of the model.
    pub model: Option<String>,
    /// Where versions and events are kept.
    pub registry: Option<RawRegistry>,
    /// Where bytes are kept.
    pub store: Option<RawStore>,
    /// How files of text (CSV, JSONL) are written.
    pub data: Option<RawData>,
    /// What goes into a package.
    pub package: Option<RawPackage>,
    /// What a challenger must show.
    pub gates: Option<Gates>,
    /// What the columns of a predictions file mean.
    pub predictions: Option<RawPredictions>,
    /// The engine that profiles tables: `sc://host:port`, with parameters as Spark Connect has them.
    /// A token does not belong here but into OUTERLOOP_ENGINE_TOKEN.
    pub engine: Option<String>,
    /// Endpoints by name.
    pub endpoints: Option<BTreeMap<String, RawEndpoint>>,
    /// What counts as drift.
    pub monitor: Option<RawMonitor>,
    /// When to train again.
    pub retrain: Option<RawRetrain>,
    /// How an alias is moved.
    pub promote: Option<RawPromote>,
    /// What is written in a pull request.
    pub pull_request: Option<RawPullRequest>,
    /// The registry as one address, from the command line.
    #[serde(skip)]
    pub given_registry: Option<String>,
    /// The store's folder or address, from the command line.
    #[serde(skip)]
    pub given_store: Option<String>,
}

/// `promote:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawPromote {
    /// `registry`: at once; `pull-request`: by a change of the pins file that is merged.
    pub via: Option<String>,
    /// The file that says where each alias should point.
    pub pins: Option<PathBuf>,
    /// Beginning of the name of the branch that carries the change.
    pub branch: Option<String>,
    /// The branch that the change is merged into.
    pub base: Option<String>,
}

/// `pull-request:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawPullRequest {
    /// One comment that is updated: on GitHub a comment, on Azure Repos a thread.
    pub comment: Option<bool>,
    /// A check run with annotations (GitHub).
    pub check: Option<bool>,
    /// A status of the pull request (Azure Repos).
    pub status: Option<bool>,
}

/// `registry:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawRegistry {
    /// `git`, `mlflow` or `azure-ml`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Git reference that holds the registry.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// Name of the git remote, or `none`.
    pub remote: Option<String>,
    /// Also write GTO-style tags.
    pub gto_tags: Option<bool>,
    /// Address of the MLflow server.
    pub url: Option<String>,
    /// Id of the subscription (Azure Machine Learning).
    pub subscription: Option<String>,
    /// Resource group of the workspace (Azure Machine Learning).
    pub resource_group: Option<String>,
    /// The workspace (Azure Machine Learning).
    pub workspace: Option<String>,
    /// A registry of Azure Machine Learning, instead of a workspace.
    pub name: Option<String>,
}

/// `store:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawStore {
    /// Folder.
    pub path: Option<PathBuf>,
    /// Another store: `az://…`, `s3://…`, `gs://…`, `oci://…`, `mlflow` or `azure-ml`.
    pub url: Option<String>,
    /// What a package becomes in an OCI registry: `artifact` (ModelPack) or `image`, a container
    /// image with the files below `/models`.
    pub oci_type: Option<String>,
}

/// `data:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawData {
    /// What the bytes mean, by a label of the WHATWG's Encoding Standard such as `windows-1252`;
    /// left out: UTF-8, or what a mark at the beginning says.
    pub encoding: Option<String>,
    /// Whether the first line of CSV names the columns; left out: unless it holds values.
    pub header: Option<bool>,
}

/// `package:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawPackage {
    /// The model's file or folder.
    pub path: Option<PathBuf>,
    /// Where the package folder is written.
    pub out: Option<PathBuf>,
    /// `metrics.json`.
    pub metrics: Option<PathBuf>,
    /// How much each feature matters to the model, as JSON: name to number.
    pub importances: Option<PathBuf>,
    /// Baseline data.
    pub baseline: Option<RawBaseline>,
    /// Sample request.
    pub sample: Option<PathBuf>,
    /// Data sets whose digests go into the provenance, by name.
    pub data: Option<BTreeMap<String, PathBuf>>,
}

/// `package.baseline:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawBaseline {
    /// The file.
    pub path: Option<PathBuf>,
    /// Column of the model's output.
    pub prediction: Option<String>,
    /// Column of the true answer.
    pub label: Option<String>,
    /// Columns to leave out, such as ids.
    pub ignore: Option<Vec<String>>,
    /// Columns that are categories: numeric ones, and those of times, which are left out else.
    pub categories: Option<Vec<String>>,
}

/// `predictions:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawPredictions {
    /// The file, when `--predictions` does not say.
    pub path: Option<PathBuf>,
    /// A second file with the champion's scores, joined by `id`, when `--champion-predictions` does
    /// not say.
    pub champion_path: Option<PathBuf>,
    /// Labelled rows that the packages' models score themselves, when no predictions file is given.
    pub data: Option<PathBuf>,
    /// Columns of the data, in order, for a model that takes a matrix; left out: all others than the
    /// label, the weight, the group and the id.
    pub features: Option<Vec<String>>,
    /// The model's output that is the score; left out: the one that suits the task.
    pub output: Option<String>,
    /// Longest time that a model may take for one request, such as `60s`.
    pub timeout: Option<Span>,
    /// `binary`, `multiclass` or `regression`.
    pub task: Option<String>,
    /// Column of the true answer.
    pub label: Option<String>,
    /// Label that counts as positive.
    pub positive: Option<String>,
    /// Column of the challenger's score; of a multiclass task, its answered class.
    pub score: Option<String>,
    /// Columns with the probability of each class, for a multiclass task; `proba_*` means every
    /// column that begins so, and what `*` stands for is the class.
    pub probabilities: Option<Vec<String>>,
    /// Column of the champion's score; of a multiclass task, its answered class.
    pub champion: Option<String>,
    /// Columns with the champion's probability of each class, as `probabilities`.
    pub champion_probabilities: Option<Vec<String>>,
    /// Column that says how much each row counts, 0 or more.
    pub weight: Option<String>,
    /// Column with the group of each row (a customer, a patient), which is resampled as a whole.
    pub cluster: Option<String>,
    /// Column that identifies each row, by which two files are joined.
    pub id: Option<String>,
    /// Rows to leave out and count instead of refusing the file: `unlabelled`, `unmatched`.
    pub drop: Option<Vec<String>>,
    /// Score from which a row counts as positive.
    pub threshold: Option<f64>,
    /// Columns to look at slice by slice.
    pub slices: Option<Vec<String>>,
}

/// One of `endpoints:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawEndpoint {
    /// Address to bind.
    pub host: Option<String>,
    /// Port; 0 takes a free one.
    pub port: Option<u16>,
    /// `onnx`, `mlflow`, `azmlinfsrv` or `command`.
    pub runtime: Option<String>,
    /// Command template of a child process: `{model}`, `{port}`, `{host}`.
    pub command: Option<Vec<String>>,
    /// Path that answers 200 once the child is ready.
    pub health: Option<String>,
    /// Path that takes scoring requests.
    pub score: Option<String>,
    /// Longest time that loading may take.
    pub load_timeout: Option<Span>,
    /// Longest time that one request may take.
    pub request_timeout: Option<Span>,
    /// The log of requests and answers.
    pub log: Option<RawLog>,
    /// How a candidate takes over.
    pub rollout: Option<RawRollout>,
    /// The environment under which GitHub lists the endpoint's deployments.
    pub environment: Option<String>,
}

/// `endpoints.*.log:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawLog {
    /// Share of requests written (0–1).
    pub sample: Option<f64>,
    /// Size at which a new file is begun.
    pub max_bytes: Option<Bytes>,
    /// Files kept.
    pub max_files: Option<u32>,
}

/// `endpoints.*.rollout:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawRollout {
    /// Percent of requests copied before the candidate answers any.
    pub mirror: Option<u8>,
    /// Weights, ascending, the last 100.
    pub steps: Option<Vec<u8>>,
    /// Shortest stay in a step.
    pub bake: Option<Span>,
    /// Requests that the candidate must see in a step.
    pub min_requests: Option<u64>,
    /// Longest stay in a step.
    pub step_timeout: Option<Span>,
    /// Largest share of failed requests.
    pub max_error_rate: Option<f64>,
    /// By how much that share may lie above the stable version's; left out, `max-error-rate`.
    pub max_error_increase: Option<f64>,
    /// Largest ratio of p99 latencies.
    pub max_latency_ratio: Option<f64>,
    /// p99 latency below which the ratio is not looked at.
    pub latency_floor: Option<Span>,
    /// Largest Jensen-Shannon distance of the predictions.
    pub max_prediction_shift: Option<f64>,
}

/// `monitor:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawMonitor {
    /// Fewest rows that allow an answer.
    pub min_rows: Option<u64>,
    /// PSI from which a column has drifted.
    pub psi: Option<f64>,
    /// Jensen-Shannon distance (base 2) from which a column has drifted.
    pub jensen_shannon: Option<f64>,
    /// Normed Wasserstein distance from which a numeric column has drifted.
    pub wasserstein: Option<f64>,
    /// Kolmogorov-Smirnov statistic from which a numeric column has drifted.
    pub ks: Option<f64>,
    /// Rise of the null rate from which a column has drifted.
    pub null_rate: Option<f64>,
    /// Share of values outside the baseline's range from which a column has drifted.
    pub out_of_range: Option<f64>,
    /// Share of values in categories that the baseline does not have.
    pub new_categories: Option<f64>,
    /// Largest p-value at which a distance counts as significant (after Holm's correction).
    pub significance: Option<f64>,
    /// Columns that must drift for the data set to have drifted.
    pub min_columns: Option<u64>,
    /// Columns to leave out.
    pub ignore: Option<Vec<String>>,
    /// Column of the true answer in the current data.
    pub label: Option<String>,
    /// Column of the model's output in the current data.
    pub prediction: Option<String>,
    /// Whose measures and thresholds count where rows are compared with rows: `outerloop`,
    /// `evidently`, `nannyml` or `azure-ml`.
    pub preset: Option<String>,
    /// Column with the time of each row, for `--since`, `--until` and chunks of time.
    pub time: Option<String>,
    /// Column that identifies each row, by which labels that come later are joined.
    pub id: Option<String>,
    /// Numbers to hold to a bound of their own, or to their own history.
    pub signals: Option<Vec<RawSignal>>,
    /// Most earlier windows that a signal's history is made of.
    pub history: Option<u64>,
    /// Settings of the detectors that `signals` may name.
    pub detectors: Option<RawDetectors>,
    /// When a signal that breaches becomes an alert.
    pub alert: Option<RawAlert>,
    /// Who is told of alerts.
    pub notify: Option<RawNotify>,
    /// Parts of a window that are looked at one by one, besides the whole.
    pub chunk: Option<RawChunk>,
}

/// `retrain:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawRetrain {
    /// Any of these asks for a retraining.
    pub when: Option<RawWhen>,
    /// Least time between two requests.
    pub cooldown: Option<Span>,
    /// Most requests in a period.
    pub budget: Option<RawBudget>,
    /// What trains: a command that runs here.
    pub command: Option<Vec<String>>,
    /// What trains: a workflow of GitHub Actions, started by `workflow_dispatch`.
    pub workflow: Option<RawWorkflow>,
    /// What trains: every workflow of a GitHub repository that listens to a `repository_dispatch`.
    pub dispatch: Option<RawDispatch>,
    /// What trains: a pipeline of Azure Pipelines.
    pub pipeline: Option<RawPipeline>,
    /// Longest time that a command, or `retrain --wait`, may take.
    pub timeout: Option<Span>,
    /// An issue or work item that is open from the request to the promotion that answers it.
    pub ticket: Option<RawTicket>,
}

/// `retrain.workflow:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawWorkflow {
    /// File name in `.github/workflows`, or the workflow's id.
    pub file: Option<String>,
    /// Branch or tag to run on.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// `owner/name`, when the training lives in another repository.
    pub repository: Option<String>,
    /// Inputs, besides `event` and `model`.
    pub inputs: Option<BTreeMap<String, String>>,
}

/// `retrain.dispatch:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawDispatch {
    /// The event's type, which `on.repository_dispatch.types` names.
    pub event_type: Option<String>,
    /// `owner/name`, when the training lives in another repository.
    pub repository: Option<String>,
}

/// `retrain.pipeline:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawPipeline {
    /// The pipeline's number: `definitionId` in its address.
    pub id: Option<u64>,
    /// The project, when the pipeline lives in another one.
    pub project: Option<String>,
    /// Branch to run on, such as `refs/heads/main`.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// Template parameters, besides `event` and `model`.
    pub parameters: Option<BTreeMap<String, String>>,
}

/// `retrain.ticket:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawTicket {
    /// Labels on GitHub, tags on Azure Boards.
    pub labels: Option<Vec<String>>,
    /// Type of the work item on Azure Boards, such as `Issue` or `Bug`.
    pub kind: Option<String>,
}

/// `retrain.when:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawWhen {
    /// The last `breaches` monitorings found drift.
    pub drift: Option<RawDriftRule>,
    /// The lower bound of a metric is under a floor.
    pub performance: Option<RawPerformanceRule>,
    /// The champion is older than this.
    pub age: Option<Span>,
    /// At least this many new rows were monitored since the champion was registered.
    pub new_rows: Option<u64>,
}

/// `retrain.when.drift:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawDriftRule {
    /// How many monitorings in a row.
    pub breaches: Option<u32>,
    /// Only these columns count; left out, the whole answer counts.
    pub columns: Option<Vec<String>>,
    /// Only these signals count, besides `columns`: names such as `drift.AGE.psi`.
    pub signals: Option<Vec<String>>,
}

/// `retrain.when.performance:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawPerformanceRule {
    /// Metric.
    pub metric: Option<String>,
    /// Floor for a metric where higher is better.
    pub min: Option<f64>,
    /// Ceiling for a metric where lower is better.
    pub max: Option<f64>,
    /// How many monitorings in a row.
    pub breaches: Option<u32>,
}

/// `retrain.budget:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawBudget {
    /// Most requests …
    pub max: Option<u32>,
    /// … in this time.
    pub per: Option<Span>,
}
