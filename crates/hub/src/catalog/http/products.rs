//! Endpoints of products beyond those of every shared entity: the list with a search, the product at each outlet, and
//! changes of many products.

use axum::extract::State;
use axum::http::HeaderMap;
use domain::money::MAX_AMOUNT;
use domain::price_change::{LEAST_PERCENT_BP, MOST_PERCENT_BP, MOST_ROUND_TO, PriceChange, PriceRule};
use domain::{BasisPoints, Money};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::extract::invalid_cursor;
use web::{ApiError, Code, Json, List, Path, Problem, Query, Success, extract, secret, text};

use super::super::bulk::{self, BulkChange, BulkResult, MAX_PRODUCTS, Products, RequestKey};
use super::super::delivery::{self, Delivery, OutletPrice};
use super::super::listing::{self, Filter, Place, Sort};
use super::super::product;
use super::super::shapes::shown;
use super::by_outlet::{OutletsQuery, by_outlet};
use super::chain::Product;
use super::{Body, ListQuery};
use crate::catalog::head_office::HeadOffice;
use crate::staff::{Admin, User};
use crate::{cursor, json, search};

/// Filter, order and page of products.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProductsQuery {
    /// Part of the name, code or barcode.
    #[param(max_length = 100)]
    q: Option<String>,
    /// Only of this category.
    category_id: Option<String>,
    /// Only those that can be sold, or cannot.
    available: Option<bool>,
    /// `id` if not given.
    #[param(inline)]
    sort: Option<Sort>,
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
    /// True: include tombstones.
    deleted: Option<bool>,
}

/// A change of prices: exactly one of `set`, `add` and `percent_bp`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkPrice {
    /// The new price in minor units. Products with variants are skipped.
    #[schema(minimum = 0)]
    set: Option<i64>,
    /// This much more, or less if negative; also for variants.
    add: Option<i64>,
    /// Hundredths of a percent more, or less if negative; also for variants.
    #[schema(minimum = -10000, maximum = 1000000)]
    percent_bp: Option<i64>,
    /// New prices are rounded to the nearest multiple of this, half up.
    #[schema(minimum = 1, maximum = 1000000)]
    round_to: Option<i64>,
}

/// A change of many products: exactly one of `ids`, `category_id` and `all`, and at least one of `price` and
/// `available`. At most 2,000 products.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"all": true, "price": {"percent_bp": 1000, "round_to": 500}, "dry_run": true}))]
pub(crate) struct BulkRequest {
    /// These products.
    #[schema(min_items = 1, max_items = 2000)]
    ids: Option<Vec<String>>,
    /// All products of this category.
    category_id: Option<String>,
    /// True: all products.
    all: Option<bool>,
    price: Option<BulkPrice>,
    available: Option<bool>,
    /// True: calculate the result, and change nothing.
    dry_run: Option<bool>,
}

/// The chain's products, by id or as sorted.
#[utoipa::path(
    get,
    path = "/v1/hq/products",
    tag = "head office",
    operation_id = "hq_list_products",
    params(ProductsQuery),
    responses(
        (status = 200, description = "A page", body = List<Product>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 422, description = "`invalid_query`"),
    ),
)]
pub(crate) async fn list_products(
    _: User,
    State(state): State<HeadOffice>,
    Query(query): Query<ProductsQuery>,
) -> Result<List<Body>, ApiError> {
    let filter = Filter {
        words: search::words(query.q.as_deref())?,
        category_id: query.category_id,
        available: query.available,
        deleted: query.deleted.unwrap_or(false),
        sort: query.sort.unwrap_or_default(),
    };
    if filter.is_plain() {
        let page = ListQuery { limit: query.limit, cursor: query.cursor, deleted: query.deleted };
        return super::list(&state, &product::KIND, String::new(), page).await;
    }
    let limit = extract::page_size(query.limit)?;
    let after = query.cursor.as_deref().map(cursor::read).transpose()?;
    let place = |[key, id]: [String; 2]| Place::read(filter.sort, key, id).ok_or_else(invalid_cursor);
    let after = after.map(place).transpose()?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let now = web::time::now();
    let read = state.store.read(move |tx| listing::list(tx, &filter, after.as_ref(), most.saturating_add(1), now));
    let found = read.await?;
    let page = cursor::page(found, limit, |(place, _)| [place.key_text(), place.id.clone()]);
    Ok(List::new(page.data.iter().map(|(_, stored)| shown(&product::KIND, stored)).collect(), page.next_cursor))
}

/// A product's price and availability at each active outlet, by the outlet's code.
#[utoipa::path(
    get,
    path = "/v1/hq/products/{id}/outlets",
    tag = "head office",
    operation_id = "list_product_prices",
    params(("id" = String, Path), OutletsQuery),
    responses(
        (status = 200, description = "A page of outlets", body = List<OutletPrice>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 404, description = "`not_found`: never existed, or deleted"),
        (status = 422, description = "`invalid_query`"),
    ),
)]
pub(crate) async fn list_product_prices(
    _: User,
    State(state): State<HeadOffice>,
    Path(id): Path<String>,
    Query(page): Query<OutletsQuery>,
) -> Result<List<OutletPrice>, ApiError> {
    let now = web::time::now();
    by_outlet(&state, page, move |tx, after, limit| delivery::prices(tx, &id, after, limit, now)).await
}

