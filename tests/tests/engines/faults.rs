//! Engines that are not there, are something else, fall silent or go.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use outerloop_tests::engines::{Sail, Wire};
use outerloop_tests::{Ran, Workshop};

/// A query that takes minutes.
const LONG: &str =
    "SELECT a.id * b.id % 1000003 AS x FROM range(100000) AS a CROSS JOIN range(100000) AS b";

fn run(address: &str, more: &[&str]) -> Ran {
    let workshop = Workshop::new();
    let asked = ["profile", "--engine", address, "--query", "SELECT 1 AS x"];
    let ran = workshop.run(&[&asked[..], more].concat());
    assert!(!workshop.path().join("data.profile.json").exists(), "{ran:?}");
    ran
}

#[test]
fn nobody_there() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = free.local_addr().expect("its number");
    drop(free);
    let ran = run(&format!("sc://{place}"), &[]).exits(3);
    assert!(
        ran.stderr.contains("cannot reach the engine") && ran.stderr.contains("hint:"),
        "{ran:?}"
    );
}

#[test]
fn another_kind_of_server() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = listener.local_addr().expect("its number");
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let _ = client.read(&mut [0; 1024]);
            let _ = client.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            // Closed with bytes unread, the answer would be lost.
            std::thread::spawn(move || std::io::copy(&mut client, &mut std::io::sink()));
        }
    });
    let begin = Instant::now();
    let ran = run(&format!("sc://{place}"), &["--timeout", "10s"]).exits(3);
    assert!(ran.stderr.contains("does not speak Spark Connect"), "{ran:?}");
    assert!(begin.elapsed() < Duration::from_secs(20));
}

#[test]
fn silence() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = listener.local_addr().expect("its number");
    let begin = Instant::now();
    let ran = run(&format!("sc://{place}"), &["--timeout", "2s"]).exits(3);
    assert!(ran.stderr.contains("did not answer in time"), "{ran:?}");
    assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
    drop(listener);
}

#[test]
#[ignore = "needs Sail, which cargo xtask test installs"]
fn encryption_where_there_is_none() {
    let sail = Sail::start();
    let ran = run(&format!("{}/;use_ssl=true", sail.address()), &[]).exits(3);
    assert!(ran.stderr.contains("use_ssl=false"), "{ran:?}");
}

#[test]
#[ignore = "needs Sail, which cargo xtask test installs"]
fn tables_and_queries_that_the_engine_refuses() {
    let sail = Sail::start();
    let (workshop, address) = (Workshop::new(), sail.address());
    let profile = |what: &[&str]| {
        let asked = [&["profile", "--engine", &address, "--sql", "asked.sql"][..], what];
        workshop.run(&asked.concat()).exits(2).stderr
    };
    assert!(profile(&["--table", "acme.nothing"]).contains("has no such table"));
    let asked = std::fs::read_to_string(workshop.path().join("asked.sql")).expect("the queries");
    assert!(asked.contains("FROM `acme`.`nothing` LIMIT 0"), "{asked}");
    assert!(
        profile(&["--query", "SELECT y FROM (SELECT 1 AS x) AS q"]).contains("refused the query")
    );
    assert!(profile(&["--query", "SELECT 1; DROP TABLE x"]).contains("error:"));
}

#[test]
#[ignore = "needs Sail, which cargo xtask test installs"]
fn a_connection_that_breaks_is_made_again() {
    let sail = Sail::start();
    // Here and there in the answers: the handshake, the first counts, the last steps.
    for answered in [40, 900, 4_000, 9_000] {
        let wire = Wire::cut_once(sail.place(), answered);
        let workshop = Workshop::new();
        let query = "SELECT id, id * id % 1009 AS y, CAST(id AS STRING) AS z FROM range(3000)";
        let asked = ["profile", "--engine", &wire.address(), "--query", query, "--json"];
        let told = workshop.run(&asked).exits(0).json();
        assert_eq!(told["rows"], 3000, "cut after {answered}");
        assert!(wire.connections() > 1, "cut after {answered}: {}", wire.connections());
    }
}

fn begun(workshop: &Workshop, sail: &Sail) -> Child {
    let address = sail.address();
    let mut command = workshop.command(&["profile", "--engine", &address, "--query", LONG]);
    let child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("starts");
    std::thread::sleep(Duration::from_secs(3));
    child
}

/// Its exit code and what it said.
fn ended(mut child: Child, within: Duration) -> (Option<i32>, String) {
    let deadline = Instant::now() + within;
    while child.try_wait().expect("can be waited for").is_none() {
        if Instant::now() > deadline {
            let _ = child.kill();
            panic!("it still runs after {within:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let out = child.wait_with_output().expect("ended");
    (out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned())
}

#[test]
#[ignore = "needs Sail, which cargo xtask test installs"]
fn a_server_that_dies() {
    let workshop = Workshop::new();
    let mut sail = Sail::start();
    let child = begun(&workshop, &sail);
    sail.kill();
    let (code, said) = ended(child, Duration::from_secs(40));
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("is gone") && said.contains("hint:"), "{said}");
    assert!(!workshop.path().join("data.profile.json").exists());
}

#[test]
#[cfg(unix)]
#[ignore = "needs Sail, which cargo xtask test installs"]
fn an_interrupt_calls_the_query_off() {
    let workshop = Workshop::new();
    let sail = Sail::start();
    let child = begun(&workshop, &sail);
    let pid = child.id().to_string();
    std::process::Command::new("kill").args(["-INT", &pid]).status().expect("kill runs");
    let (code, said) = ended(child, Duration::from_secs(15));
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("called off"), "{said}");
}
