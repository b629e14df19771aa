//! Shifts of cash drawers over HTTP. Cashiers, managers and admins use them; commands accept an `Idempotency-Key`, and
//! changes an `If-Match`.

use access::permission::TakePayment;
use access::session::Actor;
use axum::extract::State;
use axum::http::HeaderMap;
use domain::money::MAX_AMOUNT;
use domain::shift::Pieces;
use domain::text::{NOTE, REASON};
use domain::{BusinessDate, Method, Money, MovementKind, ReportKind, ShiftStatus};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use web::extract::{maybe_null, page_size};
use web::{ApiError, Choice, Code, IfMatch, List, Path, Problem, Query, Remote, Success, reply, text, words};

use crate::approvals::Approval;
use crate::command::{Command, Received};
use crate::idempotency::Answer;
use crate::state::Shop;
use crate::tenders::{Means, means};

use super::close::not_cash;
use super::{Close, Counted, CountedTender, Handover, NewMovement, Open, Selection, Shift, ShiftReport};

/// Most denominations in one count.
const MAX_DENOMINATIONS: usize = 50;

/// Pieces of one note or coin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"denomination": 50_000, "pieces": 3}))]
pub struct CountedPieces {
    /// Value of one, in minor units.
    #[schema(minimum = 1)]
    denomination: i64,
    /// How many.
    #[schema(minimum = 0)]
    pieces: i64,
}

/// The shift to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"drawer_id": "0199f3c2-8a00-7abc-8def-0123456789ff", "opening": 500_000}))]
pub struct OpenShift {
    /// The drawer.
    drawer_id: String,
    /// Cash in the drawer.
    opening: Opening,
}

/// Cash in a drawer: the sum, or up to 50 denominations.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged, expecting = "expected an amount or a list of pieces")]
pub enum Opening {
    /// The sum.
    Sum(i64),
    /// By denomination.
    Pieces(Vec<CountedPieces>),
}

impl Opening {
    fn check(self) -> Result<Counted, ApiError> {
        match self {
            Self::Sum(sum) => amount("opening", sum).map(Counted::Sum),
            Self::Pieces(counts) => pieces("opening", counts).map(Counted::Pieces),
        }
    }
}

/// The movement to record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "out", "amount": 35_000, "reason": "Beli es batu"}))]
pub struct MoveCash {
    /// In, out, or to the safe.
    #[schema(value_type = MovementKind)]
    kind: Choice<MovementKind>,
    /// The amount, in minor units.
    #[schema(minimum = 1)]
    amount: i64,
    /// Why; an `approval` has its own reason. Required to put cash in or take it out.
    #[serde(default, deserialize_with = "maybe_null")]
    reason: Option<String>,
    /// Needed to take out more than `cash_out_limit` of the settings.
    #[schema(nullable = false)]
    approval: Option<Approval>,
}

/// The close of a shift.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"counts": [{"denomination": 100_000, "pieces": 7}, {"denomination": 2_000, "pieces": 12}], "left_in_drawer": 500_000}))]
pub struct CloseShift {
    /// Cash in the drawer, unless `counts` has it.
    #[schema(minimum = 0, nullable = false)]
    counted: Option<i64>,
    /// Cash in the drawer by denomination.
    #[schema(max_items = 50, nullable = false)]
    counts: Option<Vec<CountedPieces>>,
    /// Cash that stays in the drawer for the next shift. Default: all of it.
    #[schema(minimum = 0, nullable = false)]
    left_in_drawer: Option<i64>,
    /// What other tenders came to, by the bank's terminal or app.
    #[schema(nullable = false)]
    tenders: Option<Vec<TenderCount>>,
    /// Note on the close.
    #[serde(default, deserialize_with = "maybe_null")]
    note: Option<String>,
}

/// What a tender came to, or a method without one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenderCount {
    /// The payment method; not cash. Required without `tender_id`; beside it, that of the tender.
    #[schema(value_type = Option<Method>, nullable = false)]
    method: Option<Choice<Method>>,
    /// A tender with payments in the shift, or one of the chain.
    #[serde(default, deserialize_with = "maybe_null")]
    tender_id: Option<String>,
    /// The amount.
    #[schema(minimum = 0)]
    counted: i64,
}

