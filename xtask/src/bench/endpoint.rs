//! The local endpoint under load: a model in its own process, and what the router adds to a model
//! in a process of its own.

use std::time::Duration;

use crate::place::Place;
use crate::process::Result;
use crate::traffic::{Seen, Traffic};

const SECONDS: u64 = 10;
const CONNECTIONS: usize = 8;

/// Measures.
pub fn run() -> Result<()> {
    let place = Place::prepare("bench-endpoint", true)?;
    place.first_version()?;
    let requests: Vec<String> = place
        .python(&["live_requests.py", "data/2016.parquet"])?
        .lines()
        .map(str::to_owned)
        .collect();
    let server = place.serve("prod")?;
    place.verb(&["deploy", "employment@1.0.0", "--endpoint", "prod"], &[0])?;
    let seen = load(&server.address, "/v2/models/employment/infer", &requests);
    print("ONNX in the server's process", &seen);
    drop(server);
    relay(&place, &requests)
}

/// The same model in a child process: asked directly, and through the router.
fn relay(place: &Place, requests: &[String]) -> Result<()> {
    let child = place.serve("backing")?;
    place.verb(&["deploy", "employment@1.0.0", "--endpoint", "backing"], &[0])?;
    drop(child);
    let router = place.serve("relay")?;
    place.verb(&["deploy", "employment@1.0.0", "--endpoint", "relay"], &[0])?;
    let direct = place.address_of("backing")?;
    let path = "/v2/models/employment/infer";
    let alone = load(&direct, path, requests);
    let routed = load(&router.address, path, requests);
    print("child process, asked directly", &alone);
    print("child process, through the router", &routed);
    println!(
        "the router adds {:.2} ms at p50, {:.2} ms at p99",
        at(&routed, 0.5) - at(&alone, 0.5),
        at(&routed, 0.99) - at(&alone, 0.99)
    );
    Ok(())
}

fn load(address: &str, path: &str, requests: &[String]) -> Seen {
    let traffic =
        Traffic::start(address, path, vec![requests.to_vec()], CONNECTIONS, Duration::ZERO);
    std::thread::sleep(Duration::from_secs(SECONDS));
    traffic.stop()
}

fn print(what: &str, seen: &Seen) {
    let rate = seen.requests as f64 / SECONDS as f64;
    let (p50, p99) = (at(seen, 0.5), at(seen, 0.99));
    println!(
        "{what}: {rate:.0} requests/s, p50 {p50:.2} ms, p99 {p99:.2} ms, {} failed",
        seen.failed
    );
}

fn at(seen: &Seen, share: f64) -> f64 {
    let index = (seen.latencies.len() as f64 * share) as usize;
    seen.latencies.get(index).copied().unwrap_or(f64::NAN)
}
