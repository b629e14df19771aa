//! Customers over HTTP. Whoever may sell may read, make and change them; managers and admins delete them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::text::{EMAIL, NAME, NOTE, PHONE};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use web::extract::{maybe_null, page_size};
use web::reply::{Done, with_status};
use web::{ApiError, Json, List, Path, Query, Success};

use super::{Customer, Fields};
use crate::auth::{Actor, EditCatalog, Sell};
use crate::catalog::http::IfMatch;
use crate::routes;
use crate::staff::http::Page;
use crate::state::App;
use crate::text;

/// A customer as a caller says it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerBody {
    name: String,
    #[serde(default, deserialize_with = "maybe_null")]
    phone: Option<String>,
    #[serde(default, deserialize_with = "maybe_null")]
    email: Option<String>,
    /// For the staff.
    #[serde(default, deserialize_with = "maybe_null")]
    note: Option<String>,
}

impl CustomerBody {
    fn fields(&self) -> Result<Fields, ApiError> {
        Ok(Fields {
            name: text::required("name", &self.name, NAME)?,
            phone: text::optional("phone", self.phone.as_deref(), PHONE)?,
            email: text::optional("email", self.email.as_deref(), EMAIL)?,
            note: text::optional("note", self.note.as_deref(), NOTE)?,
        })
    }
}

/// The customers.
#[utoipa::path(get, path = "/api/v1/customers", tag = "customers", security(("session" = ["sell"])),
    params(Page), responses((status = 200, body = List<Customer>)))]
pub async fn list_customers(
    State(app): State<App>,
    actor: Actor<Sell>,
    Query(page): Query<Page>,
) -> Result<List<Customer>, ApiError> {
    let limit = page_size(page.limit)?;
    let after = page.after()?;
    let found = actor.read(&app, move |tx| super::list(tx, &after, limit)).await?;
    Ok(routes::page(found, limit, |c| c.id.clone()))
}

/// Makes a customer.
#[utoipa::path(post, path = "/api/v1/customers", tag = "customers", security(("session" = ["sell"])),
    request_body = CustomerBody, responses(
    (status = 201, body = Success<Customer>), (status = 422, description = "`invalid_text`")))]
pub async fn create_customer(
    State(app): State<App>,
    actor: Actor<Sell>,
    Json(body): Json<CustomerBody>,
) -> Result<Response, ApiError> {
    let fields = body.fields()?;
    let made = actor.edit(&app, move |tx, _| super::create(tx, &fields, Uuid::now_v7())).await?;
    Ok(with_status(StatusCode::CREATED, Success::new(made)))
}

/// A customer.
#[utoipa::path(get, path = "/api/v1/customers/{id}", tag = "customers", security(("session" = ["sell"])),
    params(("id" = String, Path)), responses(
    (status = 200, body = Success<Customer>), (status = 404, description = "`not_found`")))]
pub async fn get_customer(
    State(app): State<App>,
    actor: Actor<Sell>,
    Path(id): Path<String>,
) -> Result<Success<Customer>, ApiError> {
    actor.read(&app, move |tx| super::get(tx, &id)).await.map(Success::new)
}

/// Replaces a customer; `If-Match` with its version guards against changes by others.
#[utoipa::path(put, path = "/api/v1/customers/{id}", tag = "customers", security(("session" = ["sell"])),
    params(("id" = String, Path),
    ("If-Match" = Option<String>, Header)), request_body = CustomerBody, responses(
    (status = 200, body = Success<Customer>), (status = 404, description = "`not_found`"),
    (status = 412, description = "`version_mismatch`"), (status = 422, description = "`invalid_text`")))]
pub async fn put_customer(
    State(app): State<App>,
    actor: Actor<Sell>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<CustomerBody>,
) -> Result<Success<Customer>, ApiError> {
    let fields = body.fields()?;
    actor.edit(&app, move |tx, _| super::update(tx, &id, &fields, version)).await.map(Success::new)
}

/// Deletes a customer; orders keep the name.
#[utoipa::path(delete, path = "/api/v1/customers/{id}", tag = "customers", security(("session" = ["edit_catalog"])),
    params(("id" = String, Path),
    ("If-Match" = Option<String>, Header)), responses(
    (status = 200, body = Done), (status = 404, description = "`not_found`"),
    (status = 412, description = "`version_mismatch`")))]
pub async fn delete_customer(
    State(app): State<App>,
    actor: Actor<EditCatalog>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
) -> Result<Done, ApiError> {
    actor.edit(&app, move |tx, _| super::delete(tx, &id, version)).await?;
    Ok(Done::new("Customer deleted."))
}
