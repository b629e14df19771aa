//! Service charges and taxes.
//!
//! Guarantees that charges entered here can be calculated: today, and from every later date on which a charge becomes
//! valid, [`cart::in_force`] accepts all of them, as it does at the outlets. Invalid charges from other sources do not
//! block new ones.

use domain::cart::{self, CartRefused, ChargeKind, DatedCharge, MAX_IN_FORCE, ServiceBase};
use domain::{BusinessDate, OrderType, TaxGroup, text};
use jiff::tz::TimeZone;
use protocol::entity;
use serde_json::{Map, Value};
use store::{Fault, Tx};

use web::Code;

use super::category::POSITION;
use super::fields::{Absent, Field, Form};
use super::kind::{Edit, text};
use super::product::TAX_GROUP;
use super::stored::{self, Listed};
use super::{Refused, SharedKind};

pub(crate) static KIND: SharedKind = SharedKind {
    entity: entity::get("charge"),
    word: "charge",
    missing: "charge",
    fields: &[
        Field { name: "name", form: Form::Text(text::NAME), absent: Absent::Required, about: "On the receipt" },
        Field { name: "kind", form: CHARGE_KIND, absent: Absent::Required, about: "Service charge or tax" },
        Field { name: "rate_bp", form: ANY, absent: Absent::Required, about: "Hundredths of a percent: 10 % is 1000" },
        Field { name: "tax_group", form: TAX_GROUP, absent: Absent::Text("pbjt"), about: "Tax: on these products" },
        Field {
            name: "service_base",
            form: SERVICE_BASE,
            absent: Absent::Text("after_discount"),
            about: "Service: the amount that it is calculated on",
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
        Field {
            name: "order_types",
            form: ORDER_TYPES,
            absent: Absent::EmptyList,
            about: "The order types that bear it; empty: all",
        },
        Field { name: "active", form: Form::Flag, absent: Absent::Flag(true), about: "False: never applied" },
    ],
    check,
};

const CHARGE_KIND: Form = Form::Word(|| ChargeKind::ALL.iter().map(|kind| kind.as_str()).collect(), Code::InvalidKind);
const SERVICE_BASE: Form =
    Form::Word(|| ServiceBase::ALL.iter().map(|base| base.as_str()).collect(), Code::InvalidServiceBase);
const ORDER_TYPES: Form =
    Form::Words(|| OrderType::ALL.iter().map(|kind| kind.as_str()).collect(), Code::InvalidOrderType);
/// `check_charge` has the bounds.
const ANY: Form = Form::Number { least: i64::MIN, most: i64::MAX, code: Code::InvalidCharges };
/// Rules for a single charge, and for all charges together. Deactivating one is always allowed, so that invalid
/// combinations can be resolved one by one.
fn check(tx: &mut Tx<'_>, edit: &Edit<'_>) -> Result<(), Refused> {
    let Some(after) = edit.after else { return Ok(()) };
    let refuse_alone =
        |refused: CartRefused| Refused::from(Code::InvalidCharges.because("alone").with("problem", refused));
    let changed = dated(edit.id, after).ok_or_else(|| refuse_alone(CartRefused::Unreadable))?;
    cart::check_entered(&changed.charge).map_err(refuse_alone)?;
    if after.get("active") == Some(&Value::Bool(false)) {
        return Ok(());
    }
    let mut active = others(tx, edit)?;
    active.push((position(after), changed));
    if active.len() > MAX_IN_FORCE {
        return Err(Code::TooManyCharges.with("most", MAX_IN_FORCE).into());
    }
    active.sort_by(|(one_position, one), (other_position, other)| {
        (one_position, &one.charge.id).cmp(&(other_position, &other.charge.id))
    });
    let active: Vec<_> = active.into_iter().map(|(_, dated)| dated).collect();
    let today = BusinessDate::new(edit.now.to_zoned(TimeZone::UTC).date());
    let later = active.iter().filter_map(|charge| charge.valid_from).filter(|&date| date > today);
    for date in std::iter::once(today).chain(later) {
        let rivals = cart::skipped(&active, date).into_iter().find(|left| left.reason == CartRefused::TaxedTwice);
        if let Some(left) = rivals {
            let refused = Code::InvalidCharges.because("together").with("date", date);
            return Err(refused.with("problem", left.reason).into());
        }
    }
    Ok(())
}

/// The other active charges with their positions; unreadable ones are omitted.
fn others(tx: &mut Tx<'_>, edit: &Edit<'_>) -> Result<Vec<(i64, DatedCharge)>, Fault> {
    let listed = Listed { after: "", deleted: false, limit: 1_000 };
    let all = stored::list(tx, &edit.at.scope, KIND.entity.name, &listed)?;
    let active = |document: &Map<String, Value>| document.get("active") != Some(&Value::Bool(false));
    let others = all.iter().filter(|charge| charge.id != edit.id && active(&charge.document));
    Ok(others
        .filter_map(|charge| Some((position(&charge.document), dated(&charge.id, &charge.document)?)))
        .filter(|(_, dated)| cart::check_charge(&dated.charge).is_ok())
        .collect())
}

fn position(document: &Map<String, Value>) -> i64 {
    document.get("position").and_then(Value::as_i64).unwrap_or(0)
}

/// The charge in a document, with the defaults of a new one; none if a value or date is unknown.
pub(super) fn dated(id: &str, document: &Map<String, Value>) -> Option<DatedCharge> {
    let word = |field| text(Some(document), field);
    let text_or = |field, absent| if word(field).is_empty() { absent } else { word(field) };
    let number = |field, absent| document.get(field).and_then(Value::as_i64).unwrap_or(absent);
    let valid_from = match word("valid_from") {
        "" => None,
        date => Some(BusinessDate::parse(date)?),
    };
    let charge = cart::Charge {
        id: id.to_owned(),
        name: word("name").to_owned(),
        kind: ChargeKind::parse(word("kind"))?,
        rate_bp: number("rate_bp", 0),
        tax_group: TaxGroup::parse(text_or("tax_group", TaxGroup::default().as_str()))?,
        base: ServiceBase::parse(text_or("service_base", ServiceBase::default().as_str()))?,
        base_num: number("base_num", 1),
        base_den: number("base_den", 1),
        inclusive: document.get("inclusive") == Some(&Value::Bool(true)),
    };
    let names = document.get("order_types").and_then(Value::as_array).into_iter().flatten();
    let order_types = cart::known_order_types(names.filter_map(Value::as_str))?;
    Some(DatedCharge { charge, valid_from, order_types, outlet: None })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_charge_with_an_unknown_value_is_ignored() {
        let of = |field: &str, value: &str| {
            let mut document = json!({"name": "PBJT", "kind": "tax", "rate_bp": 1000, "tax_group": "pbjt"});
            document[field] = value.into();
            dated("c", document.as_object().unwrap())
        };
        assert!(of("name", "PB1").is_some());
        for (field, value) in [("kind", "fee"), ("tax_group", "vat"), ("service_base", "x"), ("valid_from", "x")] {
            assert_eq!(of(field, value), None, "{field}");
        }
        let mut later = json!({"name": "PBJT", "kind": "tax", "rate_bp": 1000, "order_types": ["catering"]});
        assert_eq!(dated("c", later.as_object().unwrap()), None);
        later["order_types"] = json!(["catering", "dine_in"]);
        assert_eq!(dated("c", later.as_object().unwrap()).unwrap().order_types, [OrderType::DineIn]);
    }
}
