//! The payments and refunds of a business day, and which payments are deposits: payments on another day than their sale.

use std::collections::BTreeMap;

use domain::unite::overpaid;
use domain::{BusinessDate, Method};
use rusqlite::{Row, Transaction};
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::Word;

// All payments of the orders that were paid on the day or have a payment on it; a payment without a date counts on its
// order's.
const PAYMENTS: &str = "select o.id, o.total, o.status = 'paid', coalesce(o.paid_date, o.business_date) = ?1,
      p.method, nullif(p.tender_id, ''), p.tender_name, p.amount, coalesce(p.business_date, o.business_date) = ?1
    from (
      select order_id from payments where business_date = ?1
      union select id from orders where business_date = ?1
      union select id from orders where coalesce(paid_date, business_date) = ?1 and status = 'paid') d
    cross join orders o on o.id = d.order_id left join payments p on p.order_id = o.id
    order by o.id, p.id";

/// Payments of a method and tender.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenderSales {
    /// The payment method.
    #[schema(value_type = Method)]
    pub method: Word<Method>,
    /// Id of the tender; null: payments without one.
    pub tender_id: Option<String>,
    /// Its name in these payments.
    pub tender_name: Option<String>,
    /// The amount that counts toward the orders, without change.
    pub amount: i64,
}

const REFUNDS: &str = "select count(*), coalesce(sum(total), 0) from refunds where business_date = ?1";
const REFUND_PAYMENTS: &str =
    "select p.method, nullif(p.tender_id, ''), p.tender_name, p.amount from refunds r cross join refund_payments p on p.refund_id = r.id
    where r.business_date = ?1 order by p.refund_id, p.id";

/// The payments of a day. `by_tender` adds up to the total of the day's sales - `refunded` + `deposits_taken` -
/// `deposits_used`.
#[derive(Debug)]
pub struct Payments {
    /// Payments of the day for orders that were not paid in full on it.
    pub deposits_taken: i64,
    /// What was paid on other days of the day's sales.
    pub deposits_used: i64,
    /// Refunds of the day, of orders of any day.
    pub refunds: i64,
    /// The money that they gave back.
    pub refunded: i64,
    /// By method and tender, without what was given back, the highest first.
    pub by_tender: Vec<TenderSales>,
}

/// The payments of a day, without what exceeds the total of an order that was paid twice.
///
/// # Errors
/// The error from SQLite.
pub fn payments(tx: &Transaction<'_>, date: BusinessDate) -> Result<Payments, Fault> {
    let (mut deposits_taken, mut deposits_used) = (0_i64, 0_i64);
    let mut by_tender = BTreeMap::<(String, Option<String>), (Option<String>, i64)>::new();
    let mut add = |tender: Tender, amount: i64| {
        let (name, sum) = by_tender.entry((tender.method, tender.id)).or_default();
        *name = name.take().max(tender.name);
        *sum = sum.saturating_add(amount);
    };
    for order in paid_or_paying(tx, date)? {
        let mut of_day = 0_i64;
        let (is_sale_of_day, total, excess) = (order.is_sale && order.counts_today, order.total, order.excess());
        for ((tender, amount, _), over) in order.payments.into_iter().zip(excess).filter(|((.., today), _)| *today) {
            let amount = amount.saturating_sub(over);
            add(tender, amount);
            of_day = of_day.saturating_add(amount);
        }
        if is_sale_of_day {
            deposits_used = deposits_used.saturating_add(total.saturating_sub(of_day));
        } else {
            deposits_taken = deposits_taken.saturating_add(of_day);
        }
    }
    let mut refund_payments = tx.prepare_cached(REFUND_PAYMENTS)?;
    let mut rows = refund_payments.query([date.to_string()])?;
    while let Some(row) = rows.next()? {
        add(Tender::read(row, 0)?, row.read::<i64>(3)?.saturating_neg());
    }
    let (refunds, refunded) =
        tx.prepare_cached(REFUNDS)?.query_row([date.to_string()], |row| Ok((row.read(0)?, row.read(1)?)))?;
    by_tender.retain(|_, (_, amount)| *amount != 0);
    let sales = |((method, tender_id), (tender_name, amount))| TenderSales {
        method: Word::of(method),
        tender_id,
        tender_name,
        amount,
    };
    let mut by_tender: Vec<_> = by_tender.into_iter().map(sales).collect();
    by_tender.sort_by_key(|tender| std::cmp::Reverse(tender.amount));
    Ok(Payments { deposits_taken, deposits_used, refunds, refunded, by_tender })
}

/// An order with its payments.
struct OrderPayments {
    id: String,
    total: i64,
    is_sale: bool,
    /// The sale counts on the day, if it is one.
    counts_today: bool,
    /// Tender, amount, and whether it counts on the day.
    payments: Vec<(Tender, i64, bool)>,
}

/// The method and tender of a payment.
struct Tender {
    method: String,
    id: Option<String>,
    name: Option<String>,
}

impl Tender {
    fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        Ok(Self { method: row.read(first)?, id: row.read(first + 1)?, name: row.read(first + 2)? })
    }
}

impl OrderPayments {
    /// How much of each payment exceeds the total of a sale.
    fn excess(&self) -> Vec<i64> {
        let amounts: Vec<_> = self.payments.iter().map(|(_, amount, _)| *amount).collect();
        if self.is_sale { overpaid(self.total, &amounts) } else { vec![0; amounts.len()] }
    }
}

/// The orders that were paid on a day or have a payment on it.
fn paid_or_paying(tx: &Transaction<'_>, date: BusinessDate) -> Result<Vec<OrderPayments>, Fault> {
    let mut orders = Vec::<OrderPayments>::new();
    let mut statement = tx.prepare_cached(PAYMENTS)?;
    let mut rows = statement.query([date.to_string()])?;
    while let Some(row) = rows.next()? {
        let id = row.id(0)?;
        if orders.last().is_none_or(|last| last.id != id) {
            let (total, is_sale, counts_today) = (row.read(1)?, row.read(2)?, row.read(3)?);
            orders.push(OrderPayments { id, total, is_sale, counts_today, payments: Vec::new() });
        }
        if let (Some(_), Some(order)) = (row.read::<Option<String>>(4)?, orders.last_mut()) {
            order.payments.push((Tender::read(row, 4)?, row.read(7)?, row.read(8)?));
        }
    }
    Ok(orders)
}
