//! Counts and hashes of ranges of entities, for outlets that compare without reading everything.

pub(crate) mod http;

use protocol::fingerprint::{
    Fingerprint, MAX_IN_RANGE, Ownership, Range, RangeDigest, VerifyRequest, VerifyResponse, owned_content,
    shared_content, version_text,
};
use protocol::validate::read_stored;
use protocol::wire::{EntityRef, Token};
use store::{Fault, Row, Tx};

use super::entities;
use super::epoch::{EpochRefused, chain};

/// Replaces the hash of an unreadable row; differs from every hash.
const UNREADABLE: &str = "unreadable";

const OWNED: &str = "
    select entity_type, entity_id, version, document from documents
    where outlet_id = ?1 and (entity_type, entity_id) > (?2, ?3)
    order by entity_type, entity_id
    limit ?4";

/// Calculates all ranges in one transaction.
///
/// # Errors
/// [`EpochRefused`].
pub(super) fn verify(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    request: &VerifyRequest,
) -> Result<VerifyResponse, EpochRefused> {
    let chain = chain(tx, outlet_id, request.epoch.as_deref())?;
    let mut ranges = Vec::with_capacity(request.ranges.len());
    for range in &request.ranges {
        ranges.push(print(tx, outlet_id, request.ownership, range)?);
    }
    Ok(VerifyResponse { chain, ranges })
}

fn print(tx: &mut Tx<'_>, outlet_id: &str, ownership: Ownership, range: &Range) -> Result<RangeDigest, Fault> {
    let (from_type, from_id) =
        range.from.as_ref().map_or(("", ""), |from| (from.entity_type.as_str(), from.entity_id.as_str()));
    let args = [outlet_id.into(), from_type.into(), from_id.into(), (MAX_IN_RANGE + 1).into()];
    let mut fingerprint = Fingerprint::default();
    let sql = if ownership == Ownership::Owned { OWNED } else { entities::LIST };
    let seen = tx.map_while(sql, &args, |row| {
        let of = EntityRef { entity_type: row.string(0)?, entity_id: row.string(1)? };
        if range.to.as_ref().is_some_and(|to| of > *to) {
            return Ok(None);
        }
        let (version_text, content) = if ownership == Ownership::Owned { owned(row)? } else { shared(row)? };
        fingerprint.add(&of, &version_text, &content);
        Ok(Some(()))
    })?;
    let print = fingerprint.digest();
    Ok(if seen.len() as u64 > MAX_IN_RANGE.unsigned_abs() { RangeDigest { hash: None, ..print } } else { print })
}

fn owned(row: &Row<'_>) -> Result<(String, String), Fault> {
    let version = row.int(2)?.to_string();
    Ok(match row.maybe_text(3)?.as_deref().map(read_stored).transpose() {
        Ok(document) => (version, owned_content(document.as_ref())),
        Err(_) => (version, UNREADABLE.to_owned()),
    })
}

fn shared(row: &Row<'_>) -> Result<(String, String), Fault> {
    let token = Token { n: row.int(2)?, change_id: row.string(3)? };
    let deleted = row.flag(4)?;
    let content =
        read_stored(&row.text(5)?).map_or_else(|_| UNREADABLE.to_owned(), |fields| shared_content(fields, deleted));
    Ok((version_text(&token), content))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_range_is_read_in_the_order_of_its_key() {
        plans::assert_keyed(OWNED);
        plans::assert_unsorted(OWNED);
    }
}
