//! What goes wrong between here and a store, byte by byte: each is an error that says what to do, or
//! is tried again.

use outerloop_tests::fake::wire::{Wire, answer};
use outerloop_tests::fake::{Call, Fake, Fault, Reply, Rule, Site};
use outerloop_tests::{Ran, Workshop};

const ROWS: &str = "label,score\n1,0.9\n0,0.2\n1,0.7\n0,0.1\n";

fn evaluate(workshop: &Workshop, address: &str, variables: &[(&str, &str)]) -> Ran {
    let mut command = workshop.command(&["evaluate", address]);
    let ran = Workshop::ran(command.envs(variables.iter().copied()));
    assert!(!format!("{ran:?}").contains("secret"), "{ran:?}");
    assert!(!format!("{ran:?}").contains(".outerloop/fetched"), "{ran:?}");
    ran
}

/// What `evaluate` makes of these answers to one address.
fn answered(answers: Vec<Vec<u8>>) -> (Ran, Vec<String>) {
    let (workshop, server) = (Workshop::new(), Wire::start(answers));
    let ran = evaluate(&workshop, &format!("{}/scores.csv?sig=secret", server.url), &[]);
    (ran, server.asked())
}

#[test]
fn a_body_that_breaks_off_is_read_on_where_it_ended() {
    let (head, tail) = ROWS.split_at(20);
    let tag = "etag: \"1\"";
    let range = format!("content-range: bytes 20-{}/{}", ROWS.len() - 1, ROWS.len());
    let (ran, asked) = answered(vec![
        answer("200 OK", &[tag], ROWS.len(), head.as_bytes()),
        answer("206 Partial Content", &[tag, &range], tail.len(), tail.as_bytes()),
    ]);
    assert!(ran.exits(0).stdout.contains("4 rows, binary"));
    assert!(asked[1].contains("range: bytes=20-\r\n"), "{asked:?}");
    assert!(asked[1].contains("if-match: \"1\"\r\n"), "{asked:?}");
}

#[test]
fn without_a_tag_the_file_is_begun_anew() {
    let (ran, asked) = answered(vec![
        answer("200 OK", &[], ROWS.len(), &ROWS.as_bytes()[..20]),
        answer("200 OK", &[], ROWS.len(), ROWS.as_bytes()),
    ]);
    assert!(ran.exits(0).stdout.contains("4 rows, binary"));
    assert!(!asked[1].contains("range:"), "{asked:?}");
}

#[test]
fn a_file_that_changed_meanwhile_is_not_put_together_of_two() {
    let half = answer("200 OK", &["etag: \"1\""], ROWS.len(), &ROWS.as_bytes()[..20]);
    let range = format!("content-range: bytes 20-{}/{}", ROWS.len() - 1, ROWS.len());
    let longer = format!("content-range: bytes 20-99/{}", ROWS.len() + 10);
    let tail = &ROWS.as_bytes()[20..];
    for second in [
        answer("206 Partial Content", &["etag: \"2\"", &range], tail.len(), tail),
        answer("206 Partial Content", &["etag: \"1\"", &longer], tail.len(), tail),
        answer("200 OK", &["etag: \"2\""], ROWS.len(), ROWS.as_bytes()),
        answer("412 Precondition Failed", &[], 0, b""),
    ] {
        let (ran, _) = answered(vec![half.clone(), second]);
        ran.exits(3).says("was changed while it was fetched").says("hint:");
    }
}

#[test]
fn damaged_bytes_are_noticed_by_their_checksum() {
    for sum in [
        "content-md5: AAAAAAAAAAAAAAAAAAAAAA==",
        "x-amz-checksum-sha256: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "x-goog-hash: crc32c=AAAAAA==",
    ] {
        let (ran, _) = answered(vec![answer("200 OK", &[sum], ROWS.len(), ROWS.as_bytes())]);
        ran.exits(3).says("checksum that the server names").says("hint:");
    }
}

#[test]
fn a_page_of_a_proxy_is_not_data() {
    let page = b"\n<!DOCTYPE html><html><title>Sign in</title></html>";
    let (ran, _) = answered(vec![answer("200 OK", &["content-type: text/html"], page.len(), page)]);
    ran.exits(3).says("web page (HTML), not data").says("HTTPS_PROXY");
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let (ran, asked) = answered(vec![
        answer("503 Slow Down", &["retry-after: 0"], 0, b""),
        answer("200 OK", &[], ROWS.len(), ROWS.as_bytes()),
    ]);
    assert!(ran.exits(0).stdout.contains("4 rows, binary"));
    assert_eq!(asked.len(), 2);
}

#[test]
fn a_server_that_says_nothing_is_asked_again_after_the_time_that_is_set() {
    struct Rows;
    impl Site for Rows {
        fn answer(&mut self, _: &Call) -> Reply {
            Reply::bytes(200, "text/csv", ROWS.into())
        }
    }
    let (workshop, server) = (Workshop::new(), Fake::start(|_| Rows));
    let address = format!("{}/scores.csv", server.url);
    let stalled = [("OUTERLOOP_STALL_TIMEOUT", "300ms")];
    for fault in [Fault::Silent, Fault::SilentWithin] {
        server.inject(Rule::next(fault));
        let begun = std::time::Instant::now();
        let ran = evaluate(&workshop, &address, &stalled).exits(0);
        assert!(ran.stdout.contains("4 rows, binary"), "{ran:?}");
        assert!(begun.elapsed().as_secs_f64() < 20.0, "{:?}", begun.elapsed());
        assert_eq!(server.take_calls().len(), 2);
    }
    for wrong in ["soon", "1ms"] {
        let ran = evaluate(&workshop, &address, &[("OUTERLOOP_STALL_TIMEOUT", wrong)]);
        ran.exits(2).says("OUTERLOOP_STALL_TIMEOUT").says(wrong).says("hint:");
    }
}

