//! `GET /v1/hq/quarantine` and `GET /v1/hq/quarantine/held`.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use web::{ApiError, List, Query, extract};

use super::held::{self, Held};
use super::list::{Filter, Kept, list};
use crate::cursor;
use crate::staff::User;
use crate::state::Hub;

/// Which items.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct KeptQuery {
    /// Of one outlet.
    outlet_id: Option<String>,
    /// 1 to 500, 50 if not given.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HeldQuery {
    /// 1 to 500, 50 if not given.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What outlets sent and the hub only keeps: rejected, kept aside, or of an unknown type; newest first.
#[utoipa::path(
    get,
    path = "/v1/hq/quarantine",
    tag = "head office",
    operation_id = "hq_list_quarantine",
    params(KeptQuery),
    security(("session" = [])),
    responses(
        (status = 200, description = "A page of items", body = List<Kept>),
        (status = 400, description = "`invalid_query`, `invalid_cursor`"),
        (status = 401, description = "`unauthorized`: log in first"),
    ),
)]
pub(crate) async fn list_kept(
    _: User,
    State(hub): State<Hub>,
    Query(query): Query<KeptQuery>,
) -> Result<List<Kept>, ApiError> {
    let limit = extract::page_size(query.limit);
    let after = query.cursor.as_deref().map(|text| {
        let [received_at, outlet_id, batch_id, item_no] = cursor::read(text)?;
        Ok::<_, ApiError>((received_at, outlet_id, batch_id, cursor::number(&item_no)?))
    });
    let filter = Filter { outlet_id: query.outlet_id, after: after.transpose()? };
    let found = hub.store.read(move |tx| list(tx, &filter, limit + 1)).await?;
    Ok(cursor::page(found, limit, |kept| {
        [kept.received_at.clone(), kept.outlet_id.clone(), kept.batch_id.clone(), kept.item_no.to_string()]
    }))
}

/// What outlets hold back, set aside or failed, as they said with their last batch; by outlet.
#[utoipa::path(
    get,
    path = "/v1/hq/quarantine/held",
    tag = "head office",
    operation_id = "hq_list_held",
    params(HeldQuery),
    security(("session" = [])),
    responses(
        (status = 200, description = "A page of outlets that hold something", body = List<Held>),
        (status = 400, description = "`invalid_query`, `invalid_cursor`"),
        (status = 401, description = "`unauthorized`: log in first"),
    ),
)]
pub(crate) async fn list_held(
    _: User,
    State(hub): State<Hub>,
    Query(query): Query<HeldQuery>,
) -> Result<List<Held>, ApiError> {
    let limit = extract::page_size(query.limit);
    let [after]: [String; 1] = query.cursor.as_deref().map_or_else(|| Ok(Default::default()), cursor::read)?;
    let found = hub.store.read(move |tx| held::list(tx, &after, limit + 1)).await?;
    Ok(cursor::page(found, limit, |held| [held.outlet_id.clone()]))
}
