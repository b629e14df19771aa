//! A new PIN from the terminal, for somebody who has the machine: also where nobody can log in any more.

use domain::Role;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::ReadRow;
use web::{ApiError, Code};

use crate::staff::{Member, check_name_free, get};

/// Gives a user this PIN and switches them on; `make_admin`: they are an admin from now on. Their sessions end, and so do the
/// waits before their next log-in.
///
/// # Errors
/// 404; 409 `username_taken` where another active user has a name that looks the same.
pub fn reset_pin(tx: &Transaction<'_>, username: &str, pin_hash: &str, make_admin: bool) -> Result<Member, ApiError> {
    // A name may be that of several users of whom one at most is active.
    let sql = "select id, active from users where username = ?1 order by active desc, role = 'admin' desc, id limit 1";
    let found = tx.query_row(sql, [username], |row| Ok((row.id(0)?, row.read::<bool>(1)?))).optional()?;
    let (id, active) = found.ok_or_else(|| Code::NotFound.because("username").with("name", username))?;
    if !active {
        check_name_free(tx, username, &id)?;
    }
    let role = make_admin.then_some(Role::Admin.as_str());
    tx.execute(
        "update users set active = 1, pin_hash = ?2, pin_initial = 0, role = coalesce(?3, role) where id = ?1",
        params![id, pin_hash, role],
    )?;
    get(tx, &id)
}