/// A server that sends everybody elsewhere.
struct Elsewhere(String);

impl Site for Elsewhere {
    fn answer(&mut self, call: &Call) -> Reply {
        if call.path.contains("stay") {
            return Reply::bytes(200, "text/csv", ROWS.into());
        }
        Reply::empty(307).header("location", &self.0)
    }
}

#[test]
fn a_login_does_not_go_along_to_another_server() {
    let workshop = Workshop::new();
    let other = Fake::start(|_| Elsewhere(String::new()));
    let server = Fake::start(|_| Elsewhere(format!("{}/stay.csv", other.url)));
    let login = server.url.replace("http://", "http://me:secret@");
    let ran = evaluate(&workshop, &format!("{login}/scores.csv"), &[]);
    assert!(ran.exits(0).stdout.contains("4 rows, binary"));
    let here = server.take_calls();
    assert!(here[0].header("authorization").is_some(), "{here:?}");
    let there = other.take_calls();
    assert_eq!((there.len(), there[0].header("authorization")), (1, None));
    let keys = [
        ("AWS_ACCESS_KEY_ID", "acme"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL", &*server.url),
    ];
    evaluate(&workshop, "s3://acme/scores.csv", &keys).exits(3).says("sends elsewhere");
    let token = [
        ("AZURE_STORAGE_TOKEN", "secret"),
        ("AZURE_STORAGE_ACCOUNT_NAME", "acme"),
        ("AZURE_STORAGE_ENDPOINT", &*server.url),
    ];
    evaluate(&workshop, "az://acme/scores.csv", &token).exits(3).says("sends elsewhere");
    assert!(other.take_calls().is_empty());
    let open = Fake::start(|_| Elsewhere("http://acme.example/scores.csv".into()));
    let ran = evaluate(&workshop, &format!("{}/scores.csv", open.url), &[]);
    ran.exits(3).says("not encrypted").says("hint:");
}

/// What the documentation of each store says of tokens.
struct Tokens;

impl Site for Tokens {
    fn answer(&mut self, call: &Call) -> Reply {
        let error = |status, code: &str| {
            let body = format!("<Error><Code>{code}</Code><Message>No.\nTime:1</Message></Error>");
            Reply::bytes(status, "application/xml", body.into_bytes())
        };
        match call.header("authorization") {
            Some("Bearer good") => {
                Reply::bytes(200, "text/csv", ROWS.into()).header("x-ms-request-id", "1")
            }
            Some("Bearer old") => error(401, "ExpiredToken"),
            Some("Bearer weak") => error(403, "AuthorizationPermissionMismatch"),
            Some(_) => error(401, "InvalidAuthenticationInfo"),
            None => error(404, "ResourceNotFound"),
        }
    }
}

#[test]
fn tokens_are_sent_and_their_end_is_told() {
    let (workshop, server) = (Workshop::new(), Fake::start(|_| Tokens));
    let azure = |token: &str| {
        let variables = [
            ("AZURE_STORAGE_TOKEN", token),
            ("AZURE_STORAGE_ACCOUNT_NAME", "acme"),
            ("AZURE_STORAGE_ENDPOINT", &*server.url),
        ];
        evaluate(&workshop, "az://acme/scores.csv", &variables)
    };
    let google = |token: &str| {
        let variables =
            [("GOOGLE_OAUTH_ACCESS_TOKEN", token), ("STORAGE_EMULATOR_HOST", &*server.url)];
        evaluate(&workshop, "gs://acme/scores.csv", &variables)
    };
    azure("good").exits(0);
    let calls = server.take_calls();
    assert_eq!(calls[0].header("x-ms-version"), Some("2023-11-03"));
    google("good").exits(0);
    azure("old").exits(3).says("401 ExpiredToken: No.").says("log in again");
    azure("weak").exits(3).says("Storage Blob Data Reader");
    google("bad").exits(3).says("GOOGLE_OAUTH_ACCESS_TOKEN");
    let anonymous = google("").exits(2);
    anonymous.says("404 ResourceNotFound").says("no login was sent");
}

#[test]
fn a_list_of_several_pages_is_read_to_its_end() {
    struct Pages;
    impl Site for Pages {
        fn answer(&mut self, call: &Call) -> Reply {
            if call.path.ends_with(".csv") {
                return Reply::bytes(200, "text/csv", ROWS.into());
            }
            assert_eq!(call.asked("prefix"), Some("logs/"));
            let page: usize =
                call.asked("pageToken").map_or(0, |page| page.parse().expect("a page"));
            let next = (page < 4).then(|| format!(",\"nextPageToken\":\"{}\"", page + 1));
            let name = format!("logs/2026/p{page}.csv");
            let body = format!(
                "{{\"items\":[{{\"name\":\"{name}\",\"size\":\"36\"}}]{}}}",
                next.unwrap_or_default()
            );
            Reply::bytes(200, "application/json", body.into_bytes())
        }
    }
    let (workshop, server) = (Workshop::new(), Fake::start(|_| Pages));
    server.inject(Rule::next(Fault::Instead(Reply::empty(500))).times(1));
    let variables = [("STORAGE_EMULATOR_HOST", &*server.url)];
    let ran = evaluate(&workshop, "gs://acme/logs/", &variables).exits(0);
    assert!(ran.stdout.contains("20 rows, binary"), "{ran:?}");
    ran.says("fetched gs://acme/logs/: 5 files, 180 bytes");
    let ran = evaluate(&workshop, "gs://acme/logs/**/p[24].csv", &variables);
    ran.exits(2).says("no file matches gs://acme/logs/**/p[24].csv");
}
