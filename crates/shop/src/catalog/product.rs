//! Products: name, price, tax group, station, variants and modifiers.
//!
//! Price and availability are those in force at this outlet, outside of menus. A change applies where the shown value comes
//! from (decision 0020): availability always at this outlet, the price at this outlet if it has its own, otherwise for the
//! chain. It replaces prices that were set in advance and have come (decision 0064).

use access::audit::{Author, Deed, record_change};
use domain::audit::AuditAction;
use domain::cart::QtyScale;
use domain::money::MAX_AMOUNT;
use domain::{LocalMinute, ModifierGroup, Money, Station, TaxGroup, Variant};
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use serde_json::json;
use sqlite::text::{is_readable, raw};
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{ApiError, Code, Problem, Warning, Word, time};

use crate::catalog::outlet_product::{self, OutletProduct};
use crate::prices::{self, Level};
use crate::version::refuse_other_version;
use crate::{audit, duplicates, json_list, settings};

/// A product for sale.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Product {
    /// UUIDv7.
    pub id: String,
    /// The shop's code of the product.
    pub code: Option<String>,
    /// Barcode.
    pub barcode: Option<String>,
    /// Name on the till and the receipt.
    pub name: String,
    /// Id of its category.
    pub category_id: Option<String>,
    /// Price in force at this outlet, in minor units (rupiah).
    pub price: i64,
    /// Price of the chain; differs from `price` if this outlet has its own.
    pub chain_price: i64,
    /// Whether this outlet has its own price.
    pub has_outlet_price: bool,
    /// The tax that applies to it.
    #[schema(value_type = TaxGroup)]
    pub tax_group: Word<TaxGroup>,
    /// Where it is prepared.
    #[schema(value_type = Station)]
    pub station: Word<Station>,
    /// False: not for sale at this outlet now.
    pub available: bool,
    /// Forms in which it is sold; exactly one is chosen per line, if there are any. Their prices are those in force at this outlet.
    #[schema(value_type = Vec<web::shapes::Variant>)]
    pub variants: Vec<Variant>,
    /// Questions about each piece.
    #[schema(value_type = Vec<web::shapes::ModifierGroup>)]
    pub modifier_groups: Vec<ModifierGroup>,
    /// Position on the till within its category, lowest first.
    pub position: i64,
    /// Hash of its image, for `GET …/image?v=`; null: none.
    pub image: Option<String>,
    /// What `price` is for, such as kg; null: the piece.
    pub unit: Option<String>,
    /// 0: sold by the piece; 3: by weight or measure, in thousandths of the unit.
    pub qty_scale: i64,
    /// The item code that the shop's scale prints into barcodes.
    pub scale_code: Option<String>,
    /// Columns with unreadable values, for example after an import in another encoding. Unless they are mere text, the
    /// product is not for sale until they are corrected. Usually empty.
    pub unreadable: Vec<String>,
    /// Version of this entity, for `If-Match`.
    pub version: i64,
    /// Warnings for people: a code, barcode or phone number that another row has too. Only in the answer to a change;
    /// absent if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub warnings: Vec<Warning>,
}

/// The checked fields of a product.
#[derive(Debug, Clone)]
pub struct Fields {
    /// The shop's code of the product.
    pub code: Option<String>,
    /// Barcode.
    pub barcode: Option<String>,
    /// Name on the till and the receipt.
    pub name: String,
    /// Id of its category.
    pub category_id: Option<String>,
    /// Not negative.
    pub price: i64,
    /// The tax group.
    pub tax_group: TaxGroup,
    /// Where it is prepared; an unknown stored word is refused.
    pub station: Word<Station>,
    /// False: not for sale now.
    pub available: bool,
    /// Forms in which it is sold.
    pub variants: Vec<Variant>,
    /// Questions about each piece.
    pub modifier_groups: Vec<ModifierGroup>,
    /// Position on the till, lowest first.
    pub position: i64,
    /// What the price is for; `None`: the piece.
    pub unit: Option<String>,
    /// Pieces, or thousandths of the unit.
    pub scale: QtyScale,
    /// The item code that the shop's scale prints into barcodes.
    pub scale_code: Option<String>,
}

/// Fails for a product with unreadable fields, which must be replaced as a whole.
impl TryFrom<Product> for Fields {
    type Error = ApiError;

