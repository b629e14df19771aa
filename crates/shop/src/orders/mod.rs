//! Orders: create, pay, void. A paid order never changes.

pub mod create;
pub mod http;
pub mod lines;
pub mod list;
pub mod number;
pub mod pay;
pub mod quote;
pub mod void;

use std::collections::HashMap;

use domain::{ChargeKind, Method, Modifier, OrderStatus, OrderType, PaymentStatus, Station, TaxGroup};
use rusqlite::{OptionalExtension, Row, Transaction, params, params_from_iter};
use serde::Serialize;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::messages::Message;
use web::{ApiError, Code, Warning, Word};

use crate::json_list;

/// An order with its lines, charges and payments. Money is in minor units (rupiah).
/// `total = subtotal - discount + service + tax + rounding`; `paid = total` once the status is `paid`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Order {
    /// UUIDv7.
    pub id: String,
    /// Number for people: outlet, business date, sequence. Never reused.
    pub order_number: String,
    /// The outlet's trading day, YYYY-MM-DD.
    pub business_date: String,
    /// The status of the order.
    #[schema(value_type = OrderStatus)]
    pub status: Word<OrderStatus>,
    /// Version of this entity, for `If-Match`.
    pub version: i64,
    /// How the guest receives the order.
    #[schema(value_type = OrderType)]
    pub order_type: Word<OrderType>,
    /// Table of the guests.
    pub table_number: Option<String>,
    /// Name of the guest.
    pub customer_name: Option<String>,
    /// Number of guests.
    pub pax: Option<i64>,
    /// The user who created the order.
    pub cashier_id: Option<String>,
    /// Sum of price × quantity of the lines, before discount.
    pub subtotal: i64,
    /// Discount as a positive number.
    pub discount: i64,
    /// Sum of all service charges.
    pub service: i64,
    /// Taxes added to the prices.
    pub tax: i64,
    /// Taxes included in the prices; not added.
    pub tax_included: i64,
    /// Cash rounding, signed.
    pub rounding: i64,
    /// Amount due.
    pub total: i64,
    /// Amount paid.
    pub paid: i64,
    /// Reason of the void.
    pub void_reason: Option<String>,
    /// The user who requested the void.
    pub void_requested_by: Option<String>,
    /// The manager or admin who approved the void.
    pub voided_by: Option<String>,
    /// RFC 3339 UTC.
    pub created_at: String,
    /// RFC 3339 UTC.
    pub paid_at: Option<String>,
    /// RFC 3339 UTC.
    pub voided_at: Option<String>,
    /// The lines.
    pub lines: Vec<OrderLine>,
    /// Service charges and taxes.
    pub charges: Vec<Charge>,
    /// The payments.
    pub payments: Vec<Payment>,
    /// Warnings for people: charges that were omitted. Only in the answer to a new order; absent if there are none.
    // `idempotency` translates them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Warning>)]
    pub warnings: Vec<Message>,
}

/// An order line, with name, price and tax group at the time of the order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderLine {
    /// UUIDv7.
    pub id: String,
    /// Position, from 1.
    pub position: i64,
    /// Id of the product.
    pub product_id: String,
    /// Name at the time of the order.
    pub name: String,
    /// Id of the chosen variant, if the product has variants.
    pub variant_id: Option<String>,
    /// Name of the variant; printed after the product's name.
    pub variant_name: Option<String>,
    /// The chosen modifiers.
    #[schema(value_type = Vec<web::shapes::Modifier>)]
    pub modifiers: Vec<Modifier>,
    /// Price per piece, including variant and modifiers.
    pub price: i64,
    /// Number of pieces.
    pub qty: i64,
    /// Price × quantity.
    pub amount: i64,
    /// The tax group of the product.
    #[schema(value_type = TaxGroup)]
    pub tax_group: Word<TaxGroup>,
    /// Where it is prepared.
    #[schema(value_type = Station)]
    pub station: Word<Station>,
    /// Note for the kitchen.
    pub note: Option<String>,
}

