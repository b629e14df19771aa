//! `GET /v1/hq/printers`.

use axum::extract::State;
use store::Store;
use web::{ApiError, List, Query};

use super::owned::{Owned, OwnedQuery, page};
use crate::staff::User;

/// The printers of all outlets, by outlet.
#[utoipa::path(get, path = "/v1/hq/printers", tag = "head office", operation_id = "list_printers", params(OwnedQuery),
    security(("session" = [])), responses(
    (status = 200, description = "A page; with the fields of a printer", body = List<Owned>),
    (status = 400, description = "`invalid_cursor`"), (status = 401, description = "`unauthorized`: log in first")))]
pub(crate) async fn list_printers(
    _: User,
    State(store): State<Store>,
    Query(query): Query<OwnedQuery>,
) -> Result<List<Owned>, ApiError> {
    page(&store, "printer", query).await
}
