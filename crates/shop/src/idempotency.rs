//! `Idempotency-Key`: the same user, key and request get the same answer, and the work is done once.
//!
//! What was asked is stored as a hash, so it must hold no secret: a PIN has few enough values to try them all against the
//! hash, and a repeat with another PIN must not tell whether that one is right. A key belongs to the user who used it:
//! nobody else gets its answer.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use sqlite::ReadRow;
use web::{ApiError, Code, Success, secret, time};

/// How long an answer is remembered.
const KEPT: SignedDuration = SignedDuration::from_hours(48);
/// Answers remembered at the most: some weeks of a busy shop.
const MAX: i64 = 50_000;

/// A request's key, with a hash of who asked what.
#[derive(Debug)]
pub struct Key {
    key: String,
    request_hash: String,
}

impl Key {
    /// The key of a request by a user, if it has one. `asked` is the request without its secrets.
    ///
    /// # Errors
    /// 400 `invalid_idempotency_key`.
    pub fn of(headers: &HeaderMap, user_id: &str, path: &str, asked: &[u8]) -> Result<Option<Self>, ApiError> {
        let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
        let key = value.to_str().ok().filter(|k| !k.is_empty() && k.len() <= 200);
        let key = key.ok_or(Code::InvalidIdempotencyKey)?;
        let request_hash = secret::digest(&[user_id.as_bytes(), &[0], path.as_bytes(), &[0], asked]);
        Ok(Some(Self { key: key.to_owned(), request_hash }))
    }
}

/// An answer as it was first given.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    body: String,
    replayed: bool,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status, Body::from(self.body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.replayed {
            headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
        }
        response
    }
}

/// Does `work` unless this key was answered before; in the same transaction as the work itself.
///
/// # Errors
/// 422 `idempotency_key_reused` for another request under the same key, or what `work` returned.
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
    let body = written(&Success::new(work()?))?;
    if let Some(key) = &key {
        tx.prepare_cached(
            "insert into idempotency_keys (key, request_hash, status, body, created_at) values (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![key.key, key.request_hash, status.as_u16(), body, time::text(now)])?;
    }
    Ok(Answer { status, body, replayed: false })
}

fn written<T: Serialize>(answer: &T) -> Result<String, ApiError> {
    // Room for a usual order at once: growing piece by piece took the writer four times as long.
    let mut body = Vec::with_capacity(4 << 10);
    let written = serde_json::to_writer(&mut body, answer).map_err(|error| error.to_string());
    written.and_then(|()| String::from_utf8(body).map_err(|error| error.to_string())).map_err(|error| {
        tracing::error!(error, "cannot write an answer");
        ApiError::internal()
    })
}

/// The answer that this request was given before.
///
/// # Errors
/// 422 `idempotency_key_reused` for another request or another user under the same key.
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

/// The newest answer, in the order in which they were given.
///
/// # Errors
/// What SQLite said.
pub fn newest(tx: &Transaction<'_>) -> Result<i64, sqlite::Fault> {
    Ok(tx.query_row("select coalesce(max(rowid), 0) from idempotency_keys", [], |row| row.read(0))?)
}

/// Forgets answers, a few at a time: those up to `seen` (the newest one of an hour of running ago, so that no jump of the clock
/// forgets one that a till still asks for) whose time is two days off, in the past or in the future; and whatever its time
/// the oldest beyond `MAX`, so that a clock that stands still keeps no answer for ever.
///
/// # Errors
/// What SQLite said.
pub fn prune(tx: &Transaction<'_>, seen: i64, now: Timestamp) -> Result<usize, sqlite::Fault> {
    let sql = "delete from idempotency_keys where rowid in (
        select rowid from idempotency_keys
        where rowid <= ?1 and (created_at < ?2 or created_at > ?3
          or rowid <= (select rowid from idempotency_keys order by rowid desc limit 1 offset ?4))
        order by rowid limit 500)";
    Ok(tx.execute(sql, params![seen, time::text(now - KEPT), time::text(now + KEPT), MAX])?)
}
