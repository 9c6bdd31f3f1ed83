//! Requests from callers: Open Inference Protocol v2 and MLflow's scoring protocol.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::inference;
use super::invocations;
use super::request::{Dialect, Failure, Request};
use super::router::Answered;
use super::server::App;
use super::slot::Slot;
use super::traffic::Table;
use crate::domain::signature::Tensor as Declared;

/// Largest body taken, in bytes.
pub(super) const MAX_BODY: usize = 16 << 20;
/// Header of the answer that names the version which gave it.
const VERSION_HEADER: &str = "outerloop-version";

type AppState = State<Arc<App>>;
type Reply = Result<Response, Refusal>;

/// The routes.
pub(super) fn routes() -> axum::Router<Arc<App>> {
    axum::Router::new()
        .route("/v2", get(server))
        .route("/v2/health/live", get(live))
        .route("/v2/health/ready", get(ready))
        .route("/v2/models/{model}", get(model))
        .route("/v2/models/{model}/ready", get(model_ready))
        .route("/v2/models/{model}/infer", post(infer))
        .route("/v2/models/{model}/versions/{version}", get(version))
        .route("/v2/models/{model}/versions/{version}/ready", get(version_ready))
        .route("/v2/models/{model}/versions/{version}/infer", post(infer_version))
        .route("/invocations", post(invoke))
        .route("/ping", get(ready))
        .route("/health", get(ready))
        .route("/version", get(async || env!("CARGO_PKG_VERSION")))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

/// An error, answered as JSON.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    message: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status);
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(json!({ "error": self.message }))).into_response()
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        refuse(failure.status(), failure.message())
    }
}

/// An error with this status.
pub(super) fn refuse(status: u16, message: impl Into<String>) -> Refusal {
    Refusal { status, message: message.into() }
}

fn body_of(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Refusal> {
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            refuse(413, format!("the body is larger than {} MB", MAX_BODY >> 20))
        }
        status => refuse(status.as_u16(), rejection.body_text()),
    })
}

async fn server() -> Json<Value> {
    Json(json!({ "name": "outerloop", "version": env!("CARGO_PKG_VERSION"), "extensions": [] }))
}

async fn live() -> Json<Value> {
    Json(json!({ "live": true }))
}

async fn ready(State(app): AppState) -> Response {
    if app.router.table().is_ready() {
        Json(json!({ "ready": true })).into_response()
    } else {
        refuse(503, "no version that gets traffic is ready").into_response()
    }
}

fn known(table: &Table, model: &str) -> Result<(), Refusal> {
    match table.model() {
        Some(served) if served.as_str() == model => Ok(()),
        _ => Err(refuse(404, format!("no model `{}` is served here", model.escape_debug()))),
    }
}

fn slot_of<'a>(table: &'a Table, model: &str, version: &str) -> Result<&'a Arc<Slot>, Refusal> {
    known(table, model)?;
    table.slots.get(version).ok_or_else(|| {
        refuse(404, format!("version `{}` of {model} is not loaded", version.escape_debug()))
    })
}

async fn model(State(app): AppState, Path(model): Path<String>) -> Reply {
    let table = app.router.table();
    known(&table, &model)?;
    let slot = table.heaviest().ok_or_else(|| refuse(404, "no version is loaded"))?;
    Ok(Json(metadata(&table, slot)).into_response())
}

async fn version(State(app): AppState, Path((model, version)): Path<(String, String)>) -> Reply {
    let table = app.router.table();
    let slot = slot_of(&table, &model, &version)?;
    Ok(Json(metadata(&table, slot)).into_response())
}

async fn model_ready(State(app): AppState, Path(model): Path<String>) -> Reply {
    let table = app.router.table();
    known(&table, &model)?;
    readiness(table.is_ready())
}

async fn version_ready(
    State(app): AppState,
    Path((model, version)): Path<(String, String)>,
) -> Reply {
    let table = app.router.table();
    readiness(slot_of(&table, &model, &version)?.is_healthy())
}

fn readiness(ready: bool) -> Reply {
    if ready {
        Ok(Json(json!({ "ready": true })).into_response())
    } else {
        Err(refuse(503, "not ready"))
    }
}

fn metadata(table: &Table, slot: &Slot) -> Value {
    let tensor = |t: &Declared| {
        let shape: Vec<Value> = t.shape.iter().map(|n| n.map_or(json!(-1), Value::from)).collect();
        json!({ "name": t.name, "datatype": t.datatype.protocol_name(), "shape": shape })
    };
    let list = |tensors: &[Declared]| tensors.iter().map(tensor).collect::<Vec<_>>();
    json!({
        "name": slot.model,
        "versions": table.slots.keys().collect::<Vec<_>>(),
        "platform": slot.platform(),
        "inputs": list(&slot.signature.inputs),
        "outputs": list(&slot.signature.outputs),
    })
}

async fn infer(
    State(app): AppState,
    Path(model): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Reply {
    known(&app.router.table(), &model)?;
    let request = read_inference(&app, &headers, body)?;
    let answered = app.router.answer(Arc::clone(&request)).await?;
    Ok(reply(&request, &answered)?)
}

async fn infer_version(
    State(app): AppState,
    Path((model, version)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Reply {
    let table = app.router.table();
    let slot = slot_of(&table, &model, &version)?;
    let request = read_inference(&app, &headers, body)?;
    let answered = app.router.answer_by(slot, Arc::clone(&request)).await?;
    Ok(reply(&request, &answered)?)
}

fn read_inference(
    app: &App,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Arc<Request>, Refusal> {
    if headers.contains_key("inference-header-content-length") {
        return Err(refuse(400, "binary tensor data is not taken; send the data as JSON"));
    }
    let body = body_of(body)?;
    Ok(Arc::new(inference::read(&body, || app.fresh_id())?))
}

async fn invoke(State(app): AppState, body: Result<Bytes, BytesRejection>) -> Reply {
    let body = body_of(body)?;
    let request = invocations::read(&body, || app.fresh_id())?;
    let request = Arc::new(request);
    let answered = app.router.answer(Arc::clone(&request)).await?;
    Ok(reply(&request, &answered)?)
}

fn reply(request: &Request, (slot, answer): &Answered) -> Result<Response, Failure> {
    let body = match request.dialect {
        Dialect::Inference => {
            Bytes::from(inference::write(slot.model.as_str(), &slot.name, request, answer)?)
        }
        Dialect::Invocations => invocations::write(answer),
    };
    let headers =
        [(header::CONTENT_TYPE.as_str(), "application/json"), (VERSION_HEADER, &slot.name)];
    Ok((headers, body).into_response())
}
