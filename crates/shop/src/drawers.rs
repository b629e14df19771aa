//! Cash drawers. All logged-in users can read them; managers and admins can change them.

use access::permission::{Anyone, EditCatalog};
use domain::text::NAME;
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::maybe_null;
use web::{ApiError, text};

use crate::rows::{Body, crud, row};

row! {
    /// A cash drawer.
    pub struct Drawer,
    /// The checked fields of a drawer.
    Fields: "drawer" in "drawers" {
        /// Name on the till.
        name: String,
        /// The printer that opens it, where a till has none of its own.
        printer_id: Option<String>,
        /// False: not in use now.
        active: bool,
    }
}

/// The drawer to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Laci depan"}))]
pub struct DrawerBody {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// The printer that opens it, where a till has none of its own. Default: none.
    #[serde(default, deserialize_with = "maybe_null")]
    printer_id: Option<String>,
    /// Whether it is in use. Default: true.
    #[schema(nullable = false)]
    active: Option<bool>,
}

impl Body<Drawer> for DrawerBody {
    fn fields(&self) -> Result<Fields, ApiError> {
        Ok(Fields {
            name: text::required("name", &self.name, NAME)?,
            printer_id: self.printer_id.as_deref().map(|id| text::reference("printer_id", id)).transpose()?,
            active: self.active.unwrap_or(true),
        })
    }
}

crud! {
    Drawer, DrawerBody, tag "drawers", at "/api/v1/drawers" and "/api/v1/drawers/{id}";
    read Anyone, write EditCatalog, delete EditCatalog;
    refuses "`invalid_text`, `invalid_id`";
    list_drawers: "Lists the cash drawers.",
    create_drawer: "Creates a drawer.",
    get_drawer: "Returns a drawer.",
    put_drawer: "Replaces a drawer; `If-Match` with its version prevents overwriting other changes.",
    delete_drawer: "Deletes a drawer.",
}
