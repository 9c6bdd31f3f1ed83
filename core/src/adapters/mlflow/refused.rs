//! What a refusal of an MLflow server means, and what to do.

use reqwest::Method;
use serde_json::Value;

use crate::adapters::http::{Failure, one_line};
use crate::config::env;
use crate::domain::error::{Error, ErrorKind};

/// What a call was about: which permission it needs, and on what.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct About<'a> {
    permission: &'a str,
    on: On<'a>,
}

/// What a permission is for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum On<'a> {
    /// The server as a whole.
    #[default]
    Server,
    /// This registered model; empty: all of them.
    Model(&'a str),
    /// The experiment of this run; empty: that of packages.
    Experiment(&'a str),
}

impl<'a> About<'a> {
    /// Of a call that reads.
    pub fn read(call: &str, query: &[(&str, &'a str)]) -> Self {
        let of = |key: &str| query.iter().find(|(name, _)| *name == key).map_or("", |(_, v)| *v);
        let on = match call.split('/').next() {
            Some("registered-models" | "model-versions") => On::Model(of("name")),
            _ => On::Experiment(of("run_id")),
        };
        Self { permission: "READ", on }
    }

    /// Of a call that changes something, or searches.
    pub fn write(call: &str, body: &'a Value) -> Self {
        let of = |key: &str| body[key].as_str().unwrap_or_default();
        match call {
            "registered-models/create" => Self { permission: "", on: On::Model(of("name")) },
            "experiments/create" => Self::default(),
            "model-versions/delete" => Self { permission: "MANAGE", on: On::Model(of("name")) },
            "runs/search" => Self { permission: "READ", on: On::Experiment("") },
            _ if call.starts_with("registered-models/") || call.starts_with("model-versions/") => {
                Self { permission: "EDIT", on: On::Model(of("name")) }
            }
            _ => Self { permission: "EDIT", on: On::Experiment(of("run_id")) },
        }
    }

    /// Of a call for artifacts.
    pub fn artifacts(method: &Method) -> Self {
        let permission = match *method {
            Method::GET => "READ",
            Method::DELETE => "MANAGE",
            _ => "EDIT",
        };
        Self { permission, on: On::Experiment("") }
    }

    /// What to ask for.
    fn hint(self) -> String {
        let Self { permission, on } = self;
        match on {
            On::Server => "ask whoever runs the server to let this user in".to_owned(),
            On::Model(name) if permission.is_empty() => format!(
                "this user may not make registered models: ask for that, or let somebody who may \
                 make the model `{}` and give this user EDIT on it",
                one_line(name)
            ),
            On::Model("") => format!(
                "it needs the permission {permission} on registered models; ask whoever runs the \
                 server"
            ),
            On::Model(name) => format!(
                "it needs the permission {permission} on the registered model `{}`; registering \
                 and promoting need EDIT: ask the model's owner",
                one_line(name)
            ),
            On::Experiment("") => format!(
                "it needs the permission {permission} on the experiment; packages are in the \
                 experiment `outerloop`, whose owner gives EDIT on it"
            ),
            On::Experiment(run) => format!(
                "it needs the permission {permission} on the experiment of the run {}; ask its \
                 owner",
                one_line(run)
            ),
        }
    }
}

/// The error for a call that failed.
pub(super) fn refused(failure: Failure, base: &str, about: &About<'_>) -> Error {
    let (status, said) = (failure.status(), failure.said().to_owned());
    match status {
        Some(203 | 401) => Error::new(
            ErrorKind::Permission,
            format!("the MLflow server {base} does not accept the login: {failure}"),
        )
        .hint(format!(
            "it may have expired, or the password is another; set {}, or {} and {}",
            env::MLFLOW_TRACKING_TOKEN,
            env::MLFLOW_TRACKING_USERNAME,
            env::MLFLOW_TRACKING_PASSWORD
        )),
        Some(403) => Error::new(
            ErrorKind::Permission,
            format!("this login may not do that on the MLflow server {base}: {failure}"),
        )
        .hint(about.hint()),
        // MLflow gives each of its errors a code.
        Some(404 | 405) if failure.code().is_empty() => no_mlflow(base, "it has no such call"),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_hint_names_the_permission_and_what_it_is_for() {
        let body = json!({"name": "acme", "run_id": "0a"});
        for (about, words) in [
            (About::write("registered-models/set-tag", &body), ["EDIT", "`acme`"]),
            (About::write("model-versions/delete", &body), ["MANAGE", "`acme`"]),
            (About::write("registered-models/create", &body), ["may not make", "`acme`"]),
            (About::write("runs/set-tag", &body), ["EDIT", "run 0a"]),
            (About::read("registered-models/get", &[("name", "acme")]), ["READ", "`acme`"]),
            (About::read("runs/get", &[("run_id", "0a")]), ["READ", "run 0a"]),
            (About::artifacts(&Method::PUT), ["EDIT", "`outerloop`"]),
        ] {
            let hint = about.hint();
            assert!(words.iter().all(|word| hint.contains(word)), "{hint}");
        }
    }
}
