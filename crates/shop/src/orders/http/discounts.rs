//! Discounts of open orders over HTTP.

use access::permission::Sell;
use access::session::Actor;
use axum::extract::State;
use axum::http::HeaderMap;
use domain::text::{NAME, REASON};
use domain::{BasisPoints, DiscountKind, Money};
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::maybe_null;
use web::{ApiError, Choice, Code, IfMatch, Path, Problem, Remote, Success, text};

use crate::approvals::Approval;
use crate::command::{Command, Received};
use crate::idempotency::Answer;
use crate::orders::Order;
use crate::orders::discounts::{self, NewDiscount, Value};
use crate::state::Shop;

/// A discount to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "percent", "rate_bp": 1_000, "name": "Member"}))]
pub struct GiveDiscount {
    /// The line. Default: the whole order.
    #[serde(default, deserialize_with = "maybe_null")]
    line_id: Option<String>,
    /// How it is calculated.
    #[schema(value_type = DiscountKind)]
    kind: Choice<DiscountKind>,
    /// For `percent`: the rate in hundredths of a percent, 1 to 10000.
    #[schema(minimum = 1, maximum = 10000, nullable = false)]
    rate_bp: Option<i64>,
    /// For `amount`: the amount in minor units (rupiah). It never takes off more than is left.
    #[schema(minimum = 1, nullable = false)]
    value: Option<i64>,
    /// Name on the receipt.
    #[serde(default, deserialize_with = "maybe_null")]
    name: Option<String>,
    /// Why. A manager or an admin who gives a compliment without an approval must say why.
    #[serde(default, deserialize_with = "maybe_null")]
    reason: Option<String>,
    #[schema(nullable = false)]
    approval: Option<Approval>,
}

/// A discount of the order to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "percent", "rate_bp": 1_000, "name": "Member"}))]
pub struct NewOrderDiscount {
    /// Place of the line in `lines`, from 0. Default: the whole order.
    #[schema(minimum = 0, nullable = false)]
    line: Option<usize>,
    /// How it is calculated.
    #[schema(value_type = DiscountKind)]
    kind: Choice<DiscountKind>,
    /// For `percent`: the rate in hundredths of a percent, 1 to 10000.
    #[schema(minimum = 1, maximum = 10000, nullable = false)]
    rate_bp: Option<i64>,
    /// For `amount`: the amount in minor units (rupiah). It never takes off more than is left.
    #[schema(minimum = 1, nullable = false)]
    value: Option<i64>,
    /// Name on the receipt.
    #[serde(default, deserialize_with = "maybe_null")]
    name: Option<String>,
    /// Why; an `approval` has its own reason.
    #[serde(default, deserialize_with = "maybe_null")]
    reason: Option<String>,
}

impl NewOrderDiscount {
    /// The discount with the place of its line.
    pub(super) fn check(&self) -> Result<(Option<usize>, NewDiscount), ApiError> {
        let new = NewDiscount {
            value: value(&self.kind, self.rate_bp, self.value)?,
            line_id: None,
            name: text::optional("name", self.name.as_deref(), NAME)?,
            reason: text::optional("reason", self.reason.as_deref(), REASON)?,
        };
        Ok((self.line, new))
    }
}

/// What a discount takes off, by its fields.
fn value(kind: &Choice<DiscountKind>, rate_bp: Option<i64>, value: Option<i64>) -> Result<Value, ApiError> {
    let kind = kind.check(Code::InvalidDiscount, "kind")?;
    let invalid = |field: &'static str, problem| Code::InvalidDiscount.field(field, problem);
    let needed = |field| invalid(field, Problem::NeededFor.with("kind", kind.as_str()));
    match (kind, rate_bp, value) {
        (DiscountKind::Percent, Some(rate), None) if (1..=BasisPoints::WHOLE.0).contains(&rate) => {
            Ok(Value::Percent(BasisPoints(rate)))
        }
        (DiscountKind::Percent, Some(_), None) => {
            Err(invalid("rate_bp", Problem::NotBetween.with("least", 1).with("most", BasisPoints::WHOLE.0)))
        }
        (DiscountKind::Amount, None, Some(value)) if value > 0 && Money(value).checked().is_ok() => {
            Ok(Value::Amount(Money(value)))
        }
        (DiscountKind::Amount, None, Some(_)) => Err(invalid("value", Problem::NotPositive.into())),
        (DiscountKind::Compliment, None, None) => Ok(Value::Compliment),
        (DiscountKind::Percent, None, _) => Err(needed("rate_bp")),
        (DiscountKind::Amount, _, None) => Err(needed("value")),
        (DiscountKind::Percent | DiscountKind::Compliment, _, Some(_)) => {
            Err(invalid("value", Problem::NeededFor.with("kind", "amount")))
        }
        (DiscountKind::Amount | DiscountKind::Compliment, Some(_), _) => {
            Err(invalid("rate_bp", Problem::NeededFor.with("kind", "percent")))
        }
    }
}

/// Gives a discount on an open order or a line of it.
///
/// Discounts on lines apply first, then those on the order, each to what the earlier ones left. A compliment, and
/// discounts beyond the limit of the caller's role, need the approval of a manager or an admin.
#[utoipa::path(post, path = "/api/v1/orders/{id}/discounts", tag = "orders",
    params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = GiveDiscount, responses(
    (status = 200, body = Success<Order>), (status = 403, description = "`approval_required`, `wrong_manager_pin`"),
    (status = 404, description = "`not_found`: the order or the line"),
    (status = 409, description = "`already_paid`, `order_void`, `line_void`, `total_below_paid`"),
    (status = 412, description = "`version_mismatch`"), (status = 422, description = "`invalid_discount`, `invalid_text`"),
    (status = 429, description = "`too_many_attempts`")))]
pub async fn give_discount(
    State(app): State<Shop>,
    remote: Remote,
    actor: Actor<Sell>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/orders/{id}/discounts");
    let (command, body) = Command::read::<GiveDiscount>(&actor, &headers, &path, body)?;
    let new = NewDiscount {
        value: value(&body.kind, body.rate_bp, body.value)?,
        line_id: body.line_id.as_deref().map(|id| text::reference("line_id", id)).transpose()?,
        name: text::optional("name", body.name.as_deref(), NAME)?,
        reason: text::optional("reason", body.reason.as_deref(), REASON)?,
    };
    command
        .run_approved(&app, remote, body.approval, move |tx, user, approved, now| {
            discounts::give(tx, user, &id, new, approved, version, now)
        })
        .await
}

/// Takes a discount of an open order back.
#[utoipa::path(delete, path = "/api/v1/orders/{id}/discounts/{discount_id}", tag = "orders",
    params(("id" = String, Path), ("discount_id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)), responses(
    (status = 200, body = Success<Order>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`already_paid`, `order_void`"), (status = 412, description = "`version_mismatch`")))]
pub async fn take_back_discount(
    actor: Actor<Sell>,
    Path((id, discount_id)): Path<(String, String)>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
) -> Result<Answer, ApiError> {
    let path = format!("DELETE /api/v1/orders/{id}/discounts/{discount_id}");
    let command = Command::without_body(&actor, &headers, &path)?;
    command.run(move |tx, user, now| discounts::take_back(tx, user, &id, &discount_id, version, now)).await
}
