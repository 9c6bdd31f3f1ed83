//! The server behind `outerloop serve`: binds, restores what was served, answers, and stops
//! without dropping a request.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::changes::Changes;
use super::folder::{Address, Folder};
use super::request_log::RequestLog;
use super::router::Router;
use super::{control, inbound, metrics, process};
use crate::config::valid::EndpointConfig;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::name::EndpointName;
use crate::domain::package::Manifest;
use crate::process::end_asked;

/// Fetches the package with this digest into a folder that does not exist yet: the manifest and
/// `files/`.
pub type Materialise = dyn Fn(&Digest, &Path) -> Result<Manifest> + Send + Sync;

/// What to serve, and with what.
pub struct ServeOptions {
    /// The endpoint's name.
    pub name: EndpointName,
    /// Folder for its state: `Config::endpoint_folder`.
    pub folder: PathBuf,
    /// Its settings.
    pub config: EndpointConfig,
    /// Where packages come from.
    pub materialise: Arc<Materialise>,
    /// Program that proves models: run as `PROGRAM serve-probe --package DIR`, it calls
    /// [`super::probe::run`]. The binary itself, from [`std::env::current_exe`].
    pub program: PathBuf,
}

/// Time for requests under way to end, over their own limit.
const DRAIN: Duration = Duration::from_secs(2);

/// What the handlers share.
pub(super) struct App {
    /// Answers requests.
    pub(super) router: Arc<Router>,
    /// Changes what is served.
    pub(super) changes: Changes,
    /// Digest of the token.
    pub(super) token: Digest,
    /// The address.
    pub(super) url: String,
    /// Rung to stop the server.
    pub(super) stop: Notify,
    ids: AtomicU64,
    run: String,
}

impl App {
    /// An id for a request that came without: unique over restarts.
    pub(super) fn fresh_id(&self) -> String {
        format!("{}-{}", self.run, self.ids.fetch_add(1, Ordering::Relaxed))
    }
}

/// Serves until SIGTERM, SIGINT or `POST /control/shutdown`, then lets requests under way end and
/// stops child processes.
///
/// # Errors
/// Another server has the folder; the address is in use; the folder cannot be written.
pub fn run(options: ServeOptions) -> Result<()> {
    let folder = Folder::create(&options.folder)?;
    let _lock = folder.lock()?;
    process::end_leftovers(&folder.children());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("outerloop-serve")
        .build()
        .map_err(|e| Error::unavailable(format!("cannot start threads: {e}")))?;
    let result = runtime.block_on(serve(options, &folder));
    folder.remove_address();
    runtime.shutdown_timeout(DRAIN);
    result
}

async fn serve(options: ServeOptions, folder: &Folder) -> Result<()> {
    let drain = options.config.request_timeout + DRAIN;
    let listener = bind(&options.config, folder.state()?.port).await?;
    let address = listener.local_addr().map_err(|e| Error::internal(e.to_string()))?;
    let app = app(&options, folder, address)?;
    app.changes.restore().await?;
    let name = options.name.to_string();
    folder.set_address(&Address { name, url: app.url.clone(), pid: std::process::id() })?;
    tracing::info!("serving endpoint {} at {}", options.name, app.url);
    let stopped = answer_until_stopped(listener, &app, drain).await;
    folder.remove_address();
    app.changes.stop().await;
    let router = Arc::clone(&app.router);
    let _ = tokio::task::spawn_blocking(move || router.log().finish()).await;
    stopped
}

fn app(options: &ServeOptions, folder: &Folder, address: SocketAddr) -> Result<Arc<App>> {
    let log = RequestLog::start(&folder.logs(), &options.config.log)?;
    let router = Arc::new(Router::new(log, options.config.request_timeout));
    let changes = Changes::new(
        Arc::clone(&router),
        folder.clone(),
        options.config.clone(),
        Arc::clone(&options.materialise),
        options.program.clone(),
        address.port(),
    );
    Ok(Arc::new(App {
        router,
        changes,
        token: Digest::of(folder.token()?.as_bytes()),
        url: format!("http://{}", reachable(address)),
        stop: Notify::new(),
        ids: AtomicU64::new(0),
        run: format!("{:08x}", rand::random::<u32>()),
    }))
}

/// The address to reach a listener at: one that listens everywhere is reached by loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Binds the configured port; where any will do, the one of the last run if it is free.
async fn bind(config: &EndpointConfig, last: u16) -> Result<TcpListener> {
    let host = config.host.as_str();
    let port = if config.port == 0 { last } else { config.port };
    let listener = match TcpListener::bind((host, port)).await {
        Err(_) if config.port == 0 => TcpListener::bind((host, 0)).await,
        result => result,
    };
    let listener = listener.map_err(|e| refused(host, port, &e))?;
    if listener.local_addr().is_ok_and(|a| !a.ip().is_loopback()) {
        tracing::warn!(
            "the endpoint listens on {host}, where other machines reach it; it asks callers for \
             no credentials and has no TLS"
        );
    }
    Ok(listener)
}

fn refused(host: &str, port: u16, error: &std::io::Error) -> Error {
    let unavailable = Error::unavailable(format!("cannot listen on {host}:{port}: {error}"));
    match error.kind() {
        std::io::ErrorKind::AddrInUse => unavailable
            .hint("stop the program that has the port, or set another `port` (0 takes a free one)"),
        std::io::ErrorKind::PermissionDenied => {
            unavailable.hint("ports below 1024 need privileges; set another `port`")
        }
        _ => unavailable.hint("set `host` of the endpoint to an address of this machine"),
    }
}

async fn answer_until_stopped(
    listener: TcpListener,
    app: &Arc<App>,
    drain: Duration,
) -> Result<()> {
    let routes = axum::Router::new()
        .merge(inbound::routes())
        .merge(control::routes(app))
        .route("/metrics", get(metrics::metrics))
        .fallback(async || inbound::refuse(404, "there is nothing at this path"))
        .method_not_allowed_fallback(async || inbound::refuse(405, "not with this method"))
        .with_state(Arc::clone(app));
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let stopping = Arc::new(Notify::new());
    let stop = stop_asked(Arc::clone(app), Arc::clone(&stopping));
    let server = axum::serve(listener, routes).with_graceful_shutdown(stop);
    let overdue = async {
        stopping.notified().await;
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        ended = server => ended.map_err(|e| Error::unavailable(format!("the server broke off: {e}"))),
        () = overdue => {
            tracing::warn!("some requests did not end in {drain:?}");
            Ok(())
        }
    }
}

async fn stop_asked(app: Arc<App>, stopping: Arc<Notify>) {
    tokio::select! {
        () = end_asked() => {}
        () = app.stop.notified() => {}
    }
    tracing::info!("stopping");
    stopping.notify_one();
}
