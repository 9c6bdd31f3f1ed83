//! A webhook: one POST to an address that is a secret.

use std::sync::Arc;

use super::{cloudevents, slack, teams};
use crate::adapters::http::{Failure, HttpClient, Options, Request, RetryPolicy};
use crate::config::valid::{WebhookConfig, WebhookShape};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::secret::Secret;
use crate::ports::clock::Clock;
use crate::ports::notifier::{Notice, Notifier};

/// A webhook that takes notices in one shape.
pub struct Webhook {
    client: HttpClient,
    shape: WebhookShape,
    /// Where the address comes from, for messages.
    variable: String,
    /// What no message may show: the address, and what follows the server in it.
    secrets: Vec<Secret>,
}

impl Webhook {
    /// The webhook at `address`, which `config` says to read from its variable.
    ///
    /// # Errors
    /// The address is none.
    pub fn new(
        config: &WebhookConfig,
        address: &Secret,
        clock: Arc<dyn Clock>,
        retry: RetryPolicy,
    ) -> Result<Self> {
        let variable = config.url_env.clone();
        let unusable = || {
            Error::usage(format!("{variable} holds no address of a webhook"))
                .hint("it should begin with https://; give it to the step as a secret")
        };
        let (text, rest) = (address.expose(), address.expose().split_once("://"));
        let (_, rest) = rest.ok_or_else(unusable)?;
        let options = Options {
            base: text.to_owned(),
            authorization: None,
            headers: Vec::new(),
            clock,
            retry,
            timeout: None,
        };
        let client = HttpClient::new(options).map_err(|_| unusable())?;
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        let parts = [text, path].into_iter().chain(path.split(['/', '?', '&', '=']));
        // Parts that are words would hide words.
        let secrets = parts.filter(|p| p.len() >= 8).map(Secret::new).collect();
        Ok(Self { client, shape: config.shape, variable, secrets })
    }

    fn request(&self, notice: &Notice) -> Request {
        let (body, kind) = match self.shape {
            WebhookShape::Slack => (slack::body(notice), "application/json"),
            WebhookShape::Teams => (teams::body(notice), "application/json"),
            WebhookShape::CloudEvents => {
                (cloudevents::body(notice), "application/cloudevents+json; charset=UTF-8")
            }
        };
        // A notice that arrives twice is better than one that never does.
        Request::post(&[]).json_as(kind, &body).safe_to_repeat()
    }

    fn refused(&self, failure: Failure) -> Error {
        let hide = |text: &str| self.secrets.iter().fold(text.to_owned(), |t, s| s.hide_in(&t));
        let server = self.client.base().host_str().unwrap_or("the server").to_owned();
        let said = match failure.status() {
            Some(status) if failure.said().is_empty() => format!("{server} answered {status}"),
            Some(status) => format!("{server} answered {status}: {}", hide(failure.said())),
            // The path of the call is empty, as it is a part of the secret.
            None => hide(failure.to_string().trim_start_matches("POST : ")),
        };
        let kind = match failure.kind() {
            ErrorKind::Timeout => ErrorKind::Timeout,
            _ => ErrorKind::Unavailable,
        };
        let hint = match failure.status() {
            Some(400..=499) => format!(
                "check that {} is the address of a webhook that takes `shape: {}`",
                self.variable,
                self.shape.as_str()
            ),
            _ => "check that the server can be reached from here".to_owned(),
        };
        Error::new(kind, format!("the webhook of {} took no message: {said}", self.variable))
            .hint(format!("{hint}; what was found is recorded, and the next `monitor` sends it"))
    }
}

impl Notifier for Webhook {
    fn name(&self) -> &'static str {
        self.shape.as_str()
    }

    fn notify(&self, notice: &Notice) -> Result<()> {
        self.client.send(&self.request(notice)).map(drop).map_err(|failure| self.refused(failure))
    }
}
