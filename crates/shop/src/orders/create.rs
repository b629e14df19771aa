//! Creates an order: prices, charges and number in one transaction. Lines and payments are written before the order
//! itself, so that the triggers queue it once.

use access::session::CurrentUser;
use domain::cart::CartRefused;
use domain::{IdSeries, Money, OrderStatus, OrderType};
use jiff::Timestamp;
use protocol::limits::MAX_ENTITY_BYTES;
use rusqlite::{OptionalExtension, Transaction};
use uuid::Uuid;
use web::{ApiError, Code, Problem, Word, time};

use crate::approvals::Approved;
use crate::kitchen::counts;
use crate::orders::calculate::calculate;
use crate::orders::discounts::{self, NewDiscount};
use crate::orders::lines::{self, NewLine};
use crate::orders::pay::{self, NewPayment};
use crate::orders::{Order, number, save};
use crate::prices::PriceList;
use crate::{printing, settings, tenders};

/// A requested order, checked as far as possible without the database.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// From the till, or created by the handler. The ids of lines, charges and first payments count up from it, which
    /// makes the order compress well.
    pub id: Uuid,
    /// Dine in, take away or delivery.
    pub order_type: OrderType,
    /// The tender of the delivery platform that it came from.
    pub channel: Option<String>,
    /// Table of the guests.
    pub table_number: Option<String>,
    /// Name of the guest.
    pub customer_name: Option<String>,
    /// Number of guests, at least 1.
    pub pax: Option<i64>,
    /// At least one line.
    pub lines: Vec<NewLine>,
    /// Discounts, each with the place of its line; `None`: the whole order. Their line ids are not used.
    pub discounts: Vec<(Option<usize>, NewDiscount)>,
    /// The approval of the discounts.
    pub approved: Option<Approved>,
    /// Payments with the order, in this sequence.
    pub payments: Vec<NewPayment>,
    /// The total that the till shows, before cash rounding.
    pub expected_total: Option<Money>,
}

/// Creates an order. `code` is used in its number if the outlet has none in its settings.
///
/// # Errors
/// 403 `approval_required`, 409 `id_taken`, `shift_required`, `sold_out` or `total_changed`, 422 `invalid_quantity`, `amount_too_large`,
/// `overpaid`, `order_too_large`, and the refusals of `lines::price` and [`Means`](crate::tenders::Means).
pub fn create(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    mut new: NewOrder,
    code: Option<&str>,
    now: Timestamp,
) -> Result<Order, ApiError> {
    check_new(tx, &new.id.to_string())?;
    let mut ids = IdSeries::from(new.id);
    let (payments, approved) = (std::mem::take(&mut new.payments), new.approved.take());
    let expected_total = new.expected_total;
    let shop = settings::shop(tx)?;
    let mut order = draft(tx, user, new, &mut ids, &shop, now)?;
    counts::take(tx, &order.lines)?;
    discounts::approve_new(tx, user, &mut order, approved)?;
    check_total(expected_total, Money(order.total))?;
    order.cashier_id = Some(user.id.clone());
    let code = shop.outlet_code.as_deref().or(code).unwrap_or("OUTLET");
    order.order_number = number::next(tx, code, shop.day.date_at(now))?;
    if order.table_number.is_none() {
        order.queue_no = Some(number::next_queue_no(tx, shop.day.date_at(now))?);
    }
    let mut slips = Vec::new();
    for (no, new) in payments.into_iter().enumerate() {
        if !order.is_due() {
            return Err(Code::Overpaid.because("total"));
        }
        let (payment, sent) = pay::apply(tx, &mut order, user, new, &shop, &mut ids, now)
            .map_err(|refused| refused.within(&format!("payments[{no}]")))?;
        order.payments.push(payment);
        slips.extend(sent);
    }
    check_size(&order, RESERVED_BYTES)?;
    for given in &order.discounts {
        discounts::record_given(tx, user, &order, given, now)?;
    }
    save(tx, &order)?;
    printing::order_settled(tx, user, &order, &order.payments, &slips, now)?;
    for warning in &order.warnings {
        tracing::warn!(order_id = order.id, %warning, "a charge is omitted from an order");
    }
    Ok(order)
}

