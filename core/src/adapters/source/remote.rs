//! Picks the store by the scheme of an address.

use std::path::Path;
use std::sync::Arc;

use super::list;
use crate::adapters::http::RetryPolicy;
use crate::adapters::objects::{
    Ask, Call, Cloud, Connections, Link, Rest, Surroundings, Wanted, fetch,
};
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
            ("https" | "http", Ask::File { rest, .. }) => {
                let headers = rest.map(|rest| rest.headers()).unwrap_or_default();
                Ok(Call { follows: true, ..Call::get(address.as_str().to_owned(), headers) })
            }
            ("https" | "http", _) => {
                Err(Error::usage("a server of files has no lists").hint("name each file"))
            }
            (scheme, ask) => {
                Cloud::of(scheme).unwrap_or(Cloud::Azure).call(holder, ask, around, now)
            }
        }
    }
}

impl Source for RemoteSource {
    fn fetch(&self, address: &Address, into: &Path, progress: Coming<'_>) -> Result<u64> {
        let path = address.parts().1;
        let call = |rest: Option<Rest<'_>>| self.call(address, Ask::File { path, rest });
        let wanted = Wanted { into, digest: None, progress };
        fetch(&self.link(address), &call, &wanted).map_err(|e| e.during(format!("fetch {address}")))
    }

    fn list(&self, address: &Address) -> Result<Vec<Listed>> {
        let call =
            |prefix: &str, page: Option<&str>| self.call(address, Ask::List { prefix, page });
        list::list(&self.link(address), address, &call, &|answer| {
            Cloud::of(address.scheme()).unwrap_or(Cloud::Azure).page(answer)
        })
        .map_err(|e| e.during(format!("list {address}")))
    }
}

/// What describes a login.
fn login(scheme: &str) -> &'static str {
    let web = "the address must carry a permission that is still valid";
    Cloud::of(scheme).map_or(web, Cloud::login)
}
