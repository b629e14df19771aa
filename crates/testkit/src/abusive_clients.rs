//! Abusive clients: on every route that a server describes, they hang up, send slowly, do not read, and flood. A new
//! route is tested automatically, because the routes come from the description.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::Http;
use crate::hang_up::{Moment, all_free, hang_up};
use crate::raw::{address_of, connect_from};

/// Limits for a server under test: the default ones with timeouts of a second.
pub fn short_limits() -> web::Limits {
    web::Limits {
        head: Duration::from_secs(1),
        stall: Duration::from_millis(500),
        body: Duration::from_secs(2),
        ..web::Limits::default()
    }
}

/// Time limit for the answer in a flood; event streams and long polls take longer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// How long requests are sent whose answers nobody reads. The server still answers all that it has received.
const PIPELINED: Duration = Duration::from_secs(1);
/// Longest response time for normal clients meanwhile, on a busy machine.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause between two pieces.
const PIECE_INTERVAL: Duration = Duration::from_millis(100);
/// A piece that keeps the minimum rate for bodies.
const PIECE: &str = concat!(
    "                                                                                                    ",
    "                                                                                                    ",
    "                                                                                                    "
);

/// Abusive clients of one server.
pub struct AbusiveClients {
    address: SocketAddr,
    routes: Vec<Route>,
    http: Http,
}

/// An operation of the description, with or without credentials.
#[derive(Clone)]
struct Route {
    /// Method, path, query.
    line: String,
    headers: String,
    has_body: bool,
    /// The answer lasts until the server or the client ends it.
    is_stream: bool,
}

impl AbusiveClients {
    /// Clients of the server at `base` with this description. Each route is tested without credentials, and with the
    /// one in `credentials` for its security scheme: a token, or name and value of a device's cookie. Ids in paths come from `ids`, otherwise they are unknown ones.
    pub fn of(base: &str, api: &Value, credentials: &[(&str, &str)], ids: &[(&str, &str)]) -> Self {
        let mut routes = Vec::new();
        for (path, operations) in api["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                let scheme = operation["security"][0].as_object().and_then(|scheme| scheme.keys().next());
                let credential = scheme.and_then(|scheme| credentials.iter().find(|(of, _)| of == scheme));
                assert!(scheme.is_none() || credential.is_some(), "no credential for {method} {path}");
                routes.push(Route::of(method, path, operation, None, ids));
                // A log-out would end the session of the other clients.
                if let Some((scheme, credential)) = credential.filter(|_| !path.contains("/logout")) {
                    let header = match *scheme {
                        "device" => format!("cookie: {credential}\r\n"),
                        _ => format!("authorization: Bearer {credential}\r\n"),
                    };
                    routes.push(Route::of(method, path, operation, Some(header), ids));
                }
            }
        }
        Self { address: address_of(base), routes, http: Http::new(base) }
    }

    /// Hangs up at each moment of each request, half of the time with a reset.
    pub async fn hang_up(&self) {
        self.run_while_served(Moment::ALL.len(), |n, route, stream| async move {
            let pause = Duration::from_millis(u64::try_from(n % 20).unwrap());
            let (request, moment) = (route.request("{}"), Moment::ALL[n % Moment::ALL.len()]);
            hang_up(stream, request.as_bytes(), moment, pause, (n / 4).is_multiple_of(2)).await;
        })
        .await;
        all_free(&self.http).await;
    }

    /// Sends slowly: a head, a body, and an endless body at the minimum rate. The server must close each connection.
    pub async fn send_slowly(&self) {
        self.run_while_served(3, |n, route, mut stream| async move {
            let request = route.request(&" ".repeat(16_000));
            let head = request.split("\r\n\r\n").next().unwrap();
            let (start, piece) = match (n % 3, route.has_body) {
                (0, _) => (format!("{head}\r\nx-drip: "), "x"),
                // The head of the next request.
                (_, false) => (format!("{head}\r\n\r\n"), "G"),
                (1, true) => (format!("{head}\r\n\r\n"), " "),
                (_, true) => (format!("{head}\r\n\r\n"), PIECE),
            };
            let started = Instant::now();
            let mut sent = stream.write_all(start.as_bytes()).await;
            while sent.is_ok() && !(route.is_stream && started.elapsed() > ANSWER_TIMEOUT) {
                assert!(started.elapsed() < crate::PATIENCE, "{} may send slowly without end", route.line);
                sleep(PIECE_INTERVAL).await;
                sent = stream.write_all(piece.as_bytes()).await;
            }
        })
        .await;
        all_free(&self.http).await;
    }

    /// Sends requests without reading the answers: the server must close each connection.
    pub async fn never_read(&self) {
        let reading = self.run_while_served(3, |n, route, mut stream| async move {
            let sends = n.is_multiple_of(3) && route.line.starts_with("GET ") && !route.is_stream;
            let request = route.request("").repeat(20);
            let started = Instant::now();
            while sends && started.elapsed() < PIPELINED {
                let sent = timeout(ANSWER_TIMEOUT, stream.write_all(request.as_bytes())).await;
                if !matches!(sent, Ok(Ok(()))) {
                    break;
                }
            }
            stream
        });
        let connections = reading.await;
        all_free(&self.http).await;
        drop(connections);
    }

    /// Sends this many concurrent requests per route. No answer may be a fault; an answer that rejects must have
    /// `Retry-After`.
    pub async fn flood(&self, per_route: usize) {
        self.run_while_served(3, |_, route, stream| async move {
            let mut all = JoinSet::new();
            let (address, from) = (stream.peer_addr().unwrap(), stream.local_addr().unwrap().ip());
            for _ in 0..per_route {
                all.spawn(send_request(route.clone(), from, address));
            }
            all.join_all().await;
        })
        .await;
        all_free(&self.http).await;
    }

    /// Runs this many clients per route concurrently, each from another address, while normal clients are served.
    async fn run_while_served<F, Fut, T>(&self, per_route: usize, client: F) -> Vec<T>
    where
        F: Fn(usize, Route, TcpStream) -> Fut,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let mut all = JoinSet::new();
        for (n, route) in self.routes.iter().flat_map(|route| std::iter::repeat_n(route, per_route)).enumerate() {
            let host = u8::try_from(n % 100).unwrap();
            let from = IpAddr::V4(Ipv4Addr::new(127, 0, 1, host + 1));
            all.spawn(client(n, route.clone(), connect_from(from, self.address).await.unwrap()));
        }
        let mut results = Vec::new();
        while !all.is_empty() {
            let answer = timeout(RESPONSE_TIMEOUT, self.http.get("/healthz")).await;
            assert_eq!(answer.expect("an answer to a normal client").status, 200);
            results.extend(std::iter::from_fn(|| all.try_join_next()).map(Result::unwrap));
            sleep(Duration::from_millis(50)).await;
        }
        results
    }
}

