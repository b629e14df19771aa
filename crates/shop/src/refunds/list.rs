//! The list of refunds, newest first: in the reverse of the sequence in which this server stored them, because a clock may
//! be wrong.

use domain::BusinessDate;
use rusqlite::{Row, Transaction};
use sqlite::Fault;
use sqlite::text::raw;

use crate::conditions::Conditions;
use crate::refunds::Refund;
use crate::refunds::store::load_rows;
use crate::stored::Stored;

/// Which refunds a list contains.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Refunds of this business date.
    pub date: Option<BusinessDate>,
    /// Refunds of this order.
    pub order_id: Option<String>,
    /// Id of the last refund of the previous page.
    pub after: Option<String>,
    /// Maximum number of refunds.
    pub limit: i64,
}

/// A page of refunds.
///
/// # Errors
/// The error from SQLite.
pub fn refunds(tx: &Transaction<'_>, selection: &Selection) -> Result<Vec<Refund>, Fault> {
    let mut conditions = Conditions::default();
    conditions.require_some(selection.date.map(|date| date.to_string()), |n| format!("business_date = {n}"));
    conditions.require_some(selection.order_id.as_deref().map(raw), |n| format!("order_id = {n}"));
    conditions.require_some(selection.after.as_deref().map(raw), |n| {
        format!("rowid < (select rowid from refunds where id = {n})")
    });
    let limit = conditions.bind(selection.limit);
    let (columns, conditions_sql) = (Refund::COLUMNS, conditions.to_sql());
    let sql = format!("select {columns} from refunds {conditions_sql} order by rowid desc limit {limit}");
    let mut statement = tx.prepare_cached(&sql)?;
    let read = |row: &Row<'_>| Refund::read_from(row, 0);
    let mut refunds = statement.query_map(conditions.params(), read)?.collect::<Result<Vec<_>, _>>()?;
    load_rows(tx, &mut refunds)?;
    Ok(refunds)
}
