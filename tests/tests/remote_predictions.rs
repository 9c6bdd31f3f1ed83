//! Predictions that are not on this machine: over HTTP from loopback, and over the protocols of
//! clouds from fakes that look at what is asked of them.

use outerloop_tests::Workshop;
use outerloop_tests::fake::{Call, Fake, Fault, Reply, Rule, Site};

const ROWS: &str = "label,score\n1,0.9\n0,0.2\n1,0.7\n0,0.1\n";

/// A server with one file.
struct OneFile;

impl Site for OneFile {
    fn answer(&mut self, call: &Call) -> Reply {
        let file = || {
            Reply::bytes(200, "text/csv", ROWS.into())
                .header("etag", "\"1\"")
                .header("last-modified", "Sun, 22 Nov 2026 10:00:00 GMT")
        };
        match call.path.as_str() {
            "/models/scores.csv" => file(),
            // What Azure answers is told from a proxy's page by its own headers.
            "/devstoreaccount1/models/scores.csv" => file().header("x-ms-request-id", "r-1"),
            "/models/secret.csv" => Reply::empty(403),
            _ => Reply::empty(404),
        }
    }
}

#[test]
fn a_file_on_a_server_is_read_and_not_kept() {
    let (workshop, server) = (Workshop::new(), Fake::start(|_| OneFile));
    let address = format!("{}/models/scores.csv?sig=secret", server.url);
    let ran = workshop.run(&["evaluate", &address]).exits(0);
    assert!(ran.stdout.contains("4 rows, binary"), "{ran:?}");
    assert!(ran.stderr.contains("fetched http://127.0.0.1"), "{ran:?}");
    assert!(!format!("{ran:?}").contains("secret"), "{ran:?}");
    assert_eq!(server.take_calls()[0].asked("sig"), Some("secret"));
    let left = workshop.path().join(".outerloop/fetched");
    let files = walk(&left);
    assert!(files.is_empty(), "{files:?}");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|e| e.expect("reads").path());
    paths.flat_map(|p| if p.is_dir() { walk(&p) } else { vec![p] }).collect()
}

#[test]
fn what_cannot_be_fetched_is_said_with_its_address() {
    let (workshop, server) = (Workshop::new(), Fake::start(|_| OneFile));
    let at = |path: &str| format!("{}{path}", server.url);
    let missing = workshop.run(&["evaluate", &at("/models/none.csv?sig=secret")]).exits(2);
    missing.says("/models/none.csv").says("answers 404").says("hint:");
    workshop.run(&["evaluate", &at("/models/secret.csv")]).exits(3).says("answers 403");
    server.inject(Rule::next(Fault::CutBefore));
    workshop.run(&["evaluate", &at("/models/scores.csv")]).exits(0);
    server.inject(Rule::next(Fault::CutBefore).times(20));
    let cut = workshop.run(&["evaluate", &at("/models/scores.csv")]).exits(3);
    cut.says("cannot be reached").says("hint:");
    for (address, said) in [
        ("ftp://acme.example/a.csv", "not understood"),
        ("http://acme.example/a.csv", "not encrypted"),
        ("az://models", "names no file"),
    ] {
        workshop.run(&["evaluate", address]).exits(2).says(said).says("hint:");
    }
}

#[test]
fn clouds_are_asked_with_the_login_of_their_variables() {
    let (workshop, server) = (Workshop::new(), Fake::start(|_| OneFile));
    let run = |address: &str, variables: &[(&str, &str)]| {
        let mut command = workshop.command(&["evaluate", address]);
        let ran = Workshop::ran(command.envs(variables.iter().copied())).exits(0);
        assert!(ran.stdout.contains("4 rows, binary"), "{ran:?}");
        let calls = server.take_calls();
        let last = calls.last().expect("was called");
        assert!(last.path.ends_with("/models/scores.csv"), "{last:?}");
        last.header("authorization").unwrap_or_default().to_owned()
    };
    let s3 = run(
        "s3://models/scores.csv",
        &[
            ("AWS_ACCESS_KEY_ID", "acme"),
            ("AWS_SECRET_ACCESS_KEY", "key"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ENDPOINT_URL", &server.url),
        ],
    );
    assert!(s3.starts_with("AWS4-HMAC-SHA256 Credential=acme/"), "{s3}");
    let azure = run(
        "az://models/scores.csv",
        &[("AZURE_STORAGE_USE_EMULATOR", "true"), ("AZURITE_BLOB_STORAGE_URL", &server.url)],
    );
    assert!(azure.starts_with("SharedKey devstoreaccount1:"), "{azure}");
}
