//! Creates and changes head office's users.
//!
//! Guarantees, for the API and the command line: a new password, role or state ends the user's sessions, and head
//! office keeps an active admin.

use domain::text::{NAME, USER_NAME};
use jiff::Timestamp;
use store::{Arg, Fault, Tx};
use web::token::Claims;
use web::{ApiError, Code, secret};

use super::Role;
use super::list::{HubUser, by_id, by_name};
use crate::ids::new_id;

/// A new user.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The log-in name; if it exists, that user is changed.
    pub username: String,
    /// For people.
    pub name: String,
    /// The role.
    pub role: Role,
    /// From [`hash`].
    pub password_hash: String,
}

/// Changes of a user; none leaves a value unchanged.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// For people.
    pub name: Option<String>,
    /// The role.
    pub role: Option<Role>,
    /// False: cannot log in.
    pub active: Option<bool>,
    /// From [`hash`].
    pub password_hash: Option<String>,
}

/// Why a user was not changed.
#[derive(Debug, thiserror::Error)]
pub enum SaveRefused {
    /// The username is invalid.
    #[error("a username has 1 to 50 letters, digits and signs, of one alphabet and without spaces")]
    Username,
    /// The name for people is invalid.
    #[error("the name {0}")]
    Name(#[from] domain::TextRefused),
    /// Another user has this username.
    #[error("a user with this username exists already, perhaps an inactive one")]
    UsernameTaken,
    /// No active admin would remain.
    #[error("this is the last active admin of head office; create another one first")]
    LastAdmin,
    /// No user has this id or username.
    #[error("there is no user of head office with this id or username")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

const INSERT: &str = "
    insert into hq_users
      (id, username, name, role, password_hash, active, generation, created_at)
    values (?1, ?2, ?3, ?4, ?5, 1, 1, ?6)";
const UPDATE: &str = "update hq_users set name = ?2, active = ?3 where id = ?1";
const NEW_ROLE: &str = "update hq_users set role = ?2 where id = ?1";
const NEW_PASSWORD: &str = "update hq_users set password_hash = ?2 where id = ?1";
const END_SESSIONS: &str = "update hq_users set generation = generation + 1 where id = ?1";
const IN_SESSION: &str = "select 1 from hq_users where id = ?1 and active = 1 and generation = ?2";
const GENERATION: &str = "select generation from hq_users where id = ?1";
const OTHER_ADMIN: &str = "select 1 from hq_users where role = 'admin' and active = 1 and id <> ?1 limit 1";

/// The hash of a password that this user may choose.
///
/// # Errors
/// 422 `invalid_password`.
pub async fn hash(password: &str, username: &str) -> Result<String, ApiError> {
    hash_of("password", password, username).await
}

/// Like [`hash`], for a field of this name.
pub(super) async fn hash_of(field: &str, password: &str, username: &str) -> Result<String, ApiError> {
    domain::password::check_password(password, username)
        .map_err(|refused| Code::InvalidPassword.field(field, refused))?;
    secret::hash_pin(password.to_owned()).await
}

/// Adds the user, or changes the one with this username; the user is active afterward.
///
/// # Errors
/// [`SaveRefused`].
pub fn save(tx: &mut Tx<'_>, user: &NewUser, now: Timestamp) -> Result<(), SaveRefused> {
    let username = username(&user.username)?;
    let Some(found) = by_name(tx, &username)? else { return insert(tx, user, now).map(|_| ()) };
    let change = Change {
        name: Some(user.name.clone()),
        role: Some(user.role),
        active: Some(true),
        password_hash: Some(user.password_hash.clone()),
    };
    set(tx, &found, change).map(|_| ())
}

/// Adds a user.
///
/// # Errors
/// [`SaveRefused`].
pub fn create(tx: &mut Tx<'_>, user: &NewUser, now: Timestamp) -> Result<HubUser, SaveRefused> {
    if by_name(tx, &username(&user.username)?)?.is_some() {
        return Err(SaveRefused::UsernameTaken);
    }
    insert(tx, user, now)
}

/// Changes a user, found by id or username.
///
/// # Errors
/// [`SaveRefused`].
pub fn change(tx: &mut Tx<'_>, user: &str, change: Change) -> Result<HubUser, SaveRefused> {
    let found = find(tx, user)?;
    set(tx, &found, change)
}

/// Sets the password of the user of a session; none if the session has ended meanwhile, as when an admin has set
/// another password. Returns the new session generation.
///
/// # Errors
/// [`SaveRefused`].
pub(super) fn set_own_password(
    tx: &mut Tx<'_>,
    session: &Claims,
    password_hash: &str,
) -> Result<Option<i64>, SaveRefused> {
    let of_session: [Arg<'_>; 2] = [(&session.sub).into(), session.generation.into()];
    if tx.first(IN_SESSION, &of_session, |_| Ok(()))?.is_none() {
        return Ok(None);
    }
    let change = Change { password_hash: Some(password_hash.to_owned()), ..Change::default() };
    self::change(tx, &session.sub, change)?;
    Ok(tx.first(GENERATION, &[(&session.sub).into()], |row| row.int(0))?)
}

/// Ends the sessions of a user, found by id or username.
///
/// # Errors
/// [`SaveRefused`].
pub fn end_sessions(tx: &mut Tx<'_>, user: &str) -> Result<HubUser, SaveRefused> {
    let found = find(tx, user)?;
    tx.execute(END_SESSIONS, &[(&found.id).into()])?;
    Ok(found)
}

/// A user by id or username.
pub(super) fn find(tx: &mut Tx<'_>, user: &str) -> Result<HubUser, SaveRefused> {
    match by_id(tx, user)? {
        Some(found) => Ok(found),
        None => by_name(tx, user)?.ok_or(SaveRefused::NotFound),
    }
}

fn insert(tx: &mut Tx<'_>, user: &NewUser, now: Timestamp) -> Result<HubUser, SaveRefused> {
    let (id, username) = (new_id(now), username(&user.username)?);
    let name = name(&user.name, &username)?;
    tx.execute(
        INSERT,
        &[
            (&id).into(),
            (&username).into(),
            (&name).into(),
            user.role.as_str().into(),
            (&user.password_hash).into(),
            (&web::time::text(now)).into(),
        ],
    )?;
    by_id(tx, &id)?.ok_or(SaveRefused::NotFound)
}

fn set(tx: &mut Tx<'_>, before: &HubUser, change: Change) -> Result<HubUser, SaveRefused> {
    let name = change.name.map_or_else(|| Ok(before.name.clone()), |given| name(&given, &before.username))?;
    // An unknown role stays until a known one is set.
    let role = change.role.map_or(before.role.as_str(), |role| role.as_str());
    let active = change.active.unwrap_or(before.active);
    let was_admin = before.active && before.role == Role::Admin.as_str();
    let is_admin = active && role == Role::Admin.as_str();
    if was_admin && !is_admin && tx.first(OTHER_ADMIN, &[(&before.id).into()], |_| Ok(()))?.is_none() {
        return Err(SaveRefused::LastAdmin);
    }
    let id = &before.id;
    tx.execute(UPDATE, &[id.into(), (&name).into(), active.into()])?;
    if role != before.role {
        tx.execute(NEW_ROLE, &[id.into(), role.into()])?;
    }
    if let Some(password_hash) = &change.password_hash {
        tx.execute(NEW_PASSWORD, &[id.into(), password_hash.into()])?;
    }
    let is_new = change.password_hash.is_some() || active != before.active;
    if is_new || role != before.role {
        tx.execute(END_SESSIONS, &[id.into()])?;
    }
    by_id(tx, id)?.ok_or(SaveRefused::NotFound)
}

fn username(given: &str) -> Result<String, SaveRefused> {
    let username = USER_NAME.clean(given).map_err(|_| SaveRefused::Username)?;
    if username.contains(char::is_whitespace) { Err(SaveRefused::Username) } else { Ok(username) }
}

/// The name for people; by default the username.
fn name(given: &str, username: &str) -> Result<String, SaveRefused> {
    if given.trim().is_empty() { Ok(username.to_owned()) } else { Ok(NAME.clean(given)?) }
}
