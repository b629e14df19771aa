//! Taxes of a period, by day, name and rate: what the tax office asks for. A sale counts on the day on which it was paid, a
//! refund on its own.

use std::collections::BTreeMap;

use rusqlite::Transaction;
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;

use super::period::Period;

/// A tax of a day, by name and rate. Amounts are minor units (rupiah).
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct TaxOfDay {
    /// The business date.
    #[schema(format = Date)]
    business_date: String,
    /// Name on the receipts.
    name: String,
    /// Rate in hundredths of a percent.
    rate_bp: i64,
    /// True: included in the prices.
    inclusive: bool,
    /// What was taxed in the sales of the day.
    base: i64,
    /// Tax of the sales of the day.
    amount: i64,
    /// What was taxed of the refunds of the day.
    refunded_base: i64,
    /// Tax that the refunds of the day gave back.
    refunded_amount: i64,
}

// Sums are taken here, because amounts that somebody wrote into the database may exceed any sum.
const SOLD: &str = "select coalesce(o.paid_date, o.business_date), c.name, c.rate_bp, c.inclusive, c.base, c.amount
    from orders o cross join order_charges c on c.order_id = o.id
    where o.status = 'paid' and coalesce(o.paid_date, o.business_date) between ?1 and ?2 and c.kind = 'tax'";
const REFUNDED: &str = "select r.business_date, c.name, c.rate_bp, c.inclusive, c.base, c.amount
    from refunds r cross join refund_charges c on c.refund_id = r.id
    where r.business_date between ?1 and ?2 and c.kind = 'tax'";

/// The taxes of a period, by day, name and rate.
///
/// # Errors
/// The error from SQLite.
pub fn taxes(tx: &Transaction<'_>, period: Period) -> Result<Vec<TaxOfDay>, Fault> {
    let mut found = BTreeMap::<(String, String, i64, bool), TaxOfDay>::new();
    for (sql, is_refund) in [(SOLD, false), (REFUNDED, true)] {
        let mut statement = tx.prepare_cached(sql)?;
        let mut rows = statement.query(period.texts())?;
        while let Some(row) = rows.next()? {
            let key = (row.read(0)?, row.read(1)?, row.read(2)?, row.read(3)?);
            let tax = found.entry(key).or_default();
            let (base, amount): (i64, i64) = (row.read(4)?, row.read(5)?);
            let (bases, amounts) = if is_refund {
                (&mut tax.refunded_base, &mut tax.refunded_amount)
            } else {
                (&mut tax.base, &mut tax.amount)
            };
            (*bases, *amounts) = (bases.saturating_add(base), amounts.saturating_add(amount));
        }
    }
    let named = |((business_date, name, rate_bp, inclusive), tax): ((String, String, i64, bool), TaxOfDay)| TaxOfDay {
        business_date,
        name,
        rate_bp,
        inclusive,
        ..tax
    };
    Ok(found.into_iter().map(named).collect())
}
