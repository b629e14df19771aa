//! The catalog over HTTP. All logged-in users can read it; managers and admins can change it.

use access::permission::EditCatalog;
use access::session::Actor;
use axum::http::StatusCode;
use axum::response::Response;
use domain::cart::QtyScale;
use domain::text::{BARCODE, CODE, NAME, PRODUCT_NAME, SCALE_CODE, UNIT};
use domain::{ModifierGroup, Station, TaxGroup, Variant, ids};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::extract::{changed, filter, maybe_null, page_size};
use web::reply::{self, Done, with_status};
use web::{ApiError, Choice, Code, Json, List, Notice, PageQuery, Path, Problem, Query, Success, Word, text, words};

use crate::catalog::product::{self, Product};
use crate::catalog::search::{self, Selection, Sort};

pub use web::IfMatch;

/// The product to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Kopi Susu", "price": 22_000}))]
pub struct ProductBody {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Price in minor units (rupiah), not negative.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    price: i64,
    #[serde(default, deserialize_with = "maybe_null")]
    category_id: Option<String>,
    #[serde(default, deserialize_with = "maybe_null")]
    code: Option<String>,
    #[serde(default, deserialize_with = "maybe_null")]
    barcode: Option<String>,
    /// The tax that applies to it. Default: `pbjt`, the restaurant tax.
    #[schema(value_type = Option<TaxGroup>, nullable = false)]
    tax_group: Option<Choice<TaxGroup>>,
    /// Where it is prepared. Default: `none`.
    #[schema(value_type = Option<Station>, nullable = false)]
    station: Option<Choice<Station>>,
    /// Whether it is for sale now. Default: true.
    #[schema(nullable = false)]
    available: Option<bool>,
    /// Forms in which it is sold, each with its own price; at most 50. Default: none.
    #[schema(value_type = Option<Vec<web::shapes::Variant>>, nullable = false)]
    variants: Option<Vec<Variant>>,
    /// Questions about each piece; at most 20. Default: none.
    #[schema(value_type = Option<Vec<web::shapes::ModifierGroup>>, nullable = false)]
    modifier_groups: Option<Vec<ModifierGroup>>,
    /// Position on the till within its category, lowest first. Default: 0.
    #[schema(nullable = false)]
    position: Option<i64>,
    /// What the price is for, such as kg. Default: the piece.
    #[schema(max_length = 10)]
    #[serde(default, deserialize_with = "maybe_null")]
    unit: Option<String>,
    /// 3: sold by weight or measure, in thousandths of the unit. Default: 0, by the piece.
    #[schema(nullable = false)]
    qty_scale: Option<i64>,
    /// The item code that the shop's scale prints into barcodes.
    #[schema(max_length = 10)]
    #[serde(default, deserialize_with = "maybe_null")]
    scale_code: Option<String>,
}

/// Changes of a product: absent fields stay as they are, null clears a field.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductPatch {
    #[schema(nullable = false)]
    name: Option<String>,
    /// Price in minor units (rupiah), not negative.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    #[schema(nullable = false)]
    price: Option<i64>,
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    category_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    code: Option<Option<String>>,
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    barcode: Option<Option<String>>,
    #[schema(value_type = Option<TaxGroup>, nullable = false)]
    tax_group: Option<Choice<TaxGroup>>,
    #[schema(value_type = Option<Station>, nullable = false)]
    station: Option<Choice<Station>>,
    #[schema(nullable = false)]
    available: Option<bool>,
    /// Replaces all variants; at most 50.
    #[schema(value_type = Option<Vec<web::shapes::Variant>>, nullable = false)]
    variants: Option<Vec<Variant>>,
    /// Replaces all modifier groups; at most 20.
    #[schema(value_type = Option<Vec<web::shapes::ModifierGroup>>, nullable = false)]
    modifier_groups: Option<Vec<ModifierGroup>>,
    #[schema(nullable = false)]
    position: Option<i64>,
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>, max_length = 10)]
    unit: Option<Option<String>>,
    /// 0: sold by the piece; 3: by weight or measure, in thousandths of the unit.
    #[schema(nullable = false)]
    qty_scale: Option<i64>,
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>, max_length = 10)]
    scale_code: Option<Option<String>>,
}

fn qty_scale(decimals: i64) -> Result<QtyScale, ApiError> {
    let not_allowed = || Problem::NotAllowed.with("choices", "0, 3");
    QtyScale::from_decimals(decimals).ok_or_else(|| Code::InvalidQuantity.field("qty_scale", not_allowed()))
}

