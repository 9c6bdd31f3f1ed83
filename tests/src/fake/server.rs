//! The server of a fake: a free port on loopback, a thread of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::connection::{Cuttable, Scissors};
use super::fault::{self, Fault, Rule};
use super::request::{Call, Reply};

/// The most bytes that a fake reads of a body.
const BODY: usize = 32 << 20;

/// What a fake is: state that answers calls, one at a time.
pub trait Site: Send + 'static {
    /// Answers.
    fn answer(&mut self, call: &Call) -> Reply;
}

/// A fake that runs; it ends when it is dropped.
pub struct Fake<S: Site> {
    /// Its address, without a `/` at the end.
    pub url: String,
    shared: Arc<Shared<S>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared<S> {
    site: Mutex<S>,
    rules: Mutex<Vec<Rule>>,
    calls: Mutex<Vec<Call>>,
}

impl<S: Site> Fake<S> {
    /// Starts a server; `site` is made with its address, since answers name it.
    ///
    /// # Panics
    /// Loopback has no free port.
    pub fn start(site: impl FnOnce(&str) -> S) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared {
            site: Mutex::new(site(&url)),
            rules: Mutex::default(),
            calls: Mutex::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&shared);
        let thread = std::thread::spawn(move || serve(listener, served, stopped));
        Self { url, shared, stop: Some(stop), thread: Some(thread) }
    }

    /// Its state, which stands still as long as the answer is held.
    pub fn state(&self) -> MutexGuard<'_, S> {
        lock(&self.shared.site)
    }

    /// Lets something go wrong.
    pub fn inject(&self, rule: Rule) {
        lock(&self.shared.rules).push(rule);
    }

    /// Forgets every fault that has not happened, and says whether there was one.
    pub fn heal(&self) -> bool {
        let rules = std::mem::take(&mut *lock(&self.shared.rules));
        rules.iter().any(Rule::is_left)
    }

    /// Every call since the last time, in order.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut *lock(&self.shared.calls))
    }
}

impl<S: Site> Drop for Fake<S> {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve<S: Site>(
    listener: std::net::TcpListener,
    shared: Arc<Shared<S>>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let server = async move {
        let listener = Cuttable(TcpListener::from_std(listener).expect("a listener"));
        let router = Router::new().fallback(handle::<S>).with_state(shared);
        let service = router.into_make_service_with_connect_info::<Scissors>();
        let _ = axum::serve(listener, service).await;
    };
    runtime.block_on(async {
        tokio::select! {
            () = server => {}
            _ = stopped => {}
        }
    });
    runtime.shutdown_background();
}

async fn handle<S: Site>(
    State(shared): State<Arc<Shared<S>>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let call = read(request).await;
    lock(&shared.calls).push(call.clone());
    let fault = fault::take(&mut lock(&shared.rules), &call);
    let answer = || lock(&shared.site).answer(&call);
    let reply = match fault {
        None => answer(),
        Some(Fault::Instead(reply)) => reply,
        Some(Fault::AndThen(reply)) => {
            answer();
            reply
        }
        Some(Fault::CutBefore) => {
            scissors.cut();
            Reply::empty(500)
        }
        Some(Fault::CutAfter) => {
            answer();
            scissors.cut();
            Reply::empty(500)
        }
        Some(Fault::Truncated) => torn(&call, answer(), &scissors, false),
        Some(Fault::SilentWithin) => torn(&call, answer(), &scissors, true),
        Some(Fault::Silent) => return std::future::pending().await,
        Some(Fault::SilentAfter) => {
            answer();
            return std::future::pending().await;
        }
        Some(Fault::Slow(wait)) => {
            tokio::time::sleep(wait).await;
            answer()
        }
    };
    write(reply)
}

async fn read(request: Request) -> Call {
    let (head, body) = request.into_parts();
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let body = to_bytes(body, BODY).await.unwrap_or_default();
    let query = head.uri.query().unwrap_or_default();
    Call::new(head.method.as_str(), head.uri.path(), query, headers.collect(), body.to_vec())
}

/// An answer of whose body only the first half gets through.
fn torn(call: &Call, mut reply: Reply, scissors: &Scissors, silent: bool) -> Reply {
    if call.method == "HEAD" {
        // There is no body, and what is told is the length of one that would be.
        return reply;
    }
    if reply.body.is_empty() {
        // A body that is not there is told to be.
        reply.body = vec![b' '; 16];
        reply.headers.retain(|(name, _)| name != "content-length");
    }
    scissors.tear(reply.body.len() / 2, silent);
    reply
}

fn write(reply: Reply) -> Response {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).expect("a response")
}
