//! The figures of a shift: X while it is open, Z once it is closed.

use std::collections::{BTreeMap, BTreeSet};

use access::session::CurrentUser;
use domain::{Drawer, Method, Money, MovementKind, PaymentStatus};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::{ApiError, Code, Word};

use super::Shift;

/// The figures of a shift. `tenders` add up to `sales.total - refunded + deposits_taken - deposits_used`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShiftReport {
    /// The orders that were settled in the shift; null for a cashier before the count: without the other methods they are the cash.
    pub sales: Option<ShiftSales>,
    /// Payments of the shift for orders that it did not settle.
    pub deposits_taken: i64,
    /// What was paid outside the shift for orders that it settled.
    pub deposits_used: i64,
    /// Refunds of the shift, of orders of any shift.
    pub refunds: i64,
    /// The money that they gave back.
    pub refunded: i64,
    /// The payments by method and tender. All cash is one of them, without a tender, because it is in one drawer.
    pub tenders: Vec<TenderFigures>,
    /// The cash in the drawer; null for a cashier before the count, so that nobody counts toward a known amount.
    pub cash: Option<CashFigures>,
}

/// Sums of the orders that were settled in a shift.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShiftSales {
    /// Number of orders.
    pub orders: i64,
    /// Amounts of their lines, before discounts.
    pub subtotal: i64,
    /// Discounts, as a positive number.
    pub discount: i64,
    /// Service charges.
    pub service: i64,
    /// Taxes added to the prices.
    pub tax: i64,
    /// Taxes included in the prices.
    pub tax_included: i64,
    /// Cash rounding.
    pub rounding: i64,
    /// Their total.
    pub total: i64,
}

/// The payments of a method and tender.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TenderFigures {
    /// The payment method.
    #[schema(value_type = Method)]
    pub method: String,
    /// Id of the tender; null: payments without one.
    pub tender_id: Option<String>,
    /// Its name in these payments.
    pub tender_name: Option<String>,
    /// Payments received.
    pub payments: i64,
    /// Payments taken back, negative.
    pub reversals: i64,
    /// What refunds gave back.
    pub refunds: i64,
    /// Payments that nobody has confirmed yet, of `payments`.
    pub unconfirmed: i64,
}

/// The cash of a drawer. `expected = opening + payments - refunds + paid_in - paid_out - dropped`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CashFigures {
    /// Counted at the beginning.
    pub opening: i64,
    /// Cash payments without change, minus those taken back.
    pub payments: i64,
    /// Given back by refunds.
    pub refunds: i64,
    /// Put in.
    pub paid_in: i64,
    /// Taken out.
    pub paid_out: i64,
    /// Moved to the safe.
    pub dropped: i64,
    /// What should be in the drawer.
    pub expected: i64,
}

const SALES: &str =
    "select count(*), coalesce(sum(subtotal), 0), coalesce(sum(discount), 0), coalesce(sum(service), 0),
      coalesce(sum(tax), 0), coalesce(sum(tax_included), 0), coalesce(sum(rounding), 0), coalesce(sum(total), 0)
    from orders where shift_id = ?1 and status = 'paid'";
const TENDERS: &str = "select method, iif(method = 'cash', null, nullif(tender_id, '')) tender,
      max(iif(method = 'cash', null, tender_name)),
      coalesce(sum(iif(reverses is null, amount, 0)), 0),
      coalesce(sum(iif(reverses is null, 0, amount)), 0),
      coalesce(sum(iif(reverses is null and status = ?2, amount, 0)), 0)
    from payments where shift_id = ?1 group by method, tender order by method, tender";
const REFUNDS: &str = "select refund_id, method, iif(method = 'cash', null, nullif(tender_id, '')) tender,
      iif(method = 'cash', null, tender_name), amount
    from refund_payments where shift_id = ?1 order by method, tender";
// Payments of the shift for orders that it settled.
const SETTLED: &str = "select coalesce(sum(p.amount), 0) from payments p cross join orders o on o.id = p.order_id
    where p.shift_id = ?1 and o.shift_id = ?1 and o.status = 'paid'";

