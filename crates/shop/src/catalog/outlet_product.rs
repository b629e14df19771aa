//! The price and availability of products for which this outlet differs from the chain.
//!
//! The values in force are read by joining: `coalesce(o.price, p.price)`, and the same for `available`.

use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::{Fault, ReadRow};

/// Differences of a product at this outlet; `None`: the chain's value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutletProduct {
    /// Price in minor units (rupiah).
    pub price: Option<i64>,
    /// Whether it is for sale here now.
    pub available: Option<bool>,
}

/// Returns the differences of this product at this outlet.
///
/// # Errors
/// The error from SQLite.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<OutletProduct, Fault> {
    let found = tx
        .prepare_cached("select price, available from outlet_products where id = ?1")?
        .query_row([id], |row| Ok(OutletProduct { price: row.read(0)?, available: row.read(1)? }))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Writes the differences of a product. A row without differences stays, because head office may be changing it.
///
/// # Errors
/// The error from SQLite.
pub fn set(tx: &Transaction<'_>, id: &str, to: OutletProduct) -> Result<(), Fault> {
    if get(tx, id)? == to {
        return Ok(());
    }
    tx.prepare_cached(
        "insert into outlet_products (id, price, available) values (?1, ?2, ?3)
         on conflict (id) do update set price = excluded.price, available = excluded.available",
    )?
    .execute(params![id, to.price, to.available])?;
    Ok(())
}

/// Deletes the row together with its product.
///
/// # Errors
/// The error from SQLite.
pub fn delete(tx: &Transaction<'_>, id: &str) -> Result<(), Fault> {
    tx.execute("delete from outlet_products where id = ?1", [id])?;
    Ok(())
}
