//! What a till copies: categories, products, charges, tenders, menus, prices, tables and settings; whole, or only what changed since a version.
//!
//! All parts of an answer and its version are from one snapshot, so the changes since that version complete the copy.

pub mod http;

use domain::{ModifierGroup, Station, TaxGroup, Variant};
use rusqlite::{Row, Transaction, params_from_iter};
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::Word;

use crate::catalog::category::Category;
use crate::changes::{self, CatalogVersion, changed_since, deleted};
use crate::charges::{self, Charge};
use crate::kitchen::counts::{self, Count};
use crate::menus::{self, Menu};
use crate::prices::{self, Level, Price};
use crate::qris::{self, QrisTemplate};
use crate::settings::shop::{self, ShopSettings};
use crate::tables::Table;
use crate::tenders::Tender;
use crate::{json_list, rows};

/// Everything that a till needs for selling.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TillCatalog {
    /// The version of the copy that this answer makes or completes; `since` of the next request.
    pub version: String,
    /// True: this is the whole catalog, which replaces the copy. False: these rows replace those of the copy with the same
    /// ids, and `deleted` lists the rows to remove.
    pub full: bool,
    /// Categories.
    pub categories: Vec<Category>,
    /// Products with their price and availability at this outlet.
    pub products: Vec<TillProduct>,
    /// Charges, also inactive and future ones.
    pub charges: Vec<Charge>,
    /// Tenders, also inactive ones.
    pub tenders: Vec<Tender>,
    /// Menus, also inactive ones.
    pub menus: Vec<Menu>,
    /// Prices of menus, and the chain's prices that were set in advance, also those that have not come.
    pub prices: Vec<Price>,
    /// Prices of this outlet that were set in advance.
    pub outlet_prices: Vec<Price>,
    /// Tables, also inactive ones.
    pub tables: Vec<Table>,
    /// The shop's settings; always present.
    pub settings: ShopSettings,
    /// What codes of QRIS payments are made from; null: the shop has none.
    pub qris: Option<QrisTemplate>,
    /// Ids of deleted rows; empty in the whole catalog.
    pub deleted: DeletedFromCatalog,
}

/// Ids of rows that were deleted since the requested version.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DeletedFromCatalog {
    /// Of categories.
    pub categories: Vec<String>,
    /// Of products.
    pub products: Vec<String>,
    /// Of charges.
    pub charges: Vec<String>,
    /// Of tenders.
    pub tenders: Vec<String>,
    /// Of menus.
    pub menus: Vec<String>,
    /// Of prices.
    pub prices: Vec<String>,
    /// Of prices of this outlet.
    pub outlet_prices: Vec<String>,
    /// Of tables.
    pub tables: Vec<String>,
}

/// A product as a till sells it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TillProduct {
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
    /// Price at this outlet, in minor units (rupiah), before menus and prices that were set in advance.
    pub price: i64,
    /// The outlet's own price; null: `price` is the chain's.
    pub outlet_price: Option<i64>,
    /// The tax that applies to it.
    #[schema(value_type = TaxGroup)]
    pub tax_group: Word<TaxGroup>,
    /// Where it is prepared.
    #[schema(value_type = Station)]
    pub station: Word<Station>,
    /// False: not for sale at this outlet now, none is left, or its stored values cannot be read.
    pub available: bool,
    /// Pieces that can still be sold; null: not counted.
    pub left: Option<i64>,
    /// Pieces that can still be sold of variants and options, if they are counted. Without any left, they are not available.
    pub choices_left: Vec<ChoiceLeft>,
    /// Position on the till within its category, lowest first.
    pub position: i64,
    /// Forms in which it is sold; exactly one is chosen per line, if there are any.
    #[schema(value_type = Vec<web::shapes::Variant>)]
    pub variants: Vec<Variant>,
    /// Questions about each piece.
    #[schema(value_type = Vec<web::shapes::ModifierGroup>)]
    pub modifier_groups: Vec<ModifierGroup>,
    /// Hash of its image, for `GET /products/{id}/image?v=`; null: none.
    pub image: Option<String>,
    /// What `price` is for, such as kg; null: the piece.
    pub unit: Option<String>,
    /// 0: sold by the piece; 3: by weight or measure, in thousandths of the unit.
    pub qty_scale: i64,
    /// The item code that the shop's scale prints into barcodes.
    pub scale_code: Option<String>,
}

