//! What a till says over HTTP.

use anyhow::{Context, Result, bail};
use reqwest::Client;
use serde_json::{Value, json};

/// Logs in and returns the token.
pub async fn log_in(client: &Client, url: &str, username: &str, password: &str) -> Result<String> {
    let answer = post(client, url, None, &json!({"username": username, "password": password})).await?;
    Ok(answer["data"]["token"].as_str().context("no token in the answer to the log-in")?.to_owned())
}

/// Posts JSON and reads the answer; anything but success is an error with the answer's words.
pub async fn post(client: &Client, url: &str, token: Option<&str>, body: &Value) -> Result<Value> {
    let mut request = client.post(url).header("content-type", "application/json").body(body.to_string());
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(id) = body["id"].as_str() {
        request = request.header("idempotency-key", id);
    }
    read(request.send().await?).await
}

/// Gets JSON.
pub async fn get(client: &Client, url: &str, token: &str) -> Result<Value> {
    read(client.get(url).bearer_auth(token).send().await?).await
}

async fn read(response: reqwest::Response) -> Result<Value> {
    let status = response.status();
    let body: Value = serde_json::from_slice(&response.bytes().await?).context("the answer is not JSON")?;
    if !status.is_success() {
        bail!("{status}: {}", body["message"].as_str().unwrap_or("no reason given"));
    }
    Ok(body)
}
