//! The documents of orders and refunds for the API description. The declaration in `protocol::entity` is authoritative; a test compares both.

#![expect(dead_code, reason = "read by the API description only")]

use domain::{
    ChargeKind, DiscountKind, Method, OrderStatus, OrderType, PaymentStatus, PriceSource, RefundKind, Station,
    TaxGroup, VoidKind,
};
use utoipa::ToSchema;
use web::shapes::Modifier;

/// An order as its outlet sent it, also a void one. Money is whole minor units (rupiah), times are RFC 3339 UTC by the
/// outlet's clock. A newer outlet may send more fields and other values; they are shown as sent.
#[derive(ToSchema)]
pub(crate) struct OrderShape {
    outlet_id: String,
    outlet_code: String,
    /// The outlet's count of the order's changes.
    version: i64,
    /// When the hub received it.
    received_at: String,
    id: String,
    order_number: String,
    /// `YYYY-MM-DD` at the outlet.
    business_date: String,
    status: OrderStatus,
    order_type: OrderType,
    /// The tender of the delivery platform that it came from; null: the outlet's own counter.
    channel: Option<String>,
    table_number: Option<String>,
    /// Number to call the order by, if it was created without a table.
    queue_no: Option<i64>,
    customer_id: Option<String>,
    customer_name: Option<String>,
    pax: Option<i64>,
    note: Option<String>,
    cashier_id: Option<String>,
    subtotal: i64,
    discount: i64,
    service: i64,
    tax: i64,
    /// Tax inside the prices; not added.
    tax_included: i64,
    rounding: i64,
    /// subtotal - discount + service + tax + rounding.
    total: i64,
    paid: i64,
    void_reason: Option<String>,
    /// The user who requested the void.
    void_requested_by: Option<String>,
    /// The user who approved it.
    voided_by: Option<String>,
    /// The order that this one was merged into; it is void.
    merged_into: Option<String>,
    /// The order that this one was split from.
    split_from: Option<String>,
    /// The shift in which it was settled.
    shift_id: Option<String>,
    created_at: String,
    paid_at: Option<String>,
    /// The day on which the order was settled and counts as a sale, `YYYY-MM-DD`; null for a paid order: `business_date`.
    paid_date: Option<String>,
    /// When all its tickets were ready.
    ready_at: Option<String>,
    /// When all of it was served.
    served_at: Option<String>,
    voided_at: Option<String>,
    lines: Vec<LineShape>,
    discounts: Vec<DiscountShape>,
    charges: Vec<ChargeShape>,
    payments: Vec<PaymentShape>,
}

/// A line of an order: prices and names as they were when it was sold.
#[derive(ToSchema)]
pub(crate) struct LineShape {
    id: String,
    position: i64,
    product_id: String,
    name: String,
    variant_id: Option<String>,
    /// Printed after the product name on the receipt.
    variant_name: Option<String>,
    /// Chosen modifiers, included in the price.
    modifiers: Vec<Modifier>,
    price: i64,
    /// Pieces, or thousandths of the unit if `qty_scale` is 3.
    qty: i64,
    qty_scale: i64,
    /// The unit of a weighed line, such as kg; null: the piece.
    unit: Option<String>,
    /// Price × quantity, or a given amount; 0 if the line is void.
    amount: i64,
    /// Share of the discounts.
    discount: i64,
    /// Share of the service charges.
    service: i64,
    /// Share of the taxes added to the prices.
    tax: i64,
    /// Share of the taxes inside the prices.
    tax_included: i64,
    tax_group: TaxGroup,
    station: Station,
    /// The course, 1 to 9.
    course: Option<i64>,
    note: Option<String>,
    added_by: Option<String>,
    added_at: Option<String>,
    /// Where the price came from.
    price_source: Option<PriceSource>,
    /// The menu that the price came from.
    menu_id: Option<String>,
    /// When it was sent to be prepared.
    sent_at: Option<String>,
    /// The order that the line was moved from.
    from_order_id: Option<String>,
    void_kind: Option<VoidKind>,
    void_reason: Option<String>,
    /// The user who requested the void.
    void_requested_by: Option<String>,
    /// The user who approved it.
    voided_by: Option<String>,
    voided_at: Option<String>,
}

/// A discount or a compliment, in the sequence in which they were given.
#[derive(ToSchema)]
pub(crate) struct DiscountShape {
    id: String,
    position: i64,
    /// The line; null: the whole order.
    line_id: Option<String>,
    kind: DiscountKind,
    name: Option<String>,
    /// Hundredths of a percent.
    rate_bp: Option<i64>,
    /// The requested amount.
    value: Option<i64>,
    /// What it came to; of a compliment, the list price.
    amount: i64,
    reason: Option<String>,
    given_by: Option<String>,
    approved_by: Option<String>,
    created_at: String,
}

/// Service charge or tax on an order.
#[derive(ToSchema)]
pub(crate) struct ChargeShape {
    id: String,
    position: i64,
    charge_id: String,
    name: String,
    kind: ChargeKind,
    /// Hundredths of a percent.
    rate_bp: i64,
    /// The lines that a tax applies to; null for a service charge.
    tax_group: Option<TaxGroup>,
    base: i64,
    amount: i64,
    /// Inside the prices.
    inclusive: bool,
}

