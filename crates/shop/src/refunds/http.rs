//! Refunds over HTTP.

use access::permission;
use access::session::Actor;
use axum::extract::State;
use axum::http::HeaderMap;
use domain::text::{REASON, REFERENCE};
use domain::{BusinessDate, IdSeries, Method, Money};
use protocol::limits::MAX_LINES;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::extract::{maybe_null, page_size};
use web::{ApiError, Choice, Code, IfMatch, List, PageQuery, Path, Problem, Query, Remote, Success, reply, text};

use crate::approvals::Approval;
use crate::command::{Command, Received, each};
use crate::idempotency::Answer;
use crate::refunds::create::{self, NewRefund, Payback, ReturnedLine, What};
use crate::refunds::list::{self, Selection};
use crate::refunds::{Refund, get};
use crate::state::Shop;
use crate::tenders::means;

/// Most ways in which one refund is paid back.
const MAX_PAYBACKS: usize = 20;

/// What to give back: `lines` or `amount`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": 5000, "reason": "Pesanan datang terlambat"}))]
pub struct RefundOrder {
    /// Pieces of lines, each line once.
    #[schema(nullable = false, min_items = 1, max_items = 500)]
    lines: Option<Vec<ReturnLine>>,
    /// An amount without goods, before cash rounding. What the guest paid beyond the order's total goes back first.
    #[schema(nullable = false, minimum = 1)]
    amount: Option<i64>,
    /// How the money goes back. A method other than cash returns at most what it took. Default: to the tenders that took
    /// it, the latest payment first.
    #[schema(nullable = false, max_items = 20)]
    payments: Option<Vec<PayBack>>,
    /// Why; an `approval` has its own reason.
    #[serde(default, deserialize_with = "maybe_null")]
    reason: Option<String>,
    /// Needed unless the caller is a manager or an admin.
    #[schema(nullable = false)]
    approval: Option<Approval>,
}

/// Pieces of a line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnLine {
    /// The order's line.
    line_id: String,
    /// Pieces, or thousandths of the unit if the line's `qty_scale` is 3.
    #[schema(minimum = 1)]
    qty: i64,
    /// Whether the goods return to the stock. Default: false.
    #[schema(nullable = false)]
    restock: Option<bool>,
}

/// Money that goes back by one method or tender.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayBack {
    /// The payment method: its tenders give back, the latest payment first. Required without `tender_id`.
    #[schema(value_type = Option<Method>, nullable = false)]
    method: Option<Choice<Method>>,
    /// One of the tenders that took money of the order, also one that was deleted since.
    #[serde(default, deserialize_with = "maybe_null")]
    tender_id: Option<String>,
    /// The part of the refund, before cash rounding. Default, for one entry: the rest.
    #[schema(nullable = false, minimum = 1)]
    amount: Option<i64>,
    /// Reference of the bank or wallet.
    #[serde(default, deserialize_with = "maybe_null")]
    reference: Option<String>,
}

impl RefundOrder {
    fn check(&self) -> Result<NewRefund, ApiError> {
        let what = match (&self.lines, self.amount) {
            (Some(lines), None) => {
                if lines.is_empty() || lines.len() > MAX_LINES {
                    let not_between = Problem::EntriesNotBetween.with("least", 1).with("most", MAX_LINES);
                    return Err(Code::InvalidLines.field("lines", not_between));
                }
                What::Lines(each("lines", lines.iter().map(ReturnLine::check))?)
            }
            (None, Some(amount)) => What::Amount(money("amount", amount)?),
            (Some(_), Some(_)) => {
                return Err(Code::InvalidRefund.field("amount", Problem::NotTogether.with("other", "lines")));
            }
            (None, None) => return Err(Code::InvalidBody.field("lines", Problem::Missing)),
        };
        let payments = self.payments.as_deref().unwrap_or_default();
        if payments.len() > MAX_PAYBACKS {
            let too_many = Problem::TooManyEntries.with("most", MAX_PAYBACKS);
            return Err(Code::InvalidRefund.field("payments", too_many));
        }
        let payments = each("payments", payments.iter().map(PayBack::check))?;
        Ok(NewRefund { what, payments, reason: text::optional("reason", self.reason.as_deref(), REASON)? })
    }
}

