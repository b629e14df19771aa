//! Endpoints of an outlet's settings.

use axum::extract::State;
use web::{ApiError, IfMatch, Json, Path, Success};

use super::super::setting;
use super::super::shapes::shapes;
use super::{Body, get, patch};
use crate::catalog::head_office::HeadOffice;
use crate::staff::{Admin, User};

shapes!(setting::KIND, SettingsChange = of_change, Settings = of_shown);

/// An outlet's settings.
#[utoipa::path(
    get,
    path = "/v1/hq/outlets/{outlet_id}/settings",
    tag = "head office",
    operation_id = "hq_get_settings",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
    ),
    responses(
        (status = 200, description = "The current version", body = Success<Settings>),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 404, description = "`not_found`: no such outlet, or it has not sent them yet"),
    ),
)]
pub(crate) async fn get_settings(
    _: User,
    State(state): State<HeadOffice>,
    Path(outlet): Path<String>,
) -> Result<Success<Body>, ApiError> {
    get(&state, &setting::KIND, outlet, setting::ID.to_owned()).await
}

/// Changes an outlet's settings. Missing fields are unchanged, null clears a field.
#[utoipa::path(
    patch,
    path = "/v1/hq/outlets/{outlet_id}/settings",
    tag = "head office",
    operation_id = "hq_change_settings",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
        ("If-Match" = Option<String>, Header, description = "The `version` that was read"),
    ),
    request_body = SettingsChange,
    responses(
        (status = 200, description = "The new version", body = Success<Settings>),
        (status = 400, description = "`malformed_json`, `invalid_if_match`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such outlet, or it has not sent them yet"),
        (status = 409, description = "`outlet_revoked`"),
        (status = 412, description = "`version_mismatch`"),
        (status = 422, description = "`invalid_body`, `invalid_text`, `invalid_zone`, `invalid_cutoff`, `invalid_rounding`"),
    ),
)]
pub(crate) async fn change_settings(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path(outlet): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<Body>,
) -> Result<Success<Body>, ApiError> {
    patch(&state, admin, &setting::KIND, (outlet, setting::ID.to_owned()), version, body).await
}
