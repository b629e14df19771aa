//! `POST /v1/hq/auth/login`.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{ApiError, Json, Remote, Success, secret};

use super::log_in::{self, Candidate, TryRefused};
use crate::state::Hub;

/// Who wants in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogIn {
    username: String,
    password: String,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Session {
    /// To be sent as `Authorization: Bearer`; lasts twelve hours.
    token: String,
    user: SessionUser,
}

/// Whose session it is.
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
/// Five wrong passwords in a row lock the user for a time that grows with each further one.
#[utoipa::path(
    post,
    path = "/v1/hq/auth/login",
    tag = "head office",
    operation_id = "hq_login",
    request_body = LogIn,
    responses(
        (status = 200, description = "The session", body = Success<Session>),
        (status = 401, description = "`wrong_credentials`"),
        (status = 429, description = "`locked`: try again after `Retry-After` seconds"),
    ),
)]
pub(crate) async fn log_in(
    State(hub): State<Hub>,
    remote: Remote,
    Json(LogIn { username, password }): Json<LogIn>,
) -> Result<Success<Session>, ApiError> {
    let _place = hub.log_ins.take(remote.address, None)?;
    let now = web::time::now();
    let wrong = || {
        let message = "The username or the password is wrong.";
        ApiError::new(StatusCode::UNAUTHORIZED, "wrong_credentials", message)
    };
    let candidate = hub.store.write(move |tx| log_in::try_now(tx, &username, now)).await?;
    let Some(candidate) = candidate else {
        // As slow as for a user who exists.
        secret::hash_pin(password).await?;
        return Err(wrong());
    };
    let Candidate { id, username, name, role, password_hash, generation } = candidate;
    if !secret::pin_matches(password, password_hash).await? {
        return Err(wrong());
    }
    let user_id = id.clone();
    hub.store.write(move |tx| log_in::succeeded(tx, &user_id)).await?;
    let token = hub.tokens.issue(&id, &role, generation, now)?;
    Ok(Success::new(Session { token, user: SessionUser { id, username, name, role } }))
}

impl From<TryRefused> for ApiError {
    fn from(refused: TryRefused) -> Self {
        match refused {
            TryRefused::Locked { seconds } => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "locked",
                format!("Too many wrong passwords; try again in {seconds} seconds."),
            )
            .retry_after(seconds),
            TryRefused::Fault(fault) => fault.into(),
        }
    }
}
