//! What this outlet sells otherwise than the chain: a price of its own, and what it has not got today.
//!
//! What is in force is read where it is needed: `coalesce(o.price, p.price)` and the same of `available`.

use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::{Fault, ReadRow};

/// Where a product differs here; none: it does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutletProduct {
    /// Minor units (rupiah).
    pub price: Option<i64>,
    /// Whether it can be sold here now.
    pub available: Option<bool>,
}

/// Where this product differs here.
///
/// # Errors
/// What SQLite said.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<OutletProduct, Fault> {
    let found = tx
        .prepare_cached("select price, available from outlet_products where id = ?1")?
        .query_row([id], |row| Ok(OutletProduct { price: row.read(0)?, available: row.read(1)? }))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Writes where it differs. The row stays when it no longer does: head office may be changing it meanwhile.
///
/// # Errors
/// What SQLite said.
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

/// Forgets it together with its product.
///
/// # Errors
/// What SQLite said.
pub fn delete(tx: &Transaction<'_>, id: &str) -> Result<(), Fault> {
    tx.execute("delete from outlet_products where id = ?1", [id])?;
    Ok(())
}
