//! Closes a shift, hands a drawer over, and counts again.
//!
//! The count comes first, blind: what should be there is calculated afterwards and stored beside it. A close is never
//! refused for its difference, because refusals would tell a cashier how far a count is off.

use access::audit::{Deed, record};
use access::session::CurrentUser;
use domain::audit::AuditAction;
use domain::{CountKind, IdSeries, Method, Money, ShiftStatus};
use jiff::Timestamp;
use protocol::limits::MAX_SHIFT_COUNTS;
use rusqlite::Transaction;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;
use web::{ApiError, Code, Problem, Word, time};

use super::count::counted_by;
use super::{Counted, Open, Shift, ShiftCount, ShiftTender, get, get_open, open, report, save};
use crate::approvals::{Approved, Grant};
use crate::stored;
use crate::version::check_version;

/// The close of a shift.
#[derive(Debug, Clone)]
pub struct Close {
    /// The cash in the drawer.
    pub counted: Counted,
    /// What stays in the drawer for the next shift; `None`: all of it.
    pub left_in_drawer: Option<Money>,
    /// What other methods came to, by the bank's terminal or app.
    pub tenders: Vec<CountedTender>,
    /// Note on the close.
    pub note: Option<String>,
}

/// What a method came to, as a person read it.
#[derive(Debug, Clone, Copy)]
pub struct CountedTender {
    /// The payment method.
    pub method: Method,
    /// The amount.
    pub counted: Money,
}

/// A closed shift, and the next one of its drawer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Handover {
    /// The closed shift.
    pub closed: Shift,
    /// The shift that takes over.
    pub opened: Shift,
}

/// Closes a shift with a count, and stores its figures.
///
/// # Errors
/// 404, 409 `shift_closed`, 412, 422 `invalid_count` or `amount_too_large`.
pub fn close(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    shift_id: &str,
    close: &Close,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Shift, ApiError> {
    let mut shift = get_open(tx, shift_id, if_version)?;
    let at = time::text(now);
    let counted = close.counted.sum()?;
    if close.left_in_drawer.is_some_and(|left| left > counted) {
        return Err(
            Code::InvalidCount.field("left_in_drawer", Problem::NotBetween.with("least", 0).with("most", counted))
        );
    }
    let rows = close.counted.rows(CountKind::Close, &counted_by(&user.id, &at), &mut IdSeries::from(Uuid::now_v7()))?;
    add_counts(&mut shift, rows)?;
    let figures = report(tx, &shift)?;
    let expected = figures.cash.as_ref().map_or(0, |cash| cash.expected);
    shift.tenders = tenders(&figures.tenders, expected, counted, &close.tenders);
    shift.expected = Some(expected);
    shift.counted = Some(counted.0);
    shift.left_in_drawer = close.left_in_drawer.map(|left| left.0);
    shift.note = close.note.clone();
    shift.report = Some(figures);
    shift.status = Word::Known(ShiftStatus::Closed);
    shift.closed_by = Some(user.id.clone());
    shift.closed_at = Some(at);
    save(tx, &shift)?;
    let data = json!({
        "number": shift.shift_number, "drawer": shift.drawer_name, "expected": shift.expected, "counted": shift.counted,
        "left_in_drawer": shift.left_in_drawer, "note": shift.note,
    });
    record(tx, user, Deed::new(AuditAction::ShiftClosed).to("shift", shift_id).with(data), now)?;
    get(tx, shift_id)
}

/// Closes a shift and opens the next one of the same drawer with what was counted.
///
/// # Errors
/// As for [`close`] and [`open`](super::open).
pub fn hand_over(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    shift_id: &str,
    handover: &Close,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Handover, ApiError> {
    let closed = close(tx, user, shift_id, handover, if_version, now)?;
    let counted = match handover.left_in_drawer {
        Some(left) => Counted::Sum(left),
        None => handover.counted.clone(),
    };
    let opened = open(tx, user, &Open { drawer_id: closed.drawer_id.clone(), counted }, now)?;
    Ok(Handover { closed, opened })
}

/// Adds another count to a closed shift. Its first count and its figures stay.
///
/// # Errors
/// 403 `approval_required`, 404, 409 `shift_not_closed` or `shift_full`, 412, 422 `invalid_count` or `invalid_text`.
#[expect(clippy::too_many_arguments, reason = "each is one value of the command")]
pub fn recount(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    shift_id: &str,
    counted: &Counted,
    reason: Option<String>,
    approved: Option<Approved>,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Shift, ApiError> {
    let mut shift = get(tx, shift_id)?;
    check_version(tx, "shift", shift_id, if_version)?;
    if shift.is_open() {
        return Err(Code::ShiftNotClosed.into());
    }
    let grant = Grant::of(user, approved, reason)?;
    let like = ShiftCount {
        reason: Some(grant.reason),
        approved_by: Some(grant.approved_by),
        ..counted_by(&user.id, &time::text(now))
    };
    let rows = counted.rows(CountKind::Recount, &like, &mut IdSeries::from(Uuid::now_v7()))?;
    add_counts(&mut shift, rows.clone())?;
    stored::upsert(tx, Some(shift_id), &rows)?;
    let data = json!({
        "number": shift.shift_number, "drawer": shift.drawer_name, "expected": shift.expected, "before": shift.counted,
        "counted": counted.sum()?, "reason": like.reason,
    });
    let deed = Deed::new(AuditAction::ShiftRecounted).to("shift", shift_id).approved_by(like.approved_by.as_deref());
    record(tx, user, deed.with(data), now)?;
    get(tx, shift_id)
}

fn add_counts(shift: &mut Shift, rows: Vec<ShiftCount>) -> Result<(), ApiError> {
    if shift.counts.len() + rows.len() > MAX_SHIFT_COUNTS {
        return Err(Code::ShiftFull.with("most", MAX_SHIFT_COUNTS));
    }
    shift.counts.extend(rows);
    Ok(())
}

/// The money of each method: those with payments, cash, and those that were counted.
fn tenders(
    figures: &[super::TenderFigures],
    expected: i64,
    cash: Money,
    counted: &[CountedTender],
) -> Vec<ShiftTender> {
    let row = |method: Word<Method>, figures: &super::TenderFigures| {
        let super::TenderFigures { payments, reversals, refunds, .. } = *figures;
        let is_cash = method.known() == Some(Method::Cash);
        let found = counted.iter().find(|tender| Some(tender.method) == method.known());
        ShiftTender {
            id: method.as_str().to_owned(),
            payments,
            reversals,
            refunds,
            expected: if is_cash { expected } else { payments.saturating_add(reversals).saturating_sub(refunds) },
            counted: if is_cash { Some(cash.0) } else { found.map(|tender| tender.counted.0) },
            method,
        }
    };
    let mut rows: Vec<_> = figures.iter().map(|tender| row(tender.method(), tender)).collect();
    for method in counted.iter().map(|tender| tender.method).chain([Method::Cash]) {
        if !rows.iter().any(|row| row.id == method.as_str()) {
            rows.push(row(Word::Known(method), &super::TenderFigures::default()));
        }
    }
    rows
}
