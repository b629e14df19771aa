//! Details of open orders over HTTP, and what moves between orders: table, merge, split.

use access::permission::{Sell, TakePayment};
use access::session::Actor;
use axum::extract::State;
use axum::http::HeaderMap;
use domain::OrderType;
use domain::text::{NAME, NOTE, TABLE_NAME};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::extract::changed;
use web::{ApiError, Choice, Code, IfMatch, Path, Problem, Success, text, words};

use super::pax;
use crate::command::{Command, Received};
use crate::idempotency::Answer;
use crate::orders::Order;
use crate::orders::details::{self, Details};
use crate::orders::merge::{self, MAX_MERGED};
use crate::orders::split::{self, LinePart, MAX_PARTS};
use crate::state::Shop;

/// A change of an order's details. An absent field stays; null removes a value.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"table_number": "7", "pax": 4}))]
pub struct ChangeOrder {
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    table_number: Option<Option<String>>,
    /// How the guest receives the order. The charges are calculated again.
    #[schema(value_type = Option<OrderType>, nullable = false)]
    order_type: Option<Choice<OrderType>>,
    /// Id of the tender of the delivery platform that it came from; null: the outlet's own counter. Lines keep their
    /// prices.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    channel: Option<Option<String>>,
    /// A customer; the name is copied to the order unless `customer_name` is another one.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    customer_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    customer_name: Option<Option<String>>,
    /// Number of guests.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1000)]
    pax: Option<Option<i64>>,
    /// Note on the whole order.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    note: Option<Option<String>>,
}

impl ChangeOrder {
    fn check(self) -> Result<Details, ApiError> {
        let text = |field, value: Option<Option<String>>, rule| {
            value.map(|value| text::optional(field, value.as_deref(), rule)).transpose()
        };
        let reference = |field, id: Option<String>| id.map(|id| text::reference(field, &id)).transpose();
        Ok(Details {
            table_number: text("table_number", self.table_number, TABLE_NAME)?,
            order_type: words::optional(self.order_type.as_ref(), Code::InvalidOrderType, "order_type")?,
            channel: self.channel.map(|id| reference("channel", id)).transpose()?,
            customer_id: self.customer_id.map(|id| reference("customer_id", id)).transpose()?,
            customer_name: text("customer_name", self.customer_name, NAME)?,
            pax: self.pax.map(pax).transpose()?,
            note: text("note", self.note, NOTE)?,
        })
    }
}

/// Changes table, guest, type, channel or note of an open order.
#[utoipa::path(patch, path = "/api/v1/orders/{id}", tag = "orders",
    params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = ChangeOrder, responses(
    (status = 200, body = Success<Order>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`already_paid`, `order_void`, `total_below_paid`, `has_payments`: its channel can no longer change"),
    (status = 412, description = "`version_mismatch`"),
    (status = 422, description = "`invalid_order_type`, `invalid_pax`, `invalid_text`, `unknown_customer`, `unknown_channel`")))]
pub async fn change_order(
    actor: Actor<Sell>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("PATCH /api/v1/orders/{id}");
    let (command, body) = Command::read::<ChangeOrder>(&actor, &headers, &path, body)?;
    let details = body.check()?;
    command.run(move |tx, _, now| details::change(tx, &id, details, version, now)).await
}

/// The table to move to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"table_number": "7"}))]
pub struct MoveOrder {
    table_number: String,
}

/// Moves an open order to a table without open orders.
#[utoipa::path(post, path = "/api/v1/orders/{id}/move", tag = "orders",
    params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = MoveOrder, responses(
    (status = 200, body = Success<Order>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`already_paid`, `order_void`, `table_occupied`: `args` has the order's number"),
    (status = 412, description = "`version_mismatch`"), (status = 422, description = "`invalid_text`")))]
