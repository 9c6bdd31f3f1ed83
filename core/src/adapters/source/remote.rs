//! Picks the store by the scheme of an address.

use std::path::Path;
use std::sync::Arc;

use super::asked::{Ask, Call, Page, Rest};
use super::exchange::Connections;
use super::{Surroundings, azure_blob, download, google, list, s3};
use crate::adapters::http::RetryPolicy;
use crate::config::env;
use crate::domain::address::Address;
use crate::domain::error::{Error, Result};
use crate::ports::clock::Clock;
use crate::ports::source::{Coming, Listed, Source};

/// Files of servers and object stores.
pub struct RemoteSource {
    connections: Connections,
    clock: Arc<dyn Clock>,
    retry: RetryPolicy,
}

/// What a conversation with a server needs.
pub(super) struct Link<'a> {
    pub(super) connections: &'a Connections,
    pub(super) clock: &'a dyn Clock,
    pub(super) retry: RetryPolicy,
    /// What describes the login, as a hint.
    pub(super) login: &'static str,
}

impl RemoteSource {
    /// A source; nothing is sent yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { connections: Connections::default(), clock, retry: RetryPolicy::default() }
    }

    fn link(&self, address: &Address) -> Link<'_> {
        Link {
            connections: &self.connections,
            clock: &*self.clock,
            retry: self.retry,
            login: login(address.scheme()),
        }
    }

    fn call(&self, address: &Address, ask: Ask<'_>) -> Result<Call> {
        let (around, now) = (Surroundings(&env::get), self.clock.now());
        let (holder, _) = address.parts();
        match (address.scheme(), ask) {
            ("https" | "http", Ask::File { rest, .. }) => Ok(Call {
                url: address.as_str().to_owned(),
                headers: rest.map(|rest| rest.headers()).unwrap_or_default(),
                follows: true,
            }),
            ("https" | "http", Ask::List { .. }) => {
                Err(Error::usage("a server of files has no lists").hint("name each file"))
            }
            ("s3" | "s3a", ask) => Ok(s3::call(holder, ask, around, now)),
            ("gs", ask) => Ok(google::call(holder, ask, around)),
            (_, ask) => azure_blob::call(holder, ask, around, now),
        }
    }
}

impl Source for RemoteSource {
    fn fetch(&self, address: &Address, into: &Path, progress: Coming<'_>) -> Result<u64> {
        let path = address.parts().1;
        let call = |rest: Option<Rest<'_>>| self.call(address, Ask::File { path, rest });
        download::fetch(&self.link(address), &call, into, progress)
            .map_err(|e| e.during(format!("fetch {address}")))
    }

    fn list(&self, address: &Address) -> Result<Vec<Listed>> {
        let call =
            |prefix: &str, page: Option<&str>| self.call(address, Ask::List { prefix, page });
        list::list(&self.link(address), address, &call, &|answer| page(address.scheme(), answer))
            .map_err(|e| e.during(format!("list {address}")))
    }
}

fn page(scheme: &str, answer: &str) -> Result<Page> {
    match scheme {
        "s3" | "s3a" => Ok(s3::page(answer)),
        "gs" => google::page(answer),
        _ => Ok(azure_blob::page(answer)),
    }
}

/// What describes a login.
fn login(scheme: &str) -> &'static str {
    match scheme {
        "https" | "http" => "the address must carry a permission that is still valid",
        "s3" | "s3a" => {
            "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION; see \
             docs/remote-data.md"
        }
        "gs" => "set GOOGLE_OAUTH_ACCESS_TOKEN; see docs/remote-data.md",
        _ => {
            "set AZURE_STORAGE_TOKEN, AZURE_STORAGE_SAS_TOKEN or AZURE_STORAGE_ACCOUNT_KEY; see \
             docs/remote-data.md"
        }
    }
}
