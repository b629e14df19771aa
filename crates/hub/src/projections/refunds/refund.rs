//! Reads a refund document and checks that its parts add up.
//!
//! Only the fields that head office lists or calculates with are read; the document is stored unchanged.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::money::MAX_AMOUNT;
use domain::{BusinessDate, Money};
use serde::Deserialize;
use web::Notice;
use web::messages::{Arg, Message};

use crate::projections::Rejection;
use crate::projections::sales::{MAX_KEY, TAX, Tax, TaxKey, TenderKey};

/// The largest figure of one refund: no shop gives back more. So the sums of any period stay in range.
const MAX_FIGURE: i128 = (MAX_AMOUNT / 1_000) as i128;

/// The fields of a refund document that head office reads.
#[derive(Debug, Deserialize)]
pub(crate) struct Refund<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    #[serde(borrow)]
    pub refund_number: Cow<'a, str>,
    #[serde(borrow)]
    pub order_id: Cow<'a, str>,
    #[serde(borrow)]
    pub order_number: Cow<'a, str>,
    #[serde(borrow)]
    pub order_date: Cow<'a, str>,
    #[serde(borrow)]
    pub business_date: Cow<'a, str>,
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    pub subtotal: i64,
    pub discount: i64,
    pub service: i64,
    pub tax: i64,
    pub tax_included: i64,
    #[serde(default)]
    pub surplus: i64,
    pub rounding: i64,
    pub total: i64,
    #[serde(borrow)]
    pub reason: Cow<'a, str>,
    #[serde(borrow, default)]
    pub cashier_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub approved_by: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub created_at: Cow<'a, str>,
    #[serde(borrow)]
    pub lines: Vec<Line<'a>>,
    #[serde(borrow, default)]
    pub charges: Vec<Charge<'a>>,
    #[serde(borrow)]
    pub payments: Vec<Payment<'a>>,
}

/// What a line of the order gives back.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Line<'a> {
    #[serde(borrow)]
    pub order_line_id: Cow<'a, str>,
    #[serde(borrow)]
    pub product_id: Cow<'a, str>,
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    pub qty: i64,
    /// Decimal places of `qty`.
    #[serde(default)]
    pub qty_scale: i64,
    pub amount: i64,
}

/// What a service charge or tax gives back.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Charge<'a> {
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    pub rate_bp: i64,
    pub base: i64,
    pub amount: i64,
    #[serde(default)]
    pub inclusive: bool,
}

/// Money that went back.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Payment<'a> {
    #[serde(borrow)]
    pub method: Cow<'a, str>,
    #[serde(borrow, default)]
    pub tender_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub tender_name: Option<Cow<'a, str>>,
    pub amount: i64,
}

impl<'a> Refund<'a> {
    /// Reads the document of the refund with this id.
    pub(crate) fn read(document: &'a str, id: &str) -> Result<Self, Rejection> {
        let refund: Self = serde_json::from_str(document).map_err(|error| Rejection::Unreadable(error.to_string()))?;
        if refund.id != id {
            return Err(Rejection::Unreadable("its id differs from the id of its item".into()));
        }
        for (field, date) in [("business_date", &refund.business_date), ("order_date", &refund.order_date)] {
            if BusinessDate::parse(date).is_none() {
                return Err(Rejection::Unreadable(format!("its {field} is not a date as YYYY-MM-DD")));
            }
        }
        let products = refund.lines.iter().map(|line| &line.product_id);
        let payments = refund.payments.iter().flat_map(|payment| [Some(&payment.method), payment.tender_id.as_ref()]);
        if products.chain(payments.flatten()).any(|key| key.len() > MAX_KEY) {
            return Err(Rejection::Unreadable(format!(
                "a product_id, method or tender_id is longer than {MAX_KEY} bytes"
            )));
        }
        Ok(refund)
    }

