//! Reads an order document and checks that its parts add up.
//!
//! Only the fields that head office calculates with are read; the document is stored unchanged. Statuses, types and methods
//! are plain text, so that values of a newer outlet are stored too.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::unite::overpaid;
use domain::{BusinessDate, Money};
use serde::Deserialize;

use crate::projections::Rejection;

/// Maximum size of the keys of figures, in bytes.
pub(crate) const MAX_KEY: usize = 200;

/// The status of an order that is a sale.
pub(crate) const PAID: &str = "paid";
/// The status of an order that was given up.
const VOID: &str = "void";
/// The status of a payment that nobody has confirmed.
const UNCONFIRMED: &str = "unconfirmed";
/// The kind of a discount that is a gift.
const COMPLIMENT: &str = "compliment";
/// The largest amount of a deed: no shop gives away more. So the sums of any period stay in range.
const MAX_DEED: i128 = (domain::money::MAX_AMOUNT / 1_000) as i128;
/// The kind of a charge that is a tax.
pub(crate) const TAX: &str = "tax";

/// The fields of an order document that head office calculates with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Order<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    #[serde(borrow)]
    pub order_number: Cow<'a, str>,
    #[serde(borrow)]
    pub business_date: Cow<'a, str>,
    #[serde(borrow)]
    pub status: Cow<'a, str>,
    #[serde(borrow)]
    pub order_type: Cow<'a, str>,
    #[serde(borrow, default)]
    pub table_number: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub customer_name: Option<Cow<'a, str>>,
    pub subtotal: i64,
    pub discount: i64,
    pub service: i64,
    pub tax: i64,
    pub tax_included: i64,
    pub rounding: i64,
    pub total: i64,
    pub paid: i64,
    #[serde(borrow)]
    pub created_at: Cow<'a, str>,
    #[serde(borrow, default)]
    pub paid_at: Option<Cow<'a, str>>,
    /// When the sale counts, if the order is paid; `None`: `business_date`.
    #[serde(borrow, default)]
    pub paid_date: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub cashier_id: Option<Cow<'a, str>>,
    /// The tender of the delivery platform that it came from.
    #[serde(borrow, default)]
    pub channel: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub void_requested_by: Option<Cow<'a, str>>,
    /// The order that has its lines now.
    #[serde(borrow, default)]
    pub merged_into: Option<Cow<'a, str>>,
    /// The lines that are not void.
    #[serde(borrow)]
    pub lines: Vec<Line<'a>>,
    /// The void lines.
    #[serde(skip)]
    pub void_lines: Vec<Line<'a>>,
    #[serde(borrow, default)]
    pub discounts: Vec<Discount<'a>>,
    #[serde(borrow, default)]
    pub charges: Vec<Charge<'a>>,
    #[serde(borrow)]
    pub payments: Vec<Payment<'a>>,
}

/// A line of an order.
#[derive(Debug, Deserialize)]
pub(crate) struct Line<'a> {
    #[serde(borrow)]
    pub product_id: Cow<'a, str>,
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    pub price: i64,
    pub qty: i64,
    /// Decimal places of `qty`.
    #[serde(default)]
    pub qty_scale: i64,
    pub amount: i64,
    /// When the line was made void; then it was not sold.
    #[serde(borrow, default)]
    pub voided_at: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub void_requested_by: Option<Cow<'a, str>>,
}

/// A discount or a compliment of an order.
#[derive(Debug, Deserialize)]
pub(crate) struct Discount<'a> {
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    pub amount: i64,
    #[serde(borrow, default)]
    pub given_by: Option<Cow<'a, str>>,
}

/// A payment of an order.
#[derive(Debug, Deserialize)]
pub(crate) struct Payment<'a> {
    #[serde(borrow)]
    pub method: Cow<'a, str>,
    #[serde(borrow, default)]
    pub tender_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub tender_name: Option<Cow<'a, str>>,
    /// The amount that counts toward the order, without change and rounding.
    pub amount: i64,
    /// When the payment counts; `None`: on the order's `business_date`.
    #[serde(borrow, default)]
    pub business_date: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub status: Option<Cow<'a, str>>,
    /// The payment that this row takes back.
    #[serde(borrow, default)]
    pub reverses: Option<Cow<'a, str>>,
}

