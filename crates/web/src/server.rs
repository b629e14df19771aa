//! Serving: the layers around every route, and stopping without breaking off an answer.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::OpenApi;

use crate::bodies::Bodies;
use crate::connections::{self, Activity, Connections, Place};
use crate::metrics::{self, Metrics};
use crate::pace::{BodyEnd, NotSent};
use crate::quotas::Quotas;
use crate::slow_reader::SlowReaderGuard;
use crate::{ApiError, Code, Edge, Limits, Remote, extract, messages, pace, time};

/// The longest that answers under way may take once the server is told to stop.
const STOP_WITHIN: Duration = Duration::from_secs(8);
/// The largest head of a request.
const HEAD_BYTES: usize = 64 * 1024;
/// Connections that the system completes before the server takes them. When there are more, the system drops the next one
/// and the client tries again only a second later. Linux takes 4,096 at the most unless it is configured otherwise.
const BACKLOG: u32 = 4_096;
/// A connection that is silent for so long is asked whether it still lives.
const SILENT_FOR: Duration = Duration::from_secs(30);
/// Bytes of an answer that the client's machine does not acknowledge for so long end its connection.
const UNACKNOWLEDGED_FOR: Duration = Duration::from_secs(30);
/// Bytes of an answer that the system takes before it sends them: how fast a client takes an answer is seen in such steps.
const UNSENT_BYTES: u32 = 32 * 1024;
/// Downloads of the API explorer's files at the same time: each holds a whole file.
const EXPLORERS: usize = 16;
/// Between two tries to take a connection where the system has no more files.
const TRY_AGAIN: Duration = Duration::from_millis(20);
/// How long a request that has not arrived whole may go on to arrive once the server is told to stop.
const HALF_A_REQUEST_WITHIN: Duration = Duration::from_secs(2);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps a server's routes: unknown paths and query parameters, panics, body size, the checks of [`Edge`], the
/// language of messages, request ids, figures, safe headers, the time of the answer.
pub fn layers(routes: Router, api: &OpenApi, metrics: &Metrics, edge: &Edge, body_limit: usize) -> Router {
    let known = extract::known(api);
    let routes = routes
        .layer(middleware::from_fn_with_state(known, extract::refuse_unknown))
        .fallback(|| async { Code::NotFound.because("path") })
        .method_not_allowed_fallback(|| async { ApiError::from(Code::MethodNotAllowed) })
        .layer(CatchPanicLayer::custom(|_| {
            tracing::error!("a request handler panicked");
            ApiError::internal().into_response()
        }))
        .layer(DefaultBodyLimit::max(body_limit));
    edge.wrap(routes)
        .layer(middleware::from_fn(messages::in_language))
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

/// The API explorer at `/docs`, from files inside the program. Anybody may ask for them, so few are sent at once.
pub fn explorer(api: OpenApi, metrics: &Metrics) -> Router {
    let config = utoipa_swagger_ui::Config::default().validator_url("none").try_it_out_enabled(true);
    let pages: Router = utoipa_swagger_ui::SwaggerUi::new("/docs").url("/openapi.json", api).config(config).into();
    let shares = Quotas::new(EXPLORERS, EXPLORERS, || Code::Overloaded.because("explorer").retry_after(2));
    metrics.explorers(&shares);
    pages.layer(middleware::from_fn_with_state(shares, shared))
}

/// Answers whoever gets a place, which is taken until the answer has ended.
async fn shared(
    State(shares): State<Quotas>,
    remote: Option<Extension<Remote>>,
    request: Request,
    next: Next,
) -> Response {
    let address = remote.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |Extension(remote)| remote.address);
    match shares.take(address, None) {
        Ok(share) => while_answering(share, next.run(request).await),
        Err(refused) => refused.into_response(),
    }
}

/// Keeps something until an answer has ended.
pub fn while_answering(held: impl Send + 'static, response: Response) -> Response {
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _ = &held;
            frame
        }))
    })
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
    bind(host, port).await.map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => "another program listens there; stop it or choose another port",
            std::io::ErrorKind::PermissionDenied => "ports below 1024 need more rights; choose another port",
            _ => "check the address",
        };
        std::io::Error::new(error.kind(), format!("cannot listen on {host}:{port} ({error}): {hint}"))
    })
}