/// Which active outlets have the product's last change of the chain, by the outlet's code.
///
/// An outlet has a change when it has asked for later ones, which it does at once after it has stored a change.
#[utoipa::path(
    get,
    path = "/v1/hq/products/{id}/delivery",
    tag = "head office",
    operation_id = "list_product_delivery",
    params(("id" = String, Path), OutletsQuery),
    responses(
        (status = 200, description = "A page of outlets", body = List<Delivery>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 404, description = "`not_found`: never existed, or deleted"),
        (status = 422, description = "`invalid_query`"),
    ),
)]
pub(crate) async fn list_product_delivery(
    _: User,
    State(state): State<HeadOffice>,
    Path(id): Path<String>,
    Query(page): Query<OutletsQuery>,
) -> Result<List<Delivery>, ApiError> {
    by_outlet(&state, page, move |tx, after, limit| delivery::of_chain(tx, &product::KIND, &id, after, limit)).await
}

/// Changes prices and availability of many products, or previews the change.
///
/// A product that cannot be changed is skipped and reported. A repeated request with the same `Idempotency-Key` gets the
/// answer of the first for two days.
#[utoipa::path(
    post,
    path = "/v1/hq/products/bulk",
    tag = "head office",
    operation_id = "change_products",
    params(("Idempotency-Key" = Option<String>, Header, description = "A new UUID for each change")),
    request_body = BulkRequest,
    responses(
        (status = 200, description = "What changed, or would change", body = Success<BulkResult>),
        (status = 400, description = "`malformed_json`, `invalid_idempotency_key`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 422, description = "`invalid_body`, `invalid_id`, `unknown_category`, `too_many_products`, \
                                      `idempotency_key_reused`"),
    ),
)]
pub(crate) async fn change_products(
    admin: Admin,
    State(state): State<HeadOffice>,
    headers: HeaderMap,
    Json(body): Json<BulkRequest>,
) -> Result<Success<BulkResult>, ApiError> {
    let key = idempotency_key(&headers)?;
    let hash = secret::digest(&[admin.username.as_bytes(), &[0], json::text(&body).as_bytes()]);
    let request = RequestKey { key, hash };
    let preview = body.dry_run.unwrap_or(false);
    let bulk = bulk_change(body)?;
    let changed = state.write(admin, move |tx, by| bulk::bulk_change(tx, &bulk, preview, &request, by));
    changed.await.map(Success::new)
}

/// Undoes a change of many products, within 24 hours of the hub's running. Products that have changed since are skipped
/// and reported.
#[utoipa::path(
    post,
    path = "/v1/hq/products/bulk/{change_id}/undo",
    tag = "head office",
    operation_id = "undo_products",
    params(("change_id" = String, Path, description = "`change_id` of the answer")),
    responses(
        (status = 200, description = "What was restored", body = Success<BulkResult>),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such change, or too old"),
        (status = 409, description = "`already_undone`"),
    ),
)]
pub(crate) async fn undo_products(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path(change_id): Path<String>,
) -> Result<Success<BulkResult>, ApiError> {
    let undone = state.write(admin, move |tx, by| bulk::undo(tx, &change_id, by));
    undone.await.map(Success::new)
}

fn bulk_change(body: BulkRequest) -> Result<BulkChange, ApiError> {
    let ids = body.ids.map(|ids| {
        if ids.is_empty() || ids.len() > MAX_PRODUCTS {
            let not_between = Problem::EntriesNotBetween.with("least", 1).with("most", MAX_PRODUCTS);
            return Err(Code::InvalidBody.field("ids", not_between));
        }
        let id = |(at, id): (usize, &String)| text::reference(&format!("ids[{at}]"), id);
        ids.iter().enumerate().map(id).collect::<Result<_, _>>().map(Products::Ids)
    });
    let category = body.category_id.map(|id| text::reference("category_id", &id).map(Products::Category));
    let all = body.all.filter(|all| *all).map(|_| Ok(Products::All));
    let products = only([("ids", ids), ("category_id", category), ("all", all)])??;
    if body.price.is_none() && body.available.is_none() {
        return Err(Code::InvalidBody.field("price", Problem::Missing));
    }
    Ok(BulkChange { products, price: body.price.map(price_rule).transpose()?, available: body.available })
}

fn price_rule(price: BulkPrice) -> Result<PriceRule, ApiError> {
    let amount = |field, n, least| between(field, n, least, MAX_AMOUNT).map(Money);
    let percent = |n| between("price.percent_bp", n, LEAST_PERCENT_BP, MOST_PERCENT_BP).map(BasisPoints);
    let set = price.set.map(|n| amount("price.set", n, 0).map(PriceChange::Set));
    let add = price.add.map(|n| amount("price.add", n, -MAX_AMOUNT).map(PriceChange::Add));
    let percent = price.percent_bp.map(|n| percent(n).map(PriceChange::Percent));
    let change = only([("price.set", set), ("price.add", add), ("price.percent_bp", percent)])??;
    Ok(PriceRule { change, round_to: between("price.round_to", price.round_to.unwrap_or(1), 1, MOST_ROUND_TO)? })
}

/// The only one of these fields that is given.
fn only<T, const N: usize>(fields: [(&'static str, Option<T>); N]) -> Result<T, ApiError> {
    let first = fields.first().map_or("", |(name, _)| *name);
    let mut given = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let (name, value) = given.next().ok_or_else(|| Code::InvalidBody.field(first, Problem::Missing))?;
    match given.next() {
        None => Ok(value),
        Some((other, _)) => Err(Code::InvalidBody.field(other, Problem::NotTogether.with("other", name))),
    }
}

fn between(field: &str, n: i64, least: i64, most: i64) -> Result<i64, ApiError> {
    if (least..=most).contains(&n) {
        return Ok(n);
    }
    Err(Code::InvalidBody.field(field, Problem::NotBetween.with("least", least).with("most", most)))
}

/// `Idempotency-Key` of a request, if it has one.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| !key.is_empty() && key.len() <= 200);
    Ok(Some(key.ok_or(Code::InvalidIdempotencyKey)?.to_owned()))
}
