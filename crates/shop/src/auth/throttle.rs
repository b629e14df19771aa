//! Stores the PIN-attempt buckets of [`domain::throttle`] in the database, so that a restart resets nothing.

use std::net::IpAddr;

use access::audit::{Author, Deed, record};
use domain::audit::AuditAction;
use domain::throttle::{Bucket, BucketLimits, Wait};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::json;
use sqlite::{Fault, ReadRow};
use web::token::Tokens;

/// Maximum number of remembered addresses per user.
const MAX_ADDRESSES: i64 = 256;
/// Number of buckets that all unknown user names share.
const UNKNOWN_BUCKETS: u64 = 4_096;
pub(super) const APPROVAL: &str = "approve";
/// The user id of the approval bucket that all users share.
const ALL_USERS: &str = "everybody";
pub(super) const OTHER_ADDRESSES: &str = "login";

/// The bucket id for an unknown user name, so that it answers as an existing one does. Nobody can calculate which names
/// share a bucket; otherwise the delay of one name would reveal that another one does not exist.
#[must_use]
pub fn unknown(tokens: &Tokens, username: &str) -> String {
    format!("unknown-{}", tokens.number_of(username) % UNKNOWN_BUCKETS)
}

/// Kind of an attempt.
#[derive(Debug, Clone, Copy)]
pub enum Attempt {
    /// A log-in, or the current PIN when changing it.
    LogIn {
        /// The client's address.
        from: IpAddr,
    },
    /// A PIN that any of several approvers may match.
    Approval {
        /// Number of approvers.
        approvers: u32,
    },
}

/// A bucket that counts an attempt.
struct CountedBucket {
    account: String,
    bucket: String,
    limits: BucketLimits,
    is_address: bool,
}

impl Attempt {
    /// The buckets that count this attempt. Addresses from which the user has never logged in also share one; approvals
    /// share one among all users.
    fn buckets(self, tx: &Transaction<'_>, user_id: &str) -> Result<Vec<CountedBucket>, Fault> {
        let count_in = |account: &str, bucket: &str, limits| CountedBucket {
            account: account.to_owned(),
            bucket: bucket.to_owned(),
            limits,
            is_address: false,
        };
        let from = match self {
            Self::LogIn { from } => from,
            Self::Approval { approvers } => {
                let (of_user, of_all_users) = (BucketLimits::approvals(approvers), BucketLimits::of_all(approvers));
                return Ok(vec![count_in(user_id, APPROVAL, of_user), count_in(ALL_USERS, APPROVAL, of_all_users)]);
            }
        };
        let bucket = format!("{OTHER_ADDRESSES} {}", from.to_canonical());
        let trusted = tx
            .prepare_cached("select 1 from sign_ins where user_id = ?1 and bucket = ?2 and trusted = 1")?
            .exists([user_id, &bucket])?;
        let address = CountedBucket { is_address: true, ..count_in(user_id, &bucket, BucketLimits::LOG_IN) };
        let other_addresses = (!trusted).then(|| count_in(user_id, OTHER_ADDRESSES, BucketLimits::LOG_IN));
        Ok([address].into_iter().chain(other_addresses).collect())
    }
}

/// Whether an attempt is admitted, and whether a bucket has a future time from a wrong clock, so that [`correct`] must
/// replace it.
///
/// # Errors
/// The error from SQLite.
pub fn admit(
    tx: &Transaction<'_>,
    user_id: &str,
    attempt: Attempt,
    now: Timestamp,
) -> Result<(Option<Wait>, bool), Fault> {
    let (mut longest, mut is_ahead) = (None::<Wait>, false);
    for CountedBucket { account, bucket, limits, .. } in attempt.buckets(tx, user_id)? {
        let stored = read(tx, &account, &bucket)?;
        is_ahead |= stored != stored.as_of(now.as_second());
        if let Err(wait) = stored.admit(now.as_second(), limits) {
            longest = longest.filter(|longest| longest.seconds > wait.seconds).or(Some(wait));
        }
    }
    Ok((longest, is_ahead))
}

/// Replaces future times from a wrong clock by now, so that delays end.
///
/// # Errors
/// The error from SQLite.
pub fn correct(tx: &Transaction<'_>, user_id: &str, attempt: Attempt, now: Timestamp) -> Result<(), Fault> {
    for CountedBucket { account, bucket, .. } in attempt.buckets(tx, user_id)? {
        let stored = read(tx, &account, &bucket)?;
        let corrected = stored.as_of(now.as_second());
        if corrected != stored {
            write(tx, &account, &bucket, corrected, false)?;
        }
    }
    Ok(())
}

