//! Live traffic: a few keep-alive connections that send one request after another and count every
//! answer that is not a success.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    paused: AtomicBool,
    source: AtomicUsize,
    next: AtomicUsize,
    sent: AtomicU64,
    failed: AtomicU64,
    problems: Mutex<Vec<String>>,
}

/// Traffic that runs until it is stopped.
pub struct Traffic {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<Vec<f64>>>,
}

/// What the traffic saw.
pub struct Seen {
    /// Requests sent.
    pub requests: u64,
    /// Requests that were not answered with 200.
    pub failed: u64,
    /// The first few failures.
    pub problems: Vec<String>,
    /// Latencies in ms, ascending.
    pub latencies: Vec<f64>,
}

impl Traffic {
    /// Sends the bodies of the chosen source to `address` (host:port) and `path`, over
    /// `connections` connections, each with `pause` between its requests.
    pub fn start(
        address: &str,
        path: &str,
        sources: Vec<Vec<String>>,
        connections: usize,
        pause: Duration,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        let sources = Arc::new(sources);
        let threads = (0..connections)
            .map(|_| {
                let (shared, sources) = (shared.clone(), sources.clone());
                let (address, path) = (address.to_owned(), path.to_owned());
                std::thread::spawn(move || send(&shared, &sources, &address, &path, pause))
            })
            .collect();
        Self { shared, threads }
    }

    /// Holds further requests back, or lets them go on.
    pub fn pause(&self, paused: bool) {
        self.shared.paused.store(paused, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(if paused { 100 } else { 0 }));
    }

    /// Takes requests from another source from now on.
    pub fn switch_to(&self, source: usize) {
        self.shared.source.store(source, Ordering::SeqCst);
    }

    /// Requests sent so far.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::SeqCst)
    }

    /// Waits until `more` further requests were sent.
    pub fn wait_for(&self, more: u64) {
        let goal = self.sent() + more;
        let deadline = Instant::now() + Duration::from_secs(300);
        while self.sent() < goal && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops and tells what was seen.
    pub fn stop(self) -> Seen {
        self.shared.stop.store(true, Ordering::SeqCst);
        let mut latencies: Vec<f64> =
            self.threads.into_iter().flat_map(|t| t.join().unwrap_or_default()).collect();
        latencies.sort_by(f64::total_cmp);
        Seen {
            requests: self.shared.sent.load(Ordering::SeqCst),
            failed: self.shared.failed.load(Ordering::SeqCst),
            problems: self.shared.problems.lock().map(|p| p.clone()).unwrap_or_default(),
            latencies,
        }
    }
}

fn send(
    shared: &Shared,
    sources: &[Vec<String>],
    address: &str,
    path: &str,
    pause: Duration,
) -> Vec<f64> {
    let mut latencies = Vec::new();
    let mut connection = None;
    while !shared.stop.load(Ordering::SeqCst) {
        if shared.paused.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
            continue;
        }
        let bodies = &sources[shared.source.load(Ordering::SeqCst)];
        let body = &bodies[shared.next.fetch_add(1, Ordering::SeqCst) % bodies.len()];
        let begin = Instant::now();
        let answer = exchange(&mut connection, address, path, body);
        latencies.push(begin.elapsed().as_secs_f64() * 1e3);
        shared.sent.fetch_add(1, Ordering::SeqCst);
        if let Err(problem) = answer {
            connection = None;
            shared.failed.fetch_add(1, Ordering::SeqCst);
            if let Ok(mut problems) = shared.problems.lock()
                && problems.len() < 10
            {
                problems.push(problem);
            }
        }
        std::thread::sleep(pause);
    }
    latencies
}

type Connection = Option<BufReader<TcpStream>>;

fn exchange(
    connection: &mut Connection,
    address: &str,
    path: &str,
    body: &str,
) -> Result<(), String> {
    let io = |e: std::io::Error| format!("{address}: {e}");
    if connection.is_none() {
        let stream = TcpStream::connect(address).map_err(io)?;
        stream.set_nodelay(true).map_err(io)?;
        stream.set_read_timeout(Some(TIMEOUT)).map_err(io)?;
        *connection = Some(BufReader::new(stream));
    }
    let Some(reader) = connection.as_mut() else { return Err("no connection".to_owned()) };
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    reader.get_mut().write_all(request.as_bytes()).map_err(io)?;
    let (status, answer) = read_answer(reader).map_err(io)?;
    if status == 200 { Ok(()) } else { Err(format!("status {status}: {answer}")) }
}

fn read_answer(reader: &mut BufReader<TcpStream>) -> std::io::Result<(u16, String)> {
    let mut line = String::new();
    let mut status = 0;
    let mut length = 0;
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let text = line.trim_end();
        if let Some(rest) = text.strip_prefix("HTTP/1.1 ") {
            status = rest.get(..3).and_then(|s| s.parse().ok()).unwrap_or(0);
        } else if let Some((name, value)) = text.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        } else if text.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((status, String::from_utf8_lossy(&body).chars().take(200).collect()))
}
