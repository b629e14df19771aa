//! Customers over HTTP. Whoever may sell may read, make and change them; managers and admins delete them.

use access::permission::{EditCatalog, Sell};
use access::session::Actor;
use axum::http::StatusCode;
use axum::response::Response;
use domain::text::{EMAIL, NAME, NOTE, PHONE};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use web::extract::{maybe_null, page_size};
use web::reply::{self, Done, with_status};
use web::{ApiError, IfMatch, Json, List, Notice, Page, Path, Query, Success, text};

use crate::customers::{Customer, Fields};

/// A customer as a caller says it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Sari", "phone": "0812 3456 7890"}))]
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
#[utoipa::path(get, path = "/api/v1/customers", tag = "customers",
    params(Page), responses((status = 200, body = List<Customer>)))]
pub async fn list_customers(actor: Actor<Sell>, Query(page): Query<Page>) -> Result<List<Customer>, ApiError> {
    let limit = page_size(page.limit)?;
    let after = page.after()?;
    let found = actor.read(move |tx| crate::customers::list(tx, &after, limit)).await?;
    Ok(reply::page(found, limit, |c| c.id.clone()))
}

/// Makes a customer.
#[utoipa::path(post, path = "/api/v1/customers", tag = "customers",
    request_body = CustomerBody, responses(
    (status = 201, body = Success<Customer>), (status = 422, description = "`invalid_text`")))]
pub async fn create_customer(actor: Actor<Sell>, Json(body): Json<CustomerBody>) -> Result<Response, ApiError> {
    let fields = body.fields()?;
    let made = actor.edit(move |tx, _| crate::customers::create(tx, &fields, Uuid::now_v7())).await?;
    Ok(with_status(StatusCode::CREATED, Success::new(made)))
}

/// A customer.
#[utoipa::path(get, path = "/api/v1/customers/{id}", tag = "customers",
    params(("id" = String, Path)), responses(
    (status = 200, body = Success<Customer>), (status = 404, description = "`not_found`")))]
pub async fn get_customer(actor: Actor<Sell>, Path(id): Path<String>) -> Result<Success<Customer>, ApiError> {
    actor.read(move |tx| crate::customers::get(tx, &id)).await.map(Success::new)
}

/// Replaces a customer; `If-Match` with its version guards against changes by others.
#[utoipa::path(put, path = "/api/v1/customers/{id}", tag = "customers",
    params(("id" = String, Path),
    ("If-Match" = Option<String>, Header)), request_body = CustomerBody, responses(
    (status = 200, body = Success<Customer>), (status = 404, description = "`not_found`"),
    (status = 412, description = "`version_mismatch`"), (status = 422, description = "`invalid_text`")))]
pub async fn put_customer(
    actor: Actor<Sell>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<CustomerBody>,
) -> Result<Success<Customer>, ApiError> {
    let fields = body.fields()?;
    actor.edit(move |tx, _| crate::customers::update(tx, &id, &fields, version)).await.map(Success::new)
}

/// Deletes a customer; orders keep the name.
#[utoipa::path(delete, path = "/api/v1/customers/{id}", tag = "customers",
    params(("id" = String, Path),
    ("If-Match" = Option<String>, Header)), responses(
    (status = 200, body = Done), (status = 404, description = "`not_found`"),
    (status = 412, description = "`version_mismatch`")))]
pub async fn delete_customer(
    actor: Actor<EditCatalog>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
) -> Result<Done, ApiError> {
    actor.edit(move |tx, _| crate::customers::delete(tx, &id, version)).await?;
    Ok(Done::of(Notice::Deleted.with("reason", "customer")))
}
