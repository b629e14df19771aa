//! Tables over HTTP. Everyone who is logged in may read them; managers and admins change them.

use access::permission::EditCatalog;
use access::session::Actor;
use axum::http::StatusCode;
use axum::response::Response;
use domain::text::{AREA, TABLE_NAME};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use web::extract::{maybe_null, page_size};
use web::reply::{self, Done, with_status};
use web::{ApiError, Code, IfMatch, Json, List, Notice, Page, Path, Problem, Query, Success, text};

use crate::tables::{Fields, Table};

/// A table as a caller says it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "A1", "seats": 4}))]
pub struct TableBody {
    /// At most 20 characters, as much as an order keeps.
    name: String,
    /// Part of the house.
    #[serde(default, deserialize_with = "maybe_null")]
    area: Option<String>,
    /// 1 to 1000.
    #[serde(default, deserialize_with = "maybe_null")]
    seats: Option<i64>,
    /// True if not given.
    #[schema(nullable = false)]
    active: Option<bool>,
}

impl TableBody {
    fn fields(&self) -> Result<Fields, ApiError> {
        if self.seats.is_some_and(|seats| !(1..=1_000).contains(&seats)) {
            let not_between = Problem::NotBetween.with("least", 1).with("most", 1_000);
            return Err(Code::InvalidSeats.field("seats", not_between));
        }
        Ok(Fields {
            name: text::required("name", &self.name, TABLE_NAME)?,
            area: text::optional("area", self.area.as_deref(), AREA)?,
            seats: self.seats,
            active: self.active.unwrap_or(true),
        })
    }
}

/// The tables.
#[utoipa::path(get, path = "/api/v1/tables", tag = "tables",
    params(Page), responses((status = 200, body = List<Table>)))]
pub async fn list_tables(actor: Actor, Query(page): Query<Page>) -> Result<List<Table>, ApiError> {
    let limit = page_size(page.limit)?;
    let after = page.after()?;
    let found = actor.read(move |tx| crate::tables::list(tx, &after, limit)).await?;
    Ok(reply::page(found, limit, |t| t.id.clone()))
}

/// Makes a table.
#[utoipa::path(post, path = "/api/v1/tables", tag = "tables",
    request_body = TableBody, responses(
    (status = 201, body = Success<Table>), (status = 422, description = "`invalid_text`, `invalid_seats`")))]
pub async fn create_table(actor: Actor<EditCatalog>, Json(body): Json<TableBody>) -> Result<Response, ApiError> {
    let fields = body.fields()?;
    let made = actor.write(move |tx, _| crate::tables::create(tx, &fields, Uuid::now_v7())).await?;
    Ok(with_status(StatusCode::CREATED, Success::new(made)))
}

/// A table.
#[utoipa::path(get, path = "/api/v1/tables/{id}", tag = "tables",
    params(("id" = String, Path)), responses(
    (status = 200, body = Success<Table>), (status = 404, description = "`not_found`")))]
pub async fn get_table(actor: Actor, Path(id): Path<String>) -> Result<Success<Table>, ApiError> {
    actor.read(move |tx| crate::tables::get(tx, &id)).await.map(Success::new)
}

/// Replaces a table; `If-Match` with its version guards against changes by others.
#[utoipa::path(put, path = "/api/v1/tables/{id}", tag = "tables",
    params(("id" = String, Path),
    ("If-Match" = Option<String>, Header)), request_body = TableBody, responses(
    (status = 200, body = Success<Table>), (status = 404, description = "`not_found`"),
    (status = 412, description = "`version_mismatch`"), (status = 422, description = "`invalid_text`, `invalid_seats`")))]
pub async fn put_table(
    actor: Actor<EditCatalog>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<TableBody>,
) -> Result<Success<Table>, ApiError> {
    let fields = body.fields()?;
    actor.write(move |tx, _| crate::tables::update(tx, &id, &fields, version)).await.map(Success::new)
}

/// Deletes a table; orders keep its name.
#[utoipa::path(delete, path = "/api/v1/tables/{id}", tag = "tables",
    params(("id" = String, Path),
    ("If-Match" = Option<String>, Header)), responses(
    (status = 200, body = Done), (status = 404, description = "`not_found`"),
    (status = 412, description = "`version_mismatch`")))]
pub async fn delete_table(
    actor: Actor<EditCatalog>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
) -> Result<Done, ApiError> {
    actor.write(move |tx, _| crate::tables::delete(tx, &id, version)).await?;
    Ok(Done::of(Notice::Deleted.with("reason", "table")))
}
