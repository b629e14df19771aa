//! Corrections of payments over HTTP.

use access::permission;
use access::session::Actor;
use axum::extract::State;
use axum::http::HeaderMap;
use domain::Method;
use domain::text::{REASON, REFERENCE};
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::maybe_null;
use web::{ApiError, Choice, IfMatch, Path, Remote, Success, text};

use crate::approvals::Approval;
use crate::command::{Command, Received};
use crate::idempotency::Answer;
use crate::orders::Order;
use crate::orders::payments::{self, Arrival, Replacement};
use crate::state::Shop;
use crate::tenders::means;

/// The confirmation of a payment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reference": "8812"}))]
pub struct ConfirmPayment {
    /// Reference of the bank or wallet, or its last digits. Required for a QRIS payment, unless a statement has it.
    #[serde(default, deserialize_with = "maybe_null")]
    reference: Option<String>,
    /// The acquirer's statement has the payment; for managers and admins. Default: false, a person has seen the acquirer's notice.
    #[schema(nullable = false)]
    in_statement: Option<bool>,
}

/// Confirms that the money of an unconfirmed payment has arrived.
#[utoipa::path(post, path = "/api/v1/orders/{id}/payments/{payment_id}/confirm", tag = "orders",
    params(("id" = String, Path), ("payment_id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = ConfirmPayment, responses(
    (status = 200, body = Success<Order>), (status = 403, description = "`forbidden`: only managers and admins see statements"),
    (status = 404, description = "`not_found`: the order or the payment"),
    (status = 409, description = "`already_confirmed`, `payment_reversed`"),
    (status = 412, description = "`version_mismatch`"), (status = 422, description = "`reference_required`, `invalid_text`")))]
pub async fn confirm_payment(
    actor: Actor<permission::TakePayment>,
    Path((id, payment_id)): Path<(String, String)>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/orders/{id}/payments/{payment_id}/confirm");
    let (command, body) = Command::read::<ConfirmPayment>(&actor, &headers, &path, body)?;
    let arrival = Arrival {
        reference: text::optional("reference", body.reference.as_deref(), REFERENCE)?,
        in_statement: body.in_statement.unwrap_or(false),
    };
    command.run(move |tx, user, now| payments::confirm(tx, user, &id, &payment_id, arrival, version, now)).await
}

/// The reversal of a payment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Ternyata pakai kartu", "replace_with": {"method": "card"}}))]
pub struct ReversePayment {
    /// Why; an `approval` has its own reason.
    #[serde(default, deserialize_with = "maybe_null")]
    reason: Option<String>,
    /// How the guest really paid; the amount stays. Required for a paid order.
    #[schema(nullable = false)]
    replace_with: Option<ReplacePayment>,
    /// Needed unless the tender is corrected on the day of the payment, and always to write it off.
    #[schema(nullable = false)]
    approval: Option<Approval>,
}

/// How the guest really paid, or a tender that writes the payment off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplacePayment {
    /// The payment method. Required without `tender_id`; beside it, that of the tender.
    #[schema(value_type = Option<Method>, nullable = false)]
    method: Option<Choice<Method>>,
    /// A tender of the chain.
    #[serde(default, deserialize_with = "maybe_null")]
    tender_id: Option<String>,
    /// Reference of the bank or wallet.
    #[serde(default, deserialize_with = "maybe_null")]
    reference: Option<String>,
}

/// Reverses a payment: another tender was rung up, or it bounced.
///
/// The payment stays as it is. A row with its negative amount and, with `replace_with`, another payment of the same amount
/// are added; both count on today's business date. Without a replacement the guest gets the money back.
#[utoipa::path(post, path = "/api/v1/orders/{id}/payments/{payment_id}/reverse", tag = "orders",
    params(("id" = String, Path), ("payment_id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = ReversePayment, responses(
    (status = 200, body = Success<Order>), (status = 403, description = "`approval_required`, `wrong_manager_pin`"),
    (status = 404, description = "`not_found`: the order or the payment"),
    (status = 409, description = "`payment_reversed`, `replacement_required`"),
    (status = 412, description = "`version_mismatch`"),
    (status = 422, description = "`invalid_method`, `unknown_tender`, `tender_inactive`, `reference_required`, `invalid_text`, `order_too_large`"),
    (status = 429, description = "`too_many_attempts`")))]
pub async fn reverse_payment(
    State(app): State<Shop>,
    remote: Remote,
    actor: Actor<permission::TakePayment>,
    Path((id, payment_id)): Path<(String, String)>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/orders/{id}/payments/{payment_id}/reverse");
    let (command, body) = Command::read::<ReversePayment>(&actor, &headers, &path, body)?;
    let replace = |with: &ReplacePayment| {
        Ok::<_, ApiError>(Replacement {
            means: means(with.method.as_ref(), with.tender_id.as_deref())?,
            reference: text::optional("reference", with.reference.as_deref(), REFERENCE)?,
        })
    };
    let replacement = body.replace_with.as_ref().map(replace).transpose()?;
    let reason = text::optional("reason", body.reason.as_deref(), REASON)?;
    command
        .run_approved(&app, remote, body.approval, move |tx, user, approved, now| {
            payments::reverse(tx, user, &id, &payment_id, replacement, reason, approved, version, now)
        })
        .await
}
