//! Announcements over HTTP: everyone who is logged in reads them.

use axum::extract::State;
use web::extract::page_size;
use web::{ApiError, List, Query, time};

use super::Announcement;
use crate::auth::Actor;
use crate::routes;
use crate::staff::http::Page;
use crate::state::App;

/// What head office has to say now, newest first.
#[utoipa::path(get, path = "/api/v1/announcements", tag = "announcements", security(("session" = [])),
    params(Page), responses(
    (status = 200, body = List<Announcement>)))]
pub async fn list_announcements(
    State(app): State<App>,
    actor: Actor,
    Query(page): Query<Page>,
) -> Result<List<Announcement>, ApiError> {
    let limit = page_size(page.limit)?;
    let before = page.place()?;
    let found = actor.read(&app, move |tx| super::in_force(tx, before.as_deref(), limit, time::now())).await?;
    Ok(routes::page(found, limit, |announcement| announcement.id.clone()))
}
