//! Orders over HTTP. Commands accept an `Idempotency-Key`, and changes an `If-Match`.

pub mod discounts;
pub mod lines;
pub mod moves;
pub mod payments;

use std::str::FromStr;

use access::permission::{self, Sell};
use access::session::Actor;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use domain::cart::{QtyScale, Quantity};
use domain::kitchen::MAX_COURSE;
use domain::text::{BARCODE, CHOICE_ID, NAME, NOTE, REASON, REFERENCE, TABLE_NAME};
use domain::{BusinessDate, ChosenOption, IdSeries, Method, Money, OrderStatus, OrderType, Role, ids};
use jiff::Timestamp;
use protocol::limits::{MAX_DISCOUNTS, MAX_LINES, MAX_MODIFIERS};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::bodies::body_error;
use web::extract::{filter, maybe_null, page_size, parse};
use web::{
    ApiError, Choice, Code, IfMatch, Json, List, PageQuery, Path, Problem, Query, Remote, Success, reply, text, time,
    words,
};

use crate::approvals::{Approval, Grant, Unchecked};
use crate::command::{Command, Received, each};
use crate::idempotency::{Answer, Key, once};
use crate::orders::create::{self, NewOrder};
use crate::orders::http::discounts::NewOrderDiscount;
use crate::orders::lines::{Item, NewLine};
use crate::orders::list::{self, OrderSummary, Selection, Sort};
use crate::orders::pay;
use crate::orders::quote::{self, Quote};
use crate::orders::{Order, void};
use crate::state::Shop;
use crate::tenders::{Means, means};

/// The order to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"lines": [{"product_id": "0199f3c2-8a00-7abc-8def-0123456789ff", "qty": 1}]}))]
pub struct CreateOrder {
    /// UUIDv7 created by the till, so that retrying after a lost answer cannot duplicate the sale. Default: created by
    /// the server.
    #[schema(format = "uuid")]
    #[serde(default, deserialize_with = "maybe_null")]
    id: Option<String>,
    /// How the guest receives the order. Default: `dine_in`.
    #[schema(value_type = Option<OrderType>, nullable = false)]
    order_type: Option<Choice<OrderType>>,
    /// Id of the tender of the delivery platform that the order came from. Default: the outlet's own counter.
    #[serde(default, deserialize_with = "maybe_null")]
    channel: Option<String>,
    #[serde(default, deserialize_with = "maybe_null")]
    table_number: Option<String>,
    #[serde(default, deserialize_with = "maybe_null")]
    customer_name: Option<String>,
    /// Number of guests.
    #[schema(minimum = 1, maximum = 1000)]
    #[serde(default, deserialize_with = "maybe_null")]
    pax: Option<i64>,
    /// At least one line.
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<NewOrderLine>,
    /// Discounts: those of lines apply first, each to what the earlier ones left.
    #[schema(nullable = false)]
    discounts: Option<Vec<NewOrderDiscount>>,
    /// Needed for a compliment, and for discounts beyond the limit of the caller's role.
    #[schema(nullable = false)]
    approval: Option<Approval>,
    /// Payments received with the order.
    #[schema(nullable = false)]
    payments: Option<Vec<NewPayment>>,
    /// The total that the till shows, before cash rounding: subtotal, service and taxes. If it differs from the
    /// server's, the order is refused and nothing is recorded. Default: any total.
    #[schema(nullable = false)]
    expected_total: Option<i64>,
}

/// A payment of the order to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayment {
    /// The payment method. Required without `tender_id`; beside it, that of the tender.
    #[schema(value_type = Option<Method>, nullable = false)]
    method: Option<Choice<Method>>,
    /// A tender of the chain.
    #[serde(default, deserialize_with = "maybe_null")]
    tender_id: Option<String>,
    /// Amount that the guest hands over, in minor units (rupiah); cash may exceed the amount due. 0 only if nothing is
    /// due.
    #[schema(minimum = 0)]
    amount: i64,
    /// Reference of the bank or wallet.
    #[serde(default, deserialize_with = "maybe_null")]
    reference: Option<String>,
}

