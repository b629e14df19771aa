//! Acknowledged sales: what a later version of a paid order may change. Only head office can reverse a sale.
//!
//! The rule: an order that the hub stores as paid is an acknowledged sale. No later version of it, in any epoch, may
//! reduce it. A later version may add lines and payments that are not negative (two copies of a restored database were
//! united, or a guest paid at both), may confirm a payment, and may correct fields that are not money, such as the
//! table or the guest's name. It may not delete, reopen or void the order, change its number or cashier, the day on which
//! it was taken or paid, remove or change a line, charge or payment, add a refund, or lower a total: the hub keeps its
//! document, and head office decides.
//!
//! The payments of an open order are acknowledged too, until all of them are reversed. A later version may change what
//! the guest orders, and may void the order if it also reverses all payments. It may not delete the order, remove or
//! change a payment, or add a refund.
//!
//! A payment is corrected by a row that reverses it, which is no refund. Because `paid` of a paid order never falls,
//! another payment must replace the reversed one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

/// Stable code of an item that would reverse an acknowledged sale.
pub const ACKNOWLEDGED_SALE: &str = "acknowledged_sale";

const PAID: &str = "paid";
const OPEN: &str = "open";
const VOID: &str = "void";
/// Status of a payment that was matched with the money received.
const CONFIRMED: &str = "confirmed";

/// The fields of an order's document that count as money; all other fields may change.
#[derive(Debug, Deserialize)]
struct Sale<'a> {
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    order_number: Cow<'a, str>,
    #[serde(borrow)]
    business_date: Cow<'a, str>,
    #[serde(borrow, default)]
    paid_date: Option<Cow<'a, str>>,
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
    #[serde(borrow, default)]
    charges: Vec<Charge<'a>>,
    #[serde(borrow)]
    payments: Vec<Payment<'a>>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
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
    #[serde(borrow, default)]
    tax_group: Option<Cow<'a, str>>,
    /// When the line was made void; then it is not recorded as sold.
    #[serde(borrow, default)]
    voided_at: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Charge<'a> {
    #[serde(borrow, default)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    kind: Cow<'a, str>,
    #[serde(default)]
    rate_bp: i64,
    #[serde(default)]
    base: i64,
    #[serde(default)]
    amount: i64,
    #[serde(default)]
    inclusive: bool,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Payment<'a> {
    #[serde(borrow, default)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow, default)]
    tender_id: Option<Cow<'a, str>>,
    amount: i64,
    #[serde(default)]
    rounding: Option<i64>,
    #[serde(default)]
    tendered: Option<i64>,
    #[serde(default)]
    change: Option<i64>,
    #[serde(borrow, default)]
    cashier_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    status: Option<Cow<'a, str>>,
    /// The payment that this row takes back.
    #[serde(borrow, default)]
    reverses: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    business_date: Option<Cow<'a, str>>,
}

/// The hub's sales rows of an order; used if its document cannot be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordedSale {
    /// Its status.
    pub status: String,
    /// Its number.
    pub order_number: String,
    /// The business day on which it was taken.
    pub business_date: String,
    /// The business day on which it was paid; `None`: `business_date`.
    pub paid_date: Option<String>,
    /// `subtotal`, `discount`, `service`, `tax`, `tax_included`, `rounding`, `total`, `paid`.
    pub figures: [i64; 8],
    /// Product, quantity and amount of each line.
    pub lines: Vec<(String, i64, i64)>,
    /// Day, method, tender and amount of its payments; without a tender, an empty text.
    pub tenders: Vec<(String, String, String, i64)>,
}

impl RecordedSale {
    /// The total.
    #[must_use]
    pub fn total(&self) -> i64 {
        let [.., total, _] = self.figures;
        total
    }
}

