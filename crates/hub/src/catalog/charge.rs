//! Service charges and taxes.
//!
//! Guarantees that what is entered here can be reckoned with: the charges in force today, and from each later date on
//! which one becomes valid, pass [`cart::check_charges`], as the outlet has it.

use domain::cart::{self, ChargeKind, ServiceBase};
use domain::{BusinessDate, TaxGroup};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use sync::entity;

use super::category::POSITION;
use super::fields::{Absent, Field, Form};
use super::kind::{Edit, text};
use super::product::TAX_GROUP;
use super::stored::Listed;
use super::{Kind, Refused, stored};
use crate::store::{Fault, Tx};

pub(crate) static KIND: Kind = Kind {
    entity: entity::get("charge"),
    word: "charge",
    missing: "there is no charge with this id",
    fields: &[
        Field { name: "name", form: Form::Text(100), absent: Absent::Required, about: "On the receipt" },
        Field { name: "kind", form: CHARGE_KIND, absent: Absent::Required, about: "Service charge or tax" },
        Field { name: "rate_bp", form: ANY, absent: Absent::Required, about: "Hundredths of a percent: 10 % is 1000" },
        Field { name: "tax_group", form: TAX_GROUP, absent: Absent::Text("pbjt"), about: "Tax: on these products" },
        Field {
            name: "service_base",
            form: SERVICE_BASE,
            absent: Absent::Text("after_discount"),
            about: "Service: what it is reckoned on",
        },
        Field {
            name: "base_num",
            form: ANY,
            absent: Absent::Int(1),
            about: "With `base_den`: the part of the base that the rate is on. PPN: 11/12",
        },
        Field { name: "base_den", form: ANY, absent: Absent::Int(1), about: "See `base_num`" },
        Field { name: "inclusive", form: Form::Flag, absent: Absent::Flag(false), about: "Tax: inside the prices" },
        Field { name: "position", form: POSITION, absent: Absent::Int(0), about: "Order on the receipt, lowest first" },
        Field {
            name: "valid_from",
            form: Form::Date,
            absent: Absent::Null,
            about: "First business date; null: always",
        },
        Field { name: "active", form: Form::Flag, absent: Absent::Flag(true), about: "False: never in force" },
    ],
    check,
};

const CHARGE_KIND: Form = Form::Word(|| ChargeKind::ALL.iter().map(|kind| kind.as_str()).collect(), "invalid_kind");
const SERVICE_BASE: Form =
    Form::Word(|| ServiceBase::ALL.iter().map(|base| base.as_str()).collect(), "invalid_service_base");
/// `check_charges` has the bounds.
const ANY: Form = Form::Number { least: i64::MIN, most: i64::MAX, code: "invalid_charges" };
/// Active charges at the most: an order reckons with all that are in force.
const MOST: usize = 50;

/// A charge with its first business date; none: always.
#[derive(Debug, Clone)]
struct Dated {
    rule: cart::Charge,
    valid_from: Option<BusinessDate>,
}

/// What no charge may be, and which charges cannot stand beside each other. One that is switched off takes nothing
/// away from the others: whoever finds two taxes there must be able to switch them off one by one.
fn check(tx: &mut Tx<'_>, edit: &Edit<'_>) -> Result<(), Refused> {
    let Some(after) = edit.after else { return Ok(()) };
    let changed = dated(edit.id, after);
    if changed.rule.kind == ChargeKind::Service && changed.rule.inclusive {
        let message = "only a tax can be inside the prices; a service charge is always added";
        return Err(Refused::rule("invalid_charges", message));
    }
    cart::check_charges(std::slice::from_ref(&changed.rule)).map_err(|refused| {
        Refused::rule("invalid_charges", format!("this charge cannot be reckoned with: {refused}"))
    })?;
    if after.get("active") == Some(&Value::Bool(false)) {
        return Ok(());
    }
    let mut active = others(tx, edit)?;
    active.push(changed);
    if active.len() > MOST {
        let message = format!("at most {MOST} charges can be active; switch off or delete another one first");
        return Err(Refused::rule("too_many_charges", message));
    }
    let today = BusinessDate::new(edit.now.to_zoned(TimeZone::UTC).date());
    let later = active.iter().filter_map(|charge| charge.valid_from).filter(|&date| date > today);
    for date in std::iter::once(today).chain(later) {
        cart::check_charges(&in_force(&active, date)).map_err(|refused| {
            let message = format!("the charges in force on {date} cannot be reckoned with: {refused}");
            Refused::rule("invalid_charges", message)
        })?;
    }
    Ok(())
}

/// The active charges but the one that is edited.
fn others(tx: &mut Tx<'_>, edit: &Edit<'_>) -> Result<Vec<Dated>, Fault> {
    let listed = Listed { after: "", deleted: false, limit: 1_000 };
    let all = stored::list(tx, &edit.at.scope, KIND.entity.name, &listed)?;
    let active = |document: &Map<String, Value>| document.get("active") != Some(&Value::Bool(false));
    let others = all.iter().filter(|charge| charge.id != edit.id && active(&charge.document));
    Ok(others.map(|charge| dated(&charge.id, &charge.document)).collect())
}

/// The charges in force on a date. A tax of the same group, or a service charge of the same name, that became valid
/// later takes the place of the earlier one.
fn in_force(charges: &[Dated], date: BusinessDate) -> Vec<cart::Charge> {
    let begun = |charge: &Dated| charge.valid_from.is_none_or(|from| from <= date);
    let same = |one: &cart::Charge, other: &cart::Charge| {
        one.kind == other.kind
            && match one.kind {
                ChargeKind::Tax => one.tax_group == other.tax_group,
                ChargeKind::Service => one.name == other.name,
            }
    };
    let replaced = |charge: &Dated| {
        charges
            .iter()
            .any(|later| begun(later) && later.valid_from > charge.valid_from && same(&later.rule, &charge.rule))
    };
    charges.iter().filter(|charge| begun(charge) && !replaced(charge)).map(|charge| charge.rule.clone()).collect()
}

/// A document as it is reckoned with; what it does not say is as for a new one.
fn dated(id: &str, document: &Map<String, Value>) -> Dated {
    let word = |field| text(Some(document), field);
    let number = |field, absent| document.get(field).and_then(Value::as_i64).unwrap_or(absent);
    Dated {
        rule: cart::Charge {
            id: id.to_owned(),
            name: word("name").to_owned(),
            kind: ChargeKind::parse(word("kind")).unwrap_or(ChargeKind::Tax),
            rate_bp: number("rate_bp", 0),
            tax_group: TaxGroup::parse(word("tax_group")).unwrap_or_default(),
            base: ServiceBase::parse(word("service_base")).unwrap_or_default(),
            base_num: number("base_num", 1),
            base_den: number("base_den", 1),
            inclusive: document.get("inclusive") == Some(&Value::Bool(true)),
        },
        valid_from: BusinessDate::parse(word("valid_from")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tax(id: &str, valid_from: Option<&str>) -> Dated {
        let document = json!({"name": "PBJT", "kind": "tax", "rate_bp": 1000, "valid_from": valid_from});
        dated(id, document.as_object().unwrap())
    }

    #[test]
    fn a_new_rate_takes_the_place_of_the_old_one_on_its_day() {
        let charges = [tax("old", None), tax("new", Some("2027-01-01"))];
        let on = |date| {
            let found = in_force(&charges, BusinessDate::parse(date).unwrap());
            found.into_iter().map(|charge| charge.id).collect::<Vec<_>>()
        };
        assert_eq!(on("2026-12-31"), ["old"]);
        assert_eq!(on("2027-01-01"), ["new"]);
    }
}