/// How many pieces can still be sold with a variant or an option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChoiceLeft {
    /// Id of the variant or option.
    pub id: String,
    /// Pieces that can still be sold.
    pub left: i64,
}

/// The catalog: whole, or what changed since a version. Each list is ordered by id.
///
/// # Errors
/// The error from SQLite.
pub fn catalog(tx: &Transaction<'_>, since: Option<&CatalogVersion>) -> Result<TillCatalog, Fault> {
    let version = changes::version(tx)?;
    let since = version.changes_since(since);
    let deleted = match since {
        Some(since) => DeletedFromCatalog {
            categories: deleted(tx, "category", "categories", since)?,
            products: deleted(tx, "product", "products", since)?,
            charges: deleted(tx, "charge", "charges", since)?,
            tenders: deleted(tx, "tender", "tenders", since)?,
            menus: deleted(tx, "menu", "menus", since)?,
            prices: deleted(tx, "price", "prices", since)?,
            outlet_prices: deleted(tx, "outlet_price", "outlet_prices", since)?,
            tables: deleted(tx, "table", "tables", since)?,
        },
        None => DeletedFromCatalog::default(),
    };
    Ok(TillCatalog {
        version: version.to_string(),
        full: since.is_none(),
        categories: rows::changed(tx, since)?,
        products: products(tx, since)?,
        charges: charges::changed(tx, since)?,
        tenders: rows::changed(tx, since)?,
        menus: menus::changed(tx, since)?,
        prices: prices::changed(tx, Level::Chain, since)?,
        outlet_prices: prices::changed(tx, Level::Outlet, since)?,
        tables: rows::changed(tx, since)?,
        settings: shop::get(tx)?,
        qris: qris::template(tx)?,
        deleted,
    })
}

fn products(tx: &Transaction<'_>, since: Option<i64>) -> Result<Vec<TillProduct>, Fault> {
    let sql = format!(
        "select p.id, p.code, p.barcode, p.name, p.category_id, coalesce(o.price, p.price), p.tax_group, p.station,
           coalesce(o.available, p.available), p.position, p.variants, p.modifier_groups,
           i.hash, o.price, p.unit, p.qty_scale, p.scale_code
         from products p left join outlet_products o on o.id = p.id
           left join images i on i.hash = p.image {} order by p.id",
        changed_since("product", "p.id", since)
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let products = statement.query_map(params_from_iter(since), product)?.collect::<Result<Vec<_>, _>>()?;
    counted(tx, products)
}

/// Adds how many pieces are left. What is sold out is not available.
fn counted(tx: &Transaction<'_>, mut products: Vec<TillProduct>) -> Result<Vec<TillProduct>, Fault> {
    let mut counts = counts::by_product(tx)?;
    for product in &mut products {
        for Count { choice, left } in counts.remove(&product.id).unwrap_or_default() {
            let is_left = left > 0;
            let Some(id) = choice else {
                (product.left, product.available) = (Some(left), product.available && is_left);
                continue;
            };
            for variant in product.variants.iter_mut().filter(|variant| variant.id == id) {
                variant.available &= is_left;
            }
            let options = product.modifier_groups.iter_mut().flat_map(|group| &mut group.options);
            for option in options.filter(|option| option.id == id) {
                option.available &= is_left;
            }
            product.choices_left.push(ChoiceLeft { id, left });
        }
    }
    Ok(products)
}

fn product(row: &Row<'_>) -> rusqlite::Result<TillProduct> {
    let tax_group = Word::<TaxGroup>::of(row.read(6)?);
    let (variants, modifier_groups) = (json_list::read(row, 10)?, json_list::read(row, 11)?);
    let is_readable = tax_group.known().is_some() && variants.is_some() && modifier_groups.is_some();
    Ok(TillProduct {
        id: row.id(0)?,
        code: row.read(1)?,
        barcode: row.read(2)?,
        name: row.read(3)?,
        category_id: row.read(4)?,
        price: row.read(5)?,
        tax_group,
        station: Word::of(row.read(7)?),
        available: row.read::<bool>(8)? && is_readable,
        left: None,
        choices_left: Vec::new(),
        position: row.read(9)?,
        variants: variants.unwrap_or_default(),
        modifier_groups: modifier_groups.unwrap_or_default(),
        image: row.read(12)?,
        outlet_price: row.read(13)?,
        unit: row.read(14)?,
        qty_scale: row.read(15)?,
        scale_code: row.read(16)?,
    })
}
