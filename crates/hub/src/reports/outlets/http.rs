//! `GET /v1/hq/outlets`, and one of them.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use web::{ApiError, List, Path, Query, Success, extract};

use super::detail::{OutletDetail, find};
use super::{OutletSummary, list};
use crate::cursor;
use crate::outlets::state::Outlets;
use crate::staff::User;

/// Page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// All outlets with presence, position and problems, by code.
#[utoipa::path(
    get,
    path = "/v1/hq/outlets",
    tag = "head office",
    operation_id = "list_outlets",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of outlets", body = List<OutletSummary>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: log in first"),
    ),
)]
pub(crate) async fn list_outlets(
    _: User,
    State(state): State<Outlets>,
    Query(page): Query<ListQuery>,
) -> Result<List<OutletSummary>, ApiError> {
    let limit = extract::page_size(page.limit)?;
    let after: [String; 2] = page.cursor.as_deref().map_or_else(|| Ok(Default::default()), cursor::read)?;
    let (silent_after, now) = (state.silent_after, web::time::now());
    let read = state.store.read(move |tx| list(tx, (&after[0], &after[1]), limit + 1, silent_after, now));
    let found = read.await?;
    Ok(cursor::page(found, limit, |outlet| [outlet.code.clone(), outlet.id.clone()]))
}

/// One outlet, also a revoked one: its row of the list, its keys and epochs, and when it enrolled and first sold.
#[utoipa::path(
    get,
    path = "/v1/hq/outlets/{outlet_id}",
    tag = "head office",
    operation_id = "get_outlet",
    params(("outlet_id" = String, Path, description = "The outlet's id or code")),
    responses(
        (status = 200, description = "The outlet", body = Success<OutletDetail>),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 404, description = "`not_found`: no such outlet"),
    ),
)]
pub(crate) async fn get_outlet(
    _: User,
    State(state): State<Outlets>,
    Path(outlet): Path<String>,
) -> Result<Success<OutletDetail>, ApiError> {
    let (silent_after, now) = (state.silent_after, web::time::now());
    let found = state.store.read(move |tx| find(tx, &outlet, silent_after, now)).await?;
    Ok(Success::new(found))
}
