//! The client: the API's version, the login of each call, pages.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use serde_json::Value;

use super::refused::explained;
use crate::adapters::azure::identity::{Audience, Tokens};
use crate::adapters::http::{Failure, HttpClient, Options, Request, Response, Result, RetryPolicy};
use crate::domain::error::Error;
use crate::domain::secret::Secret;
use crate::ports::clock::Clock;

/// The version that every call asks for.
const API: &str = "2025-12-01";
/// Most pages of one list; a server that gives more is walking in circles.
const PAGES: usize = 10_000;

/// Azure Resource Manager, with a login.
pub struct Arm {
    tokens: Arc<Tokens>,
    clock: Arc<dyn Clock>,
    retry: RetryPolicy,
    held: Mutex<Option<(Secret, Arc<HttpClient>)>>,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    value: Vec<Value>,
    #[serde(rename = "nextLink")]
    next: Option<String>,
}

impl Arm {
    /// A client; nothing is sent yet, and no token fetched.
    pub fn new(tokens: Arc<Tokens>, clock: Arc<dyn Clock>, retry: RetryPolicy) -> Self {
        Self { tokens, clock, retry, held: Mutex::default() }
    }

    /// The login.
    pub fn tokens(&self) -> &Arc<Tokens> {
        &self.tokens
    }

    /// Time.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Sends a call; a token that the server no longer takes is replaced once.
    ///
    /// # Errors
    /// The last failure, with what to do about it.
    pub fn send(&self, request: &Request) -> Result<Response> {
        let request = request.clone().query("api-version", API);
        self.logged_in(&|client| client.send(&request))
    }

    /// Reads what `address` names, an address that the server gave, taken as it is.
    ///
    /// # Errors
    /// As [`Arm::send`]; the address is of another server.
    pub(super) fn follow(&self, address: &str) -> Result<Response> {
        self.logged_in(&|client| client.send(&client.linked(address)?))
    }

    /// Every item of the list that `request` begins.
    ///
    /// # Errors
    /// As [`Arm::send`].
    pub fn list(&self, request: &Request) -> Result<Vec<Value>> {
        let mut page: Page = self.send(request)?.json()?;
        let mut items = page.value;
        for _ in 0..PAGES {
            let Some(next) = page.next.filter(|next| !next.is_empty()) else { return Ok(items) };
            page = self.follow(&next)?.json()?;
            items.append(&mut page.value);
        }
        Err(Error::unavailable(format!("a list of more than {PAGES} pages"))
            .hint("the service gives the same page again and again; try again later")
            .into())
    }

    fn logged_in(&self, call: &dyn Fn(&HttpClient) -> Result<Response>) -> Result<Response> {
        let token = self.tokens.token(Audience::ResourceManager)?;
        let answer = match call(&*self.client(&token)?) {
            Err(failure) if failure.status() == Some(401) => {
                let other = self.tokens.instead_of(&token, Audience::ResourceManager)?;
                if other == token { Err(failure) } else { call(&*self.client(&other)?) }
            }
            answer => answer,
        };
        answer.map_err(|failure| explained(failure, self.tokens.choice()))
    }

    fn client(&self, token: &Secret) -> Result<Arc<HttpClient>, Failure> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = held.as_ref().filter(|(of, _)| of == token) {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(HttpClient::new(Options {
            base: self.tokens.cloud().manager.clone(),
            authorization: Some(Secret::new(format!("Bearer {}", token.expose()))),
            headers: vec![("accept", "application/json".to_owned())],
            clock: Arc::clone(&self.clock),
            retry: self.retry,
            // Lists of models are slow.
            timeout: Some(self.retry.stalled),
        })?);
        *held = Some((token.clone(), Arc::clone(&client)));
        Ok(client)
    }
}
