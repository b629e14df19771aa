//! An order document for the API description. The declaration in `protocol::entity` is authoritative; a test compares both.

#![expect(dead_code, reason = "read by the API description only")]

use domain::{ChargeKind, Method, OrderStatus, OrderType, PaymentStatus, Station, TaxGroup};
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
    table_number: Option<String>,
    customer_name: Option<String>,
    pax: Option<i64>,
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
    created_at: String,
    paid_at: Option<String>,
    voided_at: Option<String>,
    lines: Vec<LineShape>,
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
    qty: i64,
    amount: i64,
    tax_group: TaxGroup,
    station: Station,
    note: Option<String>,
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
    base: i64,
    amount: i64,
    /// Inside the prices.
    inclusive: bool,
}

/// A payment towards an order.
#[derive(ToSchema)]
pub(crate) struct PaymentShape {
    id: String,
    method: Method,
    /// The amount that counts toward the order.
    amount: i64,
    rounding: i64,
    tendered: i64,
    change: i64,
    status: PaymentStatus,
    cashier_id: Option<String>,
    created_at: String,
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
    fn the_description_of_an_order_is_its_declaration() {
        let order = find("order").unwrap();
        let mut ours = vec!["id", "outlet_id", "outlet_code", "version", "received_at"];
        ours.extend(order.children.iter().map(|child| child.name));
        assert_eq!(described::<OrderShape>(), declared(order.fields, &ours));
        let shapes = [described::<LineShape>(), described::<ChargeShape>(), described::<PaymentShape>()];
        for (child, shape) in order.children.iter().zip(shapes) {
            assert_eq!(shape, declared(child.fields, &["id"]), "{}", child.name);
        }
    }
}
