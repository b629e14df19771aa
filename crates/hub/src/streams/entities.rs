//! Current versions of the shared entities that an outlet may see, including tombstones.

use protocol::updates::{EntityPage, Update, document_or_reason};
use protocol::wire::{EntityRef, Token};
use store::{Fault, Row, Tx};

use super::epoch::{EpochRefused, chain};
use super::heads::heads;
use super::page_budget::{self, PageBudget};

// Each half is read in the order of its key; the halves are merged, not sorted.
pub(super) const LIST: &str = "
    select entity_type, entity_id, token_n, change_id, deleted, document, changed_by, changed_at, by_outlet
    from shared_entities
    where scope = '' and (entity_type, entity_id) > (?2, ?3)
    union all
    select entity_type, entity_id, token_n, change_id, deleted, document, changed_by, changed_at, by_outlet
    from shared_entities
    where scope = ?1 and (entity_type, entity_id) > (?2, ?3)
    order by entity_type, entity_id
    limit ?4";
const FIND: &str = "
    select entity_type, entity_id, token_n, change_id, deleted, document, changed_by, changed_at, by_outlet
    from shared_entities
    where scope in (?1, '') and entity_type = ?2 and entity_id = ?3
    order by scope desc
    limit 1";

/// The current versions of the entities after this type and id, with the heads of the streams and the chain row.
///
/// # Errors
/// [`EpochRefused`].
pub fn entities(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    epoch_id: Option<&str>,
    after: (&str, &str),
    limit: usize,
) -> Result<EntityPage, EpochRefused> {
    let chain = chain(tx, outlet_id, epoch_id)?;
    let cursor = heads(tx, outlet_id)?.to_string();
    let mut budget = PageBudget::of(limit);
    let args = [outlet_id.into(), after.0.into(), after.1.into(), budget.row_limit().into()];
    let entities = tx.map_while(LIST, &args, |row| {
        if budget.admit(page_budget::size_of(&row.text(5)?)) { update(row).map(Some) } else { Ok(None) }
    })?;
    let next = entities.last().filter(|_| budget.is_full()).map(|last| last.of.clone());
    Ok(EntityPage { chain, cursor, entities, next })
}

/// The current version of one entity; none if the hub has never had it.
///
/// # Errors
/// The database failed.
pub fn entity(tx: &mut Tx<'_>, outlet_id: &str, of: &EntityRef) -> Result<Option<Update>, Fault> {
    tx.first(FIND, &[outlet_id.into(), (&of.entity_type).into(), (&of.entity_id).into()], update)
}

fn update(row: &Row<'_>) -> Result<Update, Fault> {
    let (document, unreadable) = document_or_reason(&row.text(5)?, None);
    Ok(Update {
        of: EntityRef { entity_type: row.string(0)?, entity_id: row.string(1)? },
        token: Token { n: row.int(2)?, change_id: row.string(3)? },
        deleted: row.flag(4)?,
        document,
        changed_by: row.string(6)?,
        changed_at: row.string(7)?,
        by_outlet: row.by_outlet(8)?,
        unreadable,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn entities_are_listed_in_the_order_of_their_key() {
        plans::assert_keyed(LIST);
        plans::assert_unsorted(LIST);
        plans::assert_keyed(FIND);
    }
}
