//! Endpoints of menus beyond those of every shared entity: their prices and outlets.

use axum::extract::State;
use domain::money::MAX_AMOUNT;
use domain::text::CHOICE_ID;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::Tx;
use utoipa::ToSchema;
use web::extract::maybe_null;
use web::{ApiError, Code, Json, List, Path, Problem, Query, Success, text};

use super::super::delivery::{self, Delivery};
use super::super::kind::text as text_of;
use super::super::menu::{self, MenuOutlets};
use super::super::shapes::any_outlets;
use super::super::{By, Refused, change, price};
use super::by_outlet::{OutletsQuery, by_outlet};
use super::outlets_of;
use crate::catalog::head_office::HeadOffice;
use crate::ids::new_id;
use crate::staff::{Admin, User};

/// Maximum number of prices in one request.
const MAX_PRICES: usize = 500;

/// A price of a menu.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MenuPrice {
    product_id: String,
    /// Its variant; null: the product itself.
    #[serde(default, deserialize_with = "maybe_null")]
    variant_id: Option<String>,
    /// In minor units (rupiah); null: the menu has no price for it.
    #[schema(minimum = 0)]
    #[serde(default, deserialize_with = "maybe_null")]
    price: Option<i64>,
}

/// Prices of a menu to set or remove.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"prices": [{"product_id": "0199f3c2-8a00-7abc-8def-0123456789ff", "price": 30_000}]}))]
pub(crate) struct MenuPrices {
    /// Others stay.
    #[schema(max_items = 500)]
    prices: Vec<MenuPrice>,
}

/// Where a menu is to be in force.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outlet_ids": "all"}))]
pub(crate) struct PutMenuOutlets {
    /// `all`, or a list of outlets' ids or codes; an empty list: nowhere.
    #[schema(schema_with = any_outlets)]
    outlet_ids: Value,
}

/// The prices of a menu that stand always, by product.
#[utoipa::path(
    get,
    path = "/v1/hq/menus/{id}/prices",
    tag = "head office",
    operation_id = "hq_list_menu_prices",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "All prices", body = Success<Vec<MenuPrice>>),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 404, description = "`not_found`: never existed, or deleted"),
    ),
)]
pub(crate) async fn list_menu_prices(
    _: User,
    State(state): State<HeadOffice>,
    Path(id): Path<String>,
) -> Result<Success<Vec<MenuPrice>>, ApiError> {
    state.store.read(move |tx| prices(tx, &id)).await.map_err(ApiError::from).map(Success::new)
}

/// Sets or removes prices of a menu.
#[utoipa::path(
    patch,
    path = "/v1/hq/menus/{id}/prices",
    tag = "head office",
    operation_id = "hq_change_menu_prices",
    params(("id" = String, Path)),
    request_body = MenuPrices,
    responses(
        (status = 200, description = "All prices", body = Success<Vec<MenuPrice>>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: never existed, or deleted"),
        (status = 422, description = "`invalid_body`, `invalid_price`, `unknown_product`, `unknown_variant`"),
    ),
)]
pub(crate) async fn change_menu_prices(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path(id): Path<String>,
    Json(MenuPrices { prices: wanted }): Json<MenuPrices>,
) -> Result<Success<Vec<MenuPrice>>, ApiError> {
    if wanted.len() > MAX_PRICES {
        return Err(Code::InvalidBody.field("prices", Problem::TooManyEntries.with("most", MAX_PRICES)));
    }
    let wanted = wanted.into_iter().map(MenuPrice::check).collect::<Result<Vec<_>, _>>()?;
    let changed = state.write(admin, move |tx, by| {
        for new in &wanted {
            set(tx, &id, new, by)?;
        }
        by.grown.dedup();
        prices(tx, &id)
    });
    changed.await.map(Success::new)
}

impl MenuPrice {
    fn check(self) -> Result<Self, ApiError> {
        if self.price.is_some_and(|price| !(0..=MAX_AMOUNT).contains(&price)) {
            return Err(
                Code::InvalidPrice.field("price", Problem::NotBetween.with("least", 0).with("most", MAX_AMOUNT))
            );
        }
        Ok(Self {
            product_id: text::reference("product_id", &self.product_id)?,
            variant_id: text::optional("variant_id", self.variant_id.as_deref(), CHOICE_ID)?,
            price: self.price,
        })
    }

    fn of(document: &Map<String, Value>) -> Self {
        Self {
            product_id: text_of(Some(document), "product_id").to_owned(),
            variant_id: Some(text_of(Some(document), "variant_id").to_owned()).filter(|id| !id.is_empty()),
            price: document.get("price").and_then(Value::as_i64),
        }
    }
}