pub async fn move_order(
    actor: Actor<Sell>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/orders/{id}/move");
    let (command, body) = Command::read::<MoveOrder>(&actor, &headers, &path, body)?;
    let table = text::required("table_number", &body.table_number, TABLE_NAME)?;
    command.run(move |tx, _, now| details::move_to(tx, &id, &table, version, now)).await
}

/// The orders to merge.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": ["0199f3c2-8a00-7abc-8def-0123456789ff"]}))]
pub struct MergeOrders {
    /// Ids of open orders without payments. Their lines move to this order, and they become void.
    #[schema(min_items = 1, max_items = 20)]
    from: Vec<String>,
}

/// Merges other open orders into this one. The whole is calculated again, and the order has the notes of all.
#[utoipa::path(post, path = "/api/v1/orders/{id}/merge", tag = "orders",
    params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = MergeOrders, responses(
    (status = 200, body = Success<Order>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`already_paid`, `order_void`, `has_payments`, `has_discounts`"),
    (status = 412, description = "`version_mismatch`"), (status = 422, description = "`invalid_merge`, `order_too_large`; `invalid_text`: the notes are too long for one")))]
pub async fn merge_orders(
    actor: Actor<Sell>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/orders/{id}/merge");
    let (command, body) = Command::read::<MergeOrders>(&actor, &headers, &path, body)?;
    if body.from.is_empty() || body.from.len() > MAX_MERGED {
        let not_between = Problem::EntriesNotBetween.with("least", 1).with("most", MAX_MERGED);
        return Err(Code::InvalidMerge.field("from", not_between));
    }
    let from = body.from.iter().map(|id| text::reference("from", id)).collect::<Result<Vec<_>, _>>()?;
    command.run(move |tx, user, now| merge::merge(tx, user, &id, &from, version, now)).await
}

/// The parts that become orders of their own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"parts": [[{"line_id": "0199f3c2-8a00-7abc-8def-0123456789ff", "qty": 1}]]}))]
pub struct SplitOrder {
    /// The lines of each new order. What is not listed stays; at least one line stays.
    #[schema(min_items = 1, max_items = 20)]
    parts: Vec<Vec<SplitLine>>,
}

/// A line, or pieces of it, in a part.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitLine {
    line_id: String,
    /// How many pieces. Default: the whole line.
    #[schema(minimum = 1, nullable = false)]
    qty: Option<i64>,
}

/// The orders after a split.
#[derive(Debug, Serialize, ToSchema)]
pub struct SplitOrders {
    /// The order, and the new ones in the sequence of the parts. Together they cost as much as the order did.
    orders: Vec<Order>,
}

/// Splits an open order by line.
#[utoipa::path(post, path = "/api/v1/orders/{id}/split", tag = "orders",
    params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = SplitOrder, responses(
    (status = 200, body = Success<SplitOrders>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`already_paid`, `order_void`, `has_payments`"),
    (status = 412, description = "`version_mismatch`"), (status = 422, description = "`invalid_split`")))]
pub async fn split_order(
    State(app): State<Shop>,
    actor: Actor<TakePayment>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/orders/{id}/split");
    let (command, body) = Command::read::<SplitOrder>(&actor, &headers, &path, body)?;
    if body.parts.is_empty() || body.parts.len() > MAX_PARTS {
        let not_between = Problem::EntriesNotBetween.with("least", 1).with("most", MAX_PARTS);
        return Err(Code::InvalidSplit.field("parts", not_between));
    }
    let line = |line: SplitLine| {
        Ok::<_, ApiError>(LinePart { line_id: text::reference("line_id", &line.line_id)?, qty: line.qty })
    };
    let part = |part: Vec<SplitLine>| part.into_iter().map(line).collect::<Result<Vec<_>, _>>();
    let parts = body.parts.into_iter().map(part).collect::<Result<Vec<_>, _>>()?;
    let code = app.outlet_code.clone();
    command
        .run(move |tx, user, now| {
            let orders = split::split(tx, user, &id, &parts, code.as_deref(), version, now)?;
            Ok(SplitOrders { orders })
        })
        .await
}
