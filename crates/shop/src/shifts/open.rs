//! Opens a shift.

use access::audit::{Deed, record};
use access::session::CurrentUser;
use domain::audit::AuditAction;
use domain::shift::shift_number;
use domain::{CountKind, IdSeries, ShiftStatus};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction};
use serde_json::json;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use uuid::Uuid;
use web::{ApiError, Code, Word, time};

use super::count::counted_by;
use super::{Counted, Shift, get, save};
use crate::settings;

/// A shift to open.
#[derive(Debug, Clone)]
pub struct Open {
    /// The drawer.
    pub drawer_id: String,
    /// What is in it.
    pub counted: Counted,
}

/// The shift of a drawer before a new one.
struct Previous {
    id: String,
    number: String,
    opened_by: Option<String>,
    is_open: bool,
    /// Cash that it left in the drawer.
    left: Option<i64>,
}

/// The name of a drawer that is in use.
///
/// # Errors
/// 404.
pub(crate) fn drawer(tx: &Transaction<'_>, id: &str) -> Result<String, ApiError> {
    let sql = "select name from drawers where id = ?1 and active = 1";
    let found = tx.prepare_cached(sql)?.query_row([raw(id)], |row| row.read(0)).optional()?;
    found.ok_or_else(|| Code::NotFound.because("drawer"))
}

/// Opens a shift of a drawer.
///
/// # Errors
/// 404 for the drawer, 409 `shift_open`, 422 `invalid_count`.
pub fn open(tx: &Transaction<'_>, user: &CurrentUser, new: &Open, now: Timestamp) -> Result<Shift, ApiError> {
    let drawer_name = drawer(tx, &new.drawer_id)?;
    let previous = previous(tx, &new.drawer_id)?;
    if let Some(open) = previous.as_ref().filter(|previous| previous.is_open) {
        let by = open.opened_by.as_deref().and_then(|id| crate::staff::name_of(tx, id));
        let refused = Code::ShiftOpen.with("drawer", drawer_name).with("number", &open.number);
        return Err(refused.with("by", by.unwrap_or_else(|| "unknown".to_owned())).with("id", &open.id));
    }
    let mut ids = IdSeries::from(Uuid::now_v7());
    let at = time::text(now);
    let shift = Shift {
        id: ids.next_text(),
        shift_number: next_number(tx, &new.drawer_id)?,
        drawer_id: new.drawer_id.clone(),
        drawer_name,
        status: Word::Known(ShiftStatus::Open),
        business_date: settings::shop(tx)?.day.date_at(now).to_string(),
        opening_expected: previous.as_ref().and_then(|previous| previous.left),
        previous_shift_id: previous.map(|previous| previous.id),
        opened_by: Some(user.id.clone()),
        opening_counted: new.counted.sum()?.0,
        closed_by: None,
        closed_at: None,
        expected: None,
        counted: None,
        left_in_drawer: None,
        note: None,
        report: None,
        version: 0,
        movements: Vec::new(),
        counts: new.counted.rows(CountKind::Open, &counted_by(&user.id, &at), &mut ids)?,
        tenders: Vec::new(),
        opened_at: at,
    };
    save(tx, &shift)?;
    let data = json!({
        "number": shift.shift_number, "drawer": shift.drawer_name, "counted": shift.opening_counted,
        "expected": shift.opening_expected,
    });
    record(tx, user, Deed::new(AuditAction::ShiftOpened).to("shift", &shift.id).with(data), now)?;
    get(tx, &shift.id)
}

/// The latest shift of a drawer; an open one if there is any.
fn previous(tx: &Transaction<'_>, drawer_id: &str) -> Result<Option<Previous>, Fault> {
    let sql = "select id, shift_number, opened_by, status = 'open', coalesce(left_in_drawer, counted) from shifts
        where drawer_id = ?1 order by status = 'open' desc, rowid desc limit 1";
    let found = tx.prepare_cached(sql)?.query_row([drawer_id], |row| {
        Ok(Previous {
            id: row.id(0)?,
            number: row.read(1)?,
            opened_by: row.read(2)?,
            is_open: row.read(3)?,
            left: row.read(4)?,
        })
    });
    Ok(found.optional()?)
}

/// The next number of a drawer.
///
/// # Errors
/// The error from SQLite.
pub fn next_number(tx: &Transaction<'_>, drawer_id: &str) -> Result<String, Fault> {
    let sql = "insert into shift_numbers (drawer_id, next) values (?1, 2)
        on conflict (drawer_id) do update set next = next + 1
        returning coalesce((select series from number_series where id = 1), 0), next - 1";
    let (series, sequence) = tx.prepare_cached(sql)?.query_row([drawer_id], |row| Ok((row.read(0)?, row.read(1)?)))?;
    Ok(shift_number(series, sequence))
}
