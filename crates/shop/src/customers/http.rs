//! Customers over HTTP. Users who may sell can read, create and change them; managers and admins can delete them.

use access::permission::{EditCatalog, Sell};
use domain::text::{EMAIL, NAME, NOTE, PHONE};
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::maybe_null;
use web::{ApiError, text};

use crate::customers::{Customer, Fields};
use crate::rows::{Body, crud};

/// The customer to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Sari", "phone": "0812 3456 7890"}))]
pub struct CustomerBody {
    name: String,
    #[serde(default, deserialize_with = "maybe_null")]
    phone: Option<String>,
    #[serde(default, deserialize_with = "maybe_null")]
    email: Option<String>,
    /// Note for the staff.
    #[serde(default, deserialize_with = "maybe_null")]
    note: Option<String>,
}

impl Body<Customer> for CustomerBody {
    fn fields(&self) -> Result<Fields, ApiError> {
        Ok(Fields {
            name: text::required("name", &self.name, NAME)?,
            phone: text::optional("phone", self.phone.as_deref(), PHONE)?,
            email: text::optional("email", self.email.as_deref(), EMAIL)?,
            note: text::optional("note", self.note.as_deref(), NOTE)?,
        })
    }
}

crud! {
    Customer, CustomerBody, tag "customers", at "/api/v1/customers" and "/api/v1/customers/{id}";
    read Sell, write Sell, delete EditCatalog;
    refuses "`invalid_text`";
    list_customers: "Lists the customers.",
    create_customer: "Creates a customer.",
    get_customer: "Returns a customer.",
    put_customer: "Replaces a customer; `If-Match` with its version prevents overwriting other changes.",
    delete_customer: "Deletes a customer; orders keep the name.",
}