    fn try_from(p: Product) -> Result<Self, ApiError> {
        if !p.unreadable.is_empty() {
            return Err(unreadable(&p.name, &p.unreadable));
        }
        let tax_group = p.tax_group.known().ok_or_else(|| unreadable(&p.name, &["tax_group".to_owned()]))?;
        Ok(Self {
            code: p.code,
            barcode: p.barcode,
            name: p.name,
            category_id: p.category_id,
            price: p.price,
            tax_group,
            station: p.station,
            available: p.available,
            variants: p.variants,
            modifier_groups: p.modifier_groups,
            position: p.position,
            unit: p.unit,
            scale: QtyScale::from_decimals(p.qty_scale).unwrap_or_default(),
            scale_code: p.scale_code,
        })
    }
}

/// The error for a product with unreadable values.
pub(crate) fn unreadable(name: &str, columns: &[String]) -> ApiError {
    Code::UnreadableProduct.with("product", name).with("columns", columns.join(", "))
}

/// Products with their values in force, for [`product`].
pub(super) const SELECT: &str =
    "select p.id, p.code, p.barcode, p.name, p.category_id, coalesce(o.price, p.price), p.price, p.tax_group, p.station,
    coalesce(o.available, p.available), p.variants, p.modifier_groups,
    coalesce(s.version, 0) + coalesce(os.version, 0), p.position, i.hash, p.unit, p.qty_scale, p.scale_code,
    o.price is not null
    from products p left join outlet_products o on o.id = p.id left join images i on i.hash = p.image
    left join sync_state s on s.entity_type = 'product' and s.entity_id = p.id
    left join sync_state os on os.entity_type = 'outlet_product' and os.entity_id = p.id";

/// Reads a row of [`SELECT`], with the stored prices.
pub(super) fn product(row: &Row<'_>) -> rusqlite::Result<Product> {
    let mut unreadable = Vec::new();
    for (column, name) in [(0, "id"), (1, "code"), (2, "barcode"), (3, "name"), (4, "category_id")] {
        if !matches!(row.get_ref(column)?, ValueRef::Text(bytes) if !is_readable(bytes)) {
            continue;
        }
        unreadable.push(name.to_owned());
    }
    let (variants, modifier_groups) = (json_list::read(row, 10)?, json_list::read(row, 11)?);
    let tax_group = Word::<TaxGroup>::of(row.read(7)?);
    for (readable, name) in [
        (tax_group.known().is_some(), "tax_group"),
        (variants.is_some(), "variants"),
        (modifier_groups.is_some(), "modifier_groups"),
    ] {
        if !readable {
            unreadable.push(name.to_owned());
        }
    }
    Ok(Product {
        id: row.id(0)?,
        code: row.read(1)?,
        barcode: row.read(2)?,
        name: row.read(3)?,
        category_id: row.read(4)?,
        price: row.read(5)?,
        chain_price: row.read(6)?,
        has_outlet_price: row.read(18)?,
        tax_group,
        station: Word::of(row.read(8)?),
        available: row.read(9)?,
        variants: variants.unwrap_or_default(),
        modifier_groups: modifier_groups.unwrap_or_default(),
        position: row.read(13)?,
        image: row.read(14)?,
        unit: row.read(15)?,
        qty_scale: row.read(16)?,
        scale_code: row.read(17)?,
        unreadable,
        version: row.read(12)?,
        warnings: Vec::new(),
    })
}

/// A product by id.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<Product, ApiError> {
    find(tx, id)?.ok_or_else(|| Code::NotFound.because("product"))
}

/// A product by id, if it exists.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> Result<Option<Product>, Fault> {
    let found = tx.prepare_cached(&format!("{SELECT} where p.id = ?1"))?.query_row([raw(id)], product).optional()?;
    let mut found: Vec<_> = found.into_iter().collect();
    show_in_force(tx, &mut found)?;
    Ok(found.pop())
}

/// The products of a category, or of all categories, ordered by id.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn of_category(tx: &Transaction<'_>, category: Option<&str>, limit: i64) -> Result<Vec<Product>, Fault> {
    let condition = if category.is_some() { "where p.category_id = ?1" } else { "where ?1 is null" };
    let mut statement = tx.prepare_cached(&format!("{SELECT} {condition} order by p.id limit ?2"))?;
    let mut found = statement.query_map(params![category.map(raw), limit], product)?.collect::<Result<Vec<_>, _>>()?;
    show_in_force(tx, &mut found)?;
    Ok(found)
}

