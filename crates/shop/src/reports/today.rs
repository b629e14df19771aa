//! The sales of the current business day. Reads the orders of two days, the payments of the day and the open orders, not
//! all orders. A sale counts on the day on which it was paid, a payment on its own.

use std::collections::{BTreeMap, HashMap};

use domain::{BusinessDate, Money};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use rusqlite::Transaction;
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;

use crate::reports::payments::{Payments, TenderSales, payments};
use crate::settings;

/// Products in the list.
const TOP_PRODUCTS: usize = 10;

/// The sales of a business day. Amounts are minor units (rupiah).
#[derive(Debug, Serialize, ToSchema)]
pub struct Today {
    /// The business date.
    #[schema(value_type = String, format = "date")]
    business_date: BusinessDate,
    /// Orders that were paid on this day.
    orders: i64,
    /// Their total.
    sales: i64,
    /// Average total of a paid order; 0 without one.
    average: i64,
    /// Void orders that were taken on this day.
    voids: i64,
    /// Orders of any day that are open now.
    open_orders: i64,
    /// Amount due on them.
    open_amount: i64,
    /// Sales by the hour of payment, in the shop's local time; hours without a payment are absent.
    by_hour: Vec<HourSales>,
    /// Payments of today for orders that were not paid in full today.
    deposits_taken: i64,
    /// What had been paid on other days of today's sales.
    deposits_used: i64,
    /// Refunds of today, of orders of any day.
    refunds: i64,
    /// The money that they gave back.
    refunded: i64,
    /// Payments of today by method and tender, without what was given back. They add up to `sales - refunded + deposits_taken -
    /// deposits_used`.
    by_tender: Vec<TenderSales>,
    /// The products with the highest amounts, at most ten.
    top_products: Vec<ProductSales>,
    /// The whole business day a week ago.
    same_day_last_week: DaySales,
}

/// Sales of an hour.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HourSales {
    /// 0 to 23.
    hour: i8,
    /// Paid orders.
    orders: i64,
    /// Their total.
    sales: i64,
}

/// Sales of a product, before discounts and charges.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProductSales {
    /// Its id.
    product_id: String,
    /// Its name when it was last sold.
    name: String,
    /// Pieces; weighed goods are in `weighed_qty`.
    qty: i64,
    /// Thousandths of the unit, of goods sold by weight or measure.
    weighed_qty: i64,
    /// Amount of its lines.
    amount: i64,
}

/// Sales of a day.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct DaySales {
    /// Paid orders.
    orders: i64,
    /// Their total.
    sales: i64,
}

impl DaySales {
    fn add(&mut self, total: i64) {
        self.orders += 1;
        // Amounts that somebody wrote into the database may exceed any sum.
        self.sales = self.sales.saturating_add(total);
    }
}

const SALES: &str = "select total, paid_at from orders
    where coalesce(paid_date, business_date) = ?1 and status = 'paid' order by rowid";
const VOIDS: &str = "select count(*) from orders where business_date = ?1 and status = 'void'";
const OPEN: &str = "select total, paid from orders where status = 'open' order by rowid";
const LINES: &str = "select l.product_id, l.name, l.qty, l.amount, l.qty_scale from orders o join order_lines l on l.order_id = o.id
    where coalesce(o.paid_date, o.business_date) = ?1 and o.status = 'paid' and l.voided_at is null order by o.rowid, l.id";

/// The sales of the business day at the time `now`.
///
/// # Errors
/// The error from SQLite.
pub fn today(tx: &Transaction<'_>, now: Timestamp) -> Result<Today, Fault> {
    let day = settings::shop(tx)?.day;
    let date = day.date_at(now);
    let (mut sales, mut by_hour) = (DaySales::default(), BTreeMap::<i8, DaySales>::new());
    for_each_sale(tx, date, |total, paid_at| {
        sales.add(total);
        if let Some(hour) = paid_at.and_then(|at| local_hour(at, &day.zone)) {
            by_hour.entry(hour).or_default().add(total);
        }
    })?;
    let mut last_week = DaySales::default();
    let week_ago = BusinessDate::new(date.date().saturating_sub(Span::new().days(7)));
    for_each_sale(tx, week_ago, |total, _| last_week.add(total))?;
    let voids = tx.prepare_cached(VOIDS)?.query_row([date.to_string()], |row| row.read(0))?;
    let Payments { deposits_taken, deposits_used, refunds, refunded, by_tender } = payments(tx, date)?;
    let open = open(tx)?;
    Ok(Today {
        business_date: date,
        orders: sales.orders,
        sales: sales.sales,
        average: Money(sales.sales).ratio(1, sales.orders).map_or(0, |average| average.0),
        voids,
        open_orders: open.orders,
        open_amount: open.sales,
        by_hour: by_hour
            .into_iter()
            .map(|(hour, DaySales { orders, sales })| HourSales { hour, orders, sales })
            .collect(),
        deposits_taken,
        deposits_used,
        refunds,
        refunded,
        by_tender,
        top_products: top_products(tx, date)?,
        same_day_last_week: last_week,
    })
}

/// Calls `visit` with total and time of payment of each sale of a day.
fn for_each_sale(
    tx: &Transaction<'_>,
    date: BusinessDate,
    mut visit: impl FnMut(i64, Option<&str>),
) -> Result<(), Fault> {
    let mut statement = tx.prepare_cached(SALES)?;
    let mut rows = statement.query([date.to_string()])?;
    while let Some(row) = rows.next()? {
        visit(row.read(0)?, row.read::<Option<String>>(1)?.as_deref());
    }
    Ok(())
}

/// The hour of a stored time in the shop's zone; `None` if it is no time.
fn local_hour(at: &str, zone: &TimeZone) -> Option<i8> {
    let at: Timestamp = at.parse().ok()?;
    Some(zone.to_datetime(at).hour())
}

/// The open orders, with the amount due.
fn open(tx: &Transaction<'_>) -> Result<DaySales, Fault> {
    let mut open = DaySales::default();
    let mut statement = tx.prepare_cached(OPEN)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        open.add(row.read::<i64>(0)?.saturating_sub(row.read(1)?));
    }
    Ok(open)
}

fn top_products(tx: &Transaction<'_>, date: BusinessDate) -> Result<Vec<ProductSales>, Fault> {
    let mut by_id = HashMap::<String, ProductSales>::new();
    let mut statement = tx.prepare_cached(LINES)?;
    let mut rows = statement.query([date.to_string()])?;
    while let Some(row) = rows.next()? {
        let (product_id, name, qty, amount) = (row.id(0)?, row.read(1)?, row.read::<i64>(2)?, row.read::<i64>(3)?);
        let sold = by_id.entry(product_id.clone()).or_insert_with(|| ProductSales {
            product_id,
            name: String::new(),
            qty: 0,
            weighed_qty: 0,
            amount: 0,
        });
        sold.name = name;
        let sum = if row.read::<i64>(4)? == 0 { &mut sold.qty } else { &mut sold.weighed_qty };
        *sum = sum.saturating_add(qty);
        sold.amount = sold.amount.saturating_add(amount);
    }
    let mut products: Vec<_> = by_id.into_values().collect();
    products.sort_by(|a, b| (b.amount, b.qty, &a.product_id).cmp(&(a.amount, a.qty, &b.product_id)));
    products.truncate(TOP_PRODUCTS);
    Ok(products)
}