/// Listens on the first address of this host that can be bound.
async fn bind(host: &str, port: u16) -> std::io::Result<TcpListener> {
    let mut failed = None;
    for address in tokio::net::lookup_host((host, port)).await? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        match socket.bind(address).and_then(|()| socket.listen(BACKLOG)) {
            Ok(listener) => return Ok(listener),
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.unwrap_or_else(|| std::io::Error::new(std::io::ErrorKind::NotFound, "the host has no address")))
}

/// Serves until `stop` within the usual limits, then lets the answers under way finish.
///
/// # Errors
/// None: a connection that cannot be taken is logged.
pub async fn serve(listener: TcpListener, app: Router, stop: CancellationToken) -> std::io::Result<()> {
    serve_within(&Limits::default(), &Metrics::default(), listener, app, stop).await
}

/// The same within these limits; `metrics` counts the connections.
///
/// # Errors
/// None: a connection that cannot be taken is logged.
pub async fn serve_within(
    limits: &Limits,
    metrics: &Metrics,
    listener: TcpListener,
    app: Router,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let most = connections::most();
    let connections = Connections::new(limits.connections.unwrap_or(most).min(most), metrics.connections.clone());
    let tasks = TaskTracker::new();
    let server =
        Arc::new(Server { app, limits: limits.clone(), bodies: metrics.bodies(limits.body_bytes), stop: stop.clone() });
    while let Some(taken) = stop.run_until_cancelled(listener.accept()).await {
        match taken {
            Ok((stream, peer)) => {
                // Without a place the connection is closed: everything else is at work.
                let Some(place) = connections.admit(peer.ip()).await else { continue };
                tasks.spawn(connection(Arc::clone(&server), stream, peer, place));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "a connection could not be taken; one that is silent is closed for it");
                connections.make_room();
                tokio::time::sleep(TRY_AGAIN).await;
            }
        }
    }
    drop(listener);
    tasks.close();
    let _ = tokio::time::timeout(STOP_WITHIN, tasks.wait()).await;
    Ok(())
}

/// What all connections of a server share.
struct Server {
    app: Router,
    limits: Limits,
    bodies: Bodies,
    stop: CancellationToken,
}

fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Serves one connection until it is silent for too long, its place is needed, or the server stops. `place` is dropped
/// last, when the connection is closed.
async fn connection(server: Arc<Server>, stream: TcpStream, peer: SocketAddr, place: Place) {
    set_options(&stream);
    let (limits, stop) = (server.limits.clone(), server.stop.clone());
    let activity = Arc::clone(&place.activity);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let answer = answer(Arc::clone(&server), request, peer, Arc::clone(&activity));
        async { Ok::<_, Infallible>(answer.await) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(SlowReaderGuard::new(stream, limits.stall)), service);
    let mut serving = std::pin::pin!(serving);
    tokio::select! {
        // How a connection ended is its client's business.
        _ = serving.as_mut() => return,
        () = place.activity.close.cancelled() => return,
        () = stop.cancelled() => serving.as_mut().graceful_shutdown(),
    }
    let within = if place.activity.is_busy() { STOP_WITHIN } else { HALF_A_REQUEST_WITHIN };
    let _ = tokio::time::timeout(within, serving).await;
}

async fn answer(
    server: Arc<Server>,
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
    activity: Arc<Activity>,
) -> Response {
    let arriving = !request.body().is_end_stream();
    let mut request = if arriving {
        let activity = Arc::clone(&activity);
        request.map(|body| {
            pace::paced(&server.limits, body, move |ended| match ended {
                BodyEnd::Arrived => activity.set_busy(true),
                BodyEnd::TooSlow => activity.close.cancel(),
            })
        })
    } else {
        activity.set_busy(true);
        request.map(|_| Body::empty())
    };
    request.extensions_mut().insert(server.bodies.clone());
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = server.app.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
    if response.extensions().get::<NotSent>().is_some() {
        activity.close.cancel();
    }
    if activity.close.is_cancelled() {
        // Its sender was too slow or its place is needed: the connection ends without an answer.
        std::future::pending::<()>().await;
    }
    while_answering(Busy(activity), response)
}