/// A service charge or tax of an order.
#[derive(Debug, Deserialize)]
pub(crate) struct Charge<'a> {
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    pub rate_bp: i64,
    /// The amount that the rate applies to.
    pub base: i64,
    pub amount: i64,
    /// Inside the prices.
    #[serde(default)]
    pub inclusive: bool,
}

/// What taxes are summed by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TaxKey {
    pub name: String,
    pub rate_bp: i64,
    pub inclusive: bool,
}

/// A tax of an order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tax {
    /// The amount that was taxed.
    pub base: i64,
    pub amount: i64,
}

impl TaxKey {
    /// The key of a tax, with a name that fits.
    pub(crate) fn of(name: &str, rate_bp: i64, inclusive: bool) -> Self {
        Self { name: name[..name.floor_char_boundary(MAX_KEY)].to_owned(), rate_bp, inclusive }
    }
}

impl Tax {
    pub(crate) fn add(&mut self, base: i64, amount: i64) {
        self.base = self.base.saturating_add(base);
        self.amount = self.amount.saturating_add(amount);
    }
}

/// The day of a deed, its kind and the user; without a user an empty text.
pub(crate) type DeedKey<'t> = (&'t str, &'static str, String);

/// What a user gave away: how often, and what it came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Deeds {
    pub count: i64,
    amount: i128,
}

impl Deeds {
    /// The sum, within the range of one deed.
    pub(crate) fn amount(self) -> i64 {
        i64::try_from(self.amount.clamp(-MAX_DEED, MAX_DEED)).unwrap_or_default()
    }
}

/// What payments are summed by: the method and the tender, whose id and name are empty texts if there is none. The name is
/// a part of the key, so that sums never depend on the sequence in which a tender was renamed and used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TenderKey<'t> {
    pub method: &'t str,
    pub id: &'t str,
    pub name: &'t str,
}

impl<'t> TenderKey<'t> {
    /// The key of a payment, with a name that fits.
    pub(crate) fn of(method: &'t str, id: Option<&'t str>, name: Option<&'t str>) -> Self {
        let name = name.unwrap_or_default();
        Self { method, id: id.unwrap_or_default(), name: &name[..name.floor_char_boundary(MAX_KEY)] }
    }

    /// The columns of the key.
    pub(crate) fn texts(self) -> [&'t str; 3] {
        [self.method, self.id, self.name]
    }
}

/// A [`TenderKey`] that was read from a table.
pub(super) type TenderTexts = [String; 3];

impl<'t> From<&'t TenderTexts> for TenderKey<'t> {
    fn from([method, id, name]: &'t TenderTexts) -> Self {
        Self { method, id, name }
    }
}

/// The day of a payment and its tender.
pub(crate) type DayAndTender<'t> = (&'t str, TenderKey<'t>);

/// The payments of an order on one day by one tender.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tender {
    /// The part that counts toward the total.
    pub amount: i64,
    /// The part beyond the total.
    pub overpaid: i64,
    /// What was taken back of them, negative; contained in the amounts above.
    pub reversed: i64,
    /// What nobody has confirmed yet; contained in the amounts above.
    pub unconfirmed: i64,
}

impl<'a> Line<'a> {
    /// A line as its row in the tables has it; the quantity with its decimal places.
    pub(crate) fn sold(
        product_id: Cow<'a, str>,
        name: Cow<'a, str>,
        (qty, qty_scale): (i64, i64),
        amount: i64,
    ) -> Self {
        Self { product_id, name, price: 0, qty, qty_scale, amount, voided_at: None, void_requested_by: None }
    }
}

