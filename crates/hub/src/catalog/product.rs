//! Products: name, price, tax group, station.

use domain::{Station, TaxGroup, text};
use protocol::entity;
use store::Tx;

use web::{Code, Problem};

use super::fields::{Absent, Field, Form};
use super::kind::Edit;
use super::{At, Refused, SharedKind, category, images, stored};

pub(crate) static KIND: SharedKind = SharedKind {
    entity: entity::get("product"),
    word: "product",
    missing: "product",
    fields: &[
        Field {
            name: "name",
            form: Form::Text(text::PRODUCT_NAME),
            absent: Absent::Required,
            about: "On the till and the receipt",
        },
        Field {
            name: "price",
            form: Form::Amount,
            absent: Absent::Required,
            about: "Minor units (rupiah). Answers have the price in effect by Jakarta's clock, outside of menus",
        },
        Field { name: "category_id", form: Form::Id, absent: Absent::Null, about: "Its category" },
        Field { name: "code", form: Form::Text(text::CODE), absent: Absent::Null, about: "The shop's article code" },
        Field { name: "barcode", form: Form::Text(text::BARCODE), absent: Absent::Null, about: "As scanned" },
        Field { name: "tax_group", form: TAX_GROUP, absent: Absent::Text("pbjt"), about: "Tax group" },
        Field { name: "station", form: STATION, absent: Absent::Text("none"), about: "Where it is prepared" },
        Field { name: "available", form: Form::Flag, absent: Absent::Flag(true), about: "False: cannot be sold now" },
        Field {
            name: "variants",
            form: Form::Variants,
            absent: Absent::EmptyList,
            about: "Variants, each with its own price; the complete list, at most 50",
        },
        Field {
            name: "modifier_groups",
            form: Form::ModifierGroups,
            absent: Absent::EmptyList,
            about: "Questions about each piece; the complete list, at most 20",
        },
        Field {
            name: "position",
            form: category::POSITION,
            absent: Absent::Int(0),
            about: "Order on the till within its category, lowest first",
        },
        Field {
            name: images::FIELD,
            form: Form::Id,
            absent: Absent::Null,
            about: "Hash of its image, for `GET …/image?v=`; `PUT …/image` sets it",
        },
        Field {
            name: "unit",
            form: Form::Text(text::UNIT),
            absent: Absent::Null,
            about: "What `price` is for, as kg; null: the piece",
        },
        Field {
            name: "qty_scale",
            form: Form::OneOf(&entity::QTY_SCALES, Code::InvalidQuantity),
            absent: Absent::Int(0),
            about: "0: sold by the piece; 3: by weight or measure, in thousandths of the unit",
        },
        Field {
            name: "scale_code",
            form: Form::Text(text::SCALE_CODE),
            absent: Absent::Null,
            about: "The item code that the shop's scale prints into barcodes",
        },
    ],
    check,
};

/// The products of the chain.
pub(crate) fn chain() -> At {
    At { kind: &KIND, scope: String::new() }
}

pub(super) const TAX_GROUP: Form = Form::Word(|| TaxGroup::NAMES.to_vec(), Code::InvalidTaxGroup);
const STATION: Form = Form::Word(|| Station::NAMES.to_vec(), Code::InvalidStation);

/// A product cannot be moved to a missing category. If its category was deleted, its other fields can still change.
fn check(tx: &mut Tx<'_>, edit: &Edit<'_>) -> Result<(), Refused> {
    let category_id = edit.text("category_id");
    if category_id.is_empty() || !edit.changes("category_id") {
        return Ok(());
    }
    match stored::find_live(tx, &edit.at.scope, category::KIND.entity.name, category_id)? {
        Some(_) => Ok(()),
        None => Err(Code::UnknownCategory.field("category_id", Problem::NotFound).into()),
    }
}
