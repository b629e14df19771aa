//! Dining tables over HTTP. All logged-in users can read them; managers and admins can change them.

use access::permission::{Anyone, EditCatalog};
use access::session::Actor;
use domain::TableShape;
use domain::plan::{MAX_TABLE_CELLS, MIN_TABLE_CELLS, PLAN_CELLS, TABLE_HEIGHT, TABLE_WIDTH};
use domain::text::{AREA, TABLE_NAME};
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::maybe_null;
use web::{ApiError, Choice, Code, Problem, text, words};

use crate::rows::{Body, crud};
use crate::tables::state::{self, TableState};
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
    /// Column on the plan of its area, from 0 to 59, together with `plan_y`. Default: not on the plan.
    #[schema(minimum = 0, maximum = 59)]
    #[serde(default, deserialize_with = "maybe_null")]
    plan_x: Option<i64>,
    /// Row on the plan, from 0 to 59.
    #[schema(minimum = 0, maximum = 59)]
    #[serde(default, deserialize_with = "maybe_null")]
    plan_y: Option<i64>,
    /// Columns that it takes. Default: 4.
    #[schema(minimum = 3, maximum = 12, nullable = false)]
    plan_w: Option<i64>,
    /// Rows that it takes. Default: 3.
    #[schema(minimum = 3, maximum = 12, nullable = false)]
    plan_h: Option<i64>,
    /// Its shape on the plan. Default: `square`.
    #[schema(value_type = Option<TableShape>, nullable = false)]
    plan_shape: Option<Choice<TableShape>>,
}

/// Lists the tables in use, each with its open orders: since when, how much, by whom.
#[utoipa::path(get, path = "/api/v1/tables/state", tag = "tables", responses((status = 200, body = Success<Vec<TableState>>)))]
pub async fn list_table_states(actor: Actor) -> Result<Success<Vec<TableState>>, ApiError> {
    actor.read(|tx| state::states(tx).map_err(ApiError::from)).await.map(Success::new)
}

fn within(field: &str, cells: i64, least: i64, most: i64) -> Result<i64, ApiError> {
    if (least..=most).contains(&cells) {
        return Ok(cells);
    }
    Err(Code::InvalidPlan.field(field, Problem::NotBetween.with("least", least).with("most", most)))
}

impl Body<Table> for TableBody {
    fn fields(&self) -> Result<Fields, ApiError> {
        if self.seats.is_some_and(|seats| !(1..=1_000).contains(&seats)) {
            let not_between = Problem::NotBetween.with("least", 1).with("most", 1_000);
            return Err(Code::InvalidSeats.field("seats", not_between));
        }
        let cell = |field, cell: Option<i64>| cell.map(|cell| within(field, cell, 0, PLAN_CELLS - 1)).transpose();
        let side = |field, cells: Option<i64>, default| {
            within(field, cells.unwrap_or(default), MIN_TABLE_CELLS, MAX_TABLE_CELLS)
        };
        if self.plan_x.is_some() != self.plan_y.is_some() {
            let (given, other) = if self.plan_x.is_some() { ("plan_x", "plan_y") } else { ("plan_y", "plan_x") };
            return Err(Code::InvalidPlan.field(given, Problem::Incomplete.with("other", other)));
        }
        let shape = words::optional(self.plan_shape.as_ref(), Code::InvalidPlan, "plan_shape")?;
        Ok(Fields {
            plan_x: cell("plan_x", self.plan_x)?,
            plan_y: cell("plan_y", self.plan_y)?,
            plan_w: side("plan_w", self.plan_w, TABLE_WIDTH)?,
            plan_h: side("plan_h", self.plan_h, TABLE_HEIGHT)?,
            plan_shape: shape.unwrap_or_default().as_str().to_owned(),
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
    refuses "`invalid_text`, `invalid_seats`, `invalid_plan`";
    list_tables: "Lists the tables.",
    create_table: "Creates a table.",
    get_table: "Returns a table.",
    put_table: "Replaces a table; `If-Match` with its version prevents overwriting other changes.",
    delete_table: "Deletes a table; orders keep its name.",
}
