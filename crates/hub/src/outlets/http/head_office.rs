//! `/v1/hq/outlets`: head office adds, renames and revokes outlets, and issues their codes and keys. Admins only.
//!
//! A command that is sent twice does no harm: a second outlet with the code is refused, a newer enrollment code or key
//! replaces the unused one, and a revoked outlet stays revoked.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::link::MAX_OUTLET_CODE;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::reply::with_status;
use web::{ApiError, Code, Json, Path, Problem, Success};

use crate::events::Change;
use crate::outlets::rename::{RenameRefused, rename};
use crate::outlets::state::Outlets;
use crate::outlets::{AddRefused, Outlet, add, enroll_code, revoke, revoke_key, rotate_key};
use crate::staff::Admin;

/// A new outlet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "JKT-001", "name": "Kedai Kemang"}))]
pub(crate) struct NewOutlet {
    /// Letters, digits and hyphens; the prefix of its order numbers. It cannot change.
    #[schema(min_length = 1, max_length = 32)]
    code: String,
    /// For people.
    #[schema(min_length = 1)]
    name: String,
}

/// The new name of an outlet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Kedai Kemang"}))]
pub(crate) struct OutletChange {
    #[schema(min_length = 1)]
    name: String,
}

/// An outlet with an enrollment code.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnrollmentCode {
    /// UUIDv7.
    outlet_id: String,
    code: String,
    name: String,
    /// For `gerai enroll` at the outlet, once. It is stored as a hash and not shown again.
    enroll_code: String,
    /// When the code expires, RFC 3339 UTC.
    enroll_expires_at: String,
}

/// An outlet's new key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RotatedKey {
    outlet_id: String,
    code: String,
    /// For the outlet's setting `cloud_api_key`. It is stored as a hash and not shown again.
    api_key: String,
    /// When the previous key expires, unless the new one is used earlier. RFC 3339 UTC.
    previous_key_until: String,
}

/// An outlet's names.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NamedOutlet {
    outlet_id: String,
    code: String,
    name: String,
}

impl From<Outlet> for NamedOutlet {
    fn from(Outlet { outlet_id, code, name, .. }: Outlet) -> Self {
        Self { outlet_id, code, name }
    }
}

/// An outlet whose key was revoked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyRevoked {
    outlet_id: String,
    outlet_code: String,
}

/// Adds an outlet, with the code with which it enrolls. The code is valid for a day.
#[utoipa::path(
    post,
    path = "/v1/hq/outlets",
    tag = "head office",
    operation_id = "create_outlet",
    request_body = NewOutlet,
    responses(
        (status = 201, description = "Added", body = Success<EnrollmentCode>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 409, description = "`outlet_code_taken`: an active outlet has the code"),
        (status = 422, description = "`invalid_body`, `invalid_outlet_code`, `invalid_text`"),
    ),
)]
pub(crate) async fn create_outlet(
    _: Admin,
    State(state): State<Outlets>,
    Json(body): Json<NewOutlet>,
) -> Result<Response, ApiError> {
    let now = web::time::now();
    let added = state.store.write(move |tx| add(tx, &body.code, &body.name, now)).await?;
    state.events.publish([Change::outlet(&added.outlet_id)]);
    let made = EnrollmentCode {
        outlet_id: added.outlet_id,
        code: added.outlet_code,
        name: added.outlet_name,
        enroll_code: added.enroll_code,
        enroll_expires_at: added.enroll_code_expires_at,
    };
    Ok(with_status(StatusCode::CREATED, Success::new(made)))
}

/// Renames an outlet. The outlet itself gets the new name when it enrolls again.
#[utoipa::path(
    patch,
    path = "/v1/hq/outlets/{outlet_id}",
    tag = "head office",
    operation_id = "change_outlet",
    params(("outlet_id" = String, Path, description = "The outlet's id or code")),
    request_body = OutletChange,
    responses(
        (status = 200, description = "The outlet", body = Success<NamedOutlet>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such outlet"),
        (status = 409, description = "`outlet_revoked`, `outlet_state_unknown`"),
        (status = 422, description = "`invalid_body`, `invalid_text`"),
    ),
)]
pub(crate) async fn change_outlet(
    _: Admin,
    State(state): State<Outlets>,
    Path(outlet): Path<String>,
    Json(body): Json<OutletChange>,
) -> Result<Success<NamedOutlet>, ApiError> {
    let renamed = state.store.write(move |tx| rename(tx, &outlet, &body.name)).await?;
    state.events.publish([Change::outlet(&renamed.outlet_id)]);
    Ok(Success::new(renamed.into()))
}

