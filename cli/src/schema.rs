//! `outerloop schema`, and the description of the verbs for those who generate from it.

use outerloop_core::config::schema;
use outerloop_core::domain::error::Result;
use outerloop_core::spec::{VERBS, common};
use serde_json::json;

use crate::output::Outcome;

/// Prints the JSON schema of `outerloop.yaml`.
pub fn run() -> Result<Outcome> {
    let schema = schema::schema();
    let text = format!("{schema:#}");
    Ok(Outcome::done(schema, text))
}

/// Prints the description of every verb.
pub fn spec() -> Result<Outcome> {
    let spec = json!({
        "verbs": VERBS,
        "common": {
            "inputs": common::INPUTS,
            "github-inputs": common::GITHUB_INPUTS,
            "azure-login": common::AZURE_LOGIN,
            "outputs": common::OUTPUTS,
        },
    });
    let text = format!("{spec:#}");
    Ok(Outcome::done(spec, text))
}