/// Another count of a closed shift.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"counted": 1_038_300, "reason": "Uang di bawah laci"}))]
pub struct Recount {
    /// The counted cash, unless `counts` has it.
    #[schema(minimum = 0, nullable = false)]
    counted: Option<i64>,
    /// The counted cash by denomination.
    #[schema(max_items = 50, nullable = false)]
    counts: Option<Vec<CountedPieces>>,
    /// Why; an `approval` has its own reason.
    #[serde(default, deserialize_with = "maybe_null")]
    reason: Option<String>,
    /// Needed unless a manager or an admin counts.
    #[schema(nullable = false)]
    approval: Option<Approval>,
}

/// Filters and page of a list of shifts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ShiftsQuery {
    /// Maximum number of entries, 1 to 500. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page, with the same filters.
    cursor: Option<String>,
    /// Shifts with this status.
    #[param(inline, value_type = Option<ShiftStatus>)]
    status: Option<Choice<ShiftStatus>>,
    /// Shifts of this drawer.
    drawer_id: Option<String>,
    /// Shifts opened on this business date, YYYY-MM-DD.
    #[param(format = Date)]
    date: Option<String>,
}

fn amount(field: &'static str, amount: i64) -> Result<Money, ApiError> {
    match amount {
        0..=MAX_AMOUNT => Ok(Money(amount)),
        _ => {
            let not_between = Problem::NotBetween.with("least", Money(0)).with("most", Money(MAX_AMOUNT));
            Err(Code::InvalidCount.field(field, not_between))
        }
    }
}

/// What was counted: a sum or denominations, not both.
fn counted(sum: Option<i64>, counts: Option<Vec<CountedPieces>>) -> Result<Counted, ApiError> {
    match (sum, counts) {
        (Some(sum), None) => amount("counted", sum).map(Counted::Sum),
        (None, Some(counts)) => pieces("counts", counts).map(Counted::Pieces),
        (None, None) => Err(Code::InvalidCount.field("counted", Problem::Missing)),
        (Some(_), Some(_)) => Err(Code::InvalidCount.field("counts", Problem::NotTogether.with("other", "counted"))),
    }
}

fn pieces(list: &str, counts: Vec<CountedPieces>) -> Result<Vec<Pieces>, ApiError> {
    if counts.is_empty() || counts.len() > MAX_DENOMINATIONS {
        let not_between = Problem::EntriesNotBetween.with("least", 1).with("most", MAX_DENOMINATIONS);
        return Err(Code::InvalidCount.field(list, not_between));
    }
    let mut found = Vec::<Pieces>::with_capacity(counts.len());
    for (at, CountedPieces { denomination, pieces }) in counts.into_iter().enumerate() {
        let field = |name: &str| format!("{list}[{at}].{name}");
        if !(1..=MAX_AMOUNT).contains(&denomination) {
            let not_between = Problem::NotBetween.with("least", 1).with("most", MAX_AMOUNT);
            return Err(Code::InvalidCount.field(field("denomination"), not_between));
        }
        if found.iter().any(|one| one.denomination == denomination) {
            return Err(Code::InvalidCount.field(field("denomination"), Problem::Repeated));
        }
        if !(0..=MAX_AMOUNT).contains(&pieces) {
            let not_between = Problem::NotBetween.with("least", 0).with("most", MAX_AMOUNT);
            return Err(Code::InvalidCount.field(field("pieces"), not_between));
        }
        found.push(Pieces { denomination, pieces });
    }
    Ok(found)
}

impl CloseShift {
    fn check(self) -> Result<Close, ApiError> {
        let mut tenders = Vec::<CountedTender>::new();
        for (at, tender) in self.tenders.into_iter().flatten().enumerate() {
            let means = means(tender.method.as_ref(), tender.tender_id.as_deref())?;
            let field = if let Means::Tender { .. } = means { "tender_id" } else { "method" };
            let field = format!("tenders[{at}].{field}");
            if means == Means::Method(Method::Cash) {
                return Err(Code::InvalidCount.field(field, not_cash()));
            }
            if tenders.iter().any(|one| one.means == means) {
                return Err(Code::InvalidCount.field(field, Problem::Repeated));
            }
            tenders.push(CountedTender { means, counted: amount("counted", tender.counted)? });
        }
        Ok(Close {
            counted: counted(self.counted, self.counts)?,
            left_in_drawer: self.left_in_drawer.map(|left| amount("left_in_drawer", left)).transpose()?,
            tenders,
            note: text::optional("note", self.note.as_deref(), NOTE)?,
        })
    }
}

/// Lists shifts, the latest first.
#[utoipa::path(get, path = "/api/v1/shifts", tag = "shifts", params(ShiftsQuery), responses(
    (status = 200, body = List<Shift>), (status = 422, description = "`invalid_query`")))]
