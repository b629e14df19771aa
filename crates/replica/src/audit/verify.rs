//! Verifies the audit log: each chain, its end by what the hub acknowledged and what the next chain names, and the number of
//! events that were ever written.

use domain::audit::{AuditAction, BreakKind};
use protocol::audit::{Break, Position, Walk};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;

use crate::audit::stream::acknowledged;
use crate::link::link_error::{self, LinkError};

/// Whether the audit log is whole.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditVerdict {
    /// Whether every chain is whole, here and at head office.
    pub whole: bool,
    /// Number of events.
    pub events: i64,
    /// The chains, by their ids.
    pub chains: Vec<VerifiedChain>,
    /// The event up to which head office has the log; null: nothing yet.
    pub acknowledged: Option<Position>,
    /// The first break that head office has found.
    pub broken_at_hub: Option<Break>,
    /// Why the log cannot be sent to head office at present.
    pub send_error: Option<LinkError>,
}

/// A chain: the events of one life of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VerifiedChain {
    /// Its id.
    pub chain_id: String,
    /// Number of its last event.
    pub n: i64,
    /// Hash of its last event.
    pub hash: String,
    /// The first break; null: the chain is whole.
    pub broken: Option<Break>,
}

impl AuditVerdict {
    /// The first break of any chain; the outlet's own before one that only head office sees.
    #[must_use]
    pub fn first_break(&self) -> Option<&Break> {
        self.chains.iter().find_map(|chain| chain.broken.as_ref()).or(self.broken_at_hub.as_ref())
    }
}

/// Verifies the whole log.
///
/// # Errors
/// The database failed.
pub fn verify(tx: &Transaction<'_>) -> Result<AuditVerdict, Fault> {
    let (events, mut chains) = walk(tx)?;
    let known = acknowledged(tx)?;
    let named = known.position.clone().into_iter().chain(ends(tx)?);
    for end in named {
        check_end(tx, &mut chains, &end)?;
    }
    let written: Option<i64> = tx
        .query_row("select seq from sqlite_sequence where name = 'audit_events'", [], |row| row.read(0))
        .optional()?;
    let is_broken = |chains: &[VerifiedChain]| chains.iter().any(|chain| chain.broken.is_some());
    if written.unwrap_or(0) > events && !is_broken(&chains) {
        // Nothing is missing before the ends, so the latest events are.
        let latest = latest_chain(tx)?.unwrap_or_default();
        break_at_end(&mut chains, &latest);
    }
    let whole = !is_broken(&chains) && known.broken.is_none();
    let (acknowledged, broken_at_hub, send_error) = (known.position, known.broken, link_error::of_audit(tx)?);
    Ok(AuditVerdict { whole, events, chains, acknowledged, broken_at_hub, send_error })
}

fn walk(tx: &Transaction<'_>) -> Result<(i64, Vec<VerifiedChain>), Fault> {
    let mut statement =
        tx.prepare("select chain_id, n, prev_hash, hash, body from audit_events order by chain_id, n, seq")?;
    let mut rows = statement.query([])?;
    let (mut events, mut chains) = (0, Vec::<VerifiedChain>::new());
    let mut walk = Walk::new("");
    while let Some(row) = rows.next()? {
        events += 1;
        let (chain_id, n): (String, i64) = (row.read(0)?, row.read(1)?);
        let (prev_hash, hash): (String, String) = (row.read(2)?, row.read(3)?);
        if chains.last().is_none_or(|chain| chain.chain_id != chain_id) {
            walk = Walk::new(&chain_id);
            chains.push(VerifiedChain { chain_id, n: 0, hash: String::new(), broken: None });
        }
        let Some(chain) = chains.last_mut() else { continue };
        let found = walk.step(n, &prev_hash, &hash, row.get_ref(4)?.as_bytes().unwrap_or_default());
        if let (None, Some((n, kind))) = (&chain.broken, found) {
            chain.broken = Some(Break { chain_id: chain.chain_id.clone(), n, kind });
        }
        (chain.n, chain.hash) = (n, hash);
    }
    Ok((events, chains))
}

/// The last events of earlier chains, as the first events of later ones name them.
fn ends(tx: &Transaction<'_>) -> Result<Vec<Position>, Fault> {
    let sql = "select body ->> '$.data.chain_id', body ->> '$.data.n', body ->> '$.data.hash' from audit_events
        where n = 1 and action = ?1 and json_type(body, '$.data.n') = 'integer'";
    let mut statement = tx.prepare(sql)?;
    let ends = statement.query_map([AuditAction::Restored.as_str()], |row| {
        let text = |column| Ok::<_, rusqlite::Error>(row.read::<Option<String>>(column)?.unwrap_or_default());
        Ok(Position { chain_id: text(0)?, n: row.read(1)?, hash: text(2)? })
    });
    Ok(ends?.collect::<Result<_, _>>()?)
}

/// Compares an event with what is known of it elsewhere.
fn check_end(tx: &Transaction<'_>, chains: &mut Vec<VerifiedChain>, end: &Position) -> Result<(), Fault> {
    let sql = "select hash from audit_events where chain_id = ?1 and n = ?2";
    let found: Option<String> =
        tx.prepare_cached(sql)?.query_row(params![end.chain_id, end.n], |row| row.read(0)).optional()?;
    match found {
        Some(hash) if hash == end.hash => {}
        Some(_) => break_at(chains, &end.chain_id, end.n, BreakKind::Changed),
        None => break_at_end(chains, &end.chain_id),
    }
    Ok(())
}

/// The event after the last one of a chain is missing.
fn break_at_end(chains: &mut Vec<VerifiedChain>, chain_id: &str) {
    let last = chains.iter().find(|chain| chain.chain_id == chain_id).map_or(0, |chain| chain.n);
    break_at(chains, chain_id, last + 1, BreakKind::Missing);
}

fn break_at(chains: &mut Vec<VerifiedChain>, chain_id: &str, n: i64, kind: BreakKind) {
    let at = chains.iter().position(|chain| chain.chain_id == chain_id);
    let chain = match at {
        Some(at) => &mut chains[at],
        None => {
            let chain_id = chain_id.to_owned();
            chains.push(VerifiedChain { chain_id, n: 0, hash: String::new(), broken: None });
            let last = chains.len() - 1;
            &mut chains[last]
        }
    };
    if chain.broken.as_ref().is_none_or(|broken| n < broken.n) {
        chain.broken = Some(Break { chain_id: chain_id.to_owned(), n, kind });
    }
}

fn latest_chain(tx: &Transaction<'_>) -> Result<Option<String>, Fault> {
    let sql = "select chain_id from audit_events order by seq desc limit 1";
    Ok(tx.query_row(sql, [], |row| row.read(0)).optional()?)
}
