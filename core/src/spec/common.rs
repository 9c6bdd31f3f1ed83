//! What every step takes and gives, besides its verb's own.

use super::verb::{Input, Output};

/// Which answers fail a step: [`INPUTS`]' `fail-on`.
pub const FAIL_ON: &[&str] = &["inconclusive", "no", "error"];

/// The folder to work in.
pub const WORKING_DIRECTORY: &str = "working-directory";

/// Inputs of every step.
pub const INPUTS: &[Input] = &[
    Input::path("config", "Configuration file [default: the nearest outerloop.yaml]"),
    Input::text(
        "registry",
        "The registry as one address: git, mlflow+https://HOST or azureml://… [default: the configuration's]",
    ),
    Input::path(WORKING_DIRECTORY, "Folder to work in [default: the checkout]"),
    Input::choice(
        "fail-on",
        FAIL_ON,
        "Which answer fails the step: inconclusive (not enough evidence, and every one below), no \
         (a gate failed, data drifted, a rollout went back), error (only what went wrong) \
         [default: inconclusive]",
    ),
];

/// Inputs of every step on GitHub.
pub const GITHUB_INPUTS: &[Input] = &[Input::text(
    "token",
    "Token for comments, checks, pull requests and workflow runs [default: the job's own]",
)
.secret()];

/// Inputs of a step whose verb may need a login to a cloud, on Azure Pipelines.
pub const AZURE_LOGIN: &[Input] = &[Input::text(
    "azure-subscription",
    "Azure Resource Manager service connection: the login at Azure Machine Learning, and of what the step starts",
)];

/// Outputs of every step.
pub const OUTPUTS: &[Output] = &[Output::text(
    "exit-code",
    "0 done, or yes; 1 no; 2 used wrongly; 3 a backend failed; 4 not enough evidence",
)];