/// How a later version reverses an acknowledged sale. The messages describe the outlet's version to people.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SaleReversal {
    /// The order was deleted.
    #[error("it was deleted")]
    Deleted,
    /// The order is no longer paid.
    #[error("its status was set to '{0}'")]
    Status(String),
    /// An amount or a name differs.
    #[error("its {field} was changed from {from} to {to}")]
    Changed {
        /// The document's key.
        field: &'static str,
        /// Head office's value.
        from: String,
        /// The outlet's.
        to: String,
    },
    /// A line, charge or payment is missing or differs.
    #[error("one of its {0}s was removed or changed")]
    Missing(&'static str),
    /// A negative line or payment was added.
    #[error("a negative {0} was added")]
    Refund(&'static str),
    /// The version cannot be read as an order.
    #[error("its new version cannot be read")]
    Unreadable,
    /// The hub's document cannot be read, and no sale is recorded for it.
    #[error("it was changed, and the hub cannot read its stored document to compare them")]
    Damaged,
}

/// How `after` reverses the sale that the hub stores as `before`; `None` if it does not, or if nothing was paid of
/// `before`. `after` is `None` if the outlet deleted the order. If `before` cannot be read, the result is
/// [`SaleReversal::Damaged`]; the caller then checks the recorded sale, if there is one, with [`reverses_recorded_sale`].
#[must_use]
pub fn reverses_sale(before: &str, after: Option<&str>) -> Option<SaleReversal> {
    match serde_json::from_str::<Sale<'_>>(before) {
        Ok(before) => compare(&before, || after.map(serde_json::from_str)),
        Err(_) => Some(SaleReversal::Damaged),
    }
}

/// [`reverses_sale`] for parsed documents, at the outlet. A `before` that is not an order is not compared.
#[must_use]
pub fn reverses_sale_parsed(before: &Map<String, Value>, after: Option<&Map<String, Value>>) -> Option<SaleReversal> {
    let before = Sale::deserialize(before).ok()?;
    compare(&before, || after.map(Sale::deserialize))
}

/// How `after` reverses the recorded sale of an order.
#[must_use]
pub fn reverses_recorded_sale(before: &RecordedSale, after: Option<&str>) -> Option<SaleReversal> {
    if before.status != PAID {
        return None;
    }
    let Some(after) = after else { return Some(SaleReversal::Deleted) };
    let Ok(after) = serde_json::from_str::<Sale<'_>>(after) else { return Some(SaleReversal::Unreadable) };
    before.reversal_in(&after)
}

/// Whether a version is no longer a valid order: it is deleted, void or unreadable.
#[must_use]
pub fn is_voided(after: Option<&str>) -> bool {
    let Some(after) = after else { return true };
    serde_json::from_str::<Sale<'_>>(after).map_or(true, |after| after.status == VOID)
}

/// Whether a document is an acknowledged sale at the hub.
#[must_use]
pub fn is_sale(document: &Map<String, Value>) -> bool {
    document.get("status").and_then(Value::as_str) == Some(PAID)
}

fn compare<'a, E>(before: &Sale<'_>, after: impl FnOnce() -> Option<Result<Sale<'a>, E>>) -> Option<SaleReversal> {
    let is_part_paid = before.status == OPEN && before.payments.iter().any(|payment| before.left_of(payment) != 0);
    if before.status != PAID && !is_part_paid {
        return None;
    }
    match after() {
        None => Some(SaleReversal::Deleted),
        Some(Err(_)) => Some(SaleReversal::Unreadable),
        Some(Ok(after)) if is_part_paid => before.payment_reversal_in(&after),
        Some(Ok(after)) => before.reversal_in(&after),
    }
}

