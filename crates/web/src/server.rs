//! Serving: the layers around every route, and stopping without breaking off an answer.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use axum::{Router, ServiceExt};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::OpenApi;

use crate::metrics::{self, Metrics};
use crate::{ApiError, extract, time};

/// The longest that answers under way may take once the server is told to stop.
const STOP_WITHIN: Duration = Duration::from_secs(8);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps a server's routes: unknown paths and query parameters, panics, body size, request ids, figures, safe headers, the time of the answer.
pub fn layers(routes: Router, api: &OpenApi, metrics: &Metrics, body_limit: usize) -> Router {
    let known = extract::known(api);
    routes
        .layer(middleware::from_fn_with_state(known, extract::refuse_unknown))
        .fallback(|| async { ApiError::not_found("There is nothing at this path; /docs lists what there is.") })
        .method_not_allowed_fallback(|| async {
            let message = "This path does not take that method; /docs lists those it takes.";
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
        })
        .layer(CatchPanicLayer::custom(|_| {
            tracing::error!("a request handler panicked");
            ApiError::internal().into_response()
        }))
        .layer(DefaultBodyLimit::max(body_limit))
        .layer(middleware::from_fn_with_state(metrics.clone(), metrics::count))
        .layer(middleware::from_fn(request_id))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        // The library keeps the latest that it has given: after the clock was set back that is wrong for as long as it
        // was ahead.
        .layer(SetResponseHeaderLayer::overriding(header::DATE, |_: &Response| {
            HeaderValue::from_str(&time::http(time::now())).ok()
        }))
}

/// The API explorer at `/docs`, from files inside the program.
pub fn explorer(api: OpenApi) -> Router {
    let config = utoipa_swagger_ui::Config::default().validator_url("none").try_it_out_enabled(true);
    utoipa_swagger_ui::SwaggerUi::new("/docs").url("/openapi.json", api).config(config).into()
}

/// Gives each request an id, or keeps a sensible one that it came with, and names it in the answer and the log.
async fn request_id(request: Request, next: Next) -> Response {
    let given = request.headers().get(&REQUEST_ID).filter(|id| id.len() <= 64).cloned();
    let id = given.unwrap_or_else(|| {
        HeaderValue::from_str(&format!("{:016x}", rand::random::<u64>())).unwrap_or(HeaderValue::from_static("none"))
    });
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    if response.status().is_server_error() {
        tracing::error!(request_id = ?id, %method, path, status = response.status().as_u16(), "request failed");
    } else {
        tracing::debug!(request_id = ?id, %method, path, status = response.status().as_u16(), "request");
    }
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// Listens on an address.
///
/// # Errors
/// What the system said, with what to do.
pub async fn listen(host: &str, port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((host, port)).await.map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => "another program listens there; stop it or choose another port",
            std::io::ErrorKind::PermissionDenied => "ports below 1024 need more rights; choose another port",
            _ => "check the address",
        };
        std::io::Error::new(error.kind(), format!("cannot listen on {host}:{port} ({error}): {hint}"))
    })
}

/// Serves until `stop`, then lets the answers under way finish.
///
/// # Errors
/// What the system said.
pub async fn serve(listener: TcpListener, app: Router, stop: CancellationToken) -> std::io::Result<()> {
    let listener = listener.tap_io(|stream| {
        // Small answers must not wait to be bundled.
        let _ = stream.set_nodelay(true);
    });
    let app = ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(app);
    let serving = axum::serve(listener, app).with_graceful_shutdown(stop.clone().cancelled_owned());
    let overdue = async {
        stop.cancelled().await;
        tokio::time::sleep(STOP_WITHIN).await;
    };
    tokio::select! {
        done = serving => done,
        () = overdue => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use tower::ServiceExt as _;

    use super::*;

    /// Without the library below, which would give a `Date` of its own.
    #[tokio::test]
    async fn every_answer_says_what_the_clock_says_now() {
        let app = layers(Router::new(), &OpenApi::default(), &Metrics::default(), 1_024);
        let answer = app.oneshot(Request::new(Body::empty())).await.unwrap();
        let date = jiff::fmt::rfc2822::parse(answer.headers()[header::DATE].to_str().unwrap()).unwrap().timestamp();
        let off = time::now().duration_since(date).as_millis();
        assert!((0..5_000).contains(&off), "{off} ms");
    }
}
