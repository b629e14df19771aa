//! Tests with a real endpoint on loopback and a resolver that the test controls.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use tokio_util::sync::CancellationToken;
use web::webhook::Secret;

use super::*;

/// Resolves each name to the next of these addresses, the last one forever.
struct Names {
    addresses: Vec<[u8; 4]>,
    resolved: AtomicUsize,
}

impl Resolve for Names {
    fn resolve(&self, _: Name) -> Resolving {
        let resolved = self.resolved.fetch_add(1, Ordering::Relaxed);
        let address = self.addresses[resolved.min(self.addresses.len() - 1)];
        Box::pin(async move { Ok(Box::new(std::iter::once(SocketAddr::from((address, 0)))) as Addrs) })
    }
}

fn names(addresses: &[[u8; 4]]) -> Arc<Names> {
    Arc::new(Names { addresses: addresses.to_vec(), resolved: AtomicUsize::new(0) })
}

/// An endpoint that always answers the same, and counts requests.
struct Endpoint {
    port: u16,
    received: Arc<Mutex<Vec<HeaderMap>>>,
    stop: CancellationToken,
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn endpoint(status: u16, header: (&'static str, &'static str)) -> Endpoint {
    let listener = web::server::listen("127.0.0.1", 0).await.unwrap();
    let (port, received, stop) =
        (listener.local_addr().unwrap().port(), Arc::<Mutex<Vec<HeaderMap>>>::default(), CancellationToken::new());
    let list = Arc::clone(&received);
    let app = Router::new().fallback(move |headers: HeaderMap| {
        list.lock().unwrap().push(headers);
        async move { (StatusCode::from_u16(status).unwrap(), [header]).into_response() }
    });
    tokio::spawn(web::server::serve(listener, app, stop.clone()));
    Endpoint { port, received, stop }
}

fn message(host: &str, port: u16) -> Message {
    Message {
        outlet_id: "o".into(),
        url: format!("http://{host}:{port}/hook"),
        secrets: vec![Secret::random()],
        id: "msg_1".into(),
        body: b"{}".to_vec(),
        heads: "0.~0.".into(),
    }
}

const NONE: (&str, &str) = ("x-nothing", "");

fn why(outcome: Outcome) -> String {
    let Outcome::Failed { reason, .. } = outcome else { panic!("{outcome:?}") };
    reason.to_string()
}

#[tokio::test]
async fn a_hint_arrives_signed() {
    let endpoint = endpoint(204, NONE).await;
    let (message, now) = (message("127.0.0.1", endpoint.port), web::time::now());
    assert_eq!(Poster::new(true).post(&message, now).await, Outcome::Delivered);
    let headers = endpoint.received.lock().unwrap()[0].clone();
    let text = |name| headers[name].to_str().unwrap();
    let signed = webhook::Signed { id: text(ID), timestamp: text(TIMESTAMP), signatures: text(SIGNATURE) };
    assert_eq!(webhook::verify(&message.secrets, signed, &message.body, now), Ok(()));
    assert_eq!((signed.id, text("content-type")), ("msg_1", "application/json"));
}

#[tokio::test]
async fn a_private_address_in_any_notation_needs_permission() {
    let endpoint = endpoint(200, NONE).await;
    let now = web::time::now();
    for host in
        ["127.0.0.1", "127.1", "2130706433", "0x7f.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "localhost", "LOCALHOST"]
    {
        let why = why(Poster::new(false).post(&message(host, endpoint.port), now).await);
        assert!(why.contains("leads to a private address"), "{host}: {why}");
    }
    assert!(endpoint.received.lock().unwrap().is_empty());
    for host in ["127.0.0.1", "localhost"] {
        assert_eq!(Poster::new(true).post(&message(host, endpoint.port), now).await, Outcome::Delivered);
    }
}

#[tokio::test]
async fn a_name_is_resolved_once_per_attempt() {
    let endpoint = endpoint(200, NONE).await;
    let now = web::time::now();
    let only_here: Allowed = |address| address == IpAddr::from([127, 0, 0, 1]);
    // Resolved once per attempt, and the connection uses that address.
    let resolver = names(&[[127, 0, 0, 1], [127, 0, 0, 2]]);
    let poster = Poster::through(Arc::clone(&resolver) as _, only_here);
    let message = message("pos.example.com", endpoint.port);
    assert_eq!(poster.post(&message, now).await, Outcome::Delivered);
    assert_eq!(resolver.resolved.load(Ordering::Relaxed), 1);
    // The next attempt resolves again and reuses no connection.
    let why = why(poster.post(&message, now).await);
    assert!(why.starts_with("The host pos.example.com leads to a private address"), "{why}");
    assert_eq!((resolver.resolved.load(Ordering::Relaxed), endpoint.received.lock().unwrap().len()), (2, 1));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = endpoint(200, NONE).await;
    let to: &'static str = format!("http://127.0.0.1:{}/", target.port).leak();
    let redirecting = endpoint(307, ("location", to)).await;
    let why = why(Poster::new(true).post(&message("127.0.0.1", redirecting.port), web::time::now()).await);
    assert!(why.contains("307"), "{why}");
    assert!(target.received.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_retry_after_header_is_returned() {
    let now = web::time::now();
    let gone = endpoint(410, NONE).await;
    assert_eq!(Poster::new(true).post(&message("127.0.0.1", gone.port), now).await, Outcome::Gone);
    let busy = endpoint(503, ("retry-after", "120")).await;
    let Outcome::Failed { retry_after, .. } = Poster::new(true).post(&message("127.0.0.1", busy.port), now).await
    else {
        panic!("it did not fail");
    };
    assert_eq!(retry_after, Some(SignedDuration::from_secs(120)));
}

#[test]
fn retry_after_may_be_a_date() {
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    let after = |text: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        retry_after(&headers, now).map(|wait| wait.as_secs())
    };
    assert_eq!(after("90"), Some(90));
    assert_eq!(after("Sun, 22 Nov 2026 10:01:00 GMT"), Some(60));
    assert_eq!(after("soon"), None);
}
