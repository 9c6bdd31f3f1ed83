//! What a refusal of Azure means, and what to do about it.

use crate::adapters::azure::identity::Choice;
use crate::adapters::http::Failure;
use crate::domain::error::{Error, ErrorKind};

/// The failure with a hint of its own, where the service says enough for one.
pub(super) fn explained(failure: Failure, choice: &Choice) -> Failure {
    let said = failure.said().to_owned();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let way = choice.way.to_string();
    match failure.status() {
        Some(401) if has(&["InvalidAuthenticationTokenTenant", "wrong issuer"]) => {
            failure.hint(format!(
                "{way} is of another tenant than the subscription: check AZURE_TENANT_ID and the \
                 subscription"
            ))
        }
        Some(401) => failure.hint(format!(
            "Azure no longer takes the login by {way}; `outerloop doctor` checks it"
        )),
        Some(403) => {
            let role = "give it the role AzureML Data Scientist on the workspace, or AzureML Registry \
                        User on the registry";
            failure.hint(format!("{way} may not do this: {role}"))
        }
        Some(404) if has(&["SubscriptionNotFound", "subscription"]) => failure.hint(format!(
            "check registry.subscription; {way} may also be of another tenant, or see nothing there"
        )),
        Some(400) if has(&["InvalidSubscriptionId"]) => failure
            .told_as(|e| Error::new(ErrorKind::NotFound, e.to_string()))
            .hint("check registry.subscription: it is the subscription's id, not its name"),
        Some(404) if has(&["ResourceGroupNotFound", "Resource group"]) => {
            failure.hint("check registry.resource-group, and registry.subscription")
        }
        Some(404) if has(&["ResourceNotFound"]) => {
            failure.hint("check registry.workspace, or registry.name, and registry.resource-group")
        }
        Some(400) if has(&["NoRegisteredProviderFound", "InvalidApiVersionParameter"]) => failure
            .hint("this Azure does not know the version of the API that is needed, 2025-12-01"),
        _ => failure,
    }
}
