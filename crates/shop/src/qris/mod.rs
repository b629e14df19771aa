//! QRIS: the shop's static code, and the code of a payment, made from it without the internet.

pub mod http;
mod settings;
pub mod statement;
pub mod unconfirmed;

use domain::Money;
use domain::order::may_pay;
use domain::qris::{AmountNotAllowed, MOST, Merchant, Qris, QrisMode, Template};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Transaction;
use serde::Serialize;
use sqlite::Fault;
use utoipa::ToSchema;
use web::{ApiError, Code, Problem, Word, time};

use crate::orders::{self, pay};
pub use settings::QrisSettings;

/// How long a till shows the code of a payment, and a customer display.
pub(crate) const SHOWN: SignedDuration = SignedDuration::from_mins(5);

/// Whom a code pays. Compare it with the sticker at the counter: a swapped code pays somebody else.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QrisMerchant)]
pub struct MerchantShown {
    /// As the guest's app shows it.
    pub name: String,
    /// City; empty if the code has none.
    pub city: String,
    /// National id of the merchant.
    pub nmid: Option<String>,
}

impl From<Merchant> for MerchantShown {
    fn from(Merchant { name, city, nmid }: Merchant) -> Self {
        Self { name, city, nmid }
    }
}

/// What a till makes codes of payments from: `head`, the field `54` with the amount if `has_amount`, `tail`, `6304` and the
/// CRC-16/CCITT-FALSE of all of this.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QrisTemplate {
    /// The fields up to the currency.
    pub head: String,
    /// The fields after the amount.
    pub tail: String,
    /// Whether the code has the amount; otherwise the guest types it.
    pub has_amount: bool,
    /// The most that one payment can be.
    pub most: i64,
    /// Whom it pays.
    pub merchant: MerchantShown,
}

/// The template of a shop that has a valid code.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn template(tx: &Transaction<'_>) -> Result<Option<QrisTemplate>, Fault> {
    let stored = settings::stored(tx)?;
    let of = |code: Qris| {
        let Template { head, tail, has_amount } = code.template(stored.mode());
        QrisTemplate { head, tail, has_amount, most: MOST.0, merchant: code.merchant().into() }
    };
    Ok(stored.code().map(of))
}

/// The code of a payment.
#[derive(Debug, Serialize, ToSchema)]
pub struct QrisPayment {
    /// The text to show as a QR code.
    pub payload: String,
    /// What the guest pays.
    pub amount: i64,
    /// How the amount was put into the code. `static`: the guest types it.
    #[schema(value_type = QrisMode)]
    pub mode: Word<QrisMode>,
    /// Whom it pays.
    pub merchant: MerchantShown,
    /// Hide the code then, RFC 3339 UTC.
    pub expires_at: String,
}

/// Makes the code for a payment of an open order. `amount`: a part of what is due.
///
/// # Errors
/// 404, 409 `already_paid`, `order_void` or `qris_not_set`, 422 `invalid_amount`.
pub fn of_order(
    tx: &Transaction<'_>,
    order_id: &str,
    amount: Option<Money>,
    now: Timestamp,
) -> Result<QrisPayment, ApiError> {
    let order = orders::get(tx, order_id)?;
    may_pay(order.parse_status()?).map_err(|status| pay::refused(tx, &order, status))?;
    let stored = settings::stored(tx)?;
    let payload = stored.qris_payload.as_deref().ok_or(Code::QrisNotSet)?;
    let code = Qris::parse(payload).map_err(|refused| Code::InvalidQris.field("qris_payload", refused))?;
    let due = Money(order.total - order.paid);
    let most = due.min(MOST);
    let amount = amount.unwrap_or(due);
    let mode = stored.mode();
    let made = if amount <= due { code.payment(amount, mode) } else { Err(AmountNotAllowed) };
    let payload = made.map_err(|AmountNotAllowed| {
        Code::InvalidAmount.field("amount", Problem::NotBetween.with("least", Money(1)).with("most", most))
    })?;
    Ok(QrisPayment {
        payload,
        amount: amount.0,
        mode: Word::Known(mode),
        merchant: code.merchant().into(),
        expires_at: time::text(now.saturating_add(SHOWN).unwrap_or(now)),
    })
}
