//! Serves HTTP: the layers around all routes, and a graceful stop that completes running answers.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::handler::Handler;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use bytes::Bytes;
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::OpenApi;

use crate::bodies::Bodies;
use crate::connections::{self, Activity, Connections, Slot};
use crate::edge::OverTls;
use crate::metrics::{self, Metrics};
use crate::pace::{BodyEnd, NotSent};
use crate::quotas::Quotas;
use crate::slow_reader::SlowReaderGuard;
use crate::tls::{Tls, TlsHandle};
use crate::{ApiError, Code, Edge, Limits, Remote, extract, messages, pace, time};

/// Longest time for running answers after a stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(8);
/// Maximum size of a request head.
const HEAD_BYTES: usize = 64 * 1024;
/// Length of the accept queue. Beyond it the system drops connections, and the client retries only after a second.
/// Linux caps it at 4,096 by default.
const BACKLOG: u32 = 4_096;
/// Idle time before TCP keep-alive probes.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
/// Time until unacknowledged bytes of an answer end the connection.
const UNACKNOWLEDGED_TIMEOUT: Duration = Duration::from_secs(30);
/// Send buffer of the system; the rate of a client is measured in steps of this size.
const UNSENT_BYTES: u32 = 32 * 1024;
/// Concurrent downloads of the API explorer's files: each buffers a whole file.
const EXPLORERS: usize = 16;
/// Pause before accepting again when the system has no free file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(20);
/// Time for an incomplete request to arrive after a stop.
const PARTIAL_REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// Time for a TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Concurrent requests of an HTTP/2 connection; a page has fewer.
const HTTP2_STREAMS: u32 = 64;
/// Bytes that a client may send ahead of their reader: per request, and in all requests of a connection.
const HTTP2_STREAM_BYTES: u32 = 64 * 1024;
const HTTP2_CONNECTION_BYTES: u32 = 1 << 20;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps a server's routes: unknown paths and query parameters, panics, body size, the checks of [`Edge`], metrics, request
/// ids, the language of messages, security headers, and `Date`. `missing` answers unknown paths.
pub fn layers<T: 'static>(
    routes: Router,
    missing: impl Handler<T, ()>,
    api: &OpenApi,
    metrics: &Metrics,
    edge: &Edge,
    body_limit: usize,
) -> Router {
    let known = extract::known_parameters(api);
    let routes = routes
        .layer(middleware::from_fn_with_state(known, extract::refuse_unknown))
        .fallback(missing)
        .method_not_allowed_fallback(|| async { ApiError::from(Code::MethodNotAllowed) })
        .layer(CatchPanicLayer::custom(|_| {
            tracing::error!("a request handler panicked");
            ApiError::internal().into_response()
        }))
        .layer(DefaultBodyLimit::max(body_limit));
    edge.wrap(routes)
        .layer(middleware::from_fn_with_state(metrics.clone(), metrics::count))
        .layer(middleware::from_fn(request_id))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        // The library caches its latest date, which would be wrong after the clock is set back.
        .layer(SetResponseHeaderLayer::overriding(header::DATE, |_: &Response| {
            HeaderValue::from_str(&time::http(time::now())).ok()
        }))
}

/// The answer to an unknown path: 404 `not_found`.
pub async fn not_found() -> ApiError {
    Code::NotFound.because("path")
}

/// The API explorer at `/docs`, from files inside the program. It is public, so downloads are limited.
pub fn explorer(api: &OpenApi, metrics: &Metrics) -> Router {
    const DESCRIPTION: &str = "/openapi.json";
    let config = utoipa_swagger_ui::Config::new([DESCRIPTION]).validator_url("none").try_it_out_enabled(true);
    let pages: Router = utoipa_swagger_ui::SwaggerUi::new("/docs").config(config).into();
    // As bytes: the description itself needs several megabytes.
    let json = Bytes::from(serde_json::to_vec(api).unwrap_or_default());
    let is_json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let pages = pages.route(DESCRIPTION, get(async move || ([is_json.clone()], json.clone())));
    let quotas = Quotas::new(EXPLORERS, EXPLORERS, || Code::Overloaded.because("explorer").retry_after(2));
    metrics.explorers(&quotas);
    pages.layer(middleware::from_fn_with_state(quotas, limited))
}

/// Answers with a permit, which is in use until the answer ends.
async fn limited(
    State(quotas): State<Quotas>,
    remote: Option<Extension<Remote>>,
    request: Request,
    next: Next,
) -> Response {
    let address = remote.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |Extension(remote)| remote.address);
    match quotas.acquire(address, None) {
        Ok(permit) => while_answering(permit, next.run(request).await),
        Err(refused) => refused.into_response(),
    }
}