/// A line of the order to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"product_id": "0199f3c2-8a00-7abc-8def-0123456789ff", "qty": 1}))]
pub struct NewOrderLine {
    /// A UUID, or the id that the product has in the database. Required without `barcode`.
    #[schema(nullable = false)]
    product_id: Option<String>,
    /// A barcode with a price or a weight, as the shop's scale prints it: it names the product, the quantity and the
    /// amount, so it excludes `product_id`, `qty` and `qty_scale`.
    #[schema(nullable = false)]
    barcode: Option<String>,
    /// One of the product's variants; required if it has any.
    #[serde(default, deserialize_with = "maybe_null")]
    variant_id: Option<String>,
    /// Options of the product's modifier groups, per piece.
    #[schema(nullable = false)]
    modifiers: Option<Vec<ChosenModifier>>,
    /// Number of pieces, or thousandths of the unit with `qty_scale` 3; at least 1. Required without `barcode`.
    #[schema(minimum = 1, nullable = false)]
    qty: Option<i64>,
    /// Decimal places of `qty`, 0 or 3: those of the product. Default: 0.
    #[schema(nullable = false)]
    qty_scale: Option<i64>,
    /// Note for the kitchen.
    #[serde(default, deserialize_with = "maybe_null")]
    note: Option<String>,
    /// The course, 1 to 9, which can be sent apart. Default: only a send of everything sends it.
    #[serde(default, deserialize_with = "maybe_null")]
    #[schema(minimum = 1, maximum = 9)]
    course: Option<i64>,
    /// When the line was added to the till's cart, which decides its price; at most 12 hours ago. Default, and instead of a
    /// later or earlier time: now.
    #[serde(default, deserialize_with = "maybe_null")]
    #[schema(format = DateTime)]
    added_at: Option<String>,
}

/// A chosen option of a modifier group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChosenModifier {
    id: String,
    /// Quantity per piece. Default: 1.
    #[schema(nullable = false)]
    qty: Option<i64>,
}

/// The payment to record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"method": "cash", "amount": 50_000}))]
pub struct TakePayment {
    /// The payment method. Required without `tender_id`; beside it, that of the tender.
    #[schema(value_type = Option<Method>, nullable = false)]
    method: Option<Choice<Method>>,
    /// A tender of the chain.
    #[serde(default, deserialize_with = "maybe_null")]
    tender_id: Option<String>,
    /// Amount that the guest hands over, in minor units (rupiah); cash may exceed the amount due. 0 only if nothing is
    /// due.
    #[schema(minimum = 0)]
    amount: i64,
    /// Reference of the bank or wallet.
    #[serde(default, deserialize_with = "maybe_null")]
    reference: Option<String>,
    /// The order's `total` that the till shows. If it has changed, the payment is refused. Default: any total.
    #[schema(nullable = false)]
    expected_total: Option<i64>,
}

/// A void with its approval.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Salah pesan", "manager_pin": "1234"}))]
pub struct VoidOrder {
    /// Why; an `approval` has its own reason.
    #[serde(default, deserialize_with = "maybe_null")]
    reason: Option<String>,
    /// The PIN of any manager or admin.
    #[schema(nullable = false)]
    manager_pin: Option<String>,
    /// The approval of a manager or an admin chosen by name. A manager or an admin needs neither, only a reason.
    #[schema(nullable = false)]
    approval: Option<Approval>,
}

