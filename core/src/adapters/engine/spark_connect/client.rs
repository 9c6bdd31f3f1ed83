//! A session on a server.

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use axum::http::uri::PathAndQuery;
use prost::Message;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tonic::client::Grpc;
use tonic::metadata::{Ascii, MetadataKey, MetadataValue};
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Status};
use tonic_prost::ProstCodec;

use super::failure::{may_pass, told, unreachable};
use super::messages::{
    AnalyzePlanRequest, AnalyzePlanResponse, ConfigOperation, ConfigRequest, ConfigSet, KeyValue,
    Nothing, ReleaseSessionRequest, UserContext, VersionAsked,
};
use crate::domain::engine_address::EngineAddress;
use crate::domain::error::{Error, Result};
use crate::ports::engine::{Engine, Rows};
use crate::process::end_asked;

/// Longest time until a connection is there.
const CONNECT: Duration = Duration::from_secs(20);
/// How often a quiet connection is tried, and how long an answer to that may take.
const ALIVE: Duration = Duration::from_secs(20);
/// Longest time for a small call at the end.
const FAREWELL: Duration = Duration::from_secs(3);
/// Most bytes of one message.
const MOST_BYTES: usize = 256 << 20;
/// Waits before a call is tried again.
pub(super) const WAITS: [Duration; 4] = [
    Duration::from_millis(200),
    Duration::from_millis(800),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

/// Which server, and how long a call may take.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the server is, with the login.
    pub address: EngineAddress,
    /// Longest time that one query may take.
    pub timeout: Duration,
    /// Longest time until the server says its version. One that has to start takes long.
    pub greeting: Duration,
}

/// An engine behind Spark Connect. Its session ends with it, unless the address names one.
pub struct SparkConnect {
    runtime: Runtime,
    pub(super) options: Options,
    pub(super) channel: Channel,
    pub(super) session: String,
    pub(super) asked_to_end: watch::Receiver<bool>,
    version: OnceLock<String>,
}

impl SparkConnect {
    /// Connects, and begins a session whose times are UTC.
    ///
    /// # Errors
    /// A server that cannot be reached, refuses the login, or does not speak Spark Connect.
    pub fn connect(options: Options) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|e| Error::internal(format!("cannot start a thread: {e}")))?;
        let (end, asked_to_end) = watch::channel(false);
        runtime.spawn(async move {
            end_asked().await;
            let _ = end.send(true);
            // Kept until the runtime ends: who waits would take its end for an ask.
            std::future::pending::<()>().await;
        });
        let address = &options.address;
        let endpoint = endpoint(address)?;
        let channel =
            runtime.block_on(endpoint.connect()).map_err(|error| unreachable(address, &error))?;
        let session = address.session.clone().unwrap_or_else(unique);
        let version = OnceLock::new();
        let engine = Self { runtime, options, channel, session, asked_to_end, version };
        engine.version()?;
        engine.block_on(engine.use_utc())?;
        Ok(engine)
    }

    /// Moments without a zone are UTC.
    pub(super) async fn use_utc(&self) -> std::result::Result<(), Status> {
        let pair = KeyValue {
            key: "spark.sql.session.timeZone".to_owned(),
            value: Some("UTC".to_owned()),
        };
        let request = ConfigRequest {
            session_id: self.session.clone(),
            user_context: Some(self.user()),
            operation: Some(ConfigOperation { set: Some(ConfigSet { pairs: vec![pair] }) }),
            client_type: Some(self.client()),
        };
        self.unary::<_, Nothing>("Config", request, self.options.greeting).await.map(|_| ())
    }

    /// Runs a call to its end, or until this program is asked to end.
    pub(super) fn block_on<T>(
        &self,
        call: impl Future<Output = std::result::Result<T, Status>>,
    ) -> Result<T> {
        let mut end = self.asked_to_end.clone();
        self.runtime.block_on(async {
            tokio::select! {
                result = call => result.map_err(|status| told(&self.options.address, &status)),
                _ = end.wait_for(|asked| *asked) => Err(ended()),
            }
        })
    }

    /// Makes a call that nothing depends on.
    pub(super) fn farewell<T>(&self, call: impl Future<Output = T>) {
        let _ = self.runtime.block_on(async { tokio::time::timeout(FAREWELL, call).await.ok() });
    }

    /// Sends one message and waits for one; tries again what may pass.
    pub(super) async fn unary<Q, A>(
        &self,
        method: &'static str,
        message: Q,
        timeout: Duration,
    ) -> std::result::Result<A, Status>
    where
        Q: Message + Clone + Default + 'static,
        A: Message + Default + 'static,
    {
        let deadline = tokio::time::Instant::now() + timeout;
        for wait in WAITS.iter().map(Some).chain([None]) {
            let call = async {
                let request = self.request(message.clone())?;
                let mut grpc = self.grpc();
                ready(&mut grpc).await?;
                grpc.unary(request, path(method)?, ProstCodec::<Q, A>::default()).await
            };
            match (tokio::time::timeout_at(deadline, call).await, wait) {
                (Ok(Ok(answer)), _) => return Ok(answer.into_inner()),
                (Ok(Err(status)), Some(wait)) if may_pass(&status) => {
                    tokio::time::sleep(*wait).await;
                }
                (Ok(Err(status)), _) => return Err(status),
                (Err(_), _) => return Err(Status::deadline_exceeded("")),
            }
        }
        Err(Status::deadline_exceeded(""))
    }

    pub(super) fn grpc(&self) -> Grpc<Channel> {
        Grpc::new(self.channel.clone()).max_decoding_message_size(MOST_BYTES)
    }

    /// A message with the login and the headers of the address.
    pub(super) fn request<Q>(&self, message: Q) -> std::result::Result<Request<Q>, Status> {
        let mut request = Request::new(message);
        let odd = |_| Status::invalid_argument("a header of the engine's address cannot be sent");
        let address = &self.options.address;
        if let Some(token) = &address.token {
            let value: MetadataValue<Ascii> =
                format!("Bearer {}", token.expose()).parse().map_err(|_| {
                    Status::unauthenticated("the token has letters that no header can carry")
                })?;
            request.metadata_mut().insert("authorization", value);
        }
        for (key, value) in &address.headers {
            let key = MetadataKey::from_bytes(key.as_bytes())
                .map_err(|_| Status::invalid_argument("a header of the engine's address"))?;
            request.metadata_mut().insert(key, value.parse().map_err(odd)?);
        }
        Ok(request)
    }

    pub(super) fn user(&self) -> UserContext {
        let user = self.options.address.user.clone().unwrap_or_else(|| "outerloop".to_owned());
        UserContext { user_id: user.clone(), user_name: user }
    }

    pub(super) fn client(&self) -> String {
        let own = concat!("outerloop/", env!("CARGO_PKG_VERSION"));
        self.options.address.agent.as_ref().map_or(own.to_owned(), |agent| format!("{agent} {own}"))
    }
}