/// The figures of a shift, from its payments.
///
/// # Errors
/// 422 `amount_too_large`: the sums leave the range of money.
pub fn report(tx: &Transaction<'_>, shift: &Shift) -> Result<ShiftReport, ApiError> {
    let sales = tx.prepare_cached(SALES)?.query_row([raw(&shift.id)], |row| {
        Ok(ShiftSales {
            orders: row.read(0)?,
            subtotal: row.read(1)?,
            discount: row.read(2)?,
            service: row.read(3)?,
            tax: row.read(4)?,
            tax_included: row.read(5)?,
            rounding: row.read(6)?,
            total: row.read(7)?,
        })
    })?;
    let mut tenders = tenders(tx, &shift.id)?;
    let (refunds, refunded) = add_refunds(tx, &shift.id, &mut tenders)?;
    let received = tenders.iter().fold(0_i64, |sum, tender| sum.saturating_add(tender.payments + tender.reversals));
    let settled: i64 = tx.prepare_cached(SETTLED)?.query_row([raw(&shift.id)], |row| row.read(0))?;
    let cash = cash(shift, tenders.iter().find(|tender| tender.method == Method::Cash.as_str()))?;
    Ok(ShiftReport {
        deposits_taken: received.saturating_sub(settled),
        deposits_used: sales.total.saturating_sub(settled),
        sales: Some(sales),
        refunds,
        refunded,
        tenders,
        cash: Some(cash),
    })
}

/// The figures of a shift as a user may see them: before the count, a cashier does not see the cash.
///
/// # Errors
/// 422 `amount_too_large`.
pub(crate) fn report_for(tx: &Transaction<'_>, user: &CurrentUser, shift: &Shift) -> Result<ShiftReport, ApiError> {
    let mut figures = match shift.report.clone() {
        Some(stored) => stored,
        None => report(tx, shift)?,
    };
    if shift.is_open() && !user.role.may_approve() {
        figures.hide_cash();
    }
    Ok(figures)
}

fn tenders(tx: &Transaction<'_>, shift_id: &str) -> Result<Vec<TenderFigures>, Fault> {
    let mut statement = tx.prepare_cached(TENDERS)?;
    let rows = statement.query_map((raw(shift_id), PaymentStatus::Unconfirmed.as_str()), |row| {
        Ok(TenderFigures {
            method: row.read(0)?,
            tender_id: row.read(1)?,
            tender_name: row.read(2)?,
            payments: row.read(3)?,
            reversals: row.read(4)?,
            refunds: 0,
            unconfirmed: row.read(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Adds what refunds of the shift gave back to its tenders; returns the number of refunds and the sum.
fn add_refunds(tx: &Transaction<'_>, shift_id: &str, tenders: &mut Vec<TenderFigures>) -> Result<(i64, i64), Fault> {
    let mut statement = tx.prepare_cached(REFUNDS)?;
    let mut rows = statement.query([raw(shift_id)])?;
    let (mut ids, mut refunded) = (BTreeSet::new(), 0_i64);
    while let Some(row) = rows.next()? {
        ids.insert(row.id(0)?);
        let (method, tender_id): (String, Option<String>) = (row.read(1)?, row.read(2)?);
        let (tender_name, amount): (Option<String>, i64) = (row.read(3)?, row.read(4)?);
        refunded = refunded.saturating_add(amount);
        let same = |tender: &TenderFigures| tender.method == method && tender.tender_id == tender_id;
        let place = tenders.iter().position(same).unwrap_or_else(|| {
            tenders.push(TenderFigures { method, tender_id, tender_name, ..TenderFigures::default() });
            tenders.len() - 1
        });
        tenders[place].refunds = tenders[place].refunds.saturating_add(amount);
    }
    Ok((i64::try_from(ids.len()).unwrap_or(i64::MAX), refunded))
}

fn cash(shift: &Shift, tender: Option<&TenderFigures>) -> Result<CashFigures, ApiError> {
    let mut moved = BTreeMap::<&str, Money>::new();
    for movement in &shift.movements {
        let sum = moved.entry(movement.kind.as_str()).or_default();
        *sum = sum.checked_add(Money(movement.amount)).map_err(|_| Code::AmountTooLarge)?;
    }
    let moved = |kind: MovementKind| moved.get(kind.as_str()).copied().unwrap_or_default();
    let drawer = Drawer {
        opening: Money(shift.opening_counted),
        payments: Money(tender.map_or(0, |tender| tender.payments.saturating_add(tender.reversals))),
        refunds: Money(tender.map_or(0, |tender| tender.refunds)),
        paid_in: moved(MovementKind::In),
        paid_out: moved(MovementKind::Out),
        dropped: moved(MovementKind::Drop),
    };
    Ok(CashFigures {
        opening: drawer.opening.0,
        payments: drawer.payments.0,
        refunds: drawer.refunds.0,
        paid_in: drawer.paid_in.0,
        paid_out: drawer.paid_out.0,
        dropped: drawer.dropped.0,
        expected: drawer.expected().map_err(|_| Code::AmountTooLarge)?.0,
    })
}

impl ShiftReport {
    /// Removes what a cashier must not know before the count.
    pub(super) fn hide_cash(&mut self) {
        self.cash = None;
        self.sales = None;
        self.tenders.retain(|tender| tender.method != Method::Cash.as_str());
    }
}

impl TenderFigures {
    /// The method, if this version knows it.
    pub(crate) fn method(&self) -> Word<Method> {
        Word::of(self.method.clone())
    }
}
