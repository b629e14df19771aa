//! The outlet's users: names, roles, PINs.

pub mod first;
pub mod http;
pub mod reset;

use access::audit::{Author, Deed, record};
use access::session::CurrentUser;
use domain::Role;
use domain::audit::AuditAction;
use domain::text::look_alike_key;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{ApiError, Code, Word, secret, time};

use crate::audit;

/// A user, without the PIN or its hash.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct User {
    /// UUIDv7.
    pub id: String,
    /// User name for log-in.
    pub username: String,
    /// Display name.
    pub name: String,
    /// The role, which grants permissions. An unknown one grants nothing.
    #[schema(value_type = Role)]
    pub role: Word<Role>,
    /// False: cannot log in.
    pub active: bool,
}

const COLUMNS: &str = "id, username, name, role, active";

fn user_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.id(0)?,
        username: row.read(1)?,
        name: row.read(2)?,
        role: Word::of(row.read(3)?),
        active: row.read(4)?,
    })
}

/// A user by id.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<User, ApiError> {
    tx.query_row(&format!("select {COLUMNS} from users where id = ?1"), [raw(id)], user_row)
        .optional()?
        .ok_or_else(|| Code::NotFound.because("user"))
}

/// A user as the PIN pad of a paired device shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserName {
    /// UUIDv7.
    pub id: String,
    /// User name for log-in.
    pub username: String,
    /// Display name.
    pub name: String,
    /// The role.
    #[schema(value_type = Role)]
    pub role: Word<Role>,
}

