//! Orders: taken, paid, void. A paid order is never edited.

pub mod create;
pub mod http;
pub mod lines;
pub mod number;
pub mod pay;
pub(crate) mod united;
pub mod void;

use domain::Modifier;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use sqlite::Fault;
use utoipa::ToSchema;
use web::ApiError;

use crate::catalog::{json_list, version};

/// An order with all that belongs to it. Money is minor units (rupiah).
/// `total = subtotal - discount + service + tax + rounding`; `paid = total` once the status is `paid`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Order {
    /// UUIDv7.
    pub id: String,
    /// For people: outlet, business date, sequence. Never reused.
    pub order_number: String,
    /// The outlet's trading day, YYYY-MM-DD.
    pub business_date: String,
    /// open, paid or void.
    pub status: String,
    /// For `If-Match`.
    pub version: i64,
    /// dine_in, take_away or delivery.
    pub order_type: String,
    /// Where the guests sit.
    pub table_number: Option<String>,
    /// As the guest said it.
    pub customer_name: Option<String>,
    /// Guests.
    pub pax: Option<i64>,
    /// Who took it.
    pub cashier_id: Option<String>,
    /// Price × quantity of the lines, before discount.
    pub subtotal: i64,
    /// Taken off; a positive number.
    pub discount: i64,
    /// All service charges.
    pub service: i64,
    /// Taxes added to the prices.
    pub tax: i64,
    /// Taxes that the prices contain; not added.
    pub tax_included: i64,
    /// Cash rounding, signed.
    pub rounding: i64,
    /// What the guest owes.
    pub total: i64,
    /// What the guest has paid towards it.
    pub paid: i64,
    /// Why it is void.
    pub void_reason: Option<String>,
    /// Who approved that.
    pub voided_by: Option<String>,
    /// RFC 3339 UTC.
    pub created_at: String,
    /// RFC 3339 UTC.
    pub paid_at: Option<String>,
    /// RFC 3339 UTC.
    pub voided_at: Option<String>,
    /// What was ordered.
    pub lines: Vec<Line>,
    /// Service and taxes, each by name.
    pub charges: Vec<Charge>,
    /// What was paid, each payment once.
    pub payments: Vec<Payment>,
}

/// A line: name, price and tax group as they were when it was ordered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Line {
    /// UUIDv7.
    pub id: String,
    /// From 1.
    pub position: i64,
    /// The product it was.
    pub product_id: String,
    /// As sold.
    pub name: String,
    /// The variant that was chosen, where the product has any.
    pub variant_id: Option<String>,
    /// Its name; stands behind the product's on the receipt.
    pub variant_name: Option<String>,
    /// What was chosen besides.
    #[schema(value_type = Vec<web::shapes::Modifier>)]
    pub modifiers: Vec<Modifier>,
    /// Of one piece, variant and modifiers included.
    pub price: i64,
    /// Pieces.
    pub qty: i64,
    /// Price × quantity.
    pub amount: i64,
    /// pbjt, ppn or none.
    pub tax_group: String,
    /// kitchen, bar or none.
    pub station: String,
    /// For the kitchen.
    pub note: Option<String>,
}

/// A service charge or tax, as it was computed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OrderCharge)]
pub struct Charge {
    /// UUIDv7.
    pub id: String,
    /// From 1.
    pub position: i64,
    /// The charge it was.
    pub charge_id: String,
    /// On the receipt.
    pub name: String,
    /// service or tax.
    pub kind: String,
    /// Hundredths of a percent.
    pub rate_bp: i64,
    /// What the rate is on.
    pub base: i64,
    /// What it comes to.
    pub amount: i64,
    /// True: contained in the prices.
    pub inclusive: bool,
}

/// A payment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Payment {
    /// UUIDv7.
    pub id: String,
    /// cash, qris, card, transfer, ewallet or other.
    pub method: String,
    /// What counts towards the order.
    pub amount: i64,
    /// Cash rounding of this payment, signed.
    pub rounding: i64,
    /// What the guest handed over.
    pub tendered: i64,
    /// What went back.
    pub change: i64,
    /// confirmed, or unconfirmed until it is matched.
    pub status: String,
    /// Who took it.
    pub cashier_id: Option<String>,
    /// RFC 3339 UTC.
    pub created_at: String,
}

const COLUMNS: &str =
    "id, order_number, business_date, status, order_type, table_number, customer_name, pax, cashier_id,
    subtotal, discount, service, tax, tax_included, rounding, total, paid, void_reason, voided_by, created_at, paid_at,
    voided_at";

