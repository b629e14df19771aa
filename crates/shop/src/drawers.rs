//! Cash drawers by name. Everyone who is logged in may read them; managers and admins change them.

use access::permission::{Anyone, EditCatalog};
use domain::text::NAME;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{ApiError, text};

use crate::rows::{Body, crud, row};

row! {
    /// Where cash is.
    pub struct Drawer,
    /// What a caller says of a drawer, checked.
    Fields: "drawer" in "drawers" {
        /// On the till.
        name: String,
        /// False: not in use now.
        active: bool,
    }
}

/// A drawer as a caller says it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Laci depan"}))]
pub struct DrawerBody {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// True if not given.
    #[schema(nullable = false)]
    active: Option<bool>,
}

impl Body<Drawer> for DrawerBody {
    fn fields(&self) -> Result<Fields, ApiError> {
        Ok(Fields { name: text::required("name", &self.name, NAME)?, active: self.active.unwrap_or(true) })
    }
}

crud! {
    Drawer, DrawerBody, tag "drawers", at "/api/v1/drawers" and "/api/v1/drawers/{id}";
    read Anyone, write EditCatalog, delete EditCatalog;
    refuses "`invalid_text`";
    list_drawers: "The cash drawers.",
    create_drawer: "Makes a drawer.",
    get_drawer: "A drawer.",
    put_drawer: "Replaces a drawer; `If-Match` with its version guards against changes by others.",
    delete_drawer: "Deletes a drawer.",
}
