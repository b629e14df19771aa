//! Compares the rows of each refund with its document.

use store::{Arg, Fault, Store, Tx};

use super::refund::Refund;
use super::rows::{self, Rows};
use crate::projections::verify::{DifferingDay, Part, Position, UnreadableOrder, Verified, after, outlet_code};

/// Refunds in one snapshot.
const AT_ONCE: i64 = 200;
/// Bytes of documents in one snapshot.
const MAX_BYTES: usize = 4 << 20;
/// Greater than every id.
const END: &str = "\u{10ffff}";

const DOCUMENTS: &str = "
    select entity_id, document from documents
    where outlet_id = ?1 and entity_type = 'refund' and entity_id >= ?2
    order by entity_id
    limit ?3";
const ONE_DOCUMENT: &str =
    "select document from documents where outlet_id = ?1 and entity_type = 'refund' and entity_id = ?2";

/// The result of comparing a page of refunds.
#[derive(Debug, Default)]
struct Page {
    refunds: usize,
    unreadable: Vec<String>,
    /// The refunds that differ, and their days.
    differing: Vec<(String, String)>,
    /// The last refund; `None` on the last page.
    last: Option<String>,
}

/// Compares the next refunds of an outlet. There are no figures beside the rows.
pub(super) async fn check(
    store: &Store,
    outlet_id: &str,
    from: String,
    repair: bool,
    found: &mut Verified,
) -> Result<Part, Fault> {
    let of = outlet_id.to_owned();
    let (page, code) = store.read(move |tx| Ok::<_, Fault>((page(tx, &of, &from)?, outlet_code(tx, &of)?))).await?;
    let with_code = |order_id| UnreadableOrder { outlet_code: code.clone(), order_id };
    found.unreadable.extend(page.unreadable.into_iter().map(with_code));
    for (refund_id, business_date) in page.differing {
        let day = DifferingDay { outlet_code: code.clone(), business_date };
        found.differing.insert(day.clone());
        if repair {
            let of = outlet_id.to_owned();
            found.repaired(day, store.write(move |tx| repair_one(tx, &of, &refund_id)).await);
        }
    }
    Ok(Part { read: page.refunds, next: page.last.map(|last| Position::Document(after(&last))) })
}

/// The rows that a document produces: none if the refund was deleted, `None` if the document is unreadable.
fn expected(outlet_id: &str, refund_id: &str, document: Option<&str>) -> Option<Rows> {
    match document.map(|document| Refund::read(document, refund_id)) {
        None => Some(Rows::default()),
        Some(Ok(refund)) => Some(rows::of(outlet_id, &refund)),
        Some(Err(error)) => {
            tracing::error!(outlet_id, refund_id, reason = %error.reason("refund", refund_id), "a refund document is unreadable; its rows are unchanged");
            None
        }
    }
}

fn page(tx: &mut Tx<'_>, outlet_id: &str, from: &str) -> Result<Page, Fault> {
    let mut bytes = 0;
    let documents = tx.map_while(DOCUMENTS, &[outlet_id.into(), from.into(), AT_ONCE.into()], |row| {
        if bytes > MAX_BYTES {
            return Ok(None);
        }
        let document = row.maybe_string(1)?;
        bytes += document.as_ref().map_or(0, String::len);
        Ok(Some((row.string(0)?, document)))
    })?;
    let is_last = bytes <= MAX_BYTES && documents.len() < usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
    let last = documents.last().map(|(id, _)| id.clone()).filter(|_| !is_last);
    let mut found = rows::in_range(tx, outlet_id, from, last.as_deref().unwrap_or(END))?;
    let mut page = Page { refunds: documents.len(), last, ..Page::default() };
    for (refund_id, document) in documents {
        let found = found.remove(&refund_id).unwrap_or_default();
        match expected(outlet_id, &refund_id, document.as_deref()) {
            None => page.unreadable.push(refund_id),
            Some(expected) if expected == found => {}
            Some(expected) => {
                let date = if rows::date(&expected).is_empty() { rows::date(&found) } else { rows::date(&expected) };
                page.differing.push((refund_id, date.to_owned()));
            }
        }
    }
    // Rows of refunds without a document.
    page.differing.extend(found.into_iter().map(|(refund_id, rows)| (refund_id, rows::date(&rows).to_owned())));
    Ok(page)
}

/// Rewrites the rows of a refund if they still differ.
fn repair_one(tx: &mut Tx<'_>, outlet_id: &str, refund_id: &str) -> Result<(), Fault> {
    let of: [Arg<'_>; 2] = [outlet_id.into(), refund_id.into()];
    let document = tx.first(ONE_DOCUMENT, &of, |row| row.maybe_string(0))?.flatten();
    let refund = document.as_deref().map(|document| Refund::read(document, refund_id)).transpose();
    let Ok(refund) = refund else { return Ok(()) };
    let expected = refund.as_ref().map(|refund| rows::of(outlet_id, refund)).unwrap_or_default();
    if expected == rows::recorded(tx, outlet_id, refund_id)? {
        return Ok(());
    }
    rows::delete(tx, outlet_id, refund_id)?;
    if let Some(refund) = &refund {
        rows::insert(tx, outlet_id, refund)?;
    }
    tracing::warn!(outlet_id, refund_id, "rewrote the rows of a refund that did not match its document");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn refunds_are_read_by_their_key() {
        plans::assert_keyed(DOCUMENTS);
        plans::assert_unsorted(DOCUMENTS);
        plans::assert_keyed(ONE_DOCUMENT);
    }
}