/// The order to calculate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"lines": [{"product_id": "0199f3c2-8a00-7abc-8def-0123456789ff", "qty": 1}]}))]
pub struct QuoteOrder {
    /// How the guest receives the order. Default: `dine_in`.
    #[schema(value_type = Option<OrderType>, nullable = false)]
    order_type: Option<Choice<OrderType>>,
    /// Id of the tender of the delivery platform that the order came from. Default: the outlet's own counter.
    #[serde(default, deserialize_with = "maybe_null")]
    channel: Option<String>,
    /// At least one line.
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<NewOrderLine>,
    /// Discounts, with or without an approval.
    #[schema(nullable = false)]
    discounts: Option<Vec<NewOrderDiscount>>,
}

impl CreateOrder {
    fn check(self) -> Result<NewOrder, ApiError> {
        if self.lines.is_empty() || self.lines.len() > MAX_LINES {
            let not_between = Problem::EntriesNotBetween.with("least", 1).with("most", MAX_LINES);
            return Err(Code::InvalidLines.field("lines", not_between));
        }
        let order_type = words::optional(self.order_type.as_ref(), Code::InvalidOrderType, "order_type")?;
        let discounts = self.discounts.unwrap_or_default();
        if discounts.len() > MAX_DISCOUNTS {
            return Err(Code::InvalidDiscount.field("discounts", Problem::TooManyEntries.with("most", MAX_DISCOUNTS)));
        }
        Ok(NewOrder {
            id: match &self.id {
                Some(id) => text::uuid("id", id)?,
                None => Uuid::now_v7(),
            },
            order_type: order_type.unwrap_or_default(),
            channel: self.channel.map(|id| text::reference("channel", &id)).transpose()?,
            table_number: text::optional("table_number", self.table_number.as_deref(), TABLE_NAME)?,
            customer_name: text::optional("customer_name", self.customer_name.as_deref(), NAME)?,
            pax: pax(self.pax)?,
            lines: each("lines", self.lines.into_iter().map(NewOrderLine::check))?,
            discounts: each("discounts", discounts.iter().map(NewOrderDiscount::check))?,
            approved: None,
            payments: each("payments", self.payments.unwrap_or_default().iter().map(NewPayment::check))?,
            expected_total: self.expected_total.map(Money),
        })
    }
}

/// A number of guests.
fn pax(pax: Option<i64>) -> Result<Option<i64>, ApiError> {
    if pax.is_some_and(|pax| !(1..=1_000).contains(&pax)) {
        let not_between = Problem::NotBetween.with("least", 1).with("most", 1_000);
        return Err(Code::InvalidPax.field("pax", not_between));
    }
    Ok(pax)
}

/// A course.
fn course(course: Option<i64>) -> Result<Option<i64>, ApiError> {
    if course.is_some_and(|course| !(1..=MAX_COURSE).contains(&course)) {
        let not_between = Problem::NotBetween.with("least", 1).with("most", MAX_COURSE);
        return Err(Code::InvalidCourse.field("course", not_between));
    }
    Ok(course)
}

/// When a line was added.
fn added_at(text: &str) -> Result<Timestamp, ApiError> {
    Timestamp::from_str(text).map_err(|_| Code::InvalidTime.field("added_at", Problem::NotATime))
}

impl NewOrderLine {
    fn check(self) -> Result<NewLine, ApiError> {
        Ok(NewLine {
            item: self.item()?,
            variant_id: text::optional("variant_id", self.variant_id.as_deref(), CHOICE_ID)?,
            modifiers: chosen(&self.modifiers.unwrap_or_default())?,
            note: text::optional("note", self.note.as_deref(), NOTE)?,
            course: course(self.course)?,
            added_at: self.added_at.as_deref().map(added_at).transpose()?,
        })
    }