/// Sends a request and waits for the beginning of the answer.
async fn send_request(route: Route, from: IpAddr, address: SocketAddr) {
    let Ok(mut stream) = connect_from(from, address).await else { return };
    let _ = stream.write_all(route.request("{}").as_bytes()).await;
    let mut answer = vec![0; 2_048];
    let Ok(Ok(bytes)) = timeout(ANSWER_TIMEOUT, stream.read(&mut answer)).await else { return };
    let answer = String::from_utf8_lossy(&answer[..bytes]).to_ascii_lowercase();
    let status = answer.split(' ').nth(1).unwrap_or_default();
    let is_rejected = matches!(status, "429" | "503");
    assert!(is_rejected || !status.starts_with('5'), "{}: {answer}", route.line);
    assert!(!is_rejected || answer.contains("\r\nretry-after: "), "{}: {answer}", route.line);
}

impl Route {
    fn of(method: &str, path: &str, operation: &Value, credential: Option<String>, ids: &[(&str, &str)]) -> Self {
        let parts = path.split('/').map(|part| {
            let name = part.trim_matches(['{', '}']);
            let id = ids.iter().find(|(of, _)| *of == name).map_or("1", |(_, id)| *id);
            if part.starts_with('{') { id } else { part }
        });
        let path = parts.collect::<Vec<_>>().join("/");
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_long_poll =
            parameters.iter().any(|parameter| parameter["name"] == "wait" && parameter["schema"]["type"] != "boolean");
        let streams = operation["responses"]["200"]["content"].get("text/event-stream").is_some();
        Self {
            line: format!("{} {path}{}", method.to_uppercase(), if is_long_poll { "?wait=30" } else { "" }),
            headers: credential.unwrap_or_default(),
            has_body: operation.get("requestBody").is_some(),
            is_stream: is_long_poll || streams,
        }
    }

    /// The request with this body, if it has one.
    fn request(&self, body: &str) -> String {
        let body = if self.has_body { body } else { "" };
        format!(
            "{} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n{}content-length: {}\r\n\r\n{body}",
            self.line,
            self.headers,
            body.len()
        )
    }
}
