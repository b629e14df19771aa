//! Outlet-owned documents as the hub has them, for outlets that enroll again.

use protocol::validate::raw;
use protocol::wire::{ChainRow, EntityRef};
use serde::Serialize;
use serde_json::value::RawValue;
use store::Tx;

use super::epoch::{EpochRefused, chain};
use super::page_budget::{self, PageBudget};

/// Like `protocol::updates::OwnedDocument`, with the document as the outlet sent it, byte for byte.
#[derive(Debug, Serialize)]
pub(crate) struct OwnedDocument {
    #[serde(flatten)]
    of: EntityRef,
    epoch_number: i64,
    version: i64,
    document: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
}

/// Like `protocol::updates::OwnedPage`.
#[derive(Debug, Serialize)]
pub struct OwnedPage {
    chain: ChainRow,
    documents: Vec<OwnedDocument>,
    next: Option<EntityRef>,
}

const LIST: &str = "
    select entity_type, entity_id, epoch_number, version, document from documents
    where outlet_id = ?1 and (entity_type, entity_id) > (?2, ?3)
    order by entity_type, entity_id
    limit ?4";

/// The outlet's documents after this type and id, and the chain row.
///
/// # Errors
/// [`EpochRefused`].
pub fn documents(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    epoch_id: Option<&str>,
    after: (&str, &str),
    limit: usize,
) -> Result<OwnedPage, EpochRefused> {
    let chain = chain(tx, outlet_id, epoch_id)?;
    let mut budget = PageBudget::of(limit);
    let args = [outlet_id.into(), after.0.into(), after.1.into(), budget.row_limit().into()];
    let documents = tx.map_while(LIST, &args, |row| {
        let text = row.maybe_text(4)?;
        if !budget.admit(text.as_deref().map_or(0, page_budget::size_of)) {
            return Ok(None);
        }
        let of = EntityRef { entity_type: row.string(0)?, entity_id: row.string(1)? };
        // The document as sent, if every reader can parse it; an unreadable one must not hide the others.
        let found = text.as_deref().map(|text| raw(text).map(ToOwned::to_owned)).transpose();
        let (document, unreadable) = match found {
            Ok(document) => (document, None),
            Err(invalid) => (None, Some(invalid.to_string())),
        };
        Ok(Some(OwnedDocument { of, epoch_number: row.int(2)?, version: row.int(3)?, document, unreadable }))
    })?;
    let next = documents.last().filter(|_| budget.is_full()).map(|last| last.of.clone());
    Ok(OwnedPage { chain, documents, next })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn documents_are_listed_in_the_order_of_their_key() {
        plans::assert_keyed(LIST);
        plans::assert_unsorted(LIST);
    }
}