/// The order at the prices of its lines' moments and the charges in force: not stored, without a number, a cashier and payments.
///
/// # Errors
/// 422 `unknown_channel`, `invalid_quantity`, `amount_too_large`, and the refusals of `lines::price`.
pub(crate) fn draft(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    new: NewOrder,
    ids: &mut IdSeries,
    shop: &settings::Shop,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let id = ids.next_text();
    if let Some(channel) = &new.channel {
        tenders::check_channel(tx, channel)?;
    }
    let price_list = PriceList::read(tx, shop.day.zone.clone(), new.order_type, new.channel.as_deref())?;
    let lines = lines::price(tx, &user.id, &price_list, &new.lines, ids, now)?;
    let mut order = Order {
        id,
        order_number: String::new(),
        business_date: shop.day.date_at(now).to_string(),
        status: Word::Known(OrderStatus::Open),
        version: 1,
        order_type: Word::Known(new.order_type),
        channel: new.channel,
        table_number: new.table_number,
        queue_no: None,
        customer_id: None,
        customer_name: new.customer_name,
        pax: new.pax,
        note: None,
        cashier_id: None,
        subtotal: 0,
        discount: 0,
        service: 0,
        tax: 0,
        tax_included: 0,
        rounding: 0,
        total: 0,
        paid: 0,
        void_reason: None,
        void_requested_by: None,
        voided_by: None,
        merged_into: None,
        split_from: None,
        shift_id: None,
        created_at: time::text(now),
        paid_at: None,
        paid_date: None,
        ready_at: None,
        served_at: None,
        voided_at: None,
        lines,
        discounts: Vec::new(),
        charges: Vec::new(),
        payments: Vec::new(),
        refunds: Vec::new(),
        refunded: 0,
        warnings: Vec::new(),
    };
    for (line, discount) in new.discounts {
        let line_id =
            line.map(|at| order.lines.get(at).map(|line| line.id.clone()).ok_or_else(unknown_line)).transpose()?;
        discounts::add(&mut order, user, NewDiscount { line_id, ..discount }, ids, now);
    }
    calculate(tx, &mut order, ids)?;
    Ok(order)
}

fn unknown_line() -> ApiError {
    Code::InvalidDiscount.field("line", Problem::NotAnId)
}

/// Bytes reserved for later changes of an order: payments, and the reason of a void.
pub(crate) const RESERVED_BYTES: usize = 64 << 10;

/// Rejects an order that would exceed the size limit of an entity with `reserved_bytes` more.
///
/// # Errors
/// 422 `order_too_large`.
pub(crate) fn check_size(order: &Order, reserved_bytes: usize) -> Result<(), ApiError> {
    let bytes = |order: &Order| Ok::<_, ApiError>(serde_json::to_vec(order).map_err(|_| ApiError::internal())?.len());
    // Refunds are documents of their own.
    let bytes =
        if order.refunds.is_empty() { bytes(order)? } else { bytes(&Order { refunds: Vec::new(), ..order.clone() })? };
    if bytes + reserved_bytes <= MAX_ENTITY_BYTES {
        return Ok(());
    }
    Err(Code::OrderTooLarge.because("bytes").with("bytes", bytes).with("most", MAX_ENTITY_BYTES - reserved_bytes))
}

/// Refuses to take money for another total than the one that the till shows.
///
/// # Errors
/// 409 `total_changed`.
pub(crate) fn check_total(expected: Option<Money>, actual: Money) -> Result<(), ApiError> {
    match expected {
        Some(expected) if expected != actual => {
            Err(Code::TotalChanged.with("expected", expected).with("actual", actual))
        }
        _ => Ok(()),
    }
}

fn check_new(tx: &Transaction<'_>, id: &str) -> Result<(), ApiError> {
    let taken = tx.prepare_cached("select 1 from orders where id = ?1")?.query_row([id], |_| Ok(())).optional()?;
    match taken {
        None => Ok(()),
        Some(()) => Err(Code::IdTaken.because("order")),
    }
}

/// The refusal for an order whose total cannot be calculated.
pub(crate) fn cart_refused(refused: CartRefused) -> ApiError {
    match refused {
        CartRefused::QuantityNotPositive => Code::InvalidQuantity.field("lines", refused),
        CartRefused::Overflow(_) => Code::AmountTooLarge.into(),
        _ => Code::InvalidOrder.with("problem", refused),
    }
}
