//! The money of each day by payment method and tender, beside what was counted when the shifts of the day were closed.

use std::collections::BTreeMap;

use domain::Method;
use rusqlite::{Row, Transaction};
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::Word;

use super::period::Period;

/// The money of a payment method and tender on a day. Amounts are minor units (rupiah).
#[derive(Debug, Serialize, ToSchema)]
pub struct TenderOfDay {
    /// The business date.
    #[schema(format = Date)]
    business_date: String,
    /// The payment method.
    #[schema(value_type = Method)]
    method: Word<Method>,
    /// Id of the tender; null: payments without one.
    tender_id: Option<String>,
    /// Its name in these payments.
    tender_name: Option<String>,
    /// Payments received, without change.
    payments: i64,
    /// Payments taken back, negative.
    reversals: i64,
    /// What refunds gave back.
    refunds: i64,
    /// Payments that nobody has confirmed yet, of `payments`.
    unconfirmed: i64,
    /// What should have been there by the shifts that were opened on this day and are closed; for cash with everything that
    /// was in the drawers, in the row without a tender. Null: no such shift.
    expected: Option<i64>,
    /// What was counted in them; null: nothing was counted.
    counted: Option<i64>,
}

#[derive(Default)]
struct Sums {
    name: Option<String>,
    payments: i64,
    reversals: i64,
    refunds: i64,
    unconfirmed: i64,
    expected: Option<i64>,
    counted: Option<i64>,
}

// A payment without a date counts on its order's.
const PAYMENTS: &str = "select business_date, method, nullif(tender_id, ''), tender_name, amount, reverses is not null,
      status = 'unconfirmed'
    from payments where business_date between ?1 and ?2
    union all select o.business_date, p.method, nullif(p.tender_id, ''), p.tender_name, p.amount, p.reverses is not null,
      p.status = 'unconfirmed'
    from orders o cross join payments p on p.order_id = o.id
    where o.business_date between ?1 and ?2 and p.business_date is null";
const REFUNDS: &str =
    "select r.business_date, p.method, nullif(p.tender_id, ''), p.tender_name, p.amount from refunds r
    cross join refund_payments p on p.refund_id = r.id where r.business_date between ?1 and ?2";
const COUNTED: &str = "select s.business_date, t.method, nullif(t.tender_id, ''), t.tender_name, t.expected, t.counted
    from shifts s cross join shift_tenders t on t.shift_id = s.id
    where s.business_date between ?1 and ?2 and s.status = 'closed'";

/// The sums by day, method and id of the tender.
type Found = BTreeMap<(String, String, Option<String>), Sums>;

/// The sums of the row's key, which is in the first columns. If a tender was renamed, the last name in the alphabet is shown,
/// as at the hub.
fn sums_of<'f>(found: &'f mut Found, row: &Row<'_>) -> rusqlite::Result<&'f mut Sums> {
    let sums = found.entry((row.read(0)?, row.read(1)?, row.read(2)?)).or_default();
    let name: Option<String> = row.read(3)?;
    sums.name = sums.name.take().max(name);
    Ok(sums)
}

/// The money of a period, by day, method and tender.
///
/// # Errors
/// The error from SQLite.
pub fn tenders(tx: &Transaction<'_>, period: Period) -> Result<Vec<TenderOfDay>, Fault> {
    let mut found = Found::new();
    let add = |sum: &mut i64, amount: i64| *sum = sum.saturating_add(amount);
    let mut statement = tx.prepare_cached(PAYMENTS)?;
    let mut rows = statement.query(period.texts())?;
    while let Some(row) = rows.next()? {
        let sums = sums_of(&mut found, row)?;
        let (amount, is_reversal, is_unconfirmed): (i64, bool, bool) = (row.read(4)?, row.read(5)?, row.read(6)?);
        add(if is_reversal { &mut sums.reversals } else { &mut sums.payments }, amount);
        if is_unconfirmed {
            add(&mut sums.unconfirmed, amount);
        }
    }
    let mut statement = tx.prepare_cached(REFUNDS)?;
    let mut rows = statement.query(period.texts())?;
    while let Some(row) = rows.next()? {
        add(&mut sums_of(&mut found, row)?.refunds, row.read(4)?);
    }
    let mut statement = tx.prepare_cached(COUNTED)?;
    let mut rows = statement.query(period.texts())?;
    while let Some(row) = rows.next()? {
        let sums = sums_of(&mut found, row)?;
        add(sums.expected.get_or_insert(0), row.read(4)?);
        if let Some(counted) = row.read(5)? {
            add(sums.counted.get_or_insert(0), counted);
        }
    }
    let of_day = |((business_date, method, tender_id), sums): ((String, String, Option<String>), Sums)| TenderOfDay {
        business_date,
        method: Word::of(method),
        tender_id,
        tender_name: sums.name,
        payments: sums.payments,
        reversals: sums.reversals,
        refunds: sums.refunds,
        unconfirmed: sums.unconfirmed,
        expected: sums.expected,
        counted: sums.counted,
    };
    Ok(found.into_iter().map(of_day).collect())
}
