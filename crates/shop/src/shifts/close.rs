//! Closes a shift, hands a drawer over, and counts again.
//!
//! The count comes first, blind: what should be there is calculated afterwards and stored beside it. A close is never
//! refused for its difference, because refusals would tell a cashier how far a count is off.

use access::audit::{Deed, record};
use access::session::CurrentUser;
use domain::audit::AuditAction;
use domain::{CountKind, IdSeries, Method, Money, ShiftStatus};
use jiff::Timestamp;
use protocol::limits::{MAX_SHIFT_COUNTS, MAX_SHIFT_TENDERS};
use rusqlite::Transaction;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;
use web::messages::Message;
use web::{ApiError, Code, Problem, Word, time};

use super::count::counted_by;
use super::{Counted, Open, Shift, ShiftCount, ShiftTender, TenderFigures, get, get_open, open, report, save};
use crate::approvals::{Approved, Grant};
use crate::tenders::{Chosen, Means};
use crate::version::check_version;
use crate::{stored, tenders};

/// The close of a shift.
#[derive(Debug, Clone)]
pub struct Close {
    /// The cash in the drawer.
    pub counted: Counted,
    /// What stays in the drawer for the next shift; `None`: all of it.
    pub left_in_drawer: Option<Money>,
    /// What other tenders came to, by the bank's terminal or app.
    pub tenders: Vec<CountedTender>,
    /// Note on the close.
    pub note: Option<String>,
}

/// What a method or tender came to, as a person read it.
#[derive(Debug, Clone)]
pub struct CountedTender {
    /// A tender, or a method without one; not cash.
    pub means: Means,
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
/// 404, 409 `shift_closed`, 412, 422 `invalid_count`, `unknown_tender`, `invalid_method` or `amount_too_large`.
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
    let mut ids = IdSeries::from(Uuid::now_v7());
    let rows = close.counted.rows(CountKind::Close, &counted_by(&user.id, &at), &mut ids)?;
    add_counts(&mut shift, rows)?;
    let figures = report(tx, &shift)?;
    let expected = figures.cash.as_ref().map_or(0, |cash| cash.expected);
    shift.tenders = tenders(tx, &figures.tenders, (expected, counted), &close.tenders, &mut ids)?;
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

/// The money of each tender: those with payments, the cash, and those that were counted.
fn tenders(
    tx: &Transaction<'_>,
    figures: &[TenderFigures],
    (expected_cash, cash): (i64, Money),
    counted: &[CountedTender],
    ids: &mut IdSeries,
) -> Result<Vec<ShiftTender>, ApiError> {
    let mut rows: Vec<_> = figures.iter().map(|tender| row(tender, ids)).collect();
    for (no, CountedTender { means, counted }) in counted.iter().enumerate() {
        let found = rows.iter().position(|row| is_row_of(row, means));
        let place = found.map_or_else(
            || {
                let chosen = uncounted(tx, means).map_err(|refused| refused.within(&format!("tenders[{no}]")))?;
                let Chosen { method, tender_id, tender_name, .. } = chosen;
                let method = method.as_str().to_owned();
                rows.push(row(&TenderFigures { method, tender_id, tender_name, ..TenderFigures::default() }, ids));
                Ok::<_, ApiError>(rows.len() - 1)
            },
            Ok,
        )?;
        rows[place].counted = Some(counted.0);
    }
    let is_cash = |row: &&mut ShiftTender| row.method.known() == Some(Method::Cash);
    match rows.iter_mut().find(is_cash) {
        Some(row) => (row.expected, row.counted) = (expected_cash, Some(cash.0)),
        None => {
            let none = TenderFigures { method: Method::Cash.as_str().to_owned(), ..TenderFigures::default() };
            rows.push(ShiftTender { expected: expected_cash, counted: Some(cash.0), ..row(&none, ids) });
        }
    }
    if rows.len() > MAX_SHIFT_TENDERS {
        return Err(Code::InvalidCount.field("tenders", Problem::TooManyEntries.with("most", MAX_SHIFT_TENDERS)));
    }
    Ok(rows)
}

/// The row of a tender that nobody has counted.
fn row(figures: &TenderFigures, ids: &mut IdSeries) -> ShiftTender {
    let &TenderFigures { payments, reversals, refunds, .. } = figures;
    ShiftTender {
        // A tender can have payments by two methods, so its own id is not unique here.
        id: if figures.tender_id.is_some() { ids.next_text() } else { figures.method.clone() },
        method: figures.method(),
        tender_id: figures.tender_id.clone(),
        tender_name: figures.tender_name.clone(),
        payments,
        reversals,
        refunds,
        expected: payments.saturating_add(reversals).saturating_sub(refunds),
        counted: None,
    }
}

fn is_row_of(row: &ShiftTender, means: &Means) -> bool {
    match means {
        Means::Method(method) => row.tender_id.is_none() && row.method.known() == Some(*method),
        Means::Tender { id, method } => {
            row.tender_id.as_ref() == Some(id) && method.is_none_or(|method| row.method.known() == Some(method))
        }
    }
}

/// A tender without payments that was counted. It may be inactive.
fn uncounted(tx: &Transaction<'_>, means: &Means) -> Result<Chosen, ApiError> {
    match means {
        Means::Method(method) => Ok(Chosen { method: *method, tender_id: None, tender_name: None, writes_off: false }),
        Means::Tender { id, method } => {
            let found = tenders::find(tx, id)?;
            tenders::check_method(*method, found.method, found.tender_name.as_deref().unwrap_or_default())?;
            match found.method {
                Method::Cash => Err(Code::InvalidCount.field("tender_id", not_cash())),
                _ => Ok(found),
            }
        }
    }
}

/// Cash is counted in the drawer.
pub(super) fn not_cash() -> Message {
    let others: Vec<_> = Method::NAMES.iter().copied().filter(|name| *name != Method::Cash.as_str()).collect();
    Problem::NotAllowed.with("choices", others.join(", "))
}
