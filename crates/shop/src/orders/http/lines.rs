//! Lines of open orders over HTTP: add, change, remove, send, void.

use access::permission::Sell;
use access::session::Actor;
use axum::extract::State;
use axum::http::HeaderMap;
use domain::VoidKind;
use domain::text::{NOTE, REASON};
use protocol::limits::MAX_LINES;
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::{changed, maybe_null};
use web::{ApiError, Choice, Code, IfMatch, Path, Problem, Remote, Success, text};

use super::{NewOrderLine, course};
use crate::approvals::Approval;
use crate::command::{Command, Received, each};
use crate::idempotency::Answer;
use crate::orders::Order;
use crate::orders::change_lines::{self, LineChange};
use crate::orders::void_line::{self, VoidLine};
use crate::state::Shop;

/// Adds lines to an open order, at the prices in force now.
#[utoipa::path(post, path = "/api/v1/orders/{id}/lines", tag = "orders",
    params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = Vec<NewOrderLine>, responses(
    (status = 200, body = Success<Order>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`already_paid`, `order_void`, `sold_out`"), (status = 412, description = "`version_mismatch`"),
    (status = 422, description = "As for a new order")))]
pub async fn add_lines(
    actor: Actor<Sell>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/orders/{id}/lines");
    let (command, lines) = Command::read::<Vec<NewOrderLine>>(&actor, &headers, &path, body)?;
    if lines.is_empty() || lines.len() > MAX_LINES {
        let not_between = Problem::EntriesNotBetween.with("least", 1).with("most", MAX_LINES);
        return Err(Code::InvalidLines.field("lines", not_between));
    }
    let lines = each("lines", lines.into_iter().map(NewOrderLine::check))?;
    command.run(move |tx, user, now| change_lines::add(tx, user, &id, &lines, version, now)).await
}

/// A change of a line. An absent field stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"qty": 2}))]
pub struct ChangeLine {
    /// Number of pieces, at least 1, or thousandths of the unit. The price of a piece stays: if another one is in force now, what
    /// is added is a new line.
    #[schema(minimum = 1, nullable = false)]
    qty: Option<i64>,
    /// Note for the kitchen; null removes it.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    note: Option<Option<String>>,
    /// The course, 1 to 9; null removes it.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 9)]
    course: Option<Option<i64>>,
}

/// Changes the quantity, the note or the course of a line that was not sent to be prepared.
///
/// A line keeps the price of the moment at which it was added. If a larger quantity is asked for and another price is in force
/// now, the line keeps its quantity, and what is added is a new line at that price, with the same choices, note and course.
#[utoipa::path(patch, path = "/api/v1/orders/{id}/lines/{line_id}", tag = "orders",
    params(("id" = String, Path), ("line_id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = ChangeLine, responses(
    (status = 200, body = Success<Order>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`already_paid`, `order_void`, `line_sent`, `line_void`, `total_below_paid`, `discount_over_limit`, `sold_out`"),
    (status = 412, description = "`version_mismatch`"),
    (status = 422, description = "`invalid_quantity`, `invalid_text`, `invalid_course`; for a larger quantity also as for a new order")))]
pub async fn change_line(
    actor: Actor<Sell>,
    Path((id, line_id)): Path<(String, String)>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/orders/{id}/lines/{line_id}");
    let (command, ChangeLine { qty, note, course: new_course }) = Command::read(&actor, &headers, &path, body)?;
    let note = note.map(|note| text::optional("note", note.as_deref(), NOTE)).transpose()?;
    let change = LineChange { qty, note, course: new_course.map(course).transpose()? };
    command.run(move |tx, user, now| change_lines::change(tx, user, (&id, &line_id), change, version, now)).await
}

/// Removes a line that was not sent to be prepared.
#[utoipa::path(delete, path = "/api/v1/orders/{id}/lines/{line_id}", tag = "orders",
    params(("id" = String, Path), ("line_id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)), responses(
    (status = 200, body = Success<Order>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`already_paid`, `order_void`, `line_sent`, `line_void`, `total_below_paid`, `discount_over_limit`"),
    (status = 412, description = "`version_mismatch`")))]
pub async fn remove_line(
    actor: Actor<Sell>,
    Path((id, line_id)): Path<(String, String)>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
) -> Result<Answer, ApiError> {
    let command = Command::without_body(&actor, &headers, &format!("DELETE /api/v1/orders/{id}/lines/{line_id}"))?;
    command.run(move |tx, user, _| change_lines::remove(tx, user, (&id, &line_id), version)).await
}

/// What is sent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct SendOrder {
    /// Only the lines of this course, 1 to 9. Default: all lines.
    #[serde(default, deserialize_with = "maybe_null")]
    #[schema(minimum = 1, maximum = 9)]
    course: Option<i64>,
}

/// Sends the lines that were not sent yet to be prepared: all, or those of a course. Each station gets a ticket. A body is
/// not needed.
#[utoipa::path(post, path = "/api/v1/orders/{id}/send", tag = "orders",
    params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = Option<SendOrder>, responses(
    (status = 200, body = Success<Order>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`already_paid`, `order_void`"), (status = 412, description = "`version_mismatch`"),
    (status = 422, description = "`invalid_course`, `unknown_course`")))]
pub async fn send_order(
    actor: Actor<Sell>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/orders/{id}/send");
    let (command, body) = Command::read_optional::<SendOrder>(&actor, &headers, &path, body)?;
    let course = course(body.course)?;
    command.run(move |tx, _, now| change_lines::send(tx, &id, course, version, now)).await
}

/// A void of a line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "wasted", "reason": "Salah pesan"}))]
pub struct VoidOrderLine {
    /// How many pieces. Default: the whole line.
    #[schema(minimum = 1, nullable = false)]
    qty: Option<i64>,
    /// Whether the goods came back or were wasted.
    #[schema(value_type = VoidKind)]
    kind: Choice<VoidKind>,
    /// Why, if a manager or an admin voids it without an approval.
    #[serde(default, deserialize_with = "maybe_null")]
    reason: Option<String>,
    #[schema(nullable = false)]
    approval: Option<Approval>,
}

/// Voids a line that was sent to be prepared, or some of its pieces.
#[utoipa::path(post, path = "/api/v1/orders/{id}/lines/{line_id}/void", tag = "orders",
    params(("id" = String, Path), ("line_id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = VoidOrderLine, responses(
    (status = 200, body = Success<Order>), (status = 403, description = "`approval_required`, `wrong_manager_pin`"),
    (status = 404, description = "`not_found`"),
    (status = 409, description = "`already_paid`, `order_void`, `line_not_sent`, `line_void`, `total_below_paid`"),
    (status = 412, description = "`version_mismatch`"),
    (status = 422, description = "`invalid_kind`, `invalid_quantity`, `invalid_text`"),
    (status = 429, description = "`too_many_attempts`")))]
pub async fn void_line(
    State(app): State<Shop>,
    remote: Remote,
    actor: Actor<Sell>,
    Path((id, line_id)): Path<(String, String)>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/orders/{id}/lines/{line_id}/void");
    let (command, body) = Command::read::<VoidOrderLine>(&actor, &headers, &path, body)?;
    let reason = text::optional("reason", body.reason.as_deref(), REASON)?;
    let what = VoidLine { qty: body.qty, kind: body.kind.check(Code::InvalidKind, "kind")?, reason };
    command
        .run_approved(&app, remote, body.approval, move |tx, user, approved, now| {
            void_line::void(tx, user, (&id, &line_id), what, approved, version, now)
        })
        .await
}