/// The active users by name, at most 500.
///
/// # Errors
/// The error from SQLite.
pub fn names(tx: &Transaction<'_>) -> Result<Vec<UserName>, Fault> {
    let sql = "select id, username, name, role from users where active = 1 order by name collate nocase, id limit 500";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(UserName { id: row.id(0)?, username: row.read(1)?, name: row.read(2)?, role: Word::of(row.read(3)?) })
    };
    Ok(tx.prepare_cached(sql)?.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// A page of users, ordered by id.
///
/// # Errors
/// The error from SQLite.
pub fn list(tx: &Transaction<'_>, after: &str, limit: i64) -> Result<Vec<User>, Fault> {
    let sql = format!("select {COLUMNS} from users where id > ?1 order by id limit ?2");
    Ok(tx.prepare(&sql)?.query_map(params![raw(after), limit], user_row)?.collect::<Result<_, _>>()?)
}

/// The user to create.
#[derive(Debug)]
pub struct NewUser {
    /// User name for log-in; unique among active users.
    pub username: String,
    /// Display name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// Argon2 hash of the PIN.
    pub pin_hash: String,
}

/// Creates a user.
///
/// # Errors
/// 403 for a role above the caller's, 409 `username_taken`.
pub fn create(tx: &Transaction<'_>, by: &CurrentUser, new: NewUser, id: Uuid) -> Result<User, ApiError> {
    may_change(by, None, new.role)?;
    check_name_free(tx, &new.username, "")?;
    let id = id.to_string();
    tx.execute(
        "insert into users (id, username, name, role, pin_hash) values (?1, ?2, ?3, ?4, ?5)",
        params![id, new.username, new.name, new.role.as_str(), new.pin_hash],
    )?;
    let created = get(tx, &id)?;
    audit::changed(tx, by.into(), ("user", &id), (None, Some(&created)))?;
    Ok(created)
}

/// Changes of a user; `None` keeps a field.
#[derive(Debug, Default)]
pub struct Change {
    /// Display name.
    pub name: Option<String>,
    /// The role.
    pub role: Option<Role>,
    /// False: cannot log in.
    pub active: Option<bool>,
    /// Argon2 hash of a new PIN.
    pub pin_hash: Option<String>,
}

/// Changes a user. A trigger ends the user's sessions if role, PIN or state changes.
///
/// # Errors
/// 403 for a user above the caller, 404, 409 `last_admin`.
pub fn update(tx: &Transaction<'_>, by: &CurrentUser, id: &str, change: Change) -> Result<User, ApiError> {
    let before = get(tx, id)?;
    let role_before = before.role.known();
    let role = change
        .role
        .or(role_before)
        .ok_or_else(|| Code::InvalidRole.because("stored").with("role", before.role.as_str()))?;
    // A user with an unreadable role may be an admin.
    may_change(by, role_before.or(Some(Role::Admin)), role)?;
    let active = change.active.unwrap_or(before.active);
    if role_before == Some(Role::Admin) && before.active && (role != Role::Admin || !active) {
        check_other_admin(tx, id)?;
    }
    if active && !before.active {
        check_name_free(tx, &before.username, id)?;
    }
    tx.execute(
        "update users set name = coalesce(?2, name), role = ?3, active = ?4 where id = ?1",
        params![id, change.name, role.as_str(), active],
    )?;
    if let Some(pin_hash) = &change.pin_hash {
        set_pin(tx, by.into(), id, pin_hash)?;
    }
    let after = get(tx, id)?;
    audit::changed(tx, by.into(), ("user", id), (Some(&before), Some(&after)))?;
    Ok(after)
}

/// Sets a new PIN; a trigger ends the user's sessions.
///
/// # Errors
/// The error from SQLite.
pub fn set_pin(tx: &Transaction<'_>, by: Author<'_>, id: &str, pin_hash: &str) -> Result<(), Fault> {
    tx.execute("update users set pin_hash = ?2, pin_initial = 0 where id = ?1", [id, pin_hash])?;
    record(tx, by, Deed::new(AuditAction::PinChanged).to("user", id), time::now())
}

/// Ends a user's sessions.
///
/// # Errors
/// The error from SQLite.
pub fn end_sessions(tx: &Transaction<'_>, id: &str) -> Result<(), Fault> {
    tx.execute("insert into sync_sign_out values (?1, 0)", [id])?;
    Ok(())
}

/// The hash of a valid new PIN.
///
/// # Errors
/// 422 `invalid_pin`.
pub async fn hash(pin: &str) -> Result<String, ApiError> {
    hash_of("pin", pin).await
}

/// Like [`hash`], for a field of this name.
pub(crate) async fn hash_of(field: &str, pin: &str) -> Result<String, ApiError> {
    domain::pin::check_pin(pin).map_err(|refused| Code::InvalidPin.field(field, refused))?;
    secret::hash_pin(pin.to_owned()).await
}

/// Whether a user may change another one.
///
/// # Errors
/// 403.
pub(crate) fn may_change(by: &CurrentUser, before: Option<Role>, after: Role) -> Result<(), ApiError> {
    if by.role.may_change_user(before, after) {
        return Ok(());
    }
    Err(Code::Forbidden.because("user"))
}

fn check_name_free(tx: &Transaction<'_>, username: &str, except: &str) -> Result<(), ApiError> {
    let key = look_alike_key(username);
    let mut others = tx.prepare("select username from users where active = 1 and id <> ?1")?;
    let mut rows = others.query([except])?;
    while let Some(row) = rows.next()? {
        let other: String = row.read(0)?;
        if look_alike_key(&other) == key {
            return Err(Code::UsernameTaken.because("looks_alike").with("name", other));
        }
    }
    Ok(())
}

fn check_other_admin(tx: &Transaction<'_>, except: &str) -> Result<(), ApiError> {
    let sql = "select 1 from users where role = 'admin' and active = 1 and id <> ?1 limit 1";
    tx.query_row(sql, [except], |_| Ok(())).optional()?.ok_or_else(|| Code::LastAdmin.into())
}

/// The name of a user, if it can be read.
pub(crate) fn name_of(tx: &Transaction<'_>, user_id: &str) -> Option<String> {
    let mut statement = tx.prepare_cached("select name from users where id = ?1").ok()?;
    statement.query_row([user_id], |row| row.read(0)).ok()
}