/// Issues a new enrollment code, for an outlet that has not enrolled in time or whose machine was restored or replaced.
/// The previous code becomes invalid; the outlet's key stays valid until the new code is used.
#[utoipa::path(
    post,
    path = "/v1/hq/outlets/{outlet_id}/enroll-code",
    tag = "head office",
    operation_id = "create_enroll_code",
    params(("outlet_id" = String, Path, description = "The outlet's id or code")),
    responses(
        (status = 200, description = "The code, valid for a day", body = Success<EnrollmentCode>),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such outlet"),
        (status = 409, description = "`outlet_revoked`, `outlet_state_unknown`"),
    ),
)]
pub(crate) async fn create_enroll_code(
    _: Admin,
    State(state): State<Outlets>,
    Path(outlet): Path<String>,
) -> Result<Success<EnrollmentCode>, ApiError> {
    let now = web::time::now();
    let code = state.store.write(move |tx| enroll_code(tx, &outlet, now)).await?;
    state.events.publish([Change::outlet(&code.outlet_id)]);
    Ok(Success::new(EnrollmentCode {
        outlet_id: code.outlet_id,
        code: code.outlet_code,
        name: code.outlet_name,
        enroll_code: code.enroll_code,
        enroll_expires_at: code.enroll_code_expires_at,
    }))
}

/// Generates a new key for an outlet. The key in use stays valid until the new one is used, for at most seven days.
#[utoipa::path(
    post,
    path = "/v1/hq/outlets/{outlet_id}/rotate-key",
    tag = "head office",
    operation_id = "rotate_outlet_key",
    params(("outlet_id" = String, Path, description = "The outlet's id or code")),
    responses(
        (status = 200, description = "The new key", body = Success<RotatedKey>),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such outlet"),
        (status = 409, description = "`outlet_revoked`, `outlet_state_unknown`"),
    ),
)]
pub(crate) async fn rotate_outlet_key(
    _: Admin,
    State(state): State<Outlets>,
    Path(outlet): Path<String>,
) -> Result<Success<RotatedKey>, ApiError> {
    let now = web::time::now();
    let rotated = state.store.write(move |tx| rotate_key(tx, &outlet, now)).await?;
    state.events.publish([Change::outlet(&rotated.outlet_id)]);
    Ok(Success::new(RotatedKey {
        outlet_id: rotated.outlet_id,
        code: rotated.outlet_code,
        api_key: rotated.api_key,
        previous_key_until: rotated.previous_key_until,
    }))
}

/// Revokes an outlet's key, its previous key and an unused enrollment code, for example after a theft. The outlet
/// continues to sell; it can sync again after it has enrolled with a new code.
#[utoipa::path(
    post,
    path = "/v1/hq/outlets/{outlet_id}/revoke-key",
    tag = "head office",
    operation_id = "hq_revoke_outlet_key",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
    ),
    responses(
        (status = 200, description = "The key is revoked", body = Success<KeyRevoked>),
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
    let now = web::time::now();
    let revoked = state.store.write(move |tx| revoke_key(tx, &outlet, now)).await?;
    state.events.publish([Change::outlet(&revoked.outlet_id)]);
    Ok(Success::new(KeyRevoked { outlet_id: revoked.outlet_id, outlet_code: revoked.code }))
}

/// Revokes an outlet for good, for example a closed shop: no key and no code is valid for it, and its code becomes free.
/// Its sales stay. A shop that should send again is added again.
#[utoipa::path(
    post,
    path = "/v1/hq/outlets/{outlet_id}/revoke",
    tag = "head office",
    operation_id = "revoke_outlet",
    params(("outlet_id" = String, Path, description = "The outlet's id, or the code of an active one")),
    responses(
        (status = 200, description = "The outlet is revoked", body = Success<NamedOutlet>),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such outlet"),
    ),
)]
pub(crate) async fn revoke_outlet(
    _: Admin,
    State(state): State<Outlets>,
    Path(outlet): Path<String>,
) -> Result<Success<NamedOutlet>, ApiError> {
    let now = web::time::now();
    let revoked = state.store.write(move |tx| revoke(tx, &outlet, now)).await?;
    state.events.publish([Change::outlet(&revoked.outlet_id)]);
    Ok(Success::new(revoked.into()))
}

impl From<AddRefused> for ApiError {
    fn from(refused: AddRefused) -> Self {
        match refused {
            AddRefused::Code => {
                Code::InvalidOutletCode.field("code", Problem::NotAnOutletCode.with("most", MAX_OUTLET_CODE))
            }
            AddRefused::Name(refused) => Code::InvalidText.field("name", refused),
            AddRefused::CodeTaken { code } => Code::OutletCodeTaken.with("code", code),
            AddRefused::Fault(fault) => fault.into(),
        }
    }
}

impl From<RenameRefused> for ApiError {
    fn from(refused: RenameRefused) -> Self {
        match refused {
            RenameRefused::Outlet(refused) => refused.into(),
            RenameRefused::Name(refused) => Code::InvalidText.field("name", refused),
        }
    }
}
