//! Reads barcodes with a price or a weight, as the shop's scale prints them, by the patterns in the settings.

use domain::Money;
use domain::barcode::{self, CodeRefused, Pattern, PatternSetting, Value};
use domain::cart::{QtyScale, Quantity};
use rusqlite::{OptionalExtension, Transaction};
use sqlite::{Fault, ReadRow};
use web::{ApiError, Code};

use crate::json_list;
use crate::orders::create::cart_refused;

/// The product that a barcode names, and the price or weight in it.
///
/// # Errors
/// 422 `unknown_barcode`.
pub(super) fn find(tx: &Transaction<'_>, code: &str) -> Result<(String, Value), ApiError> {
    let unknown = |reason: &'static str| Code::UnknownBarcode.because(reason).with("code", code);
    let scanned = barcode::read(&patterns(tx)?, code).ok_or_else(|| unknown("pattern").with("item", ""))?;
    // Two products with one code would be sold at each other's price.
    let sql = "select id from products where ltrim(scale_code, '0') = ?1 order by id limit 2";
    let mut statement = tx.prepare_cached(sql)?;
    let found = statement.query_map([barcode::item_key(&scanned.item)], |row| row.id(0))?;
    let mut found: Vec<String> = found.collect::<Result<_, _>>()?;
    match (found.pop(), found.pop()) {
        (Some(id), None) => Ok((id, scanned.value)),
        (None, _) => Err(unknown("product").with("item", scanned.item)),
        (Some(_), Some(_)) => Err(unknown("several").with("item", scanned.item)),
    }
}

/// How much a value sells of a product with this price of a unit, and the amount of the line.
///
/// # Errors
/// 422 `invalid_barcode`, `amount_too_large`.
pub(super) fn sold(value: Value, name: &str, price: Money, scale: QtyScale) -> Result<(Quantity, Money), ApiError> {
    let invalid = |reason: &'static str| Code::InvalidBarcode.because(reason).with("product", name);
    barcode::sold(value, price, scale).map_err(|refused| match refused {
        CodeRefused::NotByWeight => invalid("not_by_weight"),
        CodeRefused::NoPrice => invalid("no_price"),
        CodeRefused::Zero => invalid("zero"),
        CodeRefused::Amount(refused) => cart_refused(refused),
    })
}

/// The shop's patterns; none if the stored list is unreadable.
fn patterns(tx: &Transaction<'_>) -> Result<Vec<Pattern>, Fault> {
    let sql = "select barcode_patterns from settings where id = 'outlet'";
    let stored = tx.prepare_cached(sql)?.query_row([], |row| json_list::read::<PatternSetting>(row, 0)).optional()?;
    Ok(stored.flatten().and_then(|list| barcode::patterns(&list).ok()).unwrap_or_default())
}