impl ReturnLine {
    fn check(&self) -> Result<ReturnedLine, ApiError> {
        let line_id = text::reference("line_id", &self.line_id)?;
        Ok(ReturnedLine { line_id, qty: self.qty, restock: self.restock.unwrap_or_default() })
    }
}

impl PayBack {
    fn check(&self) -> Result<Payback, ApiError> {
        Ok(Payback {
            means: means(self.method.as_ref(), self.tender_id.as_deref())?,
            amount: self.amount.map(|amount| money("amount", amount)).transpose()?,
            reference: text::optional("reference", self.reference.as_deref(), REFERENCE)?,
        })
    }
}

fn money(field: &'static str, amount: i64) -> Result<Money, ApiError> {
    if amount < 1 {
        return Err(Code::InvalidAmount.field(field, Problem::NotPositive));
    }
    Money(amount).checked().map_err(|_| Code::InvalidAmount.field(field, Problem::TooLarge))
}

/// Gives back money for a paid order: pieces of its lines, or an amount.
///
/// The order stays as it is; the refund is a document of its own and counts on today's business date. Its amounts are the
/// lines' shares of the order, so all pieces together give back what was paid.
#[utoipa::path(post, path = "/api/v1/orders/{id}/refunds", tag = "refunds",
    params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = RefundOrder, responses(
    (status = 201, body = Success<Refund>),
    (status = 403, description = "`approval_required`, `wrong_manager_pin`; `refund_too_old`: only a manager can still give back"),
    (status = 404, description = "`not_found`: the order or a line"),
    (status = 409, description = "`not_paid`, `order_void`, `line_void`, `nothing_to_refund`; `over_refund`, `tender_exceeded`: `args.left` is what is left"),
    (status = 412, description = "`version_mismatch`"),
    (status = 422, description = "`invalid_refund`, `invalid_lines`, `invalid_quantity`, `invalid_amount`, `invalid_method`, `invalid_text`"),
    (status = 429, description = "`too_many_attempts`")))]
pub async fn refund_order(
    State(app): State<Shop>,
    remote: Remote,
    actor: Actor<permission::TakePayment>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/orders/{id}/refunds");
    let (command, body) = Command::read::<RefundOrder>(&actor, &headers, &path, body)?;
    let (new, code) = (body.check()?, app.outlet_code.clone());
    command
        .creating()
        .run_approved(&app, remote, body.approval, move |tx, user, approved, now| {
            let mut ids = IdSeries::from(Uuid::now_v7());
            create::refund(tx, user, &id, new, approved, code.as_deref(), version, &mut ids, now)
        })
        .await
}

/// Filter and page of refunds.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct RefundsQuery {
    /// Only of this business date, `YYYY-MM-DD`.
    business_date: Option<String>,
    /// Only of this order.
    order_id: Option<String>,
    /// Maximum number of entries, 1 to 500. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Lists the refunds, newest first.
#[utoipa::path(get, path = "/api/v1/refunds", tag = "refunds",
    params(RefundsQuery), responses((status = 200, body = List<Refund>)))]
pub async fn list_refunds(actor: Actor, Query(query): Query<RefundsQuery>) -> Result<List<Refund>, ApiError> {
    let date = |date: &str| {
        BusinessDate::parse(date).ok_or_else(|| Code::InvalidQuery.field("business_date", Problem::NotADate))
    };
    let selection = Selection {
        date: query.business_date.as_deref().map(date).transpose()?,
        order_id: query.order_id,
        after: PageQuery { limit: None, cursor: query.cursor }.start()?,
        limit: page_size(query.limit)?,
    };
    let limit = selection.limit;
    let found = actor.read(move |tx| list::refunds(tx, &selection)).await?;
    Ok(reply::page(found, limit, |refund| refund.id.clone()))
}

/// Returns a refund.
#[utoipa::path(get, path = "/api/v1/refunds/{id}", tag = "refunds",
    params(("id" = String, Path)), responses(
    (status = 200, body = Success<Refund>), (status = 404, description = "`not_found`")))]
pub async fn get_refund(actor: Actor, Path(id): Path<String>) -> Result<Success<Refund>, ApiError> {
    actor.read(move |tx| get(tx, &id)).await.map(Success::new)
}