impl Sale<'_> {
    fn figures(&self) -> [i64; 8] {
        let Self { subtotal, discount, service, tax, tax_included, rounding, total, paid, .. } = *self;
        [subtotal, discount, service, tax, tax_included, rounding, total, paid]
    }

    fn reversal_in(&self, after: &Self) -> Option<SaleReversal> {
        let cashier = |sale: &Self| sale.cashier_id.as_deref().unwrap_or("none").to_owned();
        let identity_change = || {
            number_or_date_change(&self.order_number, &self.business_date, self.paid_date.as_deref(), after)
                .or_else(|| change_of("cashier_id", &cashier(self), &cashier(after)))
        };
        let missing_row = || {
            let lines =
                compare_lists("line", &self.lines, &after.lines, Line::matches, |line| line.amount.min(line.qty));
            let charges = || {
                let are_all_there = self.charges.iter().all(|charge| after.charges.contains(charge));
                (!are_all_there).then_some(SaleReversal::Missing("charge"))
            };
            lines.or_else(charges).or_else(|| self.missing_payment(after))
        };
        let grew = after.lines.len() > self.lines.len();
        status_change(after)
            .or_else(identity_change)
            .or_else(missing_row)
            .or_else(|| figure_change(self.figures(), after.figures(), grew))
    }

    /// How `after` reduces the payments of this open order.
    fn payment_reversal_in(&self, after: &Self) -> Option<SaleReversal> {
        let may_have_status = match after.status.as_ref() {
            OPEN | PAID => true,
            VOID => after.payments.iter().all(|payment| after.left_of(payment) == 0),
            _ => false,
        };
        if !may_have_status {
            return Some(SaleReversal::Status(after.status.as_ref().to_owned()));
        }
        self.missing_payment(after).or_else(|| {
            // Only rows that reverse a payment may lower it.
            let kept: i128 = self.payments.iter().map(|payment| i128::from(after.left_of(payment))).sum();
            let (from, to) = (self.paid, after.paid);
            (to < from && i128::from(to) < kept).then(|| SaleReversal::Changed {
                field: "paid",
                from: from.to_string(),
                to: to.to_string(),
            })
        })
    }

    fn missing_payment(&self, after: &Self) -> Option<SaleReversal> {
        let least = |payment: &Payment<'_>| if after.is_reversal(payment) { 0 } else { payment.amount };
        let is_in = |before: &Payment<'_>, payment: &Payment<'_>| {
            before.matches_or_is_confirmed(payment) && self.date_of(before) == after.date_of(payment)
        };
        compare_lists("payment", &self.payments, &after.payments, is_in, least)
    }

    /// The day on which a payment counts.
    fn date_of<'s>(&'s self, payment: &'s Payment<'_>) -> &'s str {
        payment.business_date.as_ref().unwrap_or(&self.business_date)
    }

    /// Whether a row takes back exactly one payment of this order, which no other row takes back.
    fn is_reversal(&self, row: &Payment<'_>) -> bool {
        let Some(id) = &row.reverses else { return false };
        let rows = self.payments.iter().filter(|other| other.reverses.as_ref() == Some(id)).count();
        let of = self.payments.iter().filter(|payment| payment.id == *id && payment.reverses.is_none());
        let amounts: Vec<_> = of.map(|payment| payment.amount.checked_neg()).collect();
        rows == 1 && amounts == [Some(row.amount)]
    }

    /// What of a payment was not taken back: all of it, or nothing.
    fn left_of(&self, payment: &Payment<'_>) -> i64 {
        let is_reversed = || {
            let mut rows = self.payments.iter().filter(|row| row.reverses.as_ref() == Some(&payment.id));
            rows.any(|row| self.is_reversal(row))
        };
        if payment.reverses.is_some() || is_reversed() { 0 } else { payment.amount }
    }
}

impl Line<'_> {
    fn matches(&self, after: &Self) -> bool {
        let Self { id, product_id, name, price, qty, amount, tax_group, voided_at: _ } = self;
        let names = (id, product_id, name) == (&after.id, &after.product_id, &after.name);
        let figures = (*price, *qty, *amount) == (after.price, after.qty, after.amount);
        names && figures && same_or_absent(tax_group.as_ref(), after.tax_group.as_ref())
    }
}

impl Payment<'_> {
    /// Whether `after` is this payment, unchanged or confirmed since.
    fn matches_or_is_confirmed(&self, after: &Self) -> bool {
        let Self { id, method, tender_id, amount, rounding, tendered, change, cashier_id, status, reverses, .. } = self;
        let names = (id, method, cashier_id, *amount) == (&after.id, &after.method, &after.cashier_id, after.amount)
            && (tender_id, reverses) == (&after.tender_id, &after.reverses);
        let cash_fields = [(rounding, after.rounding), (tendered, after.tendered), (change, after.change)];
        let cash_fields =
            cash_fields.into_iter().all(|(before, after)| same_or_absent(before.as_ref(), after.as_ref()));
        let is_confirmed = after.status.as_deref() == Some(CONFIRMED);
        names && cash_fields && (is_confirmed || same_or_absent(status.as_ref(), after.status.as_ref()))
    }
}

/// A document of an older outlet may lack a field; a newer version may add it.
fn same_or_absent<T: PartialEq>(before: Option<&T>, after: Option<&T>) -> bool {
    before.is_none() || before == after
}

