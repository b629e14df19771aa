//! Shifts of cash drawers: opened with a count, closed with a count, and unchanged from then on.
//!
//! A payment names the shift that received it, so the figures of a shift are sums over its payments and never depend on
//! times. The close stores them: a correction or a refund on a later day belongs to the shift of that day.

mod close;
mod count;
mod current;
pub mod http;
mod list;
mod movement;
mod open;
mod report;
mod rows;

pub use close::{Close, CountedTender, Handover, close, hand_over, recount};
pub use count::Counted;
use current::open_of;
pub(crate) use current::{current, for_payment};
pub use list::{Selection, list};
pub use movement::{NewMovement, add_movement};
pub(crate) use open::drawer;
pub use open::{Open, next_number, open};
pub(crate) use report::report_for;
pub use report::{CashFigures, ShiftReport, ShiftSales, TenderFigures, report};
pub use rows::{Movement, Shift, ShiftCount, ShiftTender};

use rusqlite::{OptionalExtension, Transaction};
use sqlite::Fault;
use sqlite::text::raw;
use web::messages::Arg;
use web::{ApiError, Code};

use crate::stored::{self, Roots, Stored};
use crate::version::check_version;

/// A shift by id.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<Shift, ApiError> {
    let found = tx
        .prepare_cached(&format!("select {} from shifts where id = ?1", Shift::COLUMNS))?
        .query_row([raw(id)], |row| Shift::read_from(row, 0))
        .optional()?;
    let mut found = [found.ok_or_else(|| Code::NotFound.because("shift"))?];
    load(tx, &mut found)?;
    let [shift] = found;
    Ok(shift)
}

/// A shift that a command changes.
///
/// # Errors
/// 404, 409 `shift_closed`, 412.
fn get_open(tx: &Transaction<'_>, id: &str, if_version: Option<i64>) -> Result<Shift, ApiError> {
    let shift = get(tx, id)?;
    check_version(tx, "shift", &shift.id, if_version)?;
    if shift.is_open() { Ok(shift) } else { Err(closed(tx, &shift)) }
}

/// The refusal of a change of a closed shift: says who closed it, and when.
fn closed(tx: &Transaction<'_>, shift: &Shift) -> ApiError {
    let by = shift.closed_by.as_deref().and_then(|id| crate::staff::name_of(tx, id));
    let at = shift.closed_at.as_deref().unwrap_or_default();
    let refused = Code::ShiftClosed.with("number", &shift.shift_number).with("drawer", &shift.drawer_name);
    refused
        .with("by", by.unwrap_or_else(|| "unknown".to_owned()))
        .with("local_time", Arg::date(crate::settings::local_time(tx, at)))
}

/// Reads versions, movements, counts and tenders of these shifts, with four queries for any number of them.
fn load(tx: &Transaction<'_>, shifts: &mut [Shift]) -> Result<(), Fault> {
    let ids: Vec<_> = shifts.iter().map(|shift| shift.id.clone()).collect();
    let roots = Roots::of(&ids);
    roots.load_versions(tx, "shift", shifts, |shift| &mut shift.version)?;
    roots.load(tx, shifts, "created_at, id", |shift| &mut shift.movements)?;
    roots.load(tx, shifts, "created_at, id", |shift| &mut shift.counts)?;
    roots.load(tx, shifts, "id", |shift| &mut shift.tenders)
}

/// Writes a shift. Child rows come first, so that the triggers queue a new shift once.
fn save(tx: &Transaction<'_>, shift: &Shift) -> Result<(), Fault> {
    let parent = Some(shift.id.as_str());
    stored::upsert(tx, parent, &shift.movements)?;
    stored::upsert(tx, parent, &shift.counts)?;
    stored::upsert(tx, parent, &shift.tenders)?;
    stored::upsert(tx, None, [shift])
}