/// Counts a failed attempt.
///
/// # Errors
/// The error from SQLite.
pub fn failed(tx: &Transaction<'_>, user_id: &str, attempt: Attempt, now: Timestamp) -> Result<(), Fault> {
    let was_admitted = admit(tx, user_id, attempt, now)?.0.is_none();
    for CountedBucket { account, bucket, limits, .. } in attempt.buckets(tx, user_id)? {
        let after = read(tx, &account, &bucket)?.failed(now.as_second(), limits);
        write(tx, &account, &bucket, after, false)?;
    }
    match admit(tx, user_id, attempt, now)?.0 {
        Some(wait) if was_admitted => record_lock_out(tx, user_id, attempt, wait, now),
        _ => Ok(()),
    }
}

/// Records that a user must wait. Names that nobody has leave no event, so that strangers cannot fill the log.
fn record_lock_out(
    tx: &Transaction<'_>,
    user_id: &str,
    attempt: Attempt,
    wait: Wait,
    now: Timestamp,
) -> Result<(), Fault> {
    if !tx.prepare_cached("select 1 from users where id = ?1")?.exists([user_id])? {
        return Ok(());
    }
    let data = match attempt {
        Attempt::LogIn { from } => json!({"seconds": wait.seconds, "address": from.to_canonical()}),
        Attempt::Approval { .. } => json!({"seconds": wait.seconds, "approval": true}),
    };
    record(tx, Author::default(), Deed::new(AuditAction::LockedOut).to("user", user_id).with(data), now)
}

/// Records a successful attempt.
///
/// # Errors
/// The error from SQLite.
pub fn succeeded(tx: &Transaction<'_>, user_id: &str, attempt: Attempt) -> Result<(), Fault> {
    for CountedBucket { account, bucket, is_address, .. } in attempt.buckets(tx, user_id)? {
        let before = read(tx, &account, &bucket)?;
        if is_address || before != before.succeeded() {
            write(tx, &account, &bucket, before.succeeded(), is_address)?;
        }
    }
    Ok(())
}

/// The bucket of approvals that all users share.
///
/// # Errors
/// The error from SQLite.
pub(super) fn of_all_approvals(tx: &Transaction<'_>) -> Result<Bucket, Fault> {
    read(tx, ALL_USERS, APPROVAL)
}

fn read(tx: &Transaction<'_>, user_id: &str, bucket: &str) -> Result<Bucket, Fault> {
    let found = tx
        .prepare_cached(
            "select failed_in_a_row, locked_until, spent, spent_at from sign_ins where user_id = ?1 and bucket = ?2",
        )?
        .query_row([user_id, bucket], |row| stored(row, 0))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// A bucket in a row: failures in a row, the end of the lock, spent attempts, and when they began to refill.
pub(super) fn stored(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Bucket> {
    Ok(Bucket {
        failed_in_a_row: row.get::<_, i64>(first).map_or(u32::MAX, |n| u32::try_from(n).unwrap_or(u32::MAX)),
        locked_until: row.read::<Option<String>>(first + 1)?.and_then(|at| seconds(&at)),
        spent: row.get::<_, i64>(first + 2).map_or(0, |n| u32::try_from(n).unwrap_or(u32::MAX)),
        spent_at: row.read::<Option<String>>(first + 3)?.and_then(|at| seconds(&at)).unwrap_or(i64::MAX),
    })
}

fn seconds(at: &str) -> Option<i64> {
    at.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

fn write(tx: &Transaction<'_>, user_id: &str, bucket: &str, after: Bucket, trusted: bool) -> Result<(), Fault> {
    let text = |at: i64| Timestamp::from_second(at).ok().map(web::time::text);
    tx.prepare_cached(
        "insert into sign_ins (user_id, bucket, failed_in_a_row, locked_until, spent, spent_at, trusted)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         on conflict (user_id, bucket) do update set failed_in_a_row = excluded.failed_in_a_row,
           locked_until = excluded.locked_until, spent = excluded.spent, spent_at = excluded.spent_at,
           trusted = max(trusted, excluded.trusted)",
    )?
    .execute(params![
        user_id,
        bucket,
        after.failed_in_a_row,
        after.locked_until.and_then(text),
        after.spent,
        text(after.spent_at),
        trusted
    ])?;
    // Deletes the oldest addresses with only failed attempts; their shared bucket remains.
    tx.prepare_cached(
        "delete from sign_ins where user_id = ?1 and bucket in (
           select bucket from sign_ins where user_id = ?1 and bucket like 'login %'
           order by trusted desc, spent_at desc limit -1 offset ?2)",
    )?
    .execute(params![user_id, MAX_ADDRESSES])?;
    Ok(())
}
