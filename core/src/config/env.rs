//! Every environment variable that this program reads is named here and nowhere else.

/// Path of the configuration file.
pub const CONFIG: &str = "OUTERLOOP_CONFIG";
/// Name of the model, over `model:` of the file.
pub const MODEL: &str = "OUTERLOOP_MODEL";
/// The registry as one address, over `registry` of the file.
pub const REGISTRY: &str = "OUTERLOOP_REGISTRY";
/// Remote of the registry, over `registry.remote`.
pub const REMOTE: &str = "OUTERLOOP_REMOTE";
/// Folder or address of the artifact store, over `store`.
pub const STORE: &str = "OUTERLOOP_STORE";
/// Longest time for which a store may say nothing.
pub const STALL_TIMEOUT: &str = "OUTERLOOP_STALL_TIMEOUT";
/// Folder of what local endpoints keep between runs, over `.outerloop/endpoints`.
pub const ENDPOINTS: &str = "OUTERLOOP_ENDPOINTS";
/// Who acts, for the history.
pub const ACTOR: &str = "OUTERLOOP_ACTOR";
/// Id of the retrain-requested event, set for the training command and read by `package`.
pub const EVENT: &str = "OUTERLOOP_EVENT";
/// Address of a webhook that is told of alerts, where `monitor.notify.webhook.url-env` names no other.
pub const WEBHOOK: &str = "OUTERLOOP_WEBHOOK";
/// Path of the JSON file that a program of `gates.custom` reads; set for it.
pub const GATE_INPUT: &str = "OUTERLOOP_GATE_INPUT";
/// Token or key of an endpoint that scores rows.
pub const ENDPOINT_TOKEN: &str = "OUTERLOOP_ENDPOINT_TOKEN";
/// The same of the champion's endpoint, where that is on another server.
pub const CHAMPION_ENDPOINT_TOKEN: &str = "OUTERLOOP_CHAMPION_ENDPOINT_TOKEN";
/// Address of the engine, over `engine:` of the file.
pub const ENGINE: &str = "OUTERLOOP_ENGINE";
/// Token of the engine, where its address has none.
pub const ENGINE_TOKEN: &str = "OUTERLOOP_ENGINE_TOKEN";
/// Path of ONNX Runtime's shared library.
pub const ORT_DYLIB: &str = "ORT_DYLIB_PATH";
/// Python that has the `onnxruntime` package, to find the library in.
pub const PYTHON: &str = "OUTERLOOP_PYTHON";

/// Name of the storage account on Azure.
pub const AZURE_STORAGE_ACCOUNT_NAME: &str = "AZURE_STORAGE_ACCOUNT_NAME";
/// The same, as the Azure CLI calls it.
pub const AZURE_STORAGE_ACCOUNT: &str = "AZURE_STORAGE_ACCOUNT";
/// Key of the storage account.
pub const AZURE_STORAGE_ACCOUNT_KEY: &str = "AZURE_STORAGE_ACCOUNT_KEY";
/// The same, as the Azure CLI calls it.
pub const AZURE_STORAGE_KEY: &str = "AZURE_STORAGE_KEY";
/// Shared access signature for the storage account.
pub const AZURE_STORAGE_SAS_TOKEN: &str = "AZURE_STORAGE_SAS_TOKEN";
/// Access token for Azure storage.
pub const AZURE_STORAGE_TOKEN: &str = "AZURE_STORAGE_TOKEN";
/// Address of the blobs, where it is not the usual one.
pub const AZURE_STORAGE_ENDPOINT: &str = "AZURE_STORAGE_ENDPOINT";
/// `true`: the emulator on this machine.
pub const AZURE_STORAGE_USE_EMULATOR: &str = "AZURE_STORAGE_USE_EMULATOR";
/// Address of the emulator.
pub const AZURITE_BLOB_STORAGE_URL: &str = "AZURITE_BLOB_STORAGE_URL";
/// Id of the key for Amazon S3.
pub const AWS_ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
/// The key for Amazon S3.
pub const AWS_SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
/// What belongs to a temporary key.
pub const AWS_SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";
/// Region of the bucket.
pub const AWS_REGION: &str = "AWS_REGION";
/// The same, as older tools call it.
pub const AWS_DEFAULT_REGION: &str = "AWS_DEFAULT_REGION";
/// Address of another server that speaks the protocol of S3.
pub const AWS_ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";
/// The same, for S3 alone.
pub const AWS_ENDPOINT_URL_S3: &str = "AWS_ENDPOINT_URL_S3";
/// Access token for Google Cloud.
pub const GOOGLE_OAUTH_ACCESS_TOKEN: &str = "GOOGLE_OAUTH_ACCESS_TOKEN";
/// The same, as gcloud calls it.
pub const CLOUDSDK_AUTH_ACCESS_TOKEN: &str = "CLOUDSDK_AUTH_ACCESS_TOKEN";
/// Address of an emulator of Google Cloud Storage.
pub const STORAGE_EMULATOR_HOST: &str = "STORAGE_EMULATOR_HOST";

