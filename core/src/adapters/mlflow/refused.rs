//! What a refusal of an MLflow server means, and what to do.

use crate::adapters::http::Failure;
use crate::config::env;
use crate::domain::error::{Error, ErrorKind};

/// The error for a call that failed.
pub(super) fn refused(failure: Failure, base: &str) -> Error {
    let (status, said) = (failure.status(), failure.said().to_owned());
    match status {
        Some(203 | 401) => Error::new(
            ErrorKind::Permission,
            format!("the MLflow server {base} does not accept the login: {failure}"),
        )
        .hint(format!(
            "it may have expired; set {}, or {} and {}",
            env::MLFLOW_TRACKING_TOKEN,
            env::MLFLOW_TRACKING_USERNAME,
            env::MLFLOW_TRACKING_PASSWORD
        )),
        Some(403) => Error::new(
            ErrorKind::Permission,
            format!("this login may not do that on the MLflow server {base}: {failure}"),
        )
        .hint("registering and promoting need the permission EDIT on the model; ask its owner"),
        Some(404 | 405) if said.is_empty() => no_mlflow(base, "it has no such call"),
        Some(404) => Error::not_found(said)
            .hint("names and numbers are MLflow's own here; its pages list what there is"),
        Some(400 | 409) if said.contains("already exists") => {
            Error::new(ErrorKind::AlreadyExists, said).hint("choose another name")
        }
        Some(400) => Error::usage(format!("the MLflow server does not accept it: {said}"))
            .hint("the server's message says what is allowed"),
        Some(501) => Error::new(ErrorKind::Unsupported, said)
            .hint("a newer MLflow, or another store of artifacts behind it, may do that"),
        Some(503) if said.contains("serve-artifacts") => no_proxy(&said),
        _ => {
            let error = Error::from(failure);
            match error.hint_text() {
                Some(_) => error,
                None => error.hint("run the same command again, it is safe to repeat"),
            }
        }
    }
}

/// The server answers, and is none of MLflow.
pub(super) fn no_mlflow(base: &str, why: &str) -> Error {
    Error::unavailable(format!("{base} does not answer as an MLflow server: {why}")).hint(
        "check registry.url: it is the address that MLFLOW_TRACKING_URI has, without `/#/` or \
         `/api` behind it; a proxy that wants a login first answers with a page as well",
    )
}

/// The server hands no artifacts through.
fn no_proxy(said: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("the MLflow server keeps no artifacts: {said}"))
        .hint("start it with --serve-artifacts, or name another store by store.url")
}