/// Keeps a value alive until an answer ends.
pub fn while_answering(value: impl Send + 'static, response: Response) -> Response {
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _ = &value;
            frame
        }))
    })
}

/// Assigns an id to each request, or uses a valid one of the caller, and adds it to the answer and the log. Sets the
/// language of messages.
async fn request_id(request: Request, next: Next) -> Response {
    let from_caller = request.headers().get(&REQUEST_ID).filter(|id| id.len() <= 64).cloned();
    let id = from_caller.unwrap_or_else(|| {
        HeaderValue::from_str(&format!("{:016x}", rand::random::<u64>())).unwrap_or(HeaderValue::from_static("none"))
    });
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    // Called here, not as a layer: each layer keeps a copy of the whole service in memory while a long poll waits.
    let mut response = messages::in_language(request, next).await;
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
/// The error from the system, with advice.
pub async fn listen(host: &str, port: u16) -> std::io::Result<TcpListener> {
    bind(host, port).await.map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => "another program uses this port; stop it or choose another port",
            std::io::ErrorKind::PermissionDenied => "ports below 1024 need more rights; choose another port",
            _ => "check the address",
        };
        std::io::Error::new(error.kind(), format!("cannot listen on {host}:{port} ({error}): {hint}"))
    })
}

/// Listens on the first usable address of a host.
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

/// Where a server accepts connections.
#[derive(Debug)]
pub struct Listeners {
    /// Without TLS.
    pub http: TcpListener,
    /// With TLS.
    pub https: Option<Https>,
}

/// Where a server accepts TLS connections, and the certificate that it shows.
#[derive(Debug)]
pub struct Https {
    listener: TcpListener,
    tls: Arc<Tls>,
}

impl From<TcpListener> for Listeners {
    fn from(http: TcpListener) -> Self {
        Self { http, https: None }
    }
}

impl Listeners {
    /// TLS of the server.
    #[must_use]
    pub fn tls(&self) -> TlsHandle {
        if let (Some(https), Ok(address)) = (&self.https, self.http.local_addr()) {
            https.tls.set_http_port(address.port());
        }
        TlsHandle(self.https.as_ref().map(|https| Arc::clone(&https.tls)))
    }
}

impl Https {
    /// TLS with this certificate.
    ///
    /// # Errors
    /// The error from the system.
    pub fn new(listener: TcpListener, tls: Tls) -> std::io::Result<Self> {
        tls.set_port(listener.local_addr()?.port());
        Ok(Self { listener, tls: Arc::new(tls) })
    }
}

/// Accepts the next connection with TLS; waits forever without.
async fn accept(https: Option<&Https>) -> std::io::Result<(TcpStream, SocketAddr, Option<TlsAcceptor>)> {
    let Some(https) = https else { return std::future::pending().await };
    let (stream, peer) = https.listener.accept().await?;
    Ok((stream, peer, Some(https.tls.acceptor())))
}

/// Serves with the default limits until `stop`, then completes running answers.
///
/// # Errors
/// None: a connection that cannot be accepted is logged.
pub async fn serve(listeners: impl Into<Listeners>, app: Router, stop: CancellationToken) -> std::io::Result<()> {
    serve_within(&Limits::default(), &Metrics::default(), listeners, app, stop).await
}

/// Like [`serve`], with these limits; `metrics` counts the connections.
///
/// # Errors
/// None: a connection that cannot be accepted is logged.
pub async fn serve_within(
    limits: &Limits,
    metrics: &Metrics,
    listeners: impl Into<Listeners>,
    app: Router,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let Listeners { http, https } = listeners.into();
    let max = connections::max();
    let connections = Connections::new(limits.connections.unwrap_or(max).min(max), metrics.connections.clone());
    let tasks = TaskTracker::new();
    let server =
        Arc::new(Server { app, limits: limits.clone(), bodies: metrics.bodies(limits.body_bytes), stop: stop.clone() });
    if let Some(https) = &https {
        tasks.spawn(Arc::clone(&https.tls).keep_current(stop.clone()));
    }
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = http.accept() => accepted.map(|(stream, peer)| (stream, peer, None)),
            accepted = accept(https.as_ref()) => accepted,
        };
        match accepted {
            Ok((stream, peer, acceptor)) => {
                // Without a slot the connection is closed: all others are busy.
                let Some(slot) = connections.admit(peer.ip()).await else { continue };
                tasks.spawn(connection(Arc::clone(&server), stream, peer, slot, acceptor));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "a connection could not be accepted; an idle one is closed");
                connections.free_descriptor();
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
    drop((http, https));
    tasks.close();
    let _ = tokio::time::timeout(STOP_TIMEOUT, tasks.wait()).await;
    Ok(())
}

/// State shared by all connections of a server.
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

