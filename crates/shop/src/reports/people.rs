//! What people gave away in a period: voids, discounts, compliments, refunds, by user.

use std::collections::BTreeMap;

use rusqlite::Transaction;
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;

use super::period::Period;
use crate::staff;

/// What a user did in a period, in number and amount.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfUser {
    /// The user; null: unknown.
    user_id: Option<String>,
    /// The user's name, if the user still exists.
    name: Option<String>,
    /// Orders voided before they were paid, by the user who requested the void.
    voided_orders: Deeds,
    /// Lines voided after they were sent to be prepared, at list price.
    voided_lines: Deeds,
    /// Discounts of sales.
    discounts: Deeds,
    /// Compliments of sales, at list price.
    compliments: Deeds,
    /// Refunds.
    refunds: Deeds,
}

/// Number and amount, in minor units (rupiah).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Deeds {
    /// How many.
    count: i64,
    /// What they came to.
    amount: i64,
}

// A void counts on the day of its order, a discount on the day of the sale.
const QUERIES: [&str; 5] = [
    "select void_requested_by, subtotal - discount from orders
     where status = 'void' and merged_into is null and business_date between ?1 and ?2",
    "select l.void_requested_by, iif(l.qty_scale = 0, l.price * l.qty, (l.price * l.qty + 500) / 1000)
     from orders o cross join order_lines l on l.order_id = o.id
     where o.business_date between ?1 and ?2 and l.voided_at is not null",
    "select d.given_by, d.amount from orders o cross join order_discounts d on d.order_id = o.id
     where o.status = 'paid' and coalesce(o.paid_date, o.business_date) between ?1 and ?2 and d.kind <> 'compliment'",
    "select d.given_by, d.amount from orders o cross join order_discounts d on d.order_id = o.id
     where o.status = 'paid' and coalesce(o.paid_date, o.business_date) between ?1 and ?2 and d.kind = 'compliment'",
    "select cashier_id, total from refunds where business_date between ?1 and ?2",
];

/// What each user did in a period; users who did nothing are absent.
///
/// # Errors
/// The error from SQLite.
pub fn people(tx: &Transaction<'_>, period: Period) -> Result<Vec<OfUser>, Fault> {
    let mut found = BTreeMap::<Option<String>, [Deeds; QUERIES.len()]>::new();
    for (at, sql) in QUERIES.into_iter().enumerate() {
        let mut statement = tx.prepare_cached(sql)?;
        let mut rows = statement.query(period.texts())?;
        while let Some(row) = rows.next()? {
            let deeds = &mut found.entry(row.read(0)?).or_default()[at];
            deeds.count += 1;
            deeds.amount = deeds.amount.saturating_add(row.read(1)?);
        }
    }
    let of_user = |(user_id, deeds): (Option<String>, [Deeds; 5])| {
        let name = user_id.as_deref().and_then(|id| staff::name_of(tx, id));
        let [voided_orders, voided_lines, discounts, compliments, refunds] = deeds;
        OfUser { user_id, name, voided_orders, voided_lines, discounts, compliments, refunds }
    };
    Ok(found.into_iter().map(of_user).collect())
}