impl<'a> Order<'a> {
    /// Reads the document of the order with this id, without its void lines.
    pub(crate) fn read(document: &'a str, id: &str) -> Result<Self, Rejection> {
        let mut order: Self =
            serde_json::from_str(document).map_err(|error| Rejection::Unreadable(error.to_string()))?;
        if order.id != id {
            return Err(Rejection::Unreadable("its id differs from the id of its item".into()));
        }
        let payments = order.payments.iter().filter_map(|payment| payment.business_date.as_ref());
        let dates = [("business_date", Some(&order.business_date)), ("paid_date", order.paid_date.as_ref())];
        let dates = dates.into_iter().chain(payments.map(|date| ("payment's business_date", Some(date))));
        for (field, date) in dates {
            if date.is_some_and(|date| BusinessDate::parse(date).is_none()) {
                return Err(Rejection::Unreadable(format!("its {field} is not a date as YYYY-MM-DD")));
            }
        }
        let products = order.lines.iter().map(|line| &line.product_id);
        let payments = order.payments.iter().flat_map(|payment| [Some(&payment.method), payment.tender_id.as_ref()]);
        if products.chain(payments.flatten()).any(|key| key.len() > MAX_KEY) {
            return Err(Rejection::Unreadable(format!(
                "a product_id, method or tender_id is longer than {MAX_KEY} bytes"
            )));
        }
        (order.lines, order.void_lines) = order.lines.into_iter().partition(|line| line.voided_at.is_none());
        Ok(order)
    }

