//! `GET /v1/hq/outlets`.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use web::{ApiError, List, Query, extract};

use super::{Heard, list};
use crate::cursor;
use crate::staff::User;
use crate::state::Hub;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// 1 to 500, 50 if not given.
    limit: Option<u32>,
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
        (status = 400, description = "`invalid_query`, `invalid_cursor`"),
        (status = 401, description = "`unauthorized`: log in first"),
    ),
)]
pub(crate) async fn list_outlets(
    _: User,
    State(hub): State<Hub>,
    Query(page): Query<Page>,
) -> Result<List<Heard>, ApiError> {
    let limit = extract::page_size(page.limit);
    let after: [String; 2] = page.cursor.as_deref().map_or_else(|| Ok(Default::default()), cursor::read)?;
    let found = hub.store.read(move |tx| list(tx, (&after[0], &after[1]), limit + 1)).await?;
    Ok(cursor::page(found, limit, |outlet| [outlet.code.clone(), outlet.id.clone()]))
}
