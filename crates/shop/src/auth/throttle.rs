//! The lanes in which PINs are tried ([`domain::throttle`]), in the database, so that a start sets nothing back.

use std::net::IpAddr;

use domain::throttle::{Bucket, BucketLimits, Wait};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::{Fault, ReadRow};
use web::token::Tokens;

/// Addresses that are remembered for one user.
const MAX_ADDRESSES: i64 = 256;
/// Names that nobody has share so many places.
const UNKNOWN_PLACES: u64 = 4_096;
const APPROVALS: &str = "approve";
/// Whose lane of approvals all users share.
const EVERYBODY: &str = "everybody";
const ELSEWHERE: &str = "login";

/// Where the tries of a name that no user has are counted, so that it answers as a user's does. Nobody can calculate which
/// names share a place: waits at one name would tell of another that no user has it.
#[must_use]
pub fn unknown(tokens: &Tokens, username: &str) -> String {
    format!("unknown-{}", tokens.number_of(username) % UNKNOWN_PLACES)
}

/// Who tries what.
#[derive(Debug, Clone, Copy)]
pub enum Tried {
    /// A log-in, or the present PIN for a new one.
    LogIn {
        /// From where.
        from: IpAddr,
    },
    /// The PIN of one of so many approvers.
    Approval {
        /// How many there are.
        approvers: u32,
    },
}

/// A lane that counts a try.
struct Counted {
    account: String,
    bucket: String,
    terms: BucketLimits,
    is_address: bool,
}

impl Tried {
    /// The lanes that count this try: where the user has never logged in, one for all such addresses too; of approvals, one
    /// for all who ask.
    fn lanes(self, tx: &Transaction<'_>, user_id: &str) -> Result<Vec<Counted>, Fault> {
        let counted = |account: &str, bucket: &str, terms| Counted {
            account: account.to_owned(),
            bucket: bucket.to_owned(),
            terms,
            is_address: false,
        };
        let from = match self {
            Self::LogIn { from } => from,
            Self::Approval { approvers } => {
                let (own, all) = (BucketLimits::approvals(approvers), BucketLimits::of_all(approvers));
                return Ok(vec![counted(user_id, APPROVALS, own), counted(EVERYBODY, APPROVALS, all)]);
            }
        };
        let bucket = format!("{ELSEWHERE} {}", from.to_canonical());
        let trusted = tx
            .prepare_cached("select 1 from sign_ins where user_id = ?1 and bucket = ?2 and trusted = 1")?
            .exists([user_id, &bucket])?;
        let address = Counted { is_address: true, ..counted(user_id, &bucket, BucketLimits::LOG_IN) };
        let elsewhere = (!trusted).then(|| counted(user_id, ELSEWHERE, BucketLimits::LOG_IN));
        Ok([address].into_iter().chain(elsewhere).collect())
    }
}

/// Whether a try is admitted; and whether a lane has a time of a clock that was ahead, so that [`correct`] must store it as
/// of now.
///
/// # Errors
/// What SQLite said.
pub fn admit(tx: &Transaction<'_>, user_id: &str, tried: Tried, now: Timestamp) -> Result<(Option<Wait>, bool), Fault> {
    let (mut longest, mut is_ahead) = (None::<Wait>, false);
    for Counted { account, bucket, terms, .. } in tried.lanes(tx, user_id)? {
        let known = read(tx, &account, &bucket)?;
        is_ahead |= known != known.as_of(now.as_second());
        if let Err(wait) = known.admit(now.as_second(), terms) {
            longest = longest.filter(|longest| longest.seconds > wait.seconds).or(Some(wait));
        }
    }
    Ok((longest, is_ahead))
}

/// Stores times of a clock that was ahead as of now, so that waits go on and end.
///
/// # Errors
/// What SQLite said.
pub fn correct(tx: &Transaction<'_>, user_id: &str, tried: Tried, now: Timestamp) -> Result<(), Fault> {
    for Counted { account, bucket, .. } in tried.lanes(tx, user_id)? {
        let known = read(tx, &account, &bucket)?;
        let corrected = known.as_of(now.as_second());
        if corrected != known {
            write(tx, &account, &bucket, corrected, false)?;
        }
    }
    Ok(())
}

/// Counts a wrong try.
///
/// # Errors
/// What SQLite said.
pub fn failed(tx: &Transaction<'_>, user_id: &str, tried: Tried, now: Timestamp) -> Result<(), Fault> {
    for Counted { account, bucket, terms, .. } in tried.lanes(tx, user_id)? {
        let after = read(tx, &account, &bucket)?.failed(now.as_second(), terms);
        write(tx, &account, &bucket, after, false)?;
    }
    Ok(())
}

/// Notes a right try.
///
/// # Errors
/// What SQLite said.
pub fn succeeded(tx: &Transaction<'_>, user_id: &str, tried: Tried) -> Result<(), Fault> {
    for Counted { account, bucket, is_address, .. } in tried.lanes(tx, user_id)? {
        let before = read(tx, &account, &bucket)?;
        if is_address || before != before.succeeded() {
            write(tx, &account, &bucket, before.succeeded(), is_address)?;
        }
    }
    Ok(())
}

fn read(tx: &Transaction<'_>, user_id: &str, bucket: &str) -> Result<Bucket, Fault> {
    let found = tx
        .prepare_cached(
            "select failed_in_a_row, locked_until, spent, spent_at from sign_ins where user_id = ?1 and bucket = ?2",
        )?
        .query_row([user_id, bucket], |row| {
            Ok(Bucket {
                failed_in_a_row: row.get::<_, i64>(0).map_or(u32::MAX, |n| u32::try_from(n).unwrap_or(u32::MAX)),
                locked_until: row.read::<Option<String>>(1)?.and_then(|at| seconds(&at)),
                spent: row.get::<_, i64>(2).map_or(0, |n| u32::try_from(n).unwrap_or(u32::MAX)),
                spent_at: row.read::<Option<String>>(3)?.and_then(|at| seconds(&at)).unwrap_or(i64::MAX),
            })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
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
    // Of addresses from which only wrong tries came the oldest are forgotten; the lane for all of them stays.
    tx.prepare_cached(
        "delete from sign_ins where user_id = ?1 and bucket in (
           select bucket from sign_ins where user_id = ?1 and bucket like 'login %'
           order by trusted desc, spent_at desc limit -1 offset ?2)",
    )?
    .execute(params![user_id, MAX_ADDRESSES])?;
    Ok(())
}
