//! An HTTP client of a server.

use serde_json::Value;

/// A client of one server, with or without a session.
#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// The answer of a server.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Seconds of `Retry-After`, if present.
    pub retry_after: Option<u64>,
    headers: reqwest::header::HeaderMap,
    /// The body if it is JSON, otherwise null.
    pub body: Value,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// `data` of a success; panics otherwise.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert!((200..300).contains(&self.status), "not a success: {} {}", self.status, self.text);
        &self.body["data"]
    }

    /// A header, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Status and code of a refusal.
    pub fn refusal(&self) -> (u16, &str) {
        (self.status, self.body["error"].as_str().unwrap_or("no code"))
    }
}

impl Http {
    /// A client without a session; `base` has no path.
    pub fn new(base: &str) -> Self {
        Self { client: replica::client::hub::http_client().unwrap(), base: base.to_owned(), token: None }
    }

    /// The same client with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The token of its session.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap()
    }

    /// The base URL of the server.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Logs in at an outlet; the clients share connections.
    pub async fn log_in(&self, username: &str, pin: &str) -> Self {
        let body = serde_json::json!({"username": username, "password": pin});
        let answer = Self { token: None, ..self.clone() }.post("/api/v1/auth/login", &body).await;
        self.with_token(answer.data()["token"].as_str().unwrap())
    }

    /// A request to complete.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.base));
        let request = request.header("content-type", "application/json");
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and reads the complete answer.
    pub async fn send(request: reqwest::RequestBuilder) -> Answer {
        Self::read(request.send().await.unwrap()).await
    }

    /// Reads a complete answer.
    pub async fn read(response: reqwest::Response) -> Answer {
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after");
        let retry_after = retry_after.map(|seconds| seconds.to_str().unwrap().parse().unwrap());
        let headers = response.headers().clone();
        let text = String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned();
        Answer { status, retry_after, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        Self::send(self.request("GET", path)).await
    }

    /// POST with JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, body).await
    }

    /// Any method with JSON.
    pub async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        Self::send(self.request(method, path).body(body.to_string())).await
    }

    /// The value of a metric; `name` is its line up to the value.
    pub async fn figure(&self, name: &str) -> Option<u64> {
        let figures = self.get("/metrics").await.text;
        figures.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }

    /// All rows of a list, page by page; `path` already has a query.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.get(&format!("{path}{cursor}")).await;
            rows.extend(page.data().as_array().unwrap().iter().cloned());
            match page.body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }
}
