//! `POST /v1/enroll`, and the commands of head office about outlets.

pub(crate) mod head_office;

use std::time::Instant;

use axum::extract::State;
use protocol::updates::{EnrollRequest, EnrollResponse};
use web::{ApiError, Code, Message, Remote, Success};

use super::enroll::{self, EnrollRefused};
use super::state::Outlets;
use crate::events::Change;

/// Enrolls an outlet, the first time or again in a new epoch.
///
/// The request uses the code up; the same code with the same `epoch_id` and `api_key` gets the same answer. Afterward
/// only the key in the request is valid for the outlet.
#[utoipa::path(
    post,
    path = "/v1/enroll",
    tag = "outlets",
    operation_id = "enroll",
    request_body = EnrollRequest,
    responses(
        (status = 200, description = "Enrolled, now or before", body = Success<EnrollResponse>),
        (status = 400, description = "`malformed_json`, `unreadable_body`"),
        (status = 401, description = "`invalid_enroll_code`: unknown, used or expired; ask head office for a new one"),
        (status = 413, description = "`body_too_large`"),
        (status = 422, description = "`invalid_body`, `invalid_enrollment`"),
        (status = 429, description = "`too_many_attempts`: 10 wrong codes in a minute from one address; retry after \
                                      `Retry-After`"),
        (status = 503, description = "`database_busy`, `overloaded`, `disk_full`, `stopping`: retry after `Retry-After`"),
    ),
)]
pub(crate) async fn enroll(
    State(state): State<Outlets>,
    remote: Remote,
    Message(request): Message<EnrollRequest>,
) -> Result<Success<EnrollResponse>, ApiError> {
    state
        .enroll_throttle
        .record_attempt(remote.address, Instant::now())
        .map_err(|seconds| Code::TooManyAttempts.because("code").retry_after(seconds))?;
    let now = web::time::now();
    let answer = state.store.write(move |tx| enroll::enroll(tx, &request, now)).await;
    if !matches!(answer, Err(EnrollRefused::WrongCode)) {
        state.enroll_throttle.record_success(remote.address);
    }
    let answer = answer?;
    state.events.publish([Change::outlet(&answer.outlet_id)]);
    Ok(Success::new(answer))
}

impl From<EnrollRefused> for ApiError {
    fn from(refused: EnrollRefused) -> Self {
        match refused {
            EnrollRefused::WrongCode => Code::WrongCode.into(),
            EnrollRefused::Invalid(detail) => Code::InvalidEnrollment.with("detail", detail),
            EnrollRefused::Fault(fault) => fault.into(),
        }
    }
}