pub async fn list_shifts(actor: Actor<TakePayment>, Query(query): Query<ShiftsQuery>) -> Result<List<Shift>, ApiError> {
    let limit = page_size(query.limit)?;
    let date = query
        .date
        .as_deref()
        .map(|date| BusinessDate::parse(date).ok_or_else(|| Code::InvalidQuery.field("date", Problem::NotADate)));
    let selection = Selection {
        status: words::optional(query.status.as_ref(), Code::InvalidQuery, "status")?,
        drawer_id: query.drawer_id,
        date: date.transpose()?,
        after: query.cursor,
        limit: limit + 1,
    };
    let found = actor.read(move |tx| super::list(tx, &selection)).await?;
    Ok(reply::page(found, limit, |shift| shift.id.clone()))
}

/// Opens a shift of a drawer with a count.
#[utoipa::path(post, path = "/api/v1/shifts", tag = "shifts", params(("Idempotency-Key" = Option<String>, Header)),
    request_body = OpenShift, responses(
    (status = 201, body = Success<Shift>), (status = 404, description = "`not_found`: the drawer"),
    (status = 409, description = "`shift_open`: the drawer has an open shift, see `args`"),
    (status = 422, description = "`invalid_count`")))]
pub async fn open_shift(actor: Actor<TakePayment>, headers: HeaderMap, body: Received) -> Result<Answer, ApiError> {
    let (command, body) = Command::read::<OpenShift>(&actor, &headers, "/api/v1/shifts", body)?;
    let drawer_id = text::reference("drawer_id", &body.drawer_id)?;
    let new = Open { drawer_id, counted: body.opening.check()? };
    command.creating().run(move |tx, user, now| super::open(tx, user, &new, now)).await
}

/// Which shift is the current one.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CurrentShiftQuery {
    /// That of this drawer. Default: the one that receives the caller's payments.
    drawer_id: Option<String>,
}

/// Returns the open shift of a drawer, or that which receives the caller's payments, or null.
#[utoipa::path(get, path = "/api/v1/shifts/current", tag = "shifts", params(CurrentShiftQuery),
    responses((status = 200, body = Success<Option<Shift>>)))]
pub async fn get_current_shift(
    actor: Actor<TakePayment>,
    Query(query): Query<CurrentShiftQuery>,
) -> Result<Success<Option<Shift>>, ApiError> {
    let found = actor.read_as(move |tx, user| {
        let current = match &query.drawer_id {
            Some(drawer_id) => super::open_of(tx, drawer_id)?,
            None => super::current(tx, user)?,
        };
        current.map(|id| super::get(tx, &id)).transpose()
    });
    found.await.map(Success::new)
}

/// Returns a shift.
#[utoipa::path(get, path = "/api/v1/shifts/{id}", tag = "shifts", params(("id" = String, Path)),
    responses((status = 200, body = Success<Shift>), (status = 404, description = "`not_found`")))]
pub async fn get_shift(actor: Actor<TakePayment>, Path(id): Path<String>) -> Result<Success<Shift>, ApiError> {
    actor.read(move |tx| super::get(tx, &id)).await.map(Success::new)
}

/// Which figures of a shift.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ShiftReportQuery {
    /// X of an open shift or Z of a closed one. Default: the one that exists.
    #[param(inline, value_type = Option<ReportKind>)]
    kind: Option<Choice<ReportKind>>,
}

/// Returns the figures of a shift: X while it is open, and Z, stored at the close, afterwards.
///
/// Before the count, a cashier does not see the cash.
#[utoipa::path(get, path = "/api/v1/shifts/{id}/report", tag = "shifts",
    params(("id" = String, Path), ShiftReportQuery),
    responses((status = 200, body = Success<ShiftReport>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`shift_closed`: X of a closed shift, `shift_not_closed`: Z of an open one"),
    (status = 422, description = "`amount_too_large`, `invalid_query`")))]
pub async fn get_shift_report(
    actor: Actor<TakePayment>,
    Path(id): Path<String>,
    Query(query): Query<ShiftReportQuery>,
) -> Result<Success<ShiftReport>, ApiError> {
    let kind = query.kind.map(|kind| kind.check(Code::InvalidQuery, "kind")).transpose()?;
    let found = actor.read_as(move |tx, user| {
        let shift = super::get(tx, &id)?;
        match kind {
            Some(ReportKind::X) if !shift.is_open() => return Err(super::closed(tx, &shift)),
            Some(ReportKind::Z) if shift.is_open() => return Err(Code::ShiftNotClosed.into()),
            _ => {}
        }
        super::report_for(tx, user, &shift)
    });
    found.await.map(Success::new)
}

