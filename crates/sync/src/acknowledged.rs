//! Acknowledged sales: what a later version of a paid order may change, and what only head office can take back.
//!
//! An order that the hub stores as paid is an acknowledged sale. A later version may add lines and payments (two copies of
//! a restored database were united, a guest paid at both) and may correct what is not money, such as a table or a guest's
//! name. A version that deletes the order, reopens or voids it, moves it to another day or cashier, removes or alters a
//! line or payment, or lowers a figure takes money back: the hub keeps its document, and head office decides.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;

use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

/// Stable code of an item that would take an acknowledged sale back.
pub const ACKNOWLEDGED_SALE: &str = "acknowledged_sale";

const PAID: &str = "paid";

/// What counts as money in an order's document; all else in it is free.
#[derive(Debug, Deserialize)]
struct Sale<'a> {
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    order_number: Cow<'a, str>,
    #[serde(borrow)]
    business_date: Cow<'a, str>,
    #[serde(borrow, default)]
    cashier_id: Option<Cow<'a, str>>,
    subtotal: i64,
    discount: i64,
    service: i64,
    tax: i64,
    tax_included: i64,
    rounding: i64,
    total: i64,
    paid: i64,
    #[serde(borrow)]
    lines: Vec<Line<'a>>,
    #[serde(borrow)]
    payments: Vec<Payment<'a>>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, Hash)]
struct Line<'a> {
    #[serde(borrow, default)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    product_id: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    price: i64,
    qty: i64,
    amount: i64,
}

#[derive(Debug, Deserialize, PartialEq, Eq, Hash)]
struct Payment<'a> {
    #[serde(borrow, default)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    amount: i64,
    #[serde(borrow, default)]
    cashier_id: Option<Cow<'a, str>>,
}

/// How a later version takes an acknowledged sale back. Words for people, of the outlet's version.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TakenBack {
    /// It has no document.
    #[error("it was deleted")]
    Deleted,
    /// It is not paid any more.
    #[error("its status was set to '{0}'")]
    Status(String),
    /// A figure or name is another one.
    #[error("its {field} was changed from {from} to {to}")]
    Changed {
        /// The document's key.
        field: &'static str,
        /// Head office's value.
        from: String,
        /// The outlet's.
        to: String,
    },
    /// A line or payment is gone or is another one.
    #[error("a {0} of it was removed or changed")]
    Missing(&'static str),
    /// The version is no order.
    #[error("its new version cannot be read")]
    Unreadable,
}

/// How `after` takes back the sale that the hub has as `before`; none where it does not, or `before` is no paid order.
/// `after` is none where the outlet deleted the order.
#[must_use]
pub fn takes_back(before: &str, after: Option<&str>) -> Option<TakenBack> {
    let before: Sale<'_> = serde_json::from_str(before).ok()?;
    compare(&before, || after.map(serde_json::from_str))
}

/// [`takes_back`] on documents that were parsed already.
#[must_use]
pub fn takes_back_parsed(before: &Map<String, Value>, after: Option<&Map<String, Value>>) -> Option<TakenBack> {
    let before = Sale::deserialize(before).ok()?;
    compare(&before, || after.map(Sale::deserialize))
}

/// Whether a document is an acknowledged sale at the hub.
#[must_use]
pub fn is_sale(document: &Map<String, Value>) -> bool {
    document.get("status").and_then(Value::as_str) == Some(PAID)
}

fn compare<'a, E>(before: &Sale<'_>, after: impl FnOnce() -> Option<Result<Sale<'a>, E>>) -> Option<TakenBack> {
    if before.status != PAID {
        return None;
    }
    match after() {
        None => Some(TakenBack::Deleted),
        Some(Err(_)) => Some(TakenBack::Unreadable),
        Some(Ok(after)) => before.changed_in(&after),
    }
}

