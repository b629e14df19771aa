//! `POST /v1/enroll` by which an outlet joins, and the end of its key.

use std::time::Instant;

use axum::extract::State;
use protocol::updates::{Enrol, Enrolled};
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, Code, Message, Path, Remote, Success};

use super::enrol::{EnrolRefused, enrol};
use super::revoke_key;
use super::shapes::{EnrolShape, EnrolledShape};
use super::state::Outlets;
use crate::staff::Admin;

/// An outlet whose key ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyRevoked {
    outlet_id: String,
    outlet_code: String,
}

/// Ends an outlet's key at once, the one before it and an enrolment code that waits: after a theft. The outlet sells on; it
/// sends again once it has joined with a new code.
#[utoipa::path(
    post,
    path = "/v1/hq/outlets/{outlet_id}/revoke-key",
    tag = "head office",
    operation_id = "hq_revoke_outlet_key",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
    ),
    security(("session" = ["admin"])),
    responses(
        (status = 200, description = "No key opens it now", body = Success<KeyRevoked>),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such outlet"),
        (status = 409, description = "`outlet_revoked`"),
    ),
)]
pub(crate) async fn revoke_outlet_key(
    _: Admin,
    State(state): State<Outlets>,
    Path(outlet): Path<String>,
) -> Result<Success<KeyRevoked>, ApiError> {
    let revoked = state.store.write(move |tx| revoke_key(tx, &outlet)).await?;
    Ok(Success::new(KeyRevoked { outlet_id: revoked.outlet_id, outlet_code: revoked.code }))
}

/// An outlet joins, or joins again with a new life of its database.
///
/// The code is spent by this; the same code with the same `epoch_id` and `api_key` gives the same answer again. The key
/// opens the outlet from then on, and no other does.
#[utoipa::path(
    post,
    path = "/v1/enroll",
    tag = "outlets",
    operation_id = "enroll",
    request_body = EnrolShape,
    responses(
        (status = 200, description = "Joined, now or before", body = Success<EnrolledShape>),
        (status = 400, description = "`malformed_json`, `unreadable_body`"),
        (status = 401, description = "`wrong_code`: unknown, spent or too old; ask head office for a new one"),
        (status = 413, description = "`body_too_large`"),
        (status = 422, description = "`invalid_body`, `invalid_enrollment`: no outlet asks so"),
        (status = 429, description = "`too_many_attempts`: 10 wrong codes in a minute from one address; again after \
                                      `Retry-After`"),
        (status = 503, description = "`database_busy`, `overloaded`, `disk_full`, `stopping`: again after `Retry-After`"),
    ),
)]
pub(crate) async fn enroll(
    State(state): State<Outlets>,
    remote: Remote,
    Message(asked): Message<Enrol>,
) -> Result<Success<Enrolled>, ApiError> {
    state
        .wrong_codes
        .try_now(remote.address, Instant::now())
        .map_err(|seconds| Code::TooManyAttempts.because("code").retry_after(seconds))?;
    let now = web::time::now();
    let answer = state.store.write(move |tx| enrol(tx, &asked, now)).await;
    if !matches!(answer, Err(EnrolRefused::WrongCode)) {
        state.wrong_codes.was_right(remote.address);
    }
    Ok(Success::new(answer?))
}

impl From<EnrolRefused> for ApiError {
    fn from(refused: EnrolRefused) -> Self {
        match refused {
            EnrolRefused::WrongCode => Code::WrongCode.into(),
            EnrolRefused::Invalid(detail) => Code::InvalidEnrollment.with("detail", detail),
            EnrolRefused::Fault(fault) => fault.into(),
        }
    }
}