/// Serves one connection until it is idle for too long, its slot is needed, or the server stops. `slot` is dropped
/// last, after the connection is closed.
async fn connection(
    server: Arc<Server>,
    stream: TcpStream,
    peer: SocketAddr,
    slot: Slot,
    acceptor: Option<TlsAcceptor>,
) {
    set_options(&stream);
    let stream = SlowReaderGuard::new(stream, server.limits.stall);
    let from = Source {
        server: Arc::clone(&server),
        peer,
        activity: Arc::clone(&slot.activity),
        is_encrypted: acceptor.is_some(),
    };
    match acceptor {
        None => over_http1(stream, from).await,
        // TLS and HTTP/2 need several times the memory, which idle plain connections would reserve too.
        Some(acceptor) => Box::pin(over_tls(stream, acceptor, from)).await,
    }
}

async fn over_tls(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, acceptor: TlsAcceptor, from: Source) {
    let limit = from.server.limits.head.min(HANDSHAKE_TIMEOUT);
    let encrypted = tokio::select! {
        encrypted = tokio::time::timeout(limit, acceptor.accept(stream)) => encrypted,
        () = from.activity.close.cancelled() => return,
        () = from.server.stop.cancelled() => return,
    };
    // A client that does not trust the certificate, or does not speak TLS, only fails for itself.
    let Ok(Ok(encrypted)) = encrypted else { return };
    if encrypted.get_ref().1.alpn_protocol() == Some(b"h2") {
        over_http2(encrypted, from).await;
    } else {
        over_http1(encrypted, from).await;
    }
}

/// The connection of a request.
#[derive(Clone)]
struct Source {
    server: Arc<Server>,
    peer: SocketAddr,
    activity: Arc<Activity>,
    is_encrypted: bool,
}

