//! Reads and writes refunds with their rows. A written refund is never changed.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction, params_from_iter};
use sqlite::text::raw;
use sqlite::{Fault, Row};
use web::{ApiError, Code};

use crate::orders::Order;
use crate::refunds::Refund;
use crate::stored::{self, Roots, Stored};

/// A refund by id.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<Refund, ApiError> {
    let found = tx
        .prepare_cached(&format!("select {} from refunds where id = ?1", Refund::COLUMNS))?
        .query_row([raw(id)], |row| Refund::read_from(row, 0))
        .optional()?
        .ok_or_else(|| Code::NotFound.because("refund"))?;
    let mut found = [found];
    load_rows(tx, &mut found)?;
    let [refund] = found;
    Ok(refund)
}

/// Reads the rows of these refunds with three queries for any number of refunds.
pub(super) fn load_rows(tx: &Transaction<'_>, refunds: &mut [Refund]) -> Result<(), Fault> {
    if refunds.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = refunds.iter().map(|refund| refund.id.clone()).collect();
    let roots = Roots::of(&ids);
    roots.load(tx, refunds, "id", |refund| &mut refund.lines)?;
    roots.load(tx, refunds, "id", |refund| &mut refund.charges)?;
    roots.load(tx, refunds, "id", |refund| &mut refund.payments)
}

/// Reads the refunds of these orders. Orders that are not paid have none.
pub(crate) fn load_into(tx: &Transaction<'_>, orders: &mut [Order]) -> Result<(), Fault> {
    let mut places = HashMap::new();
    for (place, order) in orders.iter().enumerate().filter(|(_, order)| !order.is_due()) {
        places.insert(order.id.clone(), place);
    }
    if places.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "select {} from refunds where order_id in ({}) order by order_id, rowid",
        Refund::COLUMNS,
        vec!["?"; places.len()].join(", ")
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let ids = params_from_iter(places.keys().map(|id| raw(id)));
    let read = |row: &Row<'_>| Refund::read_from(row, 0);
    let mut refunds = statement.query_map(ids, read)?.collect::<Result<Vec<_>, _>>()?;
    load_rows(tx, &mut refunds)?;
    for refund in refunds {
        if let Some(&place) = places.get(&refund.order_id) {
            let order = &mut orders[place];
            order.refunded = order.refunded.saturating_add(refund.total);
            order.refunds.push(refund);
        }
    }
    Ok(())
}

/// Writes a new refund, child rows first, so that the triggers queue it once.
///
/// # Errors
/// The error from SQLite.
pub fn insert(tx: &Transaction<'_>, refund: &Refund) -> Result<(), Fault> {
    let parent = Some(refund.id.as_str());
    stored::upsert(tx, parent, &refund.lines)?;
    stored::upsert(tx, parent, &refund.charges)?;
    stored::upsert(tx, parent, &refund.payments)?;
    stored::upsert(tx, None, [refund])
}