/// Replaces the stored prices by those in force now.
pub(super) fn show_in_force(tx: &Transaction<'_>, products: &mut [Product]) -> Result<(), Fault> {
    prices::show(tx, products, this_minute(tx)?)
}

/// The minute of the shop's clock.
fn this_minute(tx: &Transaction<'_>) -> Result<LocalMinute, Fault> {
    Ok(LocalMinute::at(&settings::shop(tx)?.day.zone, time::now()))
}

/// Creates a product.
///
/// # Errors
/// 422 for a category that does not exist or a price out of range.
pub fn create(tx: &Transaction<'_>, by: Author<'_>, fields: &Fields, id: Uuid) -> Result<Product, ApiError> {
    check(tx, fields)?;
    let id = id.to_string();
    tx.execute(
        "insert into products (id, code, barcode, name, category_id, price, tax_group, station, available,
         variants, modifier_groups, position, unit, qty_scale, scale_code)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        params![
            id,
            fields.code,
            fields.barcode,
            fields.name,
            fields.category_id,
            fields.price,
            fields.tax_group.as_str(),
            fields.station.as_str(),
            fields.available,
            json_list::text(&fields.variants)?,
            json_list::text(&fields.modifier_groups)?,
            fields.position,
            fields.unit,
            fields.scale.decimals(),
            fields.scale_code
        ],
    )?;
    let created = get_with_warnings(tx, &id)?;
    audit::changed(tx, by, ("product", &id), (None, Some(&created)))?;
    Ok(created)
}

/// Changes a product. Orders keep the name and price at the time of sale.
///
/// # Errors
/// 404, 412, 422.
pub fn update(
    tx: &Transaction<'_>,
    by: Author<'_>,
    id: &str,
    fields: &Fields,
    if_version: Option<i64>,
) -> Result<Product, ApiError> {
    let before = get(tx, id)?;
    refuse_other_version(before.version, if_version)?;
    check(tx, fields)?;
    let typed = typed_prices(tx, &before, fields.price, &fields.variants)?;
    outlet_product::set(tx, id, differences(tx, &before, typed.outlet, fields.available)?)?;
    tx.execute(
        "update products set code = ?2, barcode = ?3, name = ?4, category_id = ?5, price = ?6, tax_group = ?7,
         station = ?8, variants = ?9, modifier_groups = ?10, position = ?11, unit = ?12, qty_scale = ?13,
         scale_code = ?14 where id = ?1",
        params![
            id,
            fields.code,
            fields.barcode,
            fields.name,
            fields.category_id,
            typed.chain,
            fields.tax_group.as_str(),
            fields.station.as_str(),
            json_list::text(&typed.variants)?,
            json_list::text(&fields.modifier_groups)?,
            fields.position,
            fields.unit,
            fields.scale.decimals(),
            fields.scale_code
        ],
    )?;
    let after = get_with_warnings(tx, id)?;
    let action = if before.is_sold_like(&after) { AuditAction::Changed } else { AuditAction::PriceChanged };
    let deed = Deed::new(action).to("product", id).with(json!({"name": after.name}));
    record_change(tx, by, deed, (Some(&before), Some(&after)), time::now())?;
    Ok(after)
}

impl Product {
    /// Whether both cost the same and both can be sold, or neither.
    fn is_sold_like(&self, other: &Self) -> bool {
        let values = |product: &Self| (product.price, product.chain_price, product.available, product.qty_scale);
        values(self) == values(other)
            && self.variants == other.variants
            && self.modifier_groups == other.modifier_groups
    }
}

/// A product that was just written, with its warnings.
fn get_with_warnings(tx: &Transaction<'_>, id: &str) -> Result<Product, ApiError> {
    Ok(Product { warnings: duplicates::warnings(tx, "product", id)?, ..get(tx, id)? })
}

