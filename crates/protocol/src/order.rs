//! Reads the number of an order's document, and recalculates its totals after the rows of two copies were united.

use domain::money::Overflow;
use domain::unite::{PaymentPart, unite};
use domain::{Money, OrderStatus};
use serde_json::{Map, Value};

type Document = Map<String, Value>;

/// Why the totals of an order cannot be calculated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderInvalid {
    /// Its status is unknown.
    #[error("the status '{0}' is unknown")]
    Status(String),
    /// This field is not an amount.
    #[error("'{0}' is not an amount")]
    Amount(&'static str),
    /// An amount is too large.
    #[error(transparent)]
    Limits(Overflow),
}

/// The business date of an order and its sequence number within that day.
#[must_use]
pub fn used_number(order: &Document) -> Option<(String, i64)> {
    used(order, "order_number", "")
}

/// The business date of a refund and its sequence number within that day.
#[must_use]
pub fn used_refund_number(refund: &Document) -> Option<(String, i64)> {
    used(refund, "refund_number", "R")
}

fn used(document: &Document, field: &str, mark: &str) -> Option<(String, i64)> {
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let number = text(field)?.rsplit('-').next()?.strip_prefix(mark)?.parse().ok()?;
    Some((text("business_date")?.to_owned(), number))
}

/// Recalculates totals, payments and status of an order from its rows.
///
/// # Errors
/// [`OrderInvalid`].
pub fn recalculate(order: &mut Document) -> Result<(), OrderInvalid> {
    let subtotal = sum(order, "lines", |_| true)?;
    let of_kind = |kind: &'static str, inclusive: bool| {
        move |charge: &Document| charge.get("kind") == Some(&kind.into()) && is_inclusive(charge) == inclusive
    };
    let service = sum(order, "charges", of_kind("service", false))?;
    let tax = sum(order, "charges", of_kind("tax", false))?;
    let tax_included = sum(order, "charges", of_kind("tax", true))?;
    let payments = rows(order, "payments")
        .map(|payment| Ok(PaymentPart { amount: money(payment, "amount")?, rounding: money(payment, "rounding")? }))
        .collect::<Result<Vec<_>, OrderInvalid>>()?;
    let name = order.get("status").and_then(Value::as_str).unwrap_or_default();
    let status = OrderStatus::parse(name).ok_or_else(|| OrderInvalid::Status(name.to_owned()))?;
    let (discount, rounding) = (money(order, "discount")?, money(order, "rounding")?);
    let united = subtotal
        .checked_sub(discount)
        .and_then(|net| net.checked_add(service))
        .and_then(|net| net.checked_add(tax))
        .and_then(|whole| unite(status, rounding, whole, &payments))
        .map_err(OrderInvalid::Limits)?;
    // Both stay as they were if a copy was paid; else the last payment settled the order.
    let settled = |field: &str, of_payment: &str| match united.status {
        OrderStatus::Paid => {
            let known = order.get(field).filter(|value| !value.is_null());
            known.or_else(|| latest_payment(order)?.get(of_payment)).cloned().unwrap_or(Value::Null)
        }
        OrderStatus::Open | OrderStatus::Void => Value::Null,
    };
    let (paid_at, paid_date) = (settled("paid_at", "created_at"), settled("paid_date", "business_date"));
    let shift_id = settled("shift_id", "shift_id");
    let figures = [
        ("subtotal", subtotal),
        ("service", service),
        ("tax", tax),
        ("tax_included", tax_included),
        ("rounding", united.rounding),
        ("total", united.total),
        ("paid", united.paid),
    ];
    order.extend(figures.map(|(name, money)| (name.to_owned(), money.0.into())));
    order.insert("status".to_owned(), united.status.as_str().into());
    order.insert("paid_at".to_owned(), paid_at);
    order.insert("paid_date".to_owned(), paid_date);
    order.insert("shift_id".to_owned(), shift_id);
    Ok(())
}

fn rows<'d>(order: &'d Document, child: &str) -> impl Iterator<Item = &'d Document> {
    order.get(child).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn is_inclusive(charge: &Document) -> bool {
    charge.get("inclusive") == Some(&Value::Bool(true))
}

/// An amount that is missing or null counts as 0.
fn money(row: &Document, name: &'static str) -> Result<Money, OrderInvalid> {
    match row.get(name) {
        None | Some(Value::Null) => Ok(Money::ZERO),
        Some(value) => value.as_i64().map(Money).ok_or(OrderInvalid::Amount(name)),
    }
}

fn sum(order: &Document, child: &str, counts: impl Fn(&Document) -> bool) -> Result<Money, OrderInvalid> {
    let amounts = rows(order, child).filter(|row| counts(row)).map(|row| money(row, "amount"));
    let amounts = amounts.collect::<Result<Vec<_>, _>>()?;
    Money::sum(amounts).map_err(OrderInvalid::Limits)
}

fn latest_payment(order: &Document) -> Option<&Document> {
    rows(order, "payments").max_by_key(|payment| payment.get("created_at").and_then(Value::as_str))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn order(document: Value) -> Document {
        let Value::Object(order) = document else { unreachable!() };
        order
    }

    #[test]
    fn an_orders_sequence_follows_its_last_hyphen() {
        let order = |number: &str| order(json!({"order_number": number, "business_date": "2026-11-22"}));
        assert_eq!(used_number(&order("JKT-001-261122-0042")), Some(("2026-11-22".to_owned(), 42)));
        assert_eq!(used_number(&order("JKT")), None);
        let refund = json!({"refund_number": "JKT-001-261122-R2-R0042", "business_date": "2026-11-22"});
        let Value::Object(refund) = refund else { unreachable!() };
        assert_eq!(used_refund_number(&refund), Some(("2026-11-22".to_owned(), 42)));
    }

    #[test]
    fn united_rows_add_up() {
        let mut united = order(json!({
            "status": "open", "discount": 1_000, "rounding": 0, "paid_at": null,
            "lines": [{"amount": 10_000}, {"amount": 5_000}],
            "charges": [{"kind": "service", "amount": 700, "inclusive": false}, {"kind": "tax", "amount": 300, "inclusive": true}],
            "payments": [
                {"amount": 700, "rounding": 0, "created_at": "2026-11-22T10:00:00Z", "business_date": "2026-11-22"},
                {"amount": 14_000, "rounding": 0, "created_at": "2026-11-23T10:00:00Z", "business_date": "2026-11-23"},
                {"amount": 0, "rounding": 0, "created_at": "2026-11-21T10:00:00Z", "business_date": "2026-11-21"},
            ],
        }));
        recalculate(&mut united).unwrap();
        for (name, amount) in
            [("subtotal", 15_000), ("service", 700), ("tax", 0), ("tax_included", 300), ("total", 14_700)]
        {
            assert_eq!(united[name], amount, "{name}");
        }
        let found = ["status", "paid_at", "paid_date"].map(|field| united[field].as_str());
        assert_eq!(found, [Some("paid"), Some("2026-11-23T10:00:00Z"), Some("2026-11-23")]);
        // A copy that was paid before keeps its day.
        united.insert("paid_date".to_owned(), json!("2026-11-22"));
        recalculate(&mut united).unwrap();
        assert_eq!(united["paid_date"], "2026-11-22");
        united.insert("lines".to_owned(), json!([{"amount": "much"}]));
        assert!(recalculate(&mut united).is_err());
    }
}