    /// Checks that `total = subtotal - discount + service + tax + surplus + rounding`, that `subtotal` is the sum of the
    /// lines and `total` that of the payments, and that no amount is negative but the rounding.
    pub(crate) fn check(&self) -> Result<(), Rejection> {
        let amounts =
            [self.subtotal, self.discount, self.service, self.tax, self.tax_included, self.surplus, self.total];
        let parts = self.lines.iter().flat_map(|line| [line.qty, line.amount]);
        let parts = parts.chain(self.charges.iter().flat_map(|charge| [charge.base, charge.amount]));
        let parts = parts.chain(self.payments.iter().map(|payment| payment.amount));
        if amounts.into_iter().chain(parts).any(|amount| amount < 0 || Money(amount).checked().is_err())
            || Money(self.rounding).checked().is_err()
        {
            return Err(Rejection::TooLarge { field: "amount" });
        }
        let same = |field, is: i64, parts, sum: i128| {
            if i128::from(is) == sum { Ok(()) } else { Err(Rejection::DoesNotAddUp { field, is, parts, sum }) }
        };
        let whole = self.subtotal - self.discount + self.service + self.tax + self.surplus + self.rounding;
        same("total", self.total, "formula", whole.into())?;
        same("subtotal", self.subtotal, "lines", sum(self.lines.iter().map(|line| line.amount)))?;
        same("total", self.total, "payments", sum(self.payments.iter().map(|payment| payment.amount)))?;
        let figures = [
            ("subtotal", i128::from(self.subtotal)),
            ("surplus", self.surplus.into()),
            ("total", self.total.into()),
            ("qty", sum(self.lines.iter().map(|line| line.qty))),
            ("base", sum(self.charges.iter().map(|charge| charge.base))),
            ("amount", sum(self.charges.iter().map(|charge| charge.amount))),
        ];
        match figures.into_iter().find(|(_, amount)| *amount > MAX_FIGURE) {
            Some((figure, amount)) => {
                let business_date = self.business_date.to_string();
                Err(Rejection::DayLimitExceeded { business_date, figure, amount })
            }
            None => Ok(()),
        }
    }

    /// The money by tender.
    pub(crate) fn tenders(&self) -> BTreeMap<TenderKey<'_>, i64> {
        let mut tenders = BTreeMap::<_, i64>::new();
        for payment in &self.payments {
            let key = TenderKey::of(&payment.method, payment.tender_id.as_deref(), payment.tender_name.as_deref());
            let amount = tenders.entry(key).or_default();
            *amount = amount.saturating_add(payment.amount);
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

    /// Number, day and amount, for people.
    pub(crate) fn summary(&self) -> Message {
        let notice = Notice::Refund.with("number", self.refund_number.as_ref());
        notice.with("date", Arg::date(self.business_date.as_ref())).with("total", Money(self.total))
    }

    /// Its amounts, and what decides on which day and for whom they count.
    pub(crate) fn figures(&self) -> [(&'static str, String); 13] {
        [
            ("refund_number", self.refund_number.to_string()),
            ("order_id", self.order_id.to_string()),
            ("business_date", self.business_date.to_string()),
            ("kind", self.kind.to_string()),
            ("cashier_id", self.cashier_id.as_deref().unwrap_or_default().to_owned()),
            ("subtotal", self.subtotal.to_string()),
            ("discount", self.discount.to_string()),
            ("service", self.service.to_string()),
            ("tax", self.tax.to_string()),
            ("tax_included", self.tax_included.to_string()),
            ("surplus", self.surplus.to_string()),
            ("rounding", self.rounding.to_string()),
            ("total", self.total.to_string()),
        ]
    }

    /// Its rows.
    pub(crate) fn parts(&self) -> (&[Line<'a>], &[Charge<'a>], &[Payment<'a>]) {
        (&self.lines, &self.charges, &self.payments)
    }
}

fn sum(amounts: impl Iterator<Item = i64>) -> i128 {
    amounts.map(i128::from).sum()
}
