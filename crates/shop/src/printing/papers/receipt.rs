//! The receipt of an order, or its bill while it is open.

use std::collections::BTreeSet;

use domain::{DiscountKind, OrderStatus, PaymentStatus};
use jiff::Timestamp;
use paper::{ChargeLine, NamedAmount, PaymentLine, Receipt, ReceiptKind, ReceiptLine, ReceiptModifier};
use rusqlite::Transaction;

use super::{Letterhead, name};
use crate::orders::{Order, OrderDiscount, OrderLine, Payment};
use crate::tenders;

/// The receipt of an order. `link`: its address as a page.
#[must_use]
pub fn receipt(
    tx: &Transaction<'_>,
    head: &Letterhead,
    order: &Order,
    link: Option<String>,
    now: Timestamp,
) -> Receipt {
    let kind = match order.status.known() {
        Some(OrderStatus::Paid) => ReceiptKind::Sale,
        Some(OrderStatus::Void) => ReceiptKind::Void,
        Some(OrderStatus::Open) | None => ReceiptKind::Bill,
    };
    let at = match kind {
        ReceiptKind::Void => order.voided_at.as_deref(),
        _ => order.paid_at.as_deref(),
    };
    let is_open = kind == ReceiptKind::Bill;
    let last_cashier = order.payments.iter().rev().find_map(|payment| payment.cashier_id.as_deref());
    Receipt {
        kind,
        seller: head.seller.clone(),
        number: order.order_number.clone(),
        time: head.stored_time(at, now),
        cashier: name(tx, last_cashier.or(order.cashier_id.as_deref())),
        guest: order.customer_name.clone(),
        table: order.table_number.clone(),
        queue_no: order.queue_no,
        pax: order.pax,
        order_type: order.order_type.known(),
        channel: order.channel.as_deref().and_then(|id| tenders::channel_name(tx, id).ok().flatten()),
        lines: order.lines.iter().filter(|line| line.voided_at.is_none()).map(sold).collect(),
        subtotal: order.subtotal,
        discounts: order.discounts.iter().map(|discount| given(order, discount)).collect(),
        charges: order
            .charges
            .iter()
            .map(|charge| ChargeLine {
                name: charge.name.clone(),
                kind: charge.kind.known(),
                rate_bp: charge.rate_bp,
                base: charge.base,
                amount: charge.amount,
                inclusive: charge.inclusive,
            })
            .collect(),
        surplus: 0,
        rounding: order.rounding,
        total: order.total,
        payments: in_force(&order.payments).map(paid).collect(),
        due: if is_open { order.total.saturating_sub(order.paid) } else { 0 },
        refunded: order.refunded,
        link,
    }
}

fn sold(line: &OrderLine) -> ReceiptLine {
    let name = match &line.variant_name {
        Some(variant) => format!("{} ({variant})", line.name),
        None => line.name.clone(),
    };
    let modifiers = line.modifiers.iter();
    let modifiers = modifiers.map(|chosen| ReceiptModifier { name: chosen.name.clone(), qty: chosen.qty });
    ReceiptLine {
        name,
        qty: line.qty,
        qty_scale: line.qty_scale,
        unit: line.unit.clone(),
        price: Some(line.price),
        amount: line.amount,
        modifiers: modifiers.collect(),
    }
}

fn given(order: &Order, discount: &OrderDiscount) -> NamedAmount {
    let line = discount.line_id.as_deref().and_then(|id| order.lines.iter().find(|line| line.id == id));
    let kind = discount.kind.known();
    NamedAmount {
        name: discount.name.clone(),
        line: line.map(|line| line.name.clone()),
        compliment: kind == Some(DiscountKind::Compliment),
        rate_bp: discount.rate_bp.filter(|_| kind == Some(DiscountKind::Percent)),
        amount: discount.amount,
    }
}

/// The payments that count: neither reversed ones nor their reversals.
fn in_force(payments: &[Payment]) -> impl Iterator<Item = &Payment> {
    let reversed: BTreeSet<&str> = payments.iter().filter_map(|payment| payment.reverses.as_deref()).collect();
    payments.iter().filter(move |payment| payment.reverses.is_none() && !reversed.contains(payment.id.as_str()))
}

fn paid(payment: &Payment) -> PaymentLine {
    PaymentLine {
        name: payment.tender_name.clone(),
        method: payment.method.known(),
        tendered: payment.tendered,
        change: payment.change,
        reference: payment.reference.clone(),
        unconfirmed: payment.status.known() == Some(PaymentStatus::Unconfirmed),
    }
}