/// A service charge or tax as calculated for the order.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OrderCharge)]
pub struct Charge {
    /// UUIDv7.
    pub id: String,
    /// Position, from 1.
    pub position: i64,
    /// Id of the charge.
    pub charge_id: String,
    /// Name on the receipt.
    pub name: String,
    /// Service charge or tax.
    #[schema(value_type = ChargeKind)]
    pub kind: Word<ChargeKind>,
    /// Rate in hundredths of a percent.
    pub rate_bp: i64,
    /// Amount that the rate applies to.
    pub base: i64,
    /// Resulting amount.
    pub amount: i64,
    /// True: included in the prices.
    pub inclusive: bool,
}

/// A payment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Payment {
    /// UUIDv7.
    pub id: String,
    /// The payment method.
    #[schema(value_type = Method)]
    pub method: Word<Method>,
    /// Amount that counts towards the order.
    pub amount: i64,
    /// Cash rounding of this payment, signed.
    pub rounding: i64,
    /// Amount that the guest handed over.
    pub tendered: i64,
    /// Change returned to the guest.
    pub change: i64,
    /// `unconfirmed` until the payment is matched.
    #[schema(value_type = PaymentStatus)]
    pub status: Word<PaymentStatus>,
    /// The user who received the payment.
    pub cashier_id: Option<String>,
    /// RFC 3339 UTC.
    pub created_at: String,
}

/// Columns that [`order_row`] reads.
const COLUMNS: &str =
    "id, order_number, business_date, status, order_type, table_number, customer_name, pax, cashier_id,
    subtotal, discount, service, tax, tax_included, rounding, total, paid, void_reason, void_requested_by,
    voided_by, created_at, paid_at, voided_at";

fn order_row(row: &Row<'_>) -> rusqlite::Result<Order> {
    Ok(Order {
        id: row.id(0)?,
        order_number: row.read(1)?,
        business_date: row.read(2)?,
        status: Word::of(row.read(3)?),
        version: 0,
        order_type: Word::of(row.read(4)?),
        table_number: row.read(5)?,
        customer_name: row.read(6)?,
        pax: row.read(7)?,
        cashier_id: row.read(8)?,
        subtotal: row.read(9)?,
        discount: row.read(10)?,
        service: row.read(11)?,
        tax: row.read(12)?,
        tax_included: row.read(13)?,
        rounding: row.read(14)?,
        total: row.read(15)?,
        paid: row.read(16)?,
        void_reason: row.read(17)?,
        void_requested_by: row.read(18)?,
        voided_by: row.read(19)?,
        created_at: row.read(20)?,
        paid_at: row.read(21)?,
        voided_at: row.read(22)?,
        lines: Vec::new(),
        charges: Vec::new(),
        payments: Vec::new(),
        warnings: Vec::new(),
    })
}

/// An order by id.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<Order, ApiError> {
    let found = tx
        .prepare_cached(&format!("select {COLUMNS} from orders where id = ?1"))?
        .query_row([raw(id)], order_row)
        .optional()?
        .ok_or_else(|| Code::NotFound.because("order"))?;
    let mut found = [found];
    load_details(tx, &mut found)?;
    let [order] = found;
    Ok(order)
}

