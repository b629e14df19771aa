//! Lists dead letters, latest arrival first, independent of clocks.

use protocol::secret::hide;
use serde::Serialize;
use serde_json::Value;
use store::{Arg, Fault, Row, Tx};
use utoipa::ToSchema;
use web::Localized;
use web::messages::{Args, Reason, shown};

/// A dead letter.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadLetter {
    pub outlet_id: String,
    pub outlet_code: String,
    /// The batch that contained it.
    pub batch_id: String,
    /// Its index in the batch, from 0.
    pub item_no: i64,
    /// Its position in the order of arrival.
    #[serde(skip)]
    pub dead_letter_no: i64,
    pub entity_type: String,
    pub entity_id: String,
    /// `rejected`: it breaks a rule; `stale`: not newer than the hub's version, and different; `unknown`: of an
    /// unknown type.
    pub outcome: String,
    /// Stable code of the reason; null for an unknown type.
    pub code: Option<String>,
    /// What its message names.
    pub args: Args,
    /// The reason, in the language of `Accept-Language`.
    pub message: Option<Localized>,
    /// The item as received, with the hashes of PINs hidden; null if it nests too deep to be read.
    pub item: Option<Value>,
    /// The acknowledged sale that the hub kept instead, as of then; otherwise null.
    pub stored_document: Option<Value>,
    /// RFC 3339 UTC, by head office's clock.
    pub received_at: String,
    /// Who discarded it; null if it is not discarded.
    pub discarded_by: Option<String>,
    /// When it was discarded.
    pub discarded_at: Option<String>,
    /// The reason for discarding it.
    pub discard_reason: Option<String>,
    /// When it was closed: a later version of the entity was applied, or a hub that knows its type reprocessed it.
    pub resolved_at: Option<String>,
    /// Who accepted the outlet's version of a sale.
    pub accepted_by: Option<String>,
    /// The reason for accepting it.
    pub accept_reason: Option<String>,
}

/// Filter of dead letters.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub outlet_id: Option<String>,
    /// Include discarded and closed ones.
    pub discarded: bool,
    /// The page after this position: order of arrival, outlet, batch and item number.
    pub after: Option<(i64, String, String, i64)>,
}

fn statement(filter: &Filter) -> String {
    let (condition, order) = match (&filter.outlet_id, &filter.after) {
        (None, None) => ("true", BY_ARRIVAL),
        (None, Some(_)) => ("(k.dead_letter_no, k.outlet_id, k.batch_id, k.item_no) < (?2, ?3, ?4, ?5)", BY_ARRIVAL),
        (Some(_), None) => ("k.outlet_id = ?2", OF_OUTLET),
        (Some(_), Some(_)) => {
            ("k.outlet_id = ?2 and (k.dead_letter_no, k.batch_id, k.item_no) < (?3, ?4, ?5)", OF_OUTLET)
        }
    };
    let open = if filter.discarded { "" } else { "and k.discarded_at is null and k.resolved_at is null" };
    format!("{SELECT} where {condition} {open} order by {order} limit ?1")
}

const SELECT: &str = "
    select k.outlet_id, coalesce((select o.code from outlets o where o.outlet_id = k.outlet_id), ''), k.batch_id,
      k.item_no, k.entity_type, k.entity_id, k.outcome, k.code, k.message, k.item, k.received_at, k.discarded_by,
      k.discarded_at, k.discard_reason, k.resolved_at, k.stored_document, k.accepted_by, k.accept_reason,
      k.dead_letter_no, k.args
    from dead_letters k";

const BY_ARRIVAL: &str = "k.dead_letter_no desc, k.outlet_id desc, k.batch_id desc, k.item_no desc";
const OF_OUTLET: &str = "k.dead_letter_no desc, k.batch_id desc, k.item_no desc";

/// At most `limit` items.
pub(crate) fn list(tx: &mut Tx<'_>, filter: &Filter, limit: i64) -> Result<Vec<DeadLetter>, Fault> {
    let mut args: Vec<Arg<'_>> = vec![limit.into()];
    if let Some((dead_letter_no, outlet_id, batch_id, item_no)) = &filter.after {
        let dead_letter_no = Arg::from(*dead_letter_no);
        let place = match &filter.outlet_id {
            Some(outlet_id) => [outlet_id.into(), dead_letter_no],
            None => [dead_letter_no, outlet_id.into()],
        };
        args.extend(place);
        args.extend([Arg::from(batch_id), (*item_no).into()]);
    } else {
        args.extend(filter.outlet_id.as_ref().map(Arg::from));
    }
    tx.all(&statement(filter), &args, read)
}

/// One dead letter, by its key.
pub(super) fn find(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    batch_id: &str,
    item_no: i64,
) -> Result<Option<DeadLetter>, Fault> {
    tx.first(&one(), &[outlet_id.into(), batch_id.into(), item_no.into()], read)
}

fn one() -> String {
    format!("{SELECT} where k.outlet_id = ?1 and k.batch_id = ?2 and k.item_no = ?3")
}

fn read(row: &Row<'_>) -> Result<DeadLetter, Fault> {
    let item = serde_json::from_str(&row.text(9)?).ok().map(hide);
    let args = row.maybe_text(19)?;
    let reason = Reason::from_columns(row.maybe_string(7)?, args.as_deref(), row.maybe_string(8)?);
    let (code, args, message) = shown(reason);
    Ok(DeadLetter {
        outlet_id: row.string(0)?,
        outlet_code: row.string(1)?,
        batch_id: row.string(2)?,
        item_no: row.int(3)?,
        entity_type: row.string(4)?,
        entity_id: row.string(5)?,
        outcome: row.string(6)?,
        code,
        args,
        message,
        item,
        received_at: row.string(10)?,
        discarded_by: row.maybe_string(11)?,
        discarded_at: row.maybe_string(12)?,
        discard_reason: row.maybe_string(13)?,
        resolved_at: row.maybe_string(14)?,
        stored_document: row
            .maybe_text(15)?
            .and_then(|stored_document| serde_json::from_str(&stored_document).ok())
            .map(hide),
        accepted_by: row.maybe_string(16)?,
        accept_reason: row.maybe_string(17)?,
        dead_letter_no: row.int(18)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn dead_letters_are_listed_by_an_index() {
        for (outlet_id, discarded) in [(None, false), (None, true), (Some("x".to_owned()), false)] {
            for after in [None, Some((7, "x".to_owned(), "b".to_owned(), 1))] {
                let filter = Filter { outlet_id: outlet_id.clone(), discarded, after };
                plans::assert_ordered_by_key(&statement(&filter), filter.after.is_some());
            }
        }
        plans::assert_keyed(&one());
    }
}
