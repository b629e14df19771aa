//! Endpoints of prices that are set in advance.

use std::collections::HashSet;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::LocalMinute;
use domain::money::MAX_AMOUNT;
use domain::text::CHOICE_ID;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use web::reply::{Done, with_status};
use web::{ApiError, Code, Json, List, Notice, Path, Problem, Query, Success, extract, text, time};

use super::super::By;
use super::super::delivery::Delivery;
use super::super::price_changes::{self, NewPrice, PriceChange, State as PriceState};
use super::super::shapes::any_outlets;
use super::by_outlet::{OutletsQuery, by_outlet};
use super::outlets_of;
use crate::catalog::head_office::HeadOffice;
use crate::cursor;
use crate::staff::{Admin, User};

/// Maximum number of prices at outlets in one request: the transaction must not block outlets for long.
const MAX_PLANNED: usize = 5_000;

/// Prices to set from a minute on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outlet_ids": "all", "valid_from": "2027-01-01T06:00",
    "prices": [{"product_id": "0199f3c2-8a00-7abc-8def-0123456789ff", "price": 27_000}]}))]
pub(crate) struct NewPriceChanges {
    /// `all`: the chain's prices; or a list of outlets' ids or codes, which then have their own.
    #[schema(schema_with = any_outlets)]
    outlet_ids: Value,
    /// The minute of each outlet's clock, YYYY-MM-DDTHH:MM.
    valid_from: String,
    /// At least one.
    #[schema(min_items = 1)]
    prices: Vec<NewPrice>,
}

/// What was set.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PriceChangesResult {
    /// Ids, in the order of the prices.
    ids: Vec<String>,
}

/// Filter and page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PriceChangesQuery {
    /// Only those in this state.
    #[param(inline)]
    state: Option<PriceState>,
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Prices that were set in advance, the latest minute first.
#[utoipa::path(
    get,
    path = "/v1/hq/price-changes",
    tag = "head office",
    operation_id = "hq_list_price_changes",
    params(PriceChangesQuery),
    responses(
        (status = 200, description = "A page", body = List<PriceChange>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 422, description = "`invalid_query`"),
    ),
)]
pub(crate) async fn list_price_changes(
    _: User,
    State(state): State<HeadOffice>,
    Query(PriceChangesQuery { state: of, limit, cursor: after }): Query<PriceChangesQuery>,
) -> Result<List<PriceChange>, ApiError> {
    let limit = extract::page_size(limit)?;
    let after: Option<[String; 2]> = after.as_deref().map(cursor::read).transpose()?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
    let by = By::new("", time::now());
    let found = state.store.read(move |tx| {
        let after = after.as_ref().map(|[minute, id]| (minute.as_str(), id.as_str()));
        price_changes::list(tx, of, after, &by, most)
    });
    let found = found.await.map_err(ApiError::from)?;
    Ok(cursor::page(found, limit, |change| [change.valid_from.clone(), change.id.clone()]))
}

/// Sets prices from a minute on, for the chain or for some outlets. A price for the same minute is replaced.
#[utoipa::path(
    post,
    path = "/v1/hq/price-changes",
    tag = "head office",
    operation_id = "hq_create_price_changes",
    request_body = NewPriceChanges,
    responses(
        (status = 201, description = "Set", body = Success<PriceChangesResult>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such outlet"),
        (status = 409, description = "`outlet_revoked`"),
        (status = 422, description = "`invalid_body`, `invalid_time`, `invalid_price`, `unknown_product`, `unknown_variant`"),
    ),
)]
pub(crate) async fn create_price_changes(
    admin: Admin,
    State(state): State<HeadOffice>,
    Json(body): Json<NewPriceChanges>,
) -> Result<Response, ApiError> {
    let these = outlets_of(body.outlet_ids)?;
    let minute = LocalMinute::parse(&body.valid_from);
    let valid_from = minute.ok_or_else(|| Code::InvalidTime.field("valid_from", Problem::NotAMinute))?.to_string();
    if these.as_ref().is_some_and(Vec::is_empty) {
        let not_between = Problem::EntriesNotBetween.with("least", 1).with("most", MAX_PLANNED);
        return Err(Code::InvalidBody.field("outlet_ids", not_between));
    }
    let count = body.prices.len().saturating_mul(these.as_ref().map_or(1, Vec::len));
    if !(1..=MAX_PLANNED).contains(&count) {
        let not_between = Problem::EntriesNotBetween.with("least", 1).with("most", MAX_PLANNED);
        return Err(Code::InvalidBody.field("prices", not_between));
    }
    let prices = body.prices.into_iter().enumerate().map(check).collect::<Result<Vec<_>, _>>()?;
    let mut places = HashSet::new();
    for (at, new) in prices.iter().enumerate() {
        if !places.insert((&new.product_id, &new.variant_id)) {
            return Err(Code::InvalidBody.field(format!("prices[{at}].product_id"), Problem::Repeated));
        }
    }
    let planned = state.write(admin, move |tx, by| {
        let ids = price_changes::plan(tx, these.as_deref(), &valid_from, &prices, by)?;
        Ok(PriceChangesResult { ids })
    });
    Ok(with_status(StatusCode::CREATED, Success::new(planned.await?)))
}

fn check((at, new): (usize, NewPrice)) -> Result<NewPrice, ApiError> {
    let path = |field: &str| format!("prices[{at}].{field}");
    if !(0..=MAX_AMOUNT).contains(&new.price) {
        return Err(
            Code::InvalidPrice.field(path("price"), Problem::NotBetween.with("least", 0).with("most", MAX_AMOUNT))
        );
    }
    Ok(NewPrice {
        product_id: text::reference(&path("product_id"), &new.product_id)?,
        variant_id: text::optional(&path("variant_id"), new.variant_id.as_deref(), CHOICE_ID)?,
        price: new.price,
    })
}

/// Deletes a price that was set in advance. If it is in effect, the price before it stands again.
#[utoipa::path(
    delete,
    path = "/v1/hq/price-changes/{id}",
    tag = "head office",
    operation_id = "hq_delete_price_change",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "Deleted", body = Done),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`"),
    ),
)]
pub(crate) async fn delete_price_change(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path(id): Path<String>,
) -> Result<Done, ApiError> {
    state.write(admin, move |tx, by| price_changes::delete(tx, &id, by)).await?;
    Ok(Done::of(Notice::ChangeDeleted))
}

/// The active outlets that a price is for, and whether each has received it, by the outlet's code.
#[utoipa::path(
    get,
    path = "/v1/hq/price-changes/{id}/delivery",
    tag = "head office",
    operation_id = "hq_list_price_change_delivery",
    params(("id" = String, Path), OutletsQuery),
    responses(
        (status = 200, description = "A page of outlets", body = List<Delivery>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 404, description = "`not_found`"),
        (status = 422, description = "`invalid_query`"),
    ),
)]
pub(crate) async fn list_price_change_delivery(
    _: User,
    State(state): State<HeadOffice>,
    Path(id): Path<String>,
    Query(page): Query<OutletsQuery>,
) -> Result<List<Delivery>, ApiError> {
    by_outlet(&state, page, move |tx, after, limit| price_changes::delivery(tx, &id, after, limit)).await
}
