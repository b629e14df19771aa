//! Prices of menus and prices that were set in advance, over HTTP: read only. Head office plans them.

use access::session::Actor;
use domain::LocalMinute;
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::page_size;
use web::{ApiError, List, PageQuery, Query, reply, time};

use crate::prices::{self, NamedPrice};
use crate::settings;

/// Which prices, and the page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PricesQuery {
    /// Maximum number of entries, 1 to 500. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page, with the same filter.
    cursor: Option<String>,
    /// The prices of the menu with this id. Default: the prices outside of menus, which were set in advance.
    menu_id: Option<String>,
}

/// Lists the prices that were set in advance, or those of a menu.
#[utoipa::path(get, path = "/api/v1/prices", tag = "catalog",
    params(PricesQuery), responses((status = 200, body = List<NamedPrice>)))]
pub async fn list_prices(
    actor: Actor,
    Query(PricesQuery { limit, cursor, menu_id }): Query<PricesQuery>,
) -> Result<List<NamedPrice>, ApiError> {
    let limit = page_size(limit)?;
    let after = PageQuery { limit: None, cursor }.after()?;
    let menu_id = menu_id.filter(|id| !id.is_empty());
    let now = time::now();
    let found = actor
        .read(move |tx| {
            let at = LocalMinute::at(&settings::shop(tx)?.day.zone, now);
            prices::list(tx, menu_id.as_deref(), at, &after, limit)
        })
        .await?;
    Ok(reply::page(found, limit, |found| found.price.id.clone()))
}
