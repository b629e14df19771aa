//! `Idempotency-Key`: repeating a request with its key returns the stored answer and runs the work only once.
//!
//! The request is stored as a hash and must not contain secrets: a PIN has so few values that its hash reveals it, and
//! a repeat with another PIN must not reveal whether that one is correct. A key belongs to its user; other users do not
//! receive its answer.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use sqlite::ReadRow;
use web::messages::Message;
use web::{ApiError, Code, Success, Warning, secret, time};

/// How long an answer is stored.
const RETENTION: SignedDuration = SignedDuration::from_hours(48);
/// Maximum number of stored answers: some weeks of a busy shop.
const MAX_ANSWERS: i64 = 50_000;

/// The key of a request, with a hash of user and request.
#[derive(Debug)]
pub struct Key {
    key: String,
    request_hash: String,
}

impl Key {
    /// The idempotency key of a user's request, if it has one. `request` excludes secrets.
    ///
    /// # Errors
    /// 400 `invalid_idempotency_key`.
    pub fn of(headers: &HeaderMap, user_id: &str, path: &str, request: &[u8]) -> Result<Option<Self>, ApiError> {
        let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
        let key = value.to_str().ok().filter(|k| !k.is_empty() && k.len() <= 200);
        let key = key.ok_or(Code::InvalidIdempotencyKey)?;
        let request_hash = secret::digest(&[user_id.as_bytes(), &[0], path.as_bytes(), &[0], request]);
        Ok(Some(Self { key: key.to_owned(), request_hash }))
    }
}

/// A stored answer.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    body: String,
    replayed: bool,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status, Body::from(with_worded_warnings(self.body))).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.replayed {
            headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
        }
        response
    }
}

/// Replaces the messages in `warnings`, stored as ids and arguments, by warnings in the language of this request: a
/// repeat may request another language than the first request, and the writer's thread has no language.
fn with_worded_warnings(mut body: String) -> String {
    // Matches only a field: inside a JSON string the quotes are escaped.
    const FIELD: &str = r#""warnings":"#;
    let Some(at) = body.find(FIELD).map(|at| at + FIELD.len()) else { return body };
    let mut stored = serde_json::Deserializer::from_str(&body[at..]).into_iter::<Vec<Message>>();
    let Some(Ok(messages)) = stored.next() else { return body };
    let end = at + stored.byte_offset();
    let warnings: Vec<Warning> = messages.into_iter().map(Warning::from).collect();
    if let Ok(worded) = serde_json::to_string(&warnings) {
        body.replace_range(at..end, &worded);
    }
    body
}

/// Runs `work`, unless this key has a stored answer; both in the same transaction.
///
/// # Errors
/// 422 `idempotency_key_reused` for another request with the same key, or the error of `work`.
pub fn once<T: Serialize>(
    tx: &Transaction<'_>,
    key: Option<Key>,
    status: StatusCode,
    now: Timestamp,
    work: impl FnOnce() -> Result<T, ApiError>,
) -> Result<Answer, ApiError> {
    if let Some(key) = &key
        && let Some(answer) = find(tx, key)?
    {
        return Ok(answer);
    }
    let body = serialize(&Success::new(work()?))?;
    if let Some(key) = &key {
        tx.prepare_cached(
            "insert into idempotency_keys (key, request_hash, status, body, created_at) values (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![key.key, key.request_hash, status.as_u16(), body, time::text(now)])?;
    }
    Ok(Answer { status, body, replayed: false })
}

fn serialize<T: Serialize>(answer: &T) -> Result<String, ApiError> {
    // Capacity for a usual order: growing in steps took the writer four times as long.
    let mut body = Vec::with_capacity(4 << 10);
    let serialize = serde_json::to_writer(&mut body, answer).map_err(|error| error.to_string());
    serialize.and_then(|()| String::from_utf8(body).map_err(|error| error.to_string())).map_err(|error| {
        tracing::error!(error, "cannot write an answer");
        ApiError::internal()
    })
}

/// The stored answer to this request.
///
/// # Errors
/// 422 `idempotency_key_reused` for another request or another user with the same key.
pub fn find(tx: &Transaction<'_>, key: &Key) -> Result<Option<Answer>, ApiError> {
    let found = tx
        .prepare_cached("select request_hash, status, body from idempotency_keys where key = ?1")?
        .query_row([&key.key], |row| Ok((row.read::<String>(0)?, row.read::<u16>(1)?, row.read::<String>(2)?)))
        .optional()?;
    let Some((request_hash, status, body)) = found else { return Ok(None) };
    if request_hash != key.request_hash {
        return Err(Code::IdempotencyKeyReused.into());
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    Ok(Some(Answer { status, body, replayed: true }))
}

/// The rowid of the newest answer.
///
/// # Errors
/// The error from SQLite.
pub fn newest(tx: &Transaction<'_>) -> Result<i64, sqlite::Fault> {
    Ok(tx.query_row("select coalesce(max(rowid), 0) from idempotency_keys", [], |row| row.read(0))?)
}

/// Deletes up to 500 answers with a rowid up to `seen`: those whose time is more than two days from `now` in either
/// direction, and the oldest beyond `MAX_ANSWERS`, so that a stopped clock does not retain answers forever.
///
/// `seen` is the newest answer of an hour of running ago, so that a clock jump deletes none that a till may still
/// request.
///
/// # Errors
/// The error from SQLite.
pub fn prune(tx: &Transaction<'_>, seen: i64, now: Timestamp) -> Result<usize, sqlite::Fault> {
    let sql = "delete from idempotency_keys where rowid in (
        select rowid from idempotency_keys
        where rowid <= ?1 and (created_at < ?2 or created_at > ?3
          or rowid <= (select rowid from idempotency_keys order by rowid desc limit 1 offset ?4))
        order by rowid limit 500)";
    Ok(tx.execute(sql, params![seen, time::text(now - RETENTION), time::text(now + RETENTION), MAX_ANSWERS])?)
}
