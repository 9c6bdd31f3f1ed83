//! Every environment variable that this program reads is named here and nowhere else.

/// Path of the configuration file.
pub const CONFIG: &str = "OUTERLOOP_CONFIG";
/// Name of the model, over `model:` of the file.
pub const MODEL: &str = "OUTERLOOP_MODEL";
/// Remote of the registry, over `registry.remote`.
pub const REMOTE: &str = "OUTERLOOP_REMOTE";
/// Folder of the artifact store, over `store.path`.
pub const STORE: &str = "OUTERLOOP_STORE";
/// Folder of what local endpoints keep between runs, over `.outerloop/endpoints`.
pub const ENDPOINTS: &str = "OUTERLOOP_ENDPOINTS";
/// Who acts, for the history.
pub const ACTOR: &str = "OUTERLOOP_ACTOR";
/// Id of the retrain-requested event, set for the training command and read by `package`.
pub const EVENT: &str = "OUTERLOOP_EVENT";
/// Path of ONNX Runtime's shared library.
pub const ORT_DYLIB: &str = "ORT_DYLIB_PATH";
/// Python that has the `onnxruntime` package, to find the library in.
pub const PYTHON: &str = "OUTERLOOP_PYTHON";

/// `true` in GitHub Actions.
pub const GITHUB_ACTIONS: &str = "GITHUB_ACTIONS";
/// Address of the GitHub server.
pub const GITHUB_SERVER_URL: &str = "GITHUB_SERVER_URL";
/// `owner/name` on GitHub.
pub const GITHUB_REPOSITORY: &str = "GITHUB_REPOSITORY";
/// Number of the workflow run.
pub const GITHUB_RUN_ID: &str = "GITHUB_RUN_ID";
/// Commit that the workflow runs on.
pub const GITHUB_SHA: &str = "GITHUB_SHA";
/// Who started the workflow.
pub const GITHUB_ACTOR: &str = "GITHUB_ACTOR";
/// `True` in Azure Pipelines.
pub const TF_BUILD: &str = "TF_BUILD";
/// Address of the Azure DevOps organisation, with a `/` at its end.
pub const AZURE_COLLECTION: &str = "SYSTEM_COLLECTIONURI";
/// Name of the Azure DevOps project.
pub const AZURE_PROJECT: &str = "SYSTEM_TEAMPROJECT";
/// Number of the pipeline run.
pub const AZURE_BUILD_ID: &str = "BUILD_BUILDID";
/// Commit that the pipeline runs on.
pub const AZURE_COMMIT: &str = "BUILD_SOURCEVERSION";
/// Address of the repository that the pipeline builds.
pub const AZURE_REPOSITORY: &str = "BUILD_REPOSITORY_URI";
/// Who started the pipeline.
pub const AZURE_ACTOR: &str = "BUILD_REQUESTEDFOR";
/// Login name on Unix.
pub const USER: &str = "USER";
/// Login name on Windows.
pub const USERNAME: &str = "USERNAME";

/// Reads a variable; empty counts as unset.
pub fn get(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}
