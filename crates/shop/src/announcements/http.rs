//! Announcements over HTTP: all logged-in users can read them.

use access::session::Actor;
use web::extract::page_size;
use web::{ApiError, List, PageQuery, Query, reply, time};

use crate::announcements::Announcement;

/// Lists the announcements in force, newest first.
#[utoipa::path(get, path = "/api/v1/announcements", tag = "announcements",
    params(PageQuery), responses(
    (status = 200, body = List<Announcement>)))]
pub async fn list_announcements(actor: Actor, Query(page): Query<PageQuery>) -> Result<List<Announcement>, ApiError> {
    let limit = page_size(page.limit)?;
    let before = page.start()?;
    let found = actor.read(move |tx| crate::announcements::in_force(tx, before.as_deref(), limit, time::now())).await?;
    Ok(reply::page(found, limit, |announcement| announcement.id.clone()))
}