    /// Payments by day and tender: the amount that counts, and the excess if the guest has paid a sale twice. The amounts
    /// of a sale that count add up to its total.
    pub(crate) fn tenders(&self) -> BTreeMap<DayAndTender<'_>, Tender> {
        let amounts: Vec<_> = self.payments.iter().map(|payment| payment.amount).collect();
        let excess = if self.counts() { overpaid(self.total, &amounts) } else { vec![0; amounts.len()] };
        let mut tenders = BTreeMap::<_, Tender>::new();
        for (payment, over) in self.payments.iter().zip(excess) {
            let date = payment.business_date.as_ref().unwrap_or(&self.business_date);
            let key = TenderKey::of(&payment.method, payment.tender_id.as_deref(), payment.tender_name.as_deref());
            let tender = tenders.entry((date.as_ref(), key)).or_default();
            // No valid amounts reach the end of 64 bits.
            tender.amount = tender.amount.saturating_add(payment.amount.saturating_sub(over));
            tender.overpaid = tender.overpaid.saturating_add(over);
            if payment.reverses.is_some() {
                tender.reversed = tender.reversed.saturating_add(payment.amount);
            }
            if payment.status.as_deref() == Some(UNCONFIRMED) {
                tender.unconfirmed = tender.unconfirmed.saturating_add(payment.amount);
            }
        }
        tenders
    }

    /// Its taxes by name and rate.
    pub(crate) fn taxes(&self) -> BTreeMap<TaxKey, Tax> {
        let mut taxes = BTreeMap::<_, Tax>::new();
        for Charge { name, rate_bp, base, amount, inclusive, .. } in self.charges.iter().filter(|of| of.kind == TAX) {
            taxes.entry(TaxKey::of(name, *rate_bp, *inclusive)).or_default().add(*base, *amount);
        }
        taxes
    }

    /// What people gave away with it: a void counts on the day of the order, a discount on that of the sale.
    pub(crate) fn deeds(&self) -> BTreeMap<DeedKey<'_>, Deeds> {
        let mut deeds = BTreeMap::<_, Deeds>::new();
        let mut add = |business_date, kind, user: &'_ Option<Cow<'_, str>>, amount: i128| {
            let user_id = user.as_deref().unwrap_or_default();
            let deeds = deeds.entry((business_date, kind, user_id.to_owned())).or_default();
            deeds.count += 1;
            deeds.amount = deeds.amount.saturating_add(amount.clamp(-MAX_DEED, MAX_DEED));
        };
        let order_date = self.business_date.as_ref();
        if self.status == VOID && self.merged_into.is_none() {
            add(order_date, "voided_order", &self.void_requested_by, i128::from(self.subtotal - self.discount));
        }
        for line in &self.void_lines {
            let amount = i128::from(line.price) * i128::from(line.qty);
            let amount = if line.qty_scale == 0 { amount } else { (amount + 500) / 1_000 };
            add(order_date, "voided_line", &line.void_requested_by, amount);
        }
        for given in self.sale_date().map_or(&[][..], |_| &self.discounts[..]) {
            let kind = if given.kind == COMPLIMENT { "compliment" } else { "discount" };
            add(self.sale_date().unwrap_or(order_date), kind, &given.given_by, given.amount.into());
        }
        deeds
    }

    /// Whether it is a sale.
    pub(crate) fn counts(&self) -> bool {
        self.status == PAID
    }

    /// The day on which the sale counts; `None` if the order is not paid.
    pub(crate) fn sale_date(&self) -> Option<&str> {
        self.counts().then(|| self.paid_date.as_ref().unwrap_or(&self.business_date).as_ref())
    }

    /// Checks that `total = subtotal - discount + service + tax + rounding`, that `subtotal` is the sum of the lines, and
    /// that the payments of a paid order cover the total. They may exceed it: a guest can pay before an outlet is restored,
    /// and again after it. An open or void order may be paid in part.
    pub(crate) fn check(&self) -> Result<(), Rejection> {
        self.check_limits()?;
        let same = |field, is: i64, parts, sum: i128| {
            if i128::from(is) == sum { Ok(()) } else { Err(Rejection::DoesNotAddUp { field, is, parts, sum }) }
        };
        let whole = self.subtotal - self.discount + self.service + self.tax + self.rounding;
        same("total", self.total, "formula", whole.into())?;
        same("subtotal", self.subtotal, "lines", sum(self.lines.iter().map(|line| line.amount)))?;
        let paid = sum(self.payments.iter().map(|payment| payment.amount));
        if self.counts() && paid < i128::from(self.total) {
            return Err(Rejection::DoesNotAddUp { field: "total", is: self.total, parts: "payments", sum: paid });
        }
        Ok(())
    }

    fn check_limits(&self) -> Result<(), Rejection> {
        let totals = [
            ("subtotal", self.subtotal),
            ("discount", self.discount),
            ("service", self.service),
            ("tax", self.tax),
            ("tax_included", self.tax_included),
            ("rounding", self.rounding),
            ("total", self.total),
            ("paid", self.paid),
        ];
        let lines = self
            .lines
            .iter()
            .flat_map(|line| [("line's price", line.price), ("line's qty", line.qty), ("line's amount", line.amount)]);
        let charges =
            self.charges.iter().flat_map(|charge| [("charge's base", charge.base), ("charge's amount", charge.amount)]);
        let payments = self.payments.iter().map(|payment| ("payment's amount", payment.amount));
        let mut amounts = totals.into_iter().chain(lines).chain(charges).chain(payments);
        match amounts.find(|&(_, amount)| Money(amount).checked().is_err()) {
            Some((field, _)) => Err(Rejection::TooLarge { field }),
            None => Ok(()),
        }
    }
}