/// An answer that has not ended.
struct Busy(Arc<Activity>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.set_busy(false);
    }
}

/// Small answers are not bundled; a client that has gone away without a word is noticed.
fn set_options(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let alive = TcpKeepalive::new().with_time(SILENT_FOR).with_interval(Duration::from_secs(10)).with_retries(3);
    let set = socket
        .set_tcp_nodelay(true)
        .and_then(|()| socket.set_tcp_keepalive(&alive))
        .and_then(|()| socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED_FOR)))
        .and_then(|()| socket.set_tcp_notsent_lowat(UNSENT_BYTES));
    if let Err(error) = set {
        tracing::debug!(%error, "a connection's options were not set");
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tower::ServiceExt as _;

    use super::*;

    /// Without the library below, which would give a `Date` of its own.
    #[tokio::test]
    async fn every_answer_says_what_the_clock_says_now() {
        let app = layers(Router::new(), &OpenApi::default(), &Metrics::default(), &Edge::default(), 1_024);
        let answer = app.oneshot(Request::new(Body::empty())).await.unwrap();
        let date = jiff::fmt::rfc2822::parse(answer.headers()[header::DATE].to_str().unwrap()).unwrap().timestamp();
        let off = time::now().duration_since(date).as_millis();
        assert!((0..5_000).contains(&off), "{off} ms");
    }

    #[tokio::test]
    async fn an_answer_is_in_the_language_of_its_request() {
        let routes = Router::new().route("/panic", axum::routing::get(async || panic!("as a bug does") as Response));
        let app = layers(routes, &OpenApi::default(), &Metrics::default(), &Edge::default(), 1_024);
        let nothing = "Tidak ada apa-apa di alamat ini. Lihat /docs untuk daftar alamat yang ada.";
        for (path, accepted, language, message) in [
            ("/x", Some("id-ID,en;q=0.5"), "id", nothing),
            ("/x", None, "en", "There is nothing at this path; /docs lists what there is."),
            ("/panic", Some("id"), "id", "Ada kesalahan di dalam server; tidak ada yang berubah."),
        ] {
            let mut request = Request::get(path);
            if let Some(accepted) = accepted {
                request = request.header(header::ACCEPT_LANGUAGE, accepted);
            }
            let answer = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(answer.headers()[header::CONTENT_LANGUAGE], language, "{path}");
            assert_eq!(answer.headers()[header::VARY], "accept-language");
            let body = answer.into_body().collect().await.unwrap().to_bytes();
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert!(body["message"].as_str().unwrap().starts_with(message), "{body}");
        }
    }

    #[tokio::test]
    async fn a_crowd_that_arrives_at_once_keeps_no_client_waiting() {
        // A machine may allow fewer files than the crowd has connections.
        let most = connections::most();
        let listener = listen("127.0.0.1", 0).await.unwrap();
        let address = listener.local_addr().unwrap();
        let longest: usize = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap().trim().parse().unwrap();
        let mut crowd = Vec::new();
        // Nobody takes them yet.
        for _ in 0..1_500.min(longest).min(most) {
            let connecting = tokio::time::timeout(Duration::from_millis(500), TcpStream::connect(address));
            crowd.push(connecting.await.expect("the system dropped a connection").unwrap());
        }
    }

    #[tokio::test]
    async fn a_client_whose_large_body_is_refused_receives_the_answer() {
        let listener = listen("127.0.0.1", 0).await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let app = layers(Router::new(), &OpenApi::default(), &Metrics::default(), &Edge::default(), 1_024);
        let stop = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, app, stop.clone()));
        let body = vec![b' '; 8 << 20];
        let head = format!(
            "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        client.write_all(head.as_bytes()).await.unwrap();
        client.write_all(&body).await.expect("the whole body is read");
        let mut answer = [0; 12];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 415");
        stop.cancel();
        serving.await.unwrap().unwrap();
    }
}