/// Reads versions, lines, charges and payments of these orders with four queries for any number of orders.
fn load_details(tx: &Transaction<'_>, orders: &mut [Order]) -> Result<(), Fault> {
    if orders.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = orders.iter().map(|order| order.id.clone()).collect();
    let places: HashMap<&str, usize> = ids.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
    let marks = vec!["?"; ids.len()].join(", ");
    each(
        tx,
        &ids,
        &format!("select entity_id, version from sync_state where entity_type = 'order' and entity_id in ({marks})"),
        |id, row| {
            if let Some(&place) = places.get(id) {
                orders[place].version = row.read(1)?;
            }
            Ok(())
        },
    )?;
    let lines =
        "select order_id, id, position, product_id, name, variant_id, variant_name, modifiers, price, qty, amount,
        tax_group, station, note from order_lines";
    each(tx, &ids, &format!("{lines} where order_id in ({marks}) order by order_id, position, id"), |id, row| {
        if let Some(&place) = places.get(id) {
            orders[place].lines.push(line(row)?);
        }
        Ok(())
    })?;
    let charges =
        "select order_id, id, position, charge_id, name, kind, rate_bp, base, amount, inclusive from order_charges";
    each(tx, &ids, &format!("{charges} where order_id in ({marks}) order by order_id, position, id"), |id, row| {
        if let Some(&place) = places.get(id) {
            orders[place].charges.push(charge(row)?);
        }
        Ok(())
    })?;
    let payments = "select order_id, id, method, amount, rounding, tendered, change, status, cashier_id, created_at
        from payments";
    each(tx, &ids, &format!("{payments} where order_id in ({marks}) order by order_id, id"), |id, row| {
        if let Some(&place) = places.get(id) {
            orders[place].payments.push(payment(row)?);
        }
        Ok(())
    })
}

/// Reads rows whose first column is an order's id.
fn each(
    tx: &Transaction<'_>,
    ids: &[String],
    sql: &str,
    mut visit: impl FnMut(&str, &Row<'_>) -> rusqlite::Result<()>,
) -> Result<(), Fault> {
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(ids.iter().map(|id| raw(id))))?;
    while let Some(row) = rows.next()? {
        visit(&row.id(0)?, row)?;
    }
    Ok(())
}

fn line(row: &Row<'_>) -> rusqlite::Result<OrderLine> {
    Ok(OrderLine {
        id: row.id(1)?,
        position: row.read(2)?,
        product_id: row.id(3)?,
        name: row.read(4)?,
        variant_id: row.read(5)?,
        variant_name: row.read(6)?,
        modifiers: json_list::read(row, 7)?.unwrap_or_default(),
        price: row.read(8)?,
        qty: row.read(9)?,
        amount: row.read(10)?,
        tax_group: Word::of(row.read(11)?),
        station: Word::of(row.read(12)?),
        note: row.read(13)?,
    })
}

fn charge(row: &Row<'_>) -> rusqlite::Result<Charge> {
    Ok(Charge {
        id: row.id(1)?,
        position: row.read(2)?,
        charge_id: row.id(3)?,
        name: row.read(4)?,
        kind: Word::of(row.read(5)?),
        rate_bp: row.read(6)?,
        base: row.read(7)?,
        amount: row.read(8)?,
        inclusive: row.read(9)?,
    })
}

fn payment(row: &Row<'_>) -> rusqlite::Result<Payment> {
    Ok(Payment {
        id: row.id(1)?,
        method: Word::of(row.read(2)?),
        amount: row.read(3)?,
        rounding: row.read(4)?,
        tendered: row.read(5)?,
        change: row.read(6)?,
        status: Word::of(row.read(7)?),
        cashier_id: row.read(8)?,
        created_at: row.read(9)?,
    })
}

impl Order {
    /// Whether an amount is still due.
    fn is_due(&self) -> bool {
        self.status.known() != Some(OrderStatus::Paid)
    }

    /// The status of the order.
    ///
    /// # Errors
    /// 409 `unreadable_order`: the stored value is unknown; there is no default.
    pub fn parse_status(&self) -> Result<OrderStatus, ApiError> {
        self.status.known().ok_or_else(|| Code::UnreadableOrder.with("status", self.status.as_str()))
    }
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
            self.method.as_str(),
            self.amount,
            self.rounding,
            self.tendered,
            self.change,
            self.status.as_str(),
            self.cashier_id,
            self.created_at
        ])?;
        Ok(())
    }
}
