//! Endpoints of announcements.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use web::reply::{Done, with_status};
use web::{ApiError, IfMatch, Json, List, Path, Query, Success};

use super::super::announcement::{KIND, announce, change_at_all};
use super::super::fields;
use super::super::shapes::shapes;
use super::{Body, ListQuery, create, delete, list, of_new, outlets_of};
use crate::catalog::head_office::HeadOffice;
use crate::ids::new_id;
use crate::staff::{Admin, User};

shapes!(
    KIND,
    NewAnnouncement = of_new,
    AnnouncementForMany = of_many,
    AnnouncementChange = of_change,
    Announcement = of_shown
);

/// An announcement that several outlets have.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnnouncementResult {
    /// Its id, the same at each outlet.
    id: String,
    /// Number of outlets.
    outlets: usize,
}

/// An outlet's announcements, by id.
#[utoipa::path(
    get,
    path = "/v1/hq/outlets/{outlet_id}/announcements",
    tag = "head office",
    operation_id = "hq_list_announcements",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
        ListQuery,
    ),
    responses(
        (status = 200, description = "A page", body = List<Announcement>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 404, description = "`not_found`: no such outlet"),
    ),
)]
pub(crate) async fn list_announcements(
    _: User,
    State(state): State<HeadOffice>,
    Path(outlet): Path<String>,
    Query(page): Query<ListQuery>,
) -> Result<List<Body>, ApiError> {
    list(&state, &KIND, outlet, page).await
}

/// Creates an announcement for an outlet.
#[utoipa::path(
    post,
    path = "/v1/hq/outlets/{outlet_id}/announcements",
    tag = "head office",
    operation_id = "hq_create_announcement",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
    ),
    request_body = NewAnnouncement,
    responses(
        (status = 201, description = "Created", body = Success<Announcement>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such outlet"),
        (status = 409, description = "`id_taken`, `outlet_revoked`"),
        (status = 422, description = "`invalid_body`, `invalid_text`, `invalid_time`, `invalid_id`"),
    ),
)]
pub(crate) async fn create_announcement(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path(outlet): Path<String>,
    Json(body): Json<Body>,
) -> Result<Response, ApiError> {
    create(&state, admin, &KIND, outlet, body).await
}

/// Creates an announcement for several outlets. If one of them is refused, none gets it.
#[utoipa::path(
    post,
    path = "/v1/hq/announcements",
    tag = "head office",
    operation_id = "hq_create_announcements",
    request_body = AnnouncementForMany,
    responses(
        (status = 201, description = "Created", body = Success<AnnouncementResult>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such outlet"),
        (status = 409, description = "`id_taken`, `outlet_revoked`"),
        (status = 422, description = "`invalid_body`, `invalid_text`, `invalid_time`, `invalid_id`"),
    ),
)]
pub(crate) async fn create_announcements(
    admin: Admin,
    State(state): State<HeadOffice>,
    Json(mut body): Json<Body>,
) -> Result<Response, ApiError> {
    let these = outlets_of(body.remove("outlet_ids").unwrap_or_default())?;
    let (id, fields) = of_new(&KIND, body).await?;
    let announced = state.write(admin, move |tx, by| {
        let id = id.clone().unwrap_or_else(|| new_id(by.now));
        let outlets = announce(tx, these.clone(), &id, &fields, by)?;
        Ok(AnnouncementResult { id, outlets })
    });
    Ok(with_status(StatusCode::CREATED, Success::new(announced.await?)))
}

/// Changes an announcement at every outlet that has it. Missing fields are unchanged.
#[utoipa::path(
    patch,
    path = "/v1/hq/announcements/{id}",
    tag = "head office",
    operation_id = "hq_change_announcement",
    params(("id" = String, Path)),
    request_body = AnnouncementChange,
    responses(
        (status = 200, description = "Changed", body = Success<AnnouncementResult>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no outlet has it"),
        (status = 422, description = "`invalid_body`, `invalid_text`, `invalid_time`"),
    ),
)]
pub(crate) async fn change_announcement(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path(id): Path<String>,
    Json(body): Json<Body>,
) -> Result<Success<AnnouncementResult>, ApiError> {
    let fields = fields::of_change(KIND.fields, &body)?;
    let changed = state.write(admin, move |tx, by| {
        let outlets = change_at_all(tx, &id, &fields, by)?;
        Ok(AnnouncementResult { id: id.clone(), outlets })
    });
    changed.await.map(Success::new)
}

/// Deletes an announcement of an outlet.
#[utoipa::path(
    delete,
    path = "/v1/hq/outlets/{outlet_id}/announcements/{id}",
    tag = "head office",
    operation_id = "hq_delete_announcement",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
        ("id" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The `version` that was read"),
    ),
    responses(
        (status = 200, description = "Deleted", body = Done),
        (status = 400, description = "`invalid_if_match`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`outlet_revoked`"),
        (status = 412, description = "`version_mismatch`"),
    ),
)]
pub(crate) async fn delete_announcement(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path(of): Path<(String, String)>,
    IfMatch(version): IfMatch,
) -> Result<Done, ApiError> {
    delete(&state, admin, &KIND, of, version).await
}
