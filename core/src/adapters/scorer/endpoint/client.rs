//! Asks an endpoint about rows.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use serde_json::Value;

use super::protocol::Protocol;
use super::{answer, open_inference, rows};
use crate::adapters::http::{Failure, HttpClient, Options, Request, Response, RetryPolicy};
use crate::config::env;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::secret::Secret;
use crate::domain::signature::Signature;
use crate::ports::clock::Clock;
use crate::ports::scorer::{Pace, ScorerModel, Tensor};

/// How often a request is sent, and for how long. Scoring twice gives the same.
const RETRY: RetryPolicy = RetryPolicy {
    attempts: 4,
    first: Duration::from_millis(500),
    total: Duration::from_secs(60),
    stalled: Duration::from_secs(60),
};
/// Rows and requests at once: an endpoint serves others too.
const PACE: Pace = Pace { rows: 1000, at_once: 4, again: false };

/// Which endpoint, and how it is reached.
pub struct Target {
    /// Its address.
    pub address: String,
    /// How it is spoken to; none: the address tells.
    pub protocol: Option<Protocol>,
    /// What it is shown as a login.
    pub token: Option<Secret>,
    /// Longest time for one request.
    pub timeout: Duration,
    /// Time, for waits between attempts.
    pub clock: Arc<dyn Clock>,
}

/// An endpoint that scores rows.
pub struct EndpointScorer {
    client: HttpClient,
    protocol: Protocol,
    signature: Signature,
    shown: String,
}

impl EndpointScorer {
    /// Finds the endpoint, and asks it what it takes where its protocol has words for that.
    ///
    /// # Errors
    /// No address; a token that would travel in the clear; a server that does not answer.
    pub fn connect(target: Target) -> Result<Self> {
        let mut url = address(&target)?;
        let protocol = match target.protocol {
            Some(protocol) => protocol,
            None => Protocol::of_path(url.path())?,
        };
        let path = url.path().trim_end_matches('/').to_owned();
        if protocol == Protocol::OpenInference {
            url.set_path(path.strip_suffix("/infer").unwrap_or(&path));
        }
        let shown = format!("{}{path}", url.origin().ascii_serialization());
        let bearer = |token: &Secret| Secret::new(format!("Bearer {}", token.expose()));
        let client = HttpClient::new(Options {
            base: url.to_string(),
            authorization: target.token.as_ref().map(bearer),
            headers: Vec::new(),
            clock: target.clock,
            retry: RETRY,
            timeout: Some(target.timeout),
        })?;
        let mut scorer = Self { client, protocol, signature: Signature::default(), shown };
        if protocol == Protocol::OpenInference {
            scorer.signature = scorer.described()?;
        }
        Ok(scorer)
    }

    /// Its address without the query, which may hold a key.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// What the model takes and gives; nothing where the server does not tell.
    fn described(&self) -> Result<Signature> {
        match self.client.send(&Request::get(&[])) {
            Ok(response) => open_inference::signature(&self.json(&response)?)
                .map_err(|why| self.odd(&format!("its description {why}"))),
            Err(failure) if matches!(failure.status(), Some(404 | 405 | 501)) => {
                Ok(Signature::default())
            }
            Err(failure) => Err(self.failed(failure)),
        }
    }

    fn body(&self, inputs: &[Tensor]) -> Value {
        match self.protocol {
            Protocol::OpenInference => open_inference::request(inputs, &self.signature),
            Protocol::Mlflow => rows::mlflow(inputs),
            Protocol::AzureMl => rows::azure_ml(inputs),
        }
    }

    fn json(&self, response: &Response) -> Result<Value> {
        let bytes = response.bytes();
        serde_json::from_slice(bytes).map_err(|e| {
            let text = String::from_utf8_lossy(bytes);
            let text = text.trim_start();
            if text.starts_with('<') {
                return self.odd("it answers with a page for browsers").hint(
                    "check the address; a proxy or a page for signing in may stand before it",
                );
            }
            let odd = ["NaN", "Infinity"].iter().find(|word| text.contains(**word));
            match odd {
                Some(word) => self.odd(&format!("its answer holds {word}, which is no JSON")).hint(
                    "the model gives values that are no numbers; look at the rows and the model",
                ),
                None => self.odd(&format!("its answer is no JSON: {e}")),
            }
        })
    }

    fn odd(&self, why: &str) -> Error {
        Error::input(format!("{}: {why}", self.shown)).hint("check the address and --protocol")
    }

    fn failed(&self, failure: Failure) -> Error {
        let (status, said) = (failure.status(), failure.said().to_owned());
        let error: Error = failure.into();
        match (status, error.kind()) {
            (Some(400 | 413 | 415 | 422), _) => {
                let said = if said.is_empty() { "it says nothing".to_owned() } else { said };
                let status = status.unwrap_or_default();
                Error::input(format!("{} refuses the rows ({status}): {said}", self.shown)).hint(
                    "look whether the columns are what the model takes; --features names them in \
                     order, and --protocol how they are written",
                )
            }
            (_, ErrorKind::Permission) => error
                .during(self.shown.clone())
                .hint(format!("set {} to a token or key of the endpoint", env::ENDPOINT_TOKEN)),
            (_, ErrorKind::NotFound) => {
                error.during(self.shown.clone()).hint("check the address and the model's name")
            }
            _ => error.during(self.shown.clone()),
        }
    }
}

impl ScorerModel for EndpointScorer {
    fn signature(&self) -> Signature {
        self.signature.clone()
    }

    fn sample(&self) -> &[Tensor] {
        &[]
    }

    /// The time of a request is bounded from the connection on.
    fn score(&self, inputs: &[Tensor], _limit: Duration) -> Result<Vec<Tensor>> {
        let path: &[&str] = if self.protocol == Protocol::OpenInference { &["infer"] } else { &[] };
        let request = Request::post(path).safe_to_repeat().json(&self.body(inputs));
        let response = self.client.send(&request).map_err(|failure| self.failed(failure))?;
        let answer = self.json(&response)?;
        let tensors = match self.protocol {
            Protocol::OpenInference => open_inference::answer(answer),
            Protocol::Mlflow | Protocol::AzureMl => answer::tensors(answer),
        };
        tensors.map_err(|why| self.odd(&why))
    }

    fn pace(&self) -> Pace {
        PACE
    }
}

/// The address, over which a token travels encrypted or stays on this machine.
fn address(target: &Target) -> Result<Url> {
    let hint = "write it as https://HOST/PATH";
    let url = Url::parse(&target.address)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| Error::usage("the endpoint has no address of a server").hint(hint))?;
    let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if target.token.is_some() && url.scheme() == "http" && !here {
        let host = url.host_str().unwrap_or_default();
        return Err(Error::usage(format!("the token for {host} would be sent without encryption"))
            .hint("use https, or take the token out of the environment"));
    }
    Ok(url)
}
