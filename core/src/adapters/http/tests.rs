//! The client against a server that answers by a script.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Failure, HttpClient, Options, Request, RetryPolicy, Sink};
use crate::domain::error::{Error, ErrorKind};
use crate::domain::secret::Secret;
use crate::ports::clock::Clock;

/// Time that passes only while somebody sleeps.
struct StillClock(Mutex<Timestamp>, Mutex<Vec<Duration>>);

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) {
        *self.0.lock().unwrap() += duration;
        self.1.lock().unwrap().push(duration);
    }
}

/// What the server does with the next call.
enum Act {
    /// Status, further header lines, body.
    Answer(u16, &'static str, &'static str),
    /// Reads the call and cuts the connection.
    Cut,
}

struct Scripted {
    client: HttpClient,
    clock: Arc<StillClock>,
    server: JoinHandle<Vec<String>>,
}

impl Scripted {
    fn new(script: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let own = url.clone();
        let server = std::thread::spawn(move || {
            script.into_iter().map(|act| serve(&listener.accept().unwrap().0, &act, &own)).collect()
        });
        let clock = still();
        Self { client: client(&format!("{url}/api"), Arc::clone(&clock)), clock, server }
    }

    /// Ends the server, which must have got every call of its script; gives the calls and the
    /// waits in seconds.
    fn end(self) -> (Vec<String>, Vec<u64>) {
        let calls = self.server.join().unwrap();
        let slept = self.clock.1.lock().unwrap().iter().map(Duration::as_secs).collect();
        (calls, slept)
    }
}

fn still() -> Arc<StillClock> {
    let now = "2026-11-22T08:00:00Z".parse().unwrap();
    Arc::new(StillClock(Mutex::new(now), Mutex::default()))
}

fn client(base: &str, clock: Arc<StillClock>) -> HttpClient {
    HttpClient::new(Options {
        base: base.to_owned(),
        authorization: Some(Secret::new("Bearer t0ken")),
        headers: vec![("accept", "application/json".to_owned())],
        clock,
        retry: RetryPolicy::default(),
        timeout: Some(Duration::from_secs(5)),
    })
    .unwrap()
}

