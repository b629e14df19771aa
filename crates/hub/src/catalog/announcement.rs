//! Announcements from head office to an outlet, each for a period.

use domain::text;
use protocol::entity;
use serde_json::{Map, Value};
use store::{Fault, Tx};

use web::{Code, Problem};

use super::fields::{Absent, Field, Form};
use super::kind::Edit;
use super::{At, By, Refused, SharedKind, change};

pub(crate) static KIND: SharedKind = SharedKind {
    entity: entity::get("announcement"),
    word: "announcement",
    missing: "announcement",
    fields: &[
        Field { name: "title", form: Form::Text(text::TITLE), absent: Absent::Required, about: "In a few words" },
        Field { name: "body", form: Form::Text(text::ANNOUNCEMENT), absent: Absent::Text(""), about: "In full" },
        Field { name: "starts_at", form: Form::Time, absent: Absent::Null, about: "RFC 3339; null: at once" },
        Field { name: "ends_at", form: Form::Time, absent: Absent::Null, about: "RFC 3339; null: until it is deleted" },
    ],
    check,
};

/// Both times have the same format, so they compare as text.
fn check(_: &mut Tx<'_>, edit: &Edit<'_>) -> Result<(), Refused> {
    let (starts_at, ends_at) = (edit.text("starts_at"), edit.text("ends_at"));
    if !ends_at.is_empty() && ends_at <= starts_at {
        return Err(Code::InvalidTime.field("ends_at", Problem::NotAfter.with("other", "starts_at")).into());
    }
    Ok(())
}

/// Creates the announcement at these outlets, or at all active ones; returns their number.
pub(super) fn announce(
    tx: &mut Tx<'_>,
    these: Option<Vec<String>>,
    id: &str,
    fields: &Map<String, Value>,
    by: &mut By,
) -> Result<usize, Refused> {
    let outlets = match these {
        Some(outlets) => outlets,
        None => active(tx)?,
    };
    let mut targets = Vec::with_capacity(outlets.len());
    for outlet in &outlets {
        targets.push(At::find_to_change(tx, &KIND, outlet)?);
    }
    // Locked in the order of the streams, so that two writers cannot deadlock.
    targets.sort_by(|one, other| one.scope.cmp(&other.scope));
    targets.dedup_by(|one, other| one.scope == other.scope);
    for at in &targets {
        change::create(tx, at, id, fields.clone(), by)?;
    }
    Ok(targets.len())
}

/// Changes an announcement at every active outlet that has it; returns their number.
pub(super) fn change_at_all(
    tx: &mut Tx<'_>,
    id: &str,
    fields: &Map<String, Value>,
    by: &mut By,
) -> Result<usize, Refused> {
    let outlets = tx.all(OUTLETS_WITH, &[id.into()], |row| row.string(0))?;
    if outlets.is_empty() {
        return Err(Refused::NotFound("announced"));
    }
    for outlet in &outlets {
        let at = At::find_to_change(tx, &KIND, outlet)?;
        change::change(tx, &at, id, fields.clone(), None, by)?;
    }
    Ok(outlets.len())
}

/// In the order of the streams, as above.
const OUTLETS_WITH: &str = "
    select o.outlet_id from outlets o cross join shared_entities e
    where e.scope = o.outlet_id and e.entity_type = 'announcement' and e.entity_id = ?1 and e.deleted = 0
      and o.state <> 'revoked'
    order by o.outlet_id";
const ACTIVE: &str = "select outlet_id from outlets where state = 'active' order by outlet_id limit 100000";

fn active(tx: &mut Tx<'_>) -> Result<Vec<String>, Fault> {
    tx.all(ACTIVE, &[], |row| row.string(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn an_announcement_is_found_by_its_key_at_each_outlet() {
        plans::assert_reads(
            OUTLETS_WITH,
            "SEARCH e USING INDEX sqlite_autoindex_shared_entities_1 (scope=? AND entity_type=? AND entity_id=?)",
        );
        plans::assert_unsorted(OUTLETS_WITH);
    }
}
