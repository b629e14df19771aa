//! Deletes old tickets.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Transaction, params};
use sqlite::{Fault, ReadRow};
use web::time;

/// How long a ticket is kept.
const RETENTION: SignedDuration = SignedDuration::from_hours(3 * 24);
/// The newest tickets, which are kept whatever the clock says.
const NEWEST: i64 = 1_000;
/// Tickets that one transaction deletes.
const CHUNK: i64 = 200;

/// Deletes some tickets with their lines that were sent more than three days ago, except the newest ones: a clock that is
/// wrong clears no board. Returns how many.
///
/// # Errors
/// The error from SQLite.
pub fn prune(tx: &Transaction<'_>, now: Timestamp) -> Result<usize, Fault> {
    let (before, after) = (now - RETENTION, now + RETENTION);
    let sql = "select id from tickets
        where (sent_at < ?1 or sent_at > ?2)
          and rowid <= (select rowid from tickets order by rowid desc limit 1 offset ?3)
        order by rowid limit ?4";
    let mut statement = tx.prepare_cached(sql)?;
    let old = statement.query_map(params![time::text(before), time::text(after), NEWEST, CHUNK], |row| row.id(0))?;
    let old: Vec<String> = old.collect::<Result<_, _>>()?;
    for id in &old {
        tx.prepare_cached("delete from ticket_lines where ticket_id = ?1")?.execute([id])?;
        tx.prepare_cached("delete from tickets where id = ?1")?.execute([id])?;
    }
    let numbers = "delete from ticket_numbers where business_date < ?1
        and business_date not in (select business_date from tickets)";
    tx.prepare_cached(numbers)?.execute([before.strftime("%Y-%m-%d").to_string()])?;
    Ok(old.len())
}