fn sum(amounts: impl Iterator<Item = i64>) -> i128 {
    amounts.map(i128::from).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(change: impl FnOnce(&mut serde_json::Value)) -> String {
        let mut order = serde_json::json!({
            "id": "o", "order_number": "JKT-001-20261122-0001", "business_date": "2026-11-22", "status": "paid",
            "order_type": "dine_in", "table_number": null, "subtotal": 100_000, "discount": 20_000, "service": 4_000,
            "tax": 8_400, "tax_included": 0, "rounding": -400, "total": 92_000, "paid": 92_000,
            "created_at": "2026-11-22T10:00:00.000Z",
            "lines": [{"product_id": "p", "name": "Kopi", "price": 50_000, "qty": 2, "amount": 100_000}],
            "payments": [{"method": "cash", "amount": 50_000}, {"method": "qris", "amount": 42_000}]
        });
        change(&mut order);
        order.to_string()
    }

    fn code(change: impl FnOnce(&mut serde_json::Value)) -> Option<String> {
        let text = order(change);
        let checked = Order::read(&text, "o").and_then(|order| order.check());
        checked.err().map(|rejection| rejection.reason("order", "o").code().to_owned())
    }

    #[test]
    fn an_order_whose_parts_sum_to_its_total_is_accepted() {
        assert_eq!(code(|_| {}).as_deref(), None);
        assert_eq!(code(|o| o["of_a_newer_version"] = 1.into()).as_deref(), None);
        assert_eq!(code(|o| o["status"] = "refunded".into()).as_deref(), None);
        for status in ["open", "void"] {
            assert_eq!(
                code(|o| (o["status"], o["payments"]) = (status.into(), serde_json::json!([]))).as_deref(),
                None
            );
        }
    }

    #[test]
    fn an_order_whose_parts_do_not_sum_is_rejected() {
        for field in ["subtotal", "discount", "service", "tax", "rounding", "total"] {
            let by_one = |o: &mut serde_json::Value| o[field] = (o[field].as_i64().unwrap() + 1).into();
            assert_eq!(code(by_one).as_deref(), Some("totals_do_not_add_up"), "{field}");
        }
        assert_eq!(code(|o| o["lines"][0]["amount"] = 99_999.into()).as_deref(), Some("totals_do_not_add_up"));
        assert_eq!(code(|o| o["payments"][0]["amount"] = 49_999.into()).as_deref(), Some("totals_do_not_add_up"));
        assert_eq!(
            code(|o| o["payments"][0]["amount"] = 50_001.into()).as_deref(),
            None,
            "an overpaid order is accepted"
        );
    }

    #[test]
    fn a_document_that_lacks_a_field_of_an_order_is_unreadable() {
        for field in ["id", "business_date", "status", "total", "lines", "payments"] {
            let remove = |o: &mut serde_json::Value| drop(o.as_object_mut().unwrap().remove(field));
            assert_eq!(code(remove).as_deref(), Some("invalid_document"), "{field}");
        }
        assert_eq!(code(|o| o["total"] = 1.5.into()).as_deref(), Some("invalid_document"));
        assert_eq!(code(|o| o["id"] = "other".into()).as_deref(), Some("invalid_document"));
        let wrong_dates: [fn(&mut serde_json::Value); 3] = [
            |o| o["business_date"] = "2026-02-30".into(),
            |o| o["paid_date"] = "tomorrow".into(),
            |o| o["payments"][1]["business_date"] = "".into(),
        ];
        for wrong in wrong_dates {
            assert_eq!(code(wrong).as_deref(), Some("invalid_document"));
        }
        assert!(Order::read("[]", "o").is_err());
        let long = "p".repeat(MAX_KEY + 1);
        assert_eq!(code(|o| o["lines"][0]["product_id"] = long.as_str().into()).as_deref(), Some("invalid_document"));
        assert_eq!(code(|o| o["payments"][1]["method"] = long.as_str().into()).as_deref(), Some("invalid_document"));
        assert_eq!(code(|o| o["payments"][1]["tender_id"] = long.as_str().into()).as_deref(), Some("invalid_document"));
        assert_eq!(code(|o| o["payments"][1]["tender_name"] = long.as_str().into()).as_deref(), None, "it is cut");
    }

    #[test]
    fn an_amount_beyond_the_limit_is_rejected_before_the_sum() {
        assert_eq!(code(|o| o["total"] = i64::MAX.into()).as_deref(), Some("amount_too_large"));
        assert_eq!(code(|o| o["lines"][0]["qty"] = i64::MIN.into()).as_deref(), Some("amount_too_large"));
        assert_eq!(code(|o| o["payments"][0]["amount"] = i64::MAX.into()).as_deref(), Some("amount_too_large"));
    }
}