    fn item(&self) -> Result<Item, ApiError> {
        let Some(code) = &self.barcode else {
            let missing = |field| Code::InvalidBody.field(field, Problem::Missing);
            let scale = QtyScale::from_decimals(self.qty_scale.unwrap_or(0))
                .ok_or_else(|| Code::InvalidQuantity.field("qty_scale", Problem::NotAllowed.with("choices", "0, 3")))?;
            let id = self.product_id.as_deref().ok_or_else(|| missing("product_id"))?;
            let quantity = Quantity { qty: self.qty.ok_or_else(|| missing("qty"))?, scale };
            return Ok(Item::Product { id: text::reference("product_id", id)?, quantity });
        };
        for (field, is_given) in [
            ("product_id", self.product_id.is_some()),
            ("qty", self.qty.is_some()),
            ("qty_scale", self.qty_scale.is_some()),
        ] {
            if is_given {
                return Err(Code::InvalidBody.field(field, Problem::NotTogether.with("other", "barcode")));
            }
        }
        Ok(Item::Barcode(text::required("barcode", code, BARCODE)?))
    }
}

fn chosen(modifiers: &[ChosenModifier]) -> Result<Vec<ChosenOption>, ApiError> {
    if modifiers.len() > MAX_MODIFIERS {
        let too_many = Problem::TooManyEntries.with("most", MAX_MODIFIERS);
        return Err(Code::InvalidModifiers.field("modifiers", too_many));
    }
    let chosen =
        |m: &ChosenModifier| Ok(ChosenOption { id: text::required("id", &m.id, CHOICE_ID)?, qty: m.qty.unwrap_or(1) });
    each("modifiers", modifiers.iter().map(chosen))
}

impl NewPayment {
    fn check(&self) -> Result<pay::NewPayment, ApiError> {
        let means = means(self.method.as_ref(), self.tender_id.as_deref())?;
        payment(means, self.amount, self.reference.as_deref())
    }
}

fn payment(means: Means, amount: i64, reference: Option<&str>) -> Result<pay::NewPayment, ApiError> {
    Ok(pay::NewPayment { means, amount: Money(amount), reference: text::optional("reference", reference, REFERENCE)? })
}

impl TakePayment {
    fn check(&self) -> Result<pay::NewPayment, ApiError> {
        let means = means(self.method.as_ref(), self.tender_id.as_deref())?;
        payment(means, self.amount, self.reference.as_deref())
    }
}

/// Creates an order, with its payments if it has any.
#[utoipa::path(post, path = "/api/v1/orders", tag = "orders",
    request_body = CreateOrder,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating the same key and body returns the same answer and creates the order once")),
    responses(
    (status = 201, body = Success<Order>),
    (status = 403, description = "`approval_required`, `wrong_manager_pin`"),
    (status = 409, description = "`shift_required`; `id_taken`: an order with this id exists; `sold_out`; `total_changed`: the total differs from `expected_total`, see `args`"),
    (status = 422, description = "`unknown_product`, `product_unavailable`, `variant_required`, `unknown_variant`, `variant_unavailable`, `unknown_modifier`, `modifier_unavailable`, `invalid_modifiers`, `too_few_modifiers`, `too_many_modifiers`, `price_negative`, `invalid_quantity`, `unknown_barcode`, `invalid_barcode`, `amount_too_large`, `overpaid`, `unknown_tender`, `unknown_channel`, `tender_inactive`, `tender_writes_off`, `reference_required`, `order_too_large`, `invalid_discount`, `idempotency_key_reused` and others: no order was created"),
    (status = 429, description = "`too_many_attempts`")))]
pub async fn create_order(
    State(app): State<Shop>,
    remote: Remote,
    actor: Actor<Sell>,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let (command, mut body) = Command::read::<CreateOrder>(&actor, &headers, "/api/v1/orders", body)?;
    let approval = body.approval.take();
    let new = body.check()?;
    let outlet_code = app.outlet_code.clone();
    command
        .creating()
        .run_approved(&app, remote, approval, move |tx, user, approved, now| {
            if !new.payments.is_empty() {
                user.check(Role::may_take_payment)?;
            }
            create::create(tx, user, NewOrder { approved, ..new }, outlet_code.as_deref(), now)
        })
        .await
}

