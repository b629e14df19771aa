//! `GET /v1/hq/shifts`.

use axum::extract::State;
use store::Store;
use web::{ApiError, List, Query};

use super::owned::{Owned, OwnedQuery, page};
use crate::staff::User;

/// The shifts of cash drawers of all outlets, by outlet, the earliest first.
#[utoipa::path(get, path = "/v1/hq/shifts", tag = "head office", operation_id = "list_shifts", params(OwnedQuery),
    security(("session" = [])), responses(
    (status = 200, description = "A page; with the fields of a shift at its outlet, its movements, counts and tenders",
        body = List<Owned>),
    (status = 400, description = "`invalid_cursor`"), (status = 401, description = "`unauthorized`: log in first")))]
pub(crate) async fn list_shifts(
    _: User,
    State(store): State<Store>,
    Query(query): Query<OwnedQuery>,
) -> Result<List<Owned>, ApiError> {
    page(&store, "shift", query).await
}