async fn over_http1(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, from: Source) {
    let requests = from.clone();
    let service = service_fn(move |request| {
        let answer = answer(requests.clone(), request);
        async { Ok::<_, Infallible>(answer.await) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(from.server.limits.head)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut serving = std::pin::pin!(serving);
    let ended = ended(&from, std::future::pending(), serving.as_mut()).await;
    if ended == Ended::Stop {
        serving.as_mut().graceful_shutdown();
        finish(&from, serving).await;
    }
}

async fn over_http2(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, from: Source) {
    let requests = from.clone();
    let service = service_fn(move |request| {
        let answer = answer(requests.clone(), request);
        async { Ok::<_, Infallible>(answer.await) }
    });
    let serving = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(HEAD_BYTES).unwrap_or(u32::MAX))
        .max_concurrent_streams(HTTP2_STREAMS)
        .initial_stream_window_size(HTTP2_STREAM_BYTES)
        .initial_connection_window_size(HTTP2_CONNECTION_BYTES)
        .max_send_buf_size(HEAD_BYTES)
        .keep_alive_interval(KEEPALIVE_IDLE)
        .serve_connection(TokioIo::new(stream), service);
    let mut serving = std::pin::pin!(serving);
    // HTTP/1 has its own time limit for the next request.
    let idle = async {
        let limit = from.server.limits.head;
        while let Some(rest) = limit.checked_sub(from.activity.idle()).filter(|rest| !rest.is_zero()) {
            tokio::time::sleep(rest).await;
        }
    };
    if ended(&from, idle, serving.as_mut()).await == Ended::Stop {
        serving.as_mut().graceful_shutdown();
        finish(&from, serving).await;
    }
}

/// Why a connection is no longer served.
#[derive(PartialEq, Eq)]
enum Ended {
    /// It is closed, or must close at once.
    Closed,
    /// It must finish its answers.
    Stop,
}

/// Serves until the connection closes, is idle for too long, its slot is needed, or the server stops.
async fn ended(from: &Source, idle: impl Future<Output = ()>, serving: impl Future) -> Ended {
    tokio::select! {
        // How a connection ends does not matter here.
        _ = serving => Ended::Closed,
        () = from.activity.close.cancelled() => Ended::Closed,
        () = idle => Ended::Stop,
        () = from.server.stop.cancelled() => Ended::Stop,
    }
}

/// Lets running answers end.
async fn finish(from: &Source, serving: impl Future) {
    let within = if from.activity.is_busy() { STOP_TIMEOUT } else { PARTIAL_REQUEST_TIMEOUT };
    let _ = tokio::time::timeout(within, serving).await;
}

async fn answer(from: Source, request: hyper::Request<Incoming>) -> Response {
    let Source { server, peer, activity, is_encrypted } = from;
    let running = Arc::new(Running { activity: Arc::clone(&activity), has_begun: AtomicBool::new(false) });
    let arriving = !request.body().is_end_stream();
    let mut request = if arriving {
        let (running, activity) = (Arc::clone(&running), Arc::clone(&activity));
        request.map(|body| {
            pace::paced(&server.limits, body, move |end| match end {
                BodyEnd::Arrived => running.begin(),
                BodyEnd::TooSlow => activity.close.cancel(),
            })
        })
    } else {
        running.begin();
        request.map(|_| Body::empty())
    };
    name_host(&mut request);
    request.extensions_mut().insert(server.bodies.clone());
    request.extensions_mut().insert(ConnectInfo(peer));
    if is_encrypted {
        request.extensions_mut().insert(OverTls);
    }
    let response = server.app.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
    if response.extensions().get::<NotSent>().is_some() {
        activity.close.cancel();
    }
    if activity.close.is_cancelled() {
        // The sender is too slow or the slot is needed: close without an answer.
        std::future::pending::<()>().await;
    }
    while_answering(running, response)
}

/// HTTP/2 names the host in `:authority`, and all checks read `Host`.
fn name_host(request: &mut Request) {
    if request.headers().contains_key(header::HOST) {
        return;
    }
    let host = request.uri().authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    if let Some(host) = host {
        request.headers_mut().insert(header::HOST, host);
    }
}

/// A request whose answer is not complete. It counts as running once it has arrived.
struct Running {
    activity: Arc<Activity>,
    has_begun: AtomicBool,
}

impl Running {
    fn begin(&self) {
        if !self.has_begun.swap(true, Ordering::Relaxed) {
            self.activity.begin();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if *self.has_begun.get_mut() {
            self.activity.end();
        }
    }
}

/// Disables Nagle's algorithm, and enables detection of dead clients.
fn set_options(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let alive = TcpKeepalive::new().with_time(KEEPALIVE_IDLE).with_interval(Duration::from_secs(10)).with_retries(3);
    let set = socket
        .set_tcp_nodelay(true)
        .and_then(|()| socket.set_tcp_keepalive(&alive))
        .and_then(|()| socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED_TIMEOUT)))
        .and_then(|()| socket.set_tcp_notsent_lowat(UNSENT_BYTES));
    if let Err(error) = set {
        tracing::debug!(%error, "the options of a connection cannot be set");
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tower::ServiceExt as _;

    use super::*;

    /// Tested without the HTTP library, which adds its own `Date`.
    #[tokio::test]
    async fn every_answer_has_the_current_date() {
        let app = layers(Router::new(), not_found, &OpenApi::default(), &Metrics::default(), &Edge::default(), 1_024);
        let answer = app.oneshot(Request::new(Body::empty())).await.unwrap();
        let date = jiff::fmt::rfc2822::parse(answer.headers()[header::DATE].to_str().unwrap()).unwrap().timestamp();
        let off = time::now().duration_since(date).as_millis();
        assert!((0..5_000).contains(&off), "{off} ms");
    }

    #[tokio::test]
    async fn an_answer_is_in_the_language_of_its_request() {
        let routes = Router::new().route("/panic", axum::routing::get(async || panic!("as a bug does") as Response));
        let app = layers(routes, not_found, &OpenApi::default(), &Metrics::default(), &Edge::default(), 1_024);
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
    async fn a_plain_connection_reserves_no_memory_for_tls() {
        let listener = listen("127.0.0.1", 0).await.unwrap();
        let (client, accepted) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        let (stream, peer) = accepted.unwrap();
        let metrics = Metrics::default();
        let slot = Connections::new(1, metrics.connections.clone()).admit(peer.ip()).await.unwrap();
        let limits = Limits::default();
        let server = Arc::new(Server {
            app: Router::new(),
            bodies: metrics.bodies(limits.body_bytes),
            limits,
            stop: CancellationToken::new(),
        });
        let bytes = size_of_val(&connection(server, stream, peer, slot, None));
        assert!(bytes < 2_048, "{bytes} bytes for each of thousands of idle outlets");
        drop(client);
    }

    #[tokio::test]
    async fn many_simultaneous_connections_are_all_accepted() {
        // The machine may allow fewer files than this crowd has connections.
        let max = connections::max();
        let listener = listen("127.0.0.1", 0).await.unwrap();
        let address = listener.local_addr().unwrap();
        let longest: usize = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap().trim().parse().unwrap();
        let mut crowd = Vec::new();
        // Nothing accepts them yet.
        for _ in 0..1_500.min(longest).min(max) {
            let connecting = tokio::time::timeout(Duration::from_millis(500), TcpStream::connect(address));
            crowd.push(connecting.await.expect("the system dropped a connection").unwrap());
        }
    }

    #[tokio::test]
    async fn a_client_whose_large_body_is_refused_receives_the_answer() {
        let listener = listen("127.0.0.1", 0).await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let app = layers(Router::new(), not_found, &OpenApi::default(), &Metrics::default(), &Edge::default(), 1_024);
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