/// Address of an MLflow server, where `registry.url` names none.
pub const MLFLOW_TRACKING_URI: &str = "MLFLOW_TRACKING_URI";
/// Token for an MLflow server.
pub const MLFLOW_TRACKING_TOKEN: &str = "MLFLOW_TRACKING_TOKEN";
/// User of an MLflow server.
pub const MLFLOW_TRACKING_USERNAME: &str = "MLFLOW_TRACKING_USERNAME";
/// The user's password.
pub const MLFLOW_TRACKING_PASSWORD: &str = "MLFLOW_TRACKING_PASSWORD";
/// File with the certificates that vouch for an MLflow server.
pub const MLFLOW_TRACKING_SERVER_CERT_PATH: &str = "MLFLOW_TRACKING_SERVER_CERT_PATH";
/// `true`: no certificate of an MLflow server is checked.
pub const MLFLOW_TRACKING_INSECURE_TLS: &str = "MLFLOW_TRACKING_INSECURE_TLS";
/// `false`: large files go through the MLflow server, never past it.
pub const MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: &str = "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD";
/// `false`: files come through the MLflow server, never past it.
pub const MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: &str = "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD";
/// Address of a Databricks workspace.
pub const DATABRICKS_HOST: &str = "DATABRICKS_HOST";
/// Token for it.
pub const DATABRICKS_TOKEN: &str = "DATABRICKS_TOKEN";

/// Folder of Docker's configuration, where `docker login` leaves its logins.
pub const DOCKER_CONFIG: &str = "DOCKER_CONFIG";
/// The user's own folder.
pub const HOME: &str = "HOME";
/// The same on Windows.
pub const USER_PROFILE: &str = "USERPROFILE";

