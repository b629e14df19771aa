//! `POST /v1/outlets/{outlet_id}/verify`.

use axum::extract::State;
use protocol::fingerprint::{MAX_RANGES, VerifyRequest, VerifyResponse};
use web::{ApiError, Code, Message, Success};

use super::verify;
use crate::outlets::Caller;
use crate::streams::state::Streams;

/// Count and hash of ranges of the outlet's entities.
///
/// `docs/protocol.md` defines the hash. `owned`: outlet-owned entities, by version. `shared`: shared entities of the
/// chain and the outlet, by token.
#[utoipa::path(
    post,
    path = "/v1/outlets/{outlet_id}/verify",
    tag = "outlets",
    operation_id = "verify",
    params(("outlet_id" = String, Path, description = "The outlet's id")),
    request_body = VerifyRequest,
    responses(
        (status = 200, description = "Count and hash of each range", body = Success<VerifyResponse>),
        (status = 400, description = "`malformed_json`, `unreadable_body`, `invalid_path`"),
        (status = 401, description = "`unauthorized`: no key, or an invalid one"),
        (status = 403, description = "`forbidden`: another outlet's key; `outlet_revoked`"),
        (status = 409, description = "`epoch_mismatch`: enroll again"),
        (status = 413, description = "`body_too_large`"),
        (status = 422, description = "`invalid_body`; `too_many_ranges`: at most 16"),
        (status = 429, description = "`hub_overloaded`: too many concurrent requests; retry after `Retry-After`"),
        (status = 503, description = "`database_busy`, `overloaded`, `disk_full`, `stopping`: retry after `Retry-After`"),
    ),
)]
pub(crate) async fn verify_ranges(
    caller: Caller,
    State(state): State<Streams>,
    Message(request): Message<VerifyRequest>,
) -> Result<Success<VerifyResponse>, ApiError> {
    if request.ranges.len() > MAX_RANGES {
        return Err(Code::TooManyRanges.with("most", MAX_RANGES));
    }
    let read = state.readers.read(&state.store, move |tx| verify(tx, &caller.outlet_id, &request));
    Ok(Success::new(read.await?))
}
