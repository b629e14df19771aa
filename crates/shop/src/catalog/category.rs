//! Categories: how the menu is ordered. Everyone who is logged in may read them; managers and admins change them.

use access::permission::{Anyone, EditCatalog};
use domain::text::NAME;
use rusqlite::Transaction;
use serde::Deserialize;
use sqlite::ReadRow;
use utoipa::ToSchema;
use web::{ApiError, Code, text};

use crate::rows::{Body, crud, row};

row! {
    /// A group of products.
    pub struct Category,
    /// What a caller says of a category, checked.
    Fields: "category" in "categories" {
        /// On the till.
        name: String,
        /// Order on the till, lowest first.
        position: i64,
    }
    delete if check_empty
}

fn check_empty(tx: &Transaction<'_>, id: &str) -> Result<(), ApiError> {
    let sql = "select exists (select 1 from products where category_id = ?1)";
    let has_products: bool = tx.prepare_cached(sql)?.query_row([id], |row| row.read(0))?;
    if has_products { Err(Code::CategoryInUse.into()) } else { Ok(()) }
}

/// A category as a caller says it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Kopi"}))]
pub struct CategoryBody {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Order on the till, lowest first; 0 if not given.
    #[schema(nullable = false)]
    position: Option<i64>,
}

impl Body<Category> for CategoryBody {
    fn fields(&self) -> Result<Fields, ApiError> {
        Ok(Fields { name: text::required("name", &self.name, NAME)?, position: self.position.unwrap_or(0) })
    }
}

crud! {
    Category, CategoryBody, tag "catalog", at "/api/v1/categories" and "/api/v1/categories/{id}";
    read Anyone, write EditCatalog, delete EditCatalog;
    refuses "`invalid_text`", in use "`category_in_use`";
    list_categories: "The categories.",
    create_category: "Makes a category.",
    get_category: "A category.",
    put_category: "Changes a category; `If-Match` with its version guards against changes by others.",
    delete_category: "Deletes a category that no product is in.",
}