fn tax_group(choice: Option<&Choice<TaxGroup>>) -> Result<Option<TaxGroup>, ApiError> {
    words::optional(choice, Code::InvalidTaxGroup, "tax_group")
}

fn station(choice: Option<&Choice<Station>>) -> Result<Option<Station>, ApiError> {
    words::optional(choice, Code::InvalidStation, "station")
}

fn category_id(id: Option<&str>) -> Result<Option<String>, ApiError> {
    id.filter(|id| !id.trim().is_empty()).map(|id| text::reference("category_id", id)).transpose()
}

fn variants(list: Vec<Variant>) -> Result<Vec<Variant>, ApiError> {
    let refused = |refused| Code::InvalidVariants.field("variants", refused);
    domain::product::variants(list).map_err(refused)
}

fn modifier_groups(list: Vec<ModifierGroup>) -> Result<Vec<ModifierGroup>, ApiError> {
    let refused = |refused| Code::InvalidModifierGroups.field("modifier_groups", refused);
    domain::product::modifier_groups(list).map_err(refused)
}

impl ProductBody {
    fn fields(self) -> Result<product::Fields, ApiError> {
        Ok(product::Fields {
            name: text::required("name", &self.name, PRODUCT_NAME)?,
            price: self.price,
            category_id: category_id(self.category_id.as_deref())?,
            code: text::optional("code", self.code.as_deref(), CODE)?,
            barcode: text::optional("barcode", self.barcode.as_deref(), BARCODE)?,
            tax_group: tax_group(self.tax_group.as_ref())?.unwrap_or_default(),
            station: Word::Known(station(self.station.as_ref())?.unwrap_or_default()),
            available: self.available.unwrap_or(true),
            variants: variants(self.variants.unwrap_or_default())?,
            modifier_groups: modifier_groups(self.modifier_groups.unwrap_or_default())?,
            position: self.position.unwrap_or(0),
            unit: text::optional("unit", self.unit.as_deref(), UNIT)?,
            scale: qty_scale(self.qty_scale.unwrap_or(0))?,
            scale_code: text::optional("scale_code", self.scale_code.as_deref(), SCALE_CODE)?,
        })
    }
}

impl ProductPatch {
    fn apply(self, before: product::Fields) -> Result<product::Fields, ApiError> {
        let optional = |field, rule, change: &Option<Option<String>>, before| match change {
            Some(value) => text::optional(field, value.as_deref(), rule),
            None => Ok(before),
        };
        Ok(product::Fields {
            name: self
                .name
                .as_deref()
                .map(|n| text::required("name", n, PRODUCT_NAME))
                .transpose()?
                .unwrap_or(before.name),
            price: self.price.unwrap_or(before.price),
            category_id: match &self.category_id {
                Some(id) => category_id(id.as_deref())?,
                None => before.category_id,
            },
            code: optional("code", CODE, &self.code, before.code)?,
            barcode: optional("barcode", BARCODE, &self.barcode, before.barcode)?,
            tax_group: tax_group(self.tax_group.as_ref())?.unwrap_or(before.tax_group),
            station: station(self.station.as_ref())?.map_or(before.station, Word::Known),
            available: self.available.unwrap_or(before.available),
            variants: self.variants.map_or(Ok(before.variants), variants)?,
            modifier_groups: self.modifier_groups.map_or(Ok(before.modifier_groups), modifier_groups)?,
            position: self.position.unwrap_or(before.position),
            unit: optional("unit", UNIT, &self.unit, before.unit)?,
            scale: self.qty_scale.map_or(Ok(before.scale), qty_scale)?,
            scale_code: optional("scale_code", SCALE_CODE, &self.scale_code, before.scale_code)?,
        })
    }
}

/// Filters, sequence and page of a list of products.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ProductsQuery {
    /// Maximum number of entries, 1 to 500. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page, with the same filters.
    cursor: Option<String>,
    /// Products whose name, code or barcode contains this text, also those of a variant. The case of the letters a to z is
    /// ignored.
    #[param(max_length = 100)]
    q: Option<String>,
    /// Products of this category.
    category_id: Option<String>,
    /// True: products that are for sale at this outlet; false: the others.
    available: Option<bool>,
    /// Products with exactly this barcode, also that of a variant.
    barcode: Option<String>,
    /// The sequence. Default: by id.
    #[param(inline)]
    sort: Option<Sort>,
}

