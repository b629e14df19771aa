//! Compares the rows of each document with it.

use store::{Arg, Fault, Store, Tx};

use super::{RowTables, Rows, date, delete, in_range, insert, none, recorded};
use crate::projections::verify::{DifferingDay, Part, Position, UnreadableOrder, Verified, after, outlet_code};

/// Documents in one snapshot.
const AT_ONCE: i64 = 200;
/// Bytes of documents in one snapshot.
const MAX_BYTES: usize = 4 << 20;
/// Greater than every id.
const END: &str = "\u{10ffff}";

const DOCUMENTS: &str = "
    select entity_id, document from documents
    where outlet_id = ?1 and entity_type = ?4 and entity_id >= ?2
    order by entity_id
    limit ?3";
const ONE_DOCUMENT: &str =
    "select document from documents where outlet_id = ?1 and entity_type = ?3 and entity_id = ?2";

/// The result of comparing a page of documents.
#[derive(Debug, Default)]
struct Page {
    documents: usize,
    unreadable: Vec<String>,
    /// The documents that differ, and their days.
    differing: Vec<(String, String)>,
    /// The last document; `None` on the last page.
    last: Option<String>,
}

/// Compares the next documents of an outlet. There are no figures beside the rows.
pub(in crate::projections) async fn check<T: RowTables>(
    store: &Store,
    outlet_id: &str,
    from: Position,
    repair: bool,
    found: &mut Verified,
) -> Result<Part, Fault> {
    let Position::Document(from) = from else { return Ok(Part::default()) };
    let of = outlet_id.to_owned();
    let (page, code) =
        store.read(move |tx| Ok::<_, Fault>((page::<T>(tx, &of, &from)?, outlet_code(tx, &of)?))).await?;
    let with_code = |order_id| UnreadableOrder { outlet_code: code.clone(), order_id };
    found.unreadable.extend(page.unreadable.into_iter().map(with_code));
    for (id, business_date) in page.differing {
        let day = DifferingDay { outlet_code: code.clone(), business_date };
        found.differing.insert(day.clone());
        if repair {
            let of = outlet_id.to_owned();
            found.repaired(day, store.write(move |tx| repair_one::<T>(tx, &of, &id)).await);
        }
    }
    Ok(Part { read: page.documents, next: page.last.map(|last| Position::Document(after(&last))) })
}

/// The rows that a document produces: none if the entity was deleted, `None` if the document is unreadable.
fn expected<T: RowTables>(outlet_id: &str, id: &str, document: Option<&str>) -> Option<Rows> {
    match document.map(|document| T::rows(outlet_id, document, id)) {
        None => Some(none::<T>()),
        Some(Ok(rows)) => Some(rows),
        Some(Err(error)) => {
            let reason = error.reason(T::ENTITY, id);
            tracing::error!(outlet_id, entity_type = T::ENTITY, entity_id = id, %reason, "a document is unreadable; its rows are unchanged");
            None
        }
    }
}

fn page<T: RowTables>(tx: &mut Tx<'_>, outlet_id: &str, from: &str) -> Result<Page, Fault> {
    let mut bytes = 0;
    let args = [outlet_id.into(), from.into(), AT_ONCE.into(), T::ENTITY.into()];
    let documents = tx.map_while(DOCUMENTS, &args, |row| {
        if bytes > MAX_BYTES {
            return Ok(None);
        }
        let document = row.maybe_string(1)?;
        bytes += document.as_ref().map_or(0, String::len);
        Ok(Some((row.string(0)?, document)))
    })?;
    let is_last = bytes <= MAX_BYTES && documents.len() < usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
    let last = documents.last().map(|(id, _)| id.clone()).filter(|_| !is_last);
    let mut found = in_range::<T>(tx, outlet_id, from, last.as_deref().unwrap_or(END))?;
    let mut page = Page { documents: documents.len(), last, ..Page::default() };
    for (id, document) in documents {
        let found = found.remove(&id).unwrap_or_else(none::<T>);
        match expected::<T>(outlet_id, &id, document.as_deref()) {
            None => page.unreadable.push(id),
            Some(expected) if expected == found => {}
            Some(expected) => {
                let date = if date(&expected).is_empty() { date(&found) } else { date(&expected) };
                page.differing.push((id, date.to_owned()));
            }
        }
    }
    // Rows without a document.
    page.differing.extend(found.into_iter().map(|(id, rows)| (id, date(&rows).to_owned())));
    Ok(page)
}

/// Rewrites the rows of a document if they still differ.
fn repair_one<T: RowTables>(tx: &mut Tx<'_>, outlet_id: &str, id: &str) -> Result<(), Fault> {
    let of: [Arg<'_>; 3] = [outlet_id.into(), id.into(), T::ENTITY.into()];
    let document = tx.first(ONE_DOCUMENT, &of, |row| row.maybe_string(0))?.flatten();
    let Ok(expected) = document.map_or_else(|| Ok(none::<T>()), |document| T::rows(outlet_id, &document, id)) else {
        return Ok(());
    };
    if expected == recorded::<T>(tx, outlet_id, id)? {
        return Ok(());
    }
    delete::<T>(tx, outlet_id, id)?;
    insert::<T>(tx, &expected)?;
    tracing::warn!(
        outlet_id,
        entity_type = T::ENTITY,
        entity_id = id,
        "rewrote the rows of a document that did not match it"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn documents_are_read_by_their_key() {
        plans::assert_keyed(DOCUMENTS);
        plans::assert_unsorted(DOCUMENTS);
        plans::assert_keyed(ONE_DOCUMENT);
    }
}
