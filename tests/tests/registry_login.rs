//! The registry on a server that asks for a login: the step's token opens it, and nothing of the
//! token is kept in the clone.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use outerloop_tests::fake::{Call, Fake, Reply, Site};
use outerloop_tests::{Ran, Workshop};

const TOKEN: &str = "ghs_registry";

/// git over HTTP, for those who have the token.
struct GitServer {
    folder: PathBuf,
    refused: usize,
}

impl Site for GitServer {
    fn answer(&mut self, call: &Call) -> Reply {
        let pair = format!("x-access-token:{TOKEN}");
        let pair = base64::engine::general_purpose::STANDARD.encode(pair);
        if call.header("authorization") != Some(&format!("basic {pair}")) {
            self.refused += 1;
            return Reply::empty(401).header("www-authenticate", "Basic realm=\"acme\"");
        }
        let query: Vec<String> =
            call.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut command = Command::new("git");
        command
            .args(["-c", "http.receivepack=true", "http-backend"])
            .env("GIT_PROJECT_ROOT", &self.folder)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("REQUEST_METHOD", &call.method)
            .env("PATH_INFO", &call.path)
            .env("QUERY_STRING", query.join("&"))
            .env("CONTENT_TYPE", call.header("content-type").unwrap_or_default())
            .env("CONTENT_LENGTH", call.body.len().to_string())
            .env("HTTP_CONTENT_ENCODING", call.header("content-encoding").unwrap_or_default())
            .env("GIT_PROTOCOL", call.header("git-protocol").unwrap_or_default())
            .env("REMOTE_USER", "acme")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("git starts");
        child.stdin.take().expect("a pipe").write_all(&call.body).expect("git reads");
        answer(&child.wait_with_output().expect("git ends").stdout)
    }
}

/// What a CGI program wrote, as an answer.
fn answer(output: &[u8]) -> Reply {
    let end = output.windows(4).position(|w| w == b"\r\n\r\n").expect("headers");
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let mut reply = Reply::empty(200);
    reply.body = output[end + 4..].to_vec();
    for line in head.lines() {
        let (name, value) = line.split_once(": ").expect("a header");
        match name {
            "Status" => reply.status = value[..3].parse().expect("a status"),
            _ => reply = reply.header(&name.to_lowercase(), value),
        }
    }
    reply
}

fn server() -> (tempfile::TempDir, Fake<GitServer>) {
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("acme/models.git");
    let made = Command::new("git").args(["init", "--quiet", "--bare"]).arg(&bare).status().unwrap();
    assert!(made.success());
    let site = GitServer { folder: folder.path().to_owned(), refused: 0 };
    (folder, Fake::start(|_| site))
}

/// The binary in a job of GitHub Actions; without a token where there is none.
fn in_job(workshop: &Workshop, url: &str, token: Option<&str>, arguments: &[&str]) -> Ran {
    let mut command = workshop.command(arguments);
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_SERVER_URL", url);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    match token {
        Some(token) => command.env("GITHUB_TOKEN", token),
        None => command.env_remove("GITHUB_TOKEN"),
    };
    Workshop::ran(&mut command)
}

fn mentions(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return mentions(&path, text);
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn the_steps_token_fetches_and_pushes_and_stays_out_of_the_clone() {
    let (_folder, server) = server();
    let workshop = Workshop::new();
    workshop.git(&["remote", "add", "origin", &format!("{}/acme/models.git", server.url)]);
    workshop.write("model.bin", "one");
    let run = |arguments: &[&str]| in_job(&workshop, &server.url, Some(TOKEN), arguments);
    run(&["package", "--model", "model.bin"]).exits(0);
    run(&["register", "--name", "acme"]).exits(0);
    let other = Workshop::new();
    other.git(&["remote", "add", "origin", &format!("{}/acme/models.git", server.url)]);
    let shown = in_job(&other, &server.url, Some(TOKEN), &["show", "acme", "--json"]).exits(0);
    assert_eq!(shown.json()["models"][0]["name"], "acme");
    assert_eq!(server.state().refused, 0, "the token is sent without being asked for");
    for text in [TOKEN, "eC1hY2Nlc3M"] {
        assert!(!mentions(workshop.path(), text), "{text} is kept in the clone");
    }
}

#[test]
fn headers_that_a_checkout_left_are_replaced_not_doubled() {
    let (_folder, server) = server();
    let workshop = Workshop::new();
    workshop.git(&["remote", "add", "origin", &format!("{}/acme/models.git", server.url)]);
    let key = format!("http.{}/.extraheader", server.url);
    workshop.git(&["config", &key, "AUTHORIZATION: basic b2xkOm9sZA=="]);
    workshop.write("model.bin", "one");
    let run = |arguments: &[&str]| in_job(&workshop, &server.url, Some(TOKEN), arguments);
    run(&["package", "--model", "model.bin"]).exits(0);
    run(&["register", "--name", "acme"]).exits(0);
    assert_eq!(server.state().refused, 0);
}

#[test]
fn without_a_token_the_missing_right_is_named() {
    let (_folder, server) = server();
    let workshop = Workshop::new();
    workshop.git(&["remote", "add", "origin", &format!("{}/acme/models.git", server.url)]);
    in_job(&workshop, &server.url, None, &["show"]).exits(3).says("may not read the registry");
    assert!(server.state().refused > 0);
}
