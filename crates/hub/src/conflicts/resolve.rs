//! Resolves an open conflict.

use protocol::entity;
use serde_json::{Map, Value};
use store::{Fault, Tx};

use web::Code;

use super::record::{COLUMNS, Conflict, OPEN, RESOLVING, Strategy, read};
use crate::catalog::{self, At, By, Refused, SharedKind};

static KIND: SharedKind = SharedKind {
    entity: &entity::RESOLUTION,
    word: "resolution",
    missing: "hub_conflict",
    fields: &[],
    check: catalog::no_rules,
};

/// Sends the outlet a resolution. The same resolution again changes nothing; another one replaces it, unless the outlet
/// has carried it out.
///
/// `outlet_id` names the outlet, in case a copied database gave two outlets the same record.
///
/// # Errors
/// [`Refused`].
pub fn resolve(
    tx: &mut Tx<'_>,
    id: &str,
    outlet_id: Option<&str>,
    strategy: Strategy,
    by: &mut By,
) -> Result<Conflict, Refused> {
    let record = get(tx, id, outlet_id)?;
    if record.status != OPEN && record.status != RESOLVING {
        return Err(Code::NotOpen.into());
    }
    if record.strategy.as_deref() == Some(strategy.as_str()) {
        return Ok(record);
    }
    let at = At::find_to_change(tx, &KIND, &record.outlet_id)?;
    let fields = [("strategy", strategy.as_str().to_owned()), ("by", by.name()), ("at", web::time::text(by.now))];
    let fields: Map<String, Value> = fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    catalog::put(tx, &at, id, fields, None, by)?;
    get(tx, id, Some(&at.scope))
}

fn get(tx: &mut Tx<'_>, id: &str, outlet_id: Option<&str>) -> Result<Conflict, Refused> {
    let mut found = of_id(tx, id)?;
    found.retain(|record| outlet_id.is_none_or(|outlet_id| outlet_id == record.outlet_id));
    match (found.pop(), found.is_empty()) {
        (Some(record), true) => Ok(record),
        (None, _) => Err(Refused::NotFound(KIND.missing)),
        (Some(_), false) => Err(Code::Ambiguous.into()),
    }
}

fn of_id(tx: &mut Tx<'_>, id: &str) -> Result<Vec<Conflict>, Fault> {
    tx.all(&statement(), &[id.into()], read)
}

fn statement() -> String {
    format!(
        "select {COLUMNS} from documents d
         where d.entity_type = 'conflict' and d.deleted = 0 and d.entity_id = ?1
         order by d.outlet_id limit 1000"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_record_is_found_by_its_key() {
        plans::assert_keyed(&statement());
    }
}
