//! Resets a PIN from the terminal, for people with access to the machine, even if nobody can log in.

use access::audit::Author;
use domain::Role;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::ReadRow;
use web::{ApiError, Code};

use crate::audit;
use crate::staff::{User, check_name_free, get, set_pin};

/// Sets a user's PIN and enables the user, as an admin if `make_admin`. Ends the user's sessions and log-in delays.
///
/// # Errors
/// 404; 409 `username_taken` if another active user has an indistinguishable name.
pub fn reset_pin(tx: &Transaction<'_>, username: &str, pin_hash: &str, make_admin: bool) -> Result<User, ApiError> {
    // Several users can have the same name, but at most one of them is active.
    let sql = "select id, active from users where username = ?1 order by active desc, role = 'admin' desc, id limit 1";
    let found = tx.query_row(sql, [username], |row| Ok((row.id(0)?, row.read::<bool>(1)?))).optional()?;
    let (id, active) = found.ok_or_else(|| Code::NotFound.because("username").with("name", username))?;
    let before = get(tx, &id)?;
    if !active {
        check_name_free(tx, username, &id)?;
    }
    let role = make_admin.then_some(Role::Admin.as_str());
    tx.execute("update users set active = 1, role = coalesce(?2, role) where id = ?1", params![id, role])?;
    set_pin(tx, Author::TERMINAL, &id, pin_hash)?;
    let after = get(tx, &id)?;
    audit::changed(tx, Author::TERMINAL, ("user", &id), (Some(&before), Some(&after)))?;
    Ok(after)
}
