//! Users who must wait after wrong PINs, and the end of that wait by a manager.

use std::collections::BTreeMap;

use access::audit::{Deed, record};
use access::session::CurrentUser;
use domain::Role;
use domain::audit::AuditAction;
use domain::throttle::{BucketLimits, Wait};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Transaction;
use serde::Serialize;
use serde_json::json;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::{ApiError, Word, time};

use super::candidates;
use super::throttle::{self, APPROVAL, OTHER_ADDRESSES};
use crate::staff::{self, User};

/// Who must wait after wrong PINs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lockouts {
    /// The users who must wait now, by user name.
    users: Vec<Lockout>,
    approvals: ApprovalBudget,
}

/// Wrong PINs for approvals, of all users together: many accounts allow no more guesses than a few. It refills by itself,
/// one in three hours for each approver, and no unlock refills it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalBudget {
    /// How many are left.
    left: u32,
    /// How many there are at most.
    most: u32,
    /// When the next approval is possible if none is left, RFC 3339 UTC; null: now.
    locked_until: Option<String>,
}

/// Maximum number of listed users.
const MAX: usize = 500;

/// A user who must wait after wrong PINs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lockout {
    /// The user's id.
    id: String,
    /// User name for log-in.
    username: String,
    /// Display name.
    name: String,
    /// The role.
    #[schema(value_type = Role)]
    role: Word<Role>,
    /// When the longest wait ends, RFC 3339 UTC.
    locked_until: String,
    /// Wrong PINs in a row, the most from one address.
    failed_in_a_row: u32,
    /// The addresses from which the user must wait to log in. Empty: the wait is for approvals, or for all addresses from
    /// which the user has never logged in.
    addresses: Vec<String>,
}

/// The users who must wait now, and the budget of approvals.
///
/// # Errors
/// The error from SQLite.
pub fn list(tx: &Transaction<'_>, now: Timestamp) -> Result<Lockouts, Fault> {
    let approvers = u32::try_from(candidates::approvers(tx)?.len()).unwrap_or(u32::MAX);
    let limits = BucketLimits::of_all(approvers);
    let shared = throttle::of_all_approvals(tx)?;
    let wait = shared.admit(now.as_second(), limits).err();
    let approvals = ApprovalBudget {
        left: shared.left(now.as_second(), limits),
        most: limits.most(),
        locked_until: wait.map(|wait| ends(now, wait)),
    };
    Ok(Lockouts { users: users(tx, approvers, now)?, approvals })
}

fn ends(now: Timestamp, wait: Wait) -> String {
    time::text(now + SignedDuration::from_secs(wait.seconds.into()))
}

fn users(tx: &Transaction<'_>, approvers: u32, now: Timestamp) -> Result<Vec<Lockout>, Fault> {
    let sql =
        "select s.bucket, s.failed_in_a_row, s.locked_until, s.spent, s.spent_at, u.id, u.username, u.name, u.role
        from users u join sign_ins s on s.user_id = u.id and s.bucket <> ''
        where s.locked_until is not null or s.spent > 0
        order by u.username, u.id, s.bucket";
    let mut statement = tx.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut found: BTreeMap<(String, String), Lockout> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let bucket: String = row.read(0)?;
        let limits = if bucket == APPROVAL { BucketLimits::approvals(approvers) } else { BucketLimits::LOG_IN };
        let state = throttle::stored(row, 1)?;
        let Err(wait) = state.admit(now.as_second(), limits) else { continue };
        let locked_until = ends(now, wait);
        let key = (row.read(6)?, row.id(5)?);
        if found.len() >= MAX && !found.contains_key(&key) {
            break;
        }
        let lockout = found.entry(key.clone()).or_insert(Lockout {
            id: key.1,
            username: key.0,
            name: row.read(7)?,
            role: Word::of(row.read(8)?),
            locked_until: String::new(),
            failed_in_a_row: 0,
            addresses: Vec::new(),
        });
        lockout.locked_until = locked_until.max(std::mem::take(&mut lockout.locked_until));
        lockout.failed_in_a_row = lockout.failed_in_a_row.max(state.failed_in_a_row);
        let address = bucket.strip_prefix(OTHER_ADDRESSES).and_then(|bucket| bucket.strip_prefix(' '));
        lockout.addresses.extend(address.map(str::to_owned));
    }
    Ok(found.into_values().collect())
}

/// Ends a user's waits and refills the budgets of wrong PINs. The budget of approvals that all users share stays: an
/// accomplice must not be able to go on guessing.
///
/// # Errors
/// 403 for a user above the caller, 404.
pub fn unlock(tx: &Transaction<'_>, by: &CurrentUser, id: &str) -> Result<User, ApiError> {
    let user = staff::get(tx, id)?;
    // A user with an unreadable role may be an admin.
    let role = user.role.known().unwrap_or(Role::Admin);
    staff::may_change(by, Some(role), role)?;
    tx.execute(
        "update sign_ins set failed_in_a_row = 0, locked_until = null, spent = 0 where user_id = ?1 and bucket <> ''",
        [&user.id],
    )?;
    let deed = Deed::new(AuditAction::UserUnlocked).to("user", &user.id).with(json!({"name": user.name}));
    record(tx, by, deed, time::now())?;
    Ok(user)
}
