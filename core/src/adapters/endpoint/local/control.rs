//! The control API under `/control`: what deploys use. Every call needs the token.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::server::App;
use super::wire::{self, ErrorBody, LoadBody, UnloadBody};
use crate::domain::digest::Digest;
use crate::domain::endpoint::{EndpointStatus, Traffic};
use crate::domain::error::{Error, Result};

type AppState = State<Arc<App>>;

/// The routes, behind the token.
pub(super) fn routes(app: &Arc<App>) -> axum::Router<Arc<App>> {
    axum::Router::new()
        .route("/control/status", get(status))
        .route("/control/load", post(load))
        .route("/control/traffic", post(traffic))
        .route("/control/counters", get(counters))
        .route("/control/unload", post(unload))
        .route("/control/shutdown", post(shutdown))
        .layer(middleware::from_fn_with_state(Arc::clone(app), authorise))
}

async fn authorise(State(app): AppState, request: Request, next: Next) -> Response {
    match allowed(request.headers(), app.token) {
        Ok(()) => next.run(request).await,
        Err((status, message)) => {
            (status, Json(json!({ "error": message, "kind": "permission" }))).into_response()
        }
    }
}

/// Compares digests of the tokens, without a branch on where they differ.
fn allowed(
    headers: &HeaderMap,
    token: Digest,
) -> std::result::Result<(), (StatusCode, &'static str)> {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
        .ok_or((StatusCode::UNAUTHORIZED, "the control API needs `Authorization: Bearer TOKEN`"))?;
    let (given, token) = (Digest::of(given).hex(), token.hex());
    let differs = given.bytes().zip(token.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    if std::hint::black_box(differs) == 0 {
        Ok(())
    } else {
        Err((StatusCode::FORBIDDEN, "the token is not that of this endpoint"))
    }
}

fn answer<T: serde::Serialize>(result: Result<T>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(error) => {
            let status = StatusCode::from_u16(wire::status(&error));
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Json(ErrorBody::from(&error))).into_response()
        }
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|e| Error::usage(format!("the body cannot be read: {e}")))
}

async fn status(State(app): AppState) -> Json<EndpointStatus> {
    let table = app.router.table();
    Json(EndpointStatus {
        url: app.url.clone(),
        model: table.model().map(ToString::to_string),
        slots: table.slots.iter().map(|(name, slot)| (name.clone(), slot.status())).collect(),
        traffic: table.traffic.clone(),
    })
}

async fn counters(State(app): AppState) -> Response {
    let table = app.router.table();
    let all = table.slots.iter().map(|(name, slot)| (name.clone(), slot.tally.read()));
    Json(all.collect::<std::collections::BTreeMap<_, _>>()).into_response()
}

/// Loads in a task of its own, so that a caller who goes away does not leave a load half-done.
async fn load(State(app): AppState, body: Bytes) -> Response {
    let task = async move {
        let LoadBody { model, pinned } = parse(&body)?;
        app.changes.load(model, pinned).await
    };
    answer(apart(task).await)
}

async fn traffic(State(app): AppState, body: Bytes) -> Response {
    let task = async move { app.changes.set_traffic(parse::<Traffic>(&body)?).await };
    answer(apart(task).await)
}

async fn unload(State(app): AppState, body: Bytes) -> Response {
    let task = async move {
        let UnloadBody { slot } = parse(&body)?;
        app.changes.unload(&slot).await
    };
    answer(apart(task).await)
}

async fn apart<T: Send + 'static>(
    task: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    match tokio::spawn(task).await {
        Ok(result) => result,
        Err(panic) => Err(Error::internal(format!("the change broke off: {panic}"))),
    }
}

async fn shutdown(State(app): AppState) -> Response {
    app.stop.notify_one();
    answer(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_opens() {
        let token = Digest::of(b"secret");
        let ask = |value: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            }
            allowed(&headers, token).map_err(|(status, _)| status.as_u16())
        };
        assert_eq!(ask(Some("Bearer secret")), Ok(()));
        assert_eq!(ask(Some("Bearer Secret")), Err(403));
        assert_eq!(ask(Some("Bearer ")), Err(403));
        assert_eq!(ask(Some("Basic secret")), Err(401));
        assert_eq!(ask(None), Err(401));
    }
}
