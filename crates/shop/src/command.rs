//! What commands have in common: each runs once per `Idempotency-Key`, and an approval is checked before
//! the transaction.

use access::permission::Permission;
use access::session::{Actor, CurrentUser};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Serialize;
use serde::de::DeserializeOwned;
use web::bodies::body_error;
use web::extract::parse;
use web::{ApiError, Remote, time};

use crate::approvals::{Approved, Unchecked, without_pins};
use crate::idempotency::{self, Answer, Key, once};
use crate::state::Shop;

/// A body as received.
pub(crate) type Received = Result<Bytes, BytesRejection>;

/// A command of a user.
pub(crate) struct Command<'a, P: Permission> {
    actor: &'a Actor<P>,
    key: Option<Key>,
    status: StatusCode,
    now: Timestamp,
}

impl<'a, P: Permission> Command<'a, P> {
    /// Reads a command and its body.
    ///
    /// # Errors
    /// 400 or 422: the key or the body is invalid.
    pub(crate) fn read<B: DeserializeOwned>(
        actor: &'a Actor<P>,
        headers: &HeaderMap,
        path: &str,
        body: Received,
    ) -> Result<(Self, B), ApiError> {
        let body = body.map_err(|error| body_error(&error))?;
        let parsed = parse(&body)?;
        let key = Key::of(headers, actor.id(), path, &without_pins(&body))?;
        Ok((Self { actor, key, status: StatusCode::OK, now: time::now() }, parsed))
    }

    /// As [`Command::read`], for a body that may be absent or null: its defaults apply then.
    ///
    /// # Errors
    /// As for [`Command::read`].
    pub(crate) fn read_optional<B: DeserializeOwned + Default>(
        actor: &'a Actor<P>,
        headers: &HeaderMap,
        path: &str,
        body: Received,
    ) -> Result<(Self, B), ApiError> {
        match &body {
            Ok(body) if matches!(body.trim_ascii(), b"" | b"null") => {
                Ok((Self::without_body(actor, headers, path)?, B::default()))
            }
            _ => Self::read(actor, headers, path, body),
        }
    }

    /// A command without a body.
    ///
    /// # Errors
    /// 400: the key is invalid.
    pub(crate) fn without_body(actor: &'a Actor<P>, headers: &HeaderMap, path: &str) -> Result<Self, ApiError> {
        Ok(Self { actor, key: Key::of(headers, actor.id(), path, &[])?, status: StatusCode::OK, now: time::now() })
    }

    /// The command creates a record: it answers 201.
    pub(crate) fn creating(self) -> Self {
        Self { status: StatusCode::CREATED, ..self }
    }

    /// Runs the command in one transaction.
    ///
    /// # Errors
    /// 401, 403, or the error of `work`; nothing is written then.
    pub(crate) async fn run<T: Serialize + Send + 'static>(
        self,
        work: impl FnOnce(&Transaction<'_>, &CurrentUser, Timestamp) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<Answer, ApiError> {
        let Self { actor, key, status, now } = self;
        actor.write(move |tx, user| once(tx, key, status, now, || work(tx, user, now))).await
    }

    /// As [`Command::run`], with an approval. A repeated request gets its stored answer without another try of the PIN.
    ///
    /// # Errors
    /// Also those of [`Unchecked::check`].
    pub(crate) async fn run_approved<T: Serialize + Send + 'static>(
        mut self,
        app: &Shop,
        remote: Remote,
        approval: Option<impl Into<Unchecked>>,
        work: impl FnOnce(&Transaction<'_>, &CurrentUser, Option<Approved>, Timestamp) -> Result<T, ApiError>
        + Send
        + 'static,
    ) -> Result<Answer, ApiError> {
        let Some(approval) = approval else {
            return self.run(move |tx, user, now| work(tx, user, None, now)).await;
        };
        // Also checks the session before the PIN: an ended session must not try PINs.
        let key = self.key.take();
        let (key, stored) = self
            .actor
            .read(move |tx| {
                let stored = key.as_ref().map(|key| idempotency::find(tx, key)).transpose()?;
                Ok::<_, ApiError>((key, stored.flatten()))
            })
            .await?;
        if let Some(answer) = stored {
            return Ok(answer);
        }
        let approved = approval.into().check(app, self.actor.id(), remote).await?;
        self.key = key;
        self.run(move |tx, user, now| work(tx, user, Some(approved), now)).await
    }
}

/// Reads all entries; an error names the path of the first invalid one.
pub(crate) fn each<T>(list: &str, read: impl Iterator<Item = Result<T, ApiError>>) -> Result<Vec<T>, ApiError> {
    read.enumerate().map(|(at, entry)| entry.map_err(|refused| refused.within(&format!("{list}[{at}]")))).collect()
}