impl Sale<'_> {
    fn changed_in(&self, after: &Sale<'_>) -> Option<TakenBack> {
        if after.status != PAID {
            return Some(TakenBack::Status(after.status.as_ref().to_owned()));
        }
        let cashier = |sale: &Self| sale.cashier_id.as_deref().unwrap_or("none").to_owned();
        let changed = |field, from: String, to: String| TakenBack::Changed { field, from, to };
        let names = [
            ("order_number", self.order_number.to_string(), after.order_number.to_string()),
            ("business_date", self.business_date.to_string(), after.business_date.to_string()),
            ("cashier_id", cashier(self), after.cashier_id.as_deref().unwrap_or("none").to_owned()),
        ];
        if let Some((field, from, to)) = names.into_iter().find(|(_, from, to)| from != to) {
            return Some(changed(field, from, to));
        }
        if !contains(&after.lines, &self.lines) {
            return Some(TakenBack::Missing("line"));
        }
        if !contains(&after.payments, &self.payments) {
            return Some(TakenBack::Missing("payment"));
        }
        let grew = after.lines.len() > self.lines.len();
        let figures = [
            ("subtotal", self.subtotal, after.subtotal, Figure::Grows),
            ("discount", self.discount, after.discount, Figure::Stays),
            ("service", self.service, after.service, Figure::Grows),
            ("tax", self.tax, after.tax, Figure::Grows),
            ("tax_included", self.tax_included, after.tax_included, Figure::Grows),
            ("rounding", self.rounding, after.rounding, Figure::Free),
            ("total", self.total, after.total, Figure::Grows),
        ];
        let figure = figures.into_iter().find(|&(_, from, to, figure)| !figure.allows(from, to, grew));
        let paid = ("paid", self.paid, after.paid, Figure::Grows);
        let figure = figure.or(Some(paid).filter(|_| after.paid < self.paid));
        figure.map(|(field, from, to, _)| changed(field, from.to_string(), to.to_string()))
    }
}

/// What a figure may do where lines were added; where none were, all of them stay.
#[derive(Debug, Clone, Copy)]
enum Figure {
    Stays,
    Grows,
    /// The last payment in cash makes it.
    Free,
}

impl Figure {
    fn allows(self, from: i64, to: i64, grew: bool) -> bool {
        match self {
            _ if from == to => true,
            Self::Stays => false,
            Self::Grows => grew && to > from,
            Self::Free => grew,
        }
    }
}

