//! Menus: prices for some hours, weekdays, order types or channels, at all outlets or at some.
//!
//! A menu of the chain is in force or not; each outlet may differ from that, so a menu for some outlets is off in the chain
//! and on there.

use domain::pricing::{LAST_MINUTE, OWN_CHANNEL};
use domain::{OrderType, TenderSpecial, text};
use protocol::entity::{self, MAX_PRIORITY};
use serde::Serialize;
use serde_json::{Map, Value};
use store::{Fault, Tx};
use utoipa::ToSchema;
use web::{Code, Problem};

use super::fields::{Absent, Field, Form};
use super::kind::{Edit, text as text_of};
use super::{At, By, Refused, SharedKind, change, stored, tender};

pub(crate) static KIND: SharedKind = SharedKind {
    entity: entity::get("menu"),
    word: "menu",
    missing: "menu",
    fields: &[
        Field { name: "name", form: Form::Text(text::NAME), absent: Absent::Required, about: "For people" },
        Field {
            name: "priority",
            form: Form::Number { least: 0, most: MAX_PRIORITY, code: Code::InvalidMenu },
            absent: Absent::Int(0),
            about: "Of the menus in force the highest decides; of equal ones the greater id",
        },
        Field {
            name: "order_types",
            form: Form::Words(|| OrderType::NAMES.to_vec(), Code::InvalidOrderType),
            absent: Absent::EmptyList,
            about: "How guests receive the orders; empty: any way",
        },
        Field {
            name: "channels",
            form: Form::Ids(Code::InvalidMenu),
            absent: Absent::EmptyList,
            about: "Ids of the tenders of delivery platforms, and `own` for the outlet's own counter; empty: all",
        },
        Field {
            name: "weekdays",
            form: Form::Numbers { least: 1, most: 7, code: Code::InvalidMenu },
            absent: Absent::EmptyList,
            about: "1 (Monday) to 7, on which the hours begin; empty: every day",
        },
        Field {
            name: "from_minute",
            form: MINUTE,
            absent: Absent::Null,
            about: "Minute of the outlet's day from which it is in force; null: all day",
        },
        Field {
            name: "to_minute",
            form: MINUTE,
            absent: Absent::Null,
            about: "Minute until which it is in force; on the next day if it is not after the begin",
        },
        Field {
            name: "valid_from",
            form: Form::Date,
            absent: Absent::Null,
            about: "First date on which the hours begin; null: always",
        },
        Field {
            name: "valid_to",
            form: Form::Date,
            absent: Absent::Null,
            about: "Last date on which the hours begin; null: for ever",
        },
        Field {
            name: "active",
            form: Form::Flag,
            absent: Absent::Flag(true),
            about: "False: in force only at outlets for which it is set",
        },
    ],
    check,
};

pub(crate) static OUTLET_KIND: SharedKind = SharedKind {
    entity: entity::get("outlet_menu"),
    word: "outlet menu",
    missing: "menu",
    fields: &[Field {
        name: "active",
        form: Form::Flag,
        absent: Absent::Null,
        about: "Whether it is in force at the outlet; null: as in the chain",
    }],
    check: check_outlet,
};

const MINUTE: Form = Form::Number { least: 0, most: LAST_MINUTE, code: Code::InvalidMenu };

/// The menus of the chain.
pub(crate) fn chain() -> At {
    At { kind: &KIND, scope: String::new() }
}

/// Both ends of the hours or none, dates in order, and channels that exist.
fn check(tx: &mut Tx<'_>, edit: &Edit<'_>) -> Result<(), Refused> {
    let Some(after) = edit.after else { return Ok(()) };
    let is_set = |field: &str| after.get(field).is_some_and(|value| !value.is_null());
    for (field, other) in [("from_minute", "to_minute"), ("to_minute", "from_minute")] {
        if is_set(other) && !is_set(field) {
            return Err(Code::InvalidMenu.field(field, Problem::Missing).into());
        }
    }
    let (from, to) = (edit.text("valid_from"), edit.text("valid_to"));
    if !to.is_empty() && to < from {
        return Err(Code::InvalidDate.field("valid_from", Problem::NotBefore.with("other", "valid_to")).into());
    }
    if edit.changes("channels") {
        for id in after.get("channels").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if id != OWN_CHANNEL && !is_platform(tx, id)? {
                return Err(Code::UnknownChannel.with("id", id).field("channels", Problem::NotFound).into());
            }
        }
    }
    Ok(())
}

