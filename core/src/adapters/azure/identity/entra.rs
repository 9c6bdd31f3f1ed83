//! Tokens of Microsoft Entra for an application: the client credentials grant of OAuth 2.0
//! (RFC 6749, 4.4), proven by a secret or by an assertion (RFC 7523, 2.2).

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use super::tokens::AccessToken;
use super::way::Application;
use crate::adapters::azure::login::Claims;
use crate::adapters::http::{Failure, HttpClient, Options, Request, RetryPolicy};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::secret::Secret;
use crate::ports::clock::Clock;

/// Kind of an assertion, by RFC 7523.
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How an application proves that it is itself.
pub(super) enum Proven<'a> {
    Secret(&'a Secret),
    Assertion(Secret),
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: u64,
}

/// Asks for a token.
pub(super) fn token(
    authority: &str,
    of: &Application,
    proven: &Proven<'_>,
    scope: &str,
    clock: &Arc<dyn Clock>,
) -> Result<AccessToken> {
    let client = HttpClient::new(Options {
        base: authority.to_owned(),
        authorization: None,
        headers: vec![("accept", "application/json".to_owned())],
        clock: Arc::clone(clock),
        retry: RetryPolicy::default(),
        timeout: None,
    })?;
    let mut form = vec![
        ("client_id", of.client.as_str()),
        ("grant_type", "client_credentials"),
        ("scope", scope),
    ];
    match proven {
        Proven::Secret(secret) => form.push(("client_secret", secret.expose())),
        Proven::Assertion(assertion) => {
            form.push(("client_assertion", assertion.expose()));
            form.push(("client_assertion_type", ASSERTION));
        }
    }
    // A token is made and nothing else: safe to repeat.
    let path = [of.tenant.as_str(), "oauth2", "v2.0", "token"];
    let request = Request::post(&path).form(&form).safe_to_repeat();
    let asked = clock.now();
    let answer = client.send(&request).map_err(|f| refused(f, of, proven))?;
    let answer: Answer = answer.json().map_err(|f| refused(f, of, proven))?;
    let ends = asked.checked_add(Duration::from_secs(answer.expires_in)).ok();
    Ok(AccessToken::new(Secret::new(answer.access_token), asked, ends))
}

fn refused(failure: Failure, of: &Application, proven: &Proven<'_>) -> Error {
    let said = failure.said().to_owned();
    let status = failure.status();
    let error = Error::from(failure).retold(|text| hidden(proven, text));
    let error = match status {
        // Entra answers 400 where others answer 401.
        Some(400 | 401) => Error::new(ErrorKind::Permission, error.to_string())
            .hint("check AZURE_TENANT_ID and AZURE_CLIENT_ID; `outerloop doctor` checks the login"),
        _ => error,
    };
    let error = error.during("logging in at Azure");
    match hint(&said, of, proven) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

fn hidden(proven: &Proven<'_>, text: &str) -> String {
    match proven {
        Proven::Secret(secret) => secret.hide_in(text),
        Proven::Assertion(assertion) => assertion.hide_in(text),
    }
}

/// What to do about the errors that people meet, by their number.
fn hint(said: &str, of: &Application, proven: &Proven<'_>) -> Option<String> {
    let digits = said.split("AADSTS").nth(1)?;
    let number: String = digits.chars().take_while(char::is_ascii_digit).collect();
    let Application { tenant, client } = of;
    Some(match number.as_str() {
        "90002" | "900023" | "900021" => {
            format!("there is no tenant {tenant}: check AZURE_TENANT_ID")
        }
        "700016" => format!(
            "the tenant {tenant} has no application {client}: check AZURE_CLIENT_ID and AZURE_TENANT_ID"
        ),
        "7000215" => "AZURE_CLIENT_SECRET is not the application's: copy the secret's value, not its \
                      id"
            .to_owned(),
        "7000222" => {
            "the client secret is over: make a new one, or log in by the job's own identity, which \
             has none"
                .to_owned()
        }
        "70021" | "700211" | "700212" | "700213" => match subject(proven) {
            Some(subject) => format!(
                "add a federated credential with the subject {subject} to the application {client}"
            ),
            None => format!("add a federated credential to the application {client}"),
        },
        "700024" => "the clock of this machine is wrong, or the token's file is no longer renewed"
            .to_owned(),
        "700027" => format!(
            "the certificate is not one of the application {client}: upload its public part there"
        ),
        "53003" | "530034" => {
            "a conditional access policy of the tenant keeps this machine out: ask its administrator"
                .to_owned()
        }
        _ => return None,
    })
}

fn subject(proven: &Proven<'_>) -> Option<String> {
    match proven {
        Proven::Assertion(assertion) => Claims::of(assertion).subject,
        Proven::Secret(_) => None,
    }
}
