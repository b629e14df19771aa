//! Dining tables over HTTP. All logged-in users can read them; managers and admins can change them.

use access::permission::{Anyone, EditCatalog};
use domain::text::{AREA, TABLE_NAME};
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::maybe_null;
use web::{ApiError, Code, Problem, text};

use crate::rows::{Body, crud};
use crate::tables::{Fields, Table};

/// The table to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "A1", "seats": 4}))]
pub struct TableBody {
    /// At most 20 characters, the limit of an order's `table_number`.
    name: String,
    /// Part of the shop.
    #[serde(default, deserialize_with = "maybe_null")]
    area: Option<String>,
    /// 1 to 1000.
    #[serde(default, deserialize_with = "maybe_null")]
    seats: Option<i64>,
    /// Whether it is in use. Default: true.
    #[schema(nullable = false)]
    active: Option<bool>,
}

impl Body<Table> for TableBody {
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

crud! {
    Table, TableBody, tag "tables", at "/api/v1/tables" and "/api/v1/tables/{id}";
    read Anyone, write EditCatalog, delete EditCatalog;
    refuses "`invalid_text`, `invalid_seats`";
    list_tables: "Lists the tables.",
    create_table: "Creates a table.",
    get_table: "Returns a table.",
    put_table: "Replaces a table; `If-Match` with its version prevents overwriting other changes.",
    delete_table: "Deletes a table; orders keep its name.",
}
