//! Categories of the menu. All logged-in users can read them; managers and admins can change them.

use access::permission::{Anyone, EditCatalog};
use domain::CategoryColor;
use domain::text::NAME;
use rusqlite::Transaction;
use serde::Deserialize;
use sqlite::ReadRow;
use utoipa::ToSchema;
use web::extract::maybe_null;
use web::{ApiError, Choice, Code, text, words};

use crate::rows::{Body, crud, row};

row! {
    /// A group of products.
    pub struct Category,
    /// The checked fields of a category.
    Fields: "category" in "categories" {
        /// Name on the till.
        name: String,
        /// Position on the till, lowest first.
        position: i64,
        /// Color on the till; null: none.
        color: Option<String> as Option<CategoryColor>,
    }
    delete if check_empty
}

fn check_empty(tx: &Transaction<'_>, id: &str) -> Result<(), ApiError> {
    let sql = "select exists (select 1 from products where category_id = ?1)";
    let has_products: bool = tx.prepare_cached(sql)?.query_row([id], |row| row.read(0))?;
    if has_products { Err(Code::CategoryInUse.into()) } else { Ok(()) }
}

/// The category to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Kopi"}))]
pub struct CategoryBody {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Position on the till, lowest first. Default: 0.
    #[schema(nullable = false)]
    position: Option<i64>,
    /// Color on the till. Default: none.
    #[schema(value_type = Option<CategoryColor>)]
    #[serde(default, deserialize_with = "maybe_null")]
    color: Option<Choice<CategoryColor>>,
}

impl Body<Category> for CategoryBody {
    fn fields(&self) -> Result<Fields, ApiError> {
        let color = words::optional(self.color.as_ref(), Code::InvalidColor, "color")?;
        Ok(Fields {
            name: text::required("name", &self.name, NAME)?,
            position: self.position.unwrap_or(0),
            color: color.map(|color| color.as_str().to_owned()),
        })
    }
}

crud! {
    Category, CategoryBody, tag "catalog", at "/api/v1/categories" and "/api/v1/categories/{id}";
    read Anyone, write EditCatalog, delete EditCatalog;
    refuses "`invalid_text`, `invalid_color`", in use "`category_in_use`";
    list_categories: "Lists the categories.",
    create_category: "Creates a category.",
    get_category: "Returns a category.",
    put_category: "Replaces a category; `If-Match` with its version prevents overwriting other changes.",
    delete_category: "Deletes an empty category.",
}
