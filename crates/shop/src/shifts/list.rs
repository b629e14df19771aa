//! Lists shifts, the latest first.

use domain::{BusinessDate, ShiftStatus};
use rusqlite::Transaction;
use sqlite::Fault;
use sqlite::text::raw;

use super::{Shift, load};
use crate::conditions::Conditions;
use crate::stored::Stored;

/// Which shifts a list contains.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Shifts with this status.
    pub status: Option<ShiftStatus>,
    /// Shifts of this drawer.
    pub drawer_id: Option<String>,
    /// Shifts that were opened on this business date.
    pub date: Option<BusinessDate>,
    /// Id of the last shift of the previous page.
    pub after: Option<String>,
    /// Maximum number of shifts.
    pub limit: i64,
}

/// A page of shifts, in the sequence in which they were stored, the latest first.
///
/// # Errors
/// The error from SQLite.
pub fn list(tx: &Transaction<'_>, selection: &Selection) -> Result<Vec<Shift>, Fault> {
    let mut conditions = Conditions::default();
    if let Some(status) = selection.status {
        // Not a parameter: only a constant lets SQLite use the index of open shifts.
        conditions.require(format!("status = '{status}'"));
    }
    conditions.require_some(selection.drawer_id.as_deref().map(raw), |n| format!("drawer_id = {n}"));
    conditions.require_some(selection.date.map(|date| date.to_string()), |n| format!("business_date = {n}"));
    conditions.require_some(selection.after.as_deref().map(raw), |n| {
        format!("rowid < (select rowid from shifts where id = {n})")
    });
    let limit = conditions.bind(selection.limit);
    let sql =
        format!("select {} from shifts {} order by rowid desc limit {limit}", Shift::COLUMNS, conditions.to_sql());
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map(conditions.params(), |row| Shift::read_from(row, 0))?;
    let mut shifts: Vec<Shift> = found.collect::<Result<_, _>>()?;
    load(tx, &mut shifts)?;
    Ok(shifts)
}
