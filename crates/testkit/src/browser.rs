//! A browser with cookies, as pages of any origin use it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use reqwest::header::{HeaderMap, HeaderName};
use serde_json::Value;

use crate::{Answer, Http};

/// A browser that sends its cookies with every request, whichever page makes it: the tests show that the server does
/// not rely on `SameSite` alone.
pub struct Browser {
    http: Http,
    cookies: Mutex<BTreeMap<String, String>>,
    last_set: Mutex<Vec<String>>,
}

impl Browser {
    /// A browser without cookies; `base` has no path.
    pub fn new(base: &str) -> Self {
        Self { http: Http::new(base), cookies: Mutex::default(), last_set: Mutex::default() }
    }

    /// Logs in as a page does.
    pub async fn log_in(&self, path: &str, username: &str, password: &str) -> Answer {
        let body = serde_json::json!({"username": username, "password": password, "cookie": true});
        self.post(path, &body).await
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        lock(&self.cookies).get(name).cloned()
    }

    /// Stores a cookie.
    pub fn set_cookie(&self, name: &str, value: &str) {
        lock(&self.cookies).insert(name.to_owned(), value.to_owned());
    }

    /// `Set-Cookie` of the last answer.
    pub fn last_set(&self) -> Vec<String> {
        lock(&self.last_set).clone()
    }

    /// GET by a page of this server.
    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &Value::Null).await
    }

    /// POST with JSON by a page of this server.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, body).await
    }

    /// Any method by a page of this server; null is no body.
    pub async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("origin", self.http.base()), ("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")];
        self.call_with(method, path, &headers, body).await
    }

    /// A request with these headers, such as those of a page of another origin; null is no body.
    pub async fn call_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let cookies: Vec<String> = lock(&self.cookies).iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut sent = HeaderMap::new();
        if !cookies.is_empty() {
            sent.insert("cookie", cookies.join("; ").parse().unwrap());
        }
        for (name, value) in headers {
            sent.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        let mut request = self.http.request(method, path).headers(sent);
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let set = response.headers().get_all("set-cookie").iter().map(|set| set.to_str().unwrap().to_owned());
        let set: Vec<_> = set.collect();
        for cookie in &set {
            self.store(cookie);
        }
        *lock(&self.last_set) = set;
        Http::read(response).await
    }

    fn store(&self, set: &str) {
        let (pair, attributes) = set.split_once(';').unwrap_or((set, ""));
        let (name, value) = pair.split_once('=').unwrap();
        let mut cookies = lock(&self.cookies);
        if attributes.split(';').any(|attribute| attribute.trim() == "Max-Age=0") {
            cookies.remove(name);
        } else {
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
