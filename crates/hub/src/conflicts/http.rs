//! `/v1/hq/conflicts`. All hub users read them; admins resolve them.

use axum::extract::State;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, Json, List, Path, Query, Success, extract};

use super::list::{Filter, StatusFilter, list};
use super::record::{Conflict, Strategy};
use super::resolve::resolve;
use crate::catalog::head_office::HeadOffice;
use crate::cursor;
use crate::staff::{Admin, User};

/// Filter and page of conflicts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConflictsQuery {
    /// Only of this outlet.
    outlet_id: Option<String>,
    /// Default `open`: conflicts without an executed resolution, including `resolving` ones.
    #[param(inline)]
    status: Option<StatusFilter>,
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// The side whose value wins.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resolve {
    /// `local`: the outlet's; `cloud`: head office's.
    strategy: Strategy,
    /// Required only if several outlets have a record with this id.
    outlet_id: Option<String>,
}

/// Conflicts of all outlets, newest first.
#[utoipa::path(
    get,
    path = "/v1/hq/conflicts",
    tag = "head office",
    operation_id = "hq_list_conflicts",
    params(ConflictsQuery),
    responses(
        (status = 200, description = "A page of conflicts", body = List<Conflict>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: log in first"),
    ),
)]
pub(crate) async fn list_conflicts(
    _: User,
    State(state): State<HeadOffice>,
    Query(query): Query<ConflictsQuery>,
) -> Result<List<Conflict>, ApiError> {
    let limit = extract::page_size(query.limit)?;
    let after = query.cursor.as_deref().map(cursor::read).transpose()?;
    let filter = Filter { outlet_id: query.outlet_id, status: query.status.unwrap_or_default(), after };
    let found = state.store.read(move |tx| list(tx, filter.clone(), limit + 1)).await?;
    Ok(cursor::page(found, limit, |record| [record.id.clone(), record.outlet_id.clone()]))
}

/// Resolves an open conflict. The outlet carries the resolution out at its next pull and updates its record.
#[utoipa::path(
    post,
    path = "/v1/hq/conflicts/{id}/resolve",
    tag = "head office",
    operation_id = "hq_resolve_conflict",
    params(("id" = String, Path)),
    request_body = Resolve,
    responses(
        (status = 200, description = "The conflict, `resolving`", body = Success<Conflict>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`not_open`, `ambiguous`, `outlet_revoked`"),
        (status = 422, description = "`invalid_body`"),
    ),
)]
pub(crate) async fn resolve_conflict(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path(id): Path<String>,
    Json(Resolve { strategy, outlet_id }): Json<Resolve>,
) -> Result<Success<Conflict>, ApiError> {
    let resolved = state.write(admin, move |tx, by| resolve(tx, &id, outlet_id.as_deref(), strategy, by));
    resolved.await.map(Success::new)
}
