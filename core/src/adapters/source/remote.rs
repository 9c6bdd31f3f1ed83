//! Picks the store by the scheme of an address.

use std::path::Path;
use std::sync::Arc;

use super::list;
use crate::adapters::http::RetryPolicy;
use crate::adapters::objects::{
    Ask, Call, Cloud, Connections, Environment, Link, Peer, Span, Wanted, fetch,
};
use crate::domain::address::Address;
use crate::domain::error::{Error, Result};
use crate::ports::clock::Clock;
use crate::ports::source::{Coming, Listed, Source};

/// Files of servers and object stores.
pub struct RemoteSource {
    connections: Connections,
    around: Environment,
    clock: Arc<dyn Clock>,
    retry: RetryPolicy,
}

impl RemoteSource {
    /// A source; nothing is sent yet.
    pub fn new(around: Environment, clock: Arc<dyn Clock>, retry: RetryPolicy) -> Self {
        Self { connections: Connections::new(retry.stalled), around, clock, retry }
    }

    fn link(&self, address: &Address) -> Link<'_> {
        Link {
            connections: &self.connections,
            clock: &*self.clock,
            retry: self.retry,
            peer: peer(address.scheme()),
        }
    }

    fn call(&self, address: &Address, ask: Ask<'_>) -> Result<Call> {
        let (around, now) = (self.around.surroundings(), self.clock.now());
        let (holder, _) = address.parts();
        match (address.scheme(), ask) {
            ("https" | "http", Ask::File { span, .. }) => {
                let headers = span.map(|span| span.headers()).unwrap_or_default();
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
        let call = |span: Option<Span<'_>>| self.call(address, Ask::File { path, span });
        let wanted = Wanted { into, digest: None, progress, pages: false, within: None };
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

/// Whom a conversation is with.
fn peer(scheme: &str) -> &'static dyn Peer {
    match Cloud::of(scheme) {
        Some(Cloud::Azure) => &Cloud::Azure,
        Some(Cloud::S3) => &Cloud::S3,
        Some(Cloud::Google) => &Cloud::Google,
        None => &"the address must carry a permission that is still valid",
    }
}
