//! Heads of streams, and the check whether a stream continues at a cursor.

use protocol::cursor::{CATALOG, Cursor, StreamPosition, of_outlet};
use protocol::rule::{Rule, disabled};
use store::{Fault, Tx};

// Numbers that no hub assigns, written by a shell, are not positions of a stream: no reader could continue there.
const HEAD: &str = "
    select n, row_id from stream_entries where stream = ?1 and n <= 9000000000000000 order by n desc limit 1";
const FIRST: &str = "select n from stream_entries where stream = ?1 and n > 0 order by n limit 1";
const AT: &str = "select 1 from stream_entries where stream = ?1 and n = ?2 and row_id = ?3";

/// The last rows of both streams of an outlet.
pub(crate) fn heads(tx: &mut Tx<'_>, outlet_id: &str) -> Result<Cursor, Fault> {
    Ok(Cursor { catalog: head(tx, CATALOG)?, outlet: head(tx, &of_outlet(outlet_id))? })
}

fn head(tx: &mut Tx<'_>, stream: &str) -> Result<StreamPosition, Fault> {
    let found =
        tx.first(HEAD, &[stream.into()], |row| Ok(StreamPosition { n: row.int(0)?, row_id: row.string(1)? }))?;
    Ok(found.unwrap_or_default())
}

/// Whether the stream continues at this position: it has exactly that entry, or it begins at 1 and the reader has read
/// nothing.
pub(super) fn continues_at(tx: &mut Tx<'_>, stream: &str, position: &StreamPosition) -> Result<bool, Fault> {
    if position.n == 0 {
        let first = tx.first(FIRST, &[stream.into()], |row| row.int(0))?;
        return Ok(first.is_none_or(|n| n == 1));
    }
    let at = if disabled(Rule::RowId) { "select ?3 from stream_entries where stream = ?1 and n = ?2" } else { AT };
    let row = tx.first(at, &[stream.into(), position.n.into(), (&position.row_id).into()], |_| Ok(()))?;
    Ok(row.is_some())
}

/// Whether both streams of an outlet continue at a cursor.
pub(crate) fn reaches(tx: &mut Tx<'_>, outlet_id: &str, cursor: &Cursor) -> Result<bool, Fault> {
    Ok(continues_at(tx, CATALOG, &cursor.catalog)? && continues_at(tx, &of_outlet(outlet_id), &cursor.outlet)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn positions_are_found_by_their_key() {
        for sql in [HEAD, FIRST, AT] {
            plans::assert_keyed(sql);
        }
    }
}