/// `true` in GitHub Actions.
pub const GITHUB_ACTIONS: &str = "GITHUB_ACTIONS";
/// Address of the GitHub server.
pub const GITHUB_SERVER_URL: &str = "GITHUB_SERVER_URL";
/// Address of GitHub's REST API.
pub const GITHUB_API_URL: &str = "GITHUB_API_URL";
/// Token for GitHub's REST API.
pub const GITHUB_TOKEN: &str = "GITHUB_TOKEN";
/// The branch, tag or pull request that the workflow runs on, as a full reference.
pub const GITHUB_REF: &str = "GITHUB_REF";
/// `owner/name` on GitHub.
pub const GITHUB_REPOSITORY: &str = "GITHUB_REPOSITORY";
/// Number of the workflow run.
pub const GITHUB_RUN_ID: &str = "GITHUB_RUN_ID";
/// Commit that the workflow runs on.
pub const GITHUB_SHA: &str = "GITHUB_SHA";
/// Who started the workflow.
pub const GITHUB_ACTOR: &str = "GITHUB_ACTOR";
/// Name of the event that started the workflow.
pub const GITHUB_EVENT_NAME: &str = "GITHUB_EVENT_NAME";
/// File with the event that started the workflow, as JSON.
pub const GITHUB_EVENT_PATH: &str = "GITHUB_EVENT_PATH";
/// File that takes a step's outputs.
pub const GITHUB_OUTPUT: &str = "GITHUB_OUTPUT";
/// File that takes a step's summary.
pub const GITHUB_STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";
/// Folder of the checkout on GitHub.
pub const GITHUB_WORKSPACE: &str = "GITHUB_WORKSPACE";
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
/// Folder of the checkout on Azure Pipelines.
pub const AZURE_SOURCES: &str = "BUILD_SOURCESDIRECTORY";
/// Folder that the agent empties after a job.
pub const AZURE_TEMP: &str = "AGENT_TEMPDIRECTORY";
/// Number of the pull request on Azure Repos.
pub const AZURE_PULL_REQUEST: &str = "SYSTEM_PULLREQUEST_PULLREQUESTID";
/// Commit at the head of the pull request's branch.
pub const AZURE_PULL_REQUEST_HEAD: &str = "SYSTEM_PULLREQUEST_SOURCECOMMITID";
/// Branch that the pull request would be merged into.
pub const AZURE_PULL_REQUEST_BASE: &str = "SYSTEM_PULLREQUEST_TARGETBRANCH";
/// `True` when the pull request comes from a fork.
pub const AZURE_PULL_REQUEST_FORK: &str = "SYSTEM_PULLREQUEST_ISFORK";
/// Before the name of a step's input.
pub const INPUT_PREFIX: &str = "INPUT_";
/// Id of the Azure DevOps project.
pub const AZURE_PROJECT_ID: &str = "SYSTEM_TEAMPROJECTID";
/// Id of the repository that the pipeline builds.
pub const AZURE_REPOSITORY_ID: &str = "BUILD_REPOSITORY_ID";
/// Name of the repository that the pipeline builds.
pub const AZURE_REPOSITORY_NAME: &str = "BUILD_REPOSITORY_NAME";
/// Who holds the repository that the pipeline builds: `TfsGit` is Azure Repos.
pub const AZURE_REPOSITORY_PROVIDER: &str = "BUILD_REPOSITORY_PROVIDER";
/// Token of the job; a script step has it where the pipeline maps it.
pub const AZURE_TOKEN: &str = "SYSTEM_ACCESSTOKEN";
/// Token of the job, as the agent gives it to every task.
pub const AZURE_TASK_TOKEN: &str = "ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN";
/// Where a job of Azure Pipelines asks for a token of its own identity.
pub const AZURE_OIDC_URL: &str = "SYSTEM_OIDCREQUESTURI";
/// Where a job of GitHub Actions asks for a token of its own identity.
pub const GITHUB_OIDC_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
/// What it shows when it asks.
pub const GITHUB_OIDC_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
/// Folder that the runner empties after each job.
pub const GITHUB_TEMP: &str = "RUNNER_TEMP";
/// Tenant of a login at Azure.
pub const LOGIN_TENANT: &str = "AZURE_TENANT_ID";
/// Application (client) of a login at Azure.
pub const LOGIN_CLIENT: &str = "AZURE_CLIENT_ID";
/// Subscription that a login at Azure works on.
pub const LOGIN_SUBSCRIPTION: &str = "AZURE_SUBSCRIPTION_ID";
/// File with the federated token of a login at Azure.
pub const LOGIN_TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";
/// Secret of a login at Azure.
pub const LOGIN_SECRET: &str = "AZURE_CLIENT_SECRET";
/// Address at which a login at Azure is made, where that is not the public cloud.
pub const LOGIN_AUTHORITY: &str = "AZURE_AUTHORITY_HOST";
/// PEM file with the certificate and key of a login at Azure.
pub const LOGIN_CERTIFICATE: &str = "AZURE_CLIENT_CERTIFICATE_PATH";
/// Which login at Azure is taken, as the client libraries of Azure name them.
pub const AZURE_TOKEN_CREDENTIALS: &str = "AZURE_TOKEN_CREDENTIALS";
/// Address of Azure Resource Manager, where it is not the cloud's own.
pub const AZURE_RESOURCE_MANAGER: &str = "AZURE_RESOURCE_MANAGER_ENDPOINT";
/// Address at which registries of Azure Machine Learning are looked up, where it is not the usual one.
pub const AZURE_ML_DISCOVERY: &str = "AZUREML_REGISTRY_DISCOVERY_ENDPOINT";
/// Service connection that a script task of Azure Pipelines runs with.
pub const AZURE_SCRIPT_CONNECTION: &str = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID";
/// Its tenant.
pub const AZURE_SCRIPT_TENANT: &str = "AZURESUBSCRIPTION_TENANT_ID";
/// Its application.
pub const AZURE_SCRIPT_CLIENT: &str = "AZURESUBSCRIPTION_CLIENT_ID";
/// Where a service of Azure tells of its own identity.
pub const IDENTITY_ENDPOINT: &str = "IDENTITY_ENDPOINT";
/// What is shown when asking there.
pub const IDENTITY_HEADER: &str = "IDENTITY_HEADER";
/// Set on machines of Azure Arc.
pub const IMDS_ENDPOINT: &str = "IMDS_ENDPOINT";
/// Where compute of Azure Machine Learning tells of its own identity.
pub const MSI_ENDPOINT: &str = "MSI_ENDPOINT";
/// What is shown when asking there.
pub const MSI_SECRET: &str = "MSI_SECRET";
/// Where a virtual machine of Azure tells of its own identity, where it is not the usual address.
pub const AZURE_POD_IDENTITY: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
/// Folders in which programs are looked for.
pub const PATH: &str = "PATH";
/// Login name on Unix.
pub const USER: &str = "USER";
/// Login name on Windows.
pub const USERNAME: &str = "USERNAME";

/// A login's scheme, as the agent tells it of the service connection `id`.
pub fn connection_scheme(id: &str) -> String {
    format!("ENDPOINT_AUTH_SCHEME_{id}")
}

/// A parameter of a login, as the agent tells it of the service connection `id`.
pub fn connection_parameter(id: &str, key: &str) -> String {
    format!("ENDPOINT_AUTH_PARAMETER_{id}_{}", key.to_ascii_uppercase())
}

/// A value beside the login, as the agent tells it of the service connection `id`.
pub fn connection_data(id: &str, key: &str) -> String {
    format!("ENDPOINT_DATA_{id}_{}", key.to_ascii_uppercase())
}

/// Reads a variable; empty counts as unset.
pub fn get(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}
