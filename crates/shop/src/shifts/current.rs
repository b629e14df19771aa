//! Which shift receives a payment.

use access::session::CurrentUser;
use domain::Method;
use rusqlite::{OptionalExtension, Transaction};
use sqlite::{Fault, ReadRow};
use web::{ApiError, Code};

use crate::settings;

/// The open shift of a user's payments: that of the drawer at the user's till. Without a drawer there, the one that the user
/// opened, or else the only one.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn current(tx: &Transaction<'_>, user: &CurrentUser) -> Result<Option<String>, Fault> {
    let at_till = "select (select id from shifts where drawer_id = d.drawer_id and status = 'open'
          order by opened_at desc, id desc limit 1)
        from devices d where d.id = ?1 and d.drawer_id is not null";
    if let Some(device) = user.device_id.as_deref() {
        let found = tx.prepare_cached(at_till)?.query_row([device], |row| row.read::<Option<String>>(0)).optional()?;
        if let Some(shift) = found {
            return Ok(shift);
        }
    }
    let any =
        "select id, opened_by is ?1 from shifts where status = 'open' order by 2 desc, opened_at desc, id desc limit 2";
    let mut statement = tx.prepare_cached(any)?;
    let mut found: Vec<(String, bool)> =
        statement.query_map([&user.id], |row| Ok((row.read(0)?, row.read(1)?)))?.collect::<Result<_, _>>()?;
    let is_clear = found.first().is_some_and(|(_, opened_by_user)| *opened_by_user) || found.len() == 1;
    Ok(is_clear.then(|| found.swap_remove(0).0))
}

/// The open shift of a drawer.
///
/// # Errors
/// The error from SQLite.
pub(super) fn open_of(tx: &Transaction<'_>, drawer_id: &str) -> Result<Option<String>, Fault> {
    let sql = "select id from shifts where drawer_id = ?1 and status = 'open' order by opened_at desc, id desc limit 1";
    Ok(tx.prepare_cached(sql)?.query_row([drawer_id], |row| row.read(0)).optional()?)
}

/// The shift of a payment.
///
/// # Errors
/// 409 `shift_required`: cash needs an open shift here.
pub(crate) fn for_payment(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    shop: &settings::Shop,
    method: Method,
) -> Result<Option<String>, ApiError> {
    match current(tx, user)? {
        None if shop.shift_required && method == Method::Cash => Err(Code::ShiftRequired.into()),
        shift => Ok(shift),
    }
}