impl RecordedSale {
    fn reversal_in(&self, after: &Sale<'_>) -> Option<SaleReversal> {
        let sold = after.lines.iter().filter(|line| line.voided_at.is_none());
        let lines: Vec<_> = sold.map(|line| (line.product_id.to_string(), line.qty, line.amount)).collect();
        let mut paid = BTreeMap::<(&str, &str, &str), i128>::new();
        // A reversed payment was received all the same.
        for payment in after.payments.iter().filter(|payment| !after.is_reversal(payment)) {
            let tender = payment.tender_id.as_deref().unwrap_or_default();
            *paid.entry((after.date_of(payment), &payment.method, tender)).or_default() += i128::from(payment.amount);
        }
        let missing_row = || {
            let least = |(_, qty, amount): &(String, i64, i64)| *qty.min(amount);
            compare_lists("line", &self.lines, &lines, PartialEq::eq, least).or_else(|| {
                let mut recorded = BTreeMap::<_, i128>::new();
                for (date, method, tender, amount) in &self.tenders {
                    *recorded.entry((date.as_str(), method.as_str(), tender.as_str())).or_default() +=
                        i128::from(*amount);
                }
                let is_there = |(key, amount): (&_, &i128)| paid.get(key).copied().unwrap_or(0) >= *amount;
                (!recorded.iter().all(is_there)).then_some(SaleReversal::Missing("payment"))
            })
        };
        let grew = lines.len() > self.lines.len();
        status_change(after)
            .or_else(|| {
                number_or_date_change(&self.order_number, &self.business_date, self.paid_date.as_deref(), after)
            })
            .or_else(missing_row)
            .or_else(|| figure_change(self.figures, after.figures(), grew))
    }
}

fn status_change(after: &Sale<'_>) -> Option<SaleReversal> {
    (after.status != PAID).then(|| SaleReversal::Status(after.status.as_ref().to_owned()))
}

fn number_or_date_change(
    order_number: &str,
    business_date: &str,
    paid_date: Option<&str>,
    after: &Sale<'_>,
) -> Option<SaleReversal> {
    let paid_after = after.paid_date.as_ref().unwrap_or(&after.business_date);
    change_of("order_number", order_number, &after.order_number)
        .or_else(|| change_of("business_date", business_date, &after.business_date))
        .or_else(|| change_of("paid_date", paid_date.unwrap_or(business_date), paid_after))
}

fn change_of(field: &'static str, from: &str, to: &str) -> Option<SaleReversal> {
    (from != to).then(|| SaleReversal::Changed { field, from: from.to_owned(), to: to.to_owned() })
}

/// The first of [`Sale::figures`] with a change that is not allowed.
fn figure_change(before: [i64; 8], after: [i64; 8], grew: bool) -> Option<SaleReversal> {
    let rules = [
        ("subtotal", Figure::Grows),
        ("discount", Figure::Fixed),
        ("service", Figure::Grows),
        ("tax", Figure::Grows),
        ("tax_included", Figure::Grows),
        ("rounding", Figure::Free),
        ("total", Figure::Grows),
        ("paid", Figure::GrowsAlone),
    ];
    let mut changes = rules.into_iter().zip(before.into_iter().zip(after));
    let ((field, _), (from, to)) = changes.find(|((_, figure), (from, to))| !figure.allows(*from, *to, grew))?;
    Some(SaleReversal::Changed { field, from: from.to_string(), to: to.to_string() })
}

/// Finds a row of `before` that is not in `after`, counting duplicates, or a negative row that `after` adds.
fn compare_lists<T>(
    what: &'static str,
    before: &[T],
    after: &[T],
    is_in: impl Fn(&T, &T) -> bool,
    least: impl Fn(&T) -> i64,
) -> Option<SaleReversal> {
    let mut added: Vec<&T> = after.iter().collect();
    for row in before {
        // Both lists usually have the same order, so the first candidate matches.
        let Some(index) = added.iter().position(|other| is_in(row, other)) else {
            return Some(SaleReversal::Missing(what));
        };
        added.remove(index);
    }
    added.into_iter().any(|row| least(row) < 0).then_some(SaleReversal::Refund(what))
}

/// How an amount may change if lines were added. Without added lines only [`Figure::GrowsAlone`] may change.
#[derive(Debug, Clone, Copy)]
enum Figure {
    Fixed,
    Grows,
    /// It may grow even if no line was added.
    GrowsAlone,
    /// It may change freely: the last cash payment determines the rounding.
    Free,
}

