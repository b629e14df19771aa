//! A client that sends a command with one idempotency key until it is acknowledged, and fails the test on an answer that is
//! not allowed meanwhile.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::Http;
use uuid::Uuid;

use crate::server::Server;

/// Time-out of a request.
const TIMEOUT: Duration = Duration::from_secs(15);
/// An outlet without an outage must answer within this, on a machine that also compiles and runs tests.
const PROMPT: Duration = Duration::from_secs(5);

/// A client; see the module.
pub struct PersistentClient {
    server: Arc<Server>,
    session: Mutex<Http>,
    log_in: (&'static str, Value),
    is_till: bool,
    /// Commands that were answered while the server had no outage.
    pub prompt: AtomicUsize,
    /// The longest of their durations, in milliseconds.
    pub slowest_ms: AtomicU64,
}

impl PersistentClient {
    /// The admin of a running outlet, which must answer while it has no outage, whatever happens at head office.
    pub async fn at_outlet(server: &Arc<Server>) -> Self {
        let login = ("/api/v1/auth/login", json!({"username": "admin", "password": "1234"}));
        Self::new(server, server.wires.0[0].url(), login, true).await
    }

    /// Head office's user, at a running node at this address, which may have an outage at any time.
    pub async fn at_head_office(server: &Arc<Server>, url: String) -> Self {
        Self::new(server, url, ("/v1/hq/auth/login", json!({"username": "boss", "password": "secret-secret"})), false)
            .await
    }

    async fn new(server: &Arc<Server>, url: String, log_in: (&'static str, Value), is_till: bool) -> Self {
        let client = Self {
            server: Arc::clone(server),
            session: Mutex::new(Http::new(&url)),
            log_in,
            is_till,
            prompt: AtomicUsize::new(0),
            slowest_ms: AtomicU64::new(0),
        };
        client.log_in().await;
        client
    }

    /// The current session, for a server that answers.
    pub fn http(&self) -> Http {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn log_in(&self) {
        let (path, credentials) = &self.log_in;
        if let Ok((200, text)) = attempt(&self.http(), "POST", path, "", credentials).await {
            let answer: Value = serde_json::from_str(&text).unwrap();
            let session = self.http().with_token(answer["data"]["token"].as_str().unwrap());
            *self.session.lock().unwrap_or_else(PoisonError::into_inner) = session;
        }
    }

    /// Sends a command until it is acknowledged; `data` of the answer.
    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        let key = Uuid::now_v7().to_string();
        loop {
            let (before, began) = (self.server.outage.count_if_over(), Instant::now());
            let answer = attempt(&self.http(), method, path, &key, body).await;
            let duration = began.elapsed();
            let must_answer = self.is_till && before.is_some() && before == self.server.outage.count_if_over();
            let message = || format!("{} {method} {path} {body}: {answer:?} after {duration:.1?}", self.server.name);
            match &answer {
                Ok((200..300, text)) => {
                    if must_answer {
                        assert!(duration < PROMPT, "this outlet had no outage: {}", message());
                        self.prompt.fetch_add(1, Ordering::Relaxed);
                        self.slowest_ms.fetch_max(u64::try_from(duration.as_millis()).unwrap(), Ordering::Relaxed);
                    }
                    return serde_json::from_str::<Value>(text).unwrap()["data"].clone();
                }
                // The clock has passed the end of the session.
                Ok((401, _)) if self.server.clock.was_stepped() => self.log_in().await,
                Ok((status, _)) => {
                    assert!((500..600).contains(status), "refused: {}", message());
                    assert!(!must_answer, "this outlet had no outage: {}", message());
                }
                // No connection, or a truncated answer: the command may have been executed.
                Err(_) => assert!(!must_answer, "this outlet had no outage: {}", message()),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// One attempt; returns status and body.
async fn attempt(http: &Http, method: &str, path: &str, key: &str, body: &Value) -> reqwest::Result<(u16, String)> {
    let request = http
        .request(method, path)
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .timeout(TIMEOUT)
        .body(body.to_string());
    let response = request.send().await?;
    Ok((response.status().as_u16(), response.text().await?))
}