/// Changes price, availability and variants only, each where its value comes from; values that stay are not written.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn set_values(
    tx: &Transaction<'_>,
    before: &Product,
    price: i64,
    available: bool,
    variants: &[Variant],
) -> Result<(), Fault> {
    let typed = typed_prices(tx, before, price, variants)?;
    outlet_product::set(tx, &before.id, differences(tx, before, typed.outlet, available)?)?;
    // A row that stays equal is not written, so no trigger fires.
    tx.prepare_cached(
        "update products set price = ?2, variants = ?3 where id = ?1 and (price is not ?2 or variants is not ?3)",
    )?
    .execute(params![raw(&before.id), typed.chain, json_list::text(&typed.variants)?])?;
    Ok(())
}

/// Prices to store.
struct TypedPrices {
    chain: i64,
    outlet: Option<i64>,
    variants: Vec<Variant>,
}

/// The prices to store if a person sees those of `before` and types these. An unchanged price stays as it is stored; a
/// typed one also replaces those that were set in advance and have come.
fn typed_prices(
    tx: &Transaction<'_>,
    before: &Product,
    price: i64,
    variants: &[Variant],
) -> Result<TypedPrices, Fault> {
    let id = before.id.as_str();
    let stored = tx.prepare_cached(&format!("{SELECT} where p.id = ?1"))?.query_row([raw(id)], product)?;
    let at = this_minute(tx)?;
    let mut typed = TypedPrices {
        chain: stored.chain_price,
        outlet: stored.has_outlet_price.then_some(stored.price),
        variants: variants.to_vec(),
    };
    if price != before.price {
        let level = if before.has_outlet_price {
            typed.outlet = Some(price);
            Level::Outlet
        } else {
            typed.chain = price;
            Level::Chain
        };
        prices::replace_by_hand(tx, level, (id, None), at)?;
    }
    for variant in &mut typed.variants {
        let of =
            |product: &Product| product.variants.iter().find(|other| other.id == variant.id).map(|other| other.price);
        match (of(before), of(&stored)) {
            (Some(shown), Some(stored)) if shown == variant.price => variant.price = stored,
            _ => {
                prices::replace_by_hand(tx, Level::Chain, (id, Some(&variant.id)), at)?;
                prices::replace_by_hand(tx, Level::Outlet, (id, Some(&variant.id)), at)?;
            }
        }
    }
    Ok(typed)
}

/// The differences at this outlet with this price. An unchanged availability stays as it is stored: a rename must not undo
/// head office's value for this outlet.
fn differences(
    tx: &Transaction<'_>,
    before: &Product,
    price: Option<i64>,
    available: bool,
) -> Result<OutletProduct, Fault> {
    let local = outlet_product::get(tx, &before.id)?;
    if available == before.available {
        return Ok(OutletProduct { price, ..local });
    }
    let chain: bool = tx.query_row("select available from products where id = ?1", [&before.id], |row| row.read(0))?;
    Ok(OutletProduct { price, available: (available != chain).then_some(available) })
}

/// Deletes a product; orders keep their lines.
///
/// # Errors
/// 404, 412.
pub fn delete(tx: &Transaction<'_>, by: Author<'_>, id: &str, if_version: Option<i64>) -> Result<(), ApiError> {
    let before = get(tx, id)?;
    refuse_other_version(before.version, if_version)?;
    tx.execute("delete from products where id = ?1", [id])?;
    outlet_product::delete(tx, id)?;
    Ok(audit::changed(tx, by, ("product", id), (Some(&before), None))?)
}

fn check(tx: &Transaction<'_>, fields: &Fields) -> Result<(), ApiError> {
    if fields.price < 0 || Money(fields.price).checked().is_err() {
        let not_an_amount = Problem::NotAnAmount.with("least", Money(0)).with("most", Money(MAX_AMOUNT));
        return Err(Code::InvalidPrice.field("price", not_an_amount));
    }
    if fields.station.known().is_none() {
        let not_allowed = Problem::NotAllowed.with("choices", Station::NAMES.join(", "));
        return Err(Code::InvalidStation.field("station", not_allowed));
    }
    if let Some(category) = &fields.category_id {
        let found: bool =
            tx.query_row("select exists (select 1 from categories where id = ?1)", [category], |row| row.read(0))?;
        if !found {
            return Err(Code::UnknownCategory.field("category_id", Problem::NotFound));
        }
    }
    Ok(())
}