impl ProductsQuery {
    fn selection(self) -> Result<Selection, ApiError> {
        Ok(Selection {
            text: filter("q", self.q.as_deref(), NAME)?,
            category_id: self.category_id.filter(|id| !id.is_empty()).map(|id| ids::stored_as(&id)),
            available: self.available,
            barcode: filter("barcode", self.barcode.as_deref(), BARCODE)?,
            sort: self.sort,
            after: PageQuery { limit: None, cursor: self.cursor }.after()?,
            limit: page_size(self.limit)?,
        })
    }
}

/// Lists the products, by id unless `sort` says otherwise.
#[utoipa::path(get, path = "/api/v1/products", tag = "catalog",
    params(ProductsQuery), responses((status = 200, body = List<Product>),
    (status = 400, description = "`invalid_cursor`: in a sorted list also if that product was deleted; begin again")))]
pub async fn list_products(actor: Actor, Query(query): Query<ProductsQuery>) -> Result<List<Product>, ApiError> {
    let selection = query.selection()?;
    let limit = selection.limit;
    let found = actor.read(move |tx| search::list(tx, &selection)).await?;
    Ok(reply::page(found, limit, |p| p.id.clone()))
}

/// Creates a product.
#[utoipa::path(post, path = "/api/v1/products", tag = "catalog",
    request_body = ProductBody, responses(
    (status = 201, body = Success<Product>),
    (status = 422, description = "`invalid_price`, `invalid_tax_group`, `invalid_station`, `unknown_category`, `invalid_variants`, `invalid_modifier_groups`, `invalid_quantity`")))]
pub async fn create_product(actor: Actor<EditCatalog>, Json(body): Json<ProductBody>) -> Result<Response, ApiError> {
    let fields = body.fields()?;
    let created = actor.edit(move |tx, user| product::create(tx, user.into(), &fields, Uuid::now_v7())).await?;
    Ok(with_status(StatusCode::CREATED, Success::new(created)))
}

/// Returns a product.
#[utoipa::path(get, path = "/api/v1/products/{id}", tag = "catalog",
    params(("id" = String, Path)), responses(
    (status = 200, body = Success<Product>), (status = 404, description = "`not_found`")))]
pub async fn get_product(actor: Actor, Path(id): Path<String>) -> Result<Success<Product>, ApiError> {
    actor.read(move |tx| product::get(tx, &id)).await.map(Success::new)
}

/// Replaces a product; `If-Match` with its version prevents overwriting other changes. Availability changes at this
/// outlet only; so does the price if this outlet has its own.
#[utoipa::path(put, path = "/api/v1/products/{id}", tag = "catalog",
    params(("id" = String, Path),
    ("If-Match" = Option<String>, Header)), request_body = ProductBody, responses(
    (status = 200, body = Success<Product>), (status = 404, description = "`not_found`"),
    (status = 412, description = "`version_mismatch`")))]
pub async fn put_product(
    actor: Actor<EditCatalog>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<ProductBody>,
) -> Result<Success<Product>, ApiError> {
    let fields = body.fields()?;
    actor.edit(move |tx, user| product::update(tx, user.into(), &id, &fields, version)).await.map(Success::new)
}

/// Changes some fields of a product. Availability changes at this outlet only; so does the price if this outlet has its
/// own.
#[utoipa::path(patch, path = "/api/v1/products/{id}", tag = "catalog",
    params(("id" = String, Path),
    ("If-Match" = Option<String>, Header)), request_body = ProductPatch, responses(
    (status = 200, body = Success<Product>), (status = 404, description = "`not_found`"),
    (status = 412, description = "`version_mismatch`")))]
pub async fn patch_product(
    actor: Actor<EditCatalog>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<ProductPatch>,
) -> Result<Success<Product>, ApiError> {
    actor
        .edit(move |tx, user| {
            let fields = body.apply(product::get(tx, &id)?.try_into()?)?;
            product::update(tx, user.into(), &id, &fields, version)
        })
        .await
        .map(Success::new)
}

/// Deletes a product; orders keep their lines.
#[utoipa::path(delete, path = "/api/v1/products/{id}", tag = "catalog",
    params(("id" = String, Path),
    ("If-Match" = Option<String>, Header)), responses(
    (status = 200, body = Done), (status = 404, description = "`not_found`"),
    (status = 412, description = "`version_mismatch`")))]
pub async fn delete_product(
    actor: Actor<EditCatalog>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
) -> Result<Done, ApiError> {
    actor.edit(move |tx, user| product::delete(tx, user.into(), &id, version)).await?;
    Ok(Done::of(Notice::Deleted.with("reason", "product")))
}
