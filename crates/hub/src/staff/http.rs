//! `POST /v1/hq/auth/login`.

use std::time::Instant;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{ApiError, Code, Json, Remote, Success, secret};

use super::log_in::{self, Candidate};
use crate::staff::state::Staff;

/// Credentials.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogIn {
    username: String,
    password: String,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Session {
    /// For the header `Authorization: Bearer`; valid for twelve hours.
    token: String,
    user: SessionUser,
}

/// The user of a session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionUser {
    id: String,
    username: String,
    name: String,
    /// `admin` or `viewer`.
    role: String,
}

/// Begins a session.
///
/// After twenty wrong passwords in a row for this user name from this address, the next attempt must wait, longer after
/// each further one.
#[utoipa::path(
    post,
    path = "/v1/hq/auth/login",
    tag = "head office",
    operation_id = "hq_login",
    request_body = LogIn,
    responses(
        (status = 200, description = "The session", body = Success<Session>),
        (status = 401, description = "`invalid_credentials`"),
        (status = 429, description = "`too_many_attempts`: retry after `Retry-After`"),
    ),
)]
pub(crate) async fn log_in(
    State(state): State<Staff>,
    remote: Remote,
    Json(LogIn { username, password }): Json<LogIn>,
) -> Result<Success<Session>, ApiError> {
    let permit = state.log_ins.acquire(remote.address, None)?;
    web::detached(async move {
        let _permit = permit;
        check(&state, remote, username, password).await
    })
    .await
}

async fn check(
    state: &Staff,
    remote: Remote,
    username: String,
    password: String,
) -> Result<Success<Session>, ApiError> {
    let wrong = || Code::InvalidCredentials.because("password");
    let name = username.clone();
    let found = state.store.read(move |tx| log_in::find(tx, &name)).await?;
    let hash = found.as_ref().map(|candidate| candidate.password_hash.as_str());
    state.login_throttle.record_attempt(&username, hash, remote.address, Instant::now()).map_err(too_many_attempts)?;
    let Some(candidate) = found else {
        // As slow as for an existing user.
        secret::hash_pin(password).await?;
        return Err(wrong());
    };
    if !secret::pin_matches(password, candidate.password_hash.clone()).await? {
        return Err(wrong());
    }
    state.login_throttle.record_success(&username, &candidate.password_hash, remote.address);
    let Candidate { id, username, name, role, generation, .. } = candidate;
    let token = state.tokens.issue(&id, &role, generation, web::time::now())?;
    Ok(Success::new(Session { token, user: SessionUser { id, username, name, role } }))
}

fn too_many_attempts(seconds: u32) -> ApiError {
    Code::TooManyAttempts.because("password").retry_after(seconds)
}
