//! `GET /v1/hq/drawers`.

use axum::extract::State;
use store::Store;
use web::{ApiError, List, Query};

use super::owned::{Owned, OwnedQuery, page};
use crate::staff::User;

/// The cash drawers of all outlets, by outlet.
#[utoipa::path(get, path = "/v1/hq/drawers", tag = "head office", operation_id = "list_drawers", params(OwnedQuery),
    security(("session" = [])), responses(
    (status = 200, description = "A page; with `name` and `active`", body = List<Owned>),
    (status = 400, description = "`invalid_cursor`"), (status = 401, description = "`unauthorized`: log in first")))]
pub(crate) async fn list_drawers(
    _: User,
    State(store): State<Store>,
    Query(query): Query<OwnedQuery>,
) -> Result<List<Owned>, ApiError> {
    page(&store, "drawer", query).await
}
