//! `/v1/hq/auth`: log-in, log-out, the caller, and change of the caller's password.

use std::time::Instant;

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::cookie::HUB_SESSION;
use web::reply::{Done, with_cookie};
use web::token::Claims;
use web::{ApiError, Code, Json, Notice, Remote, Success, secret, time};

use super::log_in::{self, Candidate};
use super::{Role, User, ended, list, save};
use crate::staff::state::Staff;

/// Credentials.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogIn {
    username: String,
    password: String,
    /// For pages: the answer sets the cookie `gerai_hq_session` and contains no token. Default: false.
    #[schema(nullable = false)]
    cookie: Option<bool>,
}

/// A session. It lasts for twelve hours.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Session {
    /// For the header `Authorization: Bearer`. Absent if the session is in a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    token: Option<String>,
    user: SessionUser,
    /// RFC 3339 UTC.
    expires_at: String,
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
    Json(LogIn { username, password, cookie }): Json<LogIn>,
) -> Result<Response, ApiError> {
    let permit = state.log_ins.acquire(remote.address, None)?;
    web::detached(async move {
        let _permit = permit;
        let candidate = check(&state, remote, username, password).await?;
        session(&state, remote, candidate, cookie.unwrap_or(false))
    })
    .await
}

/// Checks a password. A wrong one delays the address.
///
/// # Errors
/// 401 `invalid_credentials`, 429 `too_many_attempts`.
async fn check(state: &Staff, remote: Remote, username: String, password: String) -> Result<Candidate, ApiError> {
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
    Ok(candidate)
}

/// Issues a session of the candidate's generation.
fn session(state: &Staff, remote: Remote, candidate: Candidate, in_cookie: bool) -> Result<Response, ApiError> {
    let Candidate { id, username, name, role, generation, .. } = candidate;
    let claims = Claims::new(&id, &role, generation, time::now());
    let (token, expires_at) = (state.tokens.issue(&claims)?, claims.expires_at());
    let user = SessionUser { id, username, name, role };
    if in_cookie {
        let cookie = HUB_SESSION.set(&token, remote)?;
        return Ok(with_cookie(Some(cookie), Success::new(Session { token: None, user, expires_at })));
    }
    Ok(with_cookie(None, Success::new(Session { token: Some(token), user, expires_at })))
}

fn too_many_attempts(seconds: u32) -> ApiError {
    Code::TooManyAttempts.because("password").retry_after(seconds)
}

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    user: SessionUser,
    /// What the user may do besides reading: `admin` to change everything.
    rights: Vec<&'static str>,
    /// When the session expires, RFC 3339 UTC.
    expires_at: String,
}

/// Returns the caller: the user, what the user may do, and when the session expires.
#[utoipa::path(
    get,
    path = "/v1/hq/auth/me",
    tag = "head office",
    operation_id = "hq_get_me",
    responses(
        (status = 200, description = "The caller", body = Success<Me>),
        (status = 401, description = "`unauthorized`: log in first"),
    ),
)]
pub(crate) async fn get_me(caller: User, State(state): State<Staff>) -> Result<Success<Me>, ApiError> {
    let expires_at = caller.session.expires_at();
    let rights = if caller.role == Role::Admin { vec![Role::Admin.as_str()] } else { Vec::new() };
    let found = state.store.read(move |tx| list::by_id(tx, &caller.id)).await?;
    let found = found.ok_or_else(|| Code::Unauthorized.because("ended"))?;
    let user = SessionUser { id: found.id, username: found.username, name: found.name, role: found.role };
    Ok(Success::new(Me { user, rights, expires_at }))
}

/// The current and the new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePassword {
    current: String,
    /// At least 10 characters; not the username, and not easily guessed.
    #[schema(min_length = 10)]
    new: String,
}

/// Changes the caller's password; all other sessions of the user end. The new session is in a cookie if this one is.
///
/// Wrong passwords count as at log-in.
#[utoipa::path(
    post,
    path = "/v1/hq/auth/password",
    tag = "head office",
    operation_id = "hq_change_password",
    request_body = ChangePassword,
    responses(
        (status = 200, description = "A new session", body = Success<Session>),
        (status = 401, description = "`invalid_credentials`: the current password is wrong; `unauthorized`: log in first"),
        (status = 422, description = "`invalid_body`, `invalid_password`"),
        (status = 429, description = "`too_many_attempts`: retry after `Retry-After`"),
    ),
)]
pub(crate) async fn change_password(
    caller: User,
    State(state): State<Staff>,
    remote: Remote,
    Json(ChangePassword { current, new }): Json<ChangePassword>,
) -> Result<Response, ApiError> {
    let permit = state.log_ins.acquire(remote.address, None)?;
    web::detached(async move {
        let _permit = permit;
        // Validated first, so that an invalid new password does not count as a failed attempt.
        let password_hash = save::hash_of("new", &new, &caller.username).await?;
        let candidate = check(&state, remote, caller.username.clone(), current).await?;
        let claims = caller.session.clone();
        // If an admin has set another password meanwhile, this session has ended and the admin's password stays.
        let changed = state.store.write(move |tx| save::set_own_password(tx, &claims, &password_hash)).await?;
        let generation = changed.ok_or_else(|| Code::Unauthorized.because("ended"))?;
        session(&state, remote, Candidate { generation, ..candidate }, caller.in_cookie)
    })
    .await
}

/// Ends this session; other sessions of the user continue.
#[utoipa::path(
    post,
    path = "/v1/hq/auth/logout",
    tag = "head office",
    operation_id = "hq_logout",
    responses(
        (status = 200, description = "The session has ended", body = Done),
        (status = 401, description = "`unauthorized`: log in first"),
    ),
)]
pub(crate) async fn log_out(caller: User, State(state): State<Staff>, remote: Remote) -> Result<Response, ApiError> {
    let session = caller.session.clone();
    state.store.write(move |tx| ended::end(tx, &session)).await?;
    logged_out(&caller, remote, Notice::LoggedOut)
}

/// Ends all sessions of the caller, on every device.
#[utoipa::path(
    post,
    path = "/v1/hq/auth/logout-everywhere",
    tag = "head office",
    operation_id = "hq_logout_everywhere",
    responses(
        (status = 200, description = "The sessions have ended", body = Done),
        (status = 401, description = "`unauthorized`: log in first"),
    ),
)]
pub(crate) async fn log_out_everywhere(
    caller: User,
    State(state): State<Staff>,
    remote: Remote,
) -> Result<Response, ApiError> {
    let id = caller.id.clone();
    state.store.write(move |tx| save::end_sessions(tx, &id)).await?;
    logged_out(&caller, remote, Notice::LoggedOutEverywhere)
}

fn logged_out(caller: &User, remote: Remote, notice: Notice) -> Result<Response, ApiError> {
    let cookie = caller.in_cookie.then(|| HUB_SESSION.clear(remote)).transpose()?;
    Ok(with_cookie(cookie, Done::of(notice)))
}
