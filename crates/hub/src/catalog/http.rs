//! `/v1/hq/products` and the other shared entities. All hub users read them; admins change them.
//!
//! The handlers in the submodules declare path, role and shapes; the functions here implement them for every kind.

pub(crate) mod announcements;
mod by_outlet;
pub(crate) mod chain;
pub(crate) mod customers;
pub(crate) mod images;
pub(crate) mod menus;
pub(crate) mod overrides;
pub(crate) mod price_changes;
pub(crate) mod products;
pub(crate) mod settings;
pub(crate) mod users;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::IntoParams;
use web::reply::{Done, with_status};
use web::{ApiError, List, Notice, Success, extract, secret, text};

use super::kind::{At, SharedKind};
use super::shapes::shown;
use super::stored::{self, Listed, StoredEntity};
use super::{Refused, change, duplicates, fields, in_effect};
use crate::catalog::head_office::HeadOffice;
use crate::cursor;
use crate::ids::new_id;
use crate::staff::Admin;

/// A JSON object, validated against the kind's fields.
type Body = Map<String, Value>;

/// Page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
    /// True: include tombstones.
    deleted: Option<bool>,
}

/// The outlets that a request is for.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "'outlet_ids' must be \"all\" or a list of outlets' ids")]
enum Whom {
    All(All),
    These(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum All {
    All,
}

/// The ids or codes in `outlet_ids`; `None`: all outlets.
fn outlets_of(outlet_ids: Value) -> Result<Option<Vec<String>>, ApiError> {
    Ok(match web::extract::from_value(outlet_ids)? {
        Whom::All(All::All) => None,
        Whom::These(outlets) => Some(outlets),
    })
}

/// A page by id. `outlet` is an id or code; empty for entities of the chain.
async fn list(
    state: &HeadOffice,
    kind: &'static SharedKind,
    outlet: String,
    page: ListQuery,
) -> Result<List<Body>, ApiError> {
    let limit = extract::page_size(page.limit)?;
    let [after]: [String; 1] = page.cursor.as_deref().map_or_else(|| Ok(Default::default()), cursor::read)?;
    let deleted = page.deleted.unwrap_or(false);
    let found = state.store.read(move |tx| {
        let at = At::find(tx, kind, &outlet)?;
        let listed = Listed { after: &after, deleted, limit: limit + 1 };
        let mut found = stored::list(tx, &at.scope, kind.entity.name, &listed)?;
        in_effect::show(tx, &at, &mut found, web::time::now())?;
        Ok::<_, Refused>(found)
    });
    let page = cursor::page(found.await?, limit, |stored: &StoredEntity| [stored.id.clone()]);
    Ok(List::new(page.data.iter().map(|stored| shown(kind, stored)).collect(), page.next_cursor))
}

async fn get(
    state: &HeadOffice,
    kind: &'static SharedKind,
    outlet: String,
    id: String,
) -> Result<Success<Body>, ApiError> {
    let found = state.store.read(move |tx| {
        let at = At::find(tx, kind, &outlet)?;
        let found = change::get(tx, &at, &id)?;
        Ok::<_, Refused>(in_effect::shown(tx, &at, found, web::time::now())?)
    });
    Ok(Success::new(shown(kind, &found.await?)))
}

/// Creates an entity, with the id in the body or a new one.
async fn create(
    state: &HeadOffice,
    admin: Admin,
    kind: &'static SharedKind,
    outlet: String,
    body: Body,
) -> Result<Response, ApiError> {
    let (id, fields) = of_new(kind, body).await?;
    let made = state.write(admin, move |tx, by| {
        let at = At::find_to_change(tx, kind, &outlet)?;
        let id = id.clone().unwrap_or_else(|| new_id(by.now));
        change::create(tx, &at, &id, fields.clone(), by)
    });
    let made = made.await?;
    Ok(with_status(StatusCode::CREATED, Success::new(with_warnings(state, kind, &made).await?)))
}

/// An entity that was just written, with warnings. They are read after the commit, so that no writer waits.
async fn with_warnings(state: &HeadOffice, kind: &'static SharedKind, stored: &StoredEntity) -> Result<Body, ApiError> {
    let mut body = shown(kind, stored);
    let stored = stored.clone();
    let warnings = state.store.read(move |tx| duplicates::warnings(tx, kind, &stored)).await.map_err(ApiError::from)?;
    if !warnings.is_empty() {
        body.insert("warnings".to_owned(), json!(warnings));
    }
    Ok(body)
}

/// Changes the fields in the body.
async fn patch(
    state: &HeadOffice,
    admin: Admin,
    kind: &'static SharedKind,
    (outlet, id): (String, String),
    if_version: Option<i64>,
    body: Body,
) -> Result<Success<Body>, ApiError> {
    let fields = hashed(fields::of_change(kind.fields, &body)?).await?;
    let changed = state.write(admin, move |tx, by| {
        let at = At::find_to_change(tx, kind, &outlet)?;
        let changed = change::change(tx, &at, &id, fields.clone(), if_version, by)?;
        Ok(in_effect::shown(tx, &at, changed, by.now)?)
    });
    let changed = changed.await?;
    Ok(Success::new(with_warnings(state, kind, &changed).await?))
}

async fn delete(
    state: &HeadOffice,
    admin: Admin,
    kind: &'static SharedKind,
    (outlet, id): (String, String),
    if_version: Option<i64>,
) -> Result<Done, ApiError> {
    let deleted = state.write(admin, move |tx, by| {
        let at = At::find_to_change(tx, kind, &outlet)?;
        change::delete(tx, &at, &id, if_version, by)
    });
    deleted.await?;
    Ok(Done::of(Notice::ChangeDeleted))
}

/// The id in the body, if any, and every field of a new entity.
async fn of_new(kind: &SharedKind, mut body: Body) -> Result<(Option<String>, Body), ApiError> {
    let id = match body.remove("id") {
        None | Some(Value::Null) => None,
        Some(id) => Some(text::id("id", id.as_str().unwrap_or_default())?),
    };
    Ok((id, hashed(fields::of_new(kind.fields, &body)?).await?))
}

/// Replaces a PIN by its hash, as the outlet does.
async fn hashed(mut fields: Body) -> Result<Body, ApiError> {
    if let Some(Value::String(pin)) = fields.remove("pin") {
        fields.insert("pin_hash".to_owned(), secret::hash_pin(pin).await?.into());
    }
    Ok(fields)
}
