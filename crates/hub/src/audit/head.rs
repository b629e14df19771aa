//! The head of a chain: its last event, and the first break.

use protocol::audit::{Break, BreakKind, Position};
use store::{Fault, Row, Tx};

const COLUMNS: &str =
    "chain_id, n, hash, continues_chain_id, continues_n, continues_hash, broken_n, broken_kind, broken_at";
const SAVE: &str = "
    insert into audit_heads (outlet_id, chain_id, n, hash, continues_chain_id, continues_n, continues_hash, broken_n,
      broken_kind, broken_at, updated_at)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
    on conflict (outlet_id, chain_id) do update set
      n = excluded.n, hash = excluded.hash, continues_chain_id = excluded.continues_chain_id,
      continues_n = excluded.continues_n, continues_hash = excluded.continues_hash, broken_n = excluded.broken_n,
      broken_kind = excluded.broken_kind, broken_at = excluded.broken_at, updated_at = excluded.updated_at";
const BROKEN: &str = "
    select chain_id, broken_n, broken_kind from audit_heads where outlet_id = ?1 and broken_n is not null
    order by chain_id limit 1";

/// The head of a chain.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// The last event; n 0 before the first.
    pub last: Position,
    /// The end of an earlier chain that the first event names.
    pub continues: Option<Position>,
    /// The first break that was found, and when.
    pub broken: Option<(Break, String)>,
}

impl Head {
    /// Before the first event.
    pub(super) fn new(chain_id: &str) -> Self {
        let hash = protocol::audit::first_hash(chain_id);
        Self { last: Position { chain_id: chain_id.to_owned(), n: 0, hash }, continues: None, broken: None }
    }

    /// Notes a break; the first one stays.
    pub(super) fn mark(&mut self, n: i64, kind: BreakKind, now: &str) {
        let chain_id = self.last.chain_id.clone();
        self.broken.get_or_insert_with(|| (Break { chain_id, n, kind }, now.to_owned()));
    }
}

/// The head of a chain, if the hub has events of it.
///
/// # Errors
/// The database failed.
pub(super) fn find(tx: &mut Tx<'_>, outlet_id: &str, chain_id: &str) -> Result<Option<Head>, Fault> {
    let sql = format!("select {COLUMNS} from audit_heads where outlet_id = ?1 and chain_id = ?2");
    tx.first(&sql, &[outlet_id.into(), chain_id.into()], read)
}

/// The head that grew last.
///
/// # Errors
/// The database failed.
pub(super) fn newest(tx: &mut Tx<'_>, outlet_id: &str) -> Result<Option<Head>, Fault> {
    let sql =
        format!("select {COLUMNS} from audit_heads where outlet_id = ?1 order by updated_at desc, chain_id limit 1");
    tx.first(&sql, &[outlet_id.into()], read)
}

/// The first break of an outlet's log.
///
/// # Errors
/// The database failed.
pub(super) fn broken(tx: &mut Tx<'_>, outlet_id: &str) -> Result<Option<Break>, Fault> {
    let found = tx.first(BROKEN, &[outlet_id.into()], |row| broken_of(row.string(0)?, row, 1))?;
    Ok(found.flatten())
}

/// Stores a head.
///
/// # Errors
/// The database failed.
pub(super) fn save(tx: &mut Tx<'_>, outlet_id: &str, head: &Head, now: &str) -> Result<(), Fault> {
    let (continues, broken) = (head.continues.as_ref(), head.broken.as_ref());
    let args = [
        outlet_id.into(),
        (&head.last.chain_id).into(),
        head.last.n.into(),
        (&head.last.hash).into(),
        continues.map(|end| end.chain_id.as_str()).into(),
        continues.map(|end| end.n).into(),
        continues.map(|end| end.hash.as_str()).into(),
        broken.map(|(broken, _)| broken.n).into(),
        broken.map(|(broken, _)| broken.kind.as_str()).into(),
        broken.map(|(_, at)| at.as_str()).into(),
        now.into(),
    ];
    tx.execute(SAVE, &args).map(drop)
}

fn read(row: &Row<'_>) -> Result<Head, Fault> {
    let last = Position { chain_id: row.string(0)?, n: row.int(1)?, hash: row.string(2)? };
    let continues = continues_of(row, 3)?;
    let broken = broken_of(last.chain_id.clone(), row, 6)?.zip(row.maybe_string(8)?);
    Ok(Head { last, continues, broken })
}

/// The end that a chain continues, from three columns.
pub(super) fn continues_of(row: &Row<'_>, column: usize) -> Result<Option<Position>, Fault> {
    let Some(chain_id) = row.maybe_string(column)? else { return Ok(None) };
    let n = row.maybe_int(column + 1)?.unwrap_or_default();
    Ok(Some(Position { chain_id, n, hash: row.maybe_string(column + 2)?.unwrap_or_default() }))
}

/// A break, from two columns.
pub(super) fn broken_of(chain_id: String, row: &Row<'_>, column: usize) -> Result<Option<Break>, Fault> {
    let kind = row.maybe_string(column + 1)?.and_then(|kind| BreakKind::parse(&kind));
    Ok(row.maybe_int(column)?.zip(kind).map(|(n, kind)| Break { chain_id, n, kind }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn heads_are_found_by_their_outlet() {
        plans::assert_keyed(BROKEN);
    }
}
