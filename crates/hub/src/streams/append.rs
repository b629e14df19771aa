//! Appends changes to a stream.

use protocol::rule::{Rule, disabled};
use protocol::wire::Token;
use store::{Arg, Fault, Tx};

/// A change of a shared entity.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    pub entity_type: &'a str,
    pub entity_id: &'a str,
    /// The version after the change.
    pub token: Token,
    /// The entity's new document.
    pub document: String,
    pub deleted: bool,
    /// An outlet's id, or `hq:` and a user name.
    pub changed_by: &'a str,
    /// When it changed, by the author's clock.
    pub changed_at: &'a str,
    /// As stored in the table; see [`protocol::updates::Update::by_outlet`].
    pub by_outlet: Option<String>,
}

// The counter's row is locked until the commit, so a second writer waits and continues from there. If the row is
// missing, below the last entry of the stream, or beyond any number that a hub assigns, it was damaged: numbering
// continues from the last entry.
const TAKE_NUMBERS: &str = "
    insert into streams as s (stream, head)
    select ?1, (select coalesce(max(n), 0) from stream_entries where stream = ?1 and n <= 9000000000000000)
      + cast(?2 as bigint)
    where true
    on conflict (stream) do update set
      head = case when s.head between excluded.head - cast(?2 as bigint) and 9000000000000000
        then s.head + cast(?2 as bigint) else excluded.head end
    returning head";
const ADD: &str = "
    insert into stream_entries (stream, n, row_id, entity_type, entity_id, token_n, change_id, document, deleted,
      changed_by, changed_at, by_outlet)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

/// Appends changes in order. Call `Hints::changed` after the commit.
///
/// Each entry gets a random row id: after a restore of the hub, a late copy of a batch can get the same number again,
/// and a cursor must distinguish the two.
pub(crate) fn append(tx: &mut Tx<'_>, stream: &str, changes: &[Change<'_>]) -> Result<(), Fault> {
    if changes.is_empty() {
        return Ok(());
    }
    let many = i64::try_from(changes.len()).unwrap_or(i64::MAX) + i64::from(disabled(Rule::DenseStream));
    let head = tx.first(TAKE_NUMBERS, &[stream.into(), many.into()], |row| row.int(0))?.unwrap_or(many);
    for (n, change) in (head - many + 1..).zip(changes) {
        let row_id = format!("{:016x}", rand::random::<u64>());
        tx.defer(
            ADD,
            &[
                stream.into(),
                n.into(),
                (&row_id).into(),
                change.entity_type.into(),
                change.entity_id.into(),
                change.token.n.into(),
                (&change.token.change_id).into(),
                (&change.document).into(),
                change.deleted.into(),
                change.changed_by.into(),
                change.changed_at.into(),
                change.by_outlet.as_deref().map_or(Arg::Null, Arg::Text),
            ],
        )?;
    }
    Ok(())
}
