//! `POST /v1/enroll`, `POST /v1/outlets/{outlet_id}/devices`, and the commands of head office about outlets.

pub(crate) mod head_office;

use std::time::Instant;

use axum::extract::State;
use protocol::devices::DeviceReport;
use protocol::updates::{EnrollRequest, EnrollResponse};
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, Code, Message, Remote, Success};

use super::caller::Caller;
use super::devices::store_report;
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

/// The answer to a report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DevicesStored {
    /// When, RFC 3339 UTC.
    reported_at: String,
}

/// Reports the outlet's devices and the sales that wait on them, for people at head office. Replaces the last report; more than
/// 50 devices and overlong texts are cut.
#[utoipa::path(
    post,
    path = "/v1/outlets/{outlet_id}/devices",
    tag = "outlets",
    operation_id = "report_devices",
    params(("outlet_id" = String, Path, description = "The outlet's id")),
    request_body = DeviceReport,
    responses(
        (status = 200, description = "Stored", body = Success<DevicesStored>),
        (status = 400, description = "`malformed_json`, `unreadable_body`, `invalid_path`"),
        (status = 401, description = "`unauthorized`: no key, or an invalid one"),
        (status = 403, description = "`forbidden`: another outlet's key; `outlet_revoked`"),
        (status = 413, description = "`body_too_large`"),
        (status = 422, description = "`invalid_body`"),
        (status = 503, description = "`database_busy`, `overloaded`, `disk_full`, `stopping`: retry after `Retry-After`"),
    ),
)]
pub(crate) async fn report_devices(
    caller: Caller,
    State(state): State<Outlets>,
    Message(report): Message<DeviceReport>,
) -> Result<Success<DevicesStored>, ApiError> {
    let (report, of, now) = (report.bounded(), caller.outlet_id.clone(), web::time::now());
    state.store.write(move |tx| store_report(tx, &of, &report, now)).await?;
    state.events.publish([Change::outlet(&caller.outlet_id)]);
    Ok(Success::new(DevicesStored { reported_at: web::time::text(now) }))
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
