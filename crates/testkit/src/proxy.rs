//! A proxy between an outlet and its hub that fails like networks, captive portals and broken hubs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tokio_stream::StreamExt;
use tokio_util::sync::CancellationToken;

/// How the proxy treats batches. Pings and other requests pass unless the fault says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Everything passes.
    None,
    /// Every connection breaks.
    Unplugged,
    /// Everything is answered with a log-in page.
    Portal,
    /// Everything is accepted and never answered.
    Silent,
    /// Batches are answered with this status and do not reach the hub.
    Status(u16),
    /// Batches reach the hub; their answers are lost.
    LoseAnswers,
    /// Batches reach the hub and are never answered.
    HoldAnswers,
    /// Batches with an item that contains this word are never answered and do not reach the hub.
    Hold(String),
    /// Batches with an item that contains one of these words are answered with 500 and do not reach the hub.
    Poison(Vec<String>),
    /// Batches are answered with this status and code in the hub's format and do not reach the hub.
    Refuse(u16, &'static str),
    /// Enrollments reach the hub; their answers are lost.
    LoseEnrollments,
    /// Events of the audit log reach the hub; the answers are lost.
    LoseAudit,
    /// Every page of updates claims that there are more.
    EndlessPages,
    /// Long polls are never answered; other requests pass.
    HoldPolls,
    /// Batches are answered with this status and `Retry-After`.
    Busy(u16, u64),
    /// `Date` headers are off by this many seconds.
    WrongClock(i64),
    /// Pages of updates with more entries than this are spoiled.
    SpoilPages(usize, Spoil),
    /// Snapshots break off after this many bytes.
    CutSnapshots(usize),
    /// Snapshots arrive with a flipped bit.
    AlterSnapshots,
    /// Snapshots are answered like a hub without any.
    NoSnapshots,
}

/// How a page is spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoil {
    /// It is larger than any outlet reads.
    TooLarge,
    /// One byte is changed.
    Changed,
    /// The connection breaks in the middle.
    Broken,
    /// The second half is missing, although the answer ends normally.
    Cut,
    /// It is never answered.
    Hang,
    /// It is answered with this status and does not reach the hub.
    Status(u16),
}

/// A running proxy.
pub struct Proxy {
    url: String,
    shared: Arc<Shared>,
    stop: CancellationToken,
}

struct Shared {
    target: String,
    client: reqwest::Client,
    fault: Mutex<Fault>,
    batches: Mutex<Vec<Bytes>>,
    spoiled: Mutex<Vec<usize>>,
    pages: Mutex<Vec<usize>>,
    requests: AtomicUsize,
}

