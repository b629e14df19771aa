//! Reads a page of updates and the chain row in one transaction.

use protocol::cursor::{CATALOG, Cursor, StreamPosition, of_outlet};
use protocol::updates::{StreamUpdate, Update, UpdatePage, document_or_reason};
use protocol::wire::{EntityRef, Token};
use store::{Fault, Tx};

use super::epoch::{EpochRefused, chain};
use super::heads::continues_at;
use super::page_budget::{self, PageBudget};

/// A request for a page.
#[derive(Debug, Clone)]
pub struct PageRequest {
    /// The reader's position in both streams.
    pub cursor: Cursor,
    /// Maximum number of changes.
    pub limit: usize,
    /// The outlet's epoch, if given.
    pub epoch_id: Option<String>,
    /// The outlet's position in its batch chain.
    pub at: Option<String>,
}

impl PageRequest {
    /// Whether the page contains something new for this request.
    pub(super) fn is_answered_by(&self, page: &UpdatePage) -> bool {
        page.stream_reset || !page.changes.is_empty() || page.chain.position.batch_id != self.at
    }
}

/// Maximum length of a stream that is read from the beginning.
const MAX_FROM_START: i64 = 1_000;

const LAST: &str = "select n from stream_entries where stream = ?1 and n <= 9000000000000000 order by n desc limit 1";
const AFTER: &str = "
    select n, row_id, entity_type, entity_id, token_n, change_id, deleted, document, changed_by, changed_at, by_outlet
    from stream_entries
    where stream = ?1 and n > ?2 and n <= 9000000000000000
    order by n
    limit ?3";

/// Reads a page.
///
/// # Errors
/// [`EpochRefused`].
pub fn page(tx: &mut Tx<'_>, outlet_id: &str, request: &PageRequest) -> Result<UpdatePage, EpochRefused> {
    let mut chain = chain(tx, outlet_id, request.epoch_id.as_deref())?;
    if chain.position.batch_id == request.at {
        chain.results.clear();
    }
    let hub_version = Some(crate::version::VERSION.to_owned());
    let outlet_stream = of_outlet(outlet_id);
    let both = [(CATALOG, &request.cursor.catalog), (outlet_stream.as_str(), &request.cursor.outlet)];
    for (stream, position) in both {
        if !continues_at(tx, stream, position)? || (position.n == 0 && is_long(tx, stream)?) {
            return Ok(UpdatePage { chain, stream_reset: true, changes: Vec::new(), more: false, hub_version });
        }
    }
    let mut budget = PageBudget::of(request.limit);
    let mut changes = Vec::new();
    for (stream, position) in both {
        changes.extend(after(tx, stream, position.n, &mut budget)?);
    }
    Ok(UpdatePage { chain, stream_reset: false, changes, more: budget.is_full(), hub_version })
}

/// Whether reading all current versions is faster than reading the stream from the beginning.
fn is_long(tx: &mut Tx<'_>, stream: &str) -> Result<bool, Fault> {
    Ok(tx.first(LAST, &[stream.into()], |row| row.int(0))?.is_some_and(|n| n > MAX_FROM_START))
}

fn after(tx: &mut Tx<'_>, stream: &str, n: i64, budget: &mut PageBudget) -> Result<Vec<StreamUpdate>, Fault> {
    tx.map_while(AFTER, &[stream.into(), n.into(), budget.row_limit().into()], |row| {
        if !budget.admit(page_budget::size_of(&row.text(7)?)) {
            return Ok(None);
        }
        let (document, unreadable) = document_or_reason(&row.text(7)?, None);
        let update = Update {
            of: EntityRef { entity_type: row.string(2)?, entity_id: row.string(3)? },
            token: Token { n: row.int(4)?, change_id: row.string(5)? },
            deleted: row.flag(6)?,
            document,
            changed_by: row.string(8)?,
            changed_at: row.string(9)?,
            by_outlet: row.by_outlet(10)?,
            unreadable,
        };
        let position = StreamPosition { n: row.int(0)?, row_id: row.string(1)? };
        Ok(Some(StreamUpdate { stream: stream.to_owned(), position, update }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_page_begins_where_the_previous_one_ended() {
        plans::assert_keyed(LAST);
        plans::assert_keyed(AFTER);
        plans::assert_unsorted(AFTER);
    }
}