/// Calculates what an order would cost now, without storing it.
#[utoipa::path(post, path = "/api/v1/orders/quote", tag = "orders", request_body = QuoteOrder, responses(
    (status = 200, body = Success<Quote>),
    (status = 422, description = "As for a new order")))]
pub async fn quote_order(actor: Actor<Sell>, Json(body): Json<QuoteOrder>) -> Result<Success<Quote>, ApiError> {
    let order = CreateOrder {
        id: None,
        order_type: body.order_type,
        channel: body.channel,
        table_number: None,
        customer_name: None,
        pax: None,
        lines: body.lines,
        discounts: body.discounts,
        approval: None,
        payments: None,
        expected_total: None,
    };
    let new = order.check()?;
    let now = time::now();
    actor.read_as(move |tx, user| quote::quote(tx, user, new, now)).await.map(Success::new)
}

/// Filters, sequence and page of a list of orders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct OrdersQuery {
    /// Maximum number of entries, 1 to 500. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page, with the same filters.
    cursor: Option<String>,
    /// Orders with this status.
    #[param(inline, value_type = Option<OrderStatus>)]
    status: Option<Choice<OrderStatus>>,
    /// Orders at the table with this name.
    table: Option<String>,
    /// Orders of the delivery platform with this tender; `own`: those of the outlet's own counter.
    channel: Option<String>,
    /// Orders of this business date, YYYY-MM-DD.
    #[param(format = Date)]
    date: Option<String>,
    /// Orders whose number, table or guest contains this text. The case of the letters a to z is ignored.
    #[param(max_length = 100)]
    q: Option<String>,
    /// Orders that the user with this id created.
    cashier: Option<String>,
    /// Orders created at or after this time, RFC 3339.
    #[param(format = DateTime)]
    since: Option<String>,
    /// Orders with at least this total, in minor units (rupiah).
    min_total: Option<i64>,
    /// Orders with at most this total, in minor units (rupiah).
    max_total: Option<i64>,
    /// The sequence: by the time at which the server stored them, or by total. Default: `-created_at`, the newest first.
    #[param(inline)]
    sort: Option<Sort>,
}

impl OrdersQuery {
    fn selection(self) -> Result<Selection, ApiError> {
        let invalid = |field: &'static str, problem: Problem| Code::InvalidQuery.field(field, problem);
        let date = |date: &str| BusinessDate::parse(date).ok_or_else(|| invalid("date", Problem::NotADate));
        let time = |time: &str| Timestamp::from_str(time).map_err(|_| invalid("since", Problem::NotATime));
        Ok(Selection {
            status: words::optional(self.status.as_ref(), Code::InvalidQuery, "status")?,
            table: filter("table", self.table.as_deref(), TABLE_NAME)?,
            channel: self.channel.filter(|id| !id.is_empty()).map(|id| ids::stored_as(&id)),
            date: self.date.as_deref().map(date).transpose()?,
            text: filter("q", self.q.as_deref(), NAME)?,
            cashier: self.cashier.filter(|id| !id.is_empty()).map(|id| ids::stored_as(&id)),
            since: self.since.as_deref().map(time).transpose()?,
            min_total: self.min_total,
            max_total: self.max_total,
            sort: self.sort.unwrap_or_default(),
            after: PageQuery { limit: None, cursor: self.cursor }.start()?,
            limit: page_size(self.limit)?,
        })
    }
}

/// Lists the orders, newest first unless `sort` says otherwise.
#[utoipa::path(get, path = "/api/v1/orders", tag = "orders",
    params(OrdersQuery), responses((status = 200, body = List<Order>)))]
pub async fn list_orders(actor: Actor, Query(query): Query<OrdersQuery>) -> Result<List<Order>, ApiError> {
    let selection = query.selection()?;
    let limit = selection.limit;
    let found = actor.read(move |tx| list::orders(tx, &selection)).await?;
    Ok(reply::page(found, limit, |o| o.id.clone()))
}