/// Serves one call; `{url}` in headers becomes the server's address. Gives the call.
fn serve(stream: &TcpStream, act: &Act, url: &str) -> String {
    let mut reader = BufReader::new(stream);
    let (mut call, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        call.push_str(&line);
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    call.push_str(&String::from_utf8(body).unwrap());
    if let Act::Answer(status, headers, body) = act {
        let headers = headers.replace("{url}", url);
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n");
        (&mut &*stream).write_all(format!("{head}{headers}\r\n{body}").as_bytes()).unwrap();
    }
    call
}

fn get() -> Request {
    Request::get(&["things"])
}

fn post() -> Request {
    Request::post(&["things"]).json(&json!({"name": "churn"}))
}

const OK: Act = Act::Answer(200, "", r#"{"done":true}"#);

#[test]
fn a_call_carries_login_agent_and_body() {
    let scripted = Scripted::new(vec![OK]);
    let answer: Value = scripted.client.send(&post()).unwrap().json().unwrap();
    assert_eq!(answer, json!({"done": true}));
    let (calls, slept) = scripted.end();
    assert!(calls[0].starts_with("POST /api/things HTTP/1.1\r\n"), "{}", calls[0]);
    for line in
        ["authorization: Bearer t0ken", "accept: application/json", "user-agent: outerloop/"]
    {
        assert!(calls[0].contains(line), "`{line}` is not in {}", calls[0]);
    }
    assert!(calls[0].ends_with(r#"{"name":"churn"}"#));
    assert!(slept.is_empty());
}

#[test]
fn reading_is_tried_again_after_a_cut_and_after_a_failure_of_the_server() {
    let scripted = Scripted::new(vec![Act::Cut, Act::Answer(502, "", "<html>"), OK]);
    scripted.client.send(&get()).unwrap();
    assert_eq!(scripted.end().1.len(), 2);
}

#[test]
fn tries_end_and_the_error_names_the_call_and_the_servers_words() {
    let fail = || Act::Answer(500, "x-github-request-id: AB:1\r\n", r#"{"message":"no disk"}"#);
    let scripted = Scripted::new((0..5).map(|_| fail()).collect());
    let error = Error::from(scripted.client.send(&get()).unwrap_err());
    assert_eq!(error.to_string(), "GET /things: the server answered 500: no disk (request AB:1)");
    assert!(error.is_retryable());
    assert_eq!(scripted.end().0.len(), 5);
}

#[test]
fn creating_is_not_sent_again_when_it_may_have_been_done() {
    for act in [Act::Cut, Act::Answer(500, "", ""), Act::Answer(503, "", "")] {
        let scripted = Scripted::new(vec![act]);
        let failure = scripted.client.send(&post()).unwrap_err();
        assert!(failure.is_ambiguous(), "{failure}");
        assert_eq!(scripted.end().0.len(), 1);
    }
}

#[test]
fn creating_is_sent_again_when_the_server_turned_it_away() {
    let scripted = Scripted::new(vec![
        Act::Answer(429, "retry-after: 7\r\n", ""),
        Act::Answer(403, "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1795334420\r\n", ""),
        Act::Answer(503, "retry-after: 3\r\n", ""),
        OK,
    ]);
    scripted.client.send(&post()).unwrap();
    let (calls, slept) = scripted.end();
    assert_eq!(calls.len(), 4);
    assert!(slept[0] >= 7 && slept[1] > 0 && slept[2] >= 3, "{slept:?}");
}

#[test]
fn a_post_that_stores_by_content_is_sent_again() {
    let scripted = Scripted::new(vec![Act::Cut, OK]);
    scripted.client.send(&post().safe_to_repeat()).unwrap();
    assert_eq!(scripted.end().0.len(), 2);
}

#[test]
fn a_wait_that_is_too_long_ends_at_once_with_a_hint() {
    let scripted = Scripted::new(vec![Act::Answer(429, "retry-after: 3600\r\n", "")]);
    let failure = scripted.client.send(&post()).unwrap_err();
    assert!(!failure.is_ambiguous());
    let error = Error::from(failure);
    assert!(error.is_retryable());
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.hint_text().unwrap().contains("in 3600 s"), "{:?}", error.hint_text());
    assert!(scripted.end().1.is_empty());
}

#[test]
fn a_server_that_is_not_there_is_tried_again_and_then_named() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let clock = still();
    let failure = client(&format!("http://{free}"), Arc::clone(&clock)).send(&post()).unwrap_err();
    assert!(!failure.is_ambiguous());
    assert!(failure.to_string().contains(&format!("{free} cannot be reached")), "{failure}");
    assert_eq!(clock.1.lock().unwrap().len(), 4);
}

#[test]
fn refusals_are_final_and_have_their_kind() {
    let kinds = [
        (203, ErrorKind::Permission),
        (401, ErrorKind::Permission),
        (403, ErrorKind::Permission),
        (404, ErrorKind::NotFound),
        (409, ErrorKind::Conflict),
        (422, ErrorKind::Unavailable),
    ];
    for (status, kind) in kinds {
        let scripted = Scripted::new(vec![Act::Answer(status, "", "")]);
        let failure = scripted.client.send(&get()).unwrap_err();
        assert_eq!(failure.status(), Some(status));
        assert_eq!(Error::from(failure).kind(), kind);
        assert!(scripted.end().1.is_empty());
    }
}

#[test]
fn the_token_is_hidden_when_the_server_quotes_it() {
    let scripted = Scripted::new(vec![Act::Answer(401, "", r#"{"message":"bad login: t0ken"}"#)]);
    let failure = scripted.client.send(&get().query("key", "s3cret")).unwrap_err();
    assert_eq!(failure.to_string(), "GET /things: the server answered 401: bad login: ***");
    drop(scripted.end());
}

#[test]
fn a_redirect_keeps_the_method_on_the_same_server() {
    let scripted = Scripted::new(vec![Act::Answer(307, "location: {url}/api/moved\r\n", ""), OK]);
    scripted.client.send(&post()).unwrap();
    let (calls, _) = scripted.end();
    assert!(calls[1].starts_with("POST /api/moved "), "{}", calls[1]);
    assert!(calls[1].ends_with(r#"{"name":"churn"}"#));
}

#[test]
fn a_redirect_to_another_server_or_another_method_is_not_followed() {
    let away = "location: http://127.0.0.1:1/steal\r\n";
    for (request, answer) in [
        (get(), Act::Answer(302, away, "")),
        (post(), Act::Answer(307, away, "")),
        (post(), Act::Answer(302, "location: {url}/api/x\r\n", "")),
    ] {
        let scripted = Scripted::new(vec![answer]);
        let failure: Failure = scripted.client.send(&request).unwrap_err();
        assert!(failure.to_string().contains("sends elsewhere"), "{failure}");
        drop(scripted.end());
    }
}

#[test]
fn pages_follow_links_and_continuation_tokens() {
    let scripted = Scripted::new(vec![
        Act::Answer(200, "link: <{url}/api/things?page=2>; rel=\"next\"\r\n", "[1]"),
        Act::Answer(200, "x-ms-continuationtoken: a b\r\n", "[2]"),
        Act::Answer(200, "", "[3]"),
    ]);
    let pages: Vec<Vec<u32>> = scripted
        .client
        .pages(get().query("per_page", "1"))
        .map(|page| page.unwrap().json().unwrap())
        .collect();
    assert_eq!(pages, [[1], [2], [3]]);
    let (calls, _) = scripted.end();
    assert!(calls[1].starts_with("GET /api/things?page=2 "), "{}", calls[1]);
    assert!(
        calls[2].starts_with("GET /api/things?per_page=1&continuationToken=a+b "),
        "{}",
        calls[2]
    );
}

#[test]
fn the_login_is_never_sent_to_the_server_of_a_foreign_link() {
    let link = "link: <http://127.0.0.1:1/things?page=2>; rel=\"next\"\r\n";
    let scripted = Scripted::new(vec![Act::Answer(200, link, "[1]")]);
    let mut pages = scripted.client.pages(get());
    assert!(pages.next().unwrap().is_err());
    assert!(pages.next().is_none());
    drop(pages);
    drop(scripted.end());
}

#[test]
fn a_base_or_a_token_that_cannot_be_sent_is_refused() {
    for (base, token) in
        [("github", "Bearer x"), ("file:///x", "Bearer x"), ("http://127.0.0.1", "Bearer x\ny")]
    {
        let made = HttpClient::new(Options {
            base: base.to_owned(),
            authorization: Some(Secret::new(token)),
            headers: Vec::new(),
            clock: still(),
            retry: RetryPolicy::default(),
            timeout: None,
        });
        let error = made.err().unwrap();
        assert!(error.hint_text().is_some() && !error.to_string().contains("x\ny"), "{error}");
    }
}

/// Where a body goes, and how often it began.
#[derive(Default)]
struct Kept(Vec<u8>, usize);

impl Sink for Kept {
    fn begin(&mut self) -> std::io::Result<()> {
        self.0.clear();
        self.1 += 1;
        Ok(())
    }

    fn push(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.extend(bytes);
        Ok(())
    }
}

#[test]
fn a_download_may_take_long_while_bytes_come() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        // The first answer falls silent half-way; the second one comes slowly, and whole.
        let (silent, _) = listener.accept().unwrap();
        serve(&silent, &Act::Cut, "");
        (&silent).write_all(b"HTTP/1.1 200 X\r\ncontent-length: 6\r\n\r\n123").unwrap();
        let (slow, _) = listener.accept().unwrap();
        serve(&slow, &Act::Cut, "");
        (&slow).write_all(b"HTTP/1.1 200 X\r\ncontent-length: 6\r\n\r\n").unwrap();
        for byte in b"abcdef" {
            std::thread::sleep(Duration::from_millis(300));
            (&slow).write_all(&[*byte]).unwrap();
        }
    });
    let client = HttpClient::new(Options {
        base,
        authorization: None,
        headers: Vec::new(),
        clock: still(),
        retry: RetryPolicy::default(),
        timeout: Some(Duration::from_secs(1)),
    });
    let mut kept = Kept::default();
    client.unwrap().download(&get(), &mut kept).unwrap();
    assert_eq!((kept.0.as_slice(), kept.1), (b"abcdef".as_slice(), 2));
    server.join().unwrap();
}