fn head(row: &Row<'_>) -> rusqlite::Result<Order> {
    Ok(Order {
        id: row.get(0)?,
        order_number: row.get(1)?,
        business_date: row.get(2)?,
        status: row.get(3)?,
        version: 0,
        order_type: row.get(4)?,
        table_number: row.get(5)?,
        customer_name: row.get(6)?,
        pax: row.get(7)?,
        cashier_id: row.get(8)?,
        subtotal: row.get(9)?,
        discount: row.get(10)?,
        service: row.get(11)?,
        tax: row.get(12)?,
        tax_included: row.get(13)?,
        rounding: row.get(14)?,
        total: row.get(15)?,
        paid: row.get(16)?,
        void_reason: row.get(17)?,
        voided_by: row.get(18)?,
        created_at: row.get(19)?,
        paid_at: row.get(20)?,
        voided_at: row.get(21)?,
        lines: Vec::new(),
        charges: Vec::new(),
        payments: Vec::new(),
    })
}

/// An order by id.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<Order, ApiError> {
    let found = tx
        .prepare_cached(&format!("select {COLUMNS} from orders where id = ?1"))?
        .query_row([id], head)
        .optional()?
        .ok_or_else(|| ApiError::not_found("There is no order with this id."))?;
    Ok(with_children(tx, found)?)
}

/// A page of orders, newest first; `before` is the last id of the page before.
///
/// # Errors
/// What SQLite said.
pub fn list(tx: &Transaction<'_>, before: Option<&str>, limit: i64) -> Result<Vec<Order>, Fault> {
    let sql = format!("select {COLUMNS} from orders where id < ?1 order by id desc limit ?2");
    let mut statement = tx.prepare_cached(&sql)?;
    // No id comes after this; without an end to begin at, every order up to the page would be read.
    let before = before.unwrap_or("\u{10FFFF}");
    let heads = statement.query_map(params![before, limit], head)?.collect::<Result<Vec<_>, _>>()?;
    heads.into_iter().map(|order| with_children(tx, order)).collect()
}

fn with_children(tx: &Transaction<'_>, mut order: Order) -> Result<Order, Fault> {
    order.version = version(tx, "order", &order.id)?;
    order.lines = tx
        .prepare_cached(
            "select id, position, product_id, name, variant_id, variant_name, modifiers, price, qty, amount, tax_group,
             station, note from order_lines where order_id = ?1 order by position, id",
        )?
        .query_map([&order.id], |row| {
            Ok(Line {
                id: row.get(0)?,
                position: row.get(1)?,
                product_id: row.get(2)?,
                name: row.get(3)?,
                variant_id: row.get(4)?,
                variant_name: row.get(5)?,
                modifiers: json_list::read(row, 6)?,
                price: row.get(7)?,
                qty: row.get(8)?,
                amount: row.get(9)?,
                tax_group: row.get(10)?,
                station: row.get(11)?,
                note: row.get(12)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    order.charges = tx
        .prepare_cached(
            "select id, position, charge_id, name, kind, rate_bp, base, amount, inclusive
             from order_charges where order_id = ?1 order by position, id",
        )?
        .query_map([&order.id], |row| {
            Ok(Charge {
                id: row.get(0)?,
                position: row.get(1)?,
                charge_id: row.get(2)?,
                name: row.get(3)?,
                kind: row.get(4)?,
                rate_bp: row.get(5)?,
                base: row.get(6)?,
                amount: row.get(7)?,
                inclusive: row.get(8)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    order.payments = tx
        .prepare_cached(
            "select id, method, amount, rounding, tendered, change, status, cashier_id, created_at
             from payments where order_id = ?1 order by id",
        )?
        .query_map([&order.id], |row| {
            Ok(Payment {
                id: row.get(0)?,
                method: row.get(1)?,
                amount: row.get(2)?,
                rounding: row.get(3)?,
                tendered: row.get(4)?,
                change: row.get(5)?,
                status: row.get(6)?,
                cashier_id: row.get(7)?,
                created_at: row.get(8)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(order)
}

impl Payment {
    fn insert(&self, tx: &Transaction<'_>, order_id: &str) -> Result<(), Fault> {
        tx.prepare_cached(
            "insert into payments (order_id, id, method, amount, rounding, tendered, change, status, cashier_id, created_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            order_id,
            self.id,
            self.method,
            self.amount,
            self.rounding,
            self.tendered,
            self.change,
            self.status,
            self.cashier_id,
            self.created_at
        ])?;
        Ok(())
    }
}