/// The undated prices of a menu.
fn prices(tx: &mut Tx<'_>, id: &str) -> Result<Vec<MenuPrice>, Refused> {
    change::get(tx, &menu::chain(), id)?;
    let undated = price::of_menu(tx, id)?.into_iter().filter(|price| price.document["valid_from"].is_null());
    let mut found: Vec<_> = undated.map(|price| MenuPrice::of(&price.document)).collect();
    found.sort_by(|one, other| (&one.product_id, &one.variant_id).cmp(&(&other.product_id, &other.variant_id)));
    Ok(found)
}

fn set(tx: &mut Tx<'_>, id: &str, new: &MenuPrice, by: &mut By) -> Result<(), Refused> {
    change::get(tx, &menu::chain(), id)?;
    let at = price::chain();
    let undated = price::of_product(tx, &new.product_id)?.into_iter().find(|price| {
        text_of(Some(&price.document), "menu_id") == id
            && text_of(Some(&price.document), "variant_id") == new.variant_id.as_deref().unwrap_or_default()
            && price.document["valid_from"].is_null()
    });
    match (undated, new.price) {
        (Some(old), Some(price)) => {
            change::change(tx, &at, &old.id, Map::from_iter([("price".to_owned(), price.into())]), None, by)?;
        }
        (Some(old), None) => {
            change::delete(tx, &at, &old.id, None, by)?;
        }
        (None, Some(price)) => {
            let fields = json!({"product_id": new.product_id, "variant_id": new.variant_id, "menu_id": id,
                "price": price, "valid_from": null});
            let fields = fields.as_object().cloned().unwrap_or_default();
            change::create(tx, &at, &new_id(by.now), fields, by)?;
        }
        (None, None) => {}
    }
    Ok(())
}

/// Where a menu is in force.
#[utoipa::path(
    get,
    path = "/v1/hq/menus/{id}/outlets",
    tag = "head office",
    operation_id = "hq_get_menu_outlets",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "The chain's state and the outlets that differ from it", body = Success<MenuOutlets>),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 404, description = "`not_found`: never existed, or deleted"),
    ),
)]
pub(crate) async fn get_menu_outlets(
    _: User,
    State(state): State<HeadOffice>,
    Path(id): Path<String>,
) -> Result<Success<MenuOutlets>, ApiError> {
    state.store.read(move |tx| menu::outlets(tx, &id)).await.map_err(ApiError::from).map(Success::new)
}

/// Puts a menu in force at all outlets, at some, or nowhere. It replaces what managers have switched at their outlets.
#[utoipa::path(
    put,
    path = "/v1/hq/menus/{id}/outlets",
    tag = "head office",
    operation_id = "hq_put_menu_outlets",
    params(("id" = String, Path)),
    request_body = PutMenuOutlets,
    responses(
        (status = 200, description = "The chain's state and the outlets that differ from it", body = Success<MenuOutlets>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such menu or outlet"),
        (status = 409, description = "`outlet_revoked`"),
        (status = 422, description = "`invalid_body`"),
    ),
)]
pub(crate) async fn put_menu_outlets(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path(id): Path<String>,
    Json(PutMenuOutlets { outlet_ids }): Json<PutMenuOutlets>,
) -> Result<Success<MenuOutlets>, ApiError> {
    let these = outlets_of(outlet_ids)?;
    let set = state.write(admin, move |tx, by| menu::set_outlets(tx, &id, these.as_deref(), by));
    set.await.map(Success::new)
}

/// Which active outlets have a menu as it is now with its prices, by the outlet's code. A price that was removed does not count.
#[utoipa::path(
    get,
    path = "/v1/hq/menus/{id}/delivery",
    tag = "head office",
    operation_id = "hq_list_menu_delivery",
    params(("id" = String, Path), OutletsQuery),
    responses(
        (status = 200, description = "A page of outlets", body = List<Delivery>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 404, description = "`not_found`: never existed, or deleted"),
        (status = 422, description = "`invalid_query`"),
    ),
)]
pub(crate) async fn list_menu_delivery(
    _: User,
    State(state): State<HeadOffice>,
    Path(id): Path<String>,
    Query(page): Query<OutletsQuery>,
) -> Result<List<Delivery>, ApiError> {
    by_outlet(&state, page, move |tx, after, limit| delivery::of_menu(tx, &id, after, limit)).await
}
