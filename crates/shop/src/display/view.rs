//! What a customer display shows.

use domain::money::MAX_AMOUNT;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::extract::maybe_null;
use web::{ApiError, Code, Problem, time};

use crate::qris::SHOWN;

/// Lines on a display; the till sends the latest.
const MAX_LINES: usize = 100;
const MAX_TEXT: usize = 600;

/// What a customer display shows: the cart, the code of a payment, or the change. Nothing in it greets the guest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DisplayView, example = json!({"lines": [{"name": "Kopi Susu", "qty": "2", "amount": 36_000}], "total": 36_000}))]
pub struct View {
    /// What is being sold, in sequence.
    #[serde(default)]
    #[schema(max_items = 100, nullable = false)]
    pub lines: Vec<ViewLine>,
    /// Discounts, as a positive amount.
    #[serde(default, deserialize_with = "maybe_null")]
    pub discount: Option<i64>,
    /// Service charges and taxes that are added.
    #[serde(default, deserialize_with = "maybe_null")]
    pub charges: Option<i64>,
    /// The total; null while it is being calculated.
    #[serde(default, deserialize_with = "maybe_null")]
    pub total: Option<i64>,
    /// What is still to be paid.
    #[serde(default, deserialize_with = "maybe_null")]
    pub due: Option<i64>,
    /// The code of a QRIS payment.
    #[serde(default, deserialize_with = "maybe_null")]
    pub qris: Option<ViewQris>,
    /// The sale is over: what the guest gets back, perhaps 0.
    #[serde(default, deserialize_with = "maybe_null")]
    pub change: Option<i64>,
}

/// A line of a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DisplayLine)]
pub struct ViewLine {
    /// Product with its variant.
    pub name: String,
    /// Choices and notes.
    #[serde(default, deserialize_with = "maybe_null")]
    pub detail: Option<String>,
    /// Pieces as shown.
    pub qty: String,
    /// The amount.
    pub amount: i64,
}

/// The code of a QRIS payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DisplayQris)]
pub struct ViewQris {
    /// The text to show as a QR code.
    pub payload: String,
    /// What the guest pays.
    pub amount: i64,
    /// Whom it pays.
    pub merchant: String,
    /// The merchant's number (NMID).
    #[serde(default, deserialize_with = "maybe_null")]
    pub nmid: Option<String>,
    /// When the server stops showing it, RFC 3339 UTC: five minutes after the till showed it first.
    #[serde(skip_deserializing)]
    #[schema(read_only)]
    pub expires_at: Option<String>,
}

impl View {
    /// Refuses what no till sends, and says until when the code is shown.
    ///
    /// # Errors
    /// 422 `invalid_body`.
    pub(super) fn check(mut self, now: Timestamp) -> Result<Self, ApiError> {
        if self.lines.len() > MAX_LINES {
            return Err(Code::InvalidBody.field("lines", Problem::TooManyEntries.with("most", MAX_LINES)));
        }
        let of_lines = self.lines.iter().flat_map(|line| [Some(&line.name), line.detail.as_ref(), Some(&line.qty)]);
        let of_code = self.qris.iter().flat_map(|code| [Some(&code.payload), Some(&code.merchant), code.nmid.as_ref()]);
        if of_lines.chain(of_code).flatten().any(|text| text.chars().count() > MAX_TEXT) {
            return Err(Code::InvalidBody.field("lines", Problem::TooLong.with("most", MAX_TEXT)));
        }
        let sums = [self.discount, self.charges, self.total, self.due, self.change].into_iter().flatten();
        let amounts =
            self.lines.iter().map(|line| line.amount).chain(self.qris.iter().map(|code| code.amount)).chain(sums);
        if amounts.into_iter().any(|amount| !(-MAX_AMOUNT..=MAX_AMOUNT).contains(&amount)) {
            return Err(Code::InvalidBody.field("total", Problem::TooLarge));
        }
        if let Some(code) = &mut self.qris {
            code.expires_at = Some(time::text(now + SHOWN));
        }
        Ok(self)
    }
}