/// Records cash that is put into the drawer or taken out without a sale.
#[utoipa::path(post, path = "/api/v1/shifts/{id}/movements", tag = "shifts", params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = MoveCash, responses(
    (status = 200, body = Success<Shift>), (status = 403, description = "`approval_required`, `wrong_manager_pin`"),
    (status = 404, description = "`not_found`"), (status = 409, description = "`shift_closed`, `shift_full`"),
    (status = 412, description = "`version_mismatch`"),
    (status = 422, description = "`invalid_kind`, `invalid_amount`, `invalid_text`"),
    (status = 429, description = "`too_many_attempts`")))]
pub async fn move_cash(
    State(app): State<Shop>,
    remote: Remote,
    actor: Actor<TakePayment>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/shifts/{id}/movements");
    let (command, body) = Command::read::<MoveCash>(&actor, &headers, &path, body)?;
    let kind = body.kind.check(Code::InvalidKind, "kind")?;
    if !(1..=MAX_AMOUNT).contains(&body.amount) {
        let not_between = Problem::NotBetween.with("least", Money(1)).with("most", Money(MAX_AMOUNT));
        return Err(Code::InvalidAmount.field("amount", not_between));
    }
    let reason = text::optional("reason", body.reason.as_deref(), REASON)?;
    if reason.is_none() && body.approval.is_none() && kind != MovementKind::Drop {
        return Err(Code::InvalidText.field("reason", Problem::Empty));
    }
    let new = NewMovement { kind, amount: Money(body.amount), reason };
    command
        .run_approved(&app, remote, body.approval, move |tx, user, approved, now| {
            super::add_movement(tx, user, &id, new, approved, version, now)
        })
        .await
}

/// Closes a shift with a count. The answer shows what should have been in the drawer.
#[utoipa::path(post, path = "/api/v1/shifts/{id}/close", tag = "shifts", params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = CloseShift, responses(
    (status = 200, body = Success<Shift>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`shift_closed`, `shift_full`"), (status = 412, description = "`version_mismatch`"),
    (status = 422, description = "`invalid_count`, `invalid_method`, `unknown_tender`, `amount_too_large`")))]
pub async fn close_shift(
    actor: Actor<TakePayment>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/shifts/{id}/close");
    let (command, body) = Command::read::<CloseShift>(&actor, &headers, &path, body)?;
    let close = body.check()?;
    command.run(move |tx, user, now| super::close(tx, user, &id, &close, version, now)).await
}

/// Closes a shift and opens the next one of its drawer with the same count.
#[utoipa::path(post, path = "/api/v1/shifts/{id}/handover", tag = "shifts", params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = CloseShift, responses(
    (status = 200, body = Success<Handover>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`shift_closed`, `shift_full`"), (status = 412, description = "`version_mismatch`"),
    (status = 422, description = "`invalid_count`, `invalid_method`, `unknown_tender`, `amount_too_large`")))]
pub async fn hand_over_shift(
    actor: Actor<TakePayment>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/shifts/{id}/handover");
    let (command, body) = Command::read::<CloseShift>(&actor, &headers, &path, body)?;
    let handover = body.check()?;
    command.run(move |tx, user, now| super::hand_over(tx, user, &id, &handover, version, now)).await
}

/// Adds another count to a closed shift. The first count and the figures stay.
#[utoipa::path(post, path = "/api/v1/shifts/{id}/recount", tag = "shifts", params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = Recount, responses(
    (status = 200, body = Success<Shift>), (status = 403, description = "`approval_required`, `wrong_manager_pin`"),
    (status = 404, description = "`not_found`"), (status = 409, description = "`shift_not_closed`, `shift_full`"),
    (status = 412, description = "`version_mismatch`"), (status = 422, description = "`invalid_count`, `invalid_text`"),
    (status = 429, description = "`too_many_attempts`")))]
pub async fn recount_shift(
    State(app): State<Shop>,
    remote: Remote,
    actor: Actor<TakePayment>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/shifts/{id}/recount");
    let (command, body) = Command::read::<Recount>(&actor, &headers, &path, body)?;
    let counted = counted(body.counted, body.counts)?;
    let reason = text::optional("reason", body.reason.as_deref(), REASON)?;
    command
        .run_approved(&app, remote, body.approval, move |tx, user, approved, now| {
            super::recount(tx, user, &id, &counted, reason, approved, version, now)
        })
        .await
}