/// Lists the orders without lines, charges and payments: for screens with many orders.
#[utoipa::path(get, path = "/api/v1/orders/summary", tag = "orders",
    params(OrdersQuery), responses((status = 200, body = List<OrderSummary>)))]
pub async fn list_order_summaries(
    actor: Actor,
    Query(query): Query<OrdersQuery>,
) -> Result<List<OrderSummary>, ApiError> {
    let selection = query.selection()?;
    let limit = selection.limit;
    let found = actor.read(move |tx| list::summaries(tx, &selection)).await?;
    Ok(reply::page(found, limit, |o| o.id.clone()))
}

/// Returns an order.
#[utoipa::path(get, path = "/api/v1/orders/{id}", tag = "orders",
    params(("id" = String, Path)), responses(
    (status = 200, body = Success<Order>), (status = 404, description = "`not_found`")))]
pub async fn get_order(actor: Actor, Path(id): Path<String>) -> Result<Success<Order>, ApiError> {
    actor.read(move |tx| crate::orders::get(tx, &id)).await.map(Success::new)
}

/// Records a payment. If two tills settle an order at once, one gets 409 `already_paid`.
#[utoipa::path(post, path = "/api/v1/orders/{id}/payments", tag = "orders",
    params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = TakePayment, responses(
    (status = 200, body = Success<Order>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`already_paid`, `order_void`; `total_changed`: the total differs from `expected_total`, see `args`"),
    (status = 412, description = "`version_mismatch`"),
    (status = 422, description = "`overpaid`, `invalid_amount`, `invalid_method`, `unknown_tender`, `tender_inactive`, `tender_writes_off`, `reference_required`, `order_too_large`")))]
pub async fn take_payment(
    actor: Actor<permission::TakePayment>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Answer, ApiError> {
    let body = body.map_err(|e| body_error(&e))?;
    let payment = parse::<TakePayment>(&body)?;
    let (new, total) = (payment.check()?, payment.expected_total.map(Money));
    let key = Key::of(&headers, actor.id(), &format!("/api/v1/orders/{id}/payments"), &body)?;
    let now = time::now();
    actor
        .write(move |tx, user| {
            let mut ids = IdSeries::from(Uuid::now_v7());
            let expected = pay::Expected { version, total };
            once(tx, key, StatusCode::OK, now, || pay::pay(tx, user, &id, new, expected, &mut ids, now))
        })
        .await
}

/// Voids an open order.
#[utoipa::path(post, path = "/api/v1/orders/{id}/void", tag = "orders",
    params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = VoidOrder, responses(
    (status = 200, body = Success<Order>), (status = 403, description = "`wrong_manager_pin`, `approval_required`"),
    (status = 404, description = "`not_found`"),
    (status = 409, description = "`already_paid`, `order_void`, `has_payments`"),
    (status = 412, description = "`version_mismatch`"), (status = 429, description = "`too_many_attempts`")))]
pub async fn void_order(
    State(app): State<Shop>,
    remote: Remote,
    actor: Actor<Sell>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/orders/{id}/void");
    let (command, VoidOrder { reason, manager_pin, approval }) =
        Command::read::<VoidOrder>(&actor, &headers, &path, body)?;
    let approval = match (approval, manager_pin, &reason) {
        (Some(approval), None, None) => Some(approval.into()),
        (None, Some(pin), Some(reason)) => Some(Unchecked { user_id: None, pin, reason: reason.clone() }),
        (None, None, Some(_)) => None,
        _ => return Err(Code::InvalidBody.field("approval", Problem::Missing)),
    };
    let reason = text::optional("reason", reason.as_deref(), REASON)?;
    command
        .run_approved(&app, remote, approval, move |tx, user, approved, now| {
            let grant = Grant::of(user, approved, reason)?;
            void::void(tx, user, &id, &grant, version, now)
        })
        .await
}
