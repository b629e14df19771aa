//! Endpoints of an outlet's users. A PIN is accepted, but no answer contains one.

use axum::extract::State;
use axum::response::Response;
use web::reply::Done;
use web::{ApiError, IfMatch, Json, List, Path, Query, Success};

use super::super::shapes::shapes;
use super::super::user;
use super::{Body, ListQuery, create, delete, get, list, patch};
use crate::catalog::head_office::HeadOffice;
use crate::staff::{Admin, User};

shapes!(user::KIND, NewOutletUser = of_new, OutletUserChange = of_change, OutletUser = of_shown);

/// An outlet's users, by id.
#[utoipa::path(
    get,
    path = "/v1/hq/outlets/{outlet_id}/users",
    tag = "head office",
    operation_id = "hq_list_users",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
        ListQuery,
    ),
    responses(
        (status = 200, description = "A page", body = List<OutletUser>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 404, description = "`not_found`: no such outlet"),
    ),
)]
pub(crate) async fn list_users(
    _: User,
    State(state): State<HeadOffice>,
    Path(outlet): Path<String>,
    Query(page): Query<ListQuery>,
) -> Result<List<Body>, ApiError> {
    list(&state, &user::KIND, outlet, page).await
}

/// Creates a user of an outlet.
#[utoipa::path(
    post,
    path = "/v1/hq/outlets/{outlet_id}/users",
    tag = "head office",
    operation_id = "hq_create_user",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
    ),
    request_body = NewOutletUser,
    responses(
        (status = 201, description = "Created", body = Success<OutletUser>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such outlet"),
        (status = 409, description = "`username_taken`, `id_taken`, `outlet_revoked`"),
        (status = 422, description = "`invalid_body`, `invalid_text`, `invalid_role`, `invalid_pin`"),
    ),
)]
pub(crate) async fn create_user(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path(outlet): Path<String>,
    Json(body): Json<Body>,
) -> Result<Response, ApiError> {
    create(&state, admin, &user::KIND, outlet, body).await
}

/// A user of an outlet.
#[utoipa::path(
    get,
    path = "/v1/hq/outlets/{outlet_id}/users/{user_id}",
    tag = "head office",
    operation_id = "hq_get_user",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
        ("user_id" = String, Path),
    ),
    responses(
        (status = 200, description = "The current version", body = Success<OutletUser>),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 404, description = "`not_found`"),
    ),
)]
pub(crate) async fn get_user(
    _: User,
    State(state): State<HeadOffice>,
    Path((outlet, id)): Path<(String, String)>,
) -> Result<Success<Body>, ApiError> {
    get(&state, &user::KIND, outlet, id).await
}

/// Changes a user of an outlet. Missing fields are unchanged.
#[utoipa::path(
    patch,
    path = "/v1/hq/outlets/{outlet_id}/users/{user_id}",
    tag = "head office",
    operation_id = "hq_change_user",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
        ("user_id" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The `version` that was read"),
    ),
    request_body = OutletUserChange,
    responses(
        (status = 200, description = "The new version", body = Success<OutletUser>),
        (status = 400, description = "`malformed_json`, `invalid_if_match`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`username_taken`, `last_admin`, `outlet_revoked`"),
        (status = 412, description = "`version_mismatch`"),
        (status = 422, description = "`invalid_body`, `invalid_text`, `invalid_role`, `invalid_pin`"),
    ),
)]
pub(crate) async fn change_user(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path(of): Path<(String, String)>,
    IfMatch(version): IfMatch,
    Json(body): Json<Body>,
) -> Result<Success<Body>, ApiError> {
    patch(&state, admin, &user::KIND, of, version, body).await
}

/// Deletes a user of an outlet.
#[utoipa::path(
    delete,
    path = "/v1/hq/outlets/{outlet_id}/users/{user_id}",
    tag = "head office",
    operation_id = "hq_delete_user",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
        ("user_id" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The `version` that was read"),
    ),
    responses(
        (status = 200, description = "Deleted", body = Done),
        (status = 400, description = "`invalid_if_match`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`last_admin`, `outlet_revoked`"),
        (status = 412, description = "`version_mismatch`"),
    ),
)]
pub(crate) async fn delete_user(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path(of): Path<(String, String)>,
    IfMatch(version): IfMatch,
) -> Result<Done, ApiError> {
    delete(&state, admin, &user::KIND, of, version).await
}
