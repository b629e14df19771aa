//! Menus over HTTP: all logged-in users can read them; managers and admins can switch them at this outlet.

use access::permission::EditCatalog;
use access::session::Actor;
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::{maybe_null, page_size};
use web::{ApiError, Json, List, PageQuery, Path, Query, Success, reply};

use crate::menus::{self, Menu};

/// Whether a menu is in force at this outlet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"active": false}))]
pub struct OutletMenuBody {
    /// False: it is not in force here. Default: as in the chain.
    #[serde(default, deserialize_with = "maybe_null")]
    active: Option<bool>,
}

/// Lists the menus.
#[utoipa::path(get, path = "/api/v1/menus", tag = "catalog",
    params(PageQuery), responses((status = 200, body = List<Menu>)))]
pub async fn list_menus(actor: Actor, Query(page): Query<PageQuery>) -> Result<List<Menu>, ApiError> {
    let limit = page_size(page.limit)?;
    let after = page.after()?;
    let found = actor.read(move |tx| menus::list(tx, &after, limit)).await?;
    Ok(reply::page(found, limit, |menu| menu.id.clone()))
}

/// Switches a menu on or off at this outlet. Lines that were added before keep their prices.
#[utoipa::path(put, path = "/api/v1/menus/{id}/outlet", tag = "catalog", params(("id" = String, Path)),
    request_body = OutletMenuBody, responses(
    (status = 200, body = Success<Menu>), (status = 404, description = "`not_found`")))]
pub async fn put_menu_of_outlet(
    actor: Actor<EditCatalog>,
    Path(id): Path<String>,
    Json(OutletMenuBody { active }): Json<OutletMenuBody>,
) -> Result<Success<Menu>, ApiError> {
    actor.edit(move |tx, user| menus::set_of_outlet(tx, user.into(), &id, active)).await.map(Success::new)
}