impl Proxy {
    /// A proxy before the hub at `target` (which ends in `/v1`).
    pub async fn before(target: &str) -> Self {
        let listener = web::server::listen("127.0.0.1", 0).await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            target: target.trim_end_matches("/v1").to_owned(),
            client: replica::client::hub::http_client().unwrap(),
            fault: Mutex::new(Fault::None),
            batches: Mutex::default(),
            spoiled: Mutex::default(),
            pages: Mutex::default(),
            requests: AtomicUsize::new(0),
        });
        let stop = CancellationToken::new();
        let app = Router::new().fallback(carry).with_state(Arc::clone(&shared));
        tokio::spawn(web::server::serve(listener, app, stop.clone()));
        Self { url, shared, stop }
    }

    /// The URL for the outlet; ends in `/v1`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sets the fault from now on.
    pub fn set(&self, fault: Fault) {
        *self.shared.fault.lock().unwrap() = fault;
        self.shared.spoiled.lock().unwrap().clear();
        self.shared.pages.lock().unwrap().clear();
    }

    /// Number of received requests.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// Requested sizes of the spoiled pages since the last [`Proxy::set`].
    pub fn spoiled(&self) -> Vec<usize> {
        self.shared.spoiled.lock().unwrap().clone()
    }

    /// Requested sizes of all pages of updates since the last [`Proxy::set`].
    pub fn pages(&self) -> Vec<usize> {
        self.shared.pages.lock().unwrap().clone()
    }

    /// All received batches, unchanged.
    pub fn batches(&self) -> Vec<Bytes> {
        self.shared.batches.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn carry(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    shared.requests.fetch_add(1, Ordering::Relaxed);
    let fault = shared.fault.lock().unwrap().clone();
    let (parts, body) = request.into_parts();
    let is_batch = parts.uri.path().ends_with("/sync/batch");
    let is_snapshot = parts.uri.path().ends_with("/snapshot");
    let Ok(body) = axum::body::to_bytes(body, 64 << 20).await else { return broken() };
    if is_batch {
        shared.batches.lock().unwrap().push(body.clone());
    }
    let entries = page_entries(&parts.uri);
    shared.pages.lock().unwrap().extend(entries);
    let spoil = match (&fault, entries) {
        (Fault::SpoilPages(most, how), Some(entries)) if entries > *most => {
            shared.spoiled.lock().unwrap().push(entries);
            Some(*how)
        }
        _ => None,
    };
    match spoil {
        Some(Spoil::Hang) => return std::future::pending().await,
        Some(Spoil::Status(status)) => return StatusCode::from_u16(status).unwrap().into_response(),
        _ => {}
    }
    match &fault {
        Fault::Unplugged => return broken(),
        Fault::Portal => {
            return (StatusCode::OK, [(header::CONTENT_TYPE, "text/html")], "<h1>Log in</h1>").into_response();
        }
        Fault::Silent => return std::future::pending().await,
        Fault::HoldPolls if polls(parts.uri.query()) => return std::future::pending().await,
        Fault::Status(status) if is_batch => return StatusCode::from_u16(*status).unwrap().into_response(),
        Fault::Busy(status, seconds) if is_batch => {
            return (StatusCode::from_u16(*status).unwrap(), [(header::RETRY_AFTER, *seconds)]).into_response();
        }
        Fault::Refuse(status, code) if is_batch => {
            let body = format!(r#"{{"success": false, "error": "{code}", "message": "Refused with {code}."}}"#);
            return (StatusCode::from_u16(*status).unwrap(), body).into_response();
        }
        Fault::Poison(words) if is_batch => {
            let items = items(&body);
            if words.iter().any(|word| items.contains(word)) {
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        }
        Fault::Hold(word) if is_batch && items(&body).contains(word) => return std::future::pending().await,
        Fault::NoSnapshots if is_snapshot => {
            let body = r#"{"success": false, "error": "not_found", "message": "There is nothing at this path."}"#;
            return (StatusCode::NOT_FOUND, body).into_response();
        }
        _ => {}
    }
    let path = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
    let mut headers = parts.headers;
    headers.remove(header::HOST);
    let sent = shared
        .client
        .request(parts.method, format!("{}{path}", shared.target))
        .headers(headers)
        .body(body)
        .send()
        .await;
    let Ok(answer) = sent else { return broken() };
    let (status, headers) = (answer.status(), answer.headers().clone());
    let Ok(body) = answer.bytes().await else { return broken() };
    let is_lost = match fault {
        Fault::HoldAnswers if is_batch => return std::future::pending().await,
        Fault::LoseAnswers => is_batch,
        Fault::LoseAudit => path.ends_with("/audit"),
        Fault::LoseEnrollments => path.ends_with("/enroll"),
        _ => false,
    };
    if is_lost {
        return broken();
    }
    let body = match spoil {
        Some(how) => match spoiled(&body, how) {
            Some(body) => body,
            None => return broken(),
        },
        None => body,
    };
    let mut response = Response::builder().status(status);
    for name in [header::CONTENT_TYPE, header::RETRY_AFTER, header::ETAG, header::CONTENT_RANGE] {
        if let Some(value) = headers.get(&name) {
            response = response.header(name, value);
        }
    }
    match fault {
        Fault::WrongClock(seconds) => {
            let date = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
            response.header(header::DATE, web::time::http(date)).body(Body::from(body)).unwrap()
        }
        Fault::CutSnapshots(bytes) if is_snapshot && bytes < body.len() => {
            let pieces = [Ok(body.slice(..bytes)), Err(std::io::Error::other("cut"))];
            let response = response.header(header::CONTENT_LENGTH, body.len());
            let pieces = tokio_stream::iter(pieces).then(async |piece| {
                if piece.is_err() {
                    // Sends the earlier parts first.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                piece
            });
            response.body(Body::from_stream(pieces)).unwrap()
        }
        Fault::EndlessPages if path.contains("/updates?") => {
            let mut page: serde_json::Value = serde_json::from_slice(&body).unwrap();
            page["data"]["more"] = true.into();
            response.body(Body::from(page.to_string())).unwrap()
        }
        Fault::AlterSnapshots if is_snapshot => {
            let mut body = body.to_vec();
            let middle = body.len() / 2;
            body[middle] ^= 1;
            response.body(Body::from(body)).unwrap()
        }
        _ => response.body(Body::from(body)).unwrap(),
    }
}

/// The items of a batch as JSON.
fn items(body: &[u8]) -> String {
    let batch: serde_json::Value = serde_json::from_slice(&zstd::decode_all(body).unwrap()).unwrap();
    batch["items"].to_string()
}

/// The requested size of a page of updates; `None` for other requests.
fn page_entries(uri: &axum::http::Uri) -> Option<usize> {
    let query = uri.query().filter(|_| uri.path().ends_with("/updates"))?;
    query.split('&').find_map(|part| part.strip_prefix("limit=")?.parse().ok())
}

/// The part of the answer that arrives; `None` if the connection breaks.
fn spoiled(body: &Bytes, how: Spoil) -> Option<Bytes> {
    let half = body.len() / 2;
    match how {
        Spoil::TooLarge => Some([body.as_ref(), &vec![b' '; 5 << 20]].concat().into()),
        Spoil::Changed => Some([&body[..half], &[0xff], &body[half + 1..]].concat().into()),
        Spoil::Cut => Some(body.slice(..half)),
        Spoil::Broken | Spoil::Hang | Spoil::Status(_) => None,
    }
}

/// Whether a request is a long poll.
fn polls(query: Option<&str>) -> bool {
    query.unwrap_or_default().split('&').any(|part| part.starts_with("wait=") && part != "wait=0")
}

/// A body that breaks off: the client sees a broken connection.
fn broken() -> Response {
    let broken = tokio_stream::once(Err::<Bytes, _>(std::io::Error::other("unplugged")));
    Response::new(Body::from_stream(broken))
}
