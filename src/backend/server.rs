//! The HTTP server: the router behind the faults, on a listener that can cut its lines.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use rusqlite::params;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::app::{App, received};
use super::error::Refusal;
use super::faults::Fault;
use super::line::{Lines, Switch};
use super::quirks;
use super::routes;
use super::store::run;
use crate::clock;

/// Serves until told to stop: then idle connections close, requests under way end.
pub(crate) async fn serve(listener: TcpListener, app: App, mut stop: watch::Receiver<bool>) {
    let router: Router = routes::router()
        .layer(from_fn(in_the_envelope))
        .layer(from_fn_with_state(app.clone(), with_quirks))
        .layer(from_fn_with_state(app.clone(), with_faults))
        .layer(from_fn(with_whole_body))
        .layer(from_fn(with_request_id))
        .with_state(app);
    let service = router.into_make_service_with_connect_info::<Switch>();
    let stopped = async move {
        // An error means that whoever could say stop is gone.
        drop(stop.wait_for(|stop| *stop).await);
    };
    if let Err(error) = axum::serve(Lines(listener), service).with_graceful_shutdown(stopped).await {
        tracing::error!(%error, "the backend stopped serving");
    }
}

/// Numbers the answers, so that error reports can name theirs (contract, 1.3).
async fn with_request_id(request: Request, next: Next) -> Response {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&format!("req-{id}")) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// Takes a request in whole before it is answered, whoever answers it: an answer that overtakes its request's body
/// costs the connection, and the client's next request with it.
async fn with_whole_body(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    match received(body).await {
        Ok(body) => next.run(Request::from_parts(head, Body::from(body))).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// What refuses a request before any of our handlers sees it (a path that is no text, a broken header) answers in the
/// envelope, too.
async fn in_the_envelope(request: Request, next: Next) -> Response {
    let answer = next.run(request).await;
    let status = answer.status();
    let is_json = answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return answer;
    }
    let words = to_bytes(answer.into_body(), 4_096).await.unwrap_or_default();
    let words = String::from_utf8_lossy(&words);
    let words =
        if words.trim().is_empty() { status.canonical_reason().unwrap_or("refused") } else { words.trim() };
    Refusal::new(status.as_u16(), "bad_request", words).into_response()
}

/// Gives refusals the shapes of the hosted service, if asked to.
async fn with_quirks(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(throw) = app.faults.quirk() else { return next.run(request).await };
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let (answer, quirk) = quirks::reshape(next.run(request).await, &path, throw).await;
    if let Some(quirk) = quirk {
        log(&app, quirk, &method, &path, false).await;
    }
    answer
}

/// Lets a request go wrong if it is its turn.
async fn with_faults(
    State(app): State<App>,
    ConnectInfo(line): ConnectInfo<Switch>,
    request: Request,
    next: Next,
) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let Some(fault) = app.faults.next(method.as_str(), &path) else { return next.run(request).await };
    if fault == Fault::HoldBefore {
        app.faults.hold().await;
    }
    let answer =
        if fault.is_after() || fault == Fault::HoldBefore { Some(next.run(request).await) } else { None };
    let committed =
        method != Method::GET && answer.as_ref().is_some_and(|answer| answer.status().is_success());
    log(&app, fault.name(), &method, &path, committed).await;
    if fault == Fault::HoldAfter {
        app.faults.hold().await;
    }
    let answer = answer.unwrap_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response());
    gone_wrong(fault, answer, &line).await
}

async fn gone_wrong(fault: Fault, answer: Response, line: &Switch) -> Response {
    match fault {
        Fault::Lost | Fault::Refuse => {
            line.cut();
            answer
        }
        Fault::Truncated => truncated(answer, line).await,
        Fault::Http500Before | Fault::Http500After => {
            Refusal::new(500, "internal", "Something went wrong on purpose").into_response()
        }
        Fault::Http429(seconds) => {
            let mut answer = Refusal::new(429, "rate_limited", "Too many requests").into_response();
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            answer
        }
        Fault::Slow(late) => {
            tokio::time::sleep(late).await;
            answer
        }
        Fault::Garbage => {
            let html = "<html><head><title>502</title></head><body>upstream says hello</body></html>";
            ([(header::CONTENT_TYPE, "text/html")], html).into_response()
        }
        Fault::HoldBefore | Fault::HoldAfter => answer,
    }
}

async fn truncated(answer: Response, line: &Switch) -> Response {
    let (mut head, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    line.cut_in_body(body.len() / 2);
    Response::from_parts(head, Body::from(body))
}

/// Writes down what went wrong with whom, and whether it had been done.
async fn log(app: &App, fault: &'static str, method: &Method, path: &str, committed: bool) {
    tracing::info!(fault, %method, path, committed, "a request went wrong on purpose");
    let (method, path) = (method.to_string(), path.to_owned());
    let at = clock::now().millis();
    let written = app.store.write(move |db| {
        let sql = "INSERT INTO fault_log (at, fault, method, path, committed) VALUES (?1, ?2, ?3, ?4, ?5)";
        Ok(run(db, sql, params![at, fault, method, path, committed])?)
    });
    if let Err(error) = written.await {
        tracing::warn!(message = error.message(), "a fault could not be logged");
    }
}
