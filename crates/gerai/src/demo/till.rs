//! HTTP requests of tills, tablets and head office.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

/// Attempts for a request without an answer.
const MAX_ATTEMPTS: usize = 5;

/// Logs in and returns the token.
pub async fn log_in(client: &Client, url: &str, username: &str, password: &str) -> Result<String> {
    let answer = read(client.post(url), &json!({"username": username, "password": password})).await?;
    Ok(answer["data"]["token"].as_str().context("no token in the answer to the log-in")?.to_owned())
}

/// Sends JSON until it succeeds, with the same body and key, so that it is executed once. Any other answer is an error
/// with the answer's message.
pub async fn send(client: &Client, method: Method, url: &str, token: &str, body: &Value) -> Result<Value> {
    let key = Uuid::now_v7().to_string();
    let mut tries = 1;
    loop {
        let request = client.request(method.clone(), url).bearer_auth(token).header("idempotency-key", &key);
        match read(request, body).await {
            Ok(answer) => return Ok(answer),
            Err(error) if tries == MAX_ATTEMPTS => return Err(error),
            Err(_) => tries += 1,
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Reads JSON.
pub async fn get(client: &Client, url: &str, token: &str) -> Result<Value> {
    read(client.get(url).bearer_auth(token), &Value::Null).await
}

async fn read(mut request: RequestBuilder, body: &Value) -> Result<Value> {
    if !body.is_null() {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let response = request.send().await?;
    let status = response.status();
    let body: Value = serde_json::from_slice(&response.bytes().await?).context("the answer is not JSON")?;
    if !status.is_success() {
        bail!("{status}: {}", body["message"].as_str().unwrap_or("no reason given"));
    }
    Ok(body)
}
