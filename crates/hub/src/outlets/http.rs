//! `GET /v1/hq/outlets`, and `POST /v1/enroll` by which an outlet joins.

use std::time::Instant;

use axum::extract::State;
use axum::http::StatusCode;
use protocol::updates::{Enrol, Enrolled};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::api_error::sentence;
use web::{ApiError, List, Message, Path, Query, Remote, Success, extract};

use super::enrol::{EnrolRefused, enrol};
use super::shapes::{EnrolShape, EnrolledShape};
use super::{Heard, list, revoke_key};
use crate::catalog::Refused;
use crate::cursor;
use crate::staff::{Admin, User};
use crate::state::Hub;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// All outlets and how each is doing, by code.
#[utoipa::path(
    get,
    path = "/v1/hq/outlets",
    tag = "head office",
    operation_id = "list_outlets",
    params(Page),
    security(("session" = [])),
    responses(
        (status = 200, description = "A page of outlets", body = List<Heard>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: log in first"),
    ),
)]
pub(crate) async fn list_outlets(
    _: User,
    State(hub): State<Hub>,
    Query(page): Query<Page>,
) -> Result<List<Heard>, ApiError> {
    let limit = extract::page_size(page.limit)?;
    let after: [String; 2] = page.cursor.as_deref().map_or_else(|| Ok(Default::default()), cursor::read)?;
    let (silent_after, now) = (hub.silent_after, web::time::now());
    let read = hub.store.read(move |tx| list(tx, (&after[0], &after[1]), limit + 1, silent_after, now));
    let found = read.await?;
    Ok(cursor::page(found, limit, |outlet| [outlet.code.clone(), outlet.id.clone()]))
}

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
    State(hub): State<Hub>,
    Path(outlet): Path<String>,
) -> Result<Success<KeyRevoked>, ApiError> {
    let revoked = hub.store.write(move |tx| revoke_key(tx, &outlet)).await.map_err(Refused::from)?;
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
        (status = 422, description = "`invalid_body`, `invalid_enrolment`: no outlet asks so"),
        (status = 429, description = "`too_many_attempts`: 10 wrong codes in a minute from one address; again after \
                                      `Retry-After`"),
        (status = 503, description = "`database_busy`, `overloaded`, `disk_full`, `stopping`: again after `Retry-After`"),
    ),
)]
pub(crate) async fn enroll(
    State(hub): State<Hub>,
    remote: Remote,
    Message(asked): Message<Enrol>,
) -> Result<Success<Enrolled>, ApiError> {
    hub.wrong_codes.try_now(remote.address, Instant::now()).map_err(|seconds| {
        let message = format!("Too many wrong codes; try again in {seconds} seconds.");
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", message).retry_after(seconds)
    })?;
    let now = web::time::now();
    let answer = hub.store.write(move |tx| enrol(tx, &asked, now)).await;
    if !matches!(answer, Err(EnrolRefused::WrongCode)) {
        hub.wrong_codes.was_right(remote.address);
    }
    Ok(Success::new(answer?))
}

impl From<EnrolRefused> for ApiError {
    fn from(refused: EnrolRefused) -> Self {
        let message = sentence(&refused);
        match refused {
            EnrolRefused::WrongCode => Self::new(StatusCode::UNAUTHORIZED, "wrong_code", message),
            EnrolRefused::Invalid(_) => Self::unprocessable("invalid_enrolment", message),
            EnrolRefused::Fault(fault) => fault.into(),
        }
    }
}
