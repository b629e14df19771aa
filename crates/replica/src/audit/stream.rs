//! What the outlet sends next of its audit log, and what it makes of the answer.

use protocol::audit::{
    Break, BreakKind, Link, MAX_BODY_BYTES, MAX_EVENTS, MAX_KEY_CHARS, Position, REQUEST_BYTES, Receipt, Report,
};
use protocol::rule::{Rule, disabled};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use sqlite::{Fault, ReadRow};

use crate::chain::chain;

/// A report, and the place of its last event in the order of writing.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// What is sent.
    pub report: Report,
    /// The seq of its last event; of the one before it if it has none.
    last_seq: i64,
}

/// What follows from an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The hub has all events of the report.
    Acknowledged,
    /// The hub lacks earlier events, which are sent again.
    Moved,
}

/// How far the hub has the log.
#[derive(Debug, Clone, Default)]
pub struct Acknowledged {
    /// The seq of that event; 0: none.
    pub seq: i64,
    /// Its place, as the hub has it.
    pub position: Option<Position>,
    /// The first break that the hub has found.
    pub broken: Option<Break>,
}

/// How far the hub has the log, by its last answer.
///
/// # Errors
/// The database failed.
pub fn acknowledged(tx: &Transaction<'_>) -> Result<Acknowledged, Fault> {
    let sql = "select seq, chain_id, n, hash, broken_chain_id, broken_n, broken_kind from sync_audit where id = 1";
    let found = tx.prepare_cached(sql)?.query_row([], |row| {
        let text = |column| row.read::<Option<String>>(column);
        let number = |column| row.read::<Option<i64>>(column);
        let position = text(1)?.zip(number(2)?).zip(text(3)?);
        let kind = text(6)?.and_then(|kind| BreakKind::parse(&kind));
        let broken = text(4)?.zip(number(5)?).zip(kind);
        Ok(Acknowledged {
            seq: row.read(0)?,
            position: position.map(|((chain_id, n), hash)| Position { chain_id, n, hash }),
            broken: broken.map(|((chain_id, n), kind)| Break { chain_id, n, kind }),
        })
    });
    Ok(found.optional()?.unwrap_or_default())
}

/// Whether there are events that the hub does not have.
///
/// # Errors
/// The database failed.
pub fn has_unsent(tx: &Transaction<'_>) -> Result<bool, Fault> {
    let sql = "select 1 from audit_events where seq > coalesce((select seq from sync_audit where id = 1), 0) limit 1";
    Ok(tx.prepare_cached(sql)?.exists([])?)
}

/// The next events. Without any, the report only asks for the hub's position.
///
/// # Errors
/// The database failed.
pub fn next(tx: &Transaction<'_>) -> Result<Outgoing, Fault> {
    let Acknowledged { seq, position, .. } = acknowledged(tx)?;
    let mut statement = tx.prepare_cached(
        "select seq, chain_id, n, prev_hash, hash, body from audit_events where seq > ?1 order by seq limit ?2",
    )?;
    let limit = i64::try_from(MAX_EVENTS).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![seq, limit])?;
    let (mut events, mut last_seq, mut bytes) = (Vec::new(), seq, 0);
    while let Some(row) = rows.next()? {
        let link = link(row)?;
        bytes += link.body.len();
        if bytes > REQUEST_BYTES && !events.is_empty() {
            break;
        }
        last_seq = row.read(0)?;
        events.push(link);
    }
    Ok(Outgoing { report: Report { epoch_id: chain(tx)?.epoch.id, after: position, events }, last_seq })
}

/// An event as it is, whatever is wrong with it: the hub notices. Only what is too long for a request is cut.
fn link(row: &Row<'_>) -> rusqlite::Result<Link> {
    let key = |column| Ok::<_, rusqlite::Error>(row.read::<String>(column)?.chars().take(MAX_KEY_CHARS).collect());
    let mut body: String = row.read(5)?;
    body.truncate(body.floor_char_boundary(MAX_BODY_BYTES));
    let position = Position { chain_id: key(1)?, n: row.read(2)?, hash: key(4)? };
    Ok(Link { position, prev_hash: key(3)?, body })
}

/// Applies the hub's answer to a report.
///
/// # Errors
/// The database failed.
pub fn apply(tx: &Transaction<'_>, sent: &Outgoing, receipt: &Receipt) -> Result<Applied, Fault> {
    let expected = sent.report.events.last().map(|link| &link.position).or(sent.report.after.as_ref());
    let is_same = |one: &Position, other: &Position| one.chain_id == other.chain_id && one.n == other.n;
    let (applied, seq) = match (&receipt.position, expected) {
        _ if disabled(Rule::AuditPosition) => (Applied::Acknowledged, sent.last_seq),
        (Some(position), Some(expected)) if is_same(position, expected) => (Applied::Acknowledged, sent.last_seq),
        (None, None) => (Applied::Acknowledged, 0),
        // Without such an event everything is sent again.
        (Some(position), _) => (Applied::Moved, seq_of(tx, position)?.unwrap_or(0)),
        (None, Some(_)) => (Applied::Moved, 0),
    };
    let position = receipt.position.as_ref().filter(|_| seq > 0);
    let broken = receipt.broken.as_ref();
    tx.prepare_cached(
        "insert into sync_audit (id, seq, chain_id, n, hash, broken_chain_id, broken_n, broken_kind)
         values (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)
         on conflict (id) do update set seq = excluded.seq, chain_id = excluded.chain_id, n = excluded.n,
           hash = excluded.hash, broken_chain_id = excluded.broken_chain_id, broken_n = excluded.broken_n,
           broken_kind = excluded.broken_kind",
    )?
    .execute(params![
        seq,
        position.map(|position| &position.chain_id),
        position.map(|position| position.n),
        position.map(|position| &position.hash),
        broken.map(|broken| &broken.chain_id),
        broken.map(|broken| broken.n),
        broken.map(|broken| broken.kind.as_str()),
    ])?;
    Ok(applied)
}

fn seq_of(tx: &Transaction<'_>, position: &Position) -> Result<Option<i64>, Fault> {
    let sql = "select seq from audit_events where chain_id = ?1 and n = ?2";
    Ok(tx.prepare_cached(sql)?.query_row(params![position.chain_id, position.n], |row| row.read(0)).optional()?)
}