fn is_platform(tx: &mut Tx<'_>, id: &str) -> Result<bool, Fault> {
    let found = stored::find_live(tx, "", tender::KIND.entity.name, id)?;
    Ok(found.is_some_and(|tender| text_of(Some(&tender.document), "special") == TenderSpecial::Platform.as_str()))
}

fn check_outlet(tx: &mut Tx<'_>, edit: &Edit<'_>) -> Result<(), Refused> {
    if edit.after.is_some() && stored::find_live(tx, "", KIND.entity.name, edit.id)?.is_none() {
        return Err(Refused::NotFound(KIND.missing));
    }
    Ok(())
}

/// Where a menu is in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MenuOutlets {
    /// Whether it is in force in the chain.
    pub all: bool,
    /// Ids of the active outlets that differ from that.
    pub except: Vec<String>,
}

/// By outlet, with the differences from the chain.
const OUTLETS: &str = "
    select o.outlet_id, s.document from outlets o cross join shared_entities s
    where s.scope = o.outlet_id and s.entity_type = 'outlet_menu' and s.entity_id = ?1 and s.deleted = 0
      and o.state = 'active'
    order by o.outlet_id";

/// Where a menu is in force.
///
/// # Errors
/// [`Refused::NotFound`].
pub(crate) fn outlets(tx: &mut Tx<'_>, id: &str) -> Result<MenuOutlets, Refused> {
    let menu = stored::find_live(tx, "", KIND.entity.name, id)?.ok_or(Refused::NotFound(KIND.missing))?;
    let all = menu.document.get("active").and_then(Value::as_bool).unwrap_or(true);
    let found = tx.all(OUTLETS, &[id.into()], |row| {
        let active = row.document(1)?.get("active").and_then(Value::as_bool);
        Ok((row.string(0)?, active.unwrap_or(all)))
    })?;
    let except = found.into_iter().filter(|(_, active)| *active != all).map(|(outlet, _)| outlet).collect();
    Ok(MenuOutlets { all, except })
}

/// Ids of the active outlets where a menu has been switched.
///
/// # Errors
/// [`Refused::NotFound`].
pub(crate) fn switched(tx: &mut Tx<'_>, id: &str) -> Result<Vec<String>, Refused> {
    stored::find_live(tx, "", KIND.entity.name, id)?.ok_or(Refused::NotFound(KIND.missing))?;
    Ok(tx.all(OUTLETS, &[id.into()], |row| row.string(0))?)
}

/// Puts a menu in force at these outlets only, or at all; an outlet's own switch is replaced.
///
/// # Errors
/// [`Refused`].
pub(crate) fn set_outlets(
    tx: &mut Tx<'_>,
    id: &str,
    these: Option<&[String]>,
    by: &mut By,
) -> Result<MenuOutlets, Refused> {
    let flag = |active: Value| Map::from_iter([("active".to_owned(), active)]);
    change::change(tx, &chain(), id, flag(these.is_none().into()), None, by)?;
    let mut wanted = Vec::new();
    for outlet in these.unwrap_or_default() {
        wanted.push(At::find_to_change(tx, &OUTLET_KIND, outlet)?.scope);
    }
    let before = tx.all(OUTLETS, &[id.into()], |row| row.string(0))?;
    let mut scopes: Vec<_> = wanted.iter().chain(&before).cloned().collect();
    // Locked in the order of the streams, so that two writers cannot deadlock.
    scopes.sort();
    scopes.dedup();
    for scope in scopes {
        let active = if wanted.contains(&scope) { Value::Bool(true) } else { Value::Null };
        change::put(tx, &At { kind: &OUTLET_KIND, scope }, id, flag(active), None, by)?;
    }
    outlets(tx, id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn the_outlets_of_a_menu_are_found_by_its_key() {
        plans::assert_joins_by_key(OUTLETS, "s");
        plans::assert_unsorted(OUTLETS);
    }
}
