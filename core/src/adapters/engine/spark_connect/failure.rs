//! What an engine's refusals mean.

use tonic::{Code, Status};

use crate::domain::engine_address::EngineAddress;
use crate::domain::error::{Error, ErrorKind};

/// Most letters of an engine's own words.
const WORDS: usize = 400;

/// Whether the same call may succeed in a moment.
pub(super) fn may_pass(status: &Status) -> bool {
    (status.code() == Code::Unavailable || is_broken(status)) && !not_grpc(status)
}

/// Whether the connection broke, by the words of those who noticed.
fn is_broken(status: &Status) -> bool {
    let text = format!("{} {}", status.message(), source(status));
    [
        "reading a body",
        "broken pipe",
        "connection reset",
        "connection closed",
        "stream closed",
        "bytes remaining on stream",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}

/// Whether the engine does not know the operation any more.
pub(super) fn is_forgotten(status: &Status) -> bool {
    let text = status.message();
    status.code() == Code::NotFound
        || text.contains("OPERATION_NOT_FOUND")
        || text.contains("operation not found")
        || text.contains("not found for operation")
}

/// No connection came about.
pub(super) fn unreachable(address: &EngineAddress, error: &dyn std::error::Error) -> Error {
    let why = hidden(address, &chain(error));
    let hint = match why.contains("certificate") || why.contains("UnknownIssuer") {
        true => "the server's certificate is not trusted here; SSL_CERT_FILE names one that is",
        false if address.tls => {
            "check the host, the port and the network; a server without encryption needs use_ssl=false and no token"
        }
        false => {
            "check that the server runs, its host and its port (15002 unless told otherwise); a server that encrypts needs ;use_ssl=true"
        }
    };
    Error::unavailable(format!("cannot reach the engine at {address}: {why}"))
        .hint(hint)
        .retryable()
}

/// What a call ended with.
pub(super) fn told(address: &EngineAddress, status: &Status) -> Error {
    let words = words(address, status);
    let at = format!("the engine at {address}");
    match status.code() {
        Code::Unauthenticated => Error::new(
            ErrorKind::Permission,
            format!("{at} refused the login: {words}"),
        )
        .hint("give it a token in OUTERLOOP_ENGINE_TOKEN, or a fresh one"),
        Code::PermissionDenied => {
            Error::new(ErrorKind::Permission, format!("{at} does not allow it: {words}"))
                .hint("the login needs the right to read the table")
        }
        Code::DeadlineExceeded => Error::timeout(format!("{at} did not answer in time"))
            .hint("look whether it is busy, or give it longer with --timeout"),
        Code::Unimplemented => {
            Error::new(ErrorKind::Unsupported, format!("{at} does not know a call: {words}"))
                .hint("Spark Connect of Spark 3.5 or newer is needed; look at the port, too")
        }
        _ if not_grpc(status) => Error::unavailable(format!(
            "what listens at {address} does not speak Spark Connect: {words}"
        ))
        .hint("it has a port of its own, 15002 unless told otherwise; the ports of Spark's master, of its web pages and of SQL over JDBC are others"),
        _ if may_pass(status) => {
            Error::unavailable(format!("{at} is gone: {words}"))
                .hint("look whether the server still runs, and at its log")
                .retryable()
        }
        Code::ResourceExhausted => Error::unavailable(format!("{at} has too little: {words}"))
            .hint("give it more memory, or profile fewer columns with --ignore"),
        _ => refused(&at, status.message(), &words),
    }
}

/// A query that the engine does not take, by the names that Spark gives to such errors.
fn refused(at: &str, full: &str, words: &str) -> Error {
    let says = |names: &[&str]| names.iter().any(|name| full.contains(name));
    if says(&[
        "TABLE_OR_VIEW_NOT_FOUND",
        "Table not found",
        "SCHEMA_NOT_FOUND",
        "PATH_NOT_FOUND",
        "CATALOG_NOT_FOUND",
        "UNSUPPORTED_DATASOURCE_FOR_DIRECT_QUERY",
    ]) {
        return Error::not_found(format!("{at} has no such table: {words}")).hint(
            "name it as the engine does, such as catalog.schema.table; --query takes any SELECT",
        );
    }
    if says(&["PERMISSION", "ACCESS_DENIED"]) {
        return Error::new(ErrorKind::Permission, format!("{at} does not allow it: {words}"))
            .hint("the login needs the right to read the table");
    }
    if says(&[
        "PARSE_SYNTAX_ERROR",
        "UNRESOLVED",
        "cannot resolve",
        "AMBIGUOUS",
        "invalid argument",
    ]) {
        return Error::input(format!("{at} refused the query: {words}"))
            .hint("check --query, and with --sql FILE what was asked");
    }
    Error::unavailable(format!("{at} failed: {words}"))
        .hint("its log says more; --sql FILE writes what was asked")
}

/// Frames that no gRPC server sends.
fn not_grpc(status: &Status) -> bool {
    let text = format!("{} {}", status.message(), source(status));
    [
        "http2 error",
        "frame with invalid size",
        "invalid compression flag",
        "grpc-status header missing",
        "protocol error",
        "HTTP status code",
    ]
    .iter()
    .any(|sign| text.contains(sign))
        && !text.contains("GoAway(b\"\", NO_ERROR")
        && !text.contains("connection reset")
        && !text.contains("broken pipe")
}

/// The engine's own words, in short and without the token.
fn words(address: &EngineAddress, status: &Status) -> String {
    let message = status.message();
    let own = message.split("\n\nJVM stacktrace").next().unwrap_or(message);
    let own = own.split("SQLSTATE").next().unwrap_or(own);
    let flat = own.split_whitespace().collect::<Vec<_>>().join(" ");
    let source = source(status);
    let text = match () {
        () if flat.is_empty() && source.is_empty() => format!("{:?}", status.code()),
        () if flat.is_empty() => source,
        () if source.is_empty() || flat.contains(&source) => flat,
        () if source.contains(&flat) => source,
        () => format!("{flat}: {source}"),
    };
    hidden(address, &text)
}

fn hidden(address: &EngineAddress, text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(WORDS).collect();
    let mut secrets: Vec<&str> = address.headers.iter().map(|(_, value)| value.as_str()).collect();
    secrets.extend(address.token.iter().map(|t| t.expose()));
    let hide = |text: String, secret: &&str| {
        if secret.len() > 3 { text.replace(*secret, "***") } else { text }
    };
    secrets.iter().fold(text, hide)
}

fn source(status: &Status) -> String {
    std::error::Error::source(status).map(chain).unwrap_or_default()
}

/// An error and what caused it, each once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if words.contains(&text) {
            text = words;
        } else if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> EngineAddress {
        "sc://acme.example/;token=geheim".parse().expect("an address")
    }

    #[test]
    fn refusals_have_their_kind_and_a_hint() {
        let spark = "[TABLE_OR_VIEW_NOT_FOUND] The table or view `a`.`b` cannot be found. Verify \
                     the spelling.\nSQLSTATE: 42P01; line 1 pos 14;\n'Project [*]\n";
        for (code, text, kind) in [
            (Code::Internal, spark, ErrorKind::NotFound),
            (Code::Unauthenticated, "no", ErrorKind::Permission),
            (Code::Internal, "[PARSE_SYNTAX_ERROR] near 'SELEC'", ErrorKind::Input),
            (Code::Internal, "[UNRESOLVED_COLUMN.WITH_SUGGESTION] `x`", ErrorKind::Input),
            (Code::DeadlineExceeded, "", ErrorKind::Timeout),
            (Code::Unimplemented, "Method not found", ErrorKind::Unsupported),
            (Code::Internal, "Job aborted", ErrorKind::Unavailable),
            (Code::Unknown, "stream closed because of a broken pipe", ErrorKind::Unavailable),
        ] {
            let error = told(&address(), &Status::new(code, text));
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.hint_text().is_some(), "{error}");
        }
        let error = told(&address(), &Status::new(Code::Internal, spark)).to_string();
        assert!(error.contains("cannot be found") && !error.contains("Project"), "{error}");
    }

    #[test]
    fn the_token_is_in_no_message() {
        let error = told(&address(), &Status::new(Code::Unauthenticated, "bad token geheim"));
        assert!(!error.to_string().contains("geheim"), "{error}");
        let long = told(&address(), &Status::new(Code::Internal, "x".repeat(100_000)));
        assert!(long.to_string().len() < 600);
    }
}