impl Figure {
    fn allows(self, from: i64, to: i64, grew: bool) -> bool {
        match self {
            _ if from == to => true,
            Self::Fixed => false,
            Self::Grows => grew && to > from,
            Self::GrowsAlone => to > from,
            Self::Free => grew,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sale() -> Value {
        json!({"id": "o", "status": "paid", "order_number": "JKT-0001", "business_date": "2026-11-22", "cashier_id": "c",
            "subtotal": 100, "discount": 10, "service": 5, "tax": 9, "tax_included": 0, "rounding": -4, "total": 100,
            "paid": 100, "customer_name": null, "table_number": "4",
            "lines": [{"id": "l1", "product_id": "p", "name": "Kopi", "price": 50, "qty": 2, "amount": 100, "tax_group": "pbjt"}],
            "charges": [{"id": "s", "kind": "service", "rate_bp": 500, "base": 90, "amount": 5, "inclusive": false},
                {"id": "t", "kind": "tax", "rate_bp": 1_000, "base": 95, "amount": 9, "inclusive": false}],
            "payments": [{"id": "p1", "method": "cash", "amount": 60, "tendered": 60, "change": 0, "rounding": -4,
                "cashier_id": "c", "status": "unconfirmed"},
                {"id": "p2", "method": "qris", "amount": 40, "cashier_id": "c", "status": "confirmed"}]})
    }

    fn after(change: impl FnOnce(&mut Value)) -> Option<SaleReversal> {
        let (before, mut after) = (sale(), sale());
        change(&mut after);
        let found = reverses_sale(&before.to_string(), Some(&after.to_string()));
        assert_eq!(reverses_sale_parsed(before.as_object().unwrap(), after.as_object()), found);
        found
    }

    #[test]
    fn fields_without_money_may_change_and_payments_may_be_added() {
        assert_eq!(after(|_| {}), None);
        for (field, value) in [("customer_name", json!("Sari")), ("table_number", json!("5")), ("pax", json!(2))] {
            assert_eq!(after(|sale| sale[field] = value), None, "{field}");
        }
        assert_eq!(after(|sale| sale["payments"][0]["status"] = "confirmed".into()), None);
        assert_eq!(after(|sale| sale["lines"][0]["note"] = "hot".into()), None);
        // Paid at both copies.
        let second_payment = json!({"id": "p3", "method": "card", "amount": 100, "cashier_id": "c"});
        assert_eq!(
            after(|sale| {
                sale["payments"].as_array_mut().unwrap().push(second_payment.clone());
                sale["paid"] = 200.into();
            }),
            None
        );
        // A line of the other copy, and its payment.
        let line = json!({"id": "l2", "product_id": "q", "name": "Teh", "price": 20, "qty": 1, "amount": 20});
        let grown = |sale: &mut Value| {
            sale["lines"].as_array_mut().unwrap().insert(0, line);
            sale["payments"].as_array_mut().unwrap().push(second_payment);
            for (field, value) in [("subtotal", 120), ("service", 6), ("tax", 11), ("total", 123), ("paid", 200)] {
                sale[field] = value.into();
            }
        };
        assert_eq!(after(grown), None);
    }

    #[test]
    fn a_paid_order_cannot_be_deleted_or_reduced() {
        assert_eq!(reverses_sale(&sale().to_string(), None), Some(SaleReversal::Deleted));
        assert_eq!(reverses_sale(&sale().to_string(), Some("{}")), Some(SaleReversal::Unreadable));
        for status in ["void", "open", "of a newer version"] {
            assert_eq!(after(|sale| sale["status"] = status.into()), Some(SaleReversal::Status(status.to_owned())));
        }
        for field in ["subtotal", "discount", "service", "tax", "tax_included", "rounding", "total"] {
            for by in [-1, 1] {
                let found = after(|sale| sale[field] = (sale[field].as_i64().unwrap() + by).into());
                assert!(
                    matches!(&found, Some(SaleReversal::Changed { field: of, .. }) if *of == field),
                    "{field} {found:?}"
                );
            }
        }
        assert!(after(|sale| sale["paid"] = 99.into()).is_some());
        for field in ["order_number", "business_date", "paid_date", "cashier_id"] {
            let found = after(|sale| sale[field] = "2026-11-23".into());
            assert!(
                matches!(&found, Some(SaleReversal::Changed { field: of, .. }) if *of == field),
                "{field} {found:?}"
            );
        }
        for (list, fields) in
            [("lines", &["id", "product_id", "name"][..]), ("payments", &["id", "method", "cashier_id"])]
        {
            let gone = after(|sale| drop(sale[list].as_array_mut().unwrap().remove(0)));
            assert!(matches!(gone, Some(SaleReversal::Missing(_))), "{list}");
            for field in fields {
                let changed = after(|sale| sale[list][0][*field] = "x".into());
                assert!(matches!(changed, Some(SaleReversal::Missing(_))), "{list} {field}");
            }
            assert!(after(|sale| sale[list][0]["amount"] = 1.into()).is_some(), "{list}");
        }
        // A line was added and the discount was raised.
        let line = json!({"id": "l2", "product_id": "q", "name": "Teh", "price": 20, "qty": 1, "amount": 20});
        let found = after(|sale| {
            sale["lines"].as_array_mut().unwrap().push(line);
            (sale["subtotal"], sale["discount"]) = (120.into(), 30.into());
        });
        assert!(matches!(found, Some(SaleReversal::Changed { field: "discount", .. })), "{found:?}");
    }

    /// Every way to reduce a paid order, and harmless changes that look similar.
    #[test]
    fn no_version_may_reduce_a_paid_order() {
        type Change = fn(&mut Value);
        let reversals: &[(&str, Change)] = &[
            ("reopened", |sale| sale["status"] = "open".into()),
            ("voided", |sale| sale["status"] = "void".into()),
            ("an unknown status", |sale| sale["status"] = "PAID".into()),
            ("another day", |sale| sale["business_date"] = "2026-11-23".into()),
            ("paid on another day", |sale| sale["paid_date"] = "2026-11-23".into()),
            ("a payment on another day", |sale| sale["payments"][0]["business_date"] = "2026-11-23".into()),
            ("no cashier", |sale| sale["cashier_id"] = Value::Null),
            ("a lower total", |sale| (sale["total"], sale["paid"]) = (99.into(), 99.into())),
            ("no lines", |sale| sale["lines"] = json!([])),
            ("no payments", |sale| sale["payments"] = json!([])),
            ("no charges", |sale| sale["charges"] = json!([])),
            ("a charge lowered", |sale| sale["charges"][0]["amount"] = 4.into()),
            ("a charge that was added becomes included", |sale| sale["charges"][1]["inclusive"] = true.into()),
            ("a line without tax", |sale| sale["lines"][0]["tax_group"] = "none".into()),
            ("a payment that failed", |sale| sale["payments"][1]["status"] = "failed".into()),
            ("a confirmed payment in doubt", |sale| sale["payments"][1]["status"] = "unconfirmed".into()),
            ("a payment without its state", |sale| sale["payments"][1]["status"] = Value::Null),
            ("more change", |sale| sale["payments"][0]["change"] = 50.into()),
            ("a refund", |sale| push(sale, "payments", json!({"id": "r", "method": "cash", "amount": -100}))),
            ("a payment and its refund", |sale| {
                push(sale, "payments", json!({"id": "q", "method": "card", "amount": 100}));
                push(sale, "payments", json!({"id": "r", "method": "cash", "amount": -100}));
            }),
            ("a line and its return", |sale| {
                let line = |id: &str, amount: i64| json!({"id": id, "product_id": "p", "name": "Kopi", "price": amount, "qty": 1, "amount": amount});
                push(sale, "lines", line("l2", 100));
                push(sale, "lines", line("l3", -100));
            }),
            ("paid lowered", |sale| sale["paid"] = 0.into()),
            ("payments that are not a list", |sale| sale["payments"] = "none".into()),
            ("a total that is not a number", |sale| sale["total"] = "100".into()),
        ];
        for (what, change) in reversals {
            assert!(after(change).is_some(), "{what}");
        }
        let harmless: &[(&str, Change)] = &[
            ("a payment confirmed", |sale| sale["payments"][0]["status"] = "confirmed".into()),
            ("its day is written out", |sale| {
                sale["paid_date"] = "2026-11-22".into();
                sale["payments"][0]["business_date"] = "2026-11-22".into();
            }),
            ("a time", |sale| sale["paid_at"] = "2026-11-23T00:00:00.000Z".into()),
            ("a deletion mark that no version reads", |sale| sale["deleted_at"] = "2026-11-23T00:00:00.000Z".into()),
            ("a field of a newer version", |sale| sale["currency"] = "USD".into()),
            ("the same lines in another order", |sale| sale["payments"].as_array_mut().unwrap().reverse()),
            ("paid at both copies", |sale| {
                push(sale, "payments", json!({"id": "q", "method": "card", "amount": 100}));
                sale["paid"] = 200.into();
            }),
        ];
        for (what, change) in harmless {
            assert_eq!(after(change), None, "{what}");
        }
    }

    fn push(sale: &mut Value, list: &str, row: Value) {
        sale[list].as_array_mut().unwrap().push(row);
    }

    #[test]
    fn an_unreadable_order_counts_as_paid_by_its_recorded_sale() {
        let whole = sale().to_string();
        for before in ["[", "{}", "null", "", r#"{"status":"open"}"#, r#"{"status":7}"#] {
            for after in [None, Some("{}"), Some(whole.as_str())] {
                assert_eq!(reverses_sale(before, after), Some(SaleReversal::Damaged), "{before}");
            }
        }
        let recorded = RecordedSale {
            status: "paid".to_owned(),
            order_number: "JKT-0001".to_owned(),
            business_date: "2026-11-22".to_owned(),
            paid_date: None,
            figures: [100, 10, 5, 9, 0, -4, 100, 100],
            lines: vec![("p".to_owned(), 2, 100)],
            tenders: [("cash", 60), ("qris", 40)]
                .map(|(method, amount)| ("2026-11-22".to_owned(), method.to_owned(), String::new(), amount))
                .to_vec(),
        };
        let after = |change: fn(&mut Value)| {
            let mut after = sale();
            change(&mut after);
            reverses_recorded_sale(&recorded, Some(&after.to_string()))
        };
        assert_eq!(after(|_| {}), None, "the outlet sends it unchanged");
        assert_eq!(after(|sale| sale["customer_name"] = "Sri".into()), None);
        assert_eq!(reverses_recorded_sale(&recorded, None), Some(SaleReversal::Deleted));
        assert_eq!(reverses_recorded_sale(&recorded, Some("{}")), Some(SaleReversal::Unreadable));
        let reversals: [fn(&mut Value); 9] = [
            |sale| sale["status"] = "void".into(),
            |sale| sale["business_date"] = "2026-11-23".into(),
            |sale| sale["paid_date"] = "2026-11-23".into(),
            |sale| sale["payments"][0]["business_date"] = "2026-11-23".into(),
            |sale| sale["order_number"] = "x".into(),
            |sale| sale["total"] = 99.into(),
            |sale| sale["lines"][0]["qty"] = 1.into(),
            |sale| sale["payments"][1]["method"] = "cash".into(),
            |sale| drop(sale["payments"].as_array_mut().unwrap().pop()),
        ];
        for change in reversals {
            assert!(after(change).is_some());
        }
        let open = RecordedSale { status: "open".to_owned(), ..recorded };
        assert_eq!(reverses_recorded_sale(&open, None), None);
        for (after, expected) in [(None, true), (Some("{}"), true), (Some(whole.as_str()), false)] {
            assert_eq!(is_voided(after), expected);
        }
    }

    #[test]
    fn no_version_may_reduce_the_payments_of_an_open_order() {
        type Change = fn(&mut Value);
        let mut before = sale();
        (before["status"], before["paid"], before["total"]) = ("open".into(), 60.into(), 100.into());
        before["payments"].as_array_mut().unwrap().pop();
        let after = |change: fn(&mut Value)| {
            let mut after = before.clone();
            change(&mut after);
            let found = reverses_sale(&before.to_string(), Some(&after.to_string()));
            assert_eq!(reverses_sale_parsed(before.as_object().unwrap(), after.as_object()), found);
            found
        };
        let reversals: [(&str, Change); 9] = [
            ("voided", |order| order["status"] = "void".into()),
            ("a payment on another day", |order| order["payments"][0]["business_date"] = "2026-11-21".into()),
            ("its payments on another day", |order| order["business_date"] = "2026-11-21".into()),
            ("an unknown status", |order| order["status"] = "cancelled".into()),
            ("no payments", |order| order["payments"] = json!([])),
            ("less", |order| order["payments"][0]["amount"] = 1.into()),
            ("another method", |order| order["payments"][0]["method"] = "other".into()),
            ("a refund", |order| push(order, "payments", json!({"id": "r", "method": "cash", "amount": -60}))),
            ("paid lowered", |order| order["paid"] = 0.into()),
        ];
        for (what, change) in reversals {
            assert!(after(change).is_some(), "{what}");
        }
        assert_eq!(reverses_sale(&before.to_string(), None), Some(SaleReversal::Deleted));
        assert_eq!(reverses_sale(&before.to_string(), Some("{}")), Some(SaleReversal::Unreadable));
        let harmless: [(&str, Change); 4] = [
            ("paid in full", |order| {
                let payment = json!({"id": "q", "method": "qris", "amount": 40, "business_date": "2026-11-23"});
                push(order, "payments", payment);
                (order["status"], order["paid"]) = ("paid".into(), 100.into());
                order["paid_date"] = "2026-11-23".into();
            }),
            ("a dish less", |order| (order["lines"], order["total"]) = (json!([]), 60.into())),
            ("confirmed", |order| order["payments"][0]["status"] = "confirmed".into()),
            ("another table", |order| order["table_number"] = "7".into()),
        ];
        for (what, change) in harmless {
            assert_eq!(after(change), None, "{what}");
        }
    }

    #[test]
    fn a_payment_may_be_reversed_and_replaced() {
        let reversal = |of: &str, amount: i64| json!({"id": format!("r-{of}"), "method": "cash", "amount": amount, "reverses": of});
        let corrected = |sale: &mut Value, back: i64, instead: i64| {
            let of = sale["payments"][0]["id"].as_str().unwrap().to_owned();
            push(sale, "payments", reversal(&of, -back));
            push(sale, "payments", json!({"id": "n", "method": "card", "amount": instead}));
        };
        let amount = sale()["payments"][0]["amount"].as_i64().unwrap();
        assert_eq!(after(|sale| corrected(sale, amount, amount)), None);
        assert_eq!(after(|sale| corrected(sale, amount - 1, amount)), Some(SaleReversal::Refund("payment")));
        assert_eq!(after(|sale| corrected(sale, amount + 1, amount + 1)), Some(SaleReversal::Refund("payment")));
        let twice = after(|sale| {
            corrected(sale, amount, amount);
            corrected(sale, amount, amount);
        });
        assert_eq!(twice, Some(SaleReversal::Refund("payment")));
        let of_nothing = after(|sale| push(sale, "payments", reversal("unknown", -amount)));
        assert_eq!(of_nothing, Some(SaleReversal::Refund("payment")));
        // Without a replacement, less is paid.
        let lowered = after(|sale| {
            let of = sale["payments"][0]["id"].as_str().unwrap().to_owned();
            push(sale, "payments", reversal(&of, -amount));
            sale["paid"] = (sale["paid"].as_i64().unwrap() - amount).into();
        });
        assert!(matches!(lowered, Some(SaleReversal::Changed { field: "paid", .. })), "{lowered:?}");
    }

    #[test]
    fn a_deposit_may_be_returned_and_then_the_order_is_free() {
        let mut deposit = sale();
        deposit["status"] = OPEN.into();
        deposit["payments"] =
            json!([{"id": "p1", "method": "cash", "amount": 40}, {"id": "p2", "method": "cash", "amount": 10}]);
        deposit["paid"] = 50.into();
        let compared = |before: &Value, after: &Value| reverses_sale(&before.to_string(), Some(&after.to_string()));
        let mut returned = deposit.clone();
        push(&mut returned, "payments", json!({"id": "r1", "method": "cash", "amount": -40, "reverses": "p1"}));
        returned["paid"] = 10.into();
        assert_eq!(compared(&deposit, &returned), None);
        let mut less = returned.clone();
        less["paid"] = 9.into();
        assert!(matches!(compared(&deposit, &less), Some(SaleReversal::Changed { field: "paid", .. })));
        let mut void = returned.clone();
        void["status"] = "void".into();
        assert!(matches!(compared(&returned, &void), Some(SaleReversal::Status(_))), "10 are still paid");
        push(&mut void, "payments", json!({"id": "r2", "method": "cash", "amount": -10, "reverses": "p2"}));
        void["paid"] = 0.into();
        let mut all_returned = void.clone();
        all_returned["status"] = OPEN.into();
        assert_eq!(compared(&returned, &all_returned), None);
        assert_eq!(compared(&all_returned, &void), None);
        assert_eq!(compared(&deposit, &void), None, "the hub may receive both changes as one");
        all_returned["status"] = "cancelled".into();
        assert!(matches!(compared(&deposit, &all_returned), Some(SaleReversal::Status(_))));
    }

    #[test]
    fn an_unpaid_order_may_change_freely() {
        for status in ["open", "void"] {
            let mut before = sale();
            (before["status"], before["payments"]) = (status.into(), json!([]));
            assert_eq!(reverses_sale(&before.to_string(), None), None);
            before["total"] = 1.into();
            assert_eq!(reverses_sale(&before.to_string(), Some(&sale().to_string())), None);
        }
    }
}