/// Whether `all` has each of `some`, as often.
fn contains<T: Eq + Hash>(all: &[T], some: &[T]) -> bool {
    let mut left: HashMap<&T, usize> = HashMap::with_capacity(all.len());
    all.iter().for_each(|one| *left.entry(one).or_default() += 1);
    some.iter().all(|one| match left.get_mut(one) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sale() -> Value {
        json!({"id": "o", "status": "paid", "order_number": "JKT-0001", "business_date": "2026-11-22", "cashier_id": "c",
            "subtotal": 100, "discount": 10, "service": 5, "tax": 9, "tax_included": 0, "rounding": -4, "total": 100,
            "paid": 100, "customer_name": null, "table_number": "4",
            "lines": [{"id": "l1", "product_id": "p", "name": "Kopi", "price": 50, "qty": 2, "amount": 100}],
            "payments": [{"id": "p1", "method": "cash", "amount": 60, "cashier_id": "c", "status": "unconfirmed"},
                {"id": "p2", "method": "qris", "amount": 40, "cashier_id": "c"}]})
    }

    fn after(change: impl FnOnce(&mut Value)) -> Option<TakenBack> {
        let (before, mut after) = (sale(), sale());
        change(&mut after);
        let found = takes_back(&before.to_string(), Some(&after.to_string()));
        assert_eq!(takes_back_parsed(before.as_object().unwrap(), after.as_object()), found);
        found
    }

    #[test]
    fn what_is_not_money_may_change_and_money_may_come() {
        assert_eq!(after(|_| {}), None);
        for (field, value) in [("customer_name", json!("Sari")), ("table_number", json!("5")), ("pax", json!(2))] {
            assert_eq!(after(|sale| sale[field] = value), None, "{field}");
        }
        assert_eq!(after(|sale| sale["payments"][0]["status"] = "confirmed".into()), None);
        assert_eq!(after(|sale| sale["lines"][0]["note"] = "hot".into()), None);
        // Paid at both ends.
        let again = json!({"id": "p3", "method": "card", "amount": 100, "cashier_id": "c"});
        assert_eq!(
            after(|sale| {
                sale["payments"].as_array_mut().unwrap().push(again.clone());
                sale["paid"] = 200.into();
            }),
            None
        );
        // A line of the other copy, and what was paid for it.
        let line = json!({"id": "l2", "product_id": "q", "name": "Teh", "price": 20, "qty": 1, "amount": 20});
        let grown = |sale: &mut Value| {
            sale["lines"].as_array_mut().unwrap().insert(0, line);
            sale["payments"].as_array_mut().unwrap().push(again);
            for (field, value) in [("subtotal", 120), ("service", 6), ("tax", 11), ("total", 123), ("paid", 200)] {
                sale[field] = value.into();
            }
        };
        assert_eq!(after(grown), None);
    }

    #[test]
    fn a_paid_order_does_not_go_and_does_not_shrink() {
        assert_eq!(takes_back(&sale().to_string(), None), Some(TakenBack::Deleted));
        assert_eq!(takes_back(&sale().to_string(), Some("{}")), Some(TakenBack::Unreadable));
        for status in ["void", "open", "of a newer version"] {
            assert_eq!(after(|sale| sale["status"] = status.into()), Some(TakenBack::Status(status.to_owned())));
        }
        for field in ["subtotal", "discount", "service", "tax", "tax_included", "rounding", "total"] {
            for by in [-1, 1] {
                let found = after(|sale| sale[field] = (sale[field].as_i64().unwrap() + by).into());
                assert!(
                    matches!(&found, Some(TakenBack::Changed { field: of, .. }) if *of == field),
                    "{field} {found:?}"
                );
            }
        }
        assert!(after(|sale| sale["paid"] = 99.into()).is_some());
        for field in ["order_number", "business_date", "cashier_id"] {
            let found = after(|sale| sale[field] = "2026-11-23".into());
            assert!(matches!(&found, Some(TakenBack::Changed { field: of, .. }) if *of == field), "{field} {found:?}");
        }
        for (list, fields) in
            [("lines", &["id", "product_id", "name"][..]), ("payments", &["id", "method", "cashier_id"])]
        {
            let gone = after(|sale| drop(sale[list].as_array_mut().unwrap().remove(0)));
            assert!(matches!(gone, Some(TakenBack::Missing(_))), "{list}");
            for field in fields {
                let changed = after(|sale| sale[list][0][*field] = "x".into());
                assert!(matches!(changed, Some(TakenBack::Missing(_))), "{list} {field}");
            }
            assert!(after(|sale| sale[list][0]["amount"] = 1.into()).is_some(), "{list}");
        }
        // More was sold, and the rest was lowered.
        let line = json!({"id": "l2", "product_id": "q", "name": "Teh", "price": 20, "qty": 1, "amount": 20});
        let found = after(|sale| {
            sale["lines"].as_array_mut().unwrap().push(line);
            (sale["subtotal"], sale["discount"]) = (120.into(), 30.into());
        });
        assert!(matches!(found, Some(TakenBack::Changed { field: "discount", .. })), "{found:?}");
    }

    #[test]
    fn what_was_never_paid_is_the_outlets_to_change() {
        for status in ["open", "void"] {
            let mut before = sale();
            before["status"] = status.into();
            assert_eq!(takes_back(&before.to_string(), None), None);
            before["total"] = 1.into();
            assert_eq!(takes_back(&before.to_string(), Some(&sale().to_string())), None);
        }
    }
}
