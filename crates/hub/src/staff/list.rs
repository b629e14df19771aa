//! Users of head office as the API shows them, without password or hash.

use serde::Serialize;
use store::{Fault, Row, Tx};
use utoipa::ToSchema;

/// A user of head office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HubUser {
    /// UUIDv7.
    pub id: String,
    /// The log-in name.
    pub username: String,
    /// For people.
    pub name: String,
    /// `admin` or `viewer`; any other value is shown unchanged and grants nothing.
    pub role: String,
    /// False: cannot log in.
    pub active: bool,
    /// RFC 3339 UTC.
    pub created_at: String,
}

const LIST: &str =
    "select id, username, name, role, active, created_at from hq_users where id > ?1 order by id limit ?2";
const BY_ID: &str = "select id, username, name, role, active, created_at from hq_users where id = ?1";
const BY_NAME: &str = "select id, username, name, role, active, created_at from hq_users where username = ?1";

fn listed(row: &Row<'_>) -> Result<HubUser, Fault> {
    Ok(HubUser {
        id: row.string(0)?,
        username: row.string(1)?,
        name: row.string(2)?,
        role: row.string(3)?,
        active: row.flag(4)?,
        created_at: row.string(5)?,
    })
}

/// A page of users, by id.
///
/// # Errors
/// The database's.
pub fn list(tx: &mut Tx<'_>, after: &str, limit: i64) -> Result<Vec<HubUser>, Fault> {
    tx.all(LIST, &[after.into(), limit.into()], listed)
}

pub(super) fn by_id(tx: &mut Tx<'_>, id: &str) -> Result<Option<HubUser>, Fault> {
    tx.first(BY_ID, &[id.into()], listed)
}

pub(super) fn by_name(tx: &mut Tx<'_>, username: &str) -> Result<Option<HubUser>, Fault> {
    tx.first(BY_NAME, &[username.into()], listed)
}