/// A payment towards an order, or the reversal of one.
#[derive(ToSchema)]
pub(crate) struct PaymentShape {
    id: String,
    method: Method,
    /// The amount that counts toward the order; negative for a reversal.
    amount: i64,
    rounding: i64,
    tendered: i64,
    change: i64,
    status: PaymentStatus,
    tender_id: Option<String>,
    tender_name: Option<String>,
    /// Reference of the bank or wallet.
    reference: Option<String>,
    shift_id: Option<String>,
    cashier_id: Option<String>,
    /// The day on which it counts, `YYYY-MM-DD`; null: the order's.
    business_date: Option<String>,
    confirmed_by: Option<String>,
    confirmed_at: Option<String>,
    /// The payment that this row reverses.
    reverses: Option<String>,
    reason: Option<String>,
    approved_by: Option<String>,
    created_at: String,
}

/// A refund as its outlet sent it. Money is whole minor units (rupiah) and positive, times are RFC 3339 UTC by the outlet's
/// clock. A newer outlet may send more fields and other values; they are shown as sent.
#[derive(ToSchema)]
pub(crate) struct RefundShape {
    outlet_id: String,
    outlet_code: String,
    /// Always 1, because a refund never changes.
    version: i64,
    /// When the hub received it.
    received_at: String,
    id: String,
    refund_number: String,
    order_id: String,
    order_number: String,
    /// The business date on which the sale counts, `YYYY-MM-DD`.
    order_date: String,
    /// The business date on which the refund counts, `YYYY-MM-DD`.
    business_date: String,
    shift_id: Option<String>,
    kind: RefundKind,
    subtotal: i64,
    discount: i64,
    service: i64,
    tax: i64,
    /// Tax inside the prices; not added.
    tax_included: i64,
    /// Returned of what the guest paid beyond the order's total.
    surplus: i64,
    rounding: i64,
    /// subtotal - discount + service + tax + surplus + rounding.
    total: i64,
    reason: String,
    cashier_id: Option<String>,
    approved_by: Option<String>,
    created_at: String,
    lines: Vec<RefundLineShape>,
    charges: Vec<RefundChargeShape>,
    payments: Vec<RefundPaymentShape>,
}

/// What a line of the order gives back.
#[derive(ToSchema)]
pub(crate) struct RefundLineShape {
    id: String,
    order_line_id: String,
    product_id: String,
    name: String,
    /// 0 if only money is given back.
    qty: i64,
    /// Decimal places of `qty`: 0 or 3.
    qty_scale: i64,
    /// The unit of a weighed line, such as kg; null: the piece.
    unit: Option<String>,
    amount: i64,
    discount: i64,
    service: i64,
    tax: i64,
    tax_included: i64,
    /// The goods return to the stock.
    restock: bool,
}

/// What a service charge or tax gives back.
#[derive(ToSchema)]
pub(crate) struct RefundChargeShape {
    id: String,
    charge_id: String,
    name: String,
    kind: ChargeKind,
    /// Hundredths of a percent.
    rate_bp: i64,
    tax_group: Option<TaxGroup>,
    base: i64,
    amount: i64,
    /// Inside the prices.
    inclusive: bool,
}

/// Money that went back by one tender.
#[derive(ToSchema)]
pub(crate) struct RefundPaymentShape {
    id: String,
    method: Method,
    tender_id: Option<String>,
    tender_name: Option<String>,
    amount: i64,
    rounding: i64,
    reference: Option<String>,
    shift_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use protocol::entity::{Field, find};

    use super::*;

    fn described<T: utoipa::PartialSchema>() -> BTreeSet<String> {
        let schema = serde_json::to_value(T::schema()).unwrap();
        schema["properties"].as_object().unwrap().keys().cloned().collect()
    }

    fn declared(fields: &[Field], more: &[&str]) -> BTreeSet<String> {
        fields.iter().map(|field| field.name).chain(more.iter().copied()).map(str::to_owned).collect()
    }

    #[test]
    fn the_descriptions_of_orders_and_refunds_are_their_declarations() {
        let of_order = [
            described::<LineShape>(),
            described::<ChargeShape>(),
            described::<DiscountShape>(),
            described::<PaymentShape>(),
        ];
        let of_refund =
            [described::<RefundLineShape>(), described::<RefundChargeShape>(), described::<RefundPaymentShape>()];
        for (name, root, children) in [
            ("order", described::<OrderShape>(), &of_order[..]),
            ("refund", described::<RefundShape>(), &of_refund[..]),
        ] {
            let entity = find(name).unwrap();
            let mut ours = vec!["id", "outlet_id", "outlet_code", "version", "received_at"];
            ours.extend(entity.children.iter().map(|child| child.name));
            assert_eq!(root, declared(entity.fields, &ours));
            for (child, shape) in entity.children.iter().zip(children) {
                assert_eq!(*shape, declared(child.fields, &["id"]), "{}", child.name);
            }
        }
    }
}