impl Engine for SparkConnect {
    fn name(&self) -> String {
        self.options.address.to_string()
    }

    fn version(&self) -> Result<String> {
        if let Some(known) = self.version.get() {
            return Ok(known.clone());
        }
        let request = AnalyzePlanRequest {
            session_id: self.session.clone(),
            user_context: Some(self.user()),
            client_type: Some(self.client()),
            spark_version: Some(VersionAsked {}),
        };
        let call = self.unary("AnalyzePlan", request, self.options.greeting);
        let answer: AnalyzePlanResponse = self.block_on(call)?;
        let version = answer.spark_version.map(|v| v.version).unwrap_or_default();
        Ok(self.version.get_or_init(|| version).clone())
    }

    fn query(&self, sql: &str) -> Result<Rows> {
        self.execute(sql)
    }
}

impl Drop for SparkConnect {
    fn drop(&mut self) {
        if self.options.address.session.is_some() || self.version.get().is_none() {
            return;
        }
        let request = ReleaseSessionRequest {
            session_id: self.session.clone(),
            user_context: Some(self.user()),
            client_type: Some(self.client()),
        };
        let call = self.unary::<_, Nothing>("ReleaseSession", request, FAREWELL);
        // An older server keeps the session until it finds it idle.
        self.farewell(call);
    }
}

/// This program is asked to end.
fn ended() -> Error {
    Error::unavailable("asked to end while the engine worked; the query was called off")
        .hint("run it again for the whole profile")
}

pub(super) async fn ready(grpc: &mut Grpc<Channel>) -> std::result::Result<(), Status> {
    grpc.ready().await.map_err(|error| Status::from_error(Box::new(error)))
}

pub(super) fn path(method: &'static str) -> std::result::Result<PathAndQuery, Status> {
    PathAndQuery::try_from(format!("/spark.connect.SparkConnectService/{method}"))
        .map_err(|_| Status::internal(method))
}

/// An id as servers take it: a UUID of random bits.
pub(super) fn unique() -> String {
    let bits: u128 = rand::random();
    let bits = bits & !(0xf << 76) | 4 << 76;
    let bits = bits & !(3 << 62) | 2 << 62;
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

fn endpoint(address: &EngineAddress) -> Result<Endpoint> {
    let scheme = if address.tls { "https" } else { "http" };
    let odd = |error: tonic::transport::Error| {
        Error::usage(format!("{address} cannot be reached: {error}"))
            .hint("write sc://host:port with the name of a host")
    };
    let endpoint = Endpoint::from_shared(format!("{scheme}://{}:{}", address.host, address.port))
        .map_err(odd)?
        .connect_timeout(CONNECT)
        .http2_keep_alive_interval(ALIVE)
        .keep_alive_timeout(ALIVE)
        .tcp_nodelay(true);
    match address.tls {
        true => endpoint.tls_config(ClientTlsConfig::new().with_native_roots()).map_err(odd),
        false => Ok(endpoint),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_and_differ() {
        let (one, two) = (unique(), unique());
        assert_ne!(one, two);
        assert_eq!((one.len(), &one[14..15]), (36, "4"), "{one}");
        assert!("89ab".contains(&one[19..20]), "{one}");
    }
}
